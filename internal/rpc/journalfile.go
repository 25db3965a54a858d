package rpc

import (
	"context"

	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/report"
	"lanyard/internal/uid"
)

var packages = words[report.System, financev1.AccountsPackage]{
	report.Xero:       financev1.AccountsPackage_ACCOUNTS_PACKAGE_XERO,
	report.QuickBooks: financev1.AccountsPackage_ACCOUNTS_PACKAGE_QUICKBOOKS,
	report.Sage:       financev1.AccountsPackage_ACCOUNTS_PACKAGE_SAGE,
}

var journalDetails = words[report.Detail, financev1.JournalDetail]{
	report.Summary:  financev1.JournalDetail_JOURNAL_DETAIL_SUMMARY,
	report.Detailed: financev1.JournalDetail_JOURNAL_DETAIL_DETAILED,
}

var rhythms = words[report.Every, financev1.Rhythm]{
	report.EveryWeek:  financev1.Rhythm_RHYTHM_WEEK,
	report.EveryMonth: financev1.Rhythm_RHYTHM_MONTH,
}

// journalRequest is what every request for a package's file has.
type journalRequest interface {
	GetOrgId() string
	GetPackage() financev1.AccountsPackage
	GetFirstDay() string
	GetLastDay() string
	GetCurrency() string
	GetDetail() financev1.JournalDetail
	GetAgain() bool
}

func readJournalInput(d *reader, req journalRequest) report.JournalInput {
	in := report.JournalInput{
		System: packages.domain(req.GetPackage()), Currency: money.Currency(req.GetCurrency()), Detail: journalDetails.domain(req.GetDetail()),
		Again: req.GetAgain(),
	}
	readID(d, "org_id", req.GetOrgId(), &in.Org)
	readPeriod(d, req.GetFirstDay(), req.GetLastDay(), &in.From, &in.Until)
	return in
}

// PreviewJournalExport implements lanyard.finance.v1.ReportService.
func (s *reportService) PreviewJournalExport(ctx context.Context, req *financev1.PreviewJournalExportRequest) (*financev1.PreviewJournalExportResponse, error) {
	var d reader
	in := readJournalInput(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.reports.PreviewJournal(ctx, in)
	if err != nil {
		return nil, err
	}
	resp := &financev1.PreviewJournalExportResponse{
		Journals: int32(p.Journals), Lines: int32(p.Lines), DebitsMinor: p.Debits, Before: int32(p.Before), Open: p.Open,
	}
	for _, a := range p.Unmapped {
		resp.Unmapped = append(resp.Unmapped, &financev1.AccountName{Account: string(a), Title: report.AccountTitle(a)})
	}
	for _, c := range p.OtherCurrencies {
		resp.OtherCurrencies = append(resp.OtherCurrencies, string(c))
	}
	return resp, nil
}

// ExportJournals implements lanyard.finance.v1.ReportService.
func (s *reportService) ExportJournals(ctx context.Context, req *financev1.ExportJournalsRequest) (*financev1.ExportJournalsResponse, error) {
	var d reader
	in := readJournalInput(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, file, err := s.reports.ExportJournal(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &financev1.ExportJournalsResponse{Export: exportMessage(e), File: file}, nil
}

// GetMapping implements lanyard.finance.v1.ReportService.
func (s *reportService) GetMapping(ctx context.Context, req *financev1.GetMappingRequest) (*financev1.GetMappingResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	m, err := s.reports.Mapping(ctx, org, packages.domain(req.GetPackage()))
	if err != nil {
		return nil, err
	}
	accounts, err := s.reports.Mappable(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetMappingResponse{Version: m.Version}
	for _, l := range m.Lines {
		resp.Lines = append(resp.Lines, &financev1.MappingLine{Account: string(l.Account), Ref: l.Ref, Code: l.Code, Tax: l.Tax, Extra: l.Extra})
	}
	for _, a := range accounts {
		resp.Accounts = append(resp.Accounts, &financev1.MappedAccount{Account: string(a.Account), Ref: a.Ref, Title: a.Title, Used: a.Used})
	}
	return resp, nil
}

// SaveMapping implements lanyard.finance.v1.ReportService.
func (s *reportService) SaveMapping(ctx context.Context, req *financev1.SaveMappingRequest) (*financev1.SaveMappingResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	m := report.Mapping{System: packages.domain(req.GetPackage()), Version: req.GetVersion()}
	for _, l := range req.GetLines() {
		m.Lines = append(m.Lines, report.MappingLine{
			Account: ledger.Account(l.GetAccount()), Ref: l.GetRef(), Code: l.GetCode(), Tax: l.GetTax(), Extra: l.GetExtra(),
		})
	}
	m, err := s.reports.SaveMapping(ctx, account.ActorFrom(ctx), Key(ctx, req), org, m)
	if err != nil {
		return nil, err
	}
	return &financev1.SaveMappingResponse{Version: m.Version}, nil
}

func mailingMessage(c report.Schedule) *financev1.Schedule {
	return &financev1.Schedule{
		Id: c.ID.String(), NextAt: timestamp(c.NextAt), LastAt: timestamp(c.LastAt), Version: c.Version,
		Details: &financev1.ScheduleDetails{
			Report: reportNames.message(c.Report), Format: fileFormats.message(c.Format), Every: rhythms.message(c.Every), Day: int32(c.Day),
			Recipients: c.Recipients, Paused: c.Paused,
		},
	}
}

// ListSchedules implements lanyard.finance.v1.ReportService.
func (s *reportService) ListSchedules(ctx context.Context, req *financev1.ListSchedulesRequest) (*financev1.ListSchedulesResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.reports.Schedules(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListSchedulesResponse{}
	for _, c := range found {
		resp.Schedules = append(resp.Schedules, mailingMessage(c))
	}
	return resp, nil
}

// SaveSchedule implements lanyard.finance.v1.ReportService.
func (s *reportService) SaveSchedule(ctx context.Context, req *financev1.SaveScheduleRequest) (*financev1.SaveScheduleResponse, error) {
	var d reader
	var org uid.Org
	m := req.GetDetails()
	c := report.Schedule{
		Report: reportNames.domain(m.GetReport()), Format: fileFormats.domain(m.GetFormat()), Every: rhythms.domain(m.GetEvery()), Day: int(m.GetDay()),
		Recipients: m.GetRecipients(), Paused: m.GetPaused(), Version: req.GetVersion(),
	}
	readID(&d, "org_id", req.GetOrgId(), &org)
	readOptionalID(&d, "schedule_id", req.GetScheduleId(), &c.ID)
	if err := d.err(); err != nil {
		return nil, err
	}
	c, err := s.reports.SaveSchedule(ctx, account.ActorFrom(ctx), Key(ctx, req), org, c)
	if err != nil {
		return nil, err
	}
	return &financev1.SaveScheduleResponse{Schedule: mailingMessage(c)}, nil
}

// DropSchedule implements lanyard.finance.v1.ReportService.
func (s *reportService) DropSchedule(ctx context.Context, req *financev1.DropScheduleRequest) (*financev1.DropScheduleResponse, error) {
	var d reader
	var org uid.Org
	var id uid.Schedule
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "schedule_id", req.GetScheduleId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.reports.DropSchedule(ctx, account.ActorFrom(ctx), org, id); err != nil {
		return nil, err
	}
	return &financev1.DropScheduleResponse{}, nil
}
