package checkin

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// BadgeCursor is where a page of badges starts: behind this person.
type BadgeCursor struct {
	Name string           `json:"n"`
	ID   uid.Registration `json:"id"`
}

const sqlBadges = `
SELECT r.id, r.name, r.organisation, p.title, r.segment
  FROM registration r
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
  JOIN check_in_list_product x ON x.org_id = r.org_id AND x.list_id = @list_id AND x.product_id = r.product_id
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND r.state = 'confirmed'
   AND r.name <> ''
   AND NOT (@only_without AND EXISTS (SELECT 1
                                        FROM print_job b
                                       WHERE b.org_id = r.org_id AND b.registration_id = r.id AND b.reprint_key IS NULL
                                         AND b.printed_at IS NOT NULL))
   AND (@first OR (r.name, r.id) > (@after_name, @after_id::uuid))
 ORDER BY r.name, r.id
 LIMIT @size`

// Badges returns a page of what to print for everybody whom a list expects and
// who is named, by name, and where the next page starts; nil after the last. With
// onlyWithout those are left out whose badge has been printed.
func (s *Service) Badges(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList, onlyWithout bool, after *BadgeCursor, size int) ([]PrintJob, *BadgeCursor, error) {
	c, err := s.config(ctx, org, event)
	if err != nil {
		return nil, nil, err
	}
	if _, err := readList(ctx, s.db.Pool(), org, event, list); err != nil {
		return nil, nil, err
	}
	from := BadgeCursor{}
	if after != nil {
		from = *after
	}
	numbers := s.mint.Numbers(org)
	rows, _ := s.db.Pool().Query(ctx, sqlBadges, pgx.StrictNamedArgs{ // CollectRows reports the error
		"org_id": org, "event_id": event, "list_id": list, "first": after == nil, "after_name": from.Name, "after_id": from.ID, "size": size + 1,
		"only_without": onlyWithout,
	})
	badges, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (PrintJob, error) {
		j := PrintJob{List: list, EventTitle: c.title}
		err := row.Scan(&j.Ticket, &j.Name, &j.Organisation, &j.Product, &j.Segment)
		j.Code = numbers.Of(j.Ticket).Short()
		if word, ok := segmentWords[j.Segment]; ok {
			j.Badges = append(j.Badges, word)
		}
		return j, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read badges: %w", err)
	}
	if len(badges) <= size {
		return badges, nil, nil
	}
	last := badges[size-1]
	return badges[:size], &BadgeCursor{last.Name, last.Ticket}, nil
}

const sqlBadgesPrinted = `
INSERT INTO print_job (org_id, id, event_id, list_id, registration_id, gate, created_at, printed_at)
SELECT r.org_id, x.id, r.event_id, @list_id, r.id, '', @now, @now
  FROM unnest(@ids::uuid[], @tickets::uuid[]) x (id, ticket)
  JOIN registration r ON r.org_id = @org_id AND r.event_id = @event_id AND r.id = x.ticket
ON CONFLICT (org_id, registration_id) WHERE reprint_key IS NULL
DO UPDATE SET printed_at = coalesce(print_job.printed_at, excluded.printed_at)`

// BadgesPrinted notes that badges of tickets came out of the office's printer, and
// says how many are of this event. The door prints no second one for them, and one
// that waits for a print station waits no longer.
func (s *Service) BadgesPrinted(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, list uid.CheckInList, tickets []uid.Registration) (int, error) {
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (int, error) {
		if _, err := readList(ctx, tx, org, event, list); err != nil {
			return 0, err
		}
		ids := make([]uid.PrintJob, len(tickets))
		for i := range ids {
			ids[i] = uid.New[uid.PrintJob]()
		}
		tag, err := tx.Exec(ctx, sqlBadgesPrinted, pgx.StrictNamedArgs{
			"org_id": org, "event_id": event, "list_id": list, "ids": ids, "tickets": tickets, "now": tx.Now,
		})
		if err != nil {
			return 0, fmt.Errorf("note printed badges: %w", err)
		}
		n := int(tag.RowsAffected())
		return n, account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "badge.printed", Subject: list.String(), After: map[string]any{"badges": n},
		})
	})
}
