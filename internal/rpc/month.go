package rpc

import (
	"context"
	"time"

	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/uid"
)

// monthRequest is what every request about a month has.
type monthRequest interface {
	GetOrgId() string
	GetMonth() string
}

func readMonth(d *reader, req monthRequest) (org uid.Org, month time.Time) {
	readID(d, "org_id", req.GetOrgId(), &org)
	readDay(d, "month", req.GetMonth(), &month)
	return org, ledger.Month(month)
}

// ListMonths implements lanyard.finance.v1.FinanceService.
func (s *financeService) ListMonths(ctx context.Context, req *financev1.ListMonthsRequest) (*financev1.ListMonthsResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.books.Months(ctx, org)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListMonthsResponse{}
	for _, m := range found {
		resp.Months = append(resp.Months, monthMessage(m, n))
	}
	return resp, nil
}

// GetMonth implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetMonth(ctx context.Context, req *financev1.GetMonthRequest) (*financev1.GetMonthResponse, error) {
	var d reader
	org, month := readMonth(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	m, err := s.books.Month(ctx, org, month)
	if err != nil {
		return nil, err
	}
	proofs := m.Proofs
	if !m.Closed {
		if proofs, err = s.books.Proofs(ctx, org, month); err != nil {
			return nil, err
		}
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetMonthResponse{Month: monthMessage(m, n), Proofs: proofMessages(proofs)}
	for _, sum := range m.Sums {
		resp.Sums = append(resp.Sums, &financev1.AccountSum{
			Account: string(sum.Account), Title: sum.Title, Currency: string(sum.Currency), OpeningMinor: sum.Opening, DebitsMinor: sum.Debits,
			CreditsMinor: sum.Credits, ClosingMinor: sum.Closing,
		})
	}
	return resp, nil
}

// CheckMonth implements lanyard.finance.v1.FinanceService.
func (s *financeService) CheckMonth(ctx context.Context, req *financev1.CheckMonthRequest) (*financev1.CheckMonthResponse, error) {
	var d reader
	org, month := readMonth(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	m, proofs, err := s.books.CheckMonth(ctx, org, month)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	return &financev1.CheckMonthResponse{Month: monthMessage(m, n), Proofs: proofMessages(proofs)}, nil
}

// CloseMonth implements lanyard.finance.v1.FinanceService.
func (s *financeService) CloseMonth(ctx context.Context, req *financev1.CloseMonthRequest) (*financev1.CloseMonthResponse, error) {
	var d reader
	org, month := readMonth(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	m, err := s.books.CloseMonth(ctx, account.ActorFrom(ctx), org, month)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	return &financev1.CloseMonthResponse{Month: monthMessage(m, n), Proofs: proofMessages(m.Proofs)}, nil
}

// ReopenMonth implements lanyard.finance.v1.FinanceService.
func (s *financeService) ReopenMonth(ctx context.Context, req *financev1.ReopenMonthRequest) (*financev1.ReopenMonthResponse, error) {
	var d reader
	org, month := readMonth(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	opened, err := s.books.ReopenMonth(ctx, account.ActorFrom(ctx), org, month)
	if err != nil {
		return nil, err
	}
	return &financev1.ReopenMonthResponse{Opened: opened}, nil
}

// GetSnapshot implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetSnapshot(ctx context.Context, req *financev1.GetSnapshotRequest) (*financev1.GetSnapshotResponse, error) {
	var d reader
	org, month := readMonth(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	text, signature, err := s.books.Snapshot(ctx, org, month)
	if err != nil {
		return nil, err
	}
	name := "lanyard-close-" + month.Format("2006-01") + ".json"
	return &financev1.GetSnapshotResponse{FileName: name, File: text, Signature: signature}, nil
}
