package booking

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// DisputedTx marks an order while one of its payments is disputed, so that the door
// knows. When the bank kept the whole price, the places end unless somebody has
// used one; then staff decide. The sale and its VAT stand: a lost dispute is a bad
// debt and no credit note. It is a hook of package payment.
func (s *Service) DisputedTx(ctx context.Context, tx *pg.Tx, d payment.Dispute) error {
	o, err := lockSaleTx(ctx, tx, d.Org, d.Order)
	if fault.Is(err, fault.NoSuchThing) {
		return nil // money that names no order of ours
	}
	if err != nil {
		return err
	}
	m, err := s.pay.OfOrder(ctx, tx, d.Org, d.Order)
	if err != nil {
		return err
	}
	open := false
	for _, other := range m.Disputes {
		open = open || other.Open()
	}
	if o.Disputed != open {
		o.Disputed = open
		if err := writeFlagsTx(ctx, tx, o); err != nil {
			return err
		}
	}
	if !d.Lost() || o.State != OrderConfirmed {
		return nil
	}
	return s.lostTx(ctx, tx, &o, d)
}

const sqlUsed = `
SELECT e.ends_at <= @now,
       EXISTS (SELECT 1
                 FROM admission a
                WHERE a.org_id = @org_id
                  AND a.registration_id = ANY (@ids))
    OR EXISTS (SELECT 1
                 FROM attendance a
                WHERE a.org_id = @org_id
                  AND a.registration_id = ANY (@ids))
  FROM event e
 WHERE e.org_id = @org_id
   AND e.id = @event_id`

// usedTx reports whether an order's event is over, and whether somebody has come on
// one of its tickets.
func usedTx(ctx context.Context, tx *pg.Tx, o sale) (over, used bool, err error) {
	args := pgx.StrictNamedArgs{"org_id": o.Org, "event_id": o.Event, "ids": o.tickets(), "now": tx.Now}
	if err := tx.QueryRow(ctx, sqlUsed, args).Scan(&over, &used); err != nil {
		return false, false, fmt.Errorf("look who came: %w", err)
	}
	return over, used, nil
}

// lostReason is what the attendees are told.
const lostReason = "The payment was taken back by the buyer's bank."

func (s *Service) lostTx(ctx context.Context, tx *pg.Tx, o *sale, d payment.Dispute) error {
	over, used, err := usedTx(ctx, tx, *o)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case used:
		why = "somebody came on one of its tickets"
	case over:
		why = "the event is over"
	case d.Amount.Currency != o.Currency || d.Amount.Minor < o.due().Minor:
		why = fmt.Sprintf("the order costs %s", o.due().Format())
	default:
		if err := s.endLinesTx(ctx, tx, o, o.live(), cancelling{reason: lostReason, by: "staff"}); err != nil {
			return err
		}
		return s.auditSaleTx(ctx, tx, *o, account.System, "order.dispute_lost", map[string]any{"dispute": d.StripeID})
	}
	return s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskDispute, Key: "dispute_lost:" + d.ID.String(), Payment: d.Payment, Dispute: d.ID, Amount: d.Amount,
		Sentence: fmt.Sprintf("The bank kept %s in a dispute. The places stand, because %s. Decide whether they should.", d.Amount.Format(), why),
	})
}

const sqlEvidence = `
SELECT r.name,
       r.email,
       p.title,
       r.state,
       (SELECT min(m.sent_at)
          FROM message m
         WHERE m.org_id = r.org_id
           AND m.registration_id = r.id
           AND m.kind = 'confirmation'
           AND m.state = 'sent'),
       a.first_at,
       coalesce(a.first_gate, ''),
       (SELECT min(x.first_at)
          FROM attendance x
         WHERE x.org_id = r.org_id
           AND x.registration_id = r.id)
  FROM registration r
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
  LEFT JOIN LATERAL (SELECT first_at, first_gate
                       FROM admission
                      WHERE org_id = r.org_id
                        AND registration_id = r.id
                      ORDER BY first_at
                      LIMIT 1) a ON true
 WHERE r.org_id = @org_id
   AND r.order_id = @id
 ORDER BY r.line, r.registered_at, r.id`

// Evidence tells, in lines of text, what speaks against a dispute of an order's
// payment: what was bought by whom, that the tickets were sent, and who came. It is
// a hook of package payment.
func (s *Service) Evidence(ctx context.Context, org uid.Org, id uid.Order) (string, error) {
	o, err := s.Order(ctx, org, id)
	if fault.Is(err, fault.NoSuchThing) {
		return "", nil // money that names no order of ours
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Order %s for %s, placed %s by %s <%s>, %s.\n", o.Code, o.EventTitle, stamp(o.PlacedAt), o.Buyer.Name, o.Buyer.Email, o.Total.Format())
	rows, err := s.db.Pool().Query(ctx, sqlEvidence, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return "", fmt.Errorf("gather evidence: %w", err)
	}
	var name, email, product, state, gate string
	var sent, came, joined *time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &email, &product, &state, &sent, &came, &gate, &joined}, func() error {
		fmt.Fprintf(&b, "%s for %s <%s>, %s.\n", product, name, email, state)
		if sent != nil {
			fmt.Fprintf(&b, "  The ticket was mailed %s.\n", stamp(*sent))
		}
		if came != nil {
			fmt.Fprintf(&b, "  It was scanned at the door %s, %s.\n", stamp(*came), gate)
		}
		if joined != nil {
			fmt.Fprintf(&b, "  Its personal join link was used %s.\n", stamp(*joined))
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("gather evidence: %w", err)
	}
	return b.String(), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
