package booking

import (
	"context"

	"lanyard/internal/uid"
)

// refused returns why no places are given out at present; nil when they are. What
// was placed before is told again all the same: a repeat needs nothing new.
func (s *Service) refused(ctx context.Context, org uid.Org, w wish) error {
	if s.Paused == nil {
		return nil
	}
	why := s.Paused()
	if why == nil {
		return nil
	}
	known, err := (&batch{s: s, org: org}).known(ctx, s.db.Pool(), []string{w.requestID})
	if err != nil {
		return err
	}
	if _, placed := known[w.requestID]; placed {
		return nil
	}
	return why
}
