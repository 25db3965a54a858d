package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// ImportInput says what to do with a file.
type ImportInput struct {
	Org     uid.Org
	File    *ImportFile
	DryRun  bool // report what would happen and write nothing
	Atomic  bool // write nothing when any row is refused
	Publish bool // publish new events; otherwise they are drafts
}

// Outcome is what became of one row of an import.
type Outcome string

// The outcomes.
const (
	RowCreated   Outcome = "created"
	RowUpdated   Outcome = "updated"
	RowUnchanged Outcome = "unchanged"
	RowRefused   Outcome = "refused"
)

// ImportReport says what became of each row.
type ImportReport struct {
	Rows      []ImportRow `json:"rows"` // in the file's order
	Created   int         `json:"created"`
	Updated   int         `json:"updated"`
	Unchanged int         `json:"unchanged"`
	Refused   int         `json:"refused"`
	Ignored   []string    `json:"ignored"` // columns that mean nothing here
	Written   bool        `json:"written"` // the database was changed
}

// ImportRow is the report on one row.
type ImportRow struct {
	Line       int          `json:"line"` // in the file, counted from 1
	ExternalID string       `json:"external_id"`
	Title      string       `json:"title"`
	Outcome    Outcome      `json:"outcome"`
	Problems   []RowProblem `json:"problems"` // why it was refused
	Changed    []string     `json:"changed"`  // columns that differ, of an updated event
}

// Import creates and updates events from a file, in one transaction: an event is
// known by its external id, and running a file again changes nothing. Rows that
// are refused stay out; with Atomic they keep out the whole file. Events last
// whole days and have no places here: registration is on their own website when
// they have one. Changes cause the same facts as changes by hand.
func (s *Service) Import(ctx context.Context, actor account.Actor, key replay.Key, in ImportInput) (ImportReport, error) {
	var out ImportReport
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		run := func() (ImportReport, error) {
			j, err := openImport(ctx, tx, in)
			if err != nil {
				return ImportReport{}, err
			}
			r := j.judge()
			if in.DryRun || in.Atomic && r.Refused > 0 || r.Created+r.Updated == 0 {
				return r, nil
			}
			r.Written = true
			return r, j.writeTx(ctx, s, actor)
		}
		var err error
		if in.DryRun {
			out, err = run()
			return err
		}
		out, err = replay.Do(ctx, tx, key, run)
		return err
	})
	if err != nil {
		return ImportReport{}, err
	}
	s.facets.forget()
	return out, nil
}

// An importJob is one import under way.
type importJob struct {
	in    ImportInput
	tx    *pg.Tx
	org   Event // with the organisation's id and names alone
	known map[string]Event
	names namer

	created []*Event
	updated []*edit
}

const sqlLockKnown = `
SELECT ` + eventColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE e.org_id = @org_id
   AND e.external_id = ANY (@external_ids)
 ORDER BY e.id
   FOR NO KEY UPDATE OF e`

const sqlSessionsOf = `
SELECT event_id, id, title, place, join_address, timezone, all_day, starts_local, ends_local,
       starts_second, ends_second, starts_at, ends_at, cancelled_at, version
  FROM session
 WHERE org_id = @org_id
   AND event_id = ANY (@events)
 ORDER BY event_id, starts_at, id`

// openImport locks the organisation's addresses and the events that the file
// names, and reads them.
func openImport(ctx context.Context, tx *pg.Tx, in ImportInput) (*importJob, error) {
	j := &importJob{in: in, tx: tx, org: Event{Org: in.Org}, known: map[string]Event{}}
	if err := lockOrgTx(ctx, tx, &j.org); err != nil {
		return nil, err
	}
	var err error
	if j.names, err = slugsTx(ctx, tx, in.Org); err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range in.File.records {
		ids = append(ids, r.cells[colExternalID])
	}
	rows, err := tx.Query(ctx, sqlLockKnown, pgx.StrictNamedArgs{"org_id": in.Org, "external_ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read known events: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[eventRow])
	if err != nil {
		return nil, fmt.Errorf("read known events: %w", err)
	}
	sittings, err := sessionsOf(ctx, tx, in.Org, list)
	if err != nil {
		return nil, err
	}
	for _, row := range list {
		e := row.event()
		e.Sessions = sittings[e.ID]
		times := span(live(e.Sessions))
		e.StartsSecond, e.EndsSecond = times.StartsSecond, times.EndsSecond
		j.known[e.ExternalID] = e
	}
	return j, nil
}

func sessionsOf(ctx context.Context, tx *pg.Tx, org uid.Org, events []eventRow) (map[uid.Event][]Session, error) {
	type sitting struct {
		EventID uid.Event
		Session
	}
	ids := make([]uid.Event, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	rows, err := tx.Query(ctx, sqlSessionsOf, pgx.StrictNamedArgs{"org_id": org, "events": ids})
	if err != nil {
		return nil, fmt.Errorf("read known sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[sitting])
	if err != nil {
		return nil, fmt.Errorf("read known sessions: %w", err)
	}
	out := map[uid.Event][]Session{}
	for _, s := range list {
		out[s.EventID] = append(out[s.EventID], s.Session)
	}
	return out, nil
}

// judge decides on each record and collects what is to be written.
func (j *importJob) judge() ImportReport {
	report := ImportReport{Ignored: j.in.File.Ignored}
	lines := map[string]int{} // external id -> the line that has it first
	for _, r := range j.in.File.records {
		r.problems = slices.Clone(r.problems) // a retried transaction judges again
		w := r.read(lines)
		row := ImportRow{Line: r.line, ExternalID: short(r.cells[colExternalID]), Title: short(r.cells[colTitle])}
		if e, ok := j.known[w.externalID]; ok && w.externalID != "" {
			row.Changed = j.update(&r, w, e)
			row.Outcome = RowUpdated
			if len(row.Changed) == 0 {
				row.Outcome = RowUnchanged
			}
		} else {
			j.create(&r, w)
			row.Outcome = RowCreated
		}
		if len(r.problems) > 0 {
			row.Outcome, row.Problems, row.Changed = RowRefused, r.problems, nil
		}
		report.add(row)
	}
	return report
}

func (r *ImportReport) add(row ImportRow) {
	r.Rows = append(r.Rows, row)
	switch row.Outcome {
	case RowCreated:
		r.Created++
	case RowUpdated:
		r.Updated++
	case RowUnchanged:
		r.Unchanged++
	case RowRefused:
		r.Refused++
	}
}

func (j *importJob) create(r *importRecord, w wish) {
	e := draft(j.in.Org, w.details, j.tx.Now)
	e.OrgSlug, e.OrgName = j.org.OrgSlug, j.org.OrgName
	e = r.fresh(w, e)
	if len(r.problems) > 0 {
		return
	}
	e.Slug = j.names.free(slugFrom(e.Title, e.ID), e.ID)
	e.Sessions = []Session{{ID: uid.New[uid.Session](), Schedule: e.Schedule, Version: 1}}
	if j.in.Publish {
		now := j.tx.Now
		e.State, e.PublishedAt = StatePublished, &now
	}
	j.created = append(j.created, &e)
}

// update returns the columns that differ; none leaves the event alone.
func (j *importJob) update(r *importRecord, w wish, e Event) []string {
	c := &edit{tx: j.tx, before: e, after: e}
	c.after.Sessions = slices.Clone(e.Sessions)
	r.apply(j.in.File, w, c)
	if len(r.problems) > 0 {
		return nil
	}
	changed := columnsChanged(c.before, c.after)
	if len(changed) == 0 {
		return nil
	}
	switch {
	case e.State == StateCancelled || e.State == StateArchived:
		r.refuse("", "differs from the event here, which is %s", e.State)
		return nil
	case !c.after.sameTimes(c.before.Schedule) && e.State == StatePostponed:
		r.refuse(colStartsOn, "differs from the event here, which is postponed; move it by hand")
		return nil
	}
	if !c.after.sameTimes(c.before.Schedule) {
		c.fact(FactMoved, Moved{Before: oldTime(c.before.Schedule)})
	}
	if err := c.changed(false); err != nil {
		panic(fmt.Sprintf("compare two events: %v", err)) // plain structs always encode
	}
	j.updated = append(j.updated, c)
	return changed
}

// columnsChanged names the columns in which two events differ, in the order of
// the contract.
func columnsChanged(a, b Event) []string {
	var out []string
	add := func(column string, differs bool) {
		if differs {
			out = append(out, column)
		}
	}
	day := func(s Schedule) time.Time { return dateOf(s.StartsLocal) }
	add(colTitle, a.Title != b.Title)
	add(colMode, a.Mode != b.Mode)
	add(colStartsOn, !day(a.Schedule).Equal(day(b.Schedule)))
	add(colEndsOn, !a.LastDay().Equal(b.LastDay()))
	add(colTimezone, a.Timezone != b.Timezone)
	add(colCity, a.City != b.City)
	add(colCountry, a.Country != b.Country)
	add(colLanguages, a.Languages != b.Languages)
	add(colTopic, a.Topic != b.Topic)
	add(colURL, a.Website != b.Website)
	add(colCodeOfConduct, a.CodeOfConductURL != b.CodeOfConductURL)
	add(colCallURL, a.CallURL != b.CallURL)
	add(colCallClosesOn, a.CallClosesOn != b.CallClosesOn)
	return out
}

// writeTx writes what judge decided.
func (j *importJob) writeTx(ctx context.Context, s *Service, actor account.Actor) error {
	if err := insertTx(ctx, j.tx, actor, "event.import", j.created...); err != nil {
		return err
	}
	var facts []outbox.Fact
	for _, e := range j.created {
		if e.at(j.tx.Now).State == StatePublished {
			facts = append(facts, outbox.Fact{Org: e.Org, Kind: FactPublished, Subject: e.ID})
		}
	}
	if err := s.box.AppendTx(ctx, j.tx, facts...); err != nil {
		return err
	}
	slices.SortFunc(j.updated, func(a, b *edit) int {
		return cmp.Compare(a.after.ID.String(), b.after.ID.String())
	})
	return s.finishTx(ctx, j.tx, actor, "event.import", j.updated...)
}
