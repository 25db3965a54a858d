package catalog

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Which names an event and the version that the caller has seen.
type Which struct {
	Org     uid.Org
	Event   uid.Event
	Version int64
}

// Publish puts a draft on the public programme and opens registration.
func (s *Service) Publish(ctx context.Context, actor account.Actor, key replay.Key, w Which) (Event, error) {
	return s.pass(ctx, actor, key, w, "event.publish", func(c *edit) error {
		switch c.standing() {
		case StateDraft:
		case StatePostponed:
			return wrongState("event_id", "This event has no date. Move it to a new one; that publishes it again.")
		default:
			return wrongState("event_id", "Only a draft can be published.")
		}
		now := c.tx.Now
		c.after.State, c.after.PublishedAt = StatePublished, &now
		c.fact(FactPublished, nil)
		return nil
	})
}

// CloseSales stops registration and keeps the event public.
func (s *Service) CloseSales(ctx context.Context, actor account.Actor, key replay.Key, w Which) (Event, error) {
	return s.pass(ctx, actor, key, w, "event.close_sales", func(c *edit) error {
		if c.standing() != StatePublished {
			return wrongState("event_id", "Registration is not open.")
		}
		c.after.State = StateSalesClosed
		return nil
	})
}

// ReopenSales opens registration again after CloseSales.
func (s *Service) ReopenSales(ctx context.Context, actor account.Actor, key replay.Key, w Which) (Event, error) {
	return s.pass(ctx, actor, key, w, "event.reopen_sales", func(c *edit) error {
		if c.standing() != StateSalesClosed {
			return wrongState("event_id", "Registration was not closed by hand.")
		}
		if !c.tx.Now.Before(c.before.RegistrationClosesAt) {
			return named(fault.Precondition(fault.DeadlinePassed, "The closing date of registration has passed. Change it first."),
				"event_id", "deadline.passed", "closed for registration by its closing date")
		}
		c.after.State = StatePublished
		return nil
	})
}

// Postpone takes the date away without a new one. Registrations stay.
func (s *Service) Postpone(ctx context.Context, actor account.Actor, key replay.Key, w Which, reason string) (Event, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Event{}, err
	}
	return s.pass(ctx, actor, key, w, "event.postpone", func(c *edit) error {
		switch c.standing() {
		case StatePublished, StateSalesClosed:
		case StatePostponed:
			return wrongState("event_id", "This event is postponed already.")
		default:
			return wrongState("event_id", "Only a published event that is not over can be postponed.")
		}
		c.after.State, c.after.StateReason = StatePostponed, reason
		c.fact(FactPostponed, nil)
		return nil
	})
}

// Cancel cancels for good. It fails with ALREADY_CANCELLED the second time,
// whatever version the caller has seen.
func (s *Service) Cancel(ctx context.Context, actor account.Actor, key replay.Key, w Which, reason string) (Event, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Event{}, err
	}
	t := target{org: w.Org, event: w.Event, action: "event.cancel"}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		if c.before.State == StateCancelled {
			return alreadyCancelled("event_id", "This event is cancelled already.")
		}
		if err := c.expect(w.Version); err != nil {
			return err
		}
		switch c.standing() {
		case StatePublished, StateSalesClosed, StatePostponed:
		case StateDraft:
			return wrongState("event_id", "This draft was never published. Archive it instead.")
		case StateEnded:
			return wrongState("event_id", "This event is over.")
		default:
			return wrongState("event_id", "This event is archived.")
		}
		c.after.State, c.after.StateReason = StateCancelled, reason
		c.fact(FactCancelled, nil)
		return nil
	})
}

// Archive hides an event that is over, cancelled or was never published.
func (s *Service) Archive(ctx context.Context, actor account.Actor, key replay.Key, w Which) (Event, error) {
	return s.pass(ctx, actor, key, w, "event.archive", func(c *edit) error {
		switch c.standing() {
		case StateDraft, StateCancelled, StateEnded:
		case StateArchived:
			return wrongState("event_id", "This event is archived already.")
		default:
			return wrongState("event_id", "People may be coming to this event. Cancel it first.")
		}
		c.after.State = StateArchived
		return nil
	})
}

// pass is change for steps from one state to another.
func (s *Service) pass(ctx context.Context, actor account.Actor, key replay.Key, w Which, action string, step func(c *edit) error) (Event, error) {
	t := target{org: w.Org, event: w.Event, action: action}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		if err := c.expect(w.Version); err != nil {
			return err
		}
		return step(c)
	})
}

func checkReason(reason string) (string, error) {
	reason = tidyText(reason)
	var p problems
	if reason == "" {
		p.add("reason", "required", "must be filled in")
	}
	checkText(&p, "reason", reason, maxReason)
	return reason, p.err()
}
