package rpc

import (
	"context"

	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/reconcile"
	"lanyard/internal/uid"
)

type financeService struct {
	books    *reconcile.Service
	accounts *account.Service
}

// names are those of an organisation's people, by actor, and who is asking.
type names struct {
	of map[string]string
	me string
}

// readNames reads the team's names. Who has left the team keeps their identifier.
func readNames(ctx context.Context, accounts *account.Service, org uid.Org) (names, error) {
	n := names{of: map[string]string{"system": "Lanyard"}, me: account.ActorFrom(ctx).ID()}
	members, err := accounts.Members(ctx, org)
	for _, m := range members {
		if n.of[m.Person.String()] = m.Name; m.Name == "" {
			n.of[m.Person.String()] = m.Email
		}
	}
	return n, err
}

func (n names) name(actor string) string {
	if name, ok := n.of[actor]; ok {
		return name
	}
	return actor
}

// GetOverview implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetOverview(ctx context.Context, req *financev1.GetOverviewRequest) (*financev1.GetOverviewResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.books.Overview(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetOverviewResponse{
		AsOf: dayText(o.AsOf), StripeBalance: sumMessages(o.StripeBalance), InTransit: sumMessages(o.InTransit), Month: dayText(o.Month),
	}
	for _, j := range o.Joins {
		resp.Joins = append(resp.Joins, &financev1.JoinSum{
			Join: joins.message(j.ID), Title: j.Title, Matched: heapMessage(j.Matched), Timing: heapMessage(j.Timing), Watch: heapMessage(j.Watch),
			Exception: heapMessage(j.Exception), Explained: int32(j.Explained),
		})
	}
	for _, f := range o.Feeds {
		resp.Feeds = append(resp.Feeds, &financev1.Feed{
			Account: f.Account, Until: timestamp(f.Until), Running: f.Running, Rows: int64(f.Rows), Balance: sumMessages(f.Balance),
			Mirrored: sumMessages(f.Mirrored), CheckedAt: timestamp(f.CheckedAt),
		})
	}
	return resp, nil
}

// ListItems implements lanyard.finance.v1.FinanceService.
func (s *financeService) ListItems(ctx context.Context, req *financev1.ListItemsRequest) (*financev1.ListItemsResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.books.Items(ctx, org, reconcile.ItemFilter{
		Join: joins.domain(req.GetJoin()), Band: bands.domain(req.GetBand()), Ref: req.GetQuery(), Unexplained: req.GetUnexplained(),
		After: req.GetPageToken(), Limit: pageSize(req.GetPageSize(), 50),
	})
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	return &financev1.ListItemsResponse{Items: itemMessages(found, n), NextPageToken: next}, nil
}

// itemRequest is what every request about one item has.
type itemRequest interface {
	GetOrgId() string
	GetAccount() string
	GetRef() string
	GetCurrency() string
}

func readItem(d *reader, req itemRequest) (org uid.Org, item reconcile.Item) {
	readID(d, "org_id", req.GetOrgId(), &org)
	return org, reconcile.Item{Account: ledger.Account(req.GetAccount()), Ref: req.GetRef(), Currency: money.Currency(req.GetCurrency())}
}

// ExplainItem implements lanyard.finance.v1.FinanceService.
func (s *financeService) ExplainItem(ctx context.Context, req *financev1.ExplainItemRequest) (*financev1.ExplainItemResponse, error) {
	var d reader
	org, item := readItem(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.books.Explain(ctx, account.ActorFrom(ctx), org, item, req.GetSentence()); err != nil {
		return nil, err
	}
	return &financev1.ExplainItemResponse{}, nil
}

// WriteOffItem implements lanyard.finance.v1.FinanceService.
func (s *financeService) WriteOffItem(ctx context.Context, req *financev1.WriteOffItemRequest) (*financev1.WriteOffItemResponse, error) {
	var d reader
	org, item := readItem(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	done, err := s.books.WriteOff(ctx, account.ActorFrom(ctx), Key(ctx, req), org, item, req.GetReason())
	if err != nil {
		return nil, err
	}
	return &financev1.WriteOffItemResponse{Done: done}, nil
}

// DropWriteOff implements lanyard.finance.v1.FinanceService.
func (s *financeService) DropWriteOff(ctx context.Context, req *financev1.DropWriteOffRequest) (*financev1.DropWriteOffResponse, error) {
	var d reader
	org, item := readItem(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.books.DropWriteOff(ctx, account.ActorFrom(ctx), Key(ctx, req), org, item); err != nil {
		return nil, err
	}
	return &financev1.DropWriteOffResponse{}, nil
}

// UndoWriteOff implements lanyard.finance.v1.FinanceService.
func (s *financeService) UndoWriteOff(ctx context.Context, req *financev1.UndoWriteOffRequest) (*financev1.UndoWriteOffResponse, error) {
	var d reader
	org, item := readItem(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.books.UndoWriteOff(ctx, account.ActorFrom(ctx), Key(ctx, req), org, item, req.GetReason()); err != nil {
		return nil, err
	}
	return &financev1.UndoWriteOffResponse{}, nil
}

// GetDetail implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetDetail(ctx context.Context, req *financev1.GetDetailRequest) (*financev1.GetDetailResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.books.Detail(ctx, org, ledger.Account(req.GetAccount()), req.GetRef())
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, s.accounts, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetDetailResponse{
		AccountTitle: accountTitle(found.Account), Balance: sumMessages(found.Balance), Rows: rowMessages(found.Rows),
		Items: itemMessages(found.Items, n), OrderIds: texts(found.Orders), Payouts: found.Payouts,
		WrittenOff: writtenOffMessages(found.WrittenOff, n),
	}
	for _, j := range found.Journals {
		resp.Journals = append(resp.Journals, journalMessage(j))
	}
	return resp, nil
}

// GetTrail implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetTrail(ctx context.Context, req *financev1.GetTrailRequest) (*financev1.GetTrailResponse, error) {
	var d reader
	org, order := readOrderRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	t, err := s.books.Trail(ctx, org, order)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetTrailResponse{Owed: sumMessages(t.Owed), Rows: rowMessages(t.Rows)}
	for _, p := range t.Payouts {
		resp.Payouts = append(resp.Payouts, payoutMessage(p))
	}
	for _, step := range t.Steps {
		resp.Steps = append(resp.Steps, &financev1.TrailStep{
			Day: dayText(step.On), What: string(step.What), Ref: step.Ref, Amount: sumMessage(step.Amount), JournalId: optionalText(step.Journal), Memo: step.Memo,
		})
	}
	return resp, nil
}

// ListPayouts implements lanyard.finance.v1.FinanceService.
func (s *financeService) ListPayouts(ctx context.Context, req *financev1.ListPayoutsRequest) (*financev1.ListPayoutsResponse, error) {
	var d reader
	var org uid.Org
	f := reconcile.PayoutFilter{After: req.GetPageToken(), Limit: pageSize(req.GetPageSize(), 50)}
	readID(&d, "org_id", req.GetOrgId(), &org)
	readPeriod(&d, req.GetFirstDay(), req.GetLastDay(), &f.From, &f.Until)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.books.Payouts(ctx, org, f)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListPayoutsResponse{NextPageToken: next}
	for _, p := range found {
		resp.Payouts = append(resp.Payouts, payoutMessage(p))
	}
	return resp, nil
}

// GetPayout implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetPayout(ctx context.Context, req *financev1.GetPayoutRequest) (*financev1.GetPayoutResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, rows, err := s.books.Payout(ctx, org, req.GetPayoutId())
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetPayoutResponse{Payout: payoutMessage(p), Rows: rowMessages(rows)}
	if r := p.Running; r != nil {
		resp.Running = &financev1.RunningBalance{
			Since: timestamp(r.Since), Opening: sumMessage(r.Opening), Sales: sumMessage(r.Sales), Refunds: sumMessage(r.Refunds),
			Disputes: sumMessage(r.Disputes), Others: sumMessage(r.Others), Fees: sumMessage(r.Fees), Before: sumMessage(r.Before), After: sumMessage(r.After),
		}
	}
	return resp, nil
}

// GetEventStatement implements lanyard.finance.v1.FinanceService.
func (s *financeService) GetEventStatement(ctx context.Context, req *financev1.GetEventStatementRequest) (*financev1.GetEventStatementResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, err := s.books.EventStatement(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	resp := &financev1.GetEventStatementResponse{
		EventId: e.Event.String(), Title: e.Title, EndsAt: timestamp(e.EndsAt), Over: e.Over, AsOf: dayText(e.AsOf), Settled: e.Settled, Orders: int32(e.Orders),
	}
	for _, m := range e.Money {
		resp.Money = append(resp.Money, eventMoneyMessage(m))
	}
	return resp, nil
}

// ListRules implements lanyard.finance.v1.FinanceService.
func (s *financeService) ListRules(ctx context.Context, req *financev1.ListRulesRequest) (*financev1.ListRulesResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := s.books.Rules(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &financev1.ListRulesResponse{}
	for _, r := range found {
		resp.Rules = append(resp.Rules, &financev1.Rule{
			Name: r.Name, Account: string(r.Account), Category: r.Category, Type: r.Type, Description: r.Description, Metadata: r.Metadata,
			Position: int32(r.Position),
		})
	}
	return resp, nil
}

// SaveRule implements lanyard.finance.v1.FinanceService.
func (s *financeService) SaveRule(ctx context.Context, req *financev1.SaveRuleRequest) (*financev1.SaveRuleResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	m := req.GetRule()
	err := s.books.PutRule(ctx, account.ActorFrom(ctx), org, reconcile.Rule{
		Name: m.GetName(), Account: ledger.Account(m.GetAccount()), Category: m.GetCategory(), Type: m.GetType(), Description: m.GetDescription(),
		Metadata: m.GetMetadata(), Position: int(m.GetPosition()),
	})
	if err != nil {
		return nil, err
	}
	return &financev1.SaveRuleResponse{}, nil
}

// DropRule implements lanyard.finance.v1.FinanceService.
func (s *financeService) DropRule(ctx context.Context, req *financev1.DropRuleRequest) (*financev1.DropRuleResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.books.DropRule(ctx, account.ActorFrom(ctx), org, req.GetName()); err != nil {
		return nil, err
	}
	return &financev1.DropRuleResponse{}, nil
}
