package printing

import (
	"fmt"
	"strings"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
)

var (
	styleTitle  = style{size: 19, bold: true, tone: ink}
	styleName   = style{size: 11.5, bold: true, tone: ink}
	styleText   = style{size: 9, tone: ink}
	styleStrong = style{size: 9, bold: true, tone: ink}
	styleLabel  = style{size: 7.5, tone: muted}
	styleSmall  = style{size: 8, tone: muted}
	styleTotal  = style{size: 11.5, bold: true, tone: ink}
)

// Document draws an invoice, a simplified invoice or a credit note on A4. The
// same document gives the same bytes.
func Document(d ledger.Document) ([]byte, error) {
	pages := 1
	for { // the number of pages is known once they are drawn
		inv := newInvoice(d, pages)
		inv.draw()
		if n := inv.pdf.PageCount(); n != pages {
			pages = n
			continue
		}
		return inv.bytes()
	}
}

// invoice is a document being drawn.
type invoice struct {
	*sheet
	d     ledger.Document
	pages int
}

func newInvoice(d ledger.Document, pages int) *invoice {
	inv := &invoice{d: d, pages: pages}
	inv.sheet = newSheet("A4", 18, 14, metadata{
		title: heading(d) + " " + d.Number, author: d.Supplier.Name, at: d.IssuedOn,
	})
	inv.onPage = inv.footer
	return inv
}

// heading is what the document is called. Only who is registered for VAT may
// issue VAT invoices.
func heading(d ledger.Document) string {
	registered := d.Supplier.VATNumber != ""
	switch {
	case d.Kind == ledger.CreditNote:
		return "Credit note"
	case d.Kind == ledger.Simplified && registered:
		return "Simplified VAT invoice"
	case d.Kind == ledger.Simplified:
		return "Receipt"
	case registered:
		return "VAT invoice"
	}
	return "Invoice"
}

func (v *invoice) draw() {
	v.addPage()
	v.head()
	v.parties()
	v.table()
	v.totals()
	v.notes()
}

// head says who issues what.
func (v *invoice) head() {
	half := v.inner()/2 - 4
	x := v.margin + half + 8
	y := v.block(v.margin, v.y, half, styleName, v.d.Supplier.Name)
	y = v.block(v.margin, y+0.8, half, styleSmall, lines(v.d.Supplier)...)

	v.put(x, v.y-1.2, half, right, styleTitle, heading(v.d))
	v.put(x, v.y+8, half, right, style{size: 11, tone: muted}, v.d.Number)
	v.y = max(y, v.y+14) + 6
	v.line(v.margin, v.y, v.inner(), 0.4, ink)
	v.y += 5
}

// lines are a party's address and numbers.
func lines(p ledger.Party) []string {
	var all []string
	if p.Organisation != "" && p.Organisation != p.Name {
		all = append(all, p.Organisation)
	}
	all = append(all, p.Address...)
	if p.Country != "" && p.Country != "GB" {
		all = append(all, p.Country)
	}
	if p.VATNumber != "" {
		all = append(all, "VAT number "+p.VATNumber)
	}
	if p.CompanyNumber != "" {
		all = append(all, "Company number "+p.CompanyNumber)
	}
	if p.Email != "" {
		all = append(all, p.Email)
	}
	return all
}

// parties puts the customer on the left and the facts on the right.
func (v *invoice) parties() {
	half := v.inner()/2 - 4
	label := "Invoiced to"
	if v.d.Kind == ledger.CreditNote {
		label = "Credited to"
	}
	v.put(v.margin, v.y, half, left, styleLabel, label)
	y := v.y + 4
	c := v.d.Customer
	first, rest := c.Name, c
	if c.Organisation != "" {
		first, rest.Organisation = c.Organisation, "" // the company is the customer; the person is whom to ask
		if c.Name != "" {
			rest.Address = append([]string{c.Name}, rest.Address...)
		}
	}
	if first == "" {
		first = "Customer"
	}
	y = v.block(v.margin, y, half, styleStrong, first)
	y = v.block(v.margin, y, half, styleText, lines(rest)...)

	x, fy := v.margin+half+8, v.y
	for _, f := range v.facts() {
		v.put(x, fy, 26, left, styleLabel, f[0])
		for i, line := range v.wrap(f[1], half-26, styleText) {
			if i > 0 {
				fy += styleText.lineHeight()
			}
			v.put(x+26, fy-0.4, half-26, left, styleText, line)
		}
		fy += styleText.lineHeight() + 0.9
	}
	v.y = max(y, fy) + 6
}

func (v *invoice) facts() [][2]string {
	d := v.d
	facts := [][2]string{{"Number", d.Number}, {"Date of issue", day(d.IssuedOn)}}
	if d.Kind == ledger.CreditNote {
		facts = append(facts, [2]string{"For invoice", d.CorrectsNumber}, [2]string{"Invoice issued", day(d.CorrectsIssuedOn)})
	} else {
		facts = append(facts, [2]string{"Tax point", day(d.TaxPoint)})
	}
	if !d.DueOn.IsZero() {
		facts = append(facts, [2]string{"Payment due", day(d.DueOn)})
	}
	if d.PurchaseOrder != "" {
		facts = append(facts, [2]string{"Purchase order", d.PurchaseOrder})
	}
	return append(facts, [2]string{"Order", d.Order.String()}, [2]string{"Currency", string(d.Currency)})
}

// column is one column of the table of lines.
type column struct {
	title string
	width float64
	align align
	cell  func(l ledger.DocumentLine) string
}

// columns differ: a simplified invoice shows gross amounts and rates alone.
func (v *invoice) columns() []column {
	n := func(minor int64) string { return money.New(minor, v.d.Currency).Number() }
	what := column{"Description", 0, left, nil}
	quantity := column{"Qty", 10, right, func(l ledger.DocumentLine) string { return fmt.Sprint(l.Quantity) }}
	rate := column{"VAT rate", 15, right, rateText}
	gross := column{"Gross", 20, right, func(l ledger.DocumentLine) string { return n(l.Gross) }}
	var cols []column
	if v.d.Kind == ledger.Simplified {
		cols = []column{what, quantity, rate, gross}
	} else {
		cols = []column{what, quantity,
			{"Unit, net", 19, right, func(l ledger.DocumentLine) string { return n(l.UnitNet) }},
			{"Net", 20, right, func(l ledger.DocumentLine) string { return n(l.Net) }},
			rate,
			{"VAT", 18, right, func(l ledger.DocumentLine) string { return n(l.VAT) }},
			gross}
	}
	used := 0.0
	for _, c := range cols {
		used += c.width
	}
	cols[0].width = v.inner() - used
	return cols
}

func rateText(l ledger.DocumentLine) string { return vatName(l.Rate, l.Category) }

// vatName names a treatment: exempt and zero-rated are not the same to an
// accountant though both are 0 %.
func vatName(rate money.Rate, category string) string {
	switch {
	case rate > 0:
		return rate.String()
	case strings.Contains(category, "exempt"):
		return "exempt"
	case strings.Contains(category, "outside"):
		return "no VAT"
	case strings.Contains(category, "reverse"):
		return "reverse"
	}
	return rate.String()
}

const (
	cellPad = 1.5
	// lineRows is how many rows a description may take.
	lineRows = 20
)

func (v *invoice) table() {
	cols := v.columns()
	v.tableHead(cols)
	for _, l := range v.d.Lines {
		text := v.wrap(l.Description, cols[0].width-cellPad*2, styleText)
		if len(text) == 0 {
			text = []string{"–"}
		}
		if len(text) > lineRows { // a row stays on one page
			text = append(text[:lineRows-1], "…")
		}
		small := v.wrap(v.under(l), cols[0].width-cellPad*2, styleSmall)
		h := float64(len(text))*styleText.lineHeight() + float64(len(small))*styleSmall.lineHeight() + 2.6
		if v.need(h) {
			v.tableHead(cols)
		}
		x, y := v.margin, v.y+1.3
		for i, line := range text {
			v.put(x+cellPad, y+float64(i)*styleText.lineHeight(), 0, left, styleText, line)
		}
		for i, line := range small {
			v.put(x+cellPad, y+float64(len(text))*styleText.lineHeight()+float64(i)*styleSmall.lineHeight(), 0, left, styleSmall, line)
		}
		x += cols[0].width
		for _, c := range cols[1:] {
			v.put(x, y, c.width-cellPad, c.align, styleText, c.cell(l))
			x += c.width
		}
		v.y += h
		v.line(v.margin, v.y, v.inner(), 0.15, rule)
	}
	v.y += 5
}

func (v *invoice) tableHead(cols []column) {
	h := styleLabel.lineHeight() + 2.6
	v.fill(v.margin, v.y, v.inner(), h, wash)
	x := v.margin
	for i, c := range cols {
		pad := 0.0
		if i == 0 {
			pad = cellPad
		}
		v.put(x+pad, v.y+1.3, c.width-cellPad, c.align, styleLabel, c.title)
		x += c.width
	}
	v.y += h
}

// under is what a line says in small print.
func (v *invoice) under(l ledger.DocumentLine) string {
	var notes []string
	if l.Discount > 0 {
		notes = append(notes, "After a discount of "+money.New(l.Discount, v.d.Currency).Format()+".")
	}
	if l.Reason != "" {
		notes = append(notes, l.Reason)
	}
	return strings.Join(notes, " ")
}
