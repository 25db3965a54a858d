package statement

import "strings"

// CleanAccount leaves of an account number its letters, in upper case, and digits.
func CleanAccount(number string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			return c
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		}
		return -1
	}, number)
}

// leastNumber is how many characters two account numbers must share at their ends.
const leastNumber = 8

// SameAccount reports whether two numbers may be of one account. Formats write the
// same account as IBAN, as sort code and number, or with the bank's code in
// front, so one may be the end of the other.
func SameAccount(a, b string) bool {
	a, b = CleanAccount(a), CleanAccount(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= leastNumber && strings.HasSuffix(b, a) || a != "" && a == b
}

// IsIBAN reports whether a number, spaces allowed, is an IBAN with the right check
// digits.
func IsIBAN(number string) bool {
	n := strings.ToUpper(strings.ReplaceAll(number, " ", ""))
	if len(n) < 15 || len(n) > 34 || CleanAccount(n) != n {
		return false
	}
	isLetter := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	if !isLetter(n[0]) || !isLetter(n[1]) || isLetter(n[2]) || isLetter(n[3]) {
		return false
	}
	rest := 0
	for _, c := range n[4:] + n[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A'+10)) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
