package stripesim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func TestPay_DeclinedThenAnotherCardIsOnePayment(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	cs := b.session(ticket(2000, "gbp"))
	first := must2(t)(b.sim.Pay(cs.ID, stripesim.CardInsufficient))
	if first.Status != "requires_payment_method" || first.Declined != "Your card has insufficient funds." {
		t.Errorf("declined: %+v", first)
	}
	pi, err := b.api.PaymentIntents.Get(first.Intent, nil)
	if e := must(t, pi, err).LastPaymentError; e == nil || e.Code != "card_declined" || e.DeclineCode != "insufficient_funds" || e.ChargeID != first.Charge {
		t.Errorf("the intent's last error is %+v", e)
	}
	second := must2(t)(b.sim.Pay(cs.ID, stripesim.CardVisa))
	if second.Intent != first.Intent || second.Charge == first.Charge || second.Status != "succeeded" || second.Declined != "" {
		t.Errorf("then paid: %+v after %+v", second, first)
	}
	var got []string
	p := &stripe.ChargeListParams{PaymentIntent: stripe.String(first.Intent)}
	for list := b.api.Charges.List(p); list.Next(); {
		got = append(got, string(list.Charge().Status))
	}
	if diff := cmp.Diff([]string{"succeeded", "failed"}, got); diff != "" {
		t.Error(diff)
	}
	if rows := b.sim.BalanceRows(""); len(rows) != 1 || rows[0].Source != second.Charge {
		t.Errorf("the balance has %+v", rows)
	}
}

func TestPay_ThreeDSecure(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	status := func(p stripesim.Payment) string { return p.Status + " " + b.sim.SessionStatus(p.Session) }

	passed := b.sold(1000, stripesim.Card3DS)
	if got := status(passed); got != "requires_action open" {
		t.Errorf("challenged: %s", got)
	}
	if got := status(must2(t)(b.sim.Challenge(passed.Session, true))); got != "succeeded complete" {
		t.Errorf("passed: %s", got)
	}
	failed := b.sold(1000, stripesim.Card3DS)
	if got := status(must2(t)(b.sim.Challenge(failed.Session, false))); got != "requires_payment_method open" {
		t.Errorf("failed: %s", got)
	}
	declined := b.sold(1000, stripesim.Card3DSDeclined)
	if got := status(must2(t)(b.sim.Challenge(declined.Session, true))); got != "requires_payment_method open" {
		t.Errorf("passed, then declined: %s", got)
	}
	abandoned := b.sold(1000, stripesim.Card3DS)
	b.sim.Advance(25 * time.Hour)
	if _, err := b.sim.Challenge(abandoned.Session, true); err == nil {
		t.Error("a challenge was passed after the session had expired")
	}
	pi, err := b.api.PaymentIntents.Get(abandoned.Intent, nil)
	if must(t, pi, err).Status != "canceled" || pi.CancellationReason != "automatic" {
		t.Errorf("abandoned: %s", pi.Status)
	}
	b.deliver()
}

func TestPay_DebitsAreProcessingForDays(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	debit := func() stripesim.Payment {
		p := ticket(5000, "gbp")
		p.PaymentMethodTypes = stripe.StringSlice([]string{"card", "bacs_debit"})
		return must2(t)(b.sim.Pay(b.session(p).ID, stripesim.BacsDebit))
	}
	arrives, fails, alone := debit(), debit(), debit()
	cs, err := b.api.CheckoutSessions.Get(arrives.Session, nil)
	if must(t, cs, err).Status != "complete" || cs.PaymentStatus != "unpaid" || arrives.Status != "processing" || b.sim.Balance("").Pending != 0 {
		t.Errorf("under way: %s, %s, %+v", cs.Status, cs.PaymentStatus, b.sim.Balance(""))
	}
	if got := must2(t)(b.sim.SettleAsync(arrives.Session, true)); got.Status != "succeeded" {
		t.Errorf("arrived: %+v", got)
	}
	if got := must2(t)(b.sim.SettleAsync(fails.Session, false)); got.Status != "requires_payment_method" {
		t.Errorf("failed: %+v", got)
	}
	if _, err := b.sim.SettleAsync(fails.Session, true); err == nil {
		t.Error("a debit was settled twice")
	}
	b.sim.Advance(4 * 24 * time.Hour)
	if _, err := b.sim.SettleAsync(alone.Session, true); err == nil {
		t.Error("a debit left alone did not arrive after four days")
	}
	b.deliver()
	counts := map[string]int{}
	for _, kind := range b.box.took() {
		counts[kind]++
	}
	for kind, want := range map[string]int{
		"payment_intent.processing": 3, "charge.pending": 3, "checkout.session.completed": 3,
		"checkout.session.async_payment_succeeded": 2, "checkout.session.async_payment_failed": 1, "charge.failed": 1,
	} {
		if counts[kind] != want {
			t.Errorf("%d events %s, want %d", counts[kind], kind, want)
		}
	}
}

func TestPay_RefusesWhatTheSessionDoesNotTake(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	cs := b.session(ticket(1000, "gbp"))
	for _, card := range []stripesim.Card{stripesim.BacsDebit, "4111111111111111", ""} {
		if _, err := b.sim.Pay(cs.ID, card); err == nil {
			t.Errorf("paid with %q", card)
		}
	}
	if _, err := b.sim.Pay("cs_test_none", stripesim.CardVisa); err == nil {
		t.Error("an unknown session was paid")
	}
	if got := b.sim.Charges(""); len(got) != 0 {
		t.Errorf("there are charges: %+v", got)
	}
}

func TestReprice_TakesAnotherAmount(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	cs := b.session(ticket(1000, "gbp"))
	if err := b.sim.Reprice(cs.ID, 900, "eur"); err != nil {
		t.Fatal(err)
	}
	paid := must2(t)(b.sim.Pay(cs.ID, stripesim.CardUK))
	pi, err := b.api.PaymentIntents.Get(paid.Intent, nil)
	if must(t, pi, err).AmountReceived != 900 || pi.Currency != "eur" {
		t.Errorf("paid: %+v", pi)
	}
	if err := b.sim.Reprice(cs.ID, 800, "gbp"); err == nil {
		t.Error("repriced after it was paid")
	}
}

func TestIntent_IsNotCancelledBesideItsSession(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, card := range []stripesim.Card{stripesim.CardDeclined, stripesim.CardVisa} {
		_, err := b.api.PaymentIntents.Cancel(b.sold(1000, card).Intent, nil)
		if e := refusal(t, err); e.Code != stripe.ErrorCodePaymentIntentUnexpectedState {
			t.Errorf("%s: %v", card, e)
		}
	}
}

func TestPay_FeesFollowTheCard(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	fees := map[stripesim.Card]int64{
		stripesim.CardUK: 170, stripesim.CardEEA: 270, stripesim.CardVisa: 345, stripesim.CardMastercard: 345,
	}
	for card, want := range fees {
		p := b.sold(10_000, card)
		ch, err := b.api.Charges.Get(p.Charge, nil)
		txn, err2 := b.api.BalanceTransactions.Get(must(t, ch, err).BalanceTransaction.ID, nil)
		if got := must(t, txn, err2); got.Fee != want || got.Net != 10_000-want || len(got.FeeDetails) != 1 || got.ReportingCategory != "charge" {
			t.Errorf("%s: %+v", card, got)
		}
	}
}
