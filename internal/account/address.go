package account

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"lanyard/internal/fault"
)

// emailShape is what browsers accept in a field for one address (HTML Living
// Standard, 4.10.5.1.5): no display name, no quoting, no line break.
var emailShape = regexp.MustCompile(
	"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$")

// readEmail brings an address into the form in which it is kept: without spaces
// around it, in lower case.
func readEmail(path, text string) (string, error) {
	email := strings.ToLower(strings.TrimSpace(text))
	if len(email) > 254 || !emailShape.MatchString(email) {
		return "", fault.InvalidField(path, "string.email", "is not an e-mail address")
	}
	return email, nil
}

// readName reads a name of one line.
func readName(path, text string, most int) (string, error) {
	name := strings.TrimSpace(text)
	switch {
	case name == "":
		return "", fault.InvalidField(path, "required", "must be filled in")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", fault.InvalidField(path, "string.control", "has characters that cannot be used here")
	case utf8.RuneCountInString(name) > most:
		return "", fault.InvalidField(path, "string.max_len", "is longer than %d characters", most)
	}
	return name, nil
}

// longestPath bounds a path that is carried through a sign-in.
const longestPath = 1000

// OwnPath reports whether a browser that is sent to target is certain to stay on
// this site: a path that begins with one slash. Browsers read a backslash as a
// slash, drop tabs and line breaks, and take two slashes at the beginning for
// another host; whatever comes near to that, however often it is
// percent-encoded, is refused.
func OwnPath(target string) bool {
	if len(target) > longestPath || !strings.HasPrefix(target, "/") {
		return false
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return false
	}
	path, _, _ := strings.Cut(target, "?")
	for _, text := range []string{target, path} {
		for {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F || r == '\\' || r == utf8.RuneError }) {
				return false
			}
			decoded, err := url.PathUnescape(text)
			if err != nil {
				break // a lone % stands for itself and cannot be decoded by anybody else either
			}
			if decoded == text {
				break
			}
			text = decoded
		}
		if strings.HasPrefix(text, "//") {
			return false
		}
	}
	return true
}
