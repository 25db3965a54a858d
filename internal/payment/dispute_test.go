package payment_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
)

// disputed is a paid order whose buyer's bank takes an amount back; 0 is all.
func (w *world) disputed(d payment.Due, minor int64) (id string, p stripesim.Payment) {
	w.t.Helper()
	_, p = w.paid(d)
	id, err := w.sim.OpenDispute(p.Charge, minor, "product_not_received")
	if err != nil {
		w.t.Fatal(err)
	}
	w.deliver()
	return id, p
}

// theDispute is the only one that is known.
func (w *world) theDispute() payment.Dispute {
	w.t.Helper()
	all, err := w.pay.Disputes(w.t.Context(), w.org, false)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("the disputes are %+v, %v", all, err)
	}
	return all[0]
}

func TestScenario47_AWonDisputeLeavesTheOrderPaid(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	id, _ := w.disputed(d, 0)
	w.wants("dispute needs_response")
	if tasks := w.tasks(); len(tasks) != 1 || tasks[0].Kind != payment.TaskDispute || tasks[0].DueAt.IsZero() || tasks[0].Order != d.Order {
		t.Fatalf("the tasks are %+v", tasks)
	}

	if err := w.sim.WinDispute(id); err != nil {
		t.Fatal(err)
	}
	w.deliver()

	w.wants("dispute won")
	if got := w.theDispute(); got.Open() || got.Lost() {
		t.Errorf("the dispute is %+v", got)
	}
	if got := w.taskKinds(); got != "" {
		t.Errorf("the tasks are still %q", got)
	}
	if got := w.balance(ledger.Receivable, d.Order.String()); got != -2400 {
		t.Errorf("the order's receivable is %d, want what was paid", got)
	}
}

func TestScenario48_ALostDisputeChangesNeitherSaleNorVAT(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	id, _ := w.disputed(d, 0)
	w.wants("dispute needs_response")
	before := w.count(`SELECT count(*) FROM journal`)

	if err := w.sim.LoseDispute(id); err != nil {
		t.Fatal(err)
	}
	w.deliver()

	w.wants("dispute lost")
	if after := w.count(`SELECT count(*) FROM journal`); after != before {
		t.Errorf("%d journals were made of it: its money is booked from Stripe's balance alone", after-before)
	}
	if got := w.theDispute(); !got.Lost() || got.Open() {
		t.Errorf("the dispute is %+v", got)
	}
	if _, err := w.ask(d, 100, "on top"); !fault.Is(err, fault.WrongState) {
		t.Errorf("what the bank has given back can be given back once more: %v", err)
	}
}

func TestScenario49_ADisputeOfAnotherAmountIsShownAsItIs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.disputed(d, 2315)

	got := w.theDispute()

	if got.Amount != gbp(2315) {
		t.Errorf("it is over %s, want what the bank says", got.Amount.Format())
	}
	if s := w.tasks()[0].Sentence; !strings.Contains(s, "£23.15") || !strings.Contains(s, "£24.00") {
		t.Errorf("the task says %q, want both amounts", s)
	}
	text, err := w.pay.Evidence(t.Context(), w.org, got.ID)
	if err != nil || !strings.Contains(text, "differs") {
		t.Errorf("the evidence is %q, %v", text, err)
	}
}

func TestScenario50_ADisputeOfAnOrderThatWasRefundedInPart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	_, p := w.paid(d)
	w.refunded(d, 1000)
	w.deliver()
	w.wants("refund of £10.00 from staff succeeded")

	if _, err := w.sim.OpenDispute(p.Charge, 2400, "duplicate"); err != nil {
		t.Fatal(err)
	}
	w.deliver()

	w.wants("dispute needs_response")
	var over bool
	for _, task := range w.tasks() {
		over = over || task.Kind == payment.TaskRefundOver && strings.Contains(task.Sentence, "£10.00")
	}
	if !over {
		t.Errorf("nobody is told that more goes back than came in: %+v", w.tasks())
	}
}

func TestScenario51_AnEarlyFraudWarningIsATaskAndNoMoney(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, p := w.paid(w.due())
	before := w.count(`SELECT count(*) FROM journal`)
	if _, err := w.sim.EarlyFraudWarning(p.Charge); err != nil {
		t.Fatal(err)
	}

	w.deliver()

	w.wants()
	if got := w.taskKinds(); got != "early_fraud_warning" {
		t.Errorf("the tasks are %q", got)
	}
	if after := w.count(`SELECT count(*) FROM journal`); after != before {
		t.Errorf("%d journals were made of it", after-before)
	}
}

func TestScenario67_TheEvidenceTellsWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.disputed(w.due(), 0)

	text, err := w.pay.Evidence(t.Context(), w.org, w.theDispute().ID)

	for _, want := range []string{"Payment ch_", "£24.00", "19 November 2026", "Visa", "Ticket scanned at 09:12."} {
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q, %v", want, text, err)
		}
	}
}

// late opens the task that money for a lapsed order becomes, as the order's owner does.
func (w *world) late(d payment.Due, act time.Duration) uid.Payment {
	w.t.Helper()
	w.paid(d)
	p := w.money(d.Order).Payments[0]
	err := w.db.InTx(w.t.Context(), func(tx *pg.Tx) error {
		return w.pay.OpenTaskTx(w.t.Context(), tx, payment.Task{
			Org: d.Org, Order: d.Order, Payment: p.ID, Kind: payment.TaskLateMoney, Amount: p.Amount, Sentence: "It came late.", ActAt: tx.Now.Add(act),
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

func TestScenario28_LateMoneyThatNobodyDecidesAboutGoesBack(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.late(d, 48*time.Hour)
	w.pass(47 * time.Hour)
	w.run(w.pay.Sweep)
	w.wants()

	w.pass(2 * time.Hour)
	w.run(w.pay.Sweep)
	w.run(w.pay.Sweep)

	w.wants("refund of £24.00 from late_money succeeded")
	if got := w.taskKinds(); got != "" {
		t.Errorf("the tasks are still %q", got)
	}
}

func TestLateMoney_GetsItsPlacesWhenSomeAreFreeByThen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.place = func(p payment.Place) bool { return p.Order == d.Order && !p.Overbook }
	w.late(d, 48*time.Hour)
	w.pass(49 * time.Hour)

	w.run(w.pay.Sweep)

	w.wants()
	if got := w.back(d); got != "" || w.taskKinds() != "" {
		t.Errorf("refunds %q, tasks %q", got, w.taskKinds())
	}
}
