package bank_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/bank"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
)

// bankProof is what the month's proof of the bank's balance says.
func (w *town) bankProof() reconcile.Proof {
	w.t.Helper()
	proofs, err := w.Finance.Proofs(w.t.Context(), w.Org.ID, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range proofs {
		if p.ID == reconcile.P9 {
			return p
		}
	}
	w.t.Fatal("there is no such proof")
	return reconcile.Proof{}
}

func TestImport_TheMonthsProofComparesTheBooksWithTheStatement(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(100000, 2, entry{2, 5000, "A", ""}))
	w.imported(mt940(105000, 3, entry{3, -1250, "B", ""}))
	if p := w.bankProof(); !p.Green || p.Checked == 0 {
		t.Fatalf("%+v", p)
	}
	err := w.DB.InTx(t.Context(), func(tx *pg.Tx) error {
		_, err := w.Books.PostTx(t.Context(), tx, ledger.BankLine(ledger.Source{Org: w.Org.ID, Key: "odd", On: nov(3), Actor: "system"},
			w.account.ID.String(), "bln_odd", "", money.New(1, money.GBP)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.bankProof(); p.Green || len(p.Contradictions) != 1 || p.Contradictions[0].Ref != w.account.ID.String() {
		t.Errorf("a penny too much: %+v", p)
	}
}

func TestImport_ALineOfAClosedMonthIsBookedInTheNext(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 2, entry{2, 5000, "A", ""}))
	if err := w.Books.Close(t.Context(), w.Owner, w.Org.ID, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	w.imported(mt940(5000, 3, entry{3, 700, "LATE", ""}))

	l := w.lines(bank.LineFilter{Query: "LATE"})[0]
	posted, err := w.Books.JournalsBySource(t.Context(), w.DB.Pool(), w.Org.ID, "bank:"+l.ID.String())
	if err != nil || len(posted) != 1 || posted[0].On.Month() != time.December || !l.On.Equal(nov(3)) {
		t.Fatalf("%+v, %v", posted, err)
	}
	closings, err := w.Bank.Closings(t.Context(), w.DB.Pool(), w.Org.ID, nov(30))
	if err != nil || closings[0].Stated != closings[0].Booked {
		t.Errorf("%+v, %v", closings, err)
	}
}

func TestImport_AnAccountWithoutBalancesIsProvedByItsLinesAndItsDays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	csv := func(rows string) {
		t.Helper()
		_, err := w.Bank.Import(t.Context(), w.Owner, replay.Key{}, bank.ImportInput{
			Org: w.Org.ID, Account: w.account.ID, Content: []byte("Date,Amount,Description\n" + rows),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	csv("2026-11-02,7.00,A\n2026-11-05,-1.00,B\n")
	p := w.bankProof()
	if !p.Green || p.Checked != 1 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "say no balance") || !strings.Contains(p.Notes[0], "2 that come to £6.00") {
		t.Fatalf("%+v", p)
	}
	csv("2026-11-09,3.00,C\n")
	if p := w.bankProof(); p.Green || !strings.Contains(p.Contradictions[0].Says, "No statement covers 6 November 2026 to 8 November 2026") {
		t.Errorf("with days between the statements: %+v", p)
	}
	csv("2026-11-05,-1.00,B\n2026-11-09,3.00,C\n")
	if p := w.bankProof(); !p.Green {
		t.Errorf("with a file over these days: %+v", p)
	}
	err := w.DB.InTx(t.Context(), func(tx *pg.Tx) error {
		_, err := w.Books.PostTx(t.Context(), tx, ledger.BankLine(ledger.Source{Org: w.Org.ID, Key: "odd", On: nov(3), Actor: "system"},
			w.account.ID.String(), "bln_odd", "", money.New(1, money.GBP)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.bankProof(); p.Green || p.Contradictions[0].Want != gbp(900) || p.Contradictions[0].Got != gbp(901) {
		t.Errorf("a penny too much: %+v", p)
	}
}

func TestClosings_AStatementThatGoesOnAfterTheDayCountsUpToIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(100000, 2, entry{2, 5000, "A", ""}, entry{11, 300, "B", ""}, entry{20, 40, "C", ""}))
	for _, c := range []struct {
		day    int
		stated int64
	}{{10, 105000}, {11, 105300}, {30, 105340}} {
		got, err := w.Bank.Closings(t.Context(), w.DB.Pool(), w.Org.ID, nov(c.day))
		if err != nil || len(got) != 1 || got[0].Stated != gbp(c.stated) || got[0].Booked != got[0].Stated || !got[0].On.Equal(nov(min(c.day, 20))) {
			t.Errorf("on day %d: %+v, %v", c.day, got, err)
		}
	}
	if got, err := w.Bank.Closings(t.Context(), w.DB.Pool(), w.Org.ID, nov(1)); err != nil || len(got) != 0 {
		t.Errorf("before the first statement: %+v, %v", got, err)
	}
}

func TestImport_ALateLineCountsOnItsOwnDayInTheNextMonthsProof(t *testing.T) {
	t.Parallel()
	w := setup(t)
	month := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	w.imported(mt940(0, 2, entry{2, 5000, "A", ""}))
	if err := w.Books.Close(t.Context(), w.Owner, w.Org.ID, month(time.November)); err != nil {
		t.Fatal(err)
	}
	w.imported(mt940(5000, 3, entry{30, 700, "LATE", ""})) // booked on the first of December
	proofs, err := w.Finance.Proofs(t.Context(), w.Org.ID, month(time.December))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range proofs {
		if p.ID == reconcile.P9 && !p.Green {
			t.Errorf("December, before its statement has come: %+v", p)
		}
	}
}
