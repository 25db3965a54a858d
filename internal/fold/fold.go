// Package fold brings text into the one form in which Lanyard compares words
// for searching, so that "garcia jose" finds "José García" and "obrien" finds
// "O’Brien".
//
// Folding decomposes (NFKD), drops marks, lowers case, spells out the letters
// that do not decompose (ß ø ł đ ı and their kin), drops apostrophes and turns
// everything that is neither letter nor digit into a single space. Chinese
// characters and kana, which are written without spaces, become words of one
// character each. The result holds letters, digits and single spaces only, so
// it carries no meaning in any query language.
//
// The same function makes what is stored and what is looked for. Whoever
// changes it folds the stored columns again in the same release.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spelled holds the letters that NFKD leaves alone, after lower-casing.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d",
	'þ': "th", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i", 'ĸ': "k", 'ə': "e",
	'ς': "σ",
}

// Text folds the parts and joins them with single spaces.
func Text(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte(' ')
		write(&b, part)
	}
	// Composing again turns the letters of Korean syllables back into syllables.
	return norm.NFC.String(strings.Join(strings.Fields(b.String()), " "))
}

// Words returns the folded words of s in their order.
func Words(s string) []string { return strings.Fields(Text(s)) }

func write(b *strings.Builder, s string) {
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		r = unicode.ToLower(r)
		switch other, ok := spelled[r]; {
		case ok:
			b.WriteString(other)
		case unicode.IsMark(r), apostrophe(r), unicode.Is(unicode.Cf, r):
		case unbroken(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
}

func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', 'ʻ', '`', '´', '′':
		return true
	}
	return false
}

// unbroken reports whether r belongs to a script that puts no spaces between words.
func unbroken(r rune) bool {
	return unicode.IsLetter(r) && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// PrefixQuery returns an expression for PostgreSQL's to_tsquery('simple', …)
// that is true for text in which each word of s begins some word. It is empty
// when s has no words; then there is nothing to look for.
func PrefixQuery(s string) string {
	words := Words(s)
	for i, w := range words {
		words[i] = "'" + w + "':*" // folded words hold no quote and no backslash
	}
	return strings.Join(words, " & ")
}
