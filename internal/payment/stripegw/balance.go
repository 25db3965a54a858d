package stripegw

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/money"
)

// Fee is one part of what a balance row cost.
type Fee struct {
	// Kind is such as "stripe_fee", "application_fee" or "tax".
	Kind  string
	Minor int64
}

// BalanceRow is a balance transaction as it is at Stripe.
type BalanceRow struct {
	ID string
	// Type and Category are Stripe's words, whatever they are.
	Type, Category string
	// Source is what it is about, Charge the charge behind that.
	Source, Charge string
	Description    string
	// Marks are the metadata of what it is about.
	Marks    map[string]string
	Currency money.Currency
	// Gross, Fee and Net are in minor units of Currency; above zero comes in.
	Gross, Fee, Net int64
	Fees            []Fee
	// Charged is the amount in the buyer's currency, with the sign of Gross; zero
	// when nothing is known of it.
	Charged money.Amount
	// Rate is the exchange rate in decimal figures, as Stripe wrote it; empty
	// where no currency was changed.
	Rate                 string
	Created, AvailableOn time.Time
}

// RowPage says which rows to list; rows come newest first.
type RowPage struct {
	// Since is the earliest and Until the first moment not listed; zero is without
	// bound.
	Since, Until time.Time
	// Payout lists what one automatic payout is made of.
	Payout string
	// After is the last row of the page before.
	After string
}

// Rows lists one page of at most 100 rows, and says whether there are more.
func (c *Client) Rows(ctx context.Context, account string, p RowPage) (rows []BalanceRow, more bool, err error) {
	params := &stripe.BalanceTransactionListParams{}
	params.Limit, params.Single = stripe.Int64(100), true
	params.AddExpand("data.source")
	if !p.Since.IsZero() || !p.Until.IsZero() {
		params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: seconds(p.Since), LesserThan: seconds(p.Until)}
	}
	if p.Payout != "" {
		params.Payout = stripe.String(p.Payout)
	}
	if p.After != "" {
		params.StartingAfter = stripe.String(p.After)
	}
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, false, err
	}
	it := c.api.BalanceTransactions.List(params)
	for it.Next() {
		rows = append(rows, balanceRow(it.BalanceTransaction()))
	}
	if it.Err() != nil {
		return nil, false, problem(it.Err())
	}
	list := it.BalanceTransactionList()
	return withRates(rows, list.LastResponse), list.HasMore, nil
}

// withRates reads exchange rates as they are written: stripe-go makes floats of
// them.
func withRates(rows []BalanceRow, from *stripe.APIResponse) []BalanceRow {
	var page struct {
		Data []struct {
			Rate json.Number `json:"exchange_rate"`
		} `json:"data"`
	}
	if from == nil || json.Unmarshal(from.RawJSON, &page) != nil || len(page.Data) != len(rows) {
		return rows
	}
	for i := range rows {
		rows[i].Rate = page.Data[i].Rate.String()
	}
	return rows
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func balanceRow(t *stripe.BalanceTransaction) BalanceRow {
	r := BalanceRow{
		ID: t.ID, Type: string(t.Type), Category: string(t.ReportingCategory), Description: t.Description,
		Currency: money.Currency(strings.ToUpper(string(t.Currency))), Gross: t.Amount, Fee: t.Fee, Net: t.Net,
		Created: moment(t.Created), AvailableOn: moment(t.AvailableOn),
	}
	for _, f := range t.FeeDetails {
		r.Fees = append(r.Fees, Fee{f.Type, f.Amount})
	}
	if t.Source != nil {
		r.Source = t.Source.ID
		r.about(t.Source)
	}
	return r
}

// about takes what is told of the row's source, which is expanded.
func (r *BalanceRow) about(s *stripe.BalanceTransactionSource) {
	switch {
	case s.Charge != nil:
		r.Charge, r.Marks = s.Charge.ID, s.Charge.Metadata
		r.Charged = amount(s.Charge.Amount, s.Charge.Currency)
	case s.Refund != nil:
		r.Marks = s.Refund.Metadata
		r.Charged = amount(s.Refund.Amount, s.Refund.Currency)
		if s.Refund.Charge != nil {
			r.Charge = s.Refund.Charge.ID
		}
	case s.Dispute != nil:
		r.Marks = s.Dispute.Metadata
		r.Charged = amount(s.Dispute.Amount, s.Dispute.Currency)
		if s.Dispute.Charge != nil {
			r.Charge = s.Dispute.Charge.ID
		}
	}
	if (r.Gross < 0) != (r.Charged.Minor < 0) {
		r.Charged = r.Charged.Neg()
	}
}

// Payout is a payout as it is at Stripe.
type Payout struct {
	ID     string
	Amount money.Amount
	// Status is Stripe's word.
	Status    string
	Automatic bool
	// Complete is true once Stripe tells which rows an automatic payout is made of.
	Complete   bool
	Created    time.Time
	ArrivesOn  time.Time
	Method     string
	Descriptor string
	Failure    string
}

// Payout fetches one payout.
func (c *Client) Payout(ctx context.Context, account, id string) (Payout, error) {
	params := &stripe.PayoutParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Payout{}, err
	}
	p, err := c.api.Payouts.Get(id, params)
	if err != nil {
		return Payout{}, problem(err)
	}
	return payout(p), nil
}

// Payouts lists one page of at most 100 payouts made since a moment, the newest
// first, after the last one of the page before, and says whether there are more.
func (c *Client) Payouts(ctx context.Context, account string, since time.Time, after string) (payouts []Payout, more bool, err error) {
	params := &stripe.PayoutListParams{}
	params.Limit, params.Single = stripe.Int64(100), true
	if !since.IsZero() {
		params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}
	}
	if after != "" {
		params.StartingAfter = stripe.String(after)
	}
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, false, err
	}
	it := c.api.Payouts.List(params)
	for it.Next() {
		payouts = append(payouts, payout(it.Payout()))
	}
	if it.Err() != nil {
		return nil, false, problem(it.Err())
	}
	return payouts, it.PayoutList().HasMore, nil
}

func payout(p *stripe.Payout) Payout {
	out := Payout{
		ID: p.ID, Amount: amount(p.Amount, p.Currency), Status: string(p.Status), Automatic: p.Automatic,
		Complete: p.ReconciliationStatus == stripe.PayoutReconciliationStatusCompleted,
		Created:  moment(p.Created), ArrivesOn: moment(p.ArrivalDate), Method: string(p.Method), Descriptor: p.StatementDescriptor,
		Failure: p.FailureMessage,
	}
	if out.Failure == "" {
		out.Failure = string(p.FailureCode)
	}
	return out
}

// Balance is what an account has at Stripe, available or not, by currency.
func (c *Client) Balance(ctx context.Context, account string) (map[money.Currency]int64, error) {
	params := &stripe.BalanceParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return nil, err
	}
	b, err := c.api.Balance.Get(params)
	if err != nil {
		return nil, problem(err)
	}
	sums := map[money.Currency]int64{}
	for _, part := range [][]*stripe.Amount{b.Available, b.Pending, b.ConnectReserved} {
		for _, a := range part {
			sums[money.Currency(strings.ToUpper(string(a.Currency)))] += a.Amount
		}
	}
	return sums, nil
}
