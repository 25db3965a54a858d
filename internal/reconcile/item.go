package reconcile

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// OpenItem is something that has no counterpart yet.
type OpenItem struct {
	Join    JoinID
	Account ledger.Account
	// Ref is what it is about: "ord_…", "ch_…", "po_…", a statement's line.
	Ref string
	// Label names that for people: an order by its code, a bank's line by its words;
	// empty where Ref is all there is.
	Label  string
	Amount money.Amount
	// Since and Last are the days of its first and latest posting.
	Since, Last time.Time
	// Days is its age.
	Days int
	Band Band
	// Cause is a guess, and Guess the same in a sentence.
	Cause Cause
	Guess string
	// Action is what to do, and Todo the same in a sentence.
	Action Action
	Todo   string
	// Order, OrderCode and Payout are what it belongs to, where that is known.
	Order     uid.Order
	OrderCode string
	Payout    string
	// Note is somebody's explanation, for the amount as it is; nil when there is
	// none.
	Note *Note
	// WriteOff is a write-off that waits for a second person; nil when none does.
	WriteOff *WriteOff
}

// Note is why an item is open, said by a person.
type Note struct {
	Sentence string
	By       string
	At       time.Time
}

// ItemFilter narrows the list of open items; its zero value is all of them.
type ItemFilter struct {
	// Join keeps one join's.
	Join JoinID
	// Account keeps one account's.
	Account ledger.Account
	// Band keeps one band's.
	Band Band
	// Currency keeps one currency's.
	Currency money.Currency
	// Ref keeps references that contain it.
	Ref string
	// Unexplained leaves out what somebody has explained.
	Unexplained bool
	// AsOf is the day on which ages are counted; zero is today.
	AsOf time.Time
	// After is the Cursor of the last item of the page before.
	After string
	// Limit is how many at most; zero is 100.
	Limit int
}

// openItems is what is open, with its age. What is not due yet is as young as its
// due day; a dispute that the bank has not decided does not age; what nothing will
// settle by itself is an exception at once.
const openItems = `
WITH item AS (
  SELECT account, ref, currency, amount, since, last_on
    FROM open_item
   WHERE org_id = @org_id
   UNION ALL
  SELECT 'stripe_balance', p.id, p.currency, p.amount - CASE WHEN p.complete THEN x.net ELSE 0 END,
         (p.created_at AT TIME ZONE 'UTC')::date, (p.created_at AT TIME ZONE 'UTC')::date
    FROM stripe_payout p
   CROSS JOIN LATERAL (
         SELECT coalesce(sum(r.net), 0)::bigint AS net
           FROM stripe_row r
          WHERE r.org_id = p.org_id
            AND r.payout_id = p.id
            AND r.source_id <> p.id) AS x
   WHERE p.org_id = @org_id
     AND p.automatic
     AND (p.complete AND p.amount <> x.net OR NOT p.complete AND p.status NOT IN ('failed', 'canceled'))
), aged AS (
  SELECT i.account, i.ref, i.currency, i.amount, i.since, i.last_on, a.days, b.band,
         coalesce(ord.id, pay.order_id, rf.order_id, dp.order_id) AS order_id, coalesce(ord.code, '') AS order_code,
         coalesce('Order ' || ord.code, bl.text, '') AS label, doc.due_on, coalesce(rf.state, '') AS refund_state, coalesce(dp.status, '') AS dispute_status, dp.closed_at IS NULL AS dispute_open,
         pay.id IS NOT NULL AS paid, coalesce(po.status, '') AS payout_status, po.arrives_on, coalesce(po.complete, false) AS payout_complete,
         coalesce(r.category, '') AS category, coalesce(r.description, '') AS description,
         n.sentence, n.by_actor, n.at AS said_at, w.amount AS off_amount, w.reason, w.asked_by, w.asked_at
    FROM item i
    LEFT JOIN orders ord ON i.account = 'receivable' AND ord.org_id = @org_id AND ord.id = ref_uuid(i.ref)
    LEFT JOIN LATERAL (
         SELECT max(d.due_on) AS due_on
           FROM document d
          WHERE d.org_id = @org_id
            AND d.order_id = ord.id
            AND d.kind <> 'credit_note') AS doc ON true
    LEFT JOIN payment pay ON i.account IN ('stripe_pending', 'receivable') AND pay.org_id = @org_id AND pay.charge_id = i.ref
    LEFT JOIN payment_refund rf ON i.account = 'refund_pending' AND rf.org_id = @org_id AND rf.refund_id = i.ref
    LEFT JOIN payment_dispute dp ON i.account = 'dispute_held' AND dp.org_id = @org_id AND dp.dispute_id = i.ref
    LEFT JOIN stripe_payout po ON i.account IN ('payout_transit', 'stripe_balance') AND po.org_id = @org_id AND po.id = i.ref
    LEFT JOIN stripe_row r ON i.account = 'stripe_suspense' AND r.org_id = @org_id AND r.id = i.ref
    LEFT JOIN bank_line bl ON i.account = 'bank_suspense' AND bl.org_id = @org_id AND bl.ref = i.ref
    LEFT JOIN open_item_note n ON n.org_id = @org_id AND n.account = i.account AND n.ref = i.ref AND n.currency = i.currency AND n.amount = i.amount
    LEFT JOIN open_item_write_off w ON w.org_id = @org_id AND w.account = i.account AND w.ref = i.ref AND w.currency = i.currency
          AND w.amount = i.amount AND w.decision IS NULL
   CROSS JOIN LATERAL (
         SELECT @as_of::date - CASE WHEN i.account = 'receivable' AND i.amount > 0 THEN greatest(i.since, doc.due_on)
                                    WHEN i.account = 'payout_transit' AND i.amount > 0 THEN greatest(i.since, po.arrives_on)
                                    ELSE i.since END AS days) AS a
   CROSS JOIN LATERAL (
         SELECT CASE WHEN i.account = 'stripe_suspense' OR i.account = 'stripe_balance' AND po.complete THEN 'exception'
                     WHEN i.account = 'dispute_held' AND dp.id IS NOT NULL AND dp.closed_at IS NULL THEN 'timing'
                     WHEN a.days <= 2 THEN 'timing'
                     WHEN a.days <= 7 THEN 'watch'
                     ELSE 'exception' END AS band) AS b
)`

const sqlItems = openItems + `
SELECT account, ref, currency, amount, since, last_on, days, band, order_id, order_code, label, due_on, refund_state, dispute_status, dispute_open, paid,
       payout_status, arrives_on, payout_complete, category, description, sentence, by_actor, said_at, off_amount, reason, asked_by, asked_at
  FROM aged
 WHERE (cardinality(@accounts::text[]) = 0 OR account = ANY (@accounts))
   AND (@band = '' OR band = @band)
   AND (@currency = '' OR currency = @currency)
   AND (@ref = '' OR strpos(ref, @ref) > 0)
   AND (NOT @unexplained OR sentence IS NULL)
   AND (@after_since::date IS NULL OR (since, account, ref, currency::text) > (@after_since, @after_account, @after_ref, @after_currency))
 ORDER BY since, account, ref, currency::text
 LIMIT @limit`

type itemRow struct {
	Account                    ledger.Account
	Ref                        string
	Currency                   money.Currency
	Amount                     int64
	Since                      time.Time
	LastOn                     time.Time
	Days                       int
	Band                       Band
	OrderID                    uid.Order
	OrderCode                  string
	Label                      string
	DueOn                      *time.Time
	RefundState, DisputeStatus string
	DisputeOpen, Paid          bool
	PayoutStatus               string
	ArrivesOn                  *time.Time
	PayoutComplete             bool
	Category, Description      string
	Sentence, ByActor          *string
	SaidAt                     *time.Time
	OffAmount                  *int64
	Reason, AskedBy            *string
	AskedAt                    *time.Time
}

// Items lists open items, the oldest first. Next is the After of the next page;
// empty when this is the last.
func (s *Service) Items(ctx context.Context, org uid.Org, f ItemFilter) (items []OpenItem, next string, err error) {
	if f.AsOf.IsZero() {
		if f.AsOf, err = s.today(ctx, org); err != nil {
			return nil, "", err
		}
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	accounts := []ledger.Account{}
	if f.Join != "" {
		accounts = accountsOf[f.Join]
		if accounts == nil {
			return nil, "", fault.InvalidField("join", "join.known", "is one of A, B, C and D")
		}
	}
	if f.Account != "" {
		accounts = []ledger.Account{f.Account}
	}
	args := pgx.StrictNamedArgs{
		"org_id": org, "as_of": f.AsOf, "accounts": accounts, "band": f.Band, "currency": f.Currency, "ref": f.Ref, "unexplained": f.Unexplained,
		"after_since": nil, "after_account": "", "after_ref": "", "after_currency": "", "limit": f.Limit + 1,
	}
	if f.After != "" {
		if err := f.after(args); err != nil {
			return nil, "", err
		}
	}
	rows, err := many[itemRow](ctx, s.db.Pool(), sqlItems, args, "list open items")
	if err != nil {
		return nil, "", err
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := rows[f.Limit-1]
		next = strings.Join([]string{last.Since.Format(time.DateOnly), string(last.Account), string(last.Currency), last.Ref}, " ")
	}
	for _, r := range rows {
		items = append(items, r.item())
	}
	return items, next, nil
}

func (f ItemFilter) after(args pgx.StrictNamedArgs) error {
	parts := strings.SplitN(f.After, " ", 4)
	if len(parts) != 4 {
		return fault.InvalidField("page_token", "page.token", "is not one that was given")
	}
	since, err := time.Parse(time.DateOnly, parts[0])
	if err != nil {
		return fault.InvalidField("page_token", "page.token", "is not one that was given").Because(err)
	}
	args["after_since"], args["after_account"], args["after_currency"], args["after_ref"] = since, parts[1], parts[2], parts[3]
	return nil
}

func (r itemRow) item() OpenItem {
	o := OpenItem{
		Join: joinOf(r.Account), Account: r.Account, Ref: r.Ref, Label: r.Label, Amount: money.New(r.Amount, r.Currency), Since: r.Since, Last: r.LastOn,
		Days: max(r.Days, 0), Band: r.Band, Order: r.OrderID, OrderCode: r.OrderCode,
	}
	if strings.HasPrefix(r.Ref, "po_") {
		o.Payout = r.Ref
	}
	if r.Sentence != nil {
		o.Note = &Note{Sentence: *r.Sentence, By: *r.ByActor, At: *r.SaidAt}
	}
	if r.OffAmount != nil {
		o.WriteOff = &WriteOff{
			Item: Item{r.Account, r.Ref, r.Currency}, Amount: money.New(*r.OffAmount, r.Currency), Reason: *r.Reason, AskedBy: *r.AskedBy, AskedAt: *r.AskedAt,
		}
	}
	r.guess(&o)
	return o
}
