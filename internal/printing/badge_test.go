package printing_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lanyard/internal/printing"
	"lanyard/internal/ticketcode"
)

var shortCode = ticketcode.Number{1, 2, 3}.Short()

func badge(name string) printing.Badge {
	return printing.Badge{
		Event: "Northern Life Sciences Conference 2026", Name: name, Organisation: "University of Łódź", Product: "Delegate",
		Words: []string{"Speaker", "Academic"}, Code: shortCode,
	}
}

// awkward are names as people have them.
var awkward = []string{
	"Łukasz Żółć", "Ιωάννης Παπαδόπουλος", "李小龍", "김연아", "山田 太郎", "Иван Петров", "محمد عبد الله", "דוד לוי", "O", "Zoë O’Neill 🦄",
	"Wolfeschlegelsteinhausenbergerdorff", strings.Repeat("Maria Theresia ", 14), "Prof. Dr. Dr. h. c. Karl-Theodor Maria Nikolaus Johann",
}

func keep(t *testing.T, name string, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("LANYARD_KEEP_PDF"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var mediaBox = regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`)

// sizes are the pages' sizes in millimetres, one for each page.
func sizes(t *testing.T, pdf []byte) []string {
	t.Helper()
	all := mediaBox.FindAllSubmatch(pdf, -1)
	if len(all) == 0 {
		t.Fatal("the file names no size")
	}
	var out []string
	for _, m := range all {
		var mm [2]float64
		for i := range mm {
			points, err := strconv.ParseFloat(string(m[i+1]), 64)
			if err != nil {
				t.Fatal(err)
			}
			mm[i] = points / 72 * 25.4
		}
		out = append(out, fmt.Sprintf("%.1f x %.1f", mm[0], mm[1]))
	}
	return out
}

func pages(pdf []byte) int { return bytes.Count(pdf, []byte("/Type /Page\n")) }

func TestBadges_ArePagesOfExactlyThePapersSize(t *testing.T) {
	t.Parallel()
	var all []printing.Badge
	for _, name := range awkward {
		all = append(all, badge(name))
	}
	for _, size := range append(printing.BadgeSizes, struct {
		Name string
		printing.BadgeSize
	}{"the smallest", printing.BadgeSize{Width: printing.MinBadge, Height: printing.MinBadge}}) {
		t.Run(size.Name, func(t *testing.T) {
			t.Parallel()
			pdf, err := printing.Badges(size.BadgeSize, time.Unix(0, 0), all)
			if err != nil {
				t.Fatal(err)
			}
			keep(t, strings.ReplaceAll("badges "+size.Name, " ", "-"), pdf)
			want := fmt.Sprintf("%.1f x %.1f", size.Width, size.Height)
			for _, got := range sizes(t, pdf) {
				if got != want {
					t.Errorf("a page is %s mm, want %s", got, want)
				}
			}
			if n := pages(pdf); n != len(all) {
				t.Errorf("%d pages for %d badges", n, len(all))
			}
		})
	}
}

func TestBadges_SayNamesInTheirScripts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Łukasz Żółć": "Łukasz", "Ιωάννης Παπαδόπουλος": "Παπαδόπουλος", "李小龍": "李小龍", "김연아": "김연아", "Иван Петров": "Петров",
		"דוד לוי": "יול דוד", // as drawn, from the left
		"محمد":    "ﺪﻤﺤﻣ",    // joined, from the left
		"سلام":    "ﻡﻼﺳ",     // lam and alef are one shape
		"Zoë 🦄":   "Zoë □",   // no font has it
		"Ada\nLL": "Ada LL",  // a line break is no line break
	} {
		pdf, err := printing.Badges(printing.BadgeSizes[0].BadgeSize, time.Unix(0, 0), []printing.Badge{badge(name)})
		if err != nil {
			t.Fatal(err)
		}
		if says := text(t, pdf); !strings.Contains(strings.ReplaceAll(says, "\n", " "), want) {
			t.Errorf("the badge of %q does not say %q:\n%s", name, want, says)
		}
	}
}

func TestBadges_CutWhatIsTooLong(t *testing.T) {
	t.Parallel()
	b := badge(strings.Repeat("Maria Theresia ", 14))
	b.Organisation = strings.Repeat("Institute for very long names ", 10)
	pdf, err := printing.Badges(printing.BadgeSizes[1].BadgeSize, time.Unix(0, 0), []printing.Badge{b})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text(t, pdf), "…"); n != 2 {
		t.Errorf("%d of name and organisation are cut, want both:\n%s", n, text(t, pdf))
	}
}

func TestBadges_RefuseWhatNoPrinterHas(t *testing.T) {
	t.Parallel()
	for _, size := range []printing.BadgeSize{{}, {62, 39}, {39, 62}, {62, 211}, {-62, 100}} {
		if _, err := printing.Badges(size, time.Unix(0, 0), []printing.Badge{badge("Ada")}); err == nil {
			t.Errorf("%v is drawn", size)
		}
	}
	if _, err := printing.Badges(printing.BadgeSizes[0].BadgeSize, time.Unix(0, 0), nil); err == nil {
		t.Error("no badge is drawn")
	}
}

func TestBadges_CarryTheEastAsianFontOnlyWhenTheyNeedIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"Ada": false, "李": true} {
		pdf, err := printing.Badges(printing.BadgeSizes[0].BadgeSize, time.Unix(0, 0), []printing.Badge{badge(name)})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(pdf, []byte("utf8droid")) || bytes.Contains(pdf, []byte("Droid")); got != want {
			t.Errorf("%s: the font is there: %v, want %v", name, got, want)
		}
		if len(pdf) > 200_000 {
			t.Errorf("%s: one badge takes %d bytes", name, len(pdf))
		}
	}
}
