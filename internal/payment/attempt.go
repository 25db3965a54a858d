package payment

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// attemptRow is a row of payment_attempt.
type attemptRow struct {
	OrgID            uid.Org
	ID               uid.Attempt
	OrderID          uid.Order
	State            AttemptState
	Account          string
	Livemode         bool
	AmountMinor      int64
	Currency         money.Currency
	Params           stripegw.SessionParams
	Basis            []byte
	SessionID        *string
	SessionURL       string
	IntentID         *string
	Ending           string
	Declined         string
	HoldUntil        time.Time
	ExpiresAt        time.Time
	ExpireTries      int
	UnreachableSince *time.Time
	CreatedAt        time.Time
	EndedAt          *time.Time
}

const attemptColumns = `org_id, id, order_id, state, account, livemode, amount_minor, currency, params, basis, session_id,
       session_url, intent_id, ending, declined, hold_until, expires_at, expire_tries, unreachable_since, created_at, ended_at`

func (r attemptRow) amount() money.Amount { return money.New(r.AmountMinor, r.Currency) }

func (r attemptRow) session() string {
	if r.SessionID == nil {
		return ""
	}
	return *r.SessionID
}

func (r attemptRow) attempt() Attempt {
	a := Attempt{
		Org: r.OrgID, ID: r.ID, Order: r.OrderID, State: r.State, Amount: r.amount(), URL: r.SessionURL, Session: r.session(),
		Declined: r.Declined != "", ExpiresAt: r.ExpiresAt, HoldUntil: r.HoldUntil, CreatedAt: r.CreatedAt,
	}
	if r.State != AttemptOpen {
		a.URL = ""
	}
	if r.EndedAt != nil {
		a.EndedAt = *r.EndedAt
	}
	return a
}

const sqlAttempt = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE org_id = @org_id
   AND id = @id`

const sqlLockAttempt = sqlAttempt + `
   FOR UPDATE`

func (s *Service) attempt(ctx context.Context, q pg.Querier, sql string, org uid.Org, id uid.Attempt) (attemptRow, bool, error) {
	return oneRow[attemptRow](ctx, q, sql, pgx.StrictNamedArgs{"org_id": org, "id": id}, "read an attempt")
}

const sqlLiveAttempt = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND state IN ('creating', 'open', 'processing')`

const sqlLockLiveAttempt = sqlLiveAttempt + `
   FOR UPDATE`

func (s *Service) live(ctx context.Context, q pg.Querier, sql string, org uid.Org, order uid.Order) (attemptRow, bool, error) {
	return oneRow[attemptRow](ctx, q, sql, pgx.StrictNamedArgs{"org_id": org, "order_id": order}, "read the live attempt")
}

const sqlInsertAttempt = `
INSERT INTO payment_attempt (org_id, id, order_id, state, account, livemode, amount_minor, currency, params, basis, hold_until,
                             expires_at, next_look_at, created_at)
VALUES (@org_id, @id, @order_id, 'creating', @account, @livemode, @amount, @currency, @params, @basis, @hold_until,
        @expires_at, @look_at, @now)
ON CONFLICT DO NOTHING`

// redriveAfter is how long an attempt may be in the making before somebody else
// takes over.
const redriveAfter = 30 * time.Second

// insertAttemptTx keeps what is going to be asked of Stripe. It reports false when
// another attempt of the order is live.
func (s *Service) insertAttemptTx(ctx context.Context, tx *pg.Tx, due Due, acct string) (attemptRow, bool, error) {
	id := uid.New[uid.Attempt]()
	p := due.params(id, tx.Now)
	basis, err := due.basis(acct)
	if err != nil {
		return attemptRow{}, false, err
	}
	tag, err := tx.Exec(ctx, sqlInsertAttempt, pgx.StrictNamedArgs{
		"org_id": due.Org, "id": id, "order_id": due.Order, "account": acct, "livemode": s.gw.Livemode(),
		"amount": due.Amount.Minor, "currency": due.Amount.Currency, "params": p, "basis": basis, "hold_until": due.HoldUntil,
		"expires_at": p.ExpiresAt, "look_at": tx.Now.Add(redriveAfter), "now": tx.Now,
	})
	if err != nil {
		return attemptRow{}, false, fmt.Errorf("begin an attempt: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return attemptRow{}, false, nil
	}
	return s.attempt(ctx, tx, sqlAttempt, due.Org, id)
}

// check refuses what cannot be paid.
func (d Due) check() error {
	c := d.Amount.Currency
	switch {
	case !c.Valid():
		return fault.InvalidField("currency", "currency", "is not one that can be charged")
	case d.Amount.Minor < c.Minimum():
		return fault.Precondition(fault.BelowMinimum, "The least that can be paid by card is %s.", money.New(c.Minimum(), c).Format())
	case d.Amount.Minor%c.Multiple() != 0:
		return fault.InvalidField("amount", "multiple", "cannot be charged in %s", c)
	case len(d.Lines) == 0:
		return fault.InvalidField("lines", "required", "are missing")
	}
	sums := make([]money.Amount, len(d.Lines))
	for i, l := range d.Lines {
		var err error
		if sums[i], err = l.Amount.Mul(int64(l.Quantity)); err != nil || l.Quantity < 1 || l.Amount.Minor < 0 {
			return fault.InvalidField(fmt.Sprintf("lines[%d]", i), "range", "has no price that can be charged")
		}
	}
	sum, err := money.Sum(c, sums...)
	if err != nil || sum != d.Amount {
		return fault.InvalidField("lines", "sum", "do not add up to the amount")
	}
	return nil
}

// Stripe takes at most so many lines, and titles of so many characters.
const (
	mostLines = 100
	longTitle = 250
)

// params is the request to Stripe. Its end is at least as late as Stripe demands;
// when the seats lapse earlier, the sweeper ends the session.
func (d Due) params(id uid.Attempt, now time.Time) stripegw.SessionParams {
	ends := d.HoldUntil.Add(time.Minute)
	if soonest := now.Add(stripegw.ShortestSession + 5*time.Minute); ends.Before(soonest) {
		ends = soonest
	}
	if latest := now.Add(stripegw.LongestSession - 5*time.Minute); ends.After(latest) {
		ends = latest
	}
	p := stripegw.SessionParams{
		Reference: id.String(), Description: clip("Order " + d.OrderCode + ", " + d.EventTitle), Email: d.Email, Currency: d.Amount.Currency,
		Methods: d.methods(), ExpiresAt: ends.Truncate(time.Second), SuccessURL: d.SuccessURL, CancelURL: d.CancelURL,
		Marks: map[string]string{
			stripegw.MarkOrg: d.Org.String(), stripegw.MarkOrder: d.Order.String(), stripegw.MarkAttempt: id.String(),
		},
	}
	if len(d.Lines) > mostLines {
		p.Lines = []stripegw.SessionLine{{Title: clip(d.EventTitle), Quantity: 1, Unit: d.Amount.Minor}}
		return p
	}
	for _, l := range d.Lines {
		p.Lines = append(p.Lines, stripegw.SessionLine{Title: clip(l.Title), Quantity: int64(l.Quantity), Unit: l.Amount.Minor})
	}
	return p
}

// methods are card with its wallets, and a direct debit where there is time for it.
func (d Due) methods() []string {
	methods := []string{"card"}
	if !d.AllowDelayed {
		return methods
	}
	switch d.Amount.Currency {
	case money.GBP:
		return append(methods, "bacs_debit")
	case money.EUR:
		return append(methods, "sepa_debit")
	}
	return methods
}

// basis tells one thing to pay for from another: with the same one, an open
// session serves again.
func (d Due) basis(acct string) ([]byte, error) {
	text, err := json.Marshal(struct {
		Account string
		Amount  money.Amount
		Lines   []DueLine
		Methods []string
	}{acct, d.Amount, d.Lines, d.methods()})
	if err != nil {
		return nil, fmt.Errorf("encode what is due: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// clip shortens a text to what Stripe takes; Stripe refuses empty ones.
func clip(text string) string {
	r := []rune(text)
	if len(r) > longTitle {
		r = append(r[:longTitle-1], '…')
	}
	if len(r) == 0 {
		return "Ticket"
	}
	return string(r)
}
