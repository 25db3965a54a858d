package pgserver

import (
	"os"
	"path/filepath"
	"testing"
)

// layPackage makes a package folder with one library and a list of links.
func layPackage(t *testing.T, links string) string {
	t.Helper()
	dir := t.TempDir()
	lib := filepath.Join(dir, "native", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"lib/libpq.so.5.18": "code", "pg-symlinks.json": links} {
		if err := os.WriteFile(filepath.Join(dir, "native", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPrepareNPM_MakesTheLinksOnce(t *testing.T) {
	t.Parallel()
	dir := layPackage(t, `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`)
	for range 2 {
		if err := PrepareNPM(dir); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "native", "lib", "libpq.so.5")
	if to, err := os.Readlink(link); err != nil || to != "libpq.so.5.18" {
		t.Fatalf("links to %q (%v), want a relative link", to, err)
	}
	if text, err := os.ReadFile(link); err != nil || string(text) != "code" {
		t.Fatalf("read %q (%v)", text, err)
	}
}

func TestPrepareNPM_Refuses(t *testing.T) {
	t.Parallel()
	for name, links := range map[string]string{
		"a target outside":  `[{"source":"native/lib/libpq.so.5.18","target":"../escaped"}]`,
		"a source outside":  `[{"source":"../../../../etc/passwd","target":"native/lib/x"}]`,
		"a missing library": `[{"source":"native/lib/none","target":"native/lib/x"}]`,
		"no JSON":           `links`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := layPackage(t, links)
			if err := PrepareNPM(dir); err == nil {
				t.Fatal("accepted")
			}
			if _, err := os.Lstat(filepath.Join(filepath.Dir(dir), "escaped")); err == nil {
				t.Fatal("a link was made outside the package")
			}
		})
	}
}
