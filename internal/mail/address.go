package mail

import (
	"strings"

	"golang.org/x/net/idna"

	"lanyard/internal/fault"
)

// Address is a mailbox with the name to show for it; the name may be empty.
type Address struct {
	Name  string
	Email string
}

// ASCII returns an e-mail address as servers want it: the domain in ASCII and
// lower case, the part before the @ as it is. Addresses with letters beyond ASCII
// before the @ are refused, because too few servers can deliver to them.
func ASCII(email string) (string, error) { return asciiAddress("email", email) }

// asciiAddress is ASCII with a path for the fault.
func asciiAddress(path, email string) (string, error) {
	bad := fault.InvalidField(path, "mail.address", "Enter an e-mail address such as name@example.org.")
	at := strings.LastIndexByte(email, '@')
	if at < 1 || at > 64 || !isDotAtom(email[:at]) {
		return "", bad
	}
	domain, err := idna.Lookup.ToASCII(email[at+1:])
	if err != nil {
		return "", bad.Because(err)
	}
	if len(email[:at])+1+len(domain) > 254 || !isDotAtom(domain) || strings.ContainsAny(domain, "!#$%&'*+/=?^_`{|}~") {
		return "", bad
	}
	return email[:at] + "@" + strings.ToLower(domain), nil
}

// isDotAtom reports whether s may stand unquoted on either side of an @.
func isDotAtom(s string) bool {
	for _, atom := range strings.Split(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			c := atom[i]
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0) {
				return false
			}
		}
	}
	return true
}

// checkHeader refuses a value with which a header line would end early. It also
// refuses every other control character: none of them is ever meant.
func checkHeader(path, value string, limit int) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7F || r == 0x85 || r == '\u2028' || r == '\u2029' }) {
		return fault.InvalidField(path, "mail.control", "Line breaks and control characters are not allowed here.")
	}
	if len(value) > limit {
		return fault.InvalidField(path, "mail.length", "This is too long for a mail.")
	}
	return nil
}
