package stripegw

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/money"
)

// Dispute is a dispute as it is at Stripe.
type Dispute struct {
	ID     string
	Charge string
	Intent string
	// Amount is the bank's, which for a foreign card may differ from the charge's.
	Amount     money.Amount
	Status     string
	Reason     string
	Refundable bool
	Livemode   bool
	Created    time.Time
	DueBy      time.Time
}

// Warning is an issuer's word that a charge may be fraud.
type Warning struct {
	ID         string
	Charge     string
	Intent     string
	Type       string
	Actionable bool
	Created    time.Time
}

// Dispute fetches one dispute.
func (c *Client) Dispute(ctx context.Context, account, id string) (Dispute, error) {
	params := &stripe.DisputeParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Dispute{}, err
	}
	d, err := c.api.Disputes.Get(id, params)
	if err != nil {
		return Dispute{}, problem(err)
	}
	return dispute(d), nil
}

// DisputesSince lists every dispute opened since a moment.
func (c *Client) DisputesSince(ctx context.Context, account string, since time.Time) ([]Dispute, error) {
	params := &stripe.DisputeListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	params.Limit = stripe.Int64(100)
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, err
	}
	var out []Dispute
	it := c.api.Disputes.List(params)
	for it.Next() {
		out = append(out, dispute(it.Dispute()))
	}
	return out, problem(it.Err())
}

func dispute(d *stripe.Dispute) Dispute {
	out := Dispute{
		ID: d.ID, Amount: amount(d.Amount, d.Currency), Status: string(d.Status), Reason: string(d.Reason),
		Refundable: d.IsChargeRefundable, Livemode: d.Livemode, Created: moment(d.Created),
	}
	if d.Charge != nil {
		out.Charge = d.Charge.ID
	}
	if d.PaymentIntent != nil {
		out.Intent = d.PaymentIntent.ID
	}
	if d.EvidenceDetails != nil {
		out.DueBy = moment(d.EvidenceDetails.DueBy)
	}
	return out
}

// Warning fetches one early fraud warning.
func (c *Client) Warning(ctx context.Context, account, id string) (Warning, error) {
	params := &stripe.RadarEarlyFraudWarningParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Warning{}, err
	}
	w, err := c.api.RadarEarlyFraudWarnings.Get(id, params)
	if err != nil {
		return Warning{}, problem(err)
	}
	out := Warning{ID: w.ID, Type: string(w.FraudType), Actionable: w.Actionable, Created: moment(w.Created)}
	if w.Charge != nil {
		out.Charge = w.Charge.ID
	}
	if w.PaymentIntent != nil {
		out.Intent = w.PaymentIntent.ID
	}
	return out, nil
}
