package printing_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/printing"
	"lanyard/internal/uid"
)

func date(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }

func line(description string, quantity int, gross int64, rate money.Rate, category string) ledger.DocumentLine {
	vat := rate.Included(gross)
	return ledger.DocumentLine{
		Description: description, Quantity: quantity, UnitNet: (gross - vat) / int64(quantity),
		Net: gross - vat, VAT: vat, Gross: gross, Rate: rate, Category: category,
	}
}

func sample(kind ledger.DocumentKind, lines ...ledger.DocumentLine) ledger.Document {
	d := ledger.Document{
		Kind: kind, Number: "INV-2026-00042", IssuedOn: date(time.March, 10), TaxPoint: date(time.March, 9),
		Order: uid.Order{1, 2, 3}, Currency: money.GBP,
		Supplier: ledger.Party{
			Name: "Northern Life Sciences Ltd", Address: []string{"1 Oxford Road", "Manchester", "M1 5QA"}, Country: "GB",
			VATNumber: "GB 123 4567 89", CompanyNumber: "01234567", Email: "accounts@northern.example",
			Payment: []string{"Bank transfer to Northern Life Sciences Ltd, sort code 01-02-03, account 12345678."},
		},
		Customer: ledger.Party{Name: "Łukasz Żółć", Organisation: "Acme Biotech plc", Address: []string{"2 High Street", "Leeds", "LS1 1AA"}},
		Lines:    lines,
	}
	for _, l := range lines {
		d.Net, d.VAT, d.Gross = d.Net+l.Net, d.VAT+l.VAT, d.Gross+l.Gross
	}
	return d
}

func invoice() ledger.Document {
	discounted := line("Spring conference, 14 May 2026, delegate", 3, 81000, 2000, "GB-standard")
	discounted.Discount, discounted.UnitNet = 9000, 25000
	book := line("Proceedings, printed", 1, 2500, 0, "GB-zero")
	course := line("Workshop: cryo-electron microscopy for people who have never seen a cryo-electron microscope", 1, 15000, 0, "GB-exempt")
	course.Reason = "Exempt: education, VAT Act 1994, Schedule 9, Group 6."
	d := sample(ledger.Invoice, discounted, line("Conference dinner", 2, 11000, 2000, "GB-standard"), book, course)
	d.DueOn, d.PurchaseOrder, d.Note = date(time.April, 9), "PO 2026/117", "Thank you for coming."
	return d
}

func creditNote() ledger.Document {
	d := sample(ledger.CreditNote, line("Conference dinner", 1, 5500, 2000, "GB-standard"))
	d.Number, d.CorrectsNumber, d.CorrectsIssuedOn, d.Reason = "CN-2026-00003", "INV-2026-00042", date(time.March, 10), "Cancelled on request."
	d.Currency, d.Sterling = money.EUR, &ledger.Sterling{VAT: 780, Rate: "1 EUR = 0.8512 GBP (HMRC, March 2026)"}
	return d
}

func receipt() ledger.Document {
	d := sample(ledger.Simplified, line("Evening talk", 2, 3000, 2000, "GB-standard"))
	d.Number, d.Customer = "SIM-2026-00007", ledger.Party{Name: "Zoë O’Neill"}
	return d
}

func render(t *testing.T, d ledger.Document) []byte {
	t.Helper()
	pdf, err := printing.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	// LANYARD_KEEP_PDF is a folder to look at what the tests print.
	if dir := os.Getenv("LANYARD_KEEP_PDF"); dir != "" {
		name := filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+"-"+d.Number+".pdf")
		if err := os.WriteFile(name, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pdf
}

// text is what the pages of a PDF say: their streams hold UTF-16 strings.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return all.String()
		}
		r, err := zlib.NewReader(bytes.NewReader(after))
		if err == nil {
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if pageStart.Match(content) {
				all.WriteString(shown(content))
			}
		}
		_, rest, _ = bytes.Cut(after, []byte("endstream"))
	}
}

// pageStart tells the content of a page from fonts, which are streams too.
var pageStart = regexp.MustCompile(`^[0-9] J\n`)

// shown reads the strings that a content stream shows, one a line.
func shown(content []byte) string {
	var all strings.Builder
	var units []uint16
	var raw []byte
	inside := false
	for i := 0; i < len(content); i++ {
		c := content[i]
		switch {
		case !inside:
			inside = c == '('
		case c == '\\':
			i++
			if c = content[i]; c == 'r' {
				c = '\r'
			}
			raw = append(raw, c)
		case c == ')':
			for j := 0; j+1 < len(raw); j += 2 {
				units = append(units, uint16(raw[j])<<8|uint16(raw[j+1]))
			}
			all.WriteString(string(utf16.Decode(units)) + "\n")
			inside, raw, units = false, nil, nil
		default:
			raw = append(raw, c)
		}
	}
	return all.String()
}

func TestDocument_SaysWhatTheLawWants(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document ledger.Document
		want     []string
		wantNot  []string
	}{
		"invoice": {invoice(), []string{
			"VAT invoice", "INV-2026-00042", "10 March 2026", "9 March 2026", "9 April 2026", "PO 2026/117",
			"Northern Life Sciences Ltd", "VAT number GB 123 4567 89", "M1 5QA",
			"Acme Biotech plc", "Łukasz Żółć", "LS1 1AA",
			"Conference dinner", "20 %", "exempt", "0 %", "250.00", "766.67", "153.33", "Schedule 9",
			"After a discount of £90.00.", "£941.67", "£153.33", "£1,095.00", "Total due", "sort code 01-02-03", "page 1 of 1",
		}, []string{"Receipt", "VAT in sterling"}},
		"credit note": {creditNote(), []string{
			"Credit note", "CN-2026-00003", "INV-2026-00042", "10 March 2026", "Cancelled on request.", "Total credited",
			"€55.00", "VAT in sterling", "£7.80, at 1 EUR = 0.8512 GBP (HMRC, March 2026).",
		}, []string{"Tax point"}},
		"simplified": {receipt(), []string{
			"Simplified VAT invoice", "SIM-2026-00007", "9 March 2026", "Evening talk", "20 %", "£30.00", "VAT included", "Zoë O’Neill",
		}, []string{"Unit, net"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says := text(t, render(t, tt.document))
			for _, w := range tt.want {
				if !strings.Contains(says, w) {
					t.Errorf("does not say %q:\n%s", w, says)
				}
			}
			for _, w := range tt.wantNot {
				if strings.Contains(says, w) {
					t.Errorf("says %q", w)
				}
			}
		})
	}
}

func TestDocument_WithoutAVATNumberIsNoVATInvoice(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ledger.DocumentKind]string{ledger.Invoice: "Invoice\n", ledger.Simplified: "Receipt\n"} {
		d := sample(kind, line("Talk", 1, 1000, 0, "GB-outside"))
		d.Supplier.VATNumber = ""
		if says := text(t, render(t, d)); !strings.Contains(says, "\n"+want) || strings.Contains(says, "VAT invoice") || strings.Contains(says, "VAT number") {
			t.Errorf("%s:\n%s", kind, says)
		}
	}
}

func TestDocument_IsTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	for _, d := range []ledger.Document{invoice(), creditNote(), receipt()} {
		if !bytes.Equal(render(t, d), render(t, d)) {
			t.Errorf("%s differs between two renderings", d.Number)
		}
	}
}

func TestDocument_GoesOnOverPagesWithItsHeading(t *testing.T) {
	t.Parallel()
	var many []ledger.DocumentLine
	for i := range 90 {
		many = append(many, line(fmt.Sprintf("Delegate number %d of a very large group with names that are long enough to need another line", i+1), 1, 12000, 2000, "GB-standard"))
	}

	says := text(t, render(t, sample(ledger.Invoice, many...)))

	pages := strings.Count(says, "Unit, net")
	if pages < 3 {
		t.Errorf("90 lines fit %d pages, or not every page has a heading", pages)
	}
	for _, w := range []string{fmt.Sprintf("page 1 of %d\n", pages), fmt.Sprintf("page %d of %d\n", pages, pages), "Delegate number 90 ", "£10,800.00"} {
		if !strings.Contains(says, w) {
			t.Errorf("does not say %q", w)
		}
	}
}

func TestDocument_CutsAnEndlessDescription(t *testing.T) {
	t.Parallel()
	says := text(t, render(t, sample(ledger.Invoice, line(strings.Repeat("word ", 5000)+"end", 1, 100, 2000, "GB-standard"))))
	if !strings.Contains(says, "…\n") || strings.Contains(says, "end\n") || !strings.Contains(says, "page 1 of 1\n") {
		t.Error("the description is not cut")
	}
}

func BenchmarkDocument(b *testing.B) {
	for b.Loop() {
		if _, err := printing.Document(invoice()); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDocument_PrintsWhateverPeopleType(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "🎟️ Ticket", "a\nb\tc\x00d", strings.Repeat("W", 400), "\xff\xfe", "Ελένη Иванова", "中文", "(brackets) \\ and \r", "\ufeff",
	} {
		d := sample(ledger.Invoice, line("x", 1, 100, 2000, "GB-standard"))
		d.Customer.Name, d.Customer.Organisation, d.Lines[0].Description, d.Note = name, name, name, name
		if pdf := render(t, d); !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%q: no PDF", name)
		}
	}
}
