package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Room is how much of a product can be had.
type Room struct {
	Product uid.Product
	// Pools says how many pools it draws on; with none it cannot be had.
	Pools int
	// Closed says that one of the pools is closed.
	Closed bool
	// Limited says that one of the pools has a size.
	Limited bool
	// Left is how many can be had now; meaningless unless Limited.
	Left int
	// Basketed is how many more could be had if every basket lapsed.
	Basketed int
	// NextFree is when the next basket lapses; zero when there is none.
	NextFree time.Time
}

const sqlRooms = `
SELECT p.id AS product,
       count(q.id)::int AS pools,
       coalesce(bool_or(q.closed), false) AS closed,
       coalesce(bool_or(q.size IS NOT NULL), false) AS limited,
       coalesce(greatest(min(q.size - q.sold - q.held + b.lapsed), 0), 0)::int AS left,
       coalesce(greatest(min(q.size - q.sold), 0), 0)::int AS unsold,
       min(b.next_free) AS next_free
  FROM product p
  LEFT JOIN product_pool pp ON pp.org_id = p.org_id AND pp.product_id = p.id
  LEFT JOIN pool q ON q.org_id = pp.org_id AND q.id = pp.pool_id
  LEFT JOIN LATERAL (
         SELECT count(*) FILTER (WHERE c.expires_at <= @now) AS lapsed,
                min(c.expires_at) FILTER (WHERE c.expires_at > @now) AS next_free
           FROM claim c
          WHERE c.org_id = q.org_id
            AND c.pool_id = q.id
            AND c.expires_at IS NOT NULL) b ON true
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
   AND p.archived_at IS NULL
 GROUP BY p.id`

// RoomsTx says how much of each of an event's live products can be had, by the
// database's clock. It promises nothing: only TakeTx does.
func (s *Service) RoomsTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) (map[uid.Product]Room, error) {
	rows, err := tx.Query(ctx, sqlRooms, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "now": tx.Now})
	if err != nil {
		return nil, fmt.Errorf("measure room: %w", err)
	}
	rooms := map[uid.Product]Room{}
	var r Room
	var unsold int
	var next *time.Time
	_, err = pgx.ForEachRow(rows, []any{&r.Product, &r.Pools, &r.Closed, &r.Limited, &r.Left, &unsold, &next}, func() error {
		r.Basketed = unsold - r.Left
		r.NextFree = time.Time{}
		if next != nil {
			r.NextFree = *next
		}
		rooms[r.Product] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measure room: %w", err)
	}
	return rooms, nil
}
