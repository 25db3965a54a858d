package reconcile_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// dying carries calls to Stripe until the program dies.
type dying struct {
	pages atomic.Int64 // of a payout's rows
	after int64        // dies at the page after these; 0 lives
}

var errDead = errors.New("the program has died")

func (d *dying) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/balance_transactions") && r.URL.Query().Get("payout") != "" {
		if n := d.pages.Add(1); d.after > 0 && n > d.after {
			return nil, errDead
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// through is a service that talks to Stripe by a transport of its own.
func (w *town) through(d *dying) *reconcile.Service {
	w.t.Helper()
	gw, err := stripegw.New(stripegw.Config{
		Key: w.Stripe.Key(), URL: w.StripeURL, Clock: w.Clock.Now, Retries: -1, HTTP: &http.Client{Transport: d, Timeout: 10 * time.Second},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return reconcile.New(reconcile.Deps{DB: w.DB, Books: w.Books, Stripe: gw, Key: make([]byte, 32)})
}

func TestScenario52_ListingAPayoutGoesOnAfterACrashOnPageThree(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.sell(1, stripesim.CardUK)
	for i := range 449 {
		if _, err := w.Stripe.OtherSale("", 1000+int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	w.Clock.Advance(4 * 24 * time.Hour)
	dead := &dying{after: 2}
	if err := w.through(dead).Ingest(t.Context()); err == nil {
		t.Fatal("the program did not die")
	}
	half := w.count(`SELECT count(*) FROM stripe_row WHERE payout_id IS NOT NULL`)
	if half != 200 {
		t.Fatalf("%d rows of the payout were listed before the crash, want 200", half)
	}
	again := &dying{}
	if err := w.through(again).Ingest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := again.pages.Load(); n != 3 {
		t.Errorf("%d pages were asked for after the crash, want the 3 that were left", n)
	}
	payouts, _, err := w.Finance.Payouts(t.Context(), w.Org.ID, reconcile.PayoutFilter{})
	if err != nil || len(payouts) != 1 || !payouts[0].Matched() || payouts[0].Rows != 450 {
		t.Fatalf("the payout: %+v, %v", payouts, err)
	}
	if rows, journals := w.count(`SELECT count(*) FROM stripe_row`), w.count(`SELECT count(*) FROM journal WHERE source_key LIKE 'bt:%'`); rows != 451 || journals != 451 {
		t.Errorf("%d journals for %d rows, want 451", journals, rows)
	}
	w.agrees()
}

// overview finds a join.
func (w *town) join(id reconcile.JoinID) reconcile.Join {
	w.t.Helper()
	o, err := w.Finance.Overview(w.t.Context(), w.Org.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, j := range o.Joins {
		if j.ID == id {
			return j
		}
	}
	w.t.Fatalf("no join %s in %+v", id, o)
	return reconcile.Join{}
}

func (w *town) items(f reconcile.ItemFilter) []reconcile.OpenItem {
	w.t.Helper()
	items, _, err := w.Finance.Items(w.t.Context(), w.Org.ID, f)
	if err != nil {
		w.t.Fatal(err)
	}
	return items
}

func TestScenario55_BankLineAndPayoutWithoutEachOtherAreListed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.sell(1, stripesim.CardUK)
	w.post(ledger.BankLine(ledger.Source{Org: w.Org.ID, Key: "bank:1", On: ledger.Day(w.Clock.Now(), time.UTC), Actor: "system"}, barclays, "bl_1", "", money.New(5000, money.GBP)))
	var line, payout reconcile.OpenItem
	missing := -1 // the age at which the payout is first called missing
	for range 10 {
		w.pass(1)
		for _, i := range w.items(reconcile.ItemFilter{Join: reconcile.JoinBank}) {
			switch i.Account {
			case ledger.BankSuspense:
				line = i
			case ledger.PayoutTransit:
				payout = i
			}
		}
		switch {
		case payout.Cause == reconcile.CausePayoutMissing && missing < 0:
			missing = payout.Days
		case payout.Cause == reconcile.CausePayoutUnderway && (missing >= 0 || payout.Action != reconcile.ActWait):
			t.Errorf("under way again, or something is to be done: %+v", payout)
		}
	}
	if missing != 5 {
		t.Errorf("the payout is called missing after %d days, want 5 from the day it was due", missing)
	}
	if line.Ref != "bl_1" || line.Cause != reconcile.CauseBankUnexplained || line.Action != reconcile.ActMatch || line.Band != reconcile.Exception {
		t.Errorf("the bank's line: %+v", line)
	}
	if payout.Payout == "" || payout.Cause != reconcile.CausePayoutMissing || payout.Action != reconcile.ActImport {
		t.Errorf("the payout: %+v", payout)
	}
}

func TestScenario59_UnknownCategoryWaitsInSuspenseAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	before := w.sell(1, stripesim.CardUK)
	odd, err := w.Stripe.UnknownBalanceRow("", -1234)
	if err != nil {
		t.Fatal(err)
	}
	after := w.sell(1, stripesim.CardUK)
	w.ingest()
	w.agrees()
	for _, ch := range []string{before.Charge, after.Charge} {
		if n := w.balance(ledger.StripePending, ch); n != 0 {
			t.Errorf("%d of a charge is pending", n)
		}
	}
	items := w.items(reconcile.ItemFilter{Account: ledger.StripeSuspense})
	if len(items) != 1 || items[0].Ref != odd || items[0].Band != reconcile.Exception || items[0].Cause != reconcile.CauseUnknownRow || items[0].Amount.Minor != 1234 {
		t.Fatalf("in suspense: %+v", items)
	}
	if j := w.join(reconcile.JoinStripe); j.Exception.Count != 1 || j.Matched.Count != 2 {
		t.Errorf("join B: %+v", j)
	}
}

func TestScenario61_LateRowGoesToTheNextMonthWithItsDay(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	ada := w.finance("ada")
	if _, err := w.Finance.CloseMonth(t.Context(), ada, w.Org.ID, november); err != nil {
		t.Fatal(err)
	}
	late := stripegw.BalanceRow{
		ID: "txn_late", Type: "stripe_fee", Category: "fee", Currency: money.GBP, Gross: -500, Net: -500, Description: "Fee",
		Created: november.AddDate(0, 0, 19), AvailableOn: november.AddDate(0, 0, 19),
	}
	if fresh, err := w.Finance.Take(t.Context(), w.Org.ID, "", []stripegw.BalanceRow{late}); err != nil || fresh != 1 {
		t.Fatalf("%d taken, %v", fresh, err)
	}
	journals, err := w.Books.JournalsBySource(t.Context(), w.DB.Pool(), w.Org.ID, "bt:txn_late")
	if err != nil || len(journals) != 1 {
		t.Fatalf("%v, %v", journals, err)
	}
	if j := journals[0]; !j.On.Equal(november.AddDate(0, 1, 0)) || !strings.Contains(j.Memo, "2026-11-20") {
		t.Errorf("the late row is booked on %s: %q", j.On, j.Memo)
	}
	m, err := w.Finance.Month(t.Context(), w.Org.ID, november)
	if err != nil || !m.Closed || !m.Intact {
		t.Errorf("November: %+v, %v", m, err)
	}
	proofs, err := w.Finance.Proofs(t.Context(), w.Org.ID, november)
	if err != nil {
		t.Fatal(err)
	}
	if said := reds(proofs); strings.Contains(said, "not what the rows come to") {
		t.Errorf("the late row counts in the closed month:%s", said)
	}
}

// waiting returns once somebody waits for a lock.
func (w *town) waiting() {
	w.t.Helper()
	for w.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
		if w.t.Context().Err() != nil {
			w.t.Fatal("nobody waits")
		}
	}
}

func TestScenario62_CloseWaitsForAPostingUnderWay(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	ada := w.finance("ada")
	posted, closed := make(chan struct{}), make(chan error, 1)
	err := w.DB.InTx(t.Context(), func(tx *pg.Tx) error {
		j := w.entry("under way", 20, ledger.Fees, ledger.WriteOff, "a", "b")
		if _, err := w.Books.PostTx(t.Context(), tx, j); err != nil {
			return err
		}
		close(posted)
		go func() {
			_, err := w.Finance.CloseMonth(context.WithoutCancel(t.Context()), ada, w.Org.ID, november)
			closed <- err
		}()
		w.waiting()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	m, err := w.Finance.Month(t.Context(), w.Org.ID, november)
	if err != nil || !m.Intact {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, s := range m.Sums {
		if s.Account == ledger.WriteOff && s.Debits == 77 {
			return
		}
	}
	t.Errorf("the posting that was under way is not in the closed month: %+v", m.Sums)
}

func TestScenario68_SaleInEurosSettledInPounds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.Event(testworld.Titled("Partnering in Europe"))
	w.Price(e, 15000, money.EUR)
	o := w.Paid(w.Placed(e, 1), stripesim.CardEEA)
	charge := w.Stripe.Charges("")[0].ID
	w.Clock.Advance(24 * time.Hour) // another day, another rate
	if _, err := w.Stripe.DashboardRefund(charge, 5000); err != nil {
		t.Fatal(err)
	}
	w.ingest()
	w.agrees()
	sums := func(a ledger.Account, ref string) map[money.Currency]int64 {
		m, err := w.Books.Balance(t.Context(), w.DB.Pool(), w.Org.ID, a, ref)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, a := range []ledger.Account{ledger.StripePending, ledger.RefundPending} {
		for c, n := range sums(a, "") {
			if n != 0 {
				t.Errorf("%s has %d %s left", a, n, c)
			}
		}
	}
	fx := sums(ledger.FX, charge)
	if fx[money.EUR] != 10000 || fx[money.GBP] >= 0 {
		t.Errorf("the currencies' difference is %v, want 100 euros against pounds", fx)
	}
	for c, n := range sums(ledger.Receivable, o.ID.String()) {
		if c != money.EUR || n != 5000 { // a refund at Stripe's pages leaves it to staff what the order costs
			t.Errorf("the order owes %d %s", n, c)
		}
	}
}

func TestMonth_ReopensByTwoPeopleAndOnlyTheLatest(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	ctx, ada, ben := t.Context(), w.finance("ada"), w.finance("ben")
	if _, err := w.Finance.CloseMonth(ctx, ada, w.Org.ID, november.AddDate(0, 1, 0)); !fault.Is(err, fault.WrongState) {
		t.Fatalf("a month that is not over was closed: %v", err)
	}
	if _, err := w.Finance.CloseMonth(ctx, ada, w.Org.ID, november); err != nil {
		t.Fatal(err)
	}
	text, signature, err := w.Finance.Snapshot(ctx, w.Org.ID, november)
	if err != nil || len(signature) != 64 || !strings.Contains(string(text), `"month":"2026-11"`) {
		t.Fatalf("the snapshot: %s, %s, %v", text, signature, err)
	}
	if opened, err := w.Finance.ReopenMonth(ctx, ada, w.Org.ID, november); opened || err != nil {
		t.Fatalf("one person: opened %t, %v", opened, err)
	}
	if _, err := w.Finance.ReopenMonth(ctx, ada, w.Org.ID, november); !fault.Is(err, fault.WrongState) {
		t.Fatalf("the same person twice: %v", err)
	}
	if opened, err := w.Finance.ReopenMonth(ctx, ben, w.Org.ID, november); !opened || err != nil {
		t.Fatalf("another person: opened %t, %v", opened, err)
	}
	m, err := w.Finance.CloseMonth(ctx, ben, w.Org.ID, november)
	if err != nil || !m.Intact || m.ClosedBy != ben.ID() {
		t.Fatalf("closed again: %+v, %v", m, err)
	}
}

func TestMonth_ShowsThatItsPostingsWereTamperedWith(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	if _, err := w.Finance.CloseMonth(t.Context(), w.finance("ada"), w.Org.ID, november); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`ALTER TABLE posting DISABLE TRIGGER USER`,
		`UPDATE posting SET ref = ref || '!' WHERE account = 'fees'`,
		`ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_l3`,
	} {
		if _, err := w.DB.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := w.Finance.Month(t.Context(), w.Org.ID, november); err != nil || m.Intact {
		t.Errorf("after a change by force: intact %t, %v", m.Intact, err)
	}
}

func TestMonth_IsNotClosedAgainstAProof(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	w.post(w.entry("odd", 2, ledger.BankSuspense, ledger.WriteOff, "bl_odd", "x"))
	ada := w.finance("ada")
	_, err := w.Finance.CloseMonth(t.Context(), ada, w.Org.ID, november)
	if !fault.Is(err, fault.WrongState) || !strings.Contains(err.Error(), "P5 (1)") {
		t.Fatalf("closed with an old item: %v", err)
	}
	item := reconcile.Item{Account: ledger.BankSuspense, Ref: "bl_odd", Currency: money.GBP}
	if err := w.Finance.Explain(t.Context(), ada, w.Org.ID, item, "The treasurer knows."); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finance.CloseMonth(t.Context(), ada, w.Org.ID, november); err != nil {
		t.Fatalf("closed with an item that is explained: %v", err)
	}
}

func TestTrail_LeadsFromTheOrderToTheBankAndBack(t *testing.T) {
	t.Parallel()
	w := setup(t)
	b := &bank{w: w, seen: map[string]bool{}}
	o := w.Paid(w.Placed(w.event, 1), stripesim.CardUK)
	charge := w.Stripe.Charges("")[0].ID
	for range 5 {
		w.pass(1)
		b.day()
	}
	trail, err := w.Finance.Trail(t.Context(), w.Org.ID, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range trail.Steps {
		kinds = append(kinds, string(s.What))
	}
	if got := strings.Join(kinds, " "); got != "sale capture charge payout bank" {
		t.Errorf("the order's money went %s", got)
	}
	if len(trail.Payouts) != 1 || trail.Payouts[0].Banked != trail.Payouts[0].Amount || trail.Payouts[0].BankedOn.IsZero() {
		t.Errorf("paid out with %+v", trail.Payouts)
	}
	_, rows, err := w.Finance.Payout(t.Context(), w.Org.ID, trail.Payouts[0].ID)
	if err != nil || len(rows) != 1 || rows[0].Order != o.ID || rows[0].OrderCode == "" || rows[0].Charge != charge {
		t.Errorf("the payout's rows: %+v, %v", rows, err)
	}
	d, err := w.Finance.Detail(t.Context(), w.Org.ID, ledger.StripePending, charge)
	if err != nil || len(d.Journals) != 2 || len(d.Rows) != 1 || len(d.Orders) != 1 || d.Orders[0] != o.ID || len(d.Items) != 0 {
		t.Errorf("behind the charge: %+v, %v", d, err)
	}
}

func TestScenario48_ALostDisputeIsBookedAsALossAndLeavesTheVAT(t *testing.T) {
	t.Parallel()
	w := setup(t)
	sold := w.sell(1, stripesim.CardUK)
	w.ingest()
	vat := w.balance(ledger.VATOutput, "")
	id, err := w.Stripe.OpenDispute(sold.Charge, 0, "fraudulent")
	if err != nil {
		t.Fatal(err)
	}
	w.ingest()
	if held := w.balance(ledger.DisputeHeld, id); held != 12000 {
		t.Errorf("while it is open %d is held, want 12000", held)
	}

	if err := w.Stripe.LoseDispute(id); err != nil {
		t.Fatal(err)
	}
	w.ingest()

	if held, lost := w.balance(ledger.DisputeHeld, id), w.balance(ledger.DisputeLoss, ""); held != 0 || lost != 12000 {
		t.Errorf("afterwards %d is held and %d is lost, want 0 and 12000", held, lost)
	}
	if now := w.balance(ledger.VATOutput, ""); now != vat || vat >= 0 {
		t.Errorf("the VAT was %d and is %d", vat, now)
	}
	w.agrees()
}
