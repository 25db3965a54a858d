package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// ResolveTask ends a task as a person decided: the money goes back, late money gets
// its places also beyond what is left, or somebody has seen to it. The note says why.
func (s *Service) ResolveTask(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, task string, how Resolution, note string) (Task, error) {
	note = strings.TrimSpace(note)
	if note == "" || len(note) > 1000 {
		return Task{}, fault.InvalidField("note", "required", "says in a few words why")
	}
	var t Task
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (string, error) {
			return task, s.resolveTx(ctx, tx, actor, org, task, how, note)
		})
		if err != nil {
			return err
		}
		t, err = s.lockTaskTx(ctx, tx, org, task)
		return err
	})
	return t, err
}

const sqlTaskOrder = `
SELECT order_id
  FROM payment_task
 WHERE org_id = @org_id
   AND key = @key`

// resolveTx locks the order before the task, as everybody does.
func (s *Service) resolveTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, key string, how Resolution, note string) error {
	var order uid.Order
	err := tx.QueryRow(ctx, sqlTaskOrder, pgx.StrictNamedArgs{"org_id": org, "key": key}).Scan(&order)
	if pg.IsNoRows(err) {
		return fault.NotFound("task")
	}
	if err != nil {
		return fmt.Errorf("read a task: %w", err)
	}
	if _, err := s.lockTx(ctx, tx, org, order); err != nil {
		return err
	}
	t, err := s.lockTaskTx(ctx, tx, org, key)
	if err != nil {
		return err
	}
	if !t.ResolvedAt.IsZero() {
		return fault.Precondition(fault.AlreadyDecided, "Somebody has seen to this already.")
	}
	if !slices.Contains(t.Can, how) {
		return fault.InvalidField("resolution", "unknown", "is not possible for this task")
	}
	switch how {
	case ResolvedRefund:
		err = s.refundTaskTx(ctx, tx, t, actor, note)
	case ResolvedPlace:
		err = s.placeTaskTx(ctx, tx, t, actor)
	case ResolvedCredit:
		err = s.hooks.Credit(ctx, tx, Credit{Org: t.Org, Order: t.Order, Amount: t.Amount, Reason: note, Actor: actor})
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlSettleTask, pgx.StrictNamedArgs{
		"org_id": org, "key": key, "now": tx.Now, "actor": actor.ID(), "resolution": how, "note": note,
	})
	if err != nil {
		return fmt.Errorf("resolve a task: %w", err)
	}
	return account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: "payment.resolve", Subject: key, After: map[string]string{"resolution": string(how), "note": note},
	})
}

func (s *Service) refundTaskTx(ctx context.Context, tx *pg.Tx, t Task, actor account.Actor, note string) error {
	source := FromStaff
	switch t.Kind {
	case TaskLateMoney:
		source = FromLateMoney
	case TaskOverpaid:
		source = FromOverpaid
	}
	in := RefundInput{
		Org: t.Org, Order: t.Order, Payment: t.Payment, Amount: t.Amount, Reason: note, Source: source, Actor: actor, SourceKey: "task:" + t.Key,
	}
	if t.Kind == TaskEarlyFraudWarning { // about the whole payment, of which some may have gone back
		left, err := s.refundable(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, p := range left {
			in.Amount.Minor = min(in.Amount.Minor, p.Left)
		}
		if in.Amount.Minor <= 0 {
			return tooMuch(money.New(0, t.Amount.Currency))
		}
	}
	if _, err := s.RequestRefundTx(ctx, tx, in); err != nil || s.hooks.GaveBack == nil || t.Order.IsZero() {
		return err
	}
	err := s.hooks.GaveBack(ctx, tx, GivenBack{Org: t.Org, Order: t.Order, Kind: t.Kind, Amount: in.Amount, Reason: note, Actor: actor})
	if err != nil {
		return fmt.Errorf("tell of money that goes back: %w", err)
	}
	return nil
}

func (s *Service) placeTaskTx(ctx context.Context, tx *pg.Tx, t Task, actor account.Actor) error {
	placed, err := s.hooks.Place(ctx, tx, Place{Org: t.Org, Order: t.Order, Payment: t.Payment, Overbook: true, Actor: actor})
	if err == nil && !placed {
		err = fault.Precondition(fault.WrongState, "This order cannot get its places any more. Refund it instead.")
	}
	return err
}

const sqlTasksToActOn = `
SELECT ` + taskColumns + `
  FROM payment_task
 WHERE resolved_at IS NULL
   AND act_at <= @now
 ORDER BY act_at, org_id, key
 LIMIT 100`

// actOnTasks does what nobody decided in time: late money gets its places when
// there are some by now, and goes back otherwise.
func (s *Service) actOnTasks(ctx context.Context) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	due, err := manyRows[taskRow](ctx, s.db.Pool(), sqlTasksToActOn, pgx.StrictNamedArgs{"now": now}, "list tasks to act on")
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range due {
		err := s.db.InTx(ctx, func(tx *pg.Tx) error { return s.actTx(ctx, tx, r.OrgID, r.OrderID, r.Key) })
		if err != nil {
			errs = append(errs, fmt.Errorf("act on %s: %w", r.Key, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) actTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order, key string) error {
	if _, err := s.lockTx(ctx, tx, org, order); err != nil {
		return err
	}
	t, err := s.lockTaskTx(ctx, tx, org, key)
	if err != nil || !t.ResolvedAt.IsZero() || t.Payment.IsZero() {
		return err
	}
	if s.hooks.Place != nil && t.Kind == TaskLateMoney {
		placed, err := s.hooks.Place(ctx, tx, Place{Org: t.Org, Order: t.Order, Payment: t.Payment, Actor: account.System})
		if err != nil {
			return err
		}
		if placed {
			return s.settleTaskTx(ctx, tx, org, key, "Places were free again.")
		}
	}
	if err := s.refundTaskTx(ctx, tx, t, account.System, "Paid too late; no places were left"); err != nil {
		return err
	}
	return s.settleTaskTx(ctx, tx, org, key, "Refunded, since nobody decided in time.")
}
