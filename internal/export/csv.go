// Package export writes read-only reports as files. It may read any table and
// writes none.
//
// Files are CSV after RFC 4180 in UTF-8 with a byte order mark, because that is
// what spreadsheets open without asking. Every cell is quoted, and a cell that a
// spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
// injection).
package export

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// sheet builds a CSV file.
type sheet struct{ b bytes.Buffer }

func newSheet() *sheet {
	s := &sheet{}
	s.b.WriteString(byteOrderMark)
	return s
}

func (s *sheet) row(cells ...string) {
	for i, c := range cells {
		if i > 0 {
			s.b.WriteByte(',')
		}
		s.b.WriteByte('"')
		s.b.WriteString(strings.ReplaceAll(Neutralise(c), `"`, `""`))
		s.b.WriteByte('"')
	}
	s.b.WriteString("\r\n")
}

// Neutralise puts an apostrophe before text that a spreadsheet would take for a
// formula: text that begins with = + - @, a tab, a line break, or one of their
// full-width forms.
func Neutralise(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
