package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// captureTx books the money of an attempt and hands it to the order's owner.
// Money that is not what was asked for is booked and confirms nothing.
func (s *Service) captureTx(ctx context.Context, tx *pg.Tx, a attemptRow, got stripegw.Session, orderFound bool) error {
	ch := got.Intent.Charge
	if ch.ID == "" || ch.Status != "succeeded" {
		return fmt.Errorf("session %s is paid, but its charge %q is %q", got.ID, ch.ID, ch.Status)
	}
	p := paymentRow{
		OrgID: a.OrgID, ID: uid.New[uid.Payment](), OrderID: a.OrderID, AttemptID: a.ID, Account: a.Account, Livemode: a.Livemode,
		ChargeID: ch.ID, AmountMinor: ch.Amount.Minor, Currency: ch.Amount.Currency, Method: ch.Method, Detail: ch.Detail,
		CapturedAt: ch.Created, Fits: ch.Amount == a.amount() && got.Amount == a.amount(),
	}
	isNew, err := s.bookTx(ctx, tx, p, got)
	if err != nil {
		return err
	}
	if err := s.setTx(ctx, tx, a, got, AttemptSucceeded); err != nil || !isNew {
		return err
	}
	if err := s.endPagesTx(ctx, tx, a.OrgID, a.OrderID, a.ID, anyAmount); err != nil {
		return err
	}
	if !p.Fits || !orderFound {
		return s.misfitTx(ctx, tx, p, a, orderFound)
	}
	if s.hooks.Captured == nil {
		return nil
	}
	err = s.hooks.Captured(ctx, tx, Captured{
		Org: p.OrgID, Order: p.OrderID, Payment: p.ID, Attempt: p.AttemptID, Amount: p.amount(), Charge: p.ChargeID, At: p.CapturedAt, Method: p.Method,
	})
	if err != nil {
		return fmt.Errorf("tell of captured money: %w", err)
	}
	return nil
}

// misfitTx opens the task that money without a fitting order becomes.
func (s *Service) misfitTx(ctx context.Context, tx *pg.Tx, p paymentRow, a attemptRow, orderFound bool) error {
	t := Task{Org: p.OrgID, Order: p.OrderID, Payment: p.ID, Amount: p.amount(), Kind: TaskUnknownObject}
	paid, asked := p.amount().Format(), a.amount().Format()
	switch {
	case !orderFound:
		t.Sentence = fmt.Sprintf("%s came in for an order that is not there any more. Refund it, or find out what it was for.", paid)
	case p.Currency != a.Currency:
		t.Kind = TaskWrongCurrency
		t.Sentence = fmt.Sprintf("%s came in where %s was asked for. Nothing was confirmed. Refund it, or settle the order by hand.", paid, asked)
	case p.AmountMinor < a.AmountMinor:
		t.Kind = TaskUnderpaid
		t.Sentence = fmt.Sprintf("Only %s of %s came in. Nothing was confirmed. Refund it, or ask for the rest.", paid, asked)
	default:
		t.Kind = TaskOverpaid
		t.Sentence = fmt.Sprintf("%s came in where %s was asked for. Nothing was confirmed. Refund it, or settle the order by hand.", paid, asked)
	}
	t.Key = string(t.Kind) + ":" + p.ID.String()
	return s.OpenTaskTx(ctx, tx, t)
}

// captureStrayTx books money that bears our marks but belongs to no attempt that
// we know in this account. Without an organisation for the account there are no
// books to enter it into, and the task is the operator's.
func (s *Service) captureStrayTx(ctx context.Context, tx *pg.Tx, account string, org uid.Org, got stripegw.Session) error {
	ch := got.Intent.Charge
	said := fmt.Sprintf("%s came in at Stripe (%s) for an attempt that is not this account's. Nothing was confirmed. Refund it, or find out what it was for.",
		ch.Amount.Format(), ch.ID)
	t := Task{Org: org, Kind: TaskWrongAccount, Key: string(TaskWrongAccount) + ":" + ch.ID, Amount: ch.Amount, Sentence: said}
	if org.IsZero() {
		t.Org = uid.Platform
		return s.OpenTaskTx(ctx, tx, t)
	}
	p := paymentRow{
		OrgID: org, ID: uid.New[uid.Payment](), Account: account, Livemode: got.Livemode, ChargeID: ch.ID,
		AmountMinor: ch.Amount.Minor, Currency: ch.Amount.Currency, Method: ch.Method, Detail: ch.Detail, CapturedAt: ch.Created,
	}
	if isNew, err := s.bookTx(ctx, tx, p, got); err != nil || !isNew {
		return err
	}
	t.Payment = p.ID
	return s.OpenTaskTx(ctx, tx, t)
}

// paymentRow is a row of payment.
type paymentRow struct {
	OrgID       uid.Org
	ID          uid.Payment
	OrderID     uid.Order
	AttemptID   uid.Attempt
	Account     string
	Livemode    bool
	ChargeID    string
	AmountMinor int64
	Currency    money.Currency
	Method      string
	Detail      string
	Fits        bool
	CapturedAt  time.Time
}

const paymentColumns = `org_id, id, order_id, attempt_id, account, livemode, charge_id, amount_minor, currency, method, detail, fits, captured_at`

func (p paymentRow) amount() money.Amount { return money.New(p.AmountMinor, p.Currency) }

func (p paymentRow) payment() Payment {
	return Payment{
		Org: p.OrgID, ID: p.ID, Order: p.OrderID, Attempt: p.AttemptID, Amount: p.amount(), Account: p.Account, Charge: p.ChargeID,
		Method: p.Method, Detail: p.Detail, At: p.CapturedAt, Fits: p.Fits,
	}
}

// owes is the reference of the receivable that a payment settles: its order, or
// the charge itself when it names none.
func owes(order uid.Order, charge string) string {
	if order.IsZero() {
		return charge
	}
	return order.String()
}

const sqlInsertPayment = `
INSERT INTO payment (org_id, id, order_id, attempt_id, account, livemode, session_id, intent_id, charge_id, amount_minor, currency,
                     method, detail, fits, captured_at, created_at)
VALUES (@org_id, @id, @order_id, @attempt_id, @account, @livemode, @session, @intent, @charge, @amount, @currency,
        @method, @detail, @fits, @captured_at, @now)
ON CONFLICT (account, livemode, charge_id) DO NOTHING`

// bookTx keeps a payment and its journal J2, once per charge.
func (s *Service) bookTx(ctx context.Context, tx *pg.Tx, p paymentRow, got stripegw.Session) (isNew bool, err error) {
	tag, err := tx.Exec(ctx, sqlInsertPayment, pgx.StrictNamedArgs{
		"org_id": p.OrgID, "id": p.ID, "order_id": p.OrderID, "attempt_id": p.AttemptID, "account": p.Account, "livemode": p.Livemode,
		"session": got.ID, "intent": got.Intent.ID, "charge": p.ChargeID, "amount": p.AmountMinor, "currency": p.Currency,
		"method": p.Method, "detail": p.Detail, "fits": p.Fits, "captured_at": p.CapturedAt, "now": tx.Now,
	})
	if err != nil {
		return false, fmt.Errorf("keep a payment: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	zone, err := account.Zone(ctx, tx, p.OrgID)
	if err != nil {
		return false, err
	}
	_, err = s.books.PostTx(ctx, tx, ledger.Captured(ledger.Source{
		Org: p.OrgID, Key: "pay:" + p.ChargeID, On: ledger.Day(p.CapturedAt, zone), Actor: "system", Memo: "Payment " + p.ChargeID,
	}, owes(p.OrderID, p.ChargeID), p.ChargeID, p.amount()))
	if err != nil {
		return false, fmt.Errorf("book a payment: %w", err)
	}
	return true, nil
}

const sqlPaymentOfCharge = `
SELECT ` + paymentColumns + `
  FROM payment
 WHERE account = @account
   AND livemode = @livemode
   AND charge_id = @charge`

func (s *Service) paymentOfCharge(ctx context.Context, q pg.Querier, account, charge string) (paymentRow, bool, error) {
	args := pgx.StrictNamedArgs{"account": account, "livemode": s.gw.Livemode(), "charge": charge}
	return oneRow[paymentRow](ctx, q, sqlPaymentOfCharge, args, "find a charge's payment")
}

// errNotOurs says that an object belongs to a payment that another program made.
var errNotOurs = errors.New("not a payment of ours")

const sqlSessionOfIntent = `
SELECT session_id
  FROM payment_attempt
 WHERE account = @account
   AND livemode = @livemode
   AND intent_id = @intent
   AND session_id IS NOT NULL
 LIMIT 1`

// syncIntent finds the session that an intent belongs to, and syncs that. It fails
// with errNotOurs when there is none.
func (s *Service) syncIntent(ctx context.Context, account, intent string) error {
	if intent == "" {
		return errNotOurs
	}
	var session string
	err := s.db.Pool().QueryRow(ctx, sqlSessionOfIntent, pgx.StrictNamedArgs{
		"account": account, "livemode": s.gw.Livemode(), "intent": intent,
	}).Scan(&session)
	if pg.IsNoRows(err) {
		session, err = s.gw.SessionOfIntent(ctx, account, intent)
	}
	if err != nil {
		return fmt.Errorf("find the session of %s: %w", intent, err)
	}
	if session == "" {
		return errNotOurs
	}
	return s.SyncSession(ctx, account, session)
}

// ensurePayment returns the payment of a charge, fetched first when we have not
// heard of it: news of a refund may come before news of the payment.
func (s *Service) ensurePayment(ctx context.Context, account, charge, intent string) (paymentRow, error) {
	p, found, err := s.paymentOfCharge(ctx, s.db.Pool(), account, charge)
	if err != nil || found {
		return p, err
	}
	if intent == "" {
		ch, err := s.gw.Charge(ctx, account, charge)
		if err != nil {
			return p, err
		}
		intent = ch.Intent
	}
	if err := s.syncIntent(ctx, account, intent); err != nil {
		return p, err
	}
	p, found, err = s.paymentOfCharge(ctx, s.db.Pool(), account, charge)
	if err == nil && !found {
		err = errNotOurs
	}
	return p, err
}
