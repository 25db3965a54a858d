package stripesim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func (b *bench) refund(p stripesim.Payment, amount int64) (*stripe.Refund, error) {
	params := &stripe.RefundParams{PaymentIntent: stripe.String(p.Intent), Reason: stripe.String("requested_by_customer")}
	params.AddMetadata("refund", "rf_1")
	if amount > 0 {
		params.Amount = stripe.Int64(amount)
	}
	return b.api.Refunds.New(params)
}

func TestRefund_NeverMoreThanWasPaid(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	paid := b.sold(1000, stripesim.CardUK)
	for _, step := range []struct {
		amount int64
		code   string
		left   int64
	}{{400, "", 600}, {601, "", 600}, {600, "", 0}, {1, "charge_already_refunded", 0}, {0, "charge_already_refunded", 0}} {
		before := len(b.sim.Refunds(""))
		r, err := b.refund(paid, step.amount)
		charge := b.sim.Charges("")[0]
		if charge.Amount-charge.Refunded != step.left {
			t.Fatalf("after %d there are %d left", step.amount, charge.Amount-charge.Refunded)
		}
		if len(b.sim.Refunds("")) > before {
			if must(t, r, err).Status != "succeeded" || r.Charge.ID != paid.Charge || r.Metadata["refund"] != "rf_1" {
				t.Errorf("refunded %d: %+v", step.amount, r)
			}
			continue
		}
		if e := refusal(t, err); e.HTTPStatusCode != 400 || string(e.Code) != step.code {
			t.Errorf("refused %d: %+v", step.amount, e)
		}
	}
	ch, err := b.api.Charges.Get(paid.Charge, nil)
	if !must(t, ch, err).Refunded || ch.AmountRefunded != 1000 || ch.Status != "succeeded" {
		t.Errorf("the charge: %+v", ch)
	}
	if got := b.sim.Balance("").Available + b.sim.Balance("").Pending; got != -35 {
		t.Errorf("what is left is %d, and not the fee alone", got)
	}
}

func TestRefund_CanFailAfterItSucceeded(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	paid := b.sold(1000, stripesim.CardRefundFails)
	r, err := b.refund(paid, 0)
	if must(t, r, err).Status != "succeeded" {
		t.Fatalf("at first it is %s", r.Status)
	}
	b.sim.Advance(24 * time.Hour)
	r, err = b.api.Refunds.Get(r.ID, nil)
	if must(t, r, err).Status != "failed" || r.FailureBalanceTransaction == nil || r.FailureReason == "" {
		t.Errorf("a day later: %+v", r)
	}
	if ch := b.sim.Charges("")[0]; ch.Refunded != 0 {
		t.Errorf("%d are still counted as refunded", ch.Refunded)
	}
	var got []string
	for _, row := range b.sim.BalanceRows("") {
		got = append(got, fmt.Sprintf("%s %s %d", row.Type, row.Category, row.Amount))
	}
	if diff := cmp.Diff([]string{"charge charge 1000", "refund refund -1000", "refund_failure refund_failure 1000"}, got); diff != "" {
		t.Error(diff)
	}
	b.deliver()
	if took := b.box.took(); took[len(took)-1] != "charge.refund.updated" {
		t.Errorf("the last event is %s", took[len(took)-1])
	}
	if err := b.sim.FailRefund(r.ID); err == nil {
		t.Error("a refund failed twice")
	}
	again, err := b.refund(paid, 0)
	if must(t, again, err).Amount != 1000 {
		t.Errorf("refunded again: %+v", again)
	}
}

func TestRefund_PendingCardSucceedsLater(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	r, err := b.refund(b.sold(1000, stripesim.CardRefundPending), 0)
	if must(t, r, err).Status != "pending" {
		t.Errorf("at first it is %s", r.Status)
	}
	b.sim.Advance(24 * time.Hour)
	if got := b.sim.Refunds("")[0].Status; got != "succeeded" {
		t.Errorf("a day later it is %s", got)
	}
}

func TestRefund_WaitsForTheBalanceWhereItMust(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *stripesim.Options) { o.RefundsNeedBalance = true })
	first := b.sold(1000, stripesim.CardUK)
	r, err := b.refund(first, 0) // the fee is missing
	if must(t, r, err).Status != "pending" || r.BalanceTransaction != nil {
		t.Fatalf("without money: %+v", r)
	}
	if _, err := b.refund(first, 1); err == nil {
		t.Error("what is pending was refunded again")
	}
	b.sold(5000, stripesim.CardUK)
	r, err = b.api.Refunds.Get(r.ID, nil)
	if must(t, r, err).Status != "succeeded" || r.BalanceTransaction == nil {
		t.Errorf("after a sale: %+v", r)
	}
	b.deliver()
}

func TestRefund_DashboardAndLists(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	one, other := b.sold(1000, stripesim.CardUK), b.sold(2000, stripesim.CardUK)
	first, err := b.sim.DashboardRefund(one.Charge, 300)
	must(t, first, err)
	second, err := b.sim.DashboardRefund(one.Charge, 0)
	must(t, second, err)
	if _, err := b.sim.DashboardRefund(one.Charge, 0); err == nil {
		t.Error("nothing was left, and refunded")
	}
	if _, err := b.sim.DashboardRefund(other.Charge, -5); err == nil {
		t.Error("less than nothing was refunded")
	}
	var got []string
	for list := b.api.Refunds.List(&stripe.RefundListParams{Charge: stripe.String(one.Charge)}); list.Next(); {
		got = append(got, fmt.Sprint(list.Refund().ID, " ", list.Refund().Amount))
	}
	if diff := cmp.Diff([]string{second + " 700", first + " 300"}, got); diff != "" {
		t.Error(diff)
	}
	p := &stripe.ChargeParams{}
	p.AddExpand("refunds")
	ch, err := b.api.Charges.Get(one.Charge, p)
	if n := len(must(t, ch, err).Refunds.Data); n != 2 {
		t.Errorf("the charge shows %d refunds", n)
	}
	_, err = b.api.Refunds.Cancel(first, nil)
	if e := refusal(t, err); e.HTTPStatusCode != 400 {
		t.Errorf("cancelled: %v", e)
	}
}

func TestRefund_ReturnsTheApplicationFeeWhenAsked(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	p := ticket(10_000, "gbp")
	p.PaymentIntentData.ApplicationFeeAmount = stripe.Int64(500)
	paid := must2(t)(b.sim.Pay(b.session(p).ID, stripesim.CardUK))
	r, err := b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(paid.Charge), Amount: stripe.Int64(5000), RefundApplicationFee: stripe.Bool(true)})
	must(t, r, err)
	var fees []int64
	for _, row := range b.sim.BalanceRows("") {
		fees = append(fees, row.Fee)
	}
	if diff := cmp.Diff([]int64{170 + 500, -250}, fees); diff != "" {
		t.Error(diff)
	}
}
