package payment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// TaskKind is what a task is about.
type TaskKind string

// The kinds of tasks.
const (
	TaskLateMoney         TaskKind = "late_money"
	TaskOverpaid          TaskKind = "overpaid"
	TaskUnderpaid         TaskKind = "underpaid"
	TaskWrongCurrency     TaskKind = "wrong_currency"
	TaskWrongAccount      TaskKind = "wrong_account"
	TaskUnknownObject     TaskKind = "unknown_object"
	TaskDispute           TaskKind = "dispute"
	TaskEarlyFraudWarning TaskKind = "early_fraud_warning"
	TaskRefundFailed      TaskKind = "refund_failed"
	TaskRefundOver        TaskKind = "refund_over"
	TaskRefundUncredited  TaskKind = "refund_uncredited"
	TaskInvoiceOverdue    TaskKind = "invoice_overdue"
	TaskStripeUnreachable TaskKind = "stripe_unreachable"
)

// TaskKinds lists every kind.
var TaskKinds = []TaskKind{
	TaskLateMoney, TaskOverpaid, TaskUnderpaid, TaskWrongCurrency, TaskWrongAccount, TaskUnknownObject, TaskDispute,
	TaskEarlyFraudWarning, TaskRefundFailed, TaskRefundOver, TaskRefundUncredited, TaskInvoiceOverdue,
	TaskStripeUnreachable,
}

// Resolution is how a task ends.
type Resolution string

// The resolutions.
const (
	// ResolvedRefund gives the money back.
	ResolvedRefund Resolution = "refund"
	// ResolvedPlace gives late money its places, also beyond what is left.
	ResolvedPlace Resolution = "place"
	// ResolvedCredit takes back as much of the order's price as went back in money.
	ResolvedCredit Resolution = "credit"
	// ResolvedDone says that people have seen to it themselves.
	ResolvedDone Resolution = "done"
	// ResolvedItself is the program's: the reason has gone away.
	ResolvedItself Resolution = "itself"
)

// Task is something about money that people have to look at.
type Task struct {
	Org uid.Org
	// Key names it within the organisation: its kind and what it is about.
	Key     string
	Kind    TaskKind
	Order   uid.Order
	Payment uid.Payment
	Refund  uid.Refund
	Dispute uid.Dispute
	// Amount has no currency when there is none to speak of.
	Amount money.Amount
	// Sentence says what happened and what to do, for staff.
	Sentence string
	// DueAt is the last useful moment; zero when there is none.
	DueAt time.Time
	// ActAt is when the program acts by itself if nobody has: late money is placed
	// if there is room by then, and refunded otherwise. Zero is never.
	ActAt time.Time
	// OpenedAt and what follows are set by the program.
	OpenedAt   time.Time
	ResolvedAt time.Time
	ResolvedBy string
	Resolution Resolution
	Note       string
	// Can are the resolutions that ResolveTask takes.
	Can []Resolution
}

// A task that was settled opens again with fresh news; one that is open keeps its
// age and takes the newer words.
const sqlOpenTask = `
INSERT INTO payment_task AS t (org_id, key, kind, order_id, payment_id, refund_id, dispute_id, amount_minor, currency, sentence,
                               due_at, act_at, opened_at)
VALUES (@org_id, @key, @kind, @order_id, @payment_id, @refund_id, @dispute_id, @amount, @currency, @sentence, @due_at, @act_at, @now)
ON CONFLICT (org_id, key) DO UPDATE
   SET sentence = excluded.sentence,
       amount_minor = excluded.amount_minor,
       currency = excluded.currency,
       due_at = excluded.due_at,
       act_at = excluded.act_at,
       opened_at = CASE WHEN t.resolved_at IS NULL THEN t.opened_at ELSE excluded.opened_at END,
       resolved_at = NULL,
       resolved_by = '',
       resolution = '',
       note = ''
 WHERE t.resolved_at IS NULL OR t.resolution = 'itself'
RETURNING opened_at = @now AS fresh`

// OpenTaskTx opens a task, or renews it while it is open. One that people settled
// stays settled. Key may be left empty where there is one of the kind per payment.
func (s *Service) OpenTaskTx(ctx context.Context, tx *pg.Tx, t Task) error {
	if t.Key == "" {
		t.Key = string(t.Kind) + ":" + t.Payment.String()
	}
	args := pgx.StrictNamedArgs{
		"org_id": t.Org, "key": t.Key, "kind": t.Kind, "order_id": t.Order, "payment_id": t.Payment, "refund_id": t.Refund,
		"dispute_id": t.Dispute, "amount": nil, "currency": nil, "sentence": t.Sentence, "due_at": timeOrNull(t.DueAt),
		"act_at": timeOrNull(t.ActAt), "now": tx.Now,
	}
	if t.Amount.Currency != "" {
		args["amount"], args["currency"] = t.Amount.Minor, t.Amount.Currency
	}
	var fresh bool
	err := tx.QueryRow(ctx, sqlOpenTask, args).Scan(&fresh)
	if pg.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open a task: %w", err)
	}
	s.log.WarnContext(ctx, "money needs looking at", "org", t.Org, "task", t.Key)
	if !fresh || t.Org == uid.Platform {
		return nil
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: t.Org, Kind: "payment.task_opened", Subject: t.Org, Detail: map[string]string{"task": t.Key}})
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const sqlSettleTask = `
UPDATE payment_task
   SET resolved_at = @now,
       resolved_by = @actor,
       resolution = @resolution,
       note = @note
 WHERE org_id = @org_id
   AND key = @key
   AND resolved_at IS NULL`

// settleTaskTx closes a task whose reason has gone away; without one it does nothing.
func (s *Service) settleTaskTx(ctx context.Context, tx *pg.Tx, org uid.Org, key, note string) error {
	_, err := tx.Exec(ctx, sqlSettleTask, pgx.StrictNamedArgs{
		"org_id": org, "key": key, "now": tx.Now, "actor": account.System.ID(), "resolution": ResolvedItself, "note": note,
	})
	if err != nil {
		return fmt.Errorf("settle a task: %w", err)
	}
	return nil
}

// CloseTaskTx closes the payment's task of a kind because the owner of the order
// has seen to it, such as by placing late money.
func (s *Service) CloseTaskTx(ctx context.Context, tx *pg.Tx, org uid.Org, kind TaskKind, payment uid.Payment, note string) error {
	return s.settleTaskTx(ctx, tx, org, string(kind)+":"+payment.String(), note)
}

const sqlSettleOrderTasks = `
UPDATE payment_task
   SET resolved_at = @now,
       resolved_by = @actor,
       resolution = @resolution,
       note = @note
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND kind = @kind
   AND resolved_at IS NULL`

// CloseOrderTasksTx closes an order's tasks of a kind because their reason has gone
// away.
func (s *Service) CloseOrderTasksTx(ctx context.Context, tx *pg.Tx, org uid.Org, kind TaskKind, order uid.Order, note string) error {
	_, err := tx.Exec(ctx, sqlSettleOrderTasks, pgx.StrictNamedArgs{
		"org_id": org, "order_id": order, "kind": kind, "now": tx.Now, "actor": account.System.ID(), "resolution": ResolvedItself, "note": note,
	})
	if err != nil {
		return fmt.Errorf("settle an order's tasks: %w", err)
	}
	return nil
}

type taskRow struct {
	OrgID       uid.Org
	Key         string
	Kind        TaskKind
	OrderID     uid.Order
	PaymentID   uid.Payment
	RefundID    uid.Refund
	DisputeID   uid.Dispute
	AmountMinor *int64
	Currency    *money.Currency
	Sentence    string
	DueAt       *time.Time
	ActAt       *time.Time
	OpenedAt    time.Time
	ResolvedAt  *time.Time
	ResolvedBy  string
	Resolution  Resolution
	Note        string
}

const taskColumns = `org_id, key, kind, order_id, payment_id, refund_id, dispute_id, amount_minor, currency, sentence, due_at, act_at,
       opened_at, resolved_at, resolved_by, resolution, note`

func (s *Service) task(r taskRow) Task {
	t := Task{
		Org: r.OrgID, Key: r.Key, Kind: r.Kind, Order: r.OrderID, Payment: r.PaymentID, Refund: r.RefundID, Dispute: r.DisputeID,
		Sentence: r.Sentence, DueAt: orZero(r.DueAt), ActAt: orZero(r.ActAt), OpenedAt: r.OpenedAt, ResolvedAt: orZero(r.ResolvedAt),
		ResolvedBy: r.ResolvedBy, Resolution: r.Resolution, Note: r.Note,
	}
	if r.AmountMinor != nil {
		t.Amount = money.New(*r.AmountMinor, *r.Currency)
	}
	if r.ResolvedAt == nil {
		t.Can = s.can(t)
	}
	return t
}

// can lists what staff may do about a task.
func (s *Service) can(t Task) []Resolution {
	var can []Resolution
	if t.Kind == TaskLateMoney && s.hooks.Place != nil {
		can = append(can, ResolvedPlace)
	}
	if t.Kind == TaskRefundUncredited && s.hooks.Credit != nil {
		can = append(can, ResolvedCredit)
	}
	refundable := []TaskKind{TaskLateMoney, TaskOverpaid, TaskUnderpaid, TaskWrongCurrency, TaskWrongAccount, TaskUnknownObject, TaskEarlyFraudWarning}
	if !t.Payment.IsZero() && slices.Contains(refundable, t.Kind) {
		can = append(can, ResolvedRefund)
	}
	return append(can, ResolvedDone)
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// TaskFilter chooses tasks.
type TaskFilter struct {
	// Settled shows those that are done instead of those that are open.
	Settled bool
	// Kind limits to one kind; empty is all.
	Kind TaskKind
	// Order limits to one order; zero is all.
	Order uid.Order
	// Limit is how many at most; zero is 200.
	Limit int
}

const sqlTasks = `
SELECT ` + taskColumns + `
  FROM payment_task
 WHERE org_id = @org_id
   AND (resolved_at IS NOT NULL) = @settled
   AND (@kind = '' OR kind = @kind)
   AND (@order_id::uuid IS NULL OR order_id = @order_id)
 ORDER BY COALESCE(resolved_at, '-infinity') DESC, due_at NULLS LAST, opened_at, key
 LIMIT @most`

// Tasks lists an organisation's tasks: the open ones by what is due first, the
// settled ones by the latest.
func (s *Service) Tasks(ctx context.Context, org uid.Org, f TaskFilter) ([]Task, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 200
	}
	rows, err := manyRows[taskRow](ctx, s.db.Pool(), sqlTasks, pgx.StrictNamedArgs{
		"org_id": org, "settled": f.Settled, "kind": string(f.Kind), "order_id": f.Order, "most": f.Limit,
	}, "list tasks")
	if err != nil {
		return nil, err
	}
	tasks := make([]Task, len(rows))
	for i, r := range rows {
		tasks[i] = s.task(r)
	}
	return tasks, nil
}

const sqlLockTask = `
SELECT ` + taskColumns + `
  FROM payment_task
 WHERE org_id = @org_id
   AND key = @key
   FOR UPDATE`

func (s *Service) lockTaskTx(ctx context.Context, tx *pg.Tx, org uid.Org, key string) (Task, error) {
	row, found, err := oneRow[taskRow](ctx, tx, sqlLockTask, pgx.StrictNamedArgs{"org_id": org, "key": key}, "read a task")
	if err != nil {
		return Task{}, err
	}
	if !found {
		return Task{}, fault.NotFound("task")
	}
	return s.task(row), nil
}
