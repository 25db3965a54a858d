package checkin

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

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
   AND (@first OR (r.name, r.id) > (@after_name, @after_id::uuid))
 ORDER BY r.name, r.id
 LIMIT @size`

// Badges returns a page of what to print for everybody whom a list expects and
// who is named, by name, and where the next page starts; nil after the last.
func (s *Service) Badges(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList, after *BadgeCursor, size int) ([]PrintJob, *BadgeCursor, error) {
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
