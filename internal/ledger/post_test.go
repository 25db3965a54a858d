package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
)

func TestPostTx_BooksEachSourceOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, err := b.post(b.capture("pay:1", march(3), 1200), b.capture("pay:2", march(4), 700))
	if err != nil {
		t.Fatal(err)
	}

	again, err := b.post(b.capture("pay:2", march(9), 999), b.capture("pay:3", march(9), 1))

	if diff := cmp.Diff([][]bool{{true, true}, {false, true}}, [][]bool{first, again}); diff != "" || err != nil {
		t.Errorf("posted: %s, %v", diff, err)
	}
	if got := b.balance(ledger.Receivable, "ord_1"); got != -1901 {
		t.Errorf("the order has %d, want -1901", got)
	}
	j := b.bySource("pay:2")
	if !j.On.Equal(march(4)) || j.Kind != ledger.KindCapture || j.PostedAt.IsZero() || len(j.Postings) != 2 {
		t.Errorf("got %+v", j)
	}
}

func TestScenario61_AClosedMonthPostsIntoTheNextOpenOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(31), 1200))
	if err := b.Close(t.Context(), b.ada, b.org, march(1)); err != nil {
		t.Fatal(err)
	}

	posted, err := b.post(b.capture("pay:late", march(31), 700), b.capture("pay:earlier", march(1).AddDate(0, -2, 0), 5))
	if err != nil || !posted[0] || !posted[1] {
		t.Fatal(posted, err)
	}
	again, err := b.post(b.capture("pay:1", march(31), 1200))
	if err != nil || again[0] {
		t.Errorf("a replay into a closed month: %v, %v", again, err)
	}

	late := b.bySource("pay:late")
	if want := march(1).AddDate(0, 1, 0); !late.On.Equal(want) || late.Memo != "(of 2026-03-31, when the books were closed)" {
		t.Errorf("posted on %s with memo %q", late.On.Format(time.DateOnly), late.Memo)
	}
}

func TestReverseTx_MirrorsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(3), 1200))
	reverse := func(key string) error {
		return b.db.InTx(t.Context(), func(tx *pg.Tx) error {
			return b.ReverseTx(t.Context(), tx, b.org, b.bySource("pay:1").ID, key, march(5), "system", "wrong order")
		})
	}

	if err := reverse("rev:1"); err != nil {
		t.Fatal(err)
	}
	if err := reverse("rev:1"); err != nil {
		t.Errorf("the same reversal again: %v", err)
	}
	if err := reverse("rev:2"); !fault.Is(err, fault.WrongState) {
		t.Errorf("a second reversal: %v, want WRONG_STATE", err)
	}
	if got := b.balance(ledger.Receivable, ""); got != 0 {
		t.Errorf("%d is left", got)
	}
}

func TestPostTx_RefusesWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.capture("pay:1", march(3), 1200)
	for name, spoil := range map[string]func(j *ledger.Journal){
		"one line":         func(j *ledger.Journal) { j.Postings = j.Postings[:1] },
		"a penny off":      func(j *ledger.Journal) { j.Postings[0].Amount.Minor++ },
		"two currencies":   func(j *ledger.Journal) { j.Postings[0].Amount.Currency = money.EUR },
		"no reference":     func(j *ledger.Journal) { j.Postings[0].Ref = "" },
		"unknown account":  func(j *ledger.Journal) { j.Postings[0].Account = "petty_cash" },
		"no source":        func(j *ledger.Journal) { j.SourceKey = "" },
		"a moment, no day": func(j *ledger.Journal) { j.On = j.On.Add(time.Hour) },
	} {
		j := good
		j.Postings = append([]ledger.Posting(nil), good.Postings...)
		spoil(&j)
		if _, err := b.post(j); err == nil {
			t.Errorf("%s was posted", name)
		}
	}
	if got := b.balance(ledger.Receivable, ""); got != 0 {
		t.Errorf("%d was booked", got)
	}
}

func TestReceivablesAndOpenItems_SayWhoOwesWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(3), 1200), b.capture("pay:2", march(6), 800))
	b.mustPost(ledger.ChargeSettled(ledger.Row{
		Source:   ledger.Source{Org: b.org, Key: "bt:1", On: march(5), Actor: "system"},
		Currency: money.GBP, Gross: 1200, Fees: []ledger.Fee{{Kind: "stripe_fee", Minor: 38}},
	}, "ch_pay:1"))

	owed, err := b.Receivables(t.Context(), b.db.Pool(), b.org, []string{"ord_1", "ord_2"})
	if diff := cmp.Diff(map[string]map[money.Currency]int64{"ord_1": {"GBP": -2000}}, owed); diff != "" || err != nil {
		t.Errorf("receivables: %s, %v", diff, err)
	}
	items, err := b.OpenItems(t.Context(), b.db.Pool(), b.org, ledger.OpenFilter{Accounts: []ledger.Account{ledger.StripePending}})
	want := []ledger.OpenItem{{Account: ledger.StripePending, Ref: "ch_pay:2", Amount: gbp(800), Since: march(6), Last: march(6)}}
	if diff := cmp.Diff(want, items); diff != "" || err != nil {
		t.Errorf("open items: %s, %v", diff, err)
	}
	all, err := b.OpenItems(t.Context(), b.db.Pool(), b.org, ledger.OpenFilter{Before: march(6), Limit: 5})
	if err != nil || len(all) != 1 || all[0].Account != ledger.Receivable {
		t.Errorf("older open items: %+v, %v", all, err)
	}
	sums, err := b.Sums(t.Context(), b.db.Pool(), b.org, ledger.SumFilter{Accounts: []ledger.Account{ledger.StripeBalance, ledger.Fees}, From: march(5), Until: march(6)})
	wantSums := []ledger.Sum{{Account: ledger.Fees, Ref: "stripe_fee", Amount: gbp(38)}, {Account: ledger.StripeBalance, Ref: "stripe", Amount: gbp(1162)}}
	if diff := cmp.Diff(wantSums, sums); diff != "" || err != nil {
		t.Errorf("sums: %s, %v", diff, err)
	}
	about, err := b.JournalsByRef(t.Context(), b.db.Pool(), b.org, "ch_pay:1")
	if err != nil || len(about) != 2 || about[1].SourceKey != "bt:1" || len(about[1].Postings) != 3 {
		t.Errorf("journals about the charge: %+v, %v", about, err)
	}
}
