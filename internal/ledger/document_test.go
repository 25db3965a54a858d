package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// line is one invoice line at 20 %.
func line(description string, quantity int, gross int64) ledger.DocumentLine {
	vat := money.Rate(2000).Included(gross)
	return ledger.DocumentLine{
		Description: description, Quantity: quantity, UnitNet: (gross - vat) / int64(quantity),
		Net: gross - vat, VAT: vat, Gross: gross, Rate: 2000, Category: "GB-standard",
	}
}

func (b *books) invoice(source string, lines ...ledger.DocumentLine) ledger.Document {
	return ledger.Document{
		Org: b.org, SourceKey: source, Kind: ledger.Invoice, IssuedOn: march(10), TaxPoint: march(9),
		Order: uid.New[uid.Order](), Currency: money.GBP,
		Supplier: ledger.Party{Name: "Northern Life Sciences Ltd", Address: []string{"1 Oxford Road", "Manchester M1 5QA"}, VATNumber: "GB123456789"},
		Customer: ledger.Party{Name: "Łukasz Żółć", Organisation: "Acme plc"},
		Lines:    lines, Actor: "system",
	}
}

func (b *books) issue(d ledger.Document) (ledger.Document, error) {
	b.Helper()
	var issued ledger.Document
	err := b.db.InTx(b.Context(), func(tx *pg.Tx) error {
		var err error
		issued, err = b.IssueTx(b.Context(), tx, d)
		return err
	})
	return issued, err
}

func (b *books) mustIssue(d ledger.Document) ledger.Document {
	b.Helper()
	issued, err := b.issue(d)
	if err != nil {
		b.Fatal(err)
	}
	return issued
}

func (b *books) credit(in ledger.CreditInput) (ledger.Document, error) {
	b.Helper()
	in.Org, in.Reason, in.On, in.Actor = b.org, "Cancelled", march(20), "system"
	var note ledger.Document
	err := b.db.InTx(b.Context(), func(tx *pg.Tx) error {
		var err error
		note, err = b.CreditTx(b.Context(), tx, in)
		return err
	})
	return note, err
}

func TestIssueTx_NumbersAndKeepsTheDocumentOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.invoice("inv:1", line("Delegate", 2, 24000), line("Dinner", 1, 5000))
	in.DueOn, in.PurchaseOrder = march(30), "PO 7"
	in.Customer.Address = []string{"2 High Street"}

	issued := b.mustIssue(in)

	want := in
	want.ID, want.Number, want.Series, want.BookedOn = issued.ID, "INV-2026-00001", "INV-2026", march(9)
	want.Net, want.VAT, want.Gross = 24167, 4833, 29000
	want.Lines = append([]ledger.DocumentLine(nil), in.Lines...)
	want.Lines[0].Line, want.Lines[1].Line = 1, 2
	if diff := cmp.Diff(want, issued); diff != "" {
		t.Errorf("issued: %s", diff)
	}
	if diff := cmp.Diff(issued, b.mustIssue(in)); diff != "" {
		t.Errorf("the same source again: %s", diff)
	}
	simple := b.invoice("inv:2", line("Talk", 1, 1200))
	simple.Kind = ledger.Simplified
	next := b.invoice("inv:3", line("Talk", 1, 1200))
	next.IssuedOn = next.IssuedOn.AddDate(1, 0, 0)
	if n := b.mustIssue(simple).Number; n != "SIM-2026-00001" {
		t.Errorf("another kind is %s", n)
	}
	if n := b.mustIssue(next).Number; n != "INV-2027-00001" {
		t.Errorf("another year is %s", n)
	}
	mine, err := b.Documents(t.Context(), b.db.Pool(), b.org, in.Order)
	if err != nil || len(mine) != 1 || mine[0].Number != issued.Number {
		t.Errorf("the order's documents: %+v, %v", mine, err)
	}
}

func TestScenario63_ARolledBackInvoiceLeavesNoGap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	gone := fault.NotFound("order")
	err := b.db.InTx(t.Context(), func(tx *pg.Tx) error {
		if _, err := b.IssueTx(t.Context(), tx, b.invoice("inv:2", line("Delegate", 1, 1200))); err != nil {
			return err
		}
		return gone
	})
	if err != gone {
		t.Fatal(err)
	}

	if n := b.mustIssue(b.invoice("inv:3", line("Delegate", 1, 1200))).Number; n != "INV-2026-00002" {
		t.Errorf("the next number is %s", n)
	}
}

func TestScenario64_ACreditNoteBeyondItsInvoiceIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inv := b.mustIssue(b.invoice("inv:1", line("Delegate", 2, 24000), line("Dinner", 1, 5000)))
	if _, err := b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: "cn:1", Lines: []ledger.CreditLine{{Line: 2, Gross: 3000}}}); err != nil {
		t.Fatal(err)
	}

	for name, in := range map[string]ledger.CreditInput{
		"more than is left of the line": {Lines: []ledger.CreditLine{{Line: 2, Gross: 2001}}},
		"more than the invoice":         {Amount: 26001},
		"the line twice in one note":    {Lines: []ledger.CreditLine{{Line: 1, Gross: 20000}, {Line: 1, Gross: 20000}}},
	} {
		in.Invoice, in.SourceKey = inv.ID, "cn:"+name
		if _, err := b.credit(in); !fault.Is(err, fault.WrongState) {
			t.Errorf("%s: %v, want WRONG_STATE", name, err)
		}
	}
	note := b.invoice("cn:figures", line("Dinner", 1, 2400))
	note.Kind, note.Corrects, note.Order, note.Lines[0].Corrects = ledger.CreditNote, inv.ID, inv.Order, 2
	if _, err := b.issue(note); !fault.Is(err, fault.WrongState) {
		t.Errorf("by its figures: %v, want WRONG_STATE", err)
	}

	rest, err := b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: "cn:rest"})
	if err != nil || rest.Gross != 26000 || rest.Number != "CN-2026-00002" || rest.CorrectsNumber != inv.Number || !rest.CorrectsIssuedOn.Equal(march(10)) {
		t.Errorf("the rest: %+v, %v", rest, err)
	}
	again, err := b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: "cn:rest"})
	if err != nil || again.ID != rest.ID {
		t.Errorf("the same again: %v", err)
	}
	if _, err := b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: "cn:none"}); !fault.Is(err, fault.WrongState) {
		t.Errorf("nothing is left: %v, want WRONG_STATE", err)
	}
	if _, err := b.credit(ledger.CreditInput{Invoice: rest.ID, SourceKey: "cn:note"}); !fault.Is(err, fault.WrongState) {
		t.Errorf("a credit note of a credit note: %v, want WRONG_STATE", err)
	}
}

func TestCreditTx_PartsAddUpToTheInvoice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inv := b.mustIssue(b.invoice("inv:1", line("Delegate", 3, 9997), line("Dinner", 1, 62)))
	var net, vat, gross int64
	for i, amount := range []int64{1, 33, 4000, 17, 999, 0} {
		note, err := b.credit(ledger.CreditInput{Invoice: inv.ID, SourceKey: "cn:" + string(rune('a'+i)), Amount: amount})
		if err != nil {
			t.Fatal(err)
		}
		if amount > 0 && note.Gross != amount {
			t.Errorf("a note over %d says %d", amount, note.Gross)
		}
		net, vat, gross = net+note.Net, vat+note.VAT, gross+note.Gross
	}
	if net != inv.Net || vat != inv.VAT || gross != inv.Gross {
		t.Errorf("credited %d + %d = %d of %d + %d = %d", net, vat, gross, inv.Net, inv.VAT, inv.Gross)
	}
}

func TestIssueTx_BooksADocumentOfAClosedMonthInTheNextOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(31), 1200))
	if err := b.Close(t.Context(), b.ada, b.org, march(1)); err != nil {
		t.Fatal(err)
	}

	d := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))

	if !d.TaxPoint.Equal(march(9)) || !d.BookedOn.Equal(time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("supplied %s, booked %s", d.TaxPoint, d.BookedOn)
	}
}

func TestIssueTx_RefusesWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, spoil := range map[string]func(d *ledger.Document){
		"no lines":             func(d *ledger.Document) { d.Lines = nil },
		"net and VAT astray":   func(d *ledger.Document) { d.Lines[0].Net++ },
		"VAT of another rate":  func(d *ledger.Document) { d.Lines[0].Rate = 500 },
		"below zero":           func(d *ledger.Document) { d.Lines[0] = line("Refund", 1, -1200) },
		"no supplier":          func(d *ledger.Document) { d.Supplier.Name = "" },
		"credits nothing":      func(d *ledger.Document) { d.Kind = ledger.CreditNote },
		"currency of nowhere":  func(d *ledger.Document) { d.Currency = "XXX" },
		"no category":          func(d *ledger.Document) { d.Lines[0].Category = "" },
		"line corrects a line": func(d *ledger.Document) { d.Lines[0].Corrects = 1 },
	} {
		d := b.invoice("inv:1", line("Delegate", 1, 1200))
		spoil(&d)
		if _, err := b.issue(d); err == nil {
			t.Errorf("%s was issued", name)
		}
	}
}

func TestStoreFileTx_KeepsTheFirstRendering(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	if _, err := b.File(t.Context(), b.db.Pool(), b.org, d.ID); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("before it is rendered: %v", err)
	}
	store := func(id uid.Document, pdf string) (stored bool, err error) {
		err = b.db.InTx(t.Context(), func(tx *pg.Tx) error {
			stored, err = b.StoreFileTx(t.Context(), tx, b.org, id, []byte(pdf))
			return err
		})
		return stored, err
	}

	first, err1 := store(d.ID, "first")
	second, err2 := store(d.ID, "second")

	pdf, err := b.File(t.Context(), b.db.Pool(), b.org, d.ID)
	if err != nil || err1 != nil || err2 != nil || !first || second || string(pdf) != "first" {
		t.Errorf("%v %v %v %v: %q, %v", first, err1, second, err2, pdf, err)
	}
	if _, err := store(uid.New[uid.Document](), "x"); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("of a document that is not there: %v", err)
	}
}

func TestKindFor_IsSimplifiedUpTo250Pounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		gross money.Amount
		asked bool
		want  ledger.DocumentKind
	}{
		{gbp(25000), false, ledger.Simplified},
		{gbp(25001), false, ledger.Invoice},
		{gbp(100), true, ledger.Invoice},
		{money.New(100, money.EUR), false, ledger.Invoice},
	} {
		if got := ledger.KindFor(tt.gross, tt.asked); got != tt.want {
			t.Errorf("%s, asked %v: %s, want %s", tt.gross, tt.asked, got, tt.want)
		}
	}
}

func TestMissing_SaysWhatAVATInvoiceLacks(t *testing.T) {
	t.Parallel()
	full := ledger.Document{
		Kind: ledger.Invoice, Currency: money.GBP, VAT: 20,
		Supplier: ledger.Party{VATNumber: "GB1", Address: []string{"x"}},
		Customer: ledger.Party{Organisation: "Acme", Address: []string{"y"}},
	}
	for name, tt := range map[string]struct {
		change func(d *ledger.Document)
		want   []string
	}{
		"nothing":        {func(*ledger.Document) {}, nil},
		"customer":       {func(d *ledger.Document) { d.Customer = ledger.Party{} }, []string{"the customer's name", "the customer's address"}},
		"simplified":     {func(d *ledger.Document) { d.Kind, d.Customer = ledger.Simplified, ledger.Party{} }, nil},
		"sterling":       {func(d *ledger.Document) { d.Currency = money.EUR }, []string{"the VAT in sterling"}},
		"not registered": {func(d *ledger.Document) { d.Supplier, d.VAT = ledger.Party{}, 0 }, nil},
		"VAT all the same": {func(d *ledger.Document) { d.Supplier = ledger.Party{} },
			[]string{"the supplier's VAT number"}},
	} {
		d := full
		tt.change(&d)
		if diff := cmp.Diff(tt.want, d.Missing()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
