package printing

import (
	"fmt"
	"strings"
	"time"
)

// Ticket is a ticket as its page says it. Everything is in words already.
type Ticket struct {
	Event     string
	Organiser string
	// When and Where are lines; the first counts most.
	When, Where []string
	// Name is empty while nobody is named.
	Name         string
	Organisation string
	Product      string
	OrderCode    string
	// Code is what the QR says.
	Code string
	// Sessions are the sittings that the ticket is for, where there are several.
	Sessions []TicketSession
	// GoodToKnow is what the organiser tells those who come.
	GoodToKnow string
	// At is the date in the file's properties.
	At time.Time
}

// TicketSession is one sitting.
type TicketSession struct{ Title, When, Place string }

var (
	styleEvent   = style{size: 21, bold: true, tone: ink}
	styleHolder  = style{size: 15, bold: true, tone: ink}
	styleFact    = style{size: 11, tone: ink}
	styleFactTop = style{size: 11, bold: true, tone: ink}
	styleCode    = style{size: 15, bold: true, tone: ink}
)

const (
	// codeSide is the width of a ticket's QR in millimetres: large enough for a
	// camera at arm's length, also when it is printed small or on bad paper.
	codeSide = 62.0
	// cardPad is the room between a ticket's frame and what is in it.
	cardPad = 8.0
)

// Tickets draws tickets on A4, a page for each. The same tickets give the same
// bytes.
func Tickets(tickets []Ticket) ([]byte, error) {
	if len(tickets) == 0 {
		return nil, fmt.Errorf("draw tickets: there are none")
	}
	first := tickets[0]
	s := newSheet("A4", 18, 10, metadata{title: "Ticket: " + first.Event, author: first.Organiser, at: first.At})
	for i := range tickets {
		p := ticketPage{s, &tickets[i]}
		if err := p.draw(i+1, len(tickets)); err != nil {
			return nil, err
		}
	}
	return s.bytes()
}

// ticketPage is one ticket being drawn.
type ticketPage struct {
	*sheet
	t *Ticket
}

func (p *ticketPage) draw(number, of int) error {
	p.addPage()
	top := p.y
	p.y += cardPad
	if err := p.card(); err != nil {
		return err
	}
	p.frame(p.margin, top, p.inner(), p.y-top)
	p.y += 9
	p.sessions()
	p.note()
	foot := "Show this page, or the same code on a phone, at the entrance. It lets one person in."
	if of > 1 {
		foot += fmt.Sprintf(" Ticket %d of %d.", number, of)
	}
	p.put(p.margin, p.height-p.margin, p.inner(), left, styleSmall, foot)
	return nil
}

// card puts the words on the left and the code on the right.
func (p *ticketPage) card() error {
	x := p.margin + cardPad
	w := p.inner() - 3*cardPad - codeSide
	codeX := x + w + cardPad
	if err := p.qr(codeX, p.y-2, codeSide, p.t.Code); err != nil {
		return err
	}
	codeEnd := p.y + codeSide
	p.put(codeX, codeEnd, codeSide, centre, styleLabel, "Order code")
	p.put(codeX, codeEnd+4, codeSide, centre, styleCode, p.t.OrderCode)
	codeEnd += 4 + styleCode.lineHeight()

	y := p.y
	y = p.cut(x, y, w, styleSmall, 1, p.t.Organiser) + 1.5
	y = p.cut(x, y, w, styleEvent, 4, p.t.Event) + 5
	y = p.fact(x, y, w, "When", p.t.When)
	y = p.fact(x, y, w, "Where", p.t.Where)
	name := p.t.Name
	if name == "" {
		name = "Not named yet"
	}
	p.put(x, y, w, left, styleLabel, "Name")
	y = p.cut(x, y+3.8, w, styleHolder, 3, name)
	y = p.cut(x, y+0.4, w, styleFact, 2, p.t.Organisation) + 3
	y = p.fact(x, y, w, "Ticket", []string{p.t.Product})
	p.y = max(y, codeEnd) + cardPad - 2
	return nil
}

// fact writes a label with lines under it.
func (p *ticketPage) fact(x, y, w float64, label string, lines []string) float64 {
	if strings.Join(lines, "") == "" {
		return y
	}
	p.put(x, y, w, left, styleLabel, label)
	y += 3.8
	st := styleFactTop
	for _, line := range lines {
		y = p.cut(x, y, w, st, 3, line)
		st = styleFact
	}
	return y + 3
}

// sessions lists the sittings, as many as the page takes.
func (p *ticketPage) sessions() {
	if len(p.t.Sessions) == 0 {
		return
	}
	p.put(p.margin, p.y, p.inner(), left, styleName, "Your sessions")
	p.y += styleName.lineHeight() + 1.5
	for i, ses := range p.t.Sessions {
		if p.y+12 > p.bottom {
			p.put(p.margin, p.y, p.inner(), left, styleSmall, fmt.Sprintf("and %d more, on the page of your place", len(p.t.Sessions)-i))
			p.y += styleSmall.lineHeight()
			break
		}
		p.y = p.cut(p.margin, p.y, p.inner(), styleStrong, 2, ses.Title)
		p.y = p.cut(p.margin, p.y, p.inner(), styleSmall, 2, strings.Trim(ses.When+" · "+ses.Place, " ·")) + 1.5
	}
	p.y += 4
}

// note is what the organiser tells people, as much of it as the page takes.
func (p *ticketPage) note() {
	if strings.TrimSpace(p.t.GoodToKnow) == "" || p.y+14 > p.bottom {
		return
	}
	p.put(p.margin, p.y, p.inner(), left, styleName, "Good to know")
	p.y += styleName.lineHeight() + 1.5
	for line := range strings.Lines(p.t.GoodToKnow) {
		room := int((p.bottom - p.y) / styleText.lineHeight())
		if room < 1 {
			return
		}
		p.y = p.cut(p.margin, p.y, p.inner(), styleText, room, strings.TrimSpace(line)) + 0.8
	}
}

// cut writes a paragraph of at most so many lines; one that is longer ends with
// an ellipsis. It returns where the text ends.
func (s *sheet) cut(x, y, w float64, st style, most int, text string) float64 {
	return s.cutAligned(x, y, w, left, st, most, text)
}

func (s *sheet) cutAligned(x, y, w float64, a align, st style, most int, text string) float64 {
	for _, line := range s.shorten(s.wrap(text, w, st), w, st, most) {
		s.put(x, y, w, a, st, line)
		y += st.lineHeight()
	}
	return y
}

// shorten keeps the first lines and ends the last of them with an ellipsis when
// there were more.
func (s *sheet) shorten(lines []string, w float64, st style, most int) []string {
	if len(lines) <= most {
		return lines
	}
	last := []rune(lines[most-1])
	for len(last) > 1 && s.textWidth(st, string(last)+"…") > w {
		last = last[:len(last)-1]
	}
	return append(lines[:most-1:most-1], strings.TrimSpace(string(last))+"…")
}

// frame draws a rounded box around something.
func (s *sheet) frame(x, y, w, h float64) {
	s.pdf.SetDrawColor(rule.r, rule.g, rule.b)
	s.pdf.SetLineWidth(0.35)
	s.pdf.RoundedRect(x, y, w, h, 3, "1234", "D")
}
