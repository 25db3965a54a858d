package inventory

import (
	"sync"
	"time"

	"lanyard/internal/uid"
)

// soldOut remembers for a moment which products were found sold out, so that the
// crowd after the last seat costs no locks. A seat given back in this process
// forgets it at once; one given back elsewhere, within soldOutFor.
type soldOut struct {
	mu    sync.RWMutex
	until map[uid.Product]time.Time
}

const soldOutFor = time.Second

func (f *soldOut) mark(p uid.Product) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until[p] = time.Now().Add(soldOutFor)
}

func (f *soldOut) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.until)
}

// SoldOut reports whether somebody was refused the last seat of the product
// within the last second, and none was given back here since. A caller may
// refuse on it what asks for a new seat.
func (s *Service) SoldOut(p uid.Product) bool {
	s.full.mu.RLock()
	defer s.full.mu.RUnlock()
	until, ok := s.full.until[p]
	return ok && time.Now().Before(until)
}
