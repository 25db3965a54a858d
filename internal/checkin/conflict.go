package checkin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/booking"
	"lanyard/internal/uid"
)

// Conflict is how two scans of one ticket contradict each other, or a scan the
// ticket's state. The empty one is none.
type Conflict string

// The conflicts.
const (
	// Echo is the same tablet within seconds; it is not reported.
	Echo          Conflict = "echo"
	Race          Conflict = "race"
	Shared        Conflict = "shared"
	RevokedBefore Conflict = "revoked_before"
	RevokedAfter  Conflict = "revoked_after"
	UnknownTicket Conflict = "unknown_ticket"
)

// raceWindow is how long it takes two tablets with network to hear of each other:
// a sync and the call that reports the scan.
const raceWindow = 10 * time.Second

// classify says what a second entry is, given the first.
func classify(first, second passage) Conflict {
	gap := second.at.Sub(first.at).Abs()
	switch {
	case first.device == second.device && gap <= echoSeconds*time.Second:
		return Echo
	case first.device != second.device && gap <= raceWindow:
		return Race
	}
	return Shared
}

// Contradiction is one ticket's conflict with its scans, as they happened.
type Contradiction struct {
	Kind   Conflict
	List   uid.CheckInList
	Ticket uid.Registration
	Name   string
	Scans  []LoggedScan
}

// sqlDisputed finds what could be in conflict: entries after another that the
// mode does not allow, entries with withdrawn tickets, tickets that do not exist.
const sqlDisputed = `
SELECT DISTINCT s.list_id, s.registration_id, s.day
  FROM scan s
 WHERE s.org_id = @org_id
   AND s.event_id = @event_id
   AND s.conflict NOT IN ('', 'echo')
   AND (@list_id::uuid IS NULL OR s.list_id = @list_id)`

// Conflicts returns an event's contradictions, the latest first. They follow from
// the scans alone: the order in which tablets reported them does not matter.
func (s *Service) Conflicts(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList) ([]Contradiction, error) {
	if _, err := s.events.Get(ctx, org, event); err != nil {
		return nil, err
	}
	rows, _ := s.db.Pool().Query(ctx, sqlDisputed, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "list_id": list}) // CollectRows reports the error
	spots, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (spot, error) {
		p := spot{org: org, event: event}
		err := row.Scan(&p.list, &p.ticket, &p.day)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for conflicts: %w", err)
	}
	var out []Contradiction
	for _, p := range spots {
		log, _, err := s.Scans(ctx, ScanFilter{Org: org, Event: event, List: p.list, Ticket: p.ticket, NoTicket: p.ticket.IsZero()}, nil, 500)
		if err != nil {
			return nil, err
		}
		out = append(out, disputes(p, log)...)
	}
	slices.SortStableFunc(out, func(a, b Contradiction) int {
		return cmp.Or(b.Scans[len(b.Scans)-1].EffectiveAt.Compare(a.Scans[len(a.Scans)-1].EffectiveAt), cmp.Compare(a.Scans[0].ID, b.Scans[0].ID))
	})
	return out, nil
}

// disputes finds the conflicts in the scans of one ticket on one list and day.
func disputes(p spot, log []LoggedScan) []Contradiction {
	var lets []LoggedScan
	for _, l := range log {
		if l.Day == p.day && l.Kind != Void && !l.Voided && (l.Outcome.lets() && l.Outcome != AdmittedAgain || l.Conflict == UnknownTicket) {
			lets = append(lets, l)
		}
	}
	slices.SortFunc(lets, func(a, b LoggedScan) int {
		return cmp.Or(a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.Device.String(), b.Device.String()), cmp.Compare(a.Sequence, b.Sequence))
	})
	if p.ticket.IsZero() {
		return inventedOnes(p, lets)
	}
	byKind := map[Conflict][]LoggedScan{}
	note := func(k Conflict, scans ...LoggedScan) {
		for _, s := range scans {
			if !slices.ContainsFunc(byKind[k], func(x LoggedScan) bool { return x.ID == s.ID }) {
				byKind[k] = append(byKind[k], s)
			}
		}
	}
	var inside *LoggedScan
	for i := range lets {
		l := lets[i]
		if l.Kind == Exit {
			if l.Mode == ModeReEntry {
				inside = nil
			}
			continue
		}
		if !l.WithdrawnAt.IsZero() {
			k := RevokedAfter
			if l.EffectiveAt.After(l.WithdrawnAt) {
				k = RevokedBefore
			}
			note(k, l)
		}
		if inside == nil || l.Mode == ModeFree {
			inside = &lets[i]
			continue
		}
		if k := classify(inside.passage(), l.passage()); k != Echo {
			note(k, *inside, l)
		}
	}
	var out []Contradiction
	for _, k := range []Conflict{RevokedBefore, Shared, Race, RevokedAfter} {
		if scans := byKind[k]; len(scans) > 0 {
			out = append(out, Contradiction{Kind: k, List: p.list, Ticket: p.ticket, Name: scans[0].Name, Scans: scans})
		}
	}
	return out
}

// inventedOnes are entries with tickets that do not exist, one each.
func inventedOnes(p spot, log []LoggedScan) []Contradiction {
	var out []Contradiction
	for _, l := range log {
		if l.Conflict == UnknownTicket {
			out = append(out, Contradiction{Kind: UnknownTicket, List: p.list, Scans: []LoggedScan{l}})
		}
	}
	return out
}

func (l LoggedScan) passage() passage { return passage{device: l.Device, at: l.EffectiveAt} }

// withdrawnAt is when a registration stopped being a ticket; zero while it is one.
func withdrawnAt(state booking.State, changed time.Time) time.Time {
	if status, ok := statusOf(state, false); ok && status.withdrawn() {
		return changed
	}
	return time.Time{}
}
