package report_test

import (
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/report"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// books are a world in which tickets are sold, with its reports.
type books struct {
	*testworld.World
	reports *report.Service
}

func setup(t *testing.T) *books {
	t.Helper()
	w := testworld.New(t)
	return &books{World: w, reports: report.New(w.DB, w.Books)}
}

// priced is an event whose places cost 24 pounds each, VAT included.
func (b *books) priced(title string) testworld.Event {
	e := b.Event(testworld.Capacity(100), testworld.Titled(title))
	b.Price(e, 2400, money.GBP)
	return e
}

// sold is a paid order of n places.
func (b *books) sold(e testworld.Event, n int) booking.Order {
	b.T.Helper()
	return b.Paid(b.Placed(e, n), stripesim.CardVisa)
}

// refund gives an amount back and lets it arrive.
func (b *books) refund(o booking.Order, minor int64) {
	b.T.Helper()
	_, err := b.Bookings.RefundOrder(b.T.Context(), b.Owner, replay.Key{}, booking.RefundInput{
		Org: o.Org, Order: o.ID, Amount: minor, Reason: "Ill",
	})
	if err != nil {
		b.T.Fatal(err)
	}
	b.Work()
	b.Told()
}

// report reads a report of November 2026.
func (b *books) report(name report.Name) report.Table {
	b.T.Helper()
	t, err := b.reports.Report(b.T.Context(), name, b.november())
	if err != nil {
		b.T.Fatal(err)
	}
	return t
}

func (b *books) november() report.Filter {
	return report.Filter{
		Org: b.Org.ID, From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
	}
}

// cell is a row's value in a column of counts or amounts.
func cell(t *testing.T, table report.Table, row int, key string) int64 {
	t.Helper()
	for i, c := range table.Columns {
		if c.Key == key {
			if row >= len(table.Rows) {
				t.Fatalf("%s has %d rows, want more than %d", table.Name, len(table.Rows), row)
			}
			return table.Rows[row].Cells[i].N
		}
	}
	t.Fatalf("%s has no column %s", table.Name, key)
	return 0
}

// journals follows a row down to its journals.
func (b *books) journals(trace report.Trace) []report.Found {
	b.T.Helper()
	found, next, err := b.reports.Journals(b.T.Context(), b.Org.ID, trace, nil, 100)
	if err != nil || next != nil {
		b.T.Fatal(next, err)
	}
	return found
}

// sum adds the found journals' postings on an account up.
func sum(found []report.Found, kinds map[ledger.Kind]bool, account ledger.Account) int64 {
	var n int64
	for _, j := range found {
		if kinds != nil && !kinds[j.Kind] {
			continue
		}
		for _, p := range j.Postings {
			if p.Account == account {
				n += p.Amount.Minor
			}
		}
	}
	return n
}
