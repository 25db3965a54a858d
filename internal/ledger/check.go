package ledger

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Unbalanced is a journal whose postings in one currency do not add up to zero,
// or that has fewer than two of them.
type Unbalanced struct {
	OrgID    uid.Org
	Journal  uid.Journal
	Currency string // empty for a journal without postings
	Lines    int
	Sum      int64 // minor units
}

const sqlUnbalanced = `
SELECT j.org_id, j.id AS journal, coalesce(p.currency, '') AS currency, count(p.line)::int AS lines, coalesce(sum(p.amount), 0)::bigint AS sum
  FROM journal j
  LEFT JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 GROUP BY j.org_id, j.id, p.currency
HAVING coalesce(sum(p.amount), 0) <> 0
    OR count(p.line) < 2
 ORDER BY j.org_id, j.id, p.currency`

// Check returns every journal that breaks the first rule of the books. There are
// none unless the database is broken, since PostgreSQL refuses them; a copy that
// was restored is checked so.
func Check(ctx context.Context, q pg.Querier) ([]Unbalanced, error) {
	rows, err := q.Query(ctx, sqlUnbalanced)
	if err != nil {
		return nil, fmt.Errorf("add up the journals: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Unbalanced])
	if err != nil {
		return nil, fmt.Errorf("add up the journals: %w", err)
	}
	return found, nil
}
