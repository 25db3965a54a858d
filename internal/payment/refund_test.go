package payment_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
)

// ask puts a refund down, to be sent by the next round of jobs.
func (w *world) ask(d payment.Due, minor int64, cause string) (payment.Refund, error) {
	w.t.Helper()
	var made []payment.Refund
	err := w.db.InTx(w.t.Context(), func(tx *pg.Tx) (err error) {
		made, err = w.pay.RequestRefundTx(w.t.Context(), tx, payment.RefundInput{
			Org: d.Org, Order: d.Order, Amount: money.New(minor, d.Amount.Currency), Reason: "Asked for", Source: payment.FromStaff,
			Actor: w.owner, SourceKey: cause,
		})
		return err
	})
	if err != nil {
		return payment.Refund{}, err
	}
	return made[0], nil
}

// refunded is an order of which an amount was given back.
func (w *world) refunded(d payment.Due, minor int64) payment.Refund {
	w.t.Helper()
	r, err := w.ask(d, minor, "cause")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.work(); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// back says how an order's refunds stand.
func (w *world) back(d payment.Due) string {
	w.t.Helper()
	var all []string
	for _, r := range w.money(d.Order).Refunds {
		all = append(all, fmt.Sprintf("%s %s %s", r.Amount.Format(), r.Source, r.State))
	}
	return strings.Join(all, "; ")
}

func TestScenario19_CrashAfterTheRefundWasSent(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]stripesim.APIFault{
		"no reply": stripesim.APIDropReply, "half a reply": stripesim.APIHalf, "an error after the act": stripesim.API500After,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			d := w.due()
			w.paid(d)
			w.sim.FaultAPI(f, "POST /v1/refunds", 1)
			if _, err := w.ask(d, 2400, "cause"); err != nil {
				t.Fatal(err)
			}
			if err := w.work(); err == nil {
				t.Fatal("the call did not fail")
			}
			if got := w.back(d); got != "£24.00 staff submitting" {
				t.Fatalf("not knowing what happened, the refund is %q", got)
			}

			w.pass(5 * time.Minute)
			w.run(w.pay.Poll)

			if n := len(w.sim.Refunds("")); n != 1 {
				t.Errorf("Stripe sent %d refunds", n)
			}
			if got := w.back(d); got != "£24.00 staff succeeded" {
				t.Errorf("the refund is %q", got)
			}
			w.wants("refund of £24.00 from staff succeeded")
		})
	}
}

func TestScenario19_StripeIsStillAtItWhenAskedAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.paid(d)
	w.sim.FaultAPI(stripesim.APIDropReply, "POST /v1/refunds", 1)
	w.sim.FaultAPI(stripesim.API409, "POST /v1/refunds", 1)
	if _, err := w.ask(d, 2400, "cause"); err != nil {
		t.Fatal(err)
	}
	_ = w.work() // no reply
	w.pass(5 * time.Minute)
	_ = w.pay.Poll(t.Context()) // "another request under this key is in progress"
	if got := w.back(d); got != "£24.00 staff submitting" {
		t.Fatalf("while Stripe is at it, the refund is %q", got)
	}
	w.pass(time.Hour)
	w.run(w.pay.Poll)
	if n := len(w.sim.Refunds("")); n != 1 || w.back(d) != "£24.00 staff succeeded" {
		t.Errorf("Stripe sent %d refunds; ours is %q", n, w.back(d))
	}
}

func TestScenario19_LongAfterStripeForgotTheKey(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.paid(d)
	w.sim.FaultAPI(stripesim.APIDropReply, "POST /v1/refunds", 1)
	if _, err := w.ask(d, 2400, "cause"); err != nil {
		t.Fatal(err)
	}
	_ = w.work() // it fails, as it should: see the test above
	w.pass(3 * 24 * time.Hour)

	w.run(w.pay.Poll)

	if n := len(w.sim.Refunds("")); n != 1 || w.back(d) != "£24.00 staff succeeded" {
		t.Errorf("Stripe sent %d refunds; ours is %q", n, w.back(d))
	}
}

func TestScenario35_LessThanWasAskedFor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	if err := w.sim.Reprice(a.Session, 1000, "gbp"); err != nil {
		t.Fatal(err)
	}
	p := w.card(a, stripesim.CardUK)

	w.deliver()

	w.wants()
	if got := w.taskKinds(); got != "underpaid" {
		t.Errorf("the tasks are %q", got)
	}
	if got := w.balance(ledger.StripePending, p.Charge); got != 1000 {
		t.Errorf("%d was booked, want the 10 pounds that came", got)
	}
}

func TestScenario36_MoreThanWasAskedFor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	if err := w.sim.Reprice(a.Session, 3000, "gbp"); err != nil {
		t.Fatal(err)
	}
	p := w.card(a, stripesim.CardUK)

	w.deliver()

	tasks := w.tasks()
	if len(tasks) != 1 || tasks[0].Kind != payment.TaskOverpaid || w.balance(ledger.StripePending, p.Charge) != 3000 {
		t.Errorf("the tasks are %+v", tasks)
	}
}

func TestScenario37_AnotherCurrency(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	if err := w.sim.Reprice(a.Session, 2400, "eur"); err != nil {
		t.Fatal(err)
	}
	p := w.card(a, stripesim.CardUK)

	w.deliver()

	w.wants()
	if got := w.taskKinds(); got != "wrong_currency" {
		t.Errorf("the tasks are %q", got)
	}
	sums, err := w.books.Balance(t.Context(), w.db.Pool(), w.org, ledger.StripePending, p.Charge)
	if err != nil || sums["EUR"] != 2400 || sums["GBP"] != 0 {
		t.Errorf("booked %v, %v; want 24 euros", sums, err)
	}
	task := w.tasks()[0]
	if _, err := w.pay.ResolveTask(t.Context(), w.owner, replay.Key{}, w.org, task.Key, payment.ResolvedRefund, "Wrong currency"); err != nil {
		t.Fatal(err)
	}
	if err := w.work(); err != nil {
		t.Fatal(err)
	}
	if got := w.sim.Refunds(""); len(got) != 1 || got[0].Currency != "eur" || got[0].Amount != 2400 {
		t.Errorf("Stripe sent %+v back", got)
	}
}

func TestScenario41_TwoFullRefundsAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.paid(d)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = w.ask(d, 2400, fmt.Sprintf("click-%d", i)) })
	}
	all.Wait()
	accepted := 0
	for _, err := range errs {
		switch {
		case err == nil:
			accepted++
		case !fault.Is(err, fault.WrongState):
			t.Errorf("refused with %v", err)
		}
	}
	if accepted != 1 {
		t.Fatalf("%d refunds were accepted, want 1", accepted)
	}
	if err := w.work(); err != nil || len(w.sim.Refunds("")) != 1 {
		t.Errorf("Stripe sent %+v, %v", w.sim.Refunds(""), err)
	}
}

func TestScenario41_TheDatabaseRefusesWhatTheCodeLetsThrough(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.paid(d)
	w.refunded(d, 2000)

	_, err := w.db.Pool().Exec(t.Context(), `INSERT INTO payment_refund
SELECT (r).* FROM (SELECT jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'refund_id', NULL, 'source_key', 'other', 'amount_minor', 500, 'state', 'requested', 'settled_at', NULL, 'stripe_at', NULL)) AS r FROM payment_refund r) x`)

	if got := constraint(err); got != "payment_refund_covered" {
		t.Errorf("refused by %q: %v", got, err)
	}
}

func TestScenario42_ADashboardRefundIsAdopted(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	_, p := w.paid(d)
	id, err := w.sim.DashboardRefund(p.Charge, 1000)
	if err != nil {
		t.Fatal(err)
	}

	w.deliver()

	w.wants("refund of £10.00 from dashboard succeeded")
	if got := w.balance(ledger.RefundPending, id); got != -1000 {
		t.Errorf("refund_pending is %d, want -1000", got)
	}
	if _, err := w.ask(d, 1500, "more than is left"); !fault.Is(err, fault.WrongState) {
		t.Errorf("a refund of more than is left: %v", err)
	}
}

func TestScenario42_OneThatNoWebhookToldIsFoundAtNight(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, p := w.paid(w.due())
	if _, err := w.sim.DashboardRefund(p.Charge, 1000); err != nil {
		t.Fatal(err)
	}
	w.lose()

	w.run(w.pay.Review)

	w.wants("refund of £10.00 from dashboard succeeded")
	w.run(w.pay.Review)
	w.wants()
}

func TestScenario43_AlreadyRefundedAtStripe(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	_, p := w.paid(d)
	if _, err := w.ask(d, 2400, "cause"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.DashboardRefund(p.Charge, 0); err != nil { // before ours is sent, and nobody has told us
		t.Fatal(err)
	}
	if err := w.work(); err != nil {
		t.Errorf("the job goes on failing: %v", err)
	}
	if got := w.back(d); got != "£24.00 staff failed; £24.00 dashboard succeeded" {
		t.Errorf("the refunds are %q", got)
	}
	if n := len(w.sim.Refunds("")); n != 1 {
		t.Errorf("Stripe sent %d refunds", n)
	}
	w.run(w.pay.Poll)
	if got := w.balance(ledger.Receivable, d.Order.String()); got != 0 {
		t.Errorf("the order's receivable is %d, want 0: all came back once", got)
	}
}

func TestScenario44_ARefundThatFailsAfterItSucceeded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardRefundFails)
	w.deliver()
	w.wants("captured £24.00")
	r := w.refunded(d, 2400)
	w.deliver()
	w.wants("refund of £24.00 from staff succeeded")
	if got := w.balance(ledger.Receivable, d.Order.String()); got != 0 {
		t.Fatalf("after the refund the receivable is %d", got)
	}

	w.pass(25 * time.Hour)
	w.sim.Advance(0) // what is due there happens
	w.deliver()

	w.wants("refund of £24.00 from staff failed")
	if got := w.balance(ledger.Receivable, d.Order.String()); got != -2400 {
		t.Errorf("the receivable is %d: the money is owed to the buyer again", got)
	}
	tasks := w.tasks()
	if len(tasks) != 1 || tasks[0].Kind != payment.TaskRefundFailed || tasks[0].Refund != r.ID {
		t.Fatalf("the tasks are %+v", tasks)
	}
	if _, err := w.ask(d, 2400, "another way"); err != nil {
		t.Errorf("the money cannot be sent again: %v", err)
	}
}

func TestScenario45_ARefundThatWaitsForTheBalance(t *testing.T) {
	t.Parallel()
	w := setup(t, needBalance)
	d := w.due()
	w.paid(d)
	w.pass(5 * 24 * time.Hour)
	if _, err := w.sim.RunPayout(""); err != nil { // the balance is empty
		t.Fatal(err)
	}
	w.deliver()
	w.refunded(d, 2400)
	w.deliver()
	w.wants("refund of £24.00 from staff pending")
	if got := w.balance(ledger.RefundPending, w.money(d.Order).Refunds[0].StripeID); got != -2400 {
		t.Errorf("the open item is %d, want -2400", got)
	}

	w.card(w.start(w.due(priced(gbp(9000)))), stripesim.CardUK) // new money comes in
	w.lose()
	w.pass(3 * 24 * time.Hour)
	w.run(w.pay.Poll)

	w.wants("captured £90.00", "refund of £24.00 from staff succeeded")
}

func TestScenario46_ADisputedChargeIsNotRefunded(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]struct {
		how  func(*stripesim.Sim, string) error
		want string
	}{
		"won":  {(*stripesim.Sim).WinDispute, "£24.00 staff succeeded"},
		"lost": {(*stripesim.Sim).LoseDispute, "£24.00 staff failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			d := w.due()
			_, p := w.paid(d)
			id, err := w.sim.OpenDispute(p.Charge, 0, "fraudulent")
			if err != nil {
				t.Fatal(err)
			}
			w.deliver()
			w.refunded(d, 2400)
			r := w.money(d.Order).Refunds[0]
			if r.State != payment.RefundRequested || !strings.Contains(r.Blocked, "disputes") || len(w.sim.Refunds("")) != 0 {
				t.Fatalf("while disputed the refund is %+v", r)
			}

			if err := decide.how(w.sim, id); err != nil {
				t.Fatal(err)
			}
			w.deliver()

			if got := w.back(d); got != decide.want {
				t.Errorf("afterwards the refund is %q, want %q", got, decide.want)
			}
		})
	}
}

func TestScenario46_OneThatStripeKnowsToBeDisputedFails(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	_, p := w.paid(d)
	if _, err := w.sim.OpenDispute(p.Charge, 0, "fraudulent"); err != nil { // and nobody has told us
		t.Fatal(err)
	}
	w.refunded(d, 2400)
	if got := w.back(d); got != "£24.00 staff failed" {
		t.Errorf("the refund is %q", got)
	}
	if got := w.taskKinds(); got != "refund_failed" {
		t.Errorf("the tasks are %q", got)
	}
}

func TestScenario46_AnInquiryLetsRefundsThrough(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	_, p := w.paid(d)
	if _, err := w.sim.OpenInquiry(p.Charge, "unrecognized"); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.refunded(d, 2400)
	w.deliver()
	if got := w.back(d); got != "£24.00 staff succeeded" {
		t.Errorf("the refund is %q", got)
	}
	if disputes, err := w.pay.Disputes(t.Context(), w.org, true); err != nil || len(disputes) != 0 {
		t.Errorf("a full refund ends the inquiry: %+v, %v", disputes, err)
	}
}

func TestScenario69_AnAccountThatWasDisconnected(t *testing.T) {
	t.Parallel()
	w := setup(t)
	owner, org := w.organisation("second")
	if _, err := w.pay.Connect(t.Context(), owner, org, "acct_second"); err != nil {
		t.Fatal(err)
	}
	of := func(d *payment.Due) { d.Org = org }
	paid := w.due(of)
	w.card(w.start(paid), stripesim.CardUK) // and its webhook is not here yet

	if err := w.sim.Disconnect("acct_second"); err != nil {
		t.Fatal(err)
	}
	_, err := w.pay.Start(t.Context(), w.due(of))
	if f, ok := fault.As(err); !ok || f.Kind != fault.KindPrecondition {
		t.Errorf("a sale on it: %v", err)
	}
	w.wants("abandoned")
	w.deliver() // Stripe tells of the payment, and refuses to show it
	if a, err := w.pay.StripeAccount(t.Context(), org); err != nil || a.Connected || a.Missing == "" {
		t.Errorf("staff see %+v, %v", a, err)
	}
	if _, waiting := w.heardOf("waiting"); waiting == 0 {
		t.Error("the news of the payment are gone")
	}

	if err := w.sim.Reconnect("acct_second"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pay.Connect(t.Context(), account.System, org, "acct_second"); err != nil {
		t.Fatal(err)
	}
	w.run(w.pay.Review)

	w.wants("captured £24.00")
}
