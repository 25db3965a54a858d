package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/uid"
)

const sqlLastActs = `
SELECT subject, max(at) AS at
  FROM audit_entry
 WHERE org_id = @org_id
   AND subject = ANY (@subjects)
 GROUP BY subject`

// LastActs says when something was last done to each of the subjects, by their
// ids in text form. What is not in the log is not in the answer.
func (s *Service) LastActs(ctx context.Context, org uid.Org, subjects []string) (map[string]time.Time, error) {
	rows, err := s.db.Pool().Query(ctx, sqlLastActs, pgx.StrictNamedArgs{"org_id": org, "subjects": subjects})
	if err != nil {
		return nil, fmt.Errorf("read last acts: %w", err)
	}
	last := map[string]time.Time{}
	var subject string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&subject, &at}, func() error {
		last[subject] = at
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read last acts: %w", err)
	}
	return last, nil
}
