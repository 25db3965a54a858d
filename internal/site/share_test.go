package site

import (
	"bytes"
	"image/png"
	"os"
	"testing"

	"golang.org/x/image/font"
)

func TestDrawShare_IsAPictureOfTheRightSize(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]shareWords{
		"short":       {"Midlands Health Alliance", "AI Airlock pilot: call for applications", "Thursday 23 July 2026", "Online"},
		"long":        {"Midlands Health Alliance", "A title that goes on and on, through regulation, evidence, procurement, adoption and the first hundred sites, and on", "Tuesday 28 to Thursday 30 July 2026", "Birmingham, and online"},
		"unbreakable": {"x", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "", ""},
		"no glyphs":   {"主催者", "東京会議 2026", "Thursday 23 July 2026", "Tokyo"},
		"empty":       {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := drawShare(w)
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("SHARE_IMAGES"); dir != "" {
				if err := os.WriteFile(dir+"/"+name+".png", raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := png.DecodeConfig(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Width != shareWidth || cfg.Height != shareHeight {
				t.Errorf("the picture is %d by %d", cfg.Width, cfg.Height)
			}
		})
	}
}

func TestDrawable_RefusesLettersThatTheFontLacks(t *testing.T) {
	t.Parallel()
	fonts, err := shareFonts()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"Événement d’été, Ελλάδα, Привет": true,
		"東京":         false,
		"مؤتمر":      false,
		"Launch 🚀":   false,
		"e\u0301té":  false, // a mark that stands over the letter before it
		"line\nfeed": false,
	} {
		if got := drawable(fonts.bold, text); got != want {
			t.Errorf("drawable(%q) = %v, want %v", text, got, want)
		}
	}
}

func FuzzWrap_LinesFit(f *testing.F) {
	f.Add("AI Airlock pilot: call for applications", 300)
	f.Add("Donaudampfschifffahrt", 20)
	f.Add("", 0)
	fonts, err := shareFonts()
	if err != nil {
		f.Fatal(err)
	}
	face, err := newFace(fonts.bold, 54)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 60 || width > 5000 || len(text) > 400 {
			t.Skip()
		}
		for _, line := range wrap(face, text, width) {
			if font.MeasureString(face, line).Ceil() > width {
				t.Errorf("%q is wider than %d", line, width)
			}
		}
	})
}
