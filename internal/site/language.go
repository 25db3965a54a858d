package site

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// languages names the languages of an event: "EN,FR" is "English, French". What
// is no language code stays as it was typed.
func languages(codes string) string {
	var out []string
	for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return r == ',' || r == ';' || r == '/' }) {
		code = strings.TrimSpace(code)
		if code == "" {
			continue
		}
		name := code
		if tag, err := language.Parse(code); err == nil && len(code) <= 5 {
			if n := display.English.Tags().Name(tag); n != "" {
				name = n
			}
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// languageCodes are the same languages as tags for machines.
func languageCodes(codes string) []string {
	var out []string
	for _, code := range strings.Split(codes, ",") {
		if tag, err := language.Parse(strings.TrimSpace(code)); err == nil {
			out = append(out, tag.String())
		}
	}
	return out
}
