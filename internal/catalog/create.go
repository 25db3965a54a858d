package catalog

import (
	"context"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// CreateInput is a new event with one session.
type CreateInput struct {
	Org     uid.Org
	Details Details
	When    When
	Places  int // 0: no limit
}

// Create makes a draft with one session and stocks it with places.
func (s *Service) Create(ctx context.Context, actor account.Actor, key replay.Key, in CreateInput) (Event, error) {
	in.Details = in.Details.tidy()
	var p problems
	in.Details.check(&p, "details.")
	schedule := in.When.resolve(&p, "schedule.")
	closing(&p, "details.registration_closes_local", in.Details, schedule)
	if in.Places < 0 || in.Places > 1_000_000 {
		p.add("places", "int32.gte_lte", "must be from 0 to 1,000,000")
	}
	if err := p.err(); err != nil {
		return Event{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Event, error) {
		e := draft(in.Org, in.Details, tx.Now)
		e.Sessions = []Session{{ID: uid.New[uid.Session](), Schedule: schedule, Version: 1}}
		return s.addTx(ctx, tx, actor, "event.create", e, func(e Event) error {
			return s.StockTx(ctx, tx, actor, e, in.Places)
		})
	})
}

// draft is a new event without sessions.
func draft(org uid.Org, d Details, now time.Time) Event {
	return Event{Org: org, ID: uid.New[uid.Event](), Details: d, State: StateDraft, Version: 1, CreatedAt: now}
}

// addTx gives a new event its address, writes it, and lets fill add what belongs to it.
func (s *Service) addTx(ctx context.Context, tx *pg.Tx, actor account.Actor, action string, e Event, fill func(Event) error) (Event, error) {
	if err := lockOrgTx(ctx, tx, &e); err != nil {
		return Event{}, err
	}
	if err := chooseSlugTx(ctx, tx, &e, "details.slug"); err != nil {
		return Event{}, err
	}
	if err := insertTx(ctx, tx, actor, action, &e); err != nil {
		return Event{}, err
	}
	if err := fill(e); err != nil {
		return Event{}, err
	}
	return e.at(tx.Now), nil
}

// CloneInput says what to copy.
type CloneInput struct {
	Org         uid.Org
	Event       uid.Event
	Title       string
	StartsLocal string // the copy's start, in the original's zone and form
}

// Clone copies an event with its live sessions, and whatever other domains keep
// about it, into a new draft. Sessions and deadlines keep their distances from
// the start.
func (s *Service) Clone(ctx context.Context, actor account.Actor, key replay.Key, in CloneInput) (Event, error) {
	in.Title = tidyText(in.Title)
	var p problems
	if in.Title == "" {
		p.add("title", "required", "must be filled in")
	}
	checkLine(&p, "title", in.Title, maxTitle)
	if err := p.err(); err != nil {
		return Event{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Event, error) { return s.cloneTx(ctx, tx, actor, in) })
}

func (s *Service) cloneTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in CloneInput) (Event, error) {
	from, err := load(ctx, tx, in.Org, in.Event)
	if err != nil {
		return Event{}, err
	}
	e := draft(in.Org, from.Details, tx.Now)
	e.Title, e.Slug = in.Title, ""
	var p problems
	move, ok := from.distance(&p, "starts_local", in.StartsLocal)
	if !ok {
		return Event{}, p.err()
	}
	copies := map[uid.Session]uid.Session{}
	for _, old := range live(from.Sessions) {
		fresh := old
		fresh.ID, fresh.Version = uid.New[uid.Session](), 1
		fresh.Schedule = old.shift(&p, "starts_local", move, from.Timezone)
		copies[old.ID] = fresh.ID
		e.Sessions = append(e.Sessions, fresh)
	}
	if err := p.err(); err != nil {
		return Event{}, err
	}
	e.shiftDates(from.Schedule, move)
	return s.addTx(ctx, tx, actor, "event.clone", e, func(e Event) error {
		return s.CloneTx(ctx, tx, actor, in.Org, from.ID, e.ID, copies)
	})
}
