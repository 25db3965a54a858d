package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// sale is an order of two tickets for one event and a book for another.
func (b *books) sale(key string, order uid.Order, events [2]uid.Event) ledger.Sale {
	return ledger.Sale{
		Source: b.source(key), Order: order, Currency: money.GBP,
		Shares: []ledger.Share{
			{Event: events[0], Rate: 2000, Category: "GB-standard", Net: 10000, VAT: 2000},
			{Event: events[0], Rate: 2000, Category: "GB-standard", Net: 5000, VAT: 1000},
			{Event: events[1], Rate: 0, Category: "GB-zero", Net: 900, VAT: 0},
		},
	}
}

func (b *books) source(key string) ledger.Source {
	return ledger.Source{Org: b.org, Key: key, On: march(5), Actor: "system"}
}

func (b *books) row(key string, gross int64, fees ...ledger.Fee) ledger.Row {
	return ledger.Row{Source: b.source(key), Currency: money.GBP, Gross: gross, Fees: fees}
}

func TestSold_JoinsLinesOfOneEventAndRate(t *testing.T) {
	t.Parallel()
	b := &books{TB: t, org: uid.New[uid.Org]()}
	order, events := uid.New[uid.Order](), [2]uid.Event{uid.New[uid.Event](), uid.New[uid.Event]()}

	j := ledger.Sold(b.sale("inv:1", order, events))

	want := []ledger.Posting{
		{Account: ledger.Receivable, Amount: gbp(18900), Ref: order.String()},
		{Account: ledger.DeferredIncome, Amount: gbp(-15000), Ref: events[0].String()},
		{Account: ledger.VATOutput, Amount: gbp(-3000), Ref: "2000:GB-standard"},
		{Account: ledger.DeferredIncome, Amount: gbp(-900), Ref: events[1].String()},
	}
	if diff := cmp.Diff(want, j.Postings); diff != "" {
		t.Error(diff)
	}
	if !(ledger.Sale{Shares: []ledger.Share{{Rate: 2000}}}).IsFree() {
		t.Error("a sale of nothing is not free")
	}
}

// TestJournals_AnOrdersWholeLifeLeavesNothingOpen sells, is paid, refunds a part
// that fails at first, wins one dispute and loses another, pays out and is found
// at the bank.
func TestJournals_AnOrdersWholeLifeLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	order, events := uid.New[uid.Order](), [2]uid.Event{uid.New[uid.Event](), uid.New[uid.Event]()}
	ord, fee := order.String(), func(n int64) ledger.Fee { return ledger.Fee{Kind: "stripe_fee", Minor: n} }
	credited := b.sale("cn:1", order, events)
	credited.Shares = credited.Shares[1:2]

	b.mustPost(
		ledger.Sold(b.sale("inv:1", order, events)),
		ledger.Captured(b.source("pay:ch_1"), ord, "ch_1", gbp(18900)),
		ledger.ChargeSettled(b.row("bt:1", 18900, fee(300), ledger.Fee{Kind: "tax", Minor: 60}), "ch_1"),
		ledger.Credited(credited),
		ledger.RefundSent(b.source("re:1"), ord, "re_1", gbp(6000)),
		ledger.RefundSettled(b.row("bt:2", -6000), "re_1"),
		ledger.RefundSettled(b.row("bt:3", 6000), "re_1"),
		ledger.RefundFailed(b.source("ref:1"), ord, "re_1", gbp(6000)),
	)
	if got := b.balance(ledger.Receivable, ord); got != -6000 {
		t.Errorf("after the refund failed the order has %d, want -6000", got)
	}
	b.mustPost(
		ledger.RefundSent(b.source("re:2"), ord, "re_2", gbp(6000)),
		ledger.RefundSettled(b.row("bt:4", -6000), "re_2"),
		ledger.DisputeMoved(b.row("bt:5", -900, fee(2000)), "dp_1"),
		ledger.DisputeMoved(b.row("bt:6", 900, fee(-2000)), "dp_1"),
		ledger.DisputeMoved(b.row("bt:7", -1000, fee(2000)), "dp_2"),
		ledger.DisputeLost(b.source("dp:2"), "dp_2", gbp(1000)),
		ledger.PayoutMoved(b.row("bt:8", -5000), "po_1"),
		ledger.PayoutMoved(b.row("bt:9", 5000), "po_1"),
		ledger.PayoutMoved(b.row("bt:10", -9540), "po_2"),
		ledger.BankLine(b.source("bank:1"), "current", "line_1", "po_2", gbp(9540)),
		ledger.BankLine(b.source("bank:2"), "current", "line_2", "", gbp(77)),
		ledger.BankMatched(b.source("match:2"), "line_2", ledger.StripeOther, "txn_11", gbp(77)),
		ledger.OtherRow(b.row("bt:11", 13), ledger.StripeSuspense, "txn_12"),
		ledger.WrittenOff(b.source("wo:1"), ledger.StripeSuspense, "txn_12", gbp(-13)),
		ledger.EventHeld(b.source("held:1"), events[0], gbp(-10000)),
		ledger.EventHeld(b.source("held:2"), events[1], gbp(-900)),
	)

	items, err := b.OpenItems(t.Context(), b.db.Pool(), b.org, ledger.OpenFilter{})
	if err != nil || len(items) != 0 {
		t.Errorf("open items: %+v, %v", items, err)
	}
	for account, want := range map[ledger.Account]int64{
		ledger.StripeBalance: 13, ledger.Fees: 2360, ledger.DisputeLoss: 1000, ledger.VATOutput: -2000,
		ledger.DeferredIncome: 0, ledger.Income: -10900, ledger.Bank: 9617, ledger.StripeOther: -77, ledger.WriteOff: -13,
	} {
		if got := b.balance(account, ""); got != want {
			t.Errorf("%s: %d, want %d", account, got, want)
		}
	}
}

func TestScenario68_AnEuroSaleSettledInPoundsBalancesInBoth(t *testing.T) {
	t.Parallel()
	b := setup(t)
	euros := money.New(10000, money.EUR)
	b.mustPost(
		ledger.Captured(b.source("pay:ch_1"), "ord_1", "ch_1", euros),
		ledger.SettledAbroad(b.row("bt:1", 8512, ledger.Fee{Kind: "stripe_fee", Minor: 150}), "ch_1", euros),
	)

	fx, err := b.Balance(t.Context(), b.db.Pool(), b.org, ledger.FX, "ch_1")
	if diff := cmp.Diff(map[money.Currency]int64{"EUR": 10000, "GBP": -8512}, fx); diff != "" || err != nil {
		t.Errorf("fx: %s, %v", diff, err)
	}
	pending, err := b.Balance(t.Context(), b.db.Pool(), b.org, ledger.StripePending, "ch_1")
	if err != nil || pending["EUR"] != 0 || b.balance(ledger.StripeBalance, "") != 8362 {
		t.Errorf("pending %v, Stripe %d, %v", pending, b.balance(ledger.StripeBalance, ""), err)
	}
}

func TestChart_NamesEachAccountOnce(t *testing.T) {
	t.Parallel()
	seen := map[ledger.Account]bool{}
	for _, e := range ledger.Chart() {
		if seen[e.Account] || e.Title == "" || e.Kind == "" {
			t.Errorf("%+v", e)
		}
		seen[e.Account] = true
	}
}

// BenchmarkPaidOrder is what the books cost for one order: sold, captured, and a
// simplified invoice, in one transaction.
func BenchmarkPaidOrder(bench *testing.B) {
	b := setup(bench)
	events := [2]uid.Event{uid.New[uid.Event](), uid.New[uid.Event]()}
	n := 0
	for bench.Loop() {
		n++
		order := uid.New[uid.Order]()
		err := b.db.InTx(b.Context(), func(tx *pg.Tx) error {
			_, err := b.PostTx(b.Context(), tx,
				ledger.Sold(b.sale("inv:"+order.String(), order, events)),
				ledger.Captured(b.source("pay:"+order.String()), order.String(), "ch_"+order.String(), gbp(18900)))
			if err != nil {
				return err
			}
			d := b.invoice("doc:"+order.String(), line("Delegate", 1, 1200))
			d.Kind = ledger.Simplified
			_, err = b.IssueTx(b.Context(), tx, d)
			return err
		})
		if err != nil {
			bench.Fatal(err)
		}
	}
	bench.ReportMetric(float64(n), "orders")
}
