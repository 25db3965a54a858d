package printing

import (
	"fmt"
	"strings"
	"time"
)

// BadgeSize is the paper of one badge in millimetres.
type BadgeSize struct{ Width, Height float64 }

// BadgeSizes are the papers that are offered by name; every size within
// MinBadge and MaxBadge is drawn.
var BadgeSizes = []struct {
	Name string
	BadgeSize
}{
	{"Label 62 × 100 mm", BadgeSize{62, 100}},
	{"Card 86 × 54 mm", BadgeSize{86, 54}},
	{"Card 90 × 55 mm", BadgeSize{90, 55}},
	{"A7, 74 × 105 mm", BadgeSize{74, 105}},
	{"Badge 102 × 76 mm", BadgeSize{102, 76}},
	{"A6, 105 × 148 mm", BadgeSize{105, 148}},
}

// The bounds of a badge's sides in millimetres.
const (
	MinBadge = 40
	MaxBadge = 210
)

// Badge is what one badge says.
type Badge struct {
	Event        string
	Name         string
	Organisation string
	Product      string
	// Words are shown as well, such as "Speaker".
	Words []string
	// Code is what the QR says; empty for none.
	Code string
}

// badgeCode is the side of a badge's QR in millimetres: the short code reads well
// from a hand's breadth away.
const badgeCode = 24.0

// Badges draws badges at exactly their paper's size, a page for each, so that
// printers need to scale nothing. at is the date in the file's properties. The
// same badges give the same bytes.
func Badges(size BadgeSize, at time.Time, badges []Badge) ([]byte, error) {
	if size.Width < MinBadge || size.Width > MaxBadge || size.Height < MinBadge || size.Height > MaxBadge {
		return nil, fmt.Errorf("draw badges of %g × %g mm: sides are %d to %d mm", size.Width, size.Height, MinBadge, MaxBadge)
	}
	if len(badges) == 0 {
		return nil, fmt.Errorf("draw badges: there are none")
	}
	s := newSheetOf(size.Width, size.Height, min(size.Width, size.Height)*0.07, metadata{title: "Badges: " + badges[0].Event, at: at})
	for i := range badges {
		b := badgePage{s, &badges[i]}
		if err := b.draw(); err != nil {
			return nil, err
		}
	}
	return s.bytes()
}

// badgePage is one badge being drawn.
type badgePage struct {
	*sheet
	b *Badge
}

// draw puts the code below the words on an upright badge and beside the foot's
// words on one that lies.
func (p *badgePage) draw() error {
	p.addPage()
	scale := min(p.width, p.height) / 62
	side := max(18, min(badgeCode*scale, p.height*0.4, p.width*0.45))
	event := style{size: 8 * scale, tone: muted}
	y := p.cutAligned(p.margin, p.margin, p.inner(), centre, event, 2, p.b.Event)

	footTop := p.height - p.margin - side
	if p.b.Code != "" {
		x := (p.width - side) / 2
		if p.lies() {
			x = p.width - p.margin - side
		}
		if err := p.qr(x, footTop, side, p.b.Code); err != nil {
			return err
		}
	} else {
		footTop = p.height - p.margin
	}
	if p.lies() {
		p.foot(scale, side)
		footTop = min(footTop, p.height-p.margin-p.footHeight(scale))
		p.middle(y+1, max(footTop, y+p.height*0.34), scale)
		return nil
	}
	tag := p.height - p.margin
	if p.b.Code != "" {
		tag = footTop
	}
	tag -= p.footHeight(scale)
	p.tag(p.margin, tag, p.inner(), centre, scale)
	p.middle(y+1, tag, scale)
	return nil
}

func (p *badgePage) lies() bool { return p.width >= p.height }

// foot puts the product and the words left of the code.
func (p *badgePage) foot(scale, side float64) {
	w := p.inner()
	if p.b.Code != "" {
		w -= side + p.margin
	}
	p.tag(p.margin, p.height-p.margin-p.footHeight(scale), w, left, scale)
}

func (p *badgePage) footHeight(scale float64) float64 {
	h := badgeProduct(scale).lineHeight()
	if len(p.b.Words) > 0 {
		h += badgeWords(scale).lineHeight()
	}
	return h + 1
}

func badgeProduct(scale float64) style { return style{size: 10 * scale, bold: true, tone: ink} }
func badgeWords(scale float64) style   { return style{size: 9 * scale, tone: ink} }

// tag says what the person is here.
func (p *badgePage) tag(x, y, w float64, a align, scale float64) {
	y = p.cutAligned(x, y, w, a, badgeProduct(scale), 1, p.b.Product)
	p.cutAligned(x, y, w, a, badgeWords(scale), 1, strings.Join(p.b.Words, " · "))
}

// middle sets the name as large as it fits between two heights, with the
// organisation under it.
func (p *badgePage) middle(top, bottom, scale float64) {
	org := style{size: 11 * scale, tone: ink}
	orgLines := p.shorten(p.wrap(p.b.Organisation, p.inner(), org), p.inner(), org, 2)
	room := bottom - top - float64(len(orgLines))*org.lineHeight() - 1
	st, lines := p.fit(p.b.Name, p.inner(), room, scale)
	used := float64(len(lines))*st.lineHeight() + float64(len(orgLines))*org.lineHeight()
	y := top + max(0, (bottom-top-used)/2)
	for _, line := range lines {
		p.put(p.margin, y, p.inner(), centre, st, line)
		y += st.lineHeight()
	}
	for _, line := range orgLines {
		p.put(p.margin, y, p.inner(), centre, org, line)
		y += org.lineHeight()
	}
}

// fit finds the largest size at which a name breaks between words only and keeps
// within the room; a name that is too long at the smallest one is cut.
func (p *badgePage) fit(name string, w, room, scale float64) (style, []string) {
	for size := 30 * scale; size > 9*scale; size -= scale {
		st := style{size: size, bold: true, tone: ink}
		lines := p.wrap(name, w, st)
		if float64(len(lines))*st.lineHeight() <= room && !broken(name, lines) {
			return st, lines
		}
	}
	st := style{size: 9 * scale, bold: true, tone: ink}
	return st, p.shorten(p.wrap(name, w, st), w, st, max(1, int(room/st.lineHeight())))
}

// broken reports whether a word was cut to fit.
func broken(name string, lines []string) bool {
	return strings.Join(lines, " ") != strings.Join(strings.Fields(printable(name)), " ")
}
