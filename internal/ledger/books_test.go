package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// TestScenario64_OfTwoCreditNotesAtOnceOneIsRefused has many take back the whole
// invoice at the same time.
func TestScenario64_OfTwoCreditNotesAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inv := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 12000)))
	var all sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: fmt.Sprint("cn:", i), Amount: 12000})
		})
	}
	all.Wait()
	given := 0
	for _, err := range errs {
		if err == nil {
			given++
		} else if !fault.Is(err, fault.WrongState) {
			t.Errorf("refused with %v, want WRONG_STATE", err)
		}
	}
	if given != 1 {
		t.Errorf("%d credit notes over the whole invoice", given)
	}
}

// TestBooks_AgreeWithDocumentsWhateverHappens sells, credits and closes months at
// random, and compares the books with what the documents say.
func TestBooks_AgreeWithDocumentsWhateverHappens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		org := b.organisation(fmt.Sprint("walk-", run))
		w := &walk{books: &books{TB: b.TB, Service: b.Service, db: b.db, ada: b.ada, ben: b.ben, org: org}, event: uid.New[uid.Event]()}
		for range rapid.IntRange(2, 12).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"sell", "sell", "credit", "close"}).Draw(r, "step") {
			case "sell":
				w.sell(r)
			case "credit":
				w.credit(r)
			case "close":
				w.close(r)
			}
		}
		w.agree(r)
	})
}

// walk is a random walk through one organisation's books.
type walk struct {
	*books
	event    uid.Event
	invoices []ledger.Document
	months   int
	keys     int
}

func (w *walk) key(kind string) string {
	w.keys++
	return fmt.Sprint(kind, ":", w.keys)
}

func (w *walk) sell(r *rapid.T) {
	var lines []ledger.DocumentLine
	for range rapid.IntRange(1, 3).Draw(r, "lines") {
		rate := rapid.SampledFrom([]money.Rate{0, 500, 2000}).Draw(r, "rate")
		gross := rapid.Int64Range(1, 50_000).Draw(r, "gross")
		vat := rate.Included(gross)
		lines = append(lines, ledger.DocumentLine{
			Description: "Ticket", Quantity: 1, UnitNet: gross - vat, Net: gross - vat, VAT: vat, Gross: gross, Rate: rate, Category: fmt.Sprint("GB-", rate),
		})
	}
	d := w.invoice(w.key("inv"), lines...)
	d.IssuedOn = march(rapid.IntRange(1, 31).Draw(r, "day"))
	d.TaxPoint = d.IssuedOn
	var issued ledger.Document
	err := w.db.InTx(w.Context(), func(tx *pg.Tx) error {
		var err error
		if issued, err = w.IssueTx(w.Context(), tx, d); err != nil {
			return err
		}
		_, err = w.PostTx(w.Context(), tx, ledger.Sold(ledger.SaleOf(issued, w.event)))
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	w.invoices = append(w.invoices, issued)
}

func (w *walk) credit(r *rapid.T) {
	if len(w.invoices) == 0 {
		return
	}
	inv := rapid.SampledFrom(w.invoices).Draw(r, "invoice")
	in := ledger.CreditInput{
		Org: w.org, Invoice: inv.ID, Amount: rapid.Int64Range(0, inv.Gross).Draw(r, "amount"),
		Reason: "Cancelled", On: march(rapid.IntRange(1, 31).Draw(r, "day")), Actor: "system", SourceKey: w.key("cn"),
	}
	err := w.db.InTx(w.Context(), func(tx *pg.Tx) error {
		note, err := w.CreditTx(w.Context(), tx, in)
		if err != nil {
			return err
		}
		_, err = w.PostTx(w.Context(), tx, ledger.Credited(ledger.SaleOf(note, w.event)))
		return err
	})
	if err != nil && !fault.Is(err, fault.WrongState) {
		r.Fatal(err)
	}
}

func (w *walk) close(r *rapid.T) {
	err := w.Close(w.Context(), w.ada, w.org, march(1).AddDate(0, w.months, 0))
	if err == nil {
		w.months++
	} else if !fault.Is(err, fault.NoSuchThing) {
		r.Fatal(err)
	}
}

// agree checks that the books add up to nothing, that VAT is that of the
// documents month by month, that buyers owe invoices less credit notes, and that
// closed months are as they were.
func (w *walk) agree(r *rapid.T) {
	documents, err := w.List(w.Context(), w.db.Pool(), w.org, ledger.DocumentFilter{})
	if err != nil {
		r.Fatal(err)
	}
	periods, err := w.Periods(w.Context(), w.db.Pool(), w.org)
	if err != nil {
		r.Fatal(err)
	}
	for _, p := range periods {
		want := map[string]int64{}
		for _, d := range documents {
			if !ledger.Month(d.BookedOn).Equal(p.Month) {
				continue
			}
			sign := int64(-1)
			if d.Kind == ledger.CreditNote {
				sign = 1
			}
			for _, t := range d.VATTotals() {
				want[ledger.VATRef(t.Rate, t.Category)] += sign * t.VAT
			}
		}
		got, total := map[string]int64{}, int64(0)
		sums, err := w.Sums(w.Context(), w.db.Pool(), w.org, ledger.SumFilter{From: p.Month, Until: p.Month.AddDate(0, 1, 0)})
		for _, s := range sums {
			total += s.Amount.Minor
			if s.Account == ledger.VATOutput {
				got[s.Ref] = s.Amount.Minor
			}
		}
		for ref, sum := range want { // lines without VAT have no posting
			if sum == 0 && got[ref] == 0 {
				delete(want, ref)
				delete(got, ref)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || total != 0 {
			r.Fatalf("%s: VAT %s, sum %d, %v", p.Month, diff, total, err)
		}
		err = w.db.InTx(w.Context(), func(tx *pg.Tx) error {
			hash, err := w.SnapshotTx(w.Context(), tx, w.org, p.Month)
			if err == nil && p.Closed && hash != p.Snapshot {
				err = errors.New("a closed month changed")
			}
			return err
		})
		if err != nil {
			r.Fatal(err)
		}
	}
	owed := int64(0)
	for _, d := range documents {
		if d.Kind == ledger.CreditNote {
			owed -= d.Gross
		} else {
			owed += d.Gross
		}
	}
	if got := w.balance(ledger.Receivable, ""); got != owed {
		r.Fatalf("buyers owe %d, the documents say %d", got, owed)
	}
}
