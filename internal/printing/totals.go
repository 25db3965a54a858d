package printing

import (
	"fmt"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
)

// totals puts the VAT by rate on the left and the sums on the right.
func (v *invoice) totals() {
	rates := v.d.VATTotals()
	row := styleText.lineHeight() + 1.2
	v.need(max(float64(len(rates)+1)*row, 4*row) + 8)
	top := v.y
	end := v.rates(rates, row)

	x, w := v.margin+v.inner()-70, 70.0
	y := top
	put := func(label, text string, st style) {
		v.put(x, y, w, left, st, label)
		v.put(x, y, w-cellPad, right, st, text)
		y += st.lineHeight() + 1.2
	}
	sum := func(minor int64) string { return money.New(minor, v.d.Currency).Format() }
	if v.d.Kind != ledger.Simplified {
		put("Net", sum(v.d.Net), styleText)
		put("VAT", sum(v.d.VAT), styleText)
	}
	v.line(x, y+0.4, w, 0.4, ink)
	y += 2
	put(v.totalLabel(), sum(v.d.Gross), styleTotal)
	if v.d.Kind == ledger.Simplified && v.d.VAT > 0 {
		put("VAT included", sum(v.d.VAT), styleSmall)
	}
	v.y = max(end, y) + 5
}

func (v *invoice) totalLabel() string {
	switch {
	case v.d.Kind == ledger.CreditNote:
		return "Total credited"
	case !v.d.DueOn.IsZero():
		return "Total due"
	}
	return "Total"
}

// rates is the table of VAT by rate; it returns where it ends.
func (v *invoice) rates(rates []ledger.VATTotal, row float64) float64 {
	n := func(minor int64) string { return money.New(minor, v.d.Currency).Number() }
	x, y := v.margin, v.y
	cells := func(st style, texts ...string) {
		v.put(x+cellPad, y, 22, left, st, texts[0])
		for i, text := range texts[1:] {
			v.put(x+22+float64(i)*22, y, 22, right, st, text)
		}
		y += row
	}
	cells(styleLabel, "VAT rate", "Net", "VAT", "Gross")
	for _, r := range rates {
		cells(styleText, vatName(r.Rate, r.Category), n(r.Net), n(r.VAT), n(r.Gross))
	}
	return y
}

// notes are what follows the sums.
func (v *invoice) notes() {
	d := v.d
	if s := d.Sterling; s != nil {
		v.note("VAT in sterling", fmt.Sprintf("%s, at %s.", money.New(s.VAT, money.GBP).Format(), s.Rate))
	}
	if d.Reason != "" {
		v.note("Reason", d.Reason)
	}
	if !d.DueOn.IsZero() && len(d.Supplier.Payment) > 0 {
		v.note("How to pay", append(append([]string(nil), d.Supplier.Payment...), "Please quote "+d.Number+".")...)
	}
	if d.Note != "" {
		v.note("Note", d.Note)
	}
}

// note writes a labelled paragraph, on the next page when it does not fit.
func (v *invoice) note(label string, paragraphs ...string) {
	h := styleLabel.lineHeight() + 2
	for _, p := range paragraphs {
		h += float64(len(v.wrap(p, v.inner(), styleText))) * styleText.lineHeight()
	}
	if h < v.bottom-v.margin {
		v.need(h)
	}
	v.put(v.margin, v.y, v.inner(), left, styleLabel, label)
	v.y += styleLabel.lineHeight() + 0.5
	for _, p := range paragraphs {
		for _, line := range v.wrap(p, v.inner(), styleText) {
			v.need(styleText.lineHeight())
			v.put(v.margin, v.y, v.inner(), left, styleText, line)
			v.y += styleText.lineHeight()
		}
	}
	v.y += 3
}

// footer repeats on each page who issued the document and which page it is.
func (v *invoice) footer() {
	y := v.bottom + 6
	v.line(v.margin, y, v.inner(), 0.15, rule)
	who := v.d.Supplier.Name
	if n := v.d.Supplier.VATNumber; n != "" {
		who += " · VAT number " + n
	}
	if n := v.d.Supplier.CompanyNumber; n != "" {
		who += " · Company number " + n
	}
	if fit := v.wrap(who, v.inner()-60, styleLabel); len(fit) > 0 {
		v.put(v.margin, y+1.5, v.inner(), left, styleLabel, fit[0])
	}
	v.put(v.margin, y+1.5, v.inner(), right, styleLabel, fmt.Sprintf("%s · page %d of %d", v.d.Number, v.pdf.PageNo(), v.pages))
}
