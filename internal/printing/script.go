package printing

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// visual puts a line into the order in which it is drawn, left to right: names in
// Arabic and Hebrew run the other way.
func visual(line string) string {
	if !strings.ContainsFunc(line, rightToLeft) {
		return line
	}
	var p bidi.Paragraph
	if _, err := p.SetString(line); err != nil {
		return line
	}
	order, err := p.Order()
	if err != nil {
		return line
	}
	var b strings.Builder
	for i := range order.NumRuns() {
		run := order.Run(i)
		text := run.String()
		if run.Direction() == bidi.RightToLeft {
			text = bidi.ReverseString(text)
		}
		b.WriteString(text)
	}
	return b.String()
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic)
}

// forms are the shapes of one Arabic letter: alone, at the end of a joined piece,
// at its beginning, within. Letters that never join onwards have two.
type forms []rune

// consecutive are n shapes that stand one after the other in Unicode.
func consecutive(first rune, n int) forms {
	f := make(forms, n)
	for i := range f {
		f[i] = first + rune(i)
	}
	return f
}

var arabicForms = func() map[rune]forms {
	m := map[rune]forms{
		'\u0621': consecutive(0xfe80, 1), // hamza joins nothing
		'\u0649': {0xfeef, 0xfef0}, '\u067e': consecutive(0xfb56, 4), '\u0686': consecutive(0xfb7a, 4), '\u0698': consecutive(0xfb8a, 2),
		'\u06a9': consecutive(0xfb8e, 4), '\u06af': consecutive(0xfb92, 4), '\u06cc': consecutive(0xfbfc, 4),
		'\u0679': consecutive(0xfb66, 4), '\u0688': consecutive(0xfb88, 2), '\u0691': consecutive(0xfb8c, 2),
	}
	at := rune(0xfe81)
	for _, r := range "آأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهو" { // in the order of the shapes
		n := 4
		if strings.ContainsRune("آأؤإاةدذرزو", r) {
			n = 2
		}
		m[r] = consecutive(at, n)
		at += rune(n)
	}
	m['\u064a'] = consecutive(0xfef1, 4)
	return m
}()

// lamAlef are the shapes of lam with an alef after it, alone and at an end.
var lamAlef = map[rune]rune{'\u0622': 0xfef5, '\u0623': 0xfef7, '\u0625': 0xfef9, '\u0627': 0xfefb}

const (
	lam       = '\u0644'
	tatweel   = '\u0640'
	alone     = 0
	atEnd     = 1
	atStart   = 2
	inBetween = 3
)

// join replaces Arabic letters by the shapes that they have next to each other,
// because the file's text is drawn letter by letter, and drops characters that
// only steer joining and direction.
func join(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) || unicode.Is(unicode.Cf, r) }) {
		return text
	}
	letters := []rune(text)
	var b strings.Builder
	before := false // whether the letter before reaches out to this one
	for i := 0; i < len(letters); i++ {
		r := letters[i]
		shapes, joins := arabicForms[r]
		next := following(letters[i+1:])
		switch {
		case r == lam && lamAlef[next] != 0:
			shape := lamAlef[next]
			if before {
				shape++
			}
			b.WriteRune(shape)
			for letters[i] != next {
				i++
			}
			before = false
		case joins:
			onwards := len(shapes) == 4 && (next == tatweel || len(arabicForms[next]) > 1)
			b.WriteRune(shapes[shapeOf(before && len(shapes) > 1, onwards)])
			before = onwards
		case unicode.Is(unicode.Mn, r): // a mark above or below leaves the joining alone
			b.WriteRune(r)
		case unicode.Is(unicode.Cf, r):
			before = before && r != '\u200c'
		default:
			b.WriteRune(r)
			before = r == tatweel
		}
	}
	return b.String()
}

// following is the next letter, marks left out.
func following(rest []rune) rune {
	for _, r := range rest {
		if !unicode.Is(unicode.Mn, r) {
			return r
		}
	}
	return 0
}

func shapeOf(before, onwards bool) int {
	switch {
	case before && onwards:
		return inBetween
	case before:
		return atEnd
	case onwards:
		return atStart
	}
	return alone
}
