package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// The header lines are written here and not by the library: it begins a line with
// nothing but the name when the first word is long, which some readers take for a
// space, and it leaves text that looks like an encoded word to be decoded.

// maxWord is the longest word that fits behind any header's name on one line.
const maxWord = 56

// headerText writes text for a header in which it is read as it was written.
func headerText(s string) string {
	if isPlain(s) {
		return s
	}
	return encodedWords(s)
}

// headerAddress writes a mailbox.
func headerAddress(a Address) string {
	switch {
	case a.Name == "":
		return "<" + a.Email + ">"
	case !isPlain(a.Name):
		return encodedWords(a.Name) + " <" + a.Email + ">"
	default:
		return `"` + quoter.Replace(a.Name) + `" <` + a.Email + ">"
	}
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// isPlain reports whether text can stand in a header as it is, whatever happens to
// the line on its way: ASCII, single spaces, short words, no encoded words.
func isPlain(s string) bool {
	if strings.Contains(s, "=?") {
		return false
	}
	for word := range strings.SplitSeq(s, " ") {
		// Room for the quotes and backslashes of a name.
		if word == "" || len(word) > maxWord/2 {
			return false
		}
		for i := range len(word) {
			if word[i] < '!' || word[i] > '~' {
				return false
			}
		}
	}
	return true
}

// encodedWords writes text as a row of encoded words (RFC 2047), between which the
// spaces do not count.
func encodedWords(s string) string {
	const room = 30 // bytes of text in a word; with its frame that is 52
	var words []string
	for s != "" {
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n+size > room {
				break
			}
			n += size
		}
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}
