package stripegw

import (
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/money"
)

// Charge is money that was taken, or tried to be.
type Charge struct {
	ID     string
	Intent string
	Status string // succeeded, pending, failed
	// Amount is what was captured.
	Amount   money.Amount
	Created  time.Time
	Livemode bool
	Marks    map[string]string
	// Method is such as "card"; Detail such as "Visa 4242".
	Method, Detail string
}

// Refund is a refund as it is at Stripe.
type Refund struct {
	ID      string
	Charge  string
	Amount  money.Amount
	Status  string // pending, requires_action, succeeded, failed, canceled
	Failure string
	Reason  string
	Created time.Time
	Marks   map[string]string
}

// Charge fetches one charge.
func (c *Client) Charge(ctx context.Context, account, id string) (Charge, error) {
	params := &stripe.ChargeParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Charge{}, err
	}
	ch, err := c.api.Charges.Get(id, params)
	if err != nil {
		return Charge{}, problem(err)
	}
	return charge(ch), nil
}

// Refunds lists every refund of a charge, whoever made it, the oldest first.
func (c *Client) Refunds(ctx context.Context, account, chargeID string) ([]Refund, error) {
	params := &stripe.RefundListParams{Charge: stripe.String(chargeID)}
	return c.refunds(ctx, account, params)
}

// RefundsSince lists every refund made since a moment, the oldest first.
func (c *Client) RefundsSince(ctx context.Context, account string, since time.Time) ([]Refund, error) {
	params := &stripe.RefundListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	return c.refunds(ctx, account, params)
}

func (c *Client) refunds(ctx context.Context, account string, params *stripe.RefundListParams) ([]Refund, error) {
	params.Limit = stripe.Int64(100)
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, err
	}
	var out []Refund
	it := c.api.Refunds.List(params)
	for it.Next() {
		out = append([]Refund{refund(it.Refund())}, out...)
	}
	return out, problem(it.Err())
}

// Refund fetches one refund.
func (c *Client) Refund(ctx context.Context, account, id string) (Refund, error) {
	params := &stripe.RefundParams{}
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Refund{}, err
	}
	r, err := c.api.Refunds.Get(id, params)
	if err != nil {
		return Refund{}, problem(err)
	}
	return refund(r), nil
}

// CreateRefund gives a part of a charge back. The same key answers with the same
// refund.
func (c *Client) CreateRefund(ctx context.Context, account, key, chargeID string, minor int64, marks map[string]string) (Refund, error) {
	params := &stripe.RefundParams{
		Charge: stripe.String(chargeID), Amount: stripe.Int64(minor), Metadata: marks,
		Reason: stripe.String(string(stripe.RefundReasonRequestedByCustomer)),
	}
	if err := c.prepare(ctx, &params.Params, account, key); err != nil {
		return Refund{}, err
	}
	r, err := c.api.Refunds.New(params)
	if err != nil {
		return Refund{}, problem(err)
	}
	return refund(r), nil
}

// ChargesSince lists every charge made since a moment, the oldest first.
func (c *Client) ChargesSince(ctx context.Context, account string, since time.Time) ([]Charge, error) {
	params := &stripe.ChargeListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	params.Limit = stripe.Int64(100)
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, err
	}
	var out []Charge
	it := c.api.Charges.List(params)
	for it.Next() {
		out = append([]Charge{charge(it.Charge())}, out...)
	}
	return out, problem(it.Err())
}

func charge(ch *stripe.Charge) Charge {
	if ch == nil {
		return Charge{}
	}
	out := Charge{
		ID: ch.ID, Status: string(ch.Status), Amount: amount(ch.AmountCaptured, ch.Currency),
		Created: moment(ch.Created), Livemode: ch.Livemode, Marks: ch.Metadata,
	}
	if ch.PaymentIntent != nil {
		out.Intent = ch.PaymentIntent.ID
	}
	if d := ch.PaymentMethodDetails; d != nil {
		out.Method = string(d.Type)
		out.Detail = detail(d)
	}
	return out
}

// detail says which card or account in the words that its owner knows.
func detail(d *stripe.ChargePaymentMethodDetails) string {
	switch {
	case d.Card != nil:
		brand := string(d.Card.Brand)
		if brand != "" {
			brand = strings.ToUpper(brand[:1]) + brand[1:]
		}
		return strings.TrimSpace(brand + " " + d.Card.Last4)
	case d.BACSDebit != nil:
		return "Bacs " + d.BACSDebit.Last4
	case d.SEPADebit != nil:
		return "SEPA " + d.SEPADebit.Last4
	}
	return ""
}

func refund(r *stripe.Refund) Refund {
	out := Refund{
		ID: r.ID, Amount: amount(r.Amount, r.Currency), Status: string(r.Status), Failure: string(r.FailureReason),
		Reason: string(r.Reason), Created: moment(r.Created), Marks: r.Metadata,
	}
	if r.Charge != nil {
		out.Charge = r.Charge.ID
	}
	return out
}
