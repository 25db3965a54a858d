package pgserver

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// Level is what the room on the database's disk allows.
type Level uint8

// The levels, the best first.
const (
	// Plenty allows everything.
	Plenty Level = iota
	// Low takes no new orders; everything else goes on.
	Low
	// Critical writes nothing; reads go on.
	Critical
)

// regain is how much room there must be beyond a floor before what was closed
// below it opens again, so that it does not open and close with every file.
const regain = 50 << 20

// Watermark follows the room on the database's disk. A disk that runs full stops
// PostgreSQL, so the program stops writing before. It is safe for concurrent use.
type Watermark struct {
	measure func() (Space, error)
	log     *slog.Logger

	mu    sync.Mutex
	space Space
	level Level
	blind bool // the last measurement failed
}

// NewWatermark makes one that measures by measure, which is FreeSpace of a Server.
// It says Plenty until Look.
func NewWatermark(measure func() (Space, error), log *slog.Logger) *Watermark {
	return &Watermark{measure: measure, log: log}
}

// Look measures, and logs one line when the level is another one than before. A
// measurement that fails changes nothing.
func (w *Watermark) Look(ctx context.Context) Level {
	space, err := w.measure()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		if !w.blind {
			w.log.WarnContext(ctx, "database: measure the room on its disk", "error", err)
		}
		w.blind = true
		return w.level
	}
	before := w.level
	w.blind, w.space, w.level = false, space, next(before, space)
	switch {
	case w.level == before:
	case w.level == Plenty:
		w.log.InfoContext(ctx, fmt.Sprintf("database: %d MB free: sales are open again", space.Free>>20))
	default:
		w.log.WarnContext(ctx, warning(w.level, space))
	}
	return w.level
}

// Level is what the last Look found.
func (w *Watermark) Level() Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.level
}

// Free is how many bytes the last Look found.
func (w *Watermark) Free() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.space.Free
}

// Warning is the line for the readiness page; empty when there is plenty of room.
func (w *Watermark) Warning() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return warning(w.level, w.space)
}

// next is the level after before: worse at once, better only with room to spare.
func next(before Level, s Space) Level {
	above := func(floor uint64, closed Level) bool {
		if before >= closed {
			floor += regain
		}
		return s.Free >= floor
	}
	switch {
	case s.BallastSpent || !above(writeFloor, Critical):
		return Critical
	case !above(salesFloor, Low):
		return Low
	}
	return Plenty
}

func warning(l Level, s Space) string {
	free := fmt.Sprintf("database: %d MB free", s.Free>>20)
	below := func(floor uint64) uint64 { // what is still missing
		if s.Free >= floor {
			floor += regain
		}
		return floor >> 20
	}
	switch {
	case s.BallastSpent:
		return free + "; the disk was full and the reserve is used up: nothing is written until there is room and lanyard is started again"
	case l == Critical:
		return fmt.Sprintf("%s, below %d MB: nothing is written, reads go on", free, below(writeFloor))
	case l == Low:
		return fmt.Sprintf("%s, below %d MB: sales are closed, reads and check-in go on", free, below(salesFloor))
	}
	return ""
}
