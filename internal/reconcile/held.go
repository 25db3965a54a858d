package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlDeferred = `
SELECT ref
  FROM posting
 WHERE org_id = @org_id
   AND account = 'deferred_income'
 GROUP BY ref, currency
HAVING sum(amount) <> 0
 ORDER BY ref`

type overRow struct {
	ID     uid.Event
	EndsAt time.Time
}

// An event that was postponed has no day.
const sqlEventsOver = `
SELECT id, ends_at
  FROM event
 WHERE org_id = @org_id
   AND id = ANY (@ids)
   AND ends_at <= @until
   AND state <> 'postponed'
 ORDER BY id`

// over returns when those of the events, given by their reference, ended that
// had ended at a moment.
func over(ctx context.Context, q pg.Querier, org uid.Org, refs []string, until time.Time) (map[string]time.Time, error) {
	var ids []uid.Event
	for _, ref := range refs {
		var id uid.Event
		if id.UnmarshalText([]byte(ref)) == nil {
			ids = append(ids, id)
		}
	}
	rows, err := many[overRow](ctx, q, sqlEventsOver, pgx.StrictNamedArgs{"org_id": org, "ids": ids, "until": until}, "find events that are over")
	if err != nil {
		return nil, err
	}
	ended := map[string]time.Time{}
	for _, r := range rows {
		ended[r.ID.String()] = r.EndsAt
	}
	return ended, nil
}

// What is sold or credited after the release is released on its own day.
const sqlToRelease = `
SELECT p.ref, p.currency, sum(p.amount)::bigint AS amount,
       coalesce(max(j.effective_on) FILTER (WHERE j.kind <> 'event_held'), '0001-01-01') AS at,
       count(*) FILTER (WHERE j.kind = 'event_held') AS number
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND p.account = 'deferred_income'
   AND p.ref = ANY (@refs)
 GROUP BY p.ref, p.currency
HAVING sum(p.amount) <> 0
 ORDER BY p.ref, p.currency`

// eventsHeldTx books J10: what was sold for events that are over is earned.
func (s *Service) eventsHeldTx(ctx context.Context, tx *pg.Tx, org uid.Org) error {
	if err := lockTx(ctx, tx, org); err != nil {
		return err
	}
	list, err := tx.Query(ctx, sqlDeferred, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return fmt.Errorf("read deferred income: %w", err)
	}
	refs, err := pgx.CollectRows(list, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("read deferred income: %w", err)
	}
	ended, err := over(ctx, tx, org, refs, tx.Now)
	if err != nil || len(ended) == 0 {
		return err
	}
	refs = refs[:0]
	for ref := range ended {
		refs = append(refs, ref)
	}
	held, err := many[heldRow](ctx, tx, sqlToRelease, pgx.StrictNamedArgs{"org_id": org, "refs": refs}, "read deferred income")
	if err != nil {
		return err
	}
	loc, err := account.Zone(ctx, tx, org)
	if err != nil {
		return err
	}
	var journals []ledger.Journal
	for _, h := range held {
		var event uid.Event
		if err := event.UnmarshalText([]byte(h.Ref)); err != nil {
			return fmt.Errorf("deferred income of %q: %w", h.Ref, err)
		}
		on := ledger.Day(ended[h.Ref].Add(-time.Microsecond), loc) // midnight ends the day before
		if h.At.After(on) {
			on = h.At
		}
		journals = append(journals, ledger.EventHeld(ledger.Source{
			Org: org, Key: fmt.Sprintf("held:%s:%s:%d", h.Ref, h.Currency, h.Number), On: on, Actor: system, Memo: "The event took place",
		}, event, money.New(h.Amount, h.Currency)))
	}
	if _, err := s.books.PostTx(ctx, tx, journals...); err != nil {
		return fmt.Errorf("release deferred income: %w", err)
	}
	return nil
}
