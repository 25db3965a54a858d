package printing

import (
	"bytes"
	"compress/gzip"
	_ "embed" // fonts
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed font/DejaVuSansCondensed.ttf
var regular []byte

//go:embed font/DejaVuSansCondensed-Bold.ttf
var bold []byte

//go:embed font/DroidSansFallback.ttf.gz
var eastAsianZipped []byte

// The families of the fonts. East Asian characters have a font of their own,
// which a file carries only when it needs it.
const (
	family          = "DejaVu"
	familyEastAsian = "Droid"
)

// eastAsian is the font for Han characters, kana and Hangul.
var eastAsian = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(eastAsianZipped))
	if err != nil {
		panic("printing: open the font: " + err.Error()) // it is part of the program
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic("printing: unpack the font: " + err.Error())
	}
	return b
})

// eastAsianRanges are the characters that the font eastAsian has.
var eastAsianRanges = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x2e80, Hi: 0x2fdf, Stride: 1},
	{Lo: 0x3000, Hi: 0x30ff, Stride: 1},
	{Lo: 0x3130, Hi: 0x318f, Stride: 1},
	{Lo: 0x31f0, Hi: 0x31ff, Stride: 1},
	{Lo: 0x3400, Hi: 0x4db5, Stride: 1},
	{Lo: 0x4e00, Hi: 0x9fff, Stride: 1},
	{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
	{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
	{Lo: 0xff00, Hi: 0xffef, Stride: 1},
}}

// span is text that one font has.
type span struct {
	text      string
	eastAsian bool
}

// spans cuts a line where the font changes.
func spans(line string) []span {
	var out []span
	for _, r := range line {
		east := unicode.Is(eastAsianRanges, r)
		if n := len(out); n == 0 || out[n-1].eastAsian != east {
			out = append(out, span{eastAsian: east})
		}
		out[len(out)-1].text += string(r)
	}
	return out
}

// use chooses the font of a span.
func (s *sheet) use(st style, east bool) {
	s.pdf.SetTextColor(st.tone.r, st.tone.g, st.tone.b)
	name := ""
	if st.bold {
		name = "B"
	}
	if !east {
		s.pdf.SetFont(family, name, st.size)
		return
	}
	if !s.hasEastAsian {
		s.pdf.AddUTF8FontFromBytes(familyEastAsian, "", slices.Clone(eastAsian()))
		s.hasEastAsian = true
	}
	s.pdf.SetFont(familyEastAsian, "", st.size)
}

// textWidth is how wide a line is that printable has seen.
func (s *sheet) textWidth(st style, line string) float64 {
	w := 0.0
	for _, p := range spans(line) {
		s.use(st, p.eastAsian)
		w += s.pdf.GetStringWidth(p.text)
	}
	return w
}

// text writes a line from x on, in the order in which it is read.
func (s *sheet) text(x, baseline float64, st style, line string) {
	for _, p := range spans(visual(line)) {
		s.use(st, p.eastAsian)
		if heavy := p.eastAsian && st.bold; heavy { // there is no bold cut: its outlines are drawn thicker
			s.pdf.SetDrawColor(st.tone.r, st.tone.g, st.tone.b)
			s.pdf.SetLineWidth(st.size * 0.3528 * 0.025)
			s.pdf.SetTextRenderingMode(2)
		}
		s.pdf.Text(x, baseline, p.text)
		s.pdf.SetTextRenderingMode(0)
		x += s.pdf.GetStringWidth(p.text)
	}
}

// printable keeps text to characters that the fonts can have: line breaks become
// spaces, control characters go, and what lies beyond the fonts' range (emoji,
// for one) becomes a box. Letters that join, as in Arabic, get their joined forms.
func printable(text string) string {
	return join(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == 0xFFFF:
			return -1
		case r > 0xFFFF:
			return '□'
		}
		return r
	}, strings.ToValidUTF8(text, "□")))
}
