package stripesim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func TestSession_IsPaidOnceAndTellsOfIt(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	cs := b.session(ticket(4200, "gbp"))
	if cs.Status != "open" || cs.PaymentIntent != nil || cs.AmountTotal != 4200 || cs.Livemode || !strings.HasPrefix(cs.URL, b.url+"/c/pay/cs_test_") {
		t.Fatalf("a new session is %+v", cs)
	}
	if cs.ExpiresAt != start.Add(24*time.Hour).Unix() {
		t.Errorf("it expires at %d", cs.ExpiresAt)
	}
	paid := must2(t)(b.sim.Pay(cs.ID, stripesim.CardUK))
	if _, err := b.sim.Pay(cs.ID, stripesim.CardUK); err == nil {
		t.Error("a session was paid twice")
	}

	p := &stripe.CheckoutSessionParams{}
	p.AddExpand("payment_intent.latest_charge.balance_transaction")
	p.AddExpand("line_items")
	cs, err := b.api.CheckoutSessions.Get(cs.ID, p)
	cs = must(t, cs, err)
	pi := cs.PaymentIntent
	ch := pi.LatestCharge
	got := map[string]any{
		"status": cs.Status, "paid": cs.PaymentStatus, "intent": pi.ID, "metadata": pi.Metadata["order"], "received": pi.AmountReceived,
		"charge": ch.ID, "net": ch.BalanceTransaction.Net, "fee": ch.BalanceTransaction.Fee, "line": cs.LineItems.Data[0].Description,
		"email": cs.CustomerDetails.Email, "reference": cs.ClientReferenceID,
	}
	want := map[string]any{
		"status": stripe.CheckoutSessionStatusComplete, "paid": stripe.CheckoutSessionPaymentStatusPaid, "intent": paid.Intent,
		"metadata": "ord_1", "received": int64(4200), "charge": paid.Charge, "net": int64(4200 - 83), "fee": int64(83), "line": "Conference ticket",
		"email": "buyer@example.com", "reference": "att_1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.deliver()
	events := []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
	if diff := cmp.Diff(events, b.box.took()); diff != "" {
		t.Error(diff)
	}
}

func must2(t *testing.T) func(stripesim.Payment, error) stripesim.Payment {
	return func(p stripesim.Payment, err error) stripesim.Payment {
		t.Helper()
		return must(t, p, err)
	}
}

func TestSession_ExpiresByRequestOrByTime(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	first, p := b.session(ticket(1000, "gbp")), ticket(1000, "gbp")
	p.ExpiresAt = stripe.Int64(start.Add(30 * time.Minute).Unix())
	second, paid := b.session(p), b.sold(1000, stripesim.CardVisa)

	gone, err := b.api.CheckoutSessions.Expire(first.ID, nil)
	if must(t, gone, err).Status != "expired" || gone.URL != "" {
		t.Errorf("expired by request: %+v", gone)
	}
	b.sim.Advance(29 * time.Minute)
	if got := b.sim.SessionStatus(second.ID); got != "open" {
		t.Errorf("a minute early it is %s", got)
	}
	b.sim.Advance(time.Minute)
	if got := b.sim.SessionStatus(second.ID); got != "expired" {
		t.Errorf("in time it is %s", got)
	}
	for _, id := range []string{first.ID, second.ID, paid.Session} {
		_, err := b.api.CheckoutSessions.Expire(id, nil)
		if e := refusal(t, err); e.HTTPStatusCode != 400 || !strings.Contains(e.Msg, `status in ["open"] can be expired`) {
			t.Errorf("expiring %s again: %v", id, e)
		}
		if _, err := b.sim.Pay(id, stripesim.CardVisa); err == nil {
			t.Errorf("%s was paid", id)
		}
	}
}

func TestSession_RefusesWhatStripeRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, tc := range []struct {
		name        string
		change      func(*stripe.CheckoutSessionParams)
		param, code string
	}{
		{"too short", func(p *stripe.CheckoutSessionParams) { p.ExpiresAt = stripe.Int64(start.Unix() + 30*60 - 1) }, "expires_at", ""},
		{"too long", func(p *stripe.CheckoutSessionParams) { p.ExpiresAt = stripe.Int64(start.Unix() + 24*60*60 + 1) }, "expires_at", ""},
		{"below the minimum", func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.UnitAmount = stripe.Int64(29) }, "", "amount_too_small"},
		{"nothing", func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.UnitAmount = stripe.Int64(0) }, "", "amount_too_small"},
		{"less than nothing", func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.UnitAmount = stripe.Int64(-1) },
			"line_items[0][price_data][unit_amount]", "parameter_invalid_integer"},
		{"too much in all", func(p *stripe.CheckoutSessionParams) {
			p.LineItems[0].PriceData.UnitAmount, p.LineItems[0].Quantity = stripe.Int64(50_000_000), stripe.Int64(2)
		}, "", "amount_too_large"},
		{"no address to return to", func(p *stripe.CheckoutSessionParams) { p.SuccessURL = stripe.String("/return") }, "success_url", "url_invalid"},
		{"an unknown currency", func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.Currency = stripe.String("xxx") },
			"line_items[0][price_data][currency]", ""},
		{"no items", func(p *stripe.CheckoutSessionParams) { p.LineItems = nil }, "line_items", "parameter_missing"},
		{"a debit in another currency", func(p *stripe.CheckoutSessionParams) {
			p.PaymentMethodTypes = stripe.StringSlice([]string{"sepa_debit"})
		},
			"payment_method_types", ""},
		{"what is not simulated", func(p *stripe.CheckoutSessionParams) { p.AllowPromotionCodes = stripe.Bool(true) }, "allow_promotion_codes", "parameter_unknown"},
		{"embedding", func(p *stripe.CheckoutSessionParams) { p.UIMode = stripe.String("embedded") }, "ui_mode", "parameter_invalid"},
	} {
		p := ticket(1000, "gbp")
		tc.change(p)
		_, err := b.api.CheckoutSessions.New(p)
		e := refusal(t, err)
		if e.HTTPStatusCode != 400 || e.Param != tc.param || string(e.Code) != tc.code || e.RequestID == "" {
			t.Errorf("%s: %+v", tc.name, e)
		}
	}
	if got := b.sim.Sessions(""); len(got) != 0 {
		t.Errorf("refused, and yet there are %v", got)
	}
	_, err := b.api.CheckoutSessions.Get("cs_test_none", nil)
	if e := refusal(t, err); e.Code != stripe.ErrorCodeResourceMissing || e.HTTPStatusCode != 404 {
		t.Errorf("an unknown session: %v", e)
	}
}
