package rpc

import (
	"context"

	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/gen/lanyard/finance/v1/financev1connect"
	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/uid"
)

// maxStatementBody is the largest request that brings a bank statement.
const maxStatementBody = 17 << 20

// statementProcedures are the methods whose requests bring a bank statement.
var statementProcedures = []string{financev1connect.BankServicePreviewStatementProcedure, financev1connect.BankServiceImportStatementProcedure}

type bankService struct {
	statements *bank.Service
	accounts   *account.Service
}

// ListBankAccounts implements lanyard.finance.v1.BankService.
func (s *bankService) ListBankAccounts(ctx context.Context, req *financev1.ListBankAccountsRequest) (*financev1.ListBankAccountsResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.statements.Accounts(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListBankAccountsResponse{}
	for _, a := range found {
		resp.Accounts = append(resp.Accounts, bankAccountMessage(a))
	}
	return resp, nil
}

// SaveBankAccount implements lanyard.finance.v1.BankService.
func (s *bankService) SaveBankAccount(ctx context.Context, req *financev1.SaveBankAccountRequest) (*financev1.SaveBankAccountResponse, error) {
	var d reader
	in := bank.AccountInput{
		Version: req.GetVersion(), Name: req.GetName(), Number: req.GetNumber(), Currency: req.GetCurrency(), Archived: req.GetArchived(),
		CSVColumns: req.GetCsvColumns(),
	}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	readOptionalID(&d, "account_id", req.GetAccountId(), &in.ID)
	if err := d.err(); err != nil {
		return nil, err
	}
	a, err := s.statements.SaveAccount(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &financev1.SaveBankAccountResponse{Account: bankAccountMessage(a)}, nil
}

// ListStatements implements lanyard.finance.v1.BankService.
func (s *bankService) ListStatements(ctx context.Context, req *financev1.ListStatementsRequest) (*financev1.ListStatementsResponse, error) {
	var d reader
	var org uid.Org
	var of uid.BankAccount
	readID(&d, "org_id", req.GetOrgId(), &org)
	readOptionalID(&d, "account_id", req.GetAccountId(), &of)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.statements.Statements(ctx, org, of)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListStatementsResponse{}
	for _, st := range found {
		resp.Statements = append(resp.Statements, statementMessage(st, n))
	}
	return resp, nil
}

// fileRequest is what every request that brings a statement has.
type fileRequest interface {
	GetOrgId() string
	GetAccountId() string
	GetFileName() string
	GetContent() []byte
}

func readImport(d *reader, req fileRequest) bank.ImportInput {
	in := bank.ImportInput{FileName: req.GetFileName(), Content: req.GetContent()}
	readID(d, "org_id", req.GetOrgId(), &in.Org)
	readOptionalID(d, "account_id", req.GetAccountId(), &in.Account)
	return in
}

// PreviewStatement implements lanyard.finance.v1.BankService.
func (s *bankService) PreviewStatement(ctx context.Context, req *financev1.PreviewStatementRequest) (*financev1.PreviewStatementResponse, error) {
	var d reader
	in := readImport(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.statements.Preview(ctx, in)
	if err != nil {
		return nil, err
	}
	return &financev1.PreviewStatementResponse{Report: fileReportMessage(found)}, nil
}

// ImportStatement implements lanyard.finance.v1.BankService.
func (s *bankService) ImportStatement(ctx context.Context, req *financev1.ImportStatementRequest) (*financev1.ImportStatementResponse, error) {
	var d reader
	in := readImport(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	done, err := s.statements.Import(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &financev1.ImportStatementResponse{Report: fileReportMessage(done)}, nil
}

// ListBankLines implements lanyard.finance.v1.BankService.
func (s *bankService) ListBankLines(ctx context.Context, req *financev1.ListBankLinesRequest) (*financev1.ListBankLinesResponse, error) {
	var d reader
	var org uid.Org
	f := bank.LineFilter{Open: req.GetOpen(), Query: req.GetQuery(), Size: pageSize(req.GetPageSize(), 50)}
	readID(&d, "org_id", req.GetOrgId(), &org)
	readOptionalID(&d, "account_id", req.GetAccountId(), &f.Account)
	readOptionalID(&d, "statement_id", req.GetStatementId(), &f.Statement)
	readPageToken(&d, req.GetPageToken(), &f.After)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.statements.Lines(ctx, org, f)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListBankLinesResponse{}
	for _, l := range found {
		resp.Lines = append(resp.Lines, bankLineMessage(l, n))
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// lineRequest is what every request about one line has.
type lineRequest interface {
	GetOrgId() string
	GetLineId() string
}

func readLine(d *reader, req lineRequest) (org uid.Org, line uid.BankLine) {
	readID(d, "org_id", req.GetOrgId(), &org)
	readID(d, "line_id", req.GetLineId(), &line)
	return org, line
}

// told is a line as the caller sees it.
func (s *bankService) told(ctx context.Context, org uid.Org, l bank.Line) (*financev1.BankLine, error) {
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	return bankLineMessage(l, n), nil
}

// GetBankLine implements lanyard.finance.v1.BankService.
func (s *bankService) GetBankLine(ctx context.Context, req *financev1.GetBankLineRequest) (*financev1.GetBankLineResponse, error) {
	var d reader
	org, id := readLine(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.statements.Line(ctx, org, id)
	if err != nil {
		return nil, err
	}
	m, err := s.told(ctx, org, l)
	return &financev1.GetBankLineResponse{Line: m}, err
}

// ListCandidates implements lanyard.finance.v1.BankService.
func (s *bankService) ListCandidates(ctx context.Context, req *financev1.ListCandidatesRequest) (*financev1.ListCandidatesResponse, error) {
	var d reader
	org, id := readLine(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.statements.Candidates(ctx, org, id, req.GetQuery())
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListCandidatesResponse{}
	for _, c := range found {
		resp.Candidates = append(resp.Candidates, &financev1.Candidate{
			Kind: targetKinds.message(c.Kind), Ref: c.Ref, Title: c.Title, Amount: sumMessage(c.Amount), Day: dayText(c.On), Why: c.Why, Exact: c.Exact, Sure: c.Sure,
		})
	}
	return resp, nil
}

// MatchLine implements lanyard.finance.v1.BankService.
func (s *bankService) MatchLine(ctx context.Context, req *financev1.MatchLineRequest) (*financev1.MatchLineResponse, error) {
	var d reader
	in := bank.MatchInput{Reason: req.GetReason()}
	in.Org, in.Line = readLine(&d, req)
	for _, p := range req.GetParts() {
		in.Parts = append(in.Parts, bank.Part{Kind: targetKinds.domain(p.GetKind()), Ref: p.GetRef(), Minor: p.GetAmountMinor()})
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.statements.Match(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	m, err := s.told(ctx, in.Org, l)
	return &financev1.MatchLineResponse{Line: m}, err
}

// UnmatchLine implements lanyard.finance.v1.BankService.
func (s *bankService) UnmatchLine(ctx context.Context, req *financev1.UnmatchLineRequest) (*financev1.UnmatchLineResponse, error) {
	var d reader
	var org uid.Org
	var id uid.BankMatch
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "match_id", req.GetMatchId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.statements.Unmatch(ctx, account.ActorFrom(ctx), Key(ctx, req), org, id, req.GetReason())
	if err != nil {
		return nil, err
	}
	m, err := s.told(ctx, org, l)
	return &financev1.UnmatchLineResponse{Line: m}, err
}
