package site

import (
	"net/http"
	"net/url"
	"strings"
)

// redirect sends the browser on to one of our own paths with 303. A target that
// is anything else becomes the front page.
func redirect(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, ownPath(path, "/"), http.StatusSeeOther)
}

// signInFor is the sign-in page that leads back to what r asked for.
func signInFor(r *http.Request) string {
	return "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
}

// ownPath returns target when a browser is certain to stay on this site with it,
// and otherwise instead. Browsers read a backslash as a slash, drop tabs and line
// breaks, and take two slashes at the beginning for another host; whatever comes
// close to that, also percent-encoded, is refused.
func ownPath(target, instead string) string {
	if len(target) > 2000 || !strings.HasPrefix(target, "/") {
		return instead
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return instead
	}
	for _, s := range []string{target, u.Path, decodedTwice(u.Path)} {
		if strings.HasPrefix(s, "//") || strings.ContainsFunc(s, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7F }) {
			return instead
		}
	}
	return target
}

// decodedTwice undoes one more layer of percent-encoding, if there is one.
func decodedTwice(path string) string {
	if again, err := url.PathUnescape(path); err == nil {
		return again
	}
	return path
}
