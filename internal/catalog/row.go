package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// eventRow is a row of table event without its search text, and what its
// organisation is called.
type eventRow struct {
	OrgID                   uid.Org
	OrgSlug                 string
	OrgName                 string
	ID                      uid.Event
	Slug                    string
	Title                   string
	Summary                 string
	Description             string
	Mode                    Mode
	Venue                   string
	Address                 string
	City                    string
	Country                 string
	JoinAddress             string
	JoinOpensMinutes        int
	Topic                   string
	Languages               string
	Website                 string
	CodeOfConductURL        string
	CallURL                 string
	CallClosesOn            *time.Time
	GoodToKnow              string
	Visibility              Visibility
	RegistrationMode        RegistrationMode
	RegistrationClosesLocal *time.Time
	RegistrationClosesAt    time.Time
	State                   State
	StateReason             string
	Timezone                string
	AllDay                  bool
	StartsLocal             time.Time
	EndsLocal               time.Time
	StartsAt                time.Time
	EndsAt                  time.Time
	ExternalID              *string
	Version                 int64
	CreatedAt               time.Time
	PublishedAt             *time.Time
}

// commonColumns are what every reader of an event gets.
const commonColumns = `e.org_id, o.slug AS org_slug, o.name AS org_name, e.id, e.slug, e.title, e.summary, e.mode,
       e.venue, e.address, e.city, e.country, e.join_opens_minutes, e.topic, e.languages, e.website,
       e.code_of_conduct_url, e.call_url, e.call_closes_on, e.good_to_know, e.visibility,
       e.registration_mode, e.registration_closes_local, e.registration_closes_at, e.state,
       e.state_reason, e.timezone, e.all_day, e.starts_local, e.ends_local, e.starts_at, e.ends_at,
       e.external_id, e.version, e.created_at, e.published_at`

// Organisers see everything; lists leave out the longest column.
const (
	eventColumns = commonColumns + `, e.description, e.join_address`
	listColumns  = commonColumns + `, '' AS description, e.join_address`
)

// event is the row as the domain sees it, with the stored state.
func (r eventRow) event() Event {
	e := Event{
		Org: r.OrgID, OrgSlug: r.OrgSlug, OrgName: r.OrgName, ID: r.ID,
		Details: Details{
			Title: r.Title, Slug: r.Slug, Summary: r.Summary, Description: r.Description, Mode: r.Mode,
			Venue: r.Venue, Address: r.Address, City: r.City, Country: r.Country,
			JoinAddress: r.JoinAddress, JoinOpensMinutes: r.JoinOpensMinutes,
			Topic: r.Topic, Languages: r.Languages, Website: r.Website,
			CodeOfConductURL: r.CodeOfConductURL, CallURL: r.CallURL, CallClosesOn: sayDate(r.CallClosesOn),
			Visibility: r.Visibility, RegistrationMode: r.RegistrationMode, GoodToKnow: r.GoodToKnow,
		},
		Schedule: Schedule{
			StartsLocal: r.StartsLocal, EndsLocal: r.EndsLocal, Timezone: r.Timezone, AllDay: r.AllDay,
			StartsAt: r.StartsAt, EndsAt: r.EndsAt,
		},
		State: r.State, StateReason: r.StateReason, RegistrationClosesAt: r.RegistrationClosesAt,
		Version: r.Version, CreatedAt: r.CreatedAt, PublishedAt: r.PublishedAt,
	}
	if r.RegistrationClosesLocal != nil {
		e.RegistrationClosesLocal = sayDeadline(*r.RegistrationClosesLocal)
	}
	if r.ExternalID != nil {
		e.ExternalID = *r.ExternalID
	}
	return e
}

func sayDate(d *time.Time) string {
	if d == nil {
		return ""
	}
	return d.Format(dateForm)
}

// args are the values of table event's columns, by column. The event has been
// checked, so its texts parse.
func (e Event) args() pgx.StrictNamedArgs {
	var callCloses, regCloses *time.Time
	var externalID *string
	var none problems
	if d, ok := readWall(&none, "", e.CallClosesOn, true); ok {
		callCloses = &d
	}
	if e.RegistrationClosesLocal != "" {
		if w, ok := readDeadline(&none, "", e.RegistrationClosesLocal); ok {
			regCloses = &w
		}
	}
	if e.ExternalID != "" {
		externalID = &e.ExternalID
	}
	return pgx.StrictNamedArgs{
		"org_id": e.Org, "id": e.ID, "slug": e.Slug, "title": e.Title, "summary": e.Summary,
		"description": e.Description, "mode": e.Mode, "venue": e.Venue, "address": e.Address, "city": e.City,
		"country": e.Country, "join_address": e.JoinAddress, "join_opens_minutes": e.JoinOpensMinutes,
		"topic": e.Topic, "languages": e.Languages, "website": e.Website,
		"code_of_conduct_url": e.CodeOfConductURL, "call_url": e.CallURL, "call_closes_on": callCloses,
		"good_to_know": e.GoodToKnow, "visibility": e.Visibility, "registration_mode": e.RegistrationMode,
		"registration_closes_local": regCloses, "registration_closes_at": e.RegistrationClosesAt,
		"state": e.State, "state_reason": e.StateReason, "timezone": e.Timezone, "all_day": e.AllDay,
		"starts_local": e.StartsLocal, "ends_local": e.EndsLocal, "starts_at": e.StartsAt, "ends_at": e.EndsAt,
		"external_id": externalID, "search": e.searchText(), "version": e.Version,
		"created_at": e.CreatedAt, "published_at": e.PublishedAt,
	}
}

// searchText is what people can find the event by.
func (e Event) searchText() string {
	return fold.Text(e.Title, e.Summary, e.Topic, e.Venue, e.City, e.Country, e.OrgName)
}

const sqlSessions = `
SELECT id, title, place, join_address, timezone, all_day, starts_local, ends_local, starts_second,
       ends_second, starts_at, ends_at, cancelled_at, version
  FROM session
 WHERE org_id = @org_id
   AND event_id = @event_id
 ORDER BY starts_at, id`

func sessions(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) ([]Session, error) {
	rows, err := q.Query(ctx, sqlSessions, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Session])
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return list, nil
}

func (s Session) args(org uid.Org, event uid.Event) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"org_id": org, "id": s.ID, "event_id": event, "title": s.Title, "place": s.Place,
		"join_address": s.JoinAddress, "timezone": s.Timezone, "all_day": s.AllDay,
		"starts_local": s.StartsLocal, "ends_local": s.EndsLocal, "starts_second": s.StartsSecond,
		"ends_second": s.EndsSecond, "starts_at": s.StartsAt, "ends_at": s.EndsAt,
		"cancelled_at": s.CancelledAt, "version": s.Version,
	}
}

const sqlEvent = `
SELECT ` + eventColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE e.org_id = @org_id
   AND e.id = @id`

// load reads an event with its sessions and the stored state.
func load(ctx context.Context, q pg.Querier, org uid.Org, id uid.Event) (Event, error) {
	rows, err := q.Query(ctx, sqlEvent, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[eventRow])
	if pg.IsNoRows(err) {
		return Event{}, fault.NotFound("event")
	}
	if err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	return complete(ctx, q, row.event())
}

// complete adds the sessions and what follows from them alone.
func complete(ctx context.Context, q pg.Querier, e Event) (Event, error) {
	var err error
	if e.Sessions, err = sessions(ctx, q, e.Org, e.ID); err != nil {
		return Event{}, err
	}
	s := span(live(e.Sessions))
	e.StartsSecond, e.EndsSecond = s.StartsSecond, s.EndsSecond
	return e, nil
}
