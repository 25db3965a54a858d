package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
)

// breakdown is what a basket or an order is made of, in money.
type breakdown struct {
	Rows  []priceRow
	VAT   []vatRow
	Total string
}

// priceRow is one or several units that cost the same for the same reasons.
type priceRow struct {
	Title    string
	Note     string // "2 at £120.00 each", or whose add-on it is
	Sum      string // before reductions
	Less     []lessRow
	Given    bool // it was given up
	quantity int
	list     money.Amount
	discount []inventory.Discount
	credited money.Amount
}

// lessRow is one reduction.
type lessRow struct{ Label, Off string }

// vatRow is the VAT of one rate that is contained in the total.
type vatRow struct {
	Label, Net, VAT string
	Charged         bool
}

// breakDown sums lines up the way people read a bill.
func breakDown(lines []booking.Line, total money.Amount) breakdown {
	out := breakdown{Total: total.Format()}
	for _, l := range lines {
		i := slices.IndexFunc(out.Rows, func(r priceRow) bool { return r.like(l) })
		if i < 0 {
			out.Rows = append(out.Rows, priceRow{Title: l.Title, list: l.List, discount: l.Discounts, credited: l.Credited, Given: l.Cancelled})
			i = len(out.Rows) - 1
		}
		out.Rows[i].quantity++
	}
	for i := range out.Rows {
		out.Rows[i].say()
	}
	out.VAT = vatRows(lines)
	return out
}

// like reports whether a line is one more of what the row shows.
func (r priceRow) like(l booking.Line) bool {
	return r.Title == l.Title && r.list == l.List && r.Given == l.Cancelled && r.credited == l.Credited && slices.Equal(r.discount, l.Discounts)
}

func (r *priceRow) say() {
	n := int64(r.quantity)
	r.Sum = times(r.list, n).Format()
	if n > 1 {
		r.Note = strconv.Itoa(r.quantity) + " at " + r.list.Format() + " each"
	}
	for _, d := range r.discount {
		if d.Off.Minor != 0 {
			r.Less = append(r.Less, lessRow{d.Label, times(d.Off, -n).Format()})
		}
	}
	if r.credited.Minor > 0 {
		r.Less = append(r.Less, lessRow{"Taken back", times(r.credited, -n).Format()})
	}
}

// times is n of an amount. Prices are far too small to overflow; should one all
// the same, the single amount stands.
func times(a money.Amount, n int64) money.Amount {
	product, err := a.Mul(n)
	if err != nil {
		return a
	}
	return product
}

// vatRows adds up the VAT in what the lines cost now, by rate.
func vatRows(lines []booking.Line) []vatRow {
	type sum struct {
		label    string
		rate     money.Rate
		net, vat money.Amount
	}
	var sums []sum
	for _, l := range lines {
		if l.Due().Minor == 0 || l.Category == inventory.VATOutside {
			continue // of VAT that nobody charges there is nothing to say
		}
		vat := l.VAT.Minor - money.RefundShare(l.VAT.Minor, l.Gross.Minor, 0, l.Credited.Minor)
		label := vatWords(l.Category, l.Rate)
		i := slices.IndexFunc(sums, func(s sum) bool { return s.label == label })
		if i < 0 {
			sums = append(sums, sum{label, l.Rate, money.New(0, l.Net.Currency), money.New(0, l.VAT.Currency)})
			i = len(sums) - 1
		}
		sums[i].net.Minor += l.Due().Minor - vat
		sums[i].vat.Minor += vat
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return cmp.Compare(b.rate, a.rate) })
	out := make([]vatRow, 0, len(sums))
	for _, s := range sums {
		out = append(out, vatRow{Label: s.label, Net: s.net.Format(), VAT: s.vat.Format(), Charged: s.vat.Minor != 0})
	}
	return out
}

// vatWords names a treatment: "VAT at 20 %".
func vatWords(category string, rate money.Rate) string {
	switch category {
	case inventory.VATZero:
		return "Zero-rated for VAT"
	case inventory.VATExempt:
		return "Exempt from VAT"
	}
	return "VAT at " + percent(rate)
}

// percent writes a rate as people do in a sentence: "20%".
func percent(r money.Rate) string { return strings.Join(strings.Fields(r.String()), "") }
