package report_test

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/report"
)

// mapped gives every account a counterpart in a package.
func (b *books) mapped(system report.System) {
	b.T.Helper()
	m := report.Mapping{System: system}
	for i, e := range ledger.Chart() {
		l := report.MappingLine{Account: e.Account, Code: strconv.Itoa(4000 + i)}
		switch system {
		case report.Xero:
			l.Tax, l.Extra = "No VAT", "Source: Lanyard"
		case report.QuickBooks:
			l.Code = "Lanyard:" + e.Title
		case report.Sage:
			l.Tax = "T9"
		}
		m.Lines = append(m.Lines, l)
	}
	if _, err := b.reports.SaveMapping(b.T.Context(), b.Owner, replay.Key{}, b.Org.ID, m); err != nil {
		b.T.Fatal(err)
	}
}

func (b *books) input(system report.System, detail report.Detail) report.JournalInput {
	f := b.november()
	return report.JournalInput{Org: f.Org, System: system, From: f.From, Until: f.Until, Currency: money.GBP, Detail: detail}
}

func (b *books) export(in report.JournalInput) (report.Export, [][]string, error) {
	b.T.Helper()
	e, file, err := b.reports.ExportJournal(b.T.Context(), b.Owner, replay.Key{}, in)
	if err != nil {
		return e, nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		b.T.Fatalf("%s is no CSV: %v", e.FileName, err)
	}
	return e, rows, nil
}

func TestScenario70_UnmappedAccountsAreRefusedByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sold(b.priced("Summit"), 1)
	_, _, err := b.export(b.input(report.Xero, report.Detailed))
	f, ok := fault.As(err)
	if !ok || f.Reason != fault.WrongState {
		t.Fatalf("an export without a mapping gave %v, want WRONG_STATE", err)
	}
	var named []string
	for _, v := range f.Fields {
		named = append(named, v.Path)
	}
	want := []string{"mapping.receivable", "mapping.stripe_pending", "mapping.deferred_income", "mapping.vat_output"}
	if d := cmp.Diff(want, named); d != "" {
		t.Errorf("named accounts (-want +got):\n%s", d)
	}
	if all, _, err := b.reports.Exports(t.Context(), b.Org.ID, nil, 10); err != nil || len(all) != 0 {
		t.Errorf("%d exports are recorded, %v; want none", len(all), err)
	}
}

func TestScenario70_ASecondExportIsFlagged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.priced("Summit")
	b.sold(e, 1)
	b.mapped(report.Sage)
	in := b.input(report.Sage, report.Summary)
	first, _, err := b.export(in)
	if err != nil {
		t.Fatal(err)
	}
	if first.Journals != 2 || first.Again != 0 || !first.Repeats.IsZero() || len(first.SHA256) != 64 {
		t.Errorf("the first export is %+v", first)
	}

	if _, _, err := b.export(in); !fault.Is(err, fault.WrongState) {
		t.Errorf("the second export gave %v, want WRONG_STATE", err)
	}
	in.Again = true
	again, _, err := b.export(in)
	if err != nil {
		t.Fatal(err)
	}
	if again.Repeats != first.ID || again.SHA256 != first.SHA256 || again.Again != 2 {
		t.Errorf("the repeated export is %+v, want it to name %s", again, first.ID)
	}

	in.Again = false
	b.sold(e, 2)
	rest, rows, err := b.export(in)
	if err != nil {
		t.Fatal(err)
	}
	if rest.Journals != 2 || !rest.Repeats.IsZero() || rest.SHA256 == first.SHA256 {
		t.Errorf("the export of what is new is %+v", rest)
	}
	if got := rows[1][7]; got != "40.00" && got != "48.00" && got != "8.00" {
		t.Errorf("its first amount is %s, want one of the new order's", got)
	}
}

// TestJournals_BalanceInEveryPackage reads each file back and adds it up.
func TestJournals_BalanceInEveryPackage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.sold(b.priced("Summit"), 3)
	b.refund(o, 1700)
	for _, system := range []report.System{report.Xero, report.QuickBooks, report.Sage} {
		b.mapped(system)
		for _, detail := range []report.Detail{report.Summary, report.Detailed} {
			in := b.input(system, detail)
			in.Again = true
			p, err := b.reports.PreviewJournal(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			e, rows, err := b.export(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := balance(t, system, rows); got != 0 {
				t.Errorf("%s, %s comes to %d, want nothing", system, detail, got)
			}
			if p.Lines != len(rows)-1 || e.Rows != p.Lines || p.Debits == 0 || !p.Open {
				t.Errorf("%s, %s: the preview says %+v, the file has %d lines", system, detail, p, len(rows)-1)
			}
		}
	}
}

func balance(t *testing.T, system report.System, rows [][]string) int64 {
	t.Helper()
	var n int64
	read := func(text string) int64 {
		if text == "" {
			return 0
		}
		a, err := money.Parse(text, money.GBP)
		if err != nil {
			t.Fatalf("%s has the amount %q", system, text)
		}
		return a.Minor
	}
	for _, r := range rows[1:] {
		switch system {
		case report.Xero:
			n += read(r[5])
		case report.QuickBooks:
			n += read(r[3]) - read(r[4])
		case report.Sage:
			if r[0] == "JC" {
				n -= read(r[7])
			} else {
				n += read(r[7])
			}
		}
	}
	return n
}

// TestJournals_LayoutsAreThePackages compares one sale's lines with what the
// packages ask for.
func TestJournals_LayoutsAreThePackages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sold(b.priced("Summit"), 1)
	code := strconv.Itoa(4000 + slices.IndexFunc(ledger.Chart(), func(e ledger.Entry) bool { return e.Account == ledger.VATOutput }))
	want := map[report.System][]string{
		report.Xero:       {"Lanyard 1 Nov 2026 to 30 Nov 2026", "30/11/2026", "VAT on sales", code, "No VAT", "-4.00", "Source", "Lanyard", "", ""},
		report.QuickBooks: {"LAN-20261130-GBP", "30/11/2026", "Lanyard:VAT on sales", "", "4.00", "VAT on sales", ""},
		report.Sage:       {"JC", "", code, "", "30/11/2026", "LAN-20261130-GBP", "VAT on sales", "4.00", "T9", "0.00"},
	}
	for system, line := range want {
		b.mapped(system)
		_, rows, err := b.export(b.input(system, report.Summary))
		if err != nil {
			t.Fatal(err)
		}
		last := rows[len(rows)-1]
		last[0] = strings.TrimPrefix(last[0], "LAN-20261130-GBP ")
		if d := cmp.Diff(line, last); d != "" {
			t.Errorf("%s's last line (-want +got):\n%s", system, d)
		}
	}
}

func TestMapping_RefusesWhatThePackageWould(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		system report.System
		line   report.MappingLine
		path   string
	}{
		"Xero without a tax rate":  {report.Xero, report.MappingLine{Account: ledger.Bank, Code: "200"}, "lines[0].tax"},
		"Xero's code too long":     {report.Xero, report.MappingLine{Account: ledger.Bank, Code: "12345678901", Tax: "No VAT"}, "lines[0].code"},
		"Sage's code with letters": {report.Sage, report.MappingLine{Account: ledger.Bank, Code: "BANK", Tax: "T9"}, "lines[0].code"},
		"Sage's tax code":          {report.Sage, report.MappingLine{Account: ledger.Bank, Code: "1200", Tax: "20%"}, "lines[0].tax"},
		"QuickBooks without name":  {report.QuickBooks, report.MappingLine{Account: ledger.Bank}, "lines[0].code"},
		"an account we lack":       {report.Sage, report.MappingLine{Account: "petty_cash", Code: "1230", Tax: "T9"}, "lines[0].account"},
		"a package we lack":        {"abacus", report.MappingLine{Account: ledger.Bank, Code: "1200"}, "package"},
	} {
		_, err := b.reports.SaveMapping(t.Context(), b.Owner, replay.Key{}, b.Org.ID, report.Mapping{System: c.system, Lines: []report.MappingLine{c.line}})
		f, ok := fault.As(err)
		if !ok || f.Reason != fault.InvalidInput || f.Fields[0].Path != c.path {
			t.Errorf("%s: %v, want a complaint about %s", name, err, c.path)
		}
	}
}

func TestMapping_OfTwoChangesAtOnceOneIsStale(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mapped(report.Sage)
	m, err := b.reports.Mapping(t.Context(), b.Org.ID, report.Sage)
	if err != nil || m.Version != 1 {
		t.Fatal(m.Version, err)
	}
	if _, err := b.reports.SaveMapping(t.Context(), b.Owner, replay.Key{}, b.Org.ID, m); err != nil {
		t.Fatal(err)
	}
	if _, err := b.reports.SaveMapping(t.Context(), b.Owner, replay.Key{}, b.Org.ID, m); !fault.Is(err, fault.StaleVersion) {
		t.Errorf("saving over a change gave %v, want STALE_VERSION", err)
	}
}

func TestExports_KeepTheFileAsItLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sold(b.priced("Summit"), 1)
	in := report.ReportInput{Filter: b.november(), Report: report.Events, Format: report.FormatXLSX}
	made, file, err := b.reports.ExportReport(t.Context(), b.Owner, replay.Key{}, in)
	if err != nil {
		t.Fatal(err)
	}
	_, kept, err := b.reports.File(t.Context(), b.Org.ID, made.ID)
	if err != nil || !cmp.Equal(file, kept) {
		t.Errorf("the file differs from what was kept, %v", err)
	}
	if made.FileName != "lanyard-events-2026-11.xlsx" || made.Rows != 1 || made.MadeBy == "" {
		t.Errorf("the export is %+v", made)
	}
	in.Format = report.FormatPlainCSV
	again, _, err := b.reports.ExportReport(t.Context(), b.Owner, replay.Key{}, in)
	if err != nil || again.Repeats != made.ID {
		t.Errorf("the same figures in another format repeat %s, %v; want %s", again.Repeats, err, made.ID)
	}
	if _, _, err := b.reports.File(t.Context(), b.Event().Org, made.ID); err != nil {
		t.Error(err)
	}
	other := b.Person("other@example.org")
	theirs := b.Organisation("southern", "Southern", &other)
	if _, _, err := b.reports.File(t.Context(), theirs.ID, made.ID); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("a stranger reads the file: %v", err)
	}
}

func TestJournal_RefusesPeriodsThatAreNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, change := range map[string]func(*report.JournalInput){
		"package":  func(in *report.JournalInput) { in.System = "" },
		"last_day": func(in *report.JournalInput) { in.Until = in.From },
		"currency": func(in *report.JournalInput) { in.Currency = "XXX" },
		"detail":   func(in *report.JournalInput) { in.Detail = "" },
	} {
		in := b.input(report.Sage, report.Summary)
		change(&in)
		_, err := b.reports.PreviewJournal(t.Context(), in)
		if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Path != path {
			t.Errorf("%v, want a complaint about %s", err, path)
		}
	}
	in := b.input(report.Sage, report.Summary)
	in.Until = in.From.Add(500 * 24 * time.Hour)
	if _, err := b.reports.PreviewJournal(t.Context(), in); !fault.Is(err, fault.InvalidInput) {
		t.Errorf("500 days gave %v", err)
	}
	if _, _, err := b.export(b.input(report.Sage, report.Summary)); !fault.Is(err, fault.WrongState) {
		t.Errorf("an empty month gave %v, want WRONG_STATE", err)
	}
}
