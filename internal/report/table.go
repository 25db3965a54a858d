package report

import (
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// ColumnKind says how a column's cells are read.
type ColumnKind string

// The kinds of columns.
const (
	Text  ColumnKind = "text"
	Money ColumnKind = "money" // minor units of the row's currency
	Count ColumnKind = "count"
	Date  ColumnKind = "date"
)

// Column is one column of a table.
type Column struct {
	// Key names the column for programs; Title for people.
	Key, Title string
	Kind       ColumnKind
	// Summed says that adding the column up makes sense.
	Summed bool
}

// Cell is one value; which part counts depends on its column's kind.
type Cell struct {
	Text string
	// N is minor units or a count.
	N int64
	// Day is midnight UTC; zero is no day.
	Day time.Time
}

// Row is one line of a table.
type Row struct {
	Cells    []Cell
	Currency money.Currency
	// Trace finds the journals that the row was summed from.
	Trace Trace
}

// Table is a report's content.
type Table struct {
	Name    Name
	Title   string
	Columns []Column
	Rows    []Row
}

// Totals adds the columns up that can be, one row per currency in the order in
// which they appear.
func (t Table) Totals() []Row {
	var totals []Row
	place := map[money.Currency]int{}
	for _, r := range t.Rows {
		i, ok := place[r.Currency]
		if !ok {
			i = len(totals)
			place[r.Currency] = i
			totals = append(totals, Row{Currency: r.Currency, Cells: make([]Cell, len(t.Columns))})
		}
		for c, column := range t.Columns {
			if column.Summed {
				totals[i].Cells[c].N += r.Cells[c].N
			}
		}
	}
	return totals
}

// Trace says which journals are meant; its zero value is all of them, and each
// field that is set narrows the choice.
type Trace struct {
	// From and Until are the first day and the day after the last.
	From, Until time.Time
	Currency    money.Currency
	Event       uid.Event
	Order       uid.Order
	Product     uid.Product
	// VAT is a rate and category as ledger.VATRef writes them.
	VAT string
	// Code is a discount code, as it was written.
	Code string
	// Method is how people paid, such as "card".
	Method string
	// Account and Ref are those of one of the journal's postings; Ref alone looks
	// on every account.
	Account ledger.Account
	Ref     string
	// Source is what the one journal was made of.
	Source string
	// Kinds are the kinds of journals; none means all.
	Kinds []ledger.Kind
}

// Name names a report.
type Name string

// The reports.
const (
	Events    Name = "events"
	Months    Name = "months"
	Days      Name = "days"
	Products  Name = "products"
	VAT       Name = "vat"
	Codes     Name = "codes"
	Methods   Name = "methods"
	Payouts   Name = "payouts"
	OpenItems Name = "open_items"
	Documents Name = "documents"
	Accounts  Name = "accounts"
	Postings  Name = "postings"
)

// Filter narrows a report.
type Filter struct {
	Org uid.Org
	// From and Until are the first day and the day after the last; zero is no bound.
	From, Until time.Time
	// Event keeps what belongs to one event, in reports that know events.
	Event uid.Event
}

func (f Filter) trace() Trace { return Trace{From: f.From, Until: f.Until, Event: f.Event} }

func text(s string) Cell   { return Cell{Text: s} }
func number(n int64) Cell  { return Cell{N: n} }
func day(d time.Time) Cell { return Cell{Day: d} }
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
