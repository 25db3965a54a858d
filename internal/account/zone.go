package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlZone = `
SELECT timezone
  FROM organisation
 WHERE id = @org_id`

// Zone is the time zone of an organisation, whose days count in its books.
func Zone(ctx context.Context, q pg.Querier, org uid.Org) (*time.Location, error) {
	var name string
	if err := q.QueryRow(ctx, sqlZone, pgx.StrictNamedArgs{"org_id": org}).Scan(&name); err != nil {
		return nil, fmt.Errorf("read the organisation's time zone: %w", err)
	}
	return clock.Zone(name)
}
