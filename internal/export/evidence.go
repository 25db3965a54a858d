package export

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

type orderFacts struct {
	Code       string
	PlacedAt   *time.Time
	BuyerName  string
	BuyerEmail string
	Title      string
	StartsAt   time.Time
	Timezone   string
}

const sqlOrderFacts = `
SELECT o.code, o.placed_at, t.buyer_name, t.buyer_email, e.title, e.starts_at, e.timezone
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
  JOIN event e ON e.org_id = o.org_id AND e.id = o.event_id
 WHERE o.org_id = @org_id
   AND o.id = @id`

// What happened about the places of an order. Mail is counted from the day the order
// was placed, so that the search need not go through all mail there ever was.
const sqlOrderHappenings = `
SELECT at, text
  FROM (SELECT r.registered_at AS at, format('Place taken: %s, %s <%s>.', p.title, r.name, r.email) AS text
          FROM registration r
          JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
         WHERE r.org_id = @org_id
           AND r.order_id = @id
           AND r.name <> ''
         UNION ALL
        SELECT m.sent_at,
               format('Mail "%s" sent to %s%s.', m.subject, m.recipient, CASE WHEN m.bounce IS NULL THEN '' ELSE ', but it came back' END)
          FROM message m
          JOIN registration r ON r.org_id = m.org_id AND r.id = m.registration_id
         WHERE r.org_id = @org_id
           AND r.order_id = @id
           AND m.created_at >= @since
           AND m.sent_at IS NOT NULL
         UNION ALL
        SELECT s.effective_at, format('Ticket of %s scanned at "%s": %s (%s).', r.name, s.gate, replace(s.outcome, '_', ' '), s.kind)
          FROM scan s
          JOIN registration r ON r.org_id = s.org_id AND r.id = s.registration_id
         WHERE r.org_id = @org_id
           AND r.order_id = @id
           AND s.event_id = r.event_id
         UNION ALL
        SELECT j.at, format('Personal join link of %s used.', r.name)
          FROM join_event j
          JOIN registration r ON r.org_id = j.org_id AND r.id = j.registration_id
         WHERE r.org_id = @org_id
           AND r.order_id = @id) happened
 ORDER BY at, text
 LIMIT 300`

// Evidence tells, in lines of text, what is known about an order that speaks against
// a dispute: who ordered what, which mails went out, whose ticket was scanned and
// whose link was used. Times are those of the event's time zone.
func (s *Service) Evidence(ctx context.Context, org uid.Org, order uid.Order) (string, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "id": order}
	rows, _ := s.db.Pool().Query(ctx, sqlOrderFacts, args) // CollectExactlyOneRow reports the error
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[orderFacts])
	if pg.IsNoRows(err) {
		return "", fault.NotFound("order")
	}
	if err != nil {
		return "", fmt.Errorf("evidence: %w", err)
	}
	zone, err := clock.Zone(o.Timezone)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	stamp := func(t time.Time) string { return t.In(zone).Format("2 January 2006, 15:04 MST") }
	since := time.Time{}
	fmt.Fprintf(&b, "Order %s for %q, which begins %s.\n", o.Code, o.Title, stamp(o.StartsAt))
	if o.PlacedAt != nil {
		since = *o.PlacedAt
		fmt.Fprintf(&b, "%s: ordered by %s <%s>.\n", stamp(*o.PlacedAt), o.BuyerName, o.BuyerEmail)
	}
	args["since"] = since
	rows, _ = s.db.Pool().Query(ctx, sqlOrderHappenings, args) // ForEachRow reports the error
	var at time.Time
	var text string
	_, err = pgx.ForEachRow(rows, []any{&at, &text}, func() error {
		_, err := fmt.Fprintf(&b, "%s: %s\n", stamp(at), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("evidence: %w", err)
	}
	return b.String(), nil
}
