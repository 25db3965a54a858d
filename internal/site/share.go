package site

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"lanyard/internal/catalog"
)

// The size that every place where links are shared shows whole.
const (
	shareWidth  = 1200
	shareHeight = 630
	shareMargin = 84
)

// The colours of the design system's deep ground.
var (
	shareDeep  = color.RGBA{0x0a, 0x3f, 0x3c, 0xff}
	shareStrap = color.RGBA{0x14, 0x55, 0x50, 0xff}
	shareInk   = color.RGBA{0xf4, 0xfa, 0xf8, 0xff}
	shareSoft  = color.RGBA{0xb9, 0xd9, 0xd3, 0xff}
	shareSpark = color.RGBA{0xf4, 0xb2, 0x7c, 0xff}
)

// shareWords are what a share image says.
type shareWords struct{ Organisation, Title, Day, Place string }

// shareImagePath names the picture of an event as it stands now: a changed event
// has another address for it, because whoever shows pictures keeps them for long.
func shareImagePath(e catalog.PublicEvent) string {
	return eventPath(e.Listed) + "/share.png?v=" + strconv.FormatInt(e.Version, 10)
}

// shareImage serves the picture that stands for an event.
func (s *Site) shareImage(w http.ResponseWriter, r *http.Request) error {
	e, err := s.Catalog.PublicEvent(r.Context(), r.PathValue("org"), r.PathValue("event"))
	if err != nil {
		return err
	}
	words := shareWords{Organisation: e.OrgName, Title: e.Title, Day: sayWhen(e.Schedule).Day, Place: placeWords(e.Listed)}
	switch e.State {
	case catalog.StatePostponed:
		words.Day = "Postponed"
	case catalog.StateCancelled:
		words.Day = "Cancelled: " + words.Day
	}
	key := strings.Join([]string{e.ID.String(), words.Organisation, words.Title, words.Day, words.Place}, "\x00")
	doc, err := s.shares.get(key, func() (*document, error) {
		picture, err := drawShare(words)
		if err != nil {
			return nil, err
		}
		return newDocument("image/png", "public, max-age=3600", picture), nil
	})
	if err != nil {
		return err
	}
	doc.serve(w, r)
	return nil
}

// drawShare draws the picture that stands for an event where its address is
// shared. A line in a script that the fonts lack is left out, because boxes say
// nothing; the place that shows the picture writes the title beside it anyway.
func drawShare(w shareWords) ([]byte, error) {
	fonts, err := shareFonts()
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, shareWidth, shareHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(shareDeep), image.Point{}, draw.Src)
	drawStraps(img)
	drawMark(img, shareMargin, 76)

	d := &drawer{img: img, fonts: fonts}
	if err := d.lines(fonts.medium, 30, shareSoft, shareMargin+62, 112, 760, 1, w.Organisation); err != nil {
		return nil, err
	}
	if err := d.title(w.Title); err != nil {
		return nil, err
	}
	if err := d.lines(fonts.bold, 36, shareSpark, shareMargin, 506, shareWidth-2*shareMargin, 1, w.Day); err != nil {
		return nil, err
	}
	if err := d.lines(fonts.medium, 32, shareSoft, shareMargin, 558, shareWidth-2*shareMargin, 1, w.Place); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode the share image: %w", err)
	}
	return out.Bytes(), nil
}

// drawStraps lays two straps across the right-hand corner.
func drawStraps(img *image.RGBA) {
	for y := range shareHeight {
		for _, left := range []int{880, 1060} {
			x := left + (shareHeight-y)*5/8 - 190
			draw.Draw(img, image.Rect(x, y, x+58, y+1), image.NewUniform(shareStrap), image.Point{}, draw.Src)
		}
	}
}

// drawMark draws the badge on its strap, the mark of the product.
func drawMark(img *image.RGBA, x, y int) {
	box := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(img, image.Rect(x+x0, y+y0, x+x1, y+y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	box(0, 0, 42, 52, shareInk)
	box(14, 8, 28, 13, shareDeep)
	box(11, 26, 31, 31, shareDeep)
	box(11, 38, 31, 43, shareDeep)
}

// drawer writes text. It remembers nothing between images.
type drawer struct {
	img   *image.RGBA
	fonts fontSet
}

// title writes the title as large as it fits on three lines.
func (d *drawer) title(title string) error {
	const top, width = 210, shareWidth - 2*shareMargin
	for _, size := range []float64{76, 64, 54} {
		face, err := newFace(d.fonts.bold, size)
		if err != nil {
			return err
		}
		lines := wrap(face, title, width)
		fits := len(lines) <= 3
		if err := face.Close(); err != nil {
			return fmt.Errorf("close a font: %w", err)
		}
		if fits || size == 54 {
			return d.lines(d.fonts.bold, size, shareInk, shareMargin, top+int(size/3), width, 3, title)
		}
	}
	return nil
}

// lines writes text, broken at spaces, on at most most lines; what does not fit
// ends in an ellipsis. x and y are the first line's origin.
func (d *drawer) lines(f *opentype.Font, size float64, c color.Color, x, y, width, most int, text string) error {
	text = strings.Join(strings.Fields(text), " ")
	if !drawable(f, text) {
		return nil
	}
	face, err := newFace(f, size)
	if err != nil {
		return err
	}
	lines := wrap(face, text, width)
	if len(lines) > most {
		lines = append(lines[:most-1], ellipsis(face, strings.Join(lines[most-1:], " "), width))
	}
	pen := font.Drawer{Dst: d.img, Src: image.NewUniform(c), Face: face}
	for n, line := range lines {
		pen.Dot = fixed.P(x, y+n*int(size*1.18))
		pen.DrawString(line)
	}
	if err := face.Close(); err != nil {
		return fmt.Errorf("close a font: %w", err)
	}
	return nil
}

// wrap breaks text into lines that are not wider than width. A word that is
// wider by itself is cut.
func wrap(face font.Face, text string, width int) []string {
	most := fixed.I(width)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if longer := strings.TrimSpace(line + " " + word); font.MeasureString(face, longer) <= most {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ellipsis(face, word, width)
	}
	return append(lines, line)
}

// ellipsis cuts text so that it fits with an ellipsis, if it does not fit whole.
func ellipsis(face font.Face, text string, width int) string {
	most := fixed.I(width)
	if font.MeasureString(face, text) <= most {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && font.MeasureString(face, string(runes)+"…") > most {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ,;:–-") + "…"
}

// drawable reports whether the font has every letter of text and text runs from
// left to right without marks that need shaping.
func drawable(f *opentype.Font, text string) bool {
	var buf sfnt.Buffer
	for _, r := range text {
		if unicode.Is(unicode.Mn, r) {
			return false
		}
		if i, err := f.GlyphIndex(&buf, r); err != nil || i == 0 {
			return false
		}
	}
	return text != ""
}

func newFace(f *opentype.Font, size float64) (font.Face, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("make a font of %v pixels: %w", size, err)
	}
	return face, nil
}

// fontSet are the fonts that the program carries.
type fontSet struct{ bold, medium *opentype.Font }

var shareFonts = sync.OnceValues(func() (fontSet, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return fontSet{}, fmt.Errorf("read the bold font: %w", err)
	}
	medium, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		return fontSet{}, fmt.Errorf("read the medium font: %w", err)
	}
	return fontSet{bold: bold, medium: medium}, nil
})
