package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// registrationOf is Registration, found only under its own event.
func (s *Service) registrationOf(ctx context.Context, org uid.Org, event uid.Event, id uid.Registration) (Registration, error) {
	r, err := s.Registration(ctx, org, id)
	if err == nil && r.Event != event {
		return Registration{}, fault.NotFound("registration")
	}
	return r, err
}

// DecideInput is an organiser's decision about applications.
type DecideInput struct {
	Org           uid.Org
	Event         uid.Event
	Registrations []uid.Registration
	Approve       bool
	// Note is a sentence for the applicants.
	Note string
	// OverCapacity approves beyond the pools' sizes; the audit log says so.
	OverCapacity bool
}

// Decided is the answer for one application.
type Decided struct {
	ID    uid.Registration
	State State
	// Reason and Message say why it could not be decided; empty when it was.
	Reason  fault.Reason
	Message string
}

// Decide approves or declines applications one by one, each in its own
// transaction: one that cannot be decided does not hold up the others. Approval
// takes the seat; without room the application stays as it is.
func (s *Service) Decide(ctx context.Context, actor account.Actor, key replay.Key, in DecideInput) ([]Decided, error) {
	decided := make([]Decided, len(in.Registrations))
	for i, id := range in.Registrations {
		one := key
		if key.RequestID != "" {
			one.Scope += " " + id.String()
		}
		d, err := s.decideOne(ctx, actor, one, in, id)
		if err != nil {
			return nil, err
		}
		decided[i] = d
	}
	return decided, nil
}

func (s *Service) decideOne(ctx context.Context, actor account.Actor, key replay.Key, in DecideInput, id uid.Registration) (Decided, error) {
	d := Decided{ID: id}
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		state, err := replay.Do(ctx, tx, key, func() (State, error) { return s.decideTx(ctx, tx, actor, in, id) })
		d.State = state
		return err
	})
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.KindUnavailable || f.Reason == fault.IdempotencyMismatch {
		return d, err
	}
	d.Reason, d.Message = f.Reason, f.Message
	if r, err := s.registrationOf(ctx, in.Org, in.Event, id); err == nil {
		d.State = r.State
	}
	return d, nil
}

func (s *Service) decideTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in DecideInput, id uid.Registration) (State, error) {
	r, err := lockTx(ctx, tx, in.Org, id)
	if err != nil {
		return "", err
	}
	switch {
	case r.Event != in.Event:
		return "", fault.NotFound("registration")
	case r.State == StateCancelled:
		return "", fault.Precondition(fault.AlreadyCancelled, "This application was withdrawn.")
	case r.State != StateAwaitingApproval:
		return "", fault.Precondition(fault.AlreadyDecided, "This application was decided already.")
	}
	if o, err := readSale(ctx, tx, in.Org, r.Order); err == nil {
		return s.decideSaleTx(ctx, tx, actor, in, o.ID)
	} else if !fault.Is(err, fault.NoSuchThing) {
		return "", err
	}
	to, kind := StateDeclined, FactDeclined
	if in.Approve {
		to, kind = StateConfirmed, FactApproved
		refusals, err := s.stock.TakeTx(ctx, tx, in.Org, []inventory.Ask{{
			Parts: []inventory.Part{{Product: r.Product, Registrations: []uid.Registration{id}}}, Over: in.OverCapacity,
		}})
		if err != nil {
			return "", err
		}
		if refusals[0] != nil {
			return "", refusals[0]
		}
	}
	if err := setStateTx(ctx, tx, &r, to, in.Note, false); err != nil {
		return "", err
	}
	err = account.AuditTx(ctx, tx, account.Audit{
		Org: in.Org, Actor: actor.ID(), Action: "registration.decide", Subject: id.String(),
		Before: map[string]any{"state": StateAwaitingApproval},
		After:  map[string]any{"state": to, "note": in.Note, "over_capacity": in.Approve && in.OverCapacity},
	})
	if err != nil {
		return "", err
	}
	return to, s.box.AppendTx(ctx, tx, outbox.Fact{Org: in.Org, Kind: kind, Subject: id})
}

// Cancel takes a place back, or ends an application; the person is told, with
// the note. Cancelling twice fails with ALREADY_CANCELLED.
func (s *Service) Cancel(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.Registration, note string) (Registration, error) {
	var after Registration
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			r, err := lockTx(ctx, tx, org, id)
			switch {
			case err != nil:
				return struct{}{}, err
			case r.Event != event:
				return struct{}{}, fault.NotFound("registration")
			case r.State == StateCancelled:
				return struct{}{}, fault.Precondition(fault.AlreadyCancelled, "This place is cancelled already.")
			case !r.Live():
				return struct{}{}, fault.Precondition(fault.WrongState, "There is no place to cancel: the registration is %s.", stateWords[r.State])
			}
			return struct{}{}, s.cancelTx(ctx, tx, &r, cancelling{actor: actor, reason: note, by: "staff"})
		})
		if err != nil {
			return err
		}
		after, err = readRegistration(ctx, tx, org, id)
		return err
	})
	return after, err
}

var stateWords = map[State]string{
	StateHeld: "in a basket", StateAwaitingPayment: "waiting for its payment; cancel the order", StateLapsed: "a lapsed basket", StateTransferred: "handed over", StateDeclined: "declined",
}

// Resend asks for the confirmation to be sent once more.
func (s *Service) Resend(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.Registration) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			r, err := lockTx(ctx, tx, org, id)
			if err != nil {
				return struct{}{}, err
			}
			if r.Event != event {
				return struct{}{}, fault.NotFound("registration")
			}
			if !r.Live() {
				return struct{}{}, fault.Precondition(fault.WrongState, "Only a live registration has a confirmation.")
			}
			err = account.AuditTx(ctx, tx, account.Audit{
				Org: org, Actor: actor.ID(), Action: "registration.resend", Subject: id.String(),
			})
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, s.box.AppendTx(ctx, tx, outbox.Fact{Org: org, Kind: FactResend, Subject: id})
		})
		return err
	})
}

const sqlCloneForm = `
INSERT INTO form (org_id, event_id, version)
VALUES (@org_id, @event_id, 1)`

// CloneFormTx gives one event the questions of another.
func (s *Service) CloneFormTx(ctx context.Context, tx *pg.Tx, org uid.Org, from, to uid.Event) error {
	form, err := s.eventForm(ctx, tx, org, from)
	if err != nil || form.Version == 0 {
		return err
	}
	questions := asked(form.Questions)
	renamed := map[uid.Question]uid.Question{}
	for i, q := range questions {
		renamed[q.ID] = uid.New[uid.Question]()
		questions[i].ID = renamed[q.ID]
		if q.Condition != nil {
			questions[i].Condition = &Condition{Question: renamed[q.Condition.Question], AnyOf: q.Condition.AnyOf}
		}
	}
	if _, err := tx.Exec(ctx, sqlCloneForm, pgx.StrictNamedArgs{"org_id": org, "event_id": to}); err != nil {
		return fmt.Errorf("clone form: %w", err)
	}
	return storeFormTx(ctx, tx, org, to, questions)
}
