package calendar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The longest texts that are written, in runes. Longer ones are cut: some
// calendars refuse the whole file when one value is very long.
const (
	maxSummary     = 250
	maxLocation    = 500
	maxDescription = 4000
	maxName        = 100
)

// cleanText makes user text safe for a TEXT value: line breaks become LF, every
// other control character goes, tabs become spaces, composed characters are in
// normal form, and at most limit runes remain. Escaping is the serialiser's job.
func cleanText(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = lineBreaks.Replace(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r == '\uFEFF':
			return -1
		}
		return r
	}, s)
	return shorten(strings.TrimSpace(norm.NFC.String(s)), limit)
}

// lineBreaks maps everything that some reader takes for the end of a line. The
// Unicode separators count: Python splits text there, and so do programs written
// in it.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n")

// cleanLine is cleanText for values that have no second line.
func cleanLine(s string, limit int) string {
	s = cleanText(s, limit)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' }), " ")
}

// cleanName makes a person's name safe inside a double-quoted parameter, where
// nothing can be escaped in a way that every reader understands: double quotes
// become typographic ones, and the two characters that start an escape in some
// readers are replaced by their nearest look-alikes.
func cleanName(s string) string {
	return quotedSafe.Replace(cleanLine(s, maxName))
}

var quotedSafe = strings.NewReplacer(`"`, "\u201D", `\`, "/", "^", "\u02C6")

// shorten cuts s to limit runes, the last of which is then an ellipsis. It cuts
// where no combining mark follows, so that no letter loses its accent.
func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	r := []rune(s)[:limit]
	n := limit - 1
	for n > 0 && unicode.Is(unicode.M, r[n]) {
		n--
	}
	return strings.TrimSpace(string(r[:n])) + "\u2026"
}
