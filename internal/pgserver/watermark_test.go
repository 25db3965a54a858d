package pgserver

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// watched is a watermark on a disk whose room the test sets.
func watched() (mark *Watermark, disk *Space, lines func() []string) {
	disk = &Space{}
	var out bytes.Buffer
	h := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	mark = NewWatermark(func() (Space, error) { return *disk, nil }, slog.New(h))
	return mark, disk, func() []string {
		said := strings.Split(strings.TrimSpace(out.String()), "\n")
		out.Reset()
		return said
	}
}

func TestWatermark_ClosesSalesBeforeWritingAndOpensWithRoomToSpare(t *testing.T) {
	t.Parallel()
	mark, disk, lines := watched()
	for _, step := range []struct {
		free uint64 // in MB
		want Level
		says string // the one line of this step; empty for none
	}{
		{900, Plenty, ""},
		{500, Plenty, ""},
		{499, Low, "level=WARN msg=\"database: 499 MB free, below 500 MB: sales are closed, reads and check-in go on\""},
		{310, Low, ""},
		{549, Low, ""},
		{550, Plenty, "level=INFO msg=\"database: 550 MB free: sales are open again\""},
		{199, Critical, "level=WARN msg=\"database: 199 MB free, below 200 MB: nothing is written, reads go on\""},
		{249, Critical, ""},
		{250, Low, "level=WARN msg=\"database: 250 MB free, below 500 MB: sales are closed, reads and check-in go on\""},
		{900, Plenty, "level=INFO msg=\"database: 900 MB free: sales are open again\""},
	} {
		disk.Free = step.free << 20
		if got := mark.Look(t.Context()); got != step.want {
			t.Fatalf("with %d MB the level is %d, want %d", step.free, got, step.want)
		}
		if got := lines(); len(got) != 1 || got[0] != step.says {
			t.Fatalf("with %d MB the log says %q, want %q", step.free, got, step.says)
		}
		if quiet := mark.Warning() == ""; quiet != (step.want == Plenty) {
			t.Errorf("with %d MB the warning is %q", step.free, mark.Warning())
		}
	}
}

func TestWatermark_SaysWhatIsStillMissing(t *testing.T) {
	t.Parallel()
	mark, disk, _ := watched()
	for _, free := range []uint64{310, 520} {
		disk.Free = free << 20
		mark.Look(t.Context())
	}
	if want := "database: 520 MB free, below 550 MB: sales are closed, reads and check-in go on"; mark.Warning() != want {
		t.Errorf("it says %q, want %q", mark.Warning(), want)
	}
}

func TestWatermark_WritesNothingAfterTheReserveWasSpent(t *testing.T) {
	t.Parallel()
	mark, disk, _ := watched()
	disk.Free, disk.BallastSpent = 900<<20, true
	if got := mark.Look(t.Context()); got != Critical {
		t.Fatalf("the level is %d, want that nothing is written", got)
	}
	if !strings.Contains(mark.Warning(), "until there is room and lanyard is started again") {
		t.Errorf("it says %q", mark.Warning())
	}
}

func TestWatermark_KeepsItsLevelWhenTheDiskCannotBeAsked(t *testing.T) {
	t.Parallel()
	var failure error
	mark := NewWatermark(func() (Space, error) { return Space{Free: 300 << 20}, failure }, slog.New(slog.DiscardHandler))
	mark.Look(t.Context())
	failure = errors.New("no such device")
	if got := mark.Look(t.Context()); got != Low || mark.Free() != 300<<20 {
		t.Fatalf("the level is %d with %d bytes", got, mark.Free())
	}
}
