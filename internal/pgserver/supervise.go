package pgserver

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// maxRestarts within restartWindow is where starting again stops making sense.
	maxRestarts   = 5
	restartWindow = 10 * time.Minute
)

// supervise keeps PostgreSQL running until Stop.
func (s *Server) supervise(p *process) {
	var deaths []time.Time
	for {
		if p != nil {
			select {
			case <-s.stop:
				p.end(s.hurry, s.log)
				s.giveUp(nil)
				return
			case <-p.exited:
			}
			s.log.Error("database: PostgreSQL died", "reason", p.lastComplaint())
			if strings.Contains(p.output(), "No space left on device") {
				s.spendBallast()
			}
		}
		deaths = recent(append(deaths, time.Now()))
		if len(deaths) > maxRestarts {
			s.giveUp(fmt.Errorf("database: PostgreSQL died %d times within %s; see %s", len(deaths), restartWindow, s.at.file("postgres.log")))
			return
		}
		if !s.pause(s.cfg.delay[min(len(deaths), len(s.cfg.delay))-1]) {
			s.giveUp(nil)
			return
		}
		p = s.restart()
	}
}

// restart returns nil when PostgreSQL does not come up; that counts as a death.
func (s *Server) restart() *process {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // Stop also ends a start that hangs
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	p, err := s.launch(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("database: PostgreSQL does not come up again", "error", err)
		}
		return nil
	}
	s.log.Info("database: PostgreSQL runs again")
	return p
}

// pause waits for d; false means that Stop was called.
func (s *Server) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.stop:
		return false
	}
}

// recent drops what is older than the window.
func recent(deaths []time.Time) []time.Time {
	for len(deaths) > 0 && time.Since(deaths[0]) > restartWindow {
		deaths = deaths[1:]
	}
	return deaths
}
