package payment_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/payment"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/stripesim"
)

func (w *world) status() payment.Status {
	w.t.Helper()
	st, err := w.pay.Status(w.t.Context(), w.org)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func TestStatus_SaysWhenStripeWasLastHeard(t *testing.T) {
	t.Parallel()
	w := setup(t)

	before := w.status()
	w.paid(w.due())
	after := w.status()

	if !before.Simulated || !before.Connected || before.Off || !before.LastWebhookAt.IsZero() || len(before.Faults) > 0 {
		t.Errorf("before any sale the status is %+v", before)
	}
	if !after.LastWebhookAt.Equal(w.clock.Now()) || after.LastWebhookType == "" || after.Waiting != 0 || len(after.Faults) > 0 {
		t.Errorf("after a sale the status is %+v", after)
	}
}

func TestStatus_CountsWebhooksThatStripeCouldNotDeliver(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.sim.FaultWebhooks(stripesim.WebhookDrop, 100)
	w.card(w.start(w.due()), stripesim.CardUK)
	if _, err := w.sim.Deliver(t.Context()); err == nil {
		t.Fatal("the webhooks were not lost")
	}
	w.pass(4 * time.Hour)

	if err := w.pay.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting := w.status()
	w.work()
	done := w.status()

	if waiting.Missed == 0 || waiting.Waiting == 0 || len(waiting.Faults) != 1 || !strings.Contains(waiting.Faults[0], "could not deliver") {
		t.Errorf("with news that only asking found, the status is %+v", waiting)
	}
	if done.Waiting != 0 {
		t.Errorf("%d webhooks wait after the work was done", done.Waiting)
	}
}

func TestStatus_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.paid(w.due())
	deaf, err := stripegw.New(stripegw.Config{Key: w.sim.Key(), URL: w.simURL, Clock: w.clock.Now, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	off, err := stripegw.New(stripegw.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		gw   *stripegw.Client
		says string
	}{{deaf, "LANYARD_STRIPE_WEBHOOK_SECRET"}, {off, "LANYARD_STRIPE_KEY"}} {
		st, err := payment.New(w.db, nil, w.books, c.gw, payment.Hooks{}).Status(t.Context(), w.org)
		if err != nil || len(st.Faults) != 1 || !strings.Contains(st.Faults[0], c.says) {
			t.Errorf("the status is %+v, %v; want one fault that names %s", st, err, c.says)
		}
	}
}

func TestStatus_CountsTasks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, p := w.paid(w.due())
	if _, err := w.sim.OpenDispute(p.Charge, 0, "fraudulent"); err != nil {
		t.Fatal(err)
	}
	w.deliver()

	if st := w.status(); st.OpenTasks != 1 {
		t.Errorf("%d open tasks, want the dispute's", st.OpenTasks)
	}
}
