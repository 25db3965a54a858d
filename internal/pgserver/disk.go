package pgserver

import (
	"errors"
	"os"
	"time"
)

const (
	// ballastSize is the room that is kept back for recovery from a full disk.
	ballastSize = 128 << 20
	// salesFloor is the free room below which nothing new is sold.
	salesFloor = 500 << 20
	// writeFloor is the free room below which nothing is written at all.
	writeFloor = 200 << 20

	// stalePatience is how long processes of a killed server may take to vanish.
	stalePatience = 10 * time.Second
)

// Space is how much room the database's disk has left.
type Space struct {
	// Free is in bytes.
	Free uint64
	// BallastSpent means that the disk was full and the reserve is used up.
	BallastSpent bool
}

// FreeSpace measures the disk that the database is on.
func (s *Server) FreeSpace() (Space, error) {
	free, err := freeBytes(s.at.pg)
	s.mu.Lock()
	defer s.mu.Unlock()
	return Space{Free: free, BallastSpent: s.spent}, err
}

// makeBallast sets room aside while there is plenty. A full disk stops
// PostgreSQL, and its recovery needs room too: deleting this file gives it some.
func (s *Server) makeBallast() {
	if s.cfg.Volatile {
		return
	}
	name := s.at.file("ballast")
	if info, err := os.Stat(name); err == nil && info.Size() == ballastSize {
		return
	}
	if free, err := freeBytes(s.at.pg); err != nil || free < salesFloor+ballastSize {
		s.log.Warn("database: no room for the reserve that recovery from a full disk needs", "free_mb", free>>20)
		return
	}
	if err := writeBallast(name); err != nil {
		s.log.Warn("database: set room aside", "error", err)
		_ = os.Remove(name) // half a reserve is worse than none: it looks whole
	}
}

func writeBallast(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = allocate(f, ballastSize)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// spendBallast gives the reserve to a server that died of a full disk.
func (s *Server) spendBallast() {
	err := os.Remove(s.at.file("ballast"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Error("database: give up the reserve", "error", err)
	}
	s.mu.Lock()
	s.spent = true
	s.mu.Unlock()
	s.log.Error("database: the disk is full; the reserve was given up so that PostgreSQL can recover. Make room and start lanyard again")
}
