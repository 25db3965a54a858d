package payment_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"lanyard/internal/pg"
	"lanyard/internal/stripesim"
)

// heardOf counts the events that were kept, and those in a state.
func (w *world) heardOf(state string) (all, inState int) {
	w.t.Helper()
	return w.count(`SELECT count(*) FROM stripe_event`), w.count(`SELECT count(*) FROM stripe_event WHERE state = $1`, state)
}

// body is an event as Stripe posts it.
func body(id, kind, account, object string, livemode bool) []byte {
	return fmt.Appendf(nil, `{"id":%q,"object":"event","type":%q,"account":%q,"livemode":%t,"api_version":"2023-10-16","created":1795435200,
"data":{"object":{"id":%q}}}`, id, kind, account, livemode, object)
}

// send posts a body that is signed well.
func (w *world) send(b []byte) int {
	w.t.Helper()
	return w.post(w.pay, b, signed(w.clock.Now(), b, secret))
}

// lose has every webhook that waits get lost.
func (w *world) lose() {
	w.t.Helper()
	w.sim.FaultWebhooks(stripesim.WebhookDrop, 1000)
	if taken, err := w.sim.Deliver(w.t.Context()); taken > 0 || err == nil {
		w.t.Fatalf("%d webhooks came through, %v", taken, err)
	}
	w.sim.FaultWebhooks(stripesim.WebhookDrop, 0)
}

func TestScenario04_TheSameEventFiveTimesIsOneRow(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	w.sim.DuplicateWebhooks(100, 4)

	w.deliver()

	w.wants("captured £24.00")
	all, _ := w.heardOf("")
	if posts, events := len(w.answers), len(w.sim.Events("")); posts < 5*all || all > events {
		t.Errorf("%d posts of %d events left %d rows", posts, events, all)
	}
	if n := w.count(`SELECT count(*) - count(DISTINCT event_id) FROM stripe_event`); n != 0 {
		t.Errorf("%d events are kept twice", n)
	}
}

func TestScenario05_TwoEventsOfOneObjectAreOneJournal(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	p := w.card(w.start(d), stripesim.CardUK)
	w.sim.FaultWebhooks(stripesim.WebhookTwin, 100)

	w.deliver()

	w.wants("captured £24.00")
	if n := w.count(`SELECT count(*) FROM stripe_event WHERE type = 'checkout.session.completed'`); n != 2 {
		t.Fatalf("%d events of the session were kept, want 2", n)
	}
	if n := w.count(`SELECT count(*) FROM journal WHERE source_key = 'pay:' || $1`, p.Charge); n != 1 {
		t.Errorf("%d journals of the charge", n)
	}
}

func TestScenario06_CompletedAfterTheDelayedSuccess(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(slow)
	a := w.start(d)
	w.card(a, stripesim.BacsDebit)
	if _, err := w.sim.SettleAsync(a.Session, true); err != nil {
		t.Fatal(err)
	}
	w.sim.FaultWebhooks(stripesim.WebhookReorder, 10)

	w.deliver()

	w.wants("captured £24.00")
	if got := w.states(d.Order); got != "succeeded" {
		t.Errorf("the attempt is %q", got)
	}
}

func TestScenario09_AllWebhooksLostAndThePollerFindsThePayment(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	w.lose()
	w.wants()

	w.pass(5 * time.Minute)
	w.run(w.pay.Poll)

	w.wants("captured £24.00")
}

func TestScenario10_AnEndpointThatWasDownCatchesUp(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	_, p := w.paid(w.due())
	w.card(a, stripesim.CardUK)
	id, err := w.sim.OpenDispute(p.Charge, 0, "fraudulent") // news that no attempt's poll would find
	if err != nil {
		t.Fatal(err)
	}
	w.lose()
	w.pass(3 * 24 * time.Hour)
	before, _ := w.heardOf("")

	w.run(w.pay.CatchUp)

	w.wants("captured £24.00", "dispute needs_response")
	if n := w.count(`SELECT count(*) FROM payment_dispute WHERE dispute_id = $1`, id); n != 1 {
		t.Errorf("the dispute was not heard of")
	}
	w.run(w.pay.CatchUp)
	w.wants()
	if after, waiting := w.heardOf("waiting"); after == before || waiting != 0 {
		t.Errorf("%d events before, %d after, %d waiting", before, after, waiting)
	}
}

func TestScenario11_WhatIsNotSignedIsNotStored(t *testing.T) {
	t.Parallel()
	w := setup(t)
	b := body("evt_1", "checkout.session.completed", "", "cs_1", false)
	now := w.clock.Now()
	for name, tt := range map[string]struct {
		body   []byte
		header string
	}{
		"another secret":       {b, signed(now, b, "whsec_other")},
		"an altered body":      {bytes.Replace(b, []byte("cs_1"), []byte("cs_2"), 1), signed(now, b, secret)},
		"six minutes old":      {b, signed(now.Add(-6*time.Minute), b, secret)},
		"no header":            {b, ""},
		"a header of nonsense": {b, "t=,v1=,v1"},
		"a moved clock":        {b, fmt.Sprintf("t=%d,v1=%s", now.Unix()+1, mac(now, b, secret))},
		"a second time in it":  {b, signed(now.Add(-time.Hour), b, secret) + fmt.Sprintf(",t=%d", now.Unix())},
		"signed, but no event": {[]byte("[]"), signed(now, []byte("[]"), secret)},
	} {
		if got := w.post(w.pay, tt.body, tt.header); got != http.StatusBadRequest {
			t.Errorf("%s: answered with %d", name, got)
		}
	}
	if all, _ := w.heardOf(""); all != 0 {
		t.Errorf("%d events are kept", all)
	}
	if got := w.send(b); got != http.StatusOK {
		t.Errorf("the same body, signed well: %d", got)
	}
}

func TestScenario12_AnEventDatedAYearAheadIsRejected(t *testing.T) {
	t.Parallel()
	w := setup(t)
	b := body("evt_1", "checkout.session.completed", "", "cs_1", false)
	for _, ahead := range []time.Duration{365 * 24 * time.Hour, 6 * time.Minute} {
		if got := w.post(w.pay, b, signed(w.clock.Now().Add(ahead), b, secret)); got != http.StatusBadRequest {
			t.Errorf("%s ahead: answered with %d", ahead, got)
		}
	}
	if all, _ := w.heardOf(""); all != 0 {
		t.Errorf("%d events are kept", all)
	}
}

func TestScenario13_WhileTheSecretIsRotatedBothAreTaken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	w.sim.FaultWebhooks(stripesim.WebhookTwoSecrets, 100)
	w.deliver()
	w.wants("captured £24.00")

	b := body("evt_1", "checkout.session.completed", "", "cs_1", false)
	both := w.service(w.db, w.simURL, "whsec_new")
	for _, with := range []string{secret, "whsec_new"} {
		if got := w.post(both, b, signed(w.clock.Now(), b, with)); got != http.StatusOK {
			t.Errorf("signed with %s: %d", with, got)
		}
	}
	if got := w.post(w.pay, b, signed(w.clock.Now(), b, "whsec_new")); got != http.StatusBadRequest {
		t.Errorf("whoever does not know the new secret took it: %d", got)
	}
}

func TestScenario15_ThinEventsAndUnknownTypesAreStoredAndIgnored(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	w.sim.FaultWebhooks(stripesim.WebhookThin, 1)
	w.sim.FaultWebhooks(stripesim.WebhookUnknownType, 1)

	w.deliver()

	w.wants("captured £24.00")
	for _, status := range w.answers {
		if status != http.StatusOK {
			t.Errorf("Stripe was answered with %d", status)
		}
	}
	if _, ignored := w.heardOf("ignored"); ignored < 2 {
		t.Errorf("%d events are kept as ignored, want the thin one and the unknown one", ignored)
	}
	if got := w.taskKinds(); got != "" {
		t.Errorf("people are bothered with %q", got)
	}
}

func TestScenario16_RealMoneyAndStrangersChangeNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]stripesim.WebhookFault{
		"real money": stripesim.WebhookLivemode, "an unknown account": stripesim.WebhookStranger,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.paid(w.due())
			before, _ := w.heardOf("")
			w.start(w.due())
			w.sim.FaultWebhooks(fault, 1)
			if _, err := w.sim.DashboardRefund(w.sim.Charges("")[0].ID, 100); err != nil {
				t.Fatal(err)
			}

			w.deliver()

			if all, refused := w.heardOf("refused"); refused != 1 || all <= before {
				t.Errorf("%d of %d events were refused, want 1", refused, all)
			}
			w.wants("refund of £1.00 from dashboard succeeded") // what is ours goes on
			tasks := w.count(`SELECT count(*) FROM payment_task WHERE kind = 'wrong_account' AND resolved_at IS NULL`)
			if tasks != 1 {
				t.Errorf("%d tasks tell of it", tasks)
			}
		})
	}
}

func TestScenario17_WithTheDatabaseDownStripeTriesAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	lost, err := pg.Open(t.Context(), w.db.Pool().Config().ConnString(), pg.Options{Clock: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	sick := w.service(lost, w.simURL)
	lost.Close()
	well := w.pay
	w.pay = sick
	if _, err := w.sim.Deliver(t.Context()); err == nil {
		t.Fatal("Stripe was told that its events are kept")
	}
	for _, status := range w.answers {
		if status/100 != 5 {
			t.Errorf("Stripe was answered with %d", status)
		}
	}
	w.pay = well

	w.deliver()

	w.wants("captured £24.00")
}

func TestApplyEvent_TwiceChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.paid(w.due())
	rows, err := w.db.Pool().Query(t.Context(), `SELECT account, event_id FROM stripe_event`)
	if err != nil {
		t.Fatal(err)
	}
	var keys [][2]string
	for rows.Next() {
		var k [2]string
		if err := rows.Scan(&k[0], &k[1]); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	if _, err := w.db.Pool().Exec(t.Context(), `UPDATE stripe_event SET state = 'waiting', applied_at = NULL`); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if err := w.pay.ApplyEvent(t.Context(), k[0], k[1]); err != nil {
			t.Error(err)
		}
	}
	w.wants()
	if n := w.count(`SELECT count(*) FROM journal WHERE kind = 'capture'`); n != 1 {
		t.Errorf("%d journals", n)
	}
}

func FuzzReceive(f *testing.F) {
	f.Add(body("evt_1", "charge.refunded", "acct_1", "ch_1", false))
	f.Add([]byte(`{"id":"evt_1","object":"v2.core.event","type":"v1.x","context":"acct_1","created":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"id":"\u0000","type":"x","data":{"object":{"id":7}}}`))
	w := setup(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := w.post(w.pay, b, signed(w.clock.Now(), b, secret)); got != http.StatusOK && got != http.StatusBadRequest {
			t.Errorf("answered with %d", got)
		}
	})
}
