package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/clock"
	"lanyard/internal/outbox"
	"lanyard/internal/stripesim"
)

// pastBegins is how long ago a sample's past begins at most: before the first of
// last month, whatever month it is.
const pastBegins = 63 * 24 * time.Hour

// Past is what lives through a sample's past: the services and the simulated
// Stripe, by a clock that it moves forward. Nobody is told of anything.
type Past struct {
	Services *Services
	Stripe   *stripesim.Sim
	Clock    *clock.Stepping
}

// livePast lets an installation that nobody owns yet live through what
// Config.Past does, before anything of the present begins. Without a simulated
// Stripe there is no past.
func (a *App) livePast(ctx context.Context) (err error) {
	if a.cfg.Past == nil || a.cfg.StripeKey != "" || !mailboxIsPrivate(a.Base) {
		return nil
	}
	empty, err := account.New(a.db.DB, account.Options{}).Empty(ctx)
	if err != nil || !empty {
		return err
	}
	steps := clock.NewStepping(time.Now().Add(-pastBegins))
	options, _, err := a.cfg.simulatorOptions(a.log)
	if err != nil {
		return err
	}
	options.Clock, options.SignatureClock = steps.Now, steps.Now
	sim, err := stripesim.New(options)
	if err != nil {
		return fmt.Errorf("simulated Stripe of the past: %w", err)
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	if err := sim.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	s, err := buildAt(steps.Now, outbox.Silent(), a.db.DB.At(steps.Now), a.cfg, a.Base, sim, a.log)
	if err != nil {
		return err
	}
	defer func() { s.Door.Close(); s.Bookings.Close() }()
	return a.cfg.Past(ctx, Past{Services: s, Stripe: sim, Clock: steps})
}
