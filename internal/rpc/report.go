package rpc

import (
	"context"
	"time"

	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/report"
	"lanyard/internal/uid"
)

type reportService struct{ reports *report.Service }

var reportNames = words[report.Name, financev1.ReportName]{
	report.Events:    financev1.ReportName_REPORT_NAME_EVENTS,
	report.Months:    financev1.ReportName_REPORT_NAME_MONTHS,
	report.Days:      financev1.ReportName_REPORT_NAME_DAYS,
	report.Products:  financev1.ReportName_REPORT_NAME_PRODUCTS,
	report.VAT:       financev1.ReportName_REPORT_NAME_VAT,
	report.Codes:     financev1.ReportName_REPORT_NAME_CODES,
	report.Methods:   financev1.ReportName_REPORT_NAME_METHODS,
	report.Payouts:   financev1.ReportName_REPORT_NAME_PAYOUTS,
	report.OpenItems: financev1.ReportName_REPORT_NAME_OPEN_ITEMS,
	report.Documents: financev1.ReportName_REPORT_NAME_DOCUMENTS,
	report.Accounts:  financev1.ReportName_REPORT_NAME_ACCOUNTS,
	report.Postings:  financev1.ReportName_REPORT_NAME_POSTINGS,
}

var fileFormats = words[report.Format, financev1.FileFormat]{
	report.FormatCSV:      financev1.FileFormat_FILE_FORMAT_CSV,
	report.FormatPlainCSV: financev1.FileFormat_FILE_FORMAT_CSV_PLAIN,
	report.FormatXLSX:     financev1.FileFormat_FILE_FORMAT_XLSX,
}

var columnKinds = words[report.ColumnKind, financev1.ColumnKind]{
	report.Text:  financev1.ColumnKind_COLUMN_KIND_TEXT,
	report.Money: financev1.ColumnKind_COLUMN_KIND_MONEY,
	report.Count: financev1.ColumnKind_COLUMN_KIND_COUNT,
	report.Date:  financev1.ColumnKind_COLUMN_KIND_DATE,
}

// dayText is a day as the contract writes it; "" for none.
func dayText(d time.Time) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// lastText is the day before an exclusive end.
func lastText(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return dayText(until.AddDate(0, 0, -1))
}

// readDay reads a day; empty text is the zero time.
func readDay(d *reader, path, text string, into *time.Time) {
	if text == "" {
		return
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		d.refuse(path, "day", "is no day of the calendar")
		return
	}
	*into = day
}

// readPeriod reads a first and a last day into a half-open span.
func readPeriod(d *reader, first, last string, from, until *time.Time) {
	readDay(d, "first_day", first, from)
	readDay(d, "last_day", last, until)
	if until.IsZero() {
		return
	}
	if !from.IsZero() && until.Before(*from) {
		d.refuse("last_day", "period.order", "is before the first day")
	}
	*until = until.AddDate(0, 0, 1)
}

// rowsShown is how many rows of a report a screen gets; files have them all.
const rowsShown = 2000

func tableMessage(t report.Table) *financev1.Table {
	m := &financev1.Table{Report: reportNames.message(t.Name), Title: t.Title}
	for _, c := range t.Columns {
		m.Columns = append(m.Columns, &financev1.Column{Key: c.Key, Title: c.Title, Kind: columnKinds.message(c.Kind), Summed: c.Summed})
	}
	for _, r := range t.Totals() {
		m.Totals = append(m.Totals, rowMessage(t, r))
	}
	shown := t.Rows
	if len(shown) > rowsShown {
		m.More = int32(len(shown) - rowsShown)
		shown = shown[:rowsShown]
	}
	for _, r := range shown {
		m.Rows = append(m.Rows, rowMessage(t, r))
	}
	return m
}

func rowMessage(t report.Table, r report.Row) *financev1.Row {
	m := &financev1.Row{Currency: string(r.Currency), Trace: traceMessage(r.Trace)}
	for i, c := range r.Cells {
		cell := &financev1.Cell{Text: c.Text, Number: c.N}
		if t.Columns[i].Kind == report.Date {
			cell.Text = dayText(c.Day)
		}
		m.Cells = append(m.Cells, cell)
	}
	return m
}

func traceMessage(t report.Trace) *financev1.Trace {
	m := &financev1.Trace{
		FirstDay: dayText(t.From), LastDay: lastText(t.Until), Currency: string(t.Currency), Event: optionalText(t.Event), Order: optionalText(t.Order),
		Product: optionalText(t.Product), Vat: t.VAT, Code: t.Code, Method: t.Method, Account: string(t.Account), Ref: t.Ref, Source: t.Source,
	}
	for _, k := range t.Kinds {
		m.Kinds = append(m.Kinds, string(k))
	}
	return m
}

func readTrace(d *reader, m *financev1.Trace) report.Trace {
	t := report.Trace{
		Currency: money.Currency(m.GetCurrency()), VAT: m.GetVat(), Code: m.GetCode(), Method: m.GetMethod(), Account: ledger.Account(m.GetAccount()),
		Ref: m.GetRef(), Source: m.GetSource(),
	}
	readPeriod(d, m.GetFirstDay(), m.GetLastDay(), &t.From, &t.Until)
	readOptionalID(d, "trace.event", m.GetEvent(), &t.Event)
	readOptionalID(d, "trace.order", m.GetOrder(), &t.Order)
	readOptionalID(d, "trace.product", m.GetProduct(), &t.Product)
	for _, k := range m.GetKinds() {
		t.Kinds = append(t.Kinds, ledger.Kind(k))
	}
	return t
}

// reportRequest is what every request about a report has.
type reportRequest interface {
	GetOrgId() string
	GetFirstDay() string
	GetLastDay() string
	GetOnlyEventId() string
}

func readFilter(d *reader, req reportRequest) (f report.Filter) {
	readID(d, "org_id", req.GetOrgId(), &f.Org)
	readOptionalID(d, "only_event_id", req.GetOnlyEventId(), &f.Event)
	readPeriod(d, req.GetFirstDay(), req.GetLastDay(), &f.From, &f.Until)
	return f
}

// GetReport implements lanyard.finance.v1.ReportService.
func (s *reportService) GetReport(ctx context.Context, req *financev1.GetReportRequest) (*financev1.GetReportResponse, error) {
	var d reader
	f := readFilter(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	t, err := s.reports.Report(ctx, reportNames.domain(req.GetReport()), f)
	if err != nil {
		return nil, err
	}
	return &financev1.GetReportResponse{Table: tableMessage(t)}, nil
}

func journalMessage(j ledger.Posted) *financev1.Journal {
	m := &financev1.Journal{
		Id: j.ID.String(), Source: j.SourceKey, Kind: string(j.Kind), Day: dayText(j.On), PostedAt: timestamp(j.PostedAt), Memo: j.Memo,
		Reversal: !j.Reverses.IsZero(),
	}
	for _, p := range j.Postings {
		m.Lines = append(m.Lines, &financev1.JournalLine{
			Account: string(p.Account), AccountTitle: report.AccountTitle(p.Account), Ref: p.Ref, AmountMinor: p.Amount.Minor, Currency: string(p.Amount.Currency),
		})
	}
	return m
}

// ListJournals implements lanyard.finance.v1.ReportService.
func (s *reportService) ListJournals(ctx context.Context, req *financev1.ListJournalsRequest) (*financev1.ListJournalsResponse, error) {
	var d reader
	var org uid.Org
	var after *report.After
	readID(&d, "org_id", req.GetOrgId(), &org)
	trace := readTrace(&d, req.GetTrace())
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.reports.Journals(ctx, org, trace, after, pageSize(req.GetPageSize(), 50))
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListJournalsResponse{}
	for _, j := range found {
		m := journalMessage(j.Posted)
		m.OrderId, m.OrderCode, m.EventId, m.EventTitle = optionalText(j.Order), j.OrderCode, optionalText(j.Event), j.EventTitle
		resp.Journals = append(resp.Journals, m)
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// ExportReport implements lanyard.finance.v1.ReportService.
func (s *reportService) ExportReport(ctx context.Context, req *financev1.ExportReportRequest) (*financev1.ExportReportResponse, error) {
	var d reader
	in := report.ReportInput{Filter: readFilter(&d, req), Report: reportNames.domain(req.GetReport()), Format: fileFormats.domain(req.GetFormat())}
	if err := d.err(); err != nil {
		return nil, err
	}
	e, file, err := s.reports.ExportReport(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &financev1.ExportReportResponse{Export: exportMessage(e), File: file}, nil
}

func exportMessage(e report.Export) *financev1.Export {
	return &financev1.Export{
		Id: e.ID.String(), Title: e.Title(), Format: fileFormats.message(e.Format), Package: packages.message(report.System(e.Report)),
		Detail: journalDetails.message(e.Detail), Currency: string(e.Currency), FirstDay: dayText(e.From), LastDay: lastText(e.Until), Rows: int32(e.Rows),
		Journals: int32(e.Journals), Again: int32(e.Again), Sha256: e.SHA256, Repeats: optionalText(e.Repeats), RepeatsAt: timestamp(e.RepeatsAt),
		FileName: e.FileName, Scheduled: e.Scheduled, MadeAt: timestamp(e.MadeAt), MadeBy: e.MadeBy,
	}
}

// ListExports implements lanyard.finance.v1.ReportService.
func (s *reportService) ListExports(ctx context.Context, req *financev1.ListExportsRequest) (*financev1.ListExportsResponse, error) {
	var d reader
	var org uid.Org
	var after *report.AfterExport
	readID(&d, "org_id", req.GetOrgId(), &org)
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.reports.Exports(ctx, org, after, pageSize(req.GetPageSize(), 50))
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListExportsResponse{}
	for _, e := range found {
		resp.Exports = append(resp.Exports, exportMessage(e))
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// GetExportFile implements lanyard.finance.v1.ReportService.
func (s *reportService) GetExportFile(ctx context.Context, req *financev1.GetExportFileRequest) (*financev1.GetExportFileResponse, error) {
	var d reader
	var org uid.Org
	var id uid.Export
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "export_id", req.GetExportId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, file, err := s.reports.File(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return &financev1.GetExportFileResponse{Export: exportMessage(e), File: file}, nil
}
