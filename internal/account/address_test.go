package account_test

import (
	"net/url"
	"strings"
	"testing"

	"lanyard/internal/account"
)

func TestOwnPath_RefusesWhatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]bool{
		"/":                                true,
		"/team":                            true,
		"/o/medilink/e/spring?tab=a&b=%20": true,
		"/o/x#people":                      true,
		"/search?q=100%":                   true,
		"/a//b":                            true,
		"/go?to=https://example.org":       true,
		"":                                 false,
		"team":                             false,
		"https://evil.example":             false,
		"javascript:alert(1)":              false,
		"//evil.example":                   false,
		"///evil.example":                  false,
		`/\evil.example`:                   false,
		`\\evil.example`:                   false,
		"/%5cevil.example":                 false,
		"/%2fevil.example":                 false,
		"/%252fevil.example":               false,
		"/%25252fevil.example":             false,
		"/%255cevil.example":               false,
		"/\t/evil.example":                 false,
		"/\n/evil.example":                 false,
		"/%09/evil.example":                false,
		"/%00":                             false,
		"/a\x00":                           false,
		"/a\x7f":                           false,
		"/a%0d%0aSet-Cookie:x=y":           false,
		" /team":                           false,
		"/\xff":                            false,
		"/" + strings.Repeat("a", 1000):    false,
	} {
		if got := account.OwnPath(target); got != want {
			t.Errorf("OwnPath(%q) is %v, want %v", target, got, want)
		}
	}
}

// Whatever passes is resolved against our own address the way a browser does it:
// backslashes are slashes, tabs and line breaks are dropped.
func FuzzOwnPath(f *testing.F) {
	for _, s := range []string{"/", "//a", `/\a`, "/%2f/a", "/a?b#c", "/%25%32%66a", "/\t/a", "/..//a"} {
		f.Add(s)
	}
	home, err := url.Parse("https://lanyard.example/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	browserReads := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "")
	f.Fuzz(func(t *testing.T, target string) {
		if !account.OwnPath(target) {
			return
		}
		for _, seen := range []string{target, browserReads.Replace(target)} {
			u, err := home.Parse(seen)
			if err != nil || u.Host != home.Host || u.Scheme != "https" || u.User != nil {
				t.Fatalf("%q leads to %v, %v", target, u, err)
			}
		}
		if decoded, err := url.PathUnescape(target); err == nil && strings.HasPrefix(browserReads.Replace(decoded), "//") {
			t.Fatalf("%q leads to another host when it is decoded once more", target)
		}
	})
}
