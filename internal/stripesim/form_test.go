package stripesim

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeForm_ReadsBrackets(t *testing.T) {
	t.Parallel()
	f, err := decodeForm("mode=payment&line_items[0][quantity]=2&line_items[10][quantity]=3&line_items[2][quantity]=4&metadata[a%26b]=c+d" +
		"&expand[]=x&expand[]=y.z&empty=&submit=true&metadata[gone]=")
	if err != nil {
		t.Fatal(err)
	}
	var quantities []int64
	for _, l := range f.list("line_items") {
		quantities = append(quantities, l.integer("quantity", 0))
	}
	got := []any{f.text("mode"), quantities, f.pairs("metadata"), f.texts("expand"), f.has("empty"), f.has("none"), f.flag("submit"), f.integer("none", 9)}
	want := []any{"payment", []int64{2, 4, 3}, map[string]string{"a&b": "c d"}, []string{"x", "y.z"}, true, false, true, int64(9)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if *f.problem != nil {
		t.Errorf("a good form has the problem %v", *f.problem)
	}
}

func TestDecodeForm_RefusesWhatIsNoForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"[a]=1", "a]=1", "a[=1", "a[b=1", "a[b]c=1", "a[b]]=1", "a[[b]]=1", "=1", "%zz=1", "a=%zz", "a=1&a[b]=2", "a[b]=2&a=1",
		"a[1][2][3][4][5][6][7][8]=1", strings.Repeat("a=1&", mostPairs+1),
	} {
		if _, err := decodeForm(text); err == nil {
			t.Errorf("%.40q was read", text)
		}
	}
}

func TestForm_RemembersItsFirstProblem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		read  func(form)
		param string
	}{
		{"a[b]=x", func(f form) { f.child("a").integer("b", 0); f.text("a") }, "a[b]"},
		{"a[b]=x", func(f form) { f.text("a") }, "a"},
		{"a=1.5", func(f form) { f.integer("a", 0) }, "a"},
		{"a=9223372036854775808", func(f form) { f.integer("a", 0) }, "a"},
		{"a=yes", func(f form) { f.flag("a") }, "a"},
		{"a=x", func(f form) { f.list("a") }, "a"},
		{"a[x]=1", func(f form) { f.list("a") }, "a"},
		{"a[01]=1", func(f form) { f.list("a") }, "a"},
		{"a[0][b]=1", func(f form) { f.texts("a") }, "a[0]"},
		{"a=d", func(f form) { f.oneOf("a", "b", "c") }, "a"},
		{"a[" + strings.Repeat("k", 41) + "]=1", func(f form) { f.pairs("a") }, "a"},
		{"a[k]=" + strings.Repeat("v", 501), func(f form) { f.pairs("a") }, "a[k]"},
	} {
		f, err := decodeForm(tc.text)
		if err != nil {
			t.Fatal(err)
		}
		tc.read(f)
		if p := *f.problem; p == nil || p.Param != tc.param {
			t.Errorf("%.40q: %v", tc.text, p)
		}
	}
}

// encode writes a tree as a form again.
func encode(n *node, path string, pairs *[]string) {
	if n.kids == nil {
		*pairs = append(*pairs, url.QueryEscape(path)+"="+url.QueryEscape(n.text))
		return
	}
	for name, kid := range n.kids {
		next := name
		if path != "" {
			next = path + "[" + name + "]"
		}
		encode(kid, next, pairs)
	}
}

func flat(n *node) []string {
	var pairs []string
	encode(n, "", &pairs)
	slices.Sort(pairs)
	return pairs
}

func FuzzDecodeForm(f *testing.F) {
	for _, text := range []string{"", "a=1", "a[b][0]=c&a[b][1]=d", "a[]=1&a[]=2", "a[b]=1&a=2", "expand[0]=x.y&limit=3", "a%5Bb%5D=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := decodeForm(text)
		if err != nil {
			return
		}
		pairs := flat(first.at)
		again, err := decodeForm(strings.Join(pairs, "&"))
		if err != nil {
			t.Fatalf("what was read from %q cannot be read again: %v", text, err)
		}
		if diff := cmp.Diff(pairs, flat(again.at)); diff != "" {
			t.Errorf("%q is not the same when read again: %s", text, diff)
		}
		for _, name := range first.names() {
			first.text(name)
			first.list(name)
			first.pairs(name)
			first.integer(name, 0)
		}
	})
}
