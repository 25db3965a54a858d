// Package clock tells the time in the one form that Lanyard uses: UTC, cut to
// the microseconds that PostgreSQL keeps. Whatever decides about seats or money
// uses the database's clock instead; this one is for everything else, and tests
// replace it.
package clock

import (
	"sync"
	"time"
)

// Clock returns the present instant in UTC with microsecond precision.
type Clock func() time.Time

// System is the machine's clock.
func System() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Fixed always returns t.
func Fixed(t time.Time) Clock {
	t = t.UTC().Truncate(time.Microsecond)
	return func() time.Time { return t }
}

// Stepping is a clock that moves only when told to. It is safe for concurrent use.
type Stepping struct {
	mu  sync.Mutex
	now time.Time
}

// NewStepping starts a stepping clock at t.
func NewStepping(t time.Time) *Stepping {
	return &Stepping{now: t.UTC().Truncate(time.Microsecond)}
}

// Now is the Clock.
func (s *Stepping) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Advance moves the clock by d, which may be negative.
func (s *Stepping) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}
