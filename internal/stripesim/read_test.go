package stripesim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func TestRead_WhatThereIsNotIsMissing(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	api := b.api
	for name, read := range map[string]func() error{
		"session":      func() error { _, err := api.CheckoutSessions.Get("cs_none", nil); return err },
		"expiry":       func() error { _, err := api.CheckoutSessions.Expire("cs_none", nil); return err },
		"lines":        func() error { return firstError(api.CheckoutSessions.ListLineItems(lines("cs_none"))) },
		"intent":       func() error { _, err := api.PaymentIntents.Get("pi_none", nil); return err },
		"cancellation": func() error { _, err := api.PaymentIntents.Cancel("pi_none", nil); return err },
		"charge":       func() error { _, err := api.Charges.Get("ch_none", nil); return err },
		"refund":       func() error { _, err := api.Refunds.Get("re_none", nil); return err },
		"of a charge": func() error {
			_, err := api.Refunds.New(&stripe.RefundParams{Charge: stripe.String("ch_none")})
			return err
		},
		"of an intent": func() error {
			_, err := api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String("pi_none")})
			return err
		},
		"not refunded": func() error { _, err := api.Refunds.Cancel("re_none", nil); return err },
		"dispute":      func() error { _, err := api.Disputes.Get("dp_none", nil); return err },
		"evidence":     func() error { _, err := api.Disputes.Update("dp_none", &stripe.DisputeParams{}); return err },
		"concession":   func() error { _, err := api.Disputes.Close("dp_none", nil); return err },
		"warning":      func() error { _, err := api.RadarEarlyFraudWarnings.Get("issfr_none", nil); return err },
		"row":          func() error { _, err := api.BalanceTransactions.Get("txn_none", nil); return err },
		"rows": func() error {
			return firstError(api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String("po_none")}))
		},
		"payout":   func() error { _, err := api.Payouts.Get("po_none", nil); return err },
		"event":    func() error { _, err := api.Events.Get("evt_none", nil); return err },
		"endpoint": func() error { _, err := api.WebhookEndpoints.Get("we_none", nil); return err },
		"removal":  func() error { _, err := api.WebhookEndpoints.Del("we_none", nil); return err },
	} {
		e := refusal(t, read())
		if e.HTTPStatusCode != 404 || e.Code != stripe.ErrorCodeResourceMissing || !strings.HasPrefix(e.Msg, "No such ") || !strings.Contains(e.Msg, "_none'") {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// firstError reads from a list until it fails.
func firstError(list interface {
	Next() bool
	Err() error
}) error {
	for list.Next() {
	}
	return list.Err()
}

func lines(session string) *stripe.CheckoutSessionListLineItemsParams {
	return &stripe.CheckoutSessionListLineItemsParams{Session: stripe.String(session)}
}

func TestRead_LineItemsInTheirOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	p := ticket(1000, "gbp")
	for _, name := range []string{"Workshop", "Dinner"} {
		more := ticket(500, "gbp").LineItems[0]
		more.PriceData.ProductData.Name, more.Quantity = stripe.String(name), stripe.Int64(3)
		p.LineItems = append(p.LineItems, more)
	}
	cs := b.session(p)
	want := lines(cs.ID)
	want.Limit = stripe.Int64(2) // so that there are pages
	var got []string
	var sum int64
	for list := b.api.CheckoutSessions.ListLineItems(want); list.Next(); {
		got = append(got, list.LineItem().Description)
		sum += list.LineItem().AmountTotal
	}
	if diff := cmp.Diff([]string{"Conference ticket", "Workshop", "Dinner"}, got); diff != "" || sum != cs.AmountTotal || sum != 4000 {
		t.Errorf("%d of %d: %s", sum, cs.AmountTotal, diff)
	}
}

func TestRead_ExpandsWhateverIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	paid := b.sold(5000, stripesim.CardAvailable)
	refund, err := b.sim.DashboardRefund(paid.Charge, 100)
	must(t, refund, err)
	dispute, err := b.sim.OpenDispute(paid.Charge, 50, "")
	must(t, dispute, err)
	payout, err := b.sim.RunPayout("")
	must(t, payout, err)

	d := &stripe.DisputeParams{}
	d.AddExpand("charge.payment_intent")
	dp, err := b.api.Disputes.Get(dispute, d)
	if must(t, dp, err).Charge.PaymentIntent.Status != "succeeded" {
		t.Errorf("the dispute: %+v", dp.Charge)
	}
	r := &stripe.RefundParams{}
	r.AddExpand("balance_transaction.source")
	r.AddExpand("charge")
	re, err := b.api.Refunds.Get(refund, r)
	if must(t, re, err).BalanceTransaction.Source.Refund.Amount != 100 || re.Charge.Amount != 5000 {
		t.Errorf("the refund: %+v", re)
	}
	p := &stripe.PayoutParams{}
	p.AddExpand("balance_transaction")
	po, err := b.api.Payouts.Get(payout, p)
	if must(t, po, err).BalanceTransaction.Net != -po.Amount {
		t.Errorf("the payout: %+v", po)
	}
	list := &stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(paid.Intent), Status: stripe.String("complete")}
	list.AddExpand("data.payment_intent.latest_charge")
	for it := b.api.CheckoutSessions.List(list); it.Next(); {
		if it.CheckoutSession().PaymentIntent.LatestCharge.ID != paid.Charge {
			t.Errorf("the session: %+v", it.CheckoutSession())
		}
	}
	for _, path := range []string{"amount", "charge.amount", "nothing", "charge.payment_intent.latest_charge.balance_transaction.source"} {
		wrong := &stripe.DisputeParams{}
		wrong.AddExpand(path)
		_, err := b.api.Disputes.Get(dispute, wrong)
		if e := refusal(t, err); e.HTTPStatusCode != 400 || e.Param != "expand" {
			t.Errorf("%s: %v", path, e)
		}
	}
}

func TestSession_PassesOnWhatTheIntentIsMadeOf(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	p := ticket(1000, "gbp")
	p.PaymentIntentData.Description, p.PaymentIntentData.StatementDescriptorSuffix = stripe.String("Order 1"), stripe.String("CONF")
	p.PaymentIntentData.ReceiptEmail, p.PaymentIntentData.CaptureMethod = stripe.String("ada@example.com"), stripe.String("automatic")
	p.CustomText = &stripe.CheckoutSessionCustomTextParams{Submit: &stripe.CheckoutSessionCustomTextSubmitParams{Message: stripe.String("No refunds after May.")}}
	p.CustomerCreation, p.BillingAddressCollection, p.Locale = stripe.String("always"), stripe.String("required"), stripe.String("en-GB")
	cs := b.session(p)
	if cs.CustomText.Submit.Message != "No refunds after May." || cs.Locale != "en-GB" {
		t.Errorf("the session: %+v", cs)
	}
	paid := must2(t)(b.sim.Pay(cs.ID, stripesim.CardUK))
	ch, err := b.api.Charges.Get(paid.Charge, nil)
	if must(t, ch, err).Description != "Order 1" || ch.StatementDescriptorSuffix != "CONF" || ch.ReceiptEmail != "ada@example.com" || ch.Metadata["order"] != "ord_1" {
		t.Errorf("the charge: %+v", ch)
	}
	for _, change := range []func(*stripe.CheckoutSessionPaymentIntentDataParams){
		func(d *stripe.CheckoutSessionPaymentIntentDataParams) { d.CaptureMethod = stripe.String("manual") },
		func(d *stripe.CheckoutSessionPaymentIntentDataParams) {
			d.SetupFutureUsage = stripe.String("off_session")
		},
		func(d *stripe.CheckoutSessionPaymentIntentDataParams) { d.ApplicationFeeAmount = stripe.Int64(1001) },
	} {
		p := ticket(1000, "gbp")
		change(p.PaymentIntentData)
		_, err := b.api.CheckoutSessions.New(p)
		if e := refusal(t, err); e.HTTPStatusCode != 400 || !strings.HasPrefix(e.Param, "payment_intent_data[") {
			t.Errorf("refused: %+v", e)
		}
	}
}
