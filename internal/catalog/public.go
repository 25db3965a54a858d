package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// PublicEvent is one event as everybody sees it on its page. Addresses at which
// it takes place online are not in it.
type PublicEvent struct {
	Listed
	Description      string // Markdown; DescriptionHTML makes it safe HTML
	StateReason      string // why it was cancelled or postponed
	Visibility       Visibility
	CodeOfConductURL string
	CallURL          string
	CallClosesOn     string // "2026-11-26"
	// RegistrationClosesLocal is what the organiser said; empty: by rule.
	RegistrationClosesLocal string
	PublishedAt             time.Time
	Sessions                []PublicSession // by start, cancelled ones included
	// Former is true when it was asked for by an address that it had before;
	// visitors are sent on to Slug.
	Former bool
}

// PublicSession is one sitting as everybody sees it.
type PublicSession struct {
	ID    uid.Session
	Title string
	Place string
	Schedule
	Cancelled bool
	Version   int64
}

type publicRow struct {
	listedRow
	Description             string
	StateReason             string
	Visibility              Visibility
	CodeOfConductURL        string
	CallURL                 string
	CallClosesOn            *time.Time
	RegistrationClosesLocal *time.Time
	PublishedAt             *time.Time
}

const publicColumns = listedColumns + `,
       e.description, e.state_reason, e.visibility, e.code_of_conduct_url, e.call_url, e.call_closes_on,
       e.registration_closes_local, e.published_at`

const sqlPublicEvent = `
SELECT ` + publicColumns + `
  FROM organisation o
  JOIN event_slug a ON a.org_id = o.id
  JOIN event e ON e.org_id = a.org_id AND e.id = a.event_id
 WHERE o.slug = @org_slug
   AND a.slug = @event_slug
   AND e.state IN ('published', 'sales_closed', 'postponed', 'cancelled')`

// PublicEvent returns an event by its address, present or former, listed or not. It
// answers not found for drafts and archived events.
func (s *Service) PublicEvent(ctx context.Context, orgSlug, eventSlug string) (PublicEvent, error) {
	e, err := readPublic(ctx, s.db.Pool(), sqlPublicEvent, s.now(), pgx.StrictNamedArgs{
		"org_slug": orgSlug, "event_slug": eventSlug, "now": s.now(),
	})
	e.Former = e.Slug != eventSlug
	return e, err
}

const sqlPublicEventByID = `
SELECT ` + publicColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE e.org_id = @org_id
   AND e.id = @id`

// PublicEventByIDTx returns an event as everybody sees it to those who have to
// do with it already, such as the people who registered: in whatever state.
func (s *Service) PublicEventByIDTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Event) (PublicEvent, error) {
	return readPublic(ctx, tx, sqlPublicEventByID, tx.Now, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now})
}

func readPublic(ctx context.Context, q pg.Querier, sql string, now time.Time, args pgx.StrictNamedArgs) (PublicEvent, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return PublicEvent{}, fmt.Errorf("read public event: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[publicRow])
	if pg.IsNoRows(err) {
		return PublicEvent{}, fault.NotFound("event")
	}
	if err != nil {
		return PublicEvent{}, fmt.Errorf("read public event: %w", err)
	}
	e := PublicEvent{
		Listed: r.listed(now), Description: r.Description, StateReason: r.StateReason, Visibility: r.Visibility,
		CodeOfConductURL: r.CodeOfConductURL, CallURL: r.CallURL, CallClosesOn: sayDate(r.CallClosesOn),
	}
	if r.RegistrationClosesLocal != nil {
		e.RegistrationClosesLocal = sayDeadline(*r.RegistrationClosesLocal)
	}
	if r.PublishedAt != nil {
		e.PublishedAt = *r.PublishedAt
	}
	all, err := sessions(ctx, q, e.Org, e.ID)
	if err != nil {
		return PublicEvent{}, err
	}
	times := span(live(all))
	e.StartsSecond, e.EndsSecond = times.StartsSecond, times.EndsSecond
	for _, ses := range all {
		e.Sessions = append(e.Sessions, PublicSession{
			ID: ses.ID, Title: ses.Title, Place: ses.Place, Schedule: ses.Schedule,
			Cancelled: !ses.Live(), Version: ses.Version,
		})
	}
	return e, nil
}
