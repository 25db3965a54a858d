package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Found is a journal behind a figure, with the order that it is about, if any.
type Found struct {
	ledger.Posted
	Order      uid.Order
	OrderCode  string
	Event      uid.Event
	EventTitle string
}

// After is where a page of journals begins.
type After struct {
	On time.Time   `json:"on"`
	ID uid.Journal `json:"id"`
}

const sqlTrace = `
SELECT j.id, j.effective_on
  FROM journal j
 WHERE j.org_id = @org_id
   AND (@from::date IS NULL OR j.effective_on >= @from)
   AND (@until::date IS NULL OR j.effective_on < @until)
   AND (@source = '' OR j.source_key = @source)
   AND (cardinality(@kinds::text[]) = 0 OR j.kind = ANY (@kinds))
   AND (@after_on::date IS NULL OR (j.effective_on, j.id) > (@after_on, @after_id::uuid))
   AND ((@account = '' AND @ref = '' AND @currency = '') OR EXISTS (
         SELECT
           FROM posting p
          WHERE p.org_id = j.org_id
            AND p.journal_id = j.id
            AND (@account = '' OR p.account = @account)
            AND (@ref = '' OR p.ref = @ref)
            AND (@currency = '' OR p.currency = @currency)))
   AND ((@event_id::uuid IS NULL AND @order_id::uuid IS NULL AND @method = '') OR EXISTS (
         SELECT
           FROM journal_origin o
           LEFT JOIN orders r ON r.org_id = o.org_id AND r.id = o.order_id
           LEFT JOIN payment y ON y.org_id = o.org_id AND y.id = o.payment_id
          WHERE o.org_id = j.org_id
            AND o.journal_id = j.id
            AND (@event_id::uuid IS NULL OR coalesce(o.event_id, r.event_id) = @event_id)
            AND (@order_id::uuid IS NULL OR o.order_id = @order_id)
            AND (@method IN ('', 'bank_transfer') OR y.method = @method)
            AND (@method <> 'bank_transfer' OR (o.payment_id IS NULL AND j.kind IN ('bank', 'bank_match', 'reversal')))))
   AND ((@product_id::uuid IS NULL AND @vat = '' AND @code = '') OR EXISTS (
         SELECT
           FROM document d
           JOIN document_line l ON l.org_id = d.org_id AND l.document_id = d.id
           LEFT JOIN order_line n ON n.org_id = d.org_id AND n.order_id = d.order_id AND n.position = coalesce(l.corrects_line, l.line) - 1
           LEFT JOIN order_terms t ON t.org_id = d.org_id AND t.order_id = d.order_id
          WHERE d.org_id = j.org_id
            AND d.source_key = j.source_key
            AND (@product_id::uuid IS NULL OR n.product_id = @product_id)
            AND (@vat = '' OR l.rate || ':' || l.category = @vat)
            AND (@code = '' OR t.code_text = @code)))
 ORDER BY j.effective_on, j.id
 LIMIT @limit`

// Journals are those behind a figure, oldest first; next is nil on the last page.
func (s *Service) Journals(ctx context.Context, org uid.Org, t Trace, after *After, limit int) (found []Found, next *After, err error) {
	args := t.args(org)
	args["after_on"], args["after_id"], args["limit"] = nil, nil, limit+1
	if after != nil {
		args["after_on"], args["after_id"] = after.On, after.ID
	}
	q := s.db.Pool()
	rows, err := q.Query(ctx, sqlTrace, args)
	if err != nil {
		return nil, nil, fmt.Errorf("trace a figure: %w", err)
	}
	var ids []uid.Journal
	var id uid.Journal
	var on time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &on}, func() error {
		if ids = append(ids, id); len(ids) == limit {
			next = &After{On: on, ID: id}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("trace a figure: %w", err)
	}
	if len(ids) <= limit {
		next = nil
	} else {
		ids = ids[:limit]
	}
	found, err = journals(ctx, q, org, ids)
	return found, next, err
}

func (t Trace) args(org uid.Org) pgx.StrictNamedArgs {
	kinds := make([]string, len(t.Kinds))
	for i, k := range t.Kinds {
		kinds[i] = string(k)
	}
	return pgx.StrictNamedArgs{
		"org_id": org, "from": orNull(t.From), "until": orNull(t.Until), "source": t.Source, "kinds": kinds, "account": string(t.Account),
		"ref": t.Ref, "currency": string(t.Currency), "event_id": t.Event, "order_id": t.Order, "method": t.Method, "product_id": t.Product,
		"vat": t.VAT, "code": t.Code,
	}
}

const sqlFound = `
SELECT j.org_id, j.id, j.source_key, j.kind, j.effective_on, j.posted_at, j.actor, j.memo, j.reverses,
       p.account, p.currency, p.amount, p.ref, r.id, coalesce(r.code, ''), e.id, coalesce(e.title, '')
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
  LEFT JOIN LATERAL (
         SELECT max(o.order_id::text)::uuid AS order_id, max(o.event_id::text)::uuid AS event_id
           FROM journal_origin o
          WHERE o.org_id = j.org_id
            AND o.journal_id = j.id) o ON true
  LEFT JOIN orders r ON r.org_id = j.org_id AND r.id = o.order_id
  LEFT JOIN event e ON e.org_id = j.org_id AND e.id = coalesce(o.event_id, r.event_id)
 WHERE j.org_id = @org_id
   AND j.id = ANY (@ids)
 ORDER BY j.effective_on, j.id, p.line`

func journals(ctx context.Context, q pg.Querier, org uid.Org, ids []uid.Journal) ([]Found, error) {
	rows, err := q.Query(ctx, sqlFound, pgx.StrictNamedArgs{"org_id": org, "ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var all []Found
	var j Found
	var p ledger.Posting
	_, err = pgx.ForEachRow(rows, []any{
		&j.Org, &j.ID, &j.SourceKey, &j.Kind, &j.On, &j.PostedAt, &j.Actor, &j.Memo, &j.Reverses,
		&p.Account, &p.Amount.Currency, &p.Amount.Minor, &p.Ref, &j.Order, &j.OrderCode, &j.Event, &j.EventTitle,
	}, func() error {
		if len(all) == 0 || all[len(all)-1].ID != j.ID {
			all = append(all, j)
		}
		last := &all[len(all)-1]
		last.Postings = append(last.Postings, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	return all, nil
}
