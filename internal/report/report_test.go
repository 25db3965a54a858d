package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/report"
	"lanyard/internal/uid"
)

func TestReferences_ReadBackAsTheIdentifierTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 50 {
		id := uid.New[uid.Order]()
		var read uid.Order
		if err := b.DB.Pool().QueryRow(t.Context(), "SELECT ref_uuid($1)", id.String()).Scan(&read); err != nil || read != id {
			t.Fatalf("%s reads back as %s, %v", id, read, err)
		}
	}
	for _, other := range []string{"", "ch_123", "ord_", "ord_zzzzzzzzzzzzzzzzzzzzzzzzzz", "2000:standard", "ord_0123456789abcdefghjkmnpqri"} {
		var null bool
		if err := b.DB.Pool().QueryRow(t.Context(), "SELECT ref_uuid($1) IS NULL", other).Scan(&null); err != nil || !null {
			t.Errorf("%q is read as an identifier, %v", other, err)
		}
	}
}

// TestFigures_FollowDownToPostings sells, credits and refunds, and wants every
// figure to be the sum of the journals it leads to.
func TestFigures_FollowDownToPostings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	summit, clinic := b.priced("Summit"), b.priced("Clinic")
	b.sold(summit, 3)
	o := b.sold(summit, 1)
	b.sold(clinic, 2)
	b.refund(o, 1200)

	events := b.report(report.Events)
	if len(events.Rows) != 2 {
		t.Fatalf("%d events, want 2", len(events.Rows))
	}
	const row = 1 // Summit, after Clinic
	want := map[string]int64{
		"orders": 2, "sold": 9600, "discounts": 0, "credited": -1200, "vat": 1400, "net": 7000, "received": 9600, "refunded": -1200,
		"deferred": 7000, "earned": 0,
	}
	for key, n := range want {
		if got := cell(t, events, row, key); got != n {
			t.Errorf("Summit's %s is %d, want %d", key, got, n)
		}
	}
	found := b.journals(events.Rows[row].Trace)
	kinds := func(k ...ledger.Kind) map[ledger.Kind]bool {
		m := map[ledger.Kind]bool{}
		for _, kind := range k {
			m[kind] = true
		}
		return m
	}
	for key, n := range map[string]int64{
		"sold":     sum(found, kinds(ledger.KindSale), ledger.Receivable),
		"credited": sum(found, kinds(ledger.KindCredit), ledger.Receivable),
		"vat":      -sum(found, nil, ledger.VATOutput),
		"received": -sum(found, kinds(ledger.KindCapture), ledger.Receivable),
		"refunded": -sum(found, kinds(ledger.KindRefundSent), ledger.Receivable),
		"deferred": -sum(found, nil, ledger.DeferredIncome),
	} {
		if got := cell(t, events, row, key); got != n {
			t.Errorf("Summit's %s is %d and its journals come to %d", key, got, n)
		}
	}
	for _, j := range found {
		if j.Event != summit.ID || j.OrderCode == "" {
			t.Errorf("%s leads to event %s and order %q", j.SourceKey, j.Event, j.OrderCode)
		}
	}
}

// TestReports_AgreeWithEachOther wants the same sums whatever they are split by.
func TestReports_AgreeWithEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	summit, clinic := b.priced("Summit"), b.priced("Clinic")
	o := b.sold(summit, 3)
	b.Clock.Advance(48 * time.Hour)
	b.sold(clinic, 2)
	b.refund(o, 2400)

	totals := func(name report.Name, key string) int64 {
		table := b.report(name)
		total := table.Totals()
		if len(total) != 1 {
			t.Fatalf("%s has %d totals, want those of one currency", name, len(total))
		}
		return cell(t, report.Table{Name: name, Columns: table.Columns, Rows: total}, 0, key)
	}
	for _, name := range []report.Name{report.Events, report.Months, report.Days, report.Products, report.VAT} {
		gross := "gross"
		if name == report.Events || name == report.Months || name == report.Days {
			gross = "sold"
		}
		// The refund takes 8 pounds of each of three places back, and 1.33 of VAT with each.
		for key, n := range map[string]int64{gross: 12000, "credited": -2400, "vat": 1601, "net": 7999} {
			if got := totals(name, key); got != n {
				t.Errorf("%s says %s is %d, want %d", name, key, got, n)
			}
		}
	}
	if got := totals(report.Methods, "received"); got != 12000 {
		t.Errorf("by method %d was received, want 12000", got)
	}
	if got := len(b.report(report.Days).Rows); got != 2 {
		t.Errorf("%d days, want 2", got)
	}
	if got := totals(report.Accounts, "closing"); got != 0 {
		t.Errorf("the trial balance closes at %d, want 0", got)
	}
	if got := len(b.report(report.Documents).Rows); got != 3 {
		t.Errorf("%d documents, want two invoices and a credit note", got)
	}
}

func TestTrace_LeadsFromEveryReportToJournals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.sold(b.priced("Summit"), 2)
	b.refund(o, 600)
	for _, name := range report.Names() {
		table := b.report(name)
		for i, r := range table.Rows {
			if found := b.journals(r.Trace); len(found) == 0 {
				t.Errorf("row %d of %s leads nowhere", i, name)
			}
		}
		if len(table.Rows) == 0 && name != report.Codes && name != report.Payouts {
			t.Errorf("%s has no row", name)
		}
	}
}

func TestTrace_PagesShowEachJournalOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.priced("Summit")
	for range 3 {
		b.sold(e, 1)
	}
	all := b.journals(report.Trace{})
	var paged []uid.Journal
	var after *report.After
	for {
		found, next, err := b.reports.Journals(t.Context(), b.Org.ID, report.Trace{}, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range found {
			paged = append(paged, j.ID)
		}
		if after = next; after == nil {
			break
		}
	}
	if len(paged) != len(all) {
		t.Fatalf("pages show %d journals, all at once are %d", len(paged), len(all))
	}
	for i, j := range all {
		if paged[i] != j.ID {
			t.Errorf("journal %d differs", i)
		}
	}
}

func TestReport_OfAnotherOrganisationIsEmpty(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sold(b.priced("Summit"), 2)
	other := b.Person("other@example.org")
	theirs := b.Organisation("southern", "Southern", &other)
	for _, name := range report.Names() {
		table, err := b.reports.Report(t.Context(), name, report.Filter{Org: theirs.ID})
		if err != nil || len(table.Rows) != 0 {
			t.Errorf("%s shows %d rows of a stranger's books, %v", name, len(table.Rows), err)
		}
	}
}

// formulas are what spreadsheets would run.
var formulas = []string{"=cmd()", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1"}

func TestScenario71_FormulasInNamesAreNeutralised(t *testing.T) {
	t.Parallel()
	table := report.Table{Title: "Events", Columns: []report.Column{{Key: "event", Title: "Event", Kind: report.Text}, {Key: "sold", Title: "Sold", Kind: report.Money}}}
	for _, f := range formulas {
		table.Rows = append(table.Rows, report.Row{Currency: money.GBP, Cells: []report.Cell{{Text: f}, {N: -1250}}})
	}
	lines := strings.Split(strings.TrimSuffix(string(report.CSV(table, false)), "\r\n"), "\r\n")
	for i, f := range formulas {
		if want := "'" + f + ",-12.50"; strings.Trim(lines[i+1], `"`) != want && lines[i+1] != `"'`+f+`",-12.50` {
			t.Errorf("%q became %q, want %q", f, lines[i+1], want)
		}
	}
	file, err := report.XLSX(table)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range formulas {
		at := "A" + string(rune('2'+i))
		text, err := book.GetCellValue("Events", at)
		formula, ferr := book.GetCellFormula("Events", at)
		if err != nil || ferr != nil || formula != "" || text != "'"+f {
			t.Errorf("%s says %q and runs %q, want the text %q", at, text, formula, "'"+f)
		}
	}
	if amount, err := book.GetCellValue("Events", "B2", excelize.Options{RawCellValue: true}); err != nil || amount != "-12.5" {
		t.Errorf("the amount is %q, %v; want a number", amount, err)
	}
}

func TestCSV_IsRFC4180(t *testing.T) {
	t.Parallel()
	table := report.Table{
		Columns: []report.Column{{Title: "Name", Kind: report.Text}, {Title: "Yen", Kind: report.Money}, {Title: "Day", Kind: report.Date}, {Title: "N", Kind: report.Count}},
		Rows: []report.Row{{Currency: "JPY", Cells: []report.Cell{
			{Text: "He said \"no\",\nthen left"}, {N: 1200}, {Day: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)}, {N: 3},
		}}, {Currency: "KWD", Cells: []report.Cell{{Text: " spaced"}, {N: -1500}, {}, {N: 0}}}},
	}
	const want = "Name,Yen,Day,N\r\n\"He said \"\"no\"\",\nthen left\",1200,2026-11-05,3\r\n\" spaced\",-1.500,,0\r\n"
	if got := string(report.CSV(table, false)); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if got := report.CSV(table, true); !bytes.HasPrefix(got, []byte("\xef\xbb\xbfName")) {
		t.Errorf("the mark is missing: %q", got[:8])
	}
}
