package site

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestOwnPath_RefusesEveryWayOut(t *testing.T) {
	t.Parallel()
	for target, own := range map[string]bool{
		"/console/":                     true,
		"/console/?q=a%20b#x":           true,
		"/o/bioriver/some-event":        true,
		"/search?next=https://evil.org": true, // the query is ours to read
		"":                              false,
		"console/":                      false,
		"https://evil.org/":             false,
		"//evil.org":                    false,
		"///evil.org":                   false,
		`/\evil.org`:                    false,
		`\\evil.org`:                    false,
		"/%5cevil.org":                  false,
		"/%2fevil.org":                  false,
		"/%252fevil.org":                false,
		"/%255cevil.org":                false,
		"/\t/evil.org":                  false,
		"/\n/evil.org":                  false,
		"/%09/evil.org":                 false,
		"/%0d%0aSet-Cookie:x=y":         false,
		"javascript:alert(1)":           false,
		"/" + strings.Repeat("a", 2000): false,
		"/%":                            false,
	} {
		want := "/"
		if own {
			want = target
		}
		if got := ownPath(target, "/"); got != want {
			t.Errorf("ownPath(%q) = %q, want %q", target, got, want)
		}
	}
}

// FuzzOwnPath resolves what is let through as browsers do, and must stay here.
func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/", "//a", `/\a`, "/%2f", "/a/../..//b", "/\x00", "/%5c%5c", "/?//", "/#"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://events.example.org/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := ownPath(target, "/")
		// What the URL standard does first: drop tabs and line breaks, read \ as /.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(got)
		ref, err := url.Parse(seen)
		if err != nil {
			t.Fatalf("%q was let through and is no address: %v", got, err)
		}
		if to := base.ResolveReference(ref); to.Scheme != base.Scheme || to.Host != base.Host {
			t.Errorf("%q leads to %s", target, to)
		}
	})
}

func TestRedirect_IsA303ThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	redirect(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sign-in", nil), "//evil.org")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d to %q with %q", w.Code, w.Header().Get("Location"), w.Header().Get("Cache-Control"))
	}
}
