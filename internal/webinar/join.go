package webinar

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Service opens join pages and lets people in.
type Service struct {
	db   *pg.DB
	keys *link.Keys
	now  clock.Clock
}

// New makes the service. The clock tells join pages the time; whether somebody
// gets in is decided by the database's.
func New(db *pg.DB, keys *link.Keys, now clock.Clock) *Service {
	return &Service{db: db, keys: keys, now: now}
}

// Page is one join page. For Unknown everything but State is zero. It never
// holds the organiser's address.
type Page struct {
	State State
	// Name is the attendee's, shortened.
	Name string
	// Registration is where the place stands, such as "awaiting_approval".
	Registration string
	// EventTitle and SessionTitle say what it is; the latter may be empty.
	EventTitle, SessionTitle string
	// OrgName and OrgSlug are the organisation's, EventSlug the event's.
	OrgName, OrgSlug, EventSlug string
	// Contact is where questions go.
	Contact string
	// OpensAt is when the button comes.
	OpensAt time.Time
	// StartsAt and EndsAt are the session's instants; StartsLocal and EndsLocal
	// the same on the wall clock of Timezone.
	StartsAt, EndsAt       time.Time
	StartsLocal, EndsLocal time.Time
	Timezone               string
}

// Open returns the join page that a token opens for one of its place's sessions.
// It writes nothing. A token that is no good gives a page in the state Unknown,
// whatever the reason.
func (s *Service) Open(ctx context.Context, token string, session uid.Session) (Page, error) {
	p, _, err := s.page(ctx, s.db.Pool(), token, session, s.now())
	return p, err
}

// Join records that the link was used and returns the organiser's address, to
// redirect to at once. It fails with NOT_FOUND for a token that is no good, with
// SALES_NOT_OPEN before the page opens, with DEADLINE_PASSED after the end, and
// with WRONG_STATE for whatever else keeps people out; then nothing is recorded.
// deviceHash tells one browser from another and identifies nobody.
func (s *Service) Join(ctx context.Context, token string, session uid.Session, deviceHash [32]byte) (string, error) {
	var target string
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		p, place, err := s.page(ctx, tx, token, session, tx.Now)
		if err != nil {
			return err
		}
		if err := refusal(p); err != nil {
			return err
		}
		target = place.Address
		return recordTx(ctx, tx, place, session, deviceHash)
	})
	if err != nil {
		return "", err
	}
	return target, nil
}

// refusal says why a page lets nobody in; nil when it does.
func refusal(p Page) error {
	switch p.State {
	case Open:
		return nil
	case TooEarly:
		return fault.Precondition(fault.SalesNotOpen, "The room is not open yet.")
	case Ended:
		return fault.Precondition(fault.DeadlinePassed, "This session has ended.")
	case NoRoom:
		return fault.Precondition(fault.WrongState, "The organiser has not opened a room yet.")
	case Replaced:
		return fault.Precondition(fault.WrongState, "This link has been replaced.")
	case NotConfirmed:
		return fault.Precondition(fault.WrongState, "This link is not valid: there is no confirmed place behind it.")
	case Cancelled:
		return fault.Precondition(fault.WrongState, "This session has been cancelled.")
	case Postponed:
		return fault.Precondition(fault.WrongState, "This event has been postponed.")
	case Unknown:
	}
	return fault.NotFound("join link")
}

// place is a registration with one of its sessions, as the database knows them.
type place struct {
	OrgID            uid.Org
	ID               uid.Registration
	State            string
	LinkVersion      int
	Name             string
	EventTitle       string
	EventState       string
	EventSlug        string
	OpensMinutes     int
	SessionTitle     string
	SessionCancelled bool
	Address          string
	Timezone         string
	StartsAt         time.Time
	EndsAt           time.Time
	StartsLocal      time.Time
	EndsLocal        time.Time
	OrgName          string
	OrgSlug          string
	Contact          string
}

// A product without sessions of its own is a place in all of them.
const sqlPlace = `
SELECT r.org_id, r.id, r.state, r.link_version, r.name,
       e.title AS event_title, e.state AS event_state, e.slug AS event_slug,
       e.join_opens_minutes AS opens_minutes,
       s.title AS session_title, s.cancelled_at IS NOT NULL AS session_cancelled,
       coalesce(nullif(s.join_address, ''), e.join_address) AS address,
       s.timezone, s.starts_at, s.ends_at, s.starts_local, s.ends_local,
       o.name AS org_name, o.slug AS org_slug, o.contact_email AS contact
  FROM registration r
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
  JOIN event e ON e.org_id = r.org_id AND e.id = r.event_id
  JOIN session s ON s.org_id = r.org_id AND s.event_id = r.event_id AND s.id = @session
  JOIN organisation o ON o.id = r.org_id
 WHERE r.org_id = @org_id
   AND r.id = @id
   AND (e.mode = 'online' OR e.mode = 'hybrid' AND p.online)
   AND (NOT EXISTS (SELECT 1 FROM product_session x WHERE x.org_id = p.org_id AND x.product_id = p.id)
        OR EXISTS (SELECT 1 FROM product_session x
                    WHERE x.org_id = p.org_id AND x.product_id = p.id AND x.session_id = s.id))`

// page reads what a token names and judges it. The place goes no further than
// this package, because it holds the address.
func (s *Service) page(ctx context.Context, q pg.Querier, token string, session uid.Session, now time.Time) (Page, place, error) {
	ref, ok := s.keys.Read(link.Join, token)
	if !ok {
		return Page{State: Unknown}, place{}, nil
	}
	rows, err := q.Query(ctx, sqlPlace, pgx.StrictNamedArgs{
		"org_id": ref.Org, "id": uid.Registration(ref.ID), "session": session,
	})
	if err != nil {
		return Page{}, place{}, fmt.Errorf("read a join link's place: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[place])
	if pg.IsNoRows(err) {
		return Page{State: Unknown}, place{}, nil
	}
	if err != nil {
		return Page{}, place{}, fmt.Errorf("read a join link's place: %w", err)
	}
	opens := f.StartsAt.Add(-time.Duration(f.OpensMinutes) * time.Minute)
	return Page{
		State: Judge(Facts{
			TokenVersion: ref.Version, LinkVersion: f.LinkVersion, Registration: f.State, Event: f.EventState,
			SessionCancelled: f.SessionCancelled, HasAddress: f.Address != "", OpensAt: opens, EndsAt: f.EndsAt,
		}, now),
		Name: mask(f.Name), Registration: f.State, EventTitle: f.EventTitle, SessionTitle: f.SessionTitle,
		OrgName: f.OrgName, OrgSlug: f.OrgSlug, EventSlug: f.EventSlug, Contact: f.Contact,
		OpensAt: opens, StartsAt: f.StartsAt, EndsAt: f.EndsAt,
		StartsLocal: f.StartsLocal, EndsLocal: f.EndsLocal, Timezone: f.Timezone,
	}, f, nil
}

const sqlRecordUse = `
WITH used AS (
  INSERT INTO join_event (org_id, id, registration_id, session_id, kind, at, device_hash)
  VALUES (@org_id, @id, @registration_id, @session_id, 'link_used', @now, @device_hash)
)
INSERT INTO attendance (org_id, registration_id, session_id, level, source, first_at, last_at)
VALUES (@org_id, @registration_id, @session_id, 'link_used', 'join page', @now, @now)
ON CONFLICT ON CONSTRAINT attendance_pk
DO UPDATE SET last_at = greatest(attendance.last_at, excluded.last_at)`

// recordTx writes the use and, the first time, the attendance. A level that is
// higher already stays.
func recordTx(ctx context.Context, tx *pg.Tx, p place, session uid.Session, deviceHash [32]byte) error {
	_, err := tx.Exec(ctx, sqlRecordUse, pgx.StrictNamedArgs{
		"org_id": p.OrgID, "id": uid.New[uid.Fact](), "registration_id": p.ID, "session_id": session,
		"now": tx.Now, "device_hash": deviceHash[:],
	})
	if err != nil {
		return fmt.Errorf("record that a join link was used: %w", err)
	}
	return nil
}
