package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// DocumentKind is the legal form of a document.
type DocumentKind string

// The kinds of documents.
const (
	Invoice    DocumentKind = "invoice"
	Simplified DocumentKind = "simplified"
	CreditNote DocumentKind = "credit_note"
)

// simplifiedMax is the largest sale, VAT included, that a simplified invoice may
// record: 250 pounds (SI 1995/2518, regulation 16).
const simplifiedMax = 25_000

// KindFor is the form that a sale needs: a full invoice above 250 pounds, when
// the customer asks for one, and for every sale in another currency, since the
// limit is in sterling; else a simplified one.
func KindFor(gross money.Amount, asked bool) DocumentKind {
	if asked || gross.Currency != money.GBP || gross.Minor > simplifiedMax {
		return Invoice
	}
	return Simplified
}

// prefix starts the document's number.
func (k DocumentKind) prefix() string {
	switch k {
	case Invoice:
		return "INV"
	case Simplified:
		return "SIM"
	case CreditNote:
		return "CN"
	}
	return ""
}

// Party is a supplier or customer as it was when the document was issued.
type Party struct {
	Name string `json:"name"`
	// Organisation is whom a person buys for; empty for private buyers.
	Organisation string `json:"organisation,omitempty"`
	// Address is one line each.
	Address []string `json:"address,omitempty"`
	// Country is an ISO 3166 code.
	Country   string `json:"country,omitempty"`
	VATNumber string `json:"vat_number,omitempty"`
	// CompanyNumber is the number in the register of companies.
	CompanyNumber string `json:"company_number,omitempty"`
	Email         string `json:"email,omitempty"`
	// Payment says how to pay by transfer; suppliers only.
	Payment []string `json:"payment,omitempty"`
}

// DocumentLine is one line; its sums are in minor units of the document.
type DocumentLine struct {
	// Line counts from one; IssueTx sets it.
	Line int
	// Corrects is the invoice's line that a credit note's line takes back.
	Corrects    int
	Description string
	Quantity    int
	// UnitNet is the price of one without VAT, before the discount.
	UnitNet int64
	// Discount was taken off the gross price; Net, VAT and Gross are after it.
	Discount        int64
	Net, VAT, Gross int64
	Rate            money.Rate
	// Category is the VAT treatment, such as "GB-standard" or "GB-exempt".
	Category string
	// Reason says why no VAT is charged, where none is.
	Reason string
}

// VATTotal is what a document comes to at one rate and category.
type VATTotal struct {
	Rate            money.Rate
	Category        string
	Reason          string
	Net, VAT, Gross int64
}

// Sterling is the VAT of a document in another currency, in pounds, as a UK
// invoice has to show it.
type Sterling struct {
	// VAT is in pence.
	VAT int64
	// Rate says what was used, such as "1 EUR = 0.8512 GBP (HMRC, November 2026)".
	Rate string
}

// Document is an invoice or a credit note. A credit note's figures are above
// zero too: they are what is taken back.
type Document struct {
	Org uid.Org
	ID  uid.Document
	// SourceKey says what the document was made for; once per organisation.
	SourceKey string
	Kind      DocumentKind
	// Series is the number's first part; empty is INV, SIM or CN. Once issued it
	// has the year.
	Series string
	// Number is given by the database when the document is issued: INV-2026-00001.
	Number string
	// IssuedOn, TaxPoint and BookedOn are calendar days, as midnight UTC. BookedOn
	// is the day the document counts on in the books: its tax point for an invoice
	// and its issue for a credit note, or later where that month was closed.
	IssuedOn, TaxPoint, BookedOn time.Time
	// DueOn is the last day to pay; zero when paid already.
	DueOn time.Time
	Order uid.Order
	// Corrects is the invoice that a credit note is about; CorrectsNumber and
	// CorrectsIssuedOn are its number and day.
	Corrects         uid.Document
	CorrectsNumber   string
	CorrectsIssuedOn time.Time
	Currency         money.Currency
	Supplier         Party
	Customer         Party
	Lines            []DocumentLine
	// Net, VAT and Gross are the sums of the lines.
	Net, VAT, Gross int64
	Sterling        *Sterling
	PurchaseOrder   string
	Note            string
	// Reason says why a credit note was given.
	Reason string
	Actor  string
}

// VATTotals sums the lines by rate and category, highest rate first.
func (d Document) VATTotals() []VATTotal {
	type key struct {
		rate             money.Rate
		category, reason string
	}
	sums := map[key]*VATTotal{}
	var order []*VATTotal
	for _, l := range d.Lines {
		k := key{l.Rate, l.Category, l.Reason}
		t := sums[k]
		if t == nil {
			t = &VATTotal{Rate: l.Rate, Category: l.Category, Reason: l.Reason}
			sums[k] = t
			order = append(order, t)
		}
		t.Net, t.VAT, t.Gross = t.Net+l.Net, t.VAT+l.VAT, t.Gross+l.Gross
	}
	totals := make([]VATTotal, len(order))
	for i, t := range order {
		totals[i] = *t
	}
	slices.SortStableFunc(totals, func(a, b VATTotal) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Reason, b.Reason))
	})
	return totals
}

// Missing lists what a UK VAT invoice should say and this document does not, for
// people to see to. A document is issued all the same: money that has arrived is
// booked. Who is not registered for VAT issues no VAT invoice and misses nothing.
func (d Document) Missing() []string {
	var missing []string
	need := func(what string, there bool) {
		if !there {
			missing = append(missing, what)
		}
	}
	if d.Supplier.VATNumber == "" {
		need("the supplier's VAT number", d.VAT == 0)
		return missing
	}
	need("the supplier's address", len(d.Supplier.Address) > 0)
	if d.Kind == Simplified {
		return missing
	}
	need("the customer's name", d.Customer.Name != "" || d.Customer.Organisation != "")
	need("the customer's address", len(d.Customer.Address) > 0)
	need("the VAT in sterling", d.Currency == money.GBP || d.VAT == 0 || d.Sterling != nil)
	return missing
}

// lineMax bounds one line, so that sums of a document's lines cannot overflow.
const (
	lineMax  = money.Max
	linesMax = 2000
)

// prepare fills in what follows from the rest and refuses what does not add up:
// such a document is a bug of the caller.
func (d *Document) prepare() error {
	if d.Org.IsZero() || d.SourceKey == "" || d.Actor == "" || d.Order.IsZero() || !d.Currency.Valid() {
		return fmt.Errorf("organisation, source, actor, order and currency are needed")
	}
	if d.Kind.prefix() == "" || (d.Kind == CreditNote) != !d.Corrects.IsZero() {
		return fmt.Errorf("kind %q and the invoice corrected do not agree", d.Kind)
	}
	if d.IssuedOn.IsZero() || d.TaxPoint.IsZero() || d.Supplier.Name == "" {
		return fmt.Errorf("days of issue and supply, and a supplier, are needed")
	}
	if len(d.Lines) == 0 || len(d.Lines) > linesMax {
		return fmt.Errorf("%d lines, want 1 to %d", len(d.Lines), linesMax)
	}
	d.Lines = slices.Clone(d.Lines)
	d.Net, d.VAT, d.Gross = 0, 0, 0
	for i := range d.Lines {
		l := &d.Lines[i]
		l.Line = i + 1
		if err := l.check(d.Kind); err != nil {
			return fmt.Errorf("line %d: %w", l.Line, err)
		}
		d.Net, d.VAT, d.Gross = d.Net+l.Net, d.VAT+l.VAT, d.Gross+l.Gross
	}
	if d.Series == "" {
		d.Series = d.Kind.prefix()
	}
	if d.BookedOn = d.TaxPoint; d.Kind == CreditNote {
		d.BookedOn = d.IssuedOn
	}
	return nil
}

func (l DocumentLine) check(kind DocumentKind) error {
	switch {
	case l.Description == "" || l.Quantity < 1 || !l.Rate.Valid() || l.Category == "":
		return fmt.Errorf("description, quantity, rate and category are needed: %+v", l)
	case l.Net < 0 || l.VAT < 0 || l.Discount < 0 || l.Gross > lineMax || l.Net+l.VAT != l.Gross:
		return fmt.Errorf("net %d and VAT %d do not make gross %d", l.Net, l.VAT, l.Gross)
	case (kind == CreditNote) != (l.Corrects > 0):
		return fmt.Errorf("line %d of the invoice cannot be corrected by this", l.Corrects)
	}
	// A credit note's VAT is a share of its invoice's, which the database checks.
	// An invoice's may be rounded per piece or per line.
	if off := l.VAT - l.Rate.Included(l.Gross); kind != CreditNote && max(off, -off) > int64(l.Quantity) {
		return fmt.Errorf("VAT %d is not %s of gross %d", l.VAT, l.Rate, l.Gross)
	}
	return nil
}
