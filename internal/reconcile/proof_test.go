package reconcile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/stripesim"
)

var november = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// autumn is a world in December whose November can be closed.
func autumn(t *testing.T) (*town, *bank) {
	t.Helper()
	w, b := unchecked(t)
	if err := w.Finance.Recount(t.Context(), w.Org.ID, november); err != nil {
		t.Fatal(err)
	}
	return w, b
}

// unchecked is autumn before Stripe was asked for November's rows once more.
func unchecked(t *testing.T) (*town, *bank) {
	t.Helper()
	w := setup(t)
	b := &bank{w: w, seen: map[string]bool{}}
	w.Finance.SetStatements(b.statements)
	w.sell(2, stripesim.CardUK)
	w.sell(1, stripesim.CardVisa)
	for range 14 {
		w.Clock.Advance(24 * time.Hour)
		w.ingest()
		b.day()
	}
	return w, b
}

func TestCheckMonth_TurnsTheProofsThatNeedAFreshListingGreenWithoutClosing(t *testing.T) {
	t.Parallel()
	w, _ := unchecked(t)
	ctx := t.Context()
	before, err := w.Finance.Month(ctx, w.Org.ID, november)
	if err != nil || !before.CheckedAt.IsZero() {
		t.Fatalf("checked at %s, %v", before.CheckedAt, err)
	}
	proofs, err := w.Finance.Proofs(ctx, w.Org.ID, november)
	if err != nil || !strings.Contains(reds(proofs), "P7") {
		t.Fatalf("nothing asks for a fresh listing:%s %v", reds(proofs), err)
	}
	m, proofs, err := w.Finance.CheckMonth(ctx, w.Org.ID, november)
	if err != nil || reds(proofs) != "" || m.Closed || !m.CheckedAt.Equal(w.Clock.Now().Truncate(time.Microsecond)) {
		t.Fatalf("checked at %s, closed %t, %v:%s", m.CheckedAt, m.Closed, err, reds(proofs))
	}
	if _, err := w.Finance.CloseMonth(ctx, w.finance("ada"), w.Org.ID, november); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Finance.CheckMonth(ctx, w.Org.ID, november); !fault.Is(err, fault.WrongState) {
		t.Errorf("a closed month: %v", err)
	}
	if _, _, err := w.Finance.CheckMonth(ctx, w.Org.ID, november.AddDate(-1, 0, 0)); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("a month that is not in the books: %v", err)
	}
}

var errUndo = errors.New("undo")

// proved runs the proofs after something was done to the books, which is undone
// afterwards.
func (w *town) proved(attack func(tx *pg.Tx) error) map[reconcile.ProofID]reconcile.Proof {
	w.t.Helper()
	all := map[reconcile.ProofID]reconcile.Proof{}
	err := w.DB.InTx(w.t.Context(), func(tx *pg.Tx) error {
		if err := attack(tx); err != nil {
			return err
		}
		proofs, err := w.Finance.ProofsTx(w.t.Context(), tx, w.Org.ID, november)
		if err != nil {
			return err
		}
		for _, p := range proofs {
			all[p.ID] = p
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		w.t.Fatal(err)
	}
	return all
}

func (w *town) entry(key string, day int, from, to ledger.Account, fromRef, toRef string) ledger.Journal {
	return ledger.Journal{
		Org: w.Org.ID, SourceKey: key, Kind: ledger.KindManual, On: november.AddDate(0, 0, day-1), Actor: "system",
		Postings: []ledger.Posting{{Account: from, Ref: fromRef, Amount: money.New(-77, money.GBP)}, {Account: to, Ref: toRef, Amount: money.New(77, money.GBP)}},
	}
}

// TestProofs_EachGoesRedWhenAttacked makes each claim false in one way, most of
// them by force, and looks that its proof, and its row, say so.
func TestProofs_EachGoesRedWhenAttacked(t *testing.T) {
	t.Parallel()
	w, _ := autumn(t)
	ctx := t.Context()
	for id, p := range w.proved(func(*pg.Tx) error { return nil }) {
		if !p.Green || p.Checked == 0 && id != reconcile.P5 { // nothing is open
			t.Fatalf("before any attack %s is green %t of %d things:%s", id, p.Green, p.Checked, reds([]reconcile.Proof{p}))
		}
	}
	post := func(j ledger.Journal) func(*pg.Tx) error {
		return func(tx *pg.Tx) error { _, err := w.Books.PostTx(ctx, tx, j); return err }
	}
	force := func(table, sql string) func(*pg.Tx) error {
		return func(tx *pg.Tx) error {
			if _, err := tx.Exec(ctx, "ALTER TABLE "+table+" DISABLE TRIGGER USER"); err != nil {
				return err
			}
			tag, err := tx.Exec(ctx, sql)
			if err == nil && tag.RowsAffected() == 0 {
				return errors.New("the attack hit nothing: " + sql)
			}
			return err
		}
	}
	first := w.Stripe.BalanceRows("")[0].ID
	for _, attack := range []struct {
		name string
		red  reconcile.ProofID
		ref  string
		do   func(*pg.Tx) error
	}{
		{"a posting is a penny more", reconcile.P1, "bt:" + first, force("posting", `UPDATE posting SET amount = amount + 1 WHERE account = 'fees' AND journal_id = (SELECT id FROM journal WHERE source_key = 'bt:`+first+`')`)},
		{"an entry moves the Stripe balance by hand", reconcile.P2, "hand", post(w.entry("hand", 20, ledger.StripeBalance, ledger.WriteOff, "stripe", "x"))},
		{"a row says another amount than was booked", reconcile.P2, first, force("stripe_row", `UPDATE stripe_row SET gross = gross + 1, net = net + 1 WHERE id = '`+first+`'`)},
		{"Stripe says another balance", reconcile.P2, " GBP", force("stripe_balance_seen", `UPDATE stripe_balance_seen SET stripe = stripe + 1`)},
		{"nobody asked Stripe since", reconcile.P2, " GBP", force("stripe_balance_seen", `DELETE FROM stripe_balance_seen WHERE at >= '2026-12-01'`)},
		{"a payout is a penny more", reconcile.P3, "po_", force("stripe_payout", `UPDATE stripe_payout SET amount = amount + 1`)},
		{"a payout's row is missing", reconcile.P3, "po_", force("stripe_row", `UPDATE stripe_row SET payout_id = NULL WHERE id = '`+first+`'`)},
		{"VAT is booked without a document", reconcile.P4, "2000:standard", post(w.entry("vat", 20, ledger.VATOutput, ledger.WriteOff, "2000:standard", "x"))},
		{"an old item is open", reconcile.P5, "bank_suspense bl_odd", post(w.entry("odd", 2, ledger.BankSuspense, ledger.WriteOff, "bl_odd", "x"))},
		{"a number was skipped", reconcile.P6, "SIM-2026-3", force("document_series", `UPDATE document_series SET last = last + 1`)},
		{"a document is gone", reconcile.P6, "SIM-2026-1", force("document", `UPDATE document SET sequence = 99 WHERE sequence = 1`)},
		{"Stripe lists a row that is not here", reconcile.P7, "txn_new", force("stripe_recount_row", `INSERT INTO stripe_recount_row SELECT org_id, month, account, livemode, 'txn_new', currency, net FROM stripe_recount_row LIMIT 1`)},
		{"Stripe does not list a row that is here", reconcile.P7, first, force("stripe_recount_row", `DELETE FROM stripe_recount_row WHERE id = '`+first+`'`)},
		{"the rows were counted before the month ended", reconcile.P7, "", force("stripe_recount", `UPDATE stripe_recount SET counted_at = '2026-11-29'`)},
		{"income of an event that is over is deferred", reconcile.P8, w.event.ID.String(), post(w.entry("late", 27, ledger.DeferredIncome, ledger.WriteOff, w.event.ID.String(), "x"))},
		{"the bank has something else", reconcile.P9, barclays, post(w.entry("cash", 20, ledger.Bank, ledger.WriteOff, barclays, "x"))},
		{"a bank account has no statement", reconcile.P9, "another", post(w.entry("cash", 20, ledger.Bank, ledger.WriteOff, "another", "x"))},
	} {
		p := w.proved(attack.do)[attack.red]
		if p.Green || len(p.Contradictions) == 0 {
			t.Errorf("%s, and %s is green", attack.name, attack.red)
			continue
		}
		named := false
		for _, c := range p.Contradictions {
			named = named || strings.Contains(c.Ref, attack.ref) && c.Says != ""
		}
		if !named {
			t.Errorf("%s: %s does not name %q:%s", attack.name, attack.red, attack.ref, reds([]reconcile.Proof{p}))
		}
	}
}
