package account

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// AuditEntry is one recorded act.
type AuditEntry struct {
	ID uid.Audit
	At time.Time
	// Actor is the id of who did it.
	Actor string
	// ActorName is who that is, for people to read: a name or address,
	// "attendee link", "system", "command line".
	ActorName string `db:"-"`
	Action    string
	Subject   string
	// Before and After are JSON; nil when there are none.
	Before, After json.RawMessage
}

// AuditCursor is the place after which the next page of the log begins.
type AuditCursor struct {
	Before uid.Audit `json:"b"`
}

// AuditQuery asks for a page of the log.
type AuditQuery struct {
	Org uid.Org
	// Subject narrows the log to one thing; empty means all.
	Subject string
	// After is where the page begins; nil means at the newest entry.
	After *AuditCursor
	// Limit is the page's size, at least 1.
	Limit int
}

const sqlAudit = `
SELECT id, at, actor, action, subject, before, after
  FROM audit_entry
 WHERE org_id = @org_id
   AND (@subject::text = '' OR subject = @subject)
   AND (@before::uuid IS NULL OR id < @before)
 ORDER BY id DESC
 LIMIT @most`

// Audit returns a page of the log, newest first, and where the next one begins;
// nil after the last.
func (s *Service) Audit(ctx context.Context, q AuditQuery) ([]AuditEntry, *AuditCursor, error) {
	var before uid.Audit
	if q.After != nil {
		before = q.After.Before
	}
	rows, _ := s.db.Pool().Query(ctx, sqlAudit, pgx.StrictNamedArgs{
		"org_id": q.Org, "subject": q.Subject, "before": before, "most": q.Limit + 1,
	}) // CollectRows reports the error
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[AuditEntry])
	if err != nil {
		return nil, nil, fmt.Errorf("read audit log: %w", err)
	}
	var next *AuditCursor
	if len(entries) > q.Limit {
		entries = entries[:q.Limit]
		next = &AuditCursor{Before: entries[q.Limit-1].ID}
	}
	return entries, next, nameActors(ctx, s.db.Pool(), entries)
}

const sqlNames = `
SELECT id, email, name
  FROM person
 WHERE id = ANY(@ids)`

// nameActors fills in ActorName.
func nameActors(ctx context.Context, q pg.Querier, entries []AuditEntry) error {
	actors := make([]string, len(entries))
	for i, e := range entries {
		actors[i] = e.Actor
	}
	names, err := actorNames(ctx, q, actors)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].ActorName = names[entries[i].Actor]
	}
	return nil
}

// ActorNames says who actors are, for people to read, by their ids: a name or an
// address, a tablet's name, "attendee link", "system".
func (s *Service) ActorNames(ctx context.Context, actors []string) (map[string]string, error) {
	return actorNames(ctx, s.db.Pool(), actors)
}

const sqlTabletNames = `
SELECT id, name
  FROM device
 WHERE id = ANY (@ids)`

func actorNames(ctx context.Context, q pg.Querier, actors []string) (map[string]string, error) {
	names := map[string]string{}
	ids, tablets := []uid.Person{}, []uid.Device{}
	for _, actor := range actors {
		var id uid.Person
		var tablet uid.Device
		if _, known := names[actor]; known {
			continue
		}
		names[actor] = actor
		if strings.HasPrefix(actor, "reg_") {
			names[actor] = "attendee link"
		} else if id.UnmarshalText([]byte(actor)) == nil && !id.IsZero() {
			ids = append(ids, id)
		} else if tablet.UnmarshalText([]byte(actor)) == nil && !tablet.IsZero() {
			tablets = append(tablets, tablet)
		}
	}
	rows, _ := q.Query(ctx, sqlNames, pgx.StrictNamedArgs{"ids": ids}) // CollectRows reports the error
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	if err != nil {
		return nil, fmt.Errorf("read actors: %w", err)
	}
	for _, p := range people {
		names[p.ID.String()] = p.Name
		if p.Name == "" {
			names[p.ID.String()] = p.Email
		}
	}
	if len(tablets) == 0 {
		return names, nil
	}
	var tablet uid.Device
	var name string
	rows, _ = q.Query(ctx, sqlTabletNames, pgx.StrictNamedArgs{"ids": tablets}) // ForEachRow reports the error
	_, err = pgx.ForEachRow(rows, []any{&tablet, &name}, func() error {
		names[tablet.String()] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tablets: %w", err)
	}
	return names, nil
}
