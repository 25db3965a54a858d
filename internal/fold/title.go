package fold

import "strings"

// titles stand before a name, folded, and are not part of it.
var titles = map[string]bool{
	"dr": true, "prof": true, "professor": true, "mr": true, "mrs": true, "ms": true, "miss": true, "mx": true, "sir": true,
	"dame": true, "lord": true, "lady": true, "rev": true, "revd": true, "frau": true, "herr": true, "mme": true,
}

// WithoutTitle takes the titles off the front of a name, so that somebody who
// signs up as "Prof. Dr. Ana Díaz" is greeted as Ana. What is a title and nothing
// else stays as it is.
func WithoutTitle(name string) string {
	words := strings.Fields(name)
	for i, word := range words {
		if !titles[Text(word)] {
			return strings.Join(words[i:], " ")
		}
	}
	return strings.Join(words, " ")
}
