package ticketcode

import (
	"encoding/xml"
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the white margin that a QR needs, in modules.
const quiet = 4

// Matrix is a QR as dark and light modules, without its margin.
type Matrix struct {
	// Size is the number of modules along a side.
	Size int
	code *qr.Code
}

// QR draws a text. Codes for tickets are drawn at a level that survives a cracked
// screen: the short one, which is printed small, at the next higher.
func QR(text string) (Matrix, error) {
	level := qr.M
	if len(text) <= ShortLength {
		level = qr.Q
	}
	code, err := qr.Encode(text, level)
	if err != nil {
		return Matrix{}, fmt.Errorf("draw a QR of %d characters: %w", len(text), err)
	}
	code.Scale = 8
	return Matrix{Size: code.Size, code: code}, nil
}

// Dark reports whether a module is dark, counted from the upper left.
func (m Matrix) Dark(x, y int) bool { return m.code.Black(x, y) }

// PNG is the picture with its margin, eight pixels a module.
func (m Matrix) PNG() []byte { return m.code.PNG() }

// SVG is the picture with its margin as an element for a page; it scales. The
// description is what people hear who do not see it.
func (m Matrix) SVG(description string) string {
	side := m.Size + 2*quiet
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges"><title>`, side, side)
	_ = xml.EscapeText(&b, []byte(description)) // a strings.Builder takes everything
	fmt.Fprintf(&b, `</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side)
	for y := range m.Size {
		for x := 0; x < m.Size; x++ {
			if !m.Dark(x, y) {
				continue
			}
			run := 1
			for x+run < m.Size && m.Dark(x+run, y) {
				run++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			x += run
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}
