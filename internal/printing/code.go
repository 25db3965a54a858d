package printing

import (
	"fmt"

	"lanyard/internal/ticketcode"
)

// quietModules is the white margin that a QR needs on each side.
const quietModules = 4

// qr draws a code as a square of the given side, white margin included. Runs of
// dark modules are drawn as one box, so that no hairlines show between them.
func (s *sheet) qr(x, y, side float64, text string) error {
	m, err := ticketcode.QR(text)
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	module := side / float64(m.Size+2*quietModules)
	s.fill(x, y, side, side, white)
	s.pdf.SetFillColor(0, 0, 0)
	at := func(n int) float64 { return float64(n+quietModules) * module }
	for row := range m.Size {
		for col := 0; col < m.Size; col++ {
			if !m.Dark(col, row) {
				continue
			}
			run := 1
			for col+run < m.Size && m.Dark(col+run, row) {
				run++
			}
			s.pdf.Rect(x+at(col), y+at(row), float64(run)*module, module*1.02, "F")
			col += run
		}
	}
	return nil
}
