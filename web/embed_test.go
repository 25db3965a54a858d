package web

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const sample = `{
  "_shared-aa.js": {"file": "shared-aa.js", "css": ["shared-bb.css"]},
  "_deep-cc.js": {"file": "deep-cc.js", "imports": ["_shared-aa.js"], "css": ["deep-dd.css"]},
  "src/console/main.tsx": {
    "file": "console-ee.js", "isEntry": true,
    "imports": ["_shared-aa.js", "_deep-cc.js"], "css": ["console-ff.css", "shared-bb.css"]
  },
  "src/style/site.css": {"file": "site-gg.css", "isEntry": true},
  "src/console/lazy.ts": {"file": "lazy-hh.js", "isDynamicEntry": true}
}`

func TestEntry_FollowsTheManifest(t *testing.T) {
	t.Parallel()
	m, err := readManifest(fstest.MapFS{".vite/manifest.json": {Data: []byte(sample)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	type got struct {
		JS  string
		CSS []string
		OK  bool
	}
	for name, c := range map[string]struct {
		source string
		want   got
	}{
		"a script brings the styles of its imports first, each once": {Console, got{
			"/assets/console-ee.js",
			[]string{"/assets/shared-bb.css", "/assets/deep-dd.css", "/assets/console-ff.css"}, true,
		}},
		"a style sheet has no script":     {Style, got{"", []string{"/assets/site-gg.css"}, true}},
		"a source that was not built":     {Public, got{}},
		"a lazy chunk is not an entry":    {"src/console/lazy.ts", got{}},
		"a shared chunk is not an entry":  {"_shared-aa.js", got{}},
		"a built file's name is no entry": {"console-ee.js", got{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			js, css, ok := m.entry(c.source)
			if diff := cmp.Diff(c.want, got{js, css, ok}); diff != "" {
				t.Errorf("entry(%q) (-want +got):\n%s", c.source, diff)
			}
		})
	}
}

func TestReadManifest_NamesTheFilesOfABuildInAFolderFromTheRoot(t *testing.T) {
	t.Parallel()
	m, err := readManifest(fstest.MapFS{"door/.vite/manifest.json": {Data: []byte(sample)}}, "door/")
	if err != nil {
		t.Fatal(err)
	}
	js, css, ok := m.entry(Console)
	want := []string{"/assets/door/shared-bb.css", "/assets/door/deep-dd.css", "/assets/door/console-ff.css"}
	if !ok || js != "/assets/door/console-ee.js" || !cmp.Equal(css, want) {
		t.Errorf("got %s %v %v", js, css, ok)
	}
}

func TestReadManifest_RefusesWhatIsNotOne(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"nothing built": {".keep": {}},
		"broken":        {".vite/manifest.json": {Data: []byte(`{"a":`)}},
	} {
		if _, err := readManifest(files, ""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The embedded files are either a whole build or only the placeholder.
func TestAssets_AreWholeOrAbsent(t *testing.T) {
	t.Parallel()
	_, err := fs.Stat(Assets(), ".vite/manifest.json")
	built := err == nil
	for _, source := range []string{Public, Console, Door, Style} {
		js, css, ok := Entry(source)
		if ok != built {
			t.Errorf("Entry(%q) says %v, but the manifest's presence is %v", source, ok, built)
		}
		for _, url := range append(css, js) {
			if url == "" {
				continue
			}
			if _, err := fs.Stat(Assets(), strings.TrimPrefix(url, Prefix)); err != nil {
				t.Errorf("%s names %s: %v", source, url, err)
			}
		}
	}
}
