package bank

import (
	"strings"
	"unicode"
)

// maxWords is how many words of a line are looked at.
const maxWords = 80

// wordsOf are a text's words in capitals, split at all that is no letter or digit.
func wordsOf(texts ...string) []string {
	words := strings.FieldsFunc(strings.ToUpper(strings.Join(texts, " ")), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return words[:min(len(words), maxWords)]
}

// squash leaves of a name its letters and digits, in capitals.
func squash(text string) string { return strings.Join(wordsOf(text), "") }

// together is how many neighbouring words may make up one name: "INV 2026 00017".
const together = 4

// leastName is how long a name has to be, so that it is not met by chance.
const leastName = 7

// named finds which of the names, given squashed, a line bears: as words, however
// they are broken up.
func named[T comparable](words []string, names map[string]T) []T {
	var found []T
	seen := map[T]bool{}
	for i := range words {
		name := ""
		for _, w := range words[i:min(i+together, len(words))] {
			name += w
			if t, ok := names[name]; ok && len(name) >= leastName && !seen[t] {
				seen[t] = true
				found = append(found, t)
			}
		}
	}
	return found
}

// bears reports whether the line's words have those of a phrase, one after the other.
func bears(words []string, phrase string) bool {
	want := squash(phrase)
	if len(want) < 4 {
		return false
	}
	return strings.Contains(strings.Join(words, ""), want)
}
