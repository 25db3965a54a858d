package printing

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A tone is a grey or a colour of text and lines.
type tone struct{ r, g, b int }

var (
	ink   = tone{24, 28, 34}
	muted = tone{96, 104, 116}
	rule  = tone{200, 205, 212}
	wash  = tone{243, 245, 248}
	white = tone{255, 255, 255}
)

// style is how text looks; size is in points.
type style struct {
	size float64
	bold bool
	tone tone
}

// lineHeight is the height of a line of text in millimetres.
func (s style) lineHeight() float64 { return s.size * 0.3528 * 1.32 }

// align is the side that text keeps to.
type align uint8

const (
	left align = iota
	right
	centre
)

// metadata is what the file's properties say.
type metadata struct {
	title, author string
	at            time.Time
}

// sheet is a PDF being drawn; lengths are in millimetres from the top left.
type sheet struct {
	pdf           *fpdf.Fpdf
	width, height float64
	margin        float64
	// bottom is where the body of a page ends and its footer begins.
	bottom float64
	// y is where the next thing goes.
	y float64
	// onPage draws what each page repeats, after it was added.
	onPage func()
	// hasEastAsian says that the file carries that font.
	hasEastAsian bool
}

func newSheet(size string, margin, footer float64, m metadata) *sheet {
	return prepare(fpdf.New("P", "mm", size, ""), margin, footer, m)
}

// newSheetOf is a sheet on paper of any size, in millimetres.
func newSheetOf(width, height, margin float64, m metadata) *sheet {
	return prepare(fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}}), margin, 0, m)
}

func prepare(pdf *fpdf.Fpdf, margin, footer float64, m metadata) *sheet {
	pdf.SetCatalogSort(true) // the same bytes each time
	pdf.SetCreationDate(m.at)
	pdf.SetModificationDate(m.at)
	pdf.SetProducer("Lanyard", true)
	pdf.SetTitle(m.title, true)
	pdf.SetAuthor(m.author, true)
	pdf.SetLang("en-GB")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes(family, "", slices.Clone(regular)) // the library writes into its fonts
	pdf.AddUTF8FontFromBytes(family, "B", slices.Clone(bold))
	w, h := pdf.GetPageSize()
	return &sheet{pdf: pdf, width: w, height: h, margin: margin, bottom: h - margin - footer}
}

// inner is the width between the margins.
func (s *sheet) inner() float64 { return s.width - 2*s.margin }

// addPage starts a page.
func (s *sheet) addPage() {
	s.pdf.AddPage()
	s.y = s.margin
	if s.onPage != nil {
		s.onPage()
	}
}

// need starts a new page unless h more fits on this one.
func (s *sheet) need(h float64) (broke bool) {
	if s.y+h <= s.bottom {
		return false
	}
	s.addPage()
	return true
}

// put writes one line of text with its top at y, within a column.
func (s *sheet) put(x, y, w float64, a align, st style, text string) {
	text = printable(text)
	switch a {
	case right:
		x += w - s.textWidth(st, text)
	case centre:
		x += (w - s.textWidth(st, text)) / 2
	}
	s.text(x, y+st.lineHeight()*0.76, st, text)
}

// wrap breaks text into lines no wider than w, between words where it can.
func (s *sheet) wrap(text string, w float64, st style) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(printable(text)) {
		joined := strings.TrimSpace(line + " " + word)
		if s.textWidth(st, joined) <= w {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; s.textWidth(st, line) > w; {
			head, tail := s.breakWord(line, w, st)
			lines = append(lines, head)
			line = tail
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// breakWord cuts a word that is wider than w.
func (s *sheet) breakWord(word string, w float64, st style) (head, tail string) {
	runes := []rune(word)
	n := len(runes) - 1
	for n > 1 && s.textWidth(st, string(runes[:n])) > w {
		n--
	}
	return string(runes[:n]), string(runes[n:])
}

// block writes wrapped paragraphs and returns where they end.
func (s *sheet) block(x, y, w float64, st style, paragraphs ...string) float64 {
	for _, p := range paragraphs {
		for _, line := range s.wrap(p, w, st) {
			s.put(x, y, w, left, st, line)
			y += st.lineHeight()
		}
	}
	return y
}

// line draws a horizontal line.
func (s *sheet) line(x, y, w, thickness float64, t tone) {
	s.pdf.SetDrawColor(t.r, t.g, t.b)
	s.pdf.SetLineWidth(thickness)
	s.pdf.Line(x, y, x+w, y)
}

// fill draws a filled box.
func (s *sheet) fill(x, y, w, h float64, t tone) {
	s.pdf.SetFillColor(t.r, t.g, t.b)
	s.pdf.Rect(x, y, w, h, "F")
}

// bytes finishes the file.
func (s *sheet) bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

// day is a date as people in Britain write it.
func day(t time.Time) string { return t.Format("2 January 2006") }
