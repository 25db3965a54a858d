package stripesim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func TestPayout_TakesWhatIsAvailableEachMorning(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sold(1000, stripesim.CardUK)
	b.sold(2000, stripesim.CardUK)
	if got := b.sim.Balance(""); got != (stripesim.Balance{Currency: "gbp", Pending: 2915}) {
		t.Errorf("after the sales: %+v", got)
	}
	b.sim.Advance(38 * time.Hour) // two midnights later
	if got := b.sim.Balance(""); got != (stripesim.Balance{Currency: "gbp", Available: 2915}) {
		t.Errorf("two days later: %+v", got)
	}
	balance, err := b.api.Balance.Get(nil)
	if got := must(t, balance, err).Available[0]; got.Amount != 2915 || got.Currency != "gbp" {
		t.Errorf("by request: %+v", got)
	}
	b.sim.Advance(6 * time.Hour)
	var payouts []*stripe.Payout
	for list := b.api.Payouts.List(&stripe.PayoutListParams{}); list.Next(); {
		payouts = append(payouts, list.Payout())
	}
	if len(payouts) != 1 || payouts[0].Amount != 2915 || payouts[0].Status != "in_transit" || !payouts[0].Automatic ||
		payouts[0].ReconciliationStatus != "in_progress" {
		t.Fatalf("the next morning: %+v", payouts)
	}
	id := payouts[0].ID
	var sum int64
	var own string
	for list := b.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String(id)}); list.Next(); {
		row := list.BalanceTransaction()
		if row.Type == "payout" {
			own = row.ID
			continue
		}
		sum += row.Net
	}
	if sum != 2915 || own != payouts[0].BalanceTransaction.ID || b.sim.Balance("").Available != 0 {
		t.Errorf("its rows come to %d, its own is %s, and %+v is left", sum, own, b.sim.Balance(""))
	}
	b.sim.Advance(24 * time.Hour)
	po, err := b.api.Payouts.Get(id, nil)
	if must(t, po, err).Status != "paid" || po.ReconciliationStatus != "completed" {
		t.Errorf("a day later: %+v", po)
	}
	b.sim.Advance(10 * 24 * time.Hour)
	if n := len(b.sim.BalanceRows("")); n != 3 {
		t.Errorf("nothing was sold, and there are %d rows", n)
	}
	b.deliver()
}

func TestPayout_FailsAndIsSentAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sold(1000, stripesim.CardAvailable)
	first, err := b.sim.RunPayout("")
	must(t, first, err)
	if again, err := b.sim.RunPayout(""); err != nil || again != "" {
		t.Errorf("the same money was sent twice: %s, %v", again, err)
	}
	b.sim.Advance(48 * time.Hour)
	if err := b.sim.FailPayout(first); err != nil {
		t.Fatal(err)
	}
	if err := b.sim.FailPayout(first); err == nil {
		t.Error("a payout failed twice")
	}
	po, err := b.api.Payouts.Get(first, nil)
	if must(t, po, err).Status != "failed" || po.FailureBalanceTransaction == nil || po.FailureCode == "" {
		t.Errorf("failed: %+v", po)
	}
	second, err := b.sim.RunPayout("")
	po, err2 := b.api.Payouts.Get(must(t, second, err), nil)
	if must(t, po, err2).Amount != 947 {
		t.Errorf("sent again: %+v", po)
	}
	want := []string{"charge 1000-53", "payout -947-0", "payout_reversal 947-0", "payout -947-0"}
	if diff := cmp.Diff(want, b.rows()); diff != "" {
		t.Error(diff)
	}
	b.deliver()
}

func TestPayout_WaitsWhileTheBalanceIsNegative(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	paid := b.sold(1000, stripesim.CardAvailable)
	_, err := b.sim.RunPayout("")
	r, err2 := b.refund(paid, 0)
	must(t, r, err2)
	if id, err3 := b.sim.RunPayout(""); id != "" || err != nil || err3 != nil || b.sim.Balance("").Available != -1000 {
		t.Errorf("paid out %s of %+v", id, b.sim.Balance(""))
	}
	b.sold(2000, stripesim.CardAvailable)
	id, err := b.sim.RunPayout("")
	po, err2 := b.api.Payouts.Get(must(t, id, err), nil)
	if must(t, po, err2).Amount != 2000-85-1000 {
		t.Errorf("the next payout is of %d", po.Amount)
	}
}

func TestBalance_ChangesMoneyAtTheRateOfTheDay(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, currency := range []string{"eur", "jpy", "kwd"} {
		cs := b.session(ticket(10_000, currency))
		paid := must2(t)(b.sim.Pay(cs.ID, stripesim.CardEEA))
		p := &stripe.PaymentIntentParams{}
		p.AddExpand("latest_charge.balance_transaction")
		pi, err := b.api.PaymentIntents.Get(paid.Intent, p)
		row := must(t, pi, err).LatestCharge.BalanceTransaction
		units := map[string]float64{"eur": 100, "jpy": 1, "kwd": 1000}[currency]
		fair := 10_000 / units * row.ExchangeRate * 100
		if row.Currency != "gbp" || row.ExchangeRate == 0 || float64(row.Amount)-fair > 0.6 || fair-float64(row.Amount) > 0.6 || len(row.FeeDetails) != 2 {
			t.Errorf("%s: %+v, and at the rate it is %f", currency, row, fair)
		}
	}
	sale := b.sim.BalanceRows("")[0]
	b.sim.Advance(5 * 24 * time.Hour)
	refund, err := b.sim.DashboardRefund(sale.Source, 0)
	must(t, refund, err)
	rows := b.sim.BalanceRows("")
	if back := rows[len(rows)-1]; back.Amount == -sale.Amount || back.Amount > -sale.Amount*9/10 || back.Amount < -sale.Amount*11/10 {
		t.Errorf("the sale brought %d, the refund five days later took %d", sale.Amount, back.Amount)
	}
}

func TestBalance_HasRowsOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	other, err := b.sim.OtherSale("", 2500)
	must(t, other, err)
	unknown, err := b.sim.UnknownBalanceRow("", -77)
	must(t, unknown, err)
	row, err := b.api.BalanceTransactions.Get(unknown, nil)
	if must(t, row, err).ReportingCategory != "quantum_adjustment" || row.Net != -77 {
		t.Errorf("unknown: %+v", row)
	}
	ch, err := b.api.Charges.Get(other, nil)
	if must(t, ch, err).Metadata["order"] != "" || ch.Amount != 2500 {
		t.Errorf("other: %+v", ch)
	}
	if got := b.sim.Charges("")[0]; got.Session != "" {
		t.Errorf("the other shop's charge has the session %s", got.Session)
	}
	b.deliver()
}

func TestList_PagesThroughManyRows(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	var want []string
	for i := range 230 {
		id, err := b.sim.BalanceRow("", "adjustment", "other_adjustment", int64(i))
		want = append([]string{must(t, id, err)}, want...)
	}
	for _, size := range []int64{1, 7, 100} {
		p := &stripe.BalanceTransactionListParams{}
		p.Limit = stripe.Int64(size)
		var got []string
		for list := b.api.BalanceTransactions.List(p); list.Next() && (size > 1 || len(got) < 12); {
			got = append(got, list.BalanceTransaction().ID)
		}
		if diff := cmp.Diff(want[:len(got)], got); diff != "" || (size > 1 && len(got) != 230) {
			t.Errorf("%d a page: %d rows, %s", size, len(got), diff)
		}
	}
	back := &stripe.BalanceTransactionListParams{}
	back.EndingBefore, back.Single = stripe.String(want[5]), true
	list := b.api.BalanceTransactions.List(back)
	var got []string
	for list.Next() {
		got = append(got, list.BalanceTransaction().ID)
	}
	// Stripe's client hands out a page that was asked for backwards in reverse.
	if fmt.Sprint(got) != fmt.Sprint([]string{want[4], want[3], want[2], want[1], want[0]}) {
		t.Errorf("backwards: %v", got)
	}
	wrong := &stripe.BalanceTransactionListParams{}
	wrong.StartingAfter, wrong.Single = stripe.String("txn_none"), true
	if list := b.api.BalanceTransactions.List(wrong); list.Next() || refusal(t, list.Err()).Param != "starting_after" {
		t.Errorf("after an unknown row: %v", list.Err())
	}
}

func TestList_FiltersByTimeAndSource(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	first := b.sold(1000, stripesim.CardUK)
	b.sim.Advance(time.Hour)
	second := b.sold(1000, stripesim.CardUK)
	sources := func(p *stripe.BalanceTransactionListParams) []string {
		var got []string
		p.AddExpand("data.source")
		for list := b.api.BalanceTransactions.List(p); list.Next(); {
			got = append(got, list.BalanceTransaction().Source.Charge.ID)
		}
		return got
	}
	at := start.Add(time.Hour).Unix()
	for name, got := range map[string][]string{
		second.Charge: sources(&stripe.BalanceTransactionListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: at}}),
		first.Charge:  sources(&stripe.BalanceTransactionListParams{CreatedRange: &stripe.RangeQueryParams{LesserThan: at}}),
	} {
		if diff := cmp.Diff([]string{name}, got); diff != "" {
			t.Error(diff)
		}
	}
	if got := sources(&stripe.BalanceTransactionListParams{Source: stripe.String(first.Charge)}); len(got) != 1 || got[0] != first.Charge {
		t.Errorf("by source: %v", got)
	}
	if got := sources(&stripe.BalanceTransactionListParams{Type: stripe.String("refund")}); len(got) != 0 {
		t.Errorf("refunds: %v", got)
	}
	p := &stripe.BalanceTransactionListParams{}
	p.AddExpand("data.fee")
	list := b.api.BalanceTransactions.List(p)
	if list.Next() || refusal(t, list.Err()).Param != "expand" {
		t.Error("a number was expanded")
	}
}
