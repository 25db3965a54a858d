package stripegw

import (
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/money"
)

// The marks that Lanyard leaves on Stripe's objects, to know them again.
const (
	MarkOrg     = "lanyard_org"
	MarkOrder   = "lanyard_order"
	MarkAttempt = "lanyard_attempt"
	MarkRefund  = "lanyard_refund"
)

// ShortestSession and LongestSession are how long from now Stripe lets a session
// live at least and at most.
const (
	ShortestSession = 30 * time.Minute
	LongestSession  = 24 * time.Hour
)

// SessionParams describe a Checkout Session. They are stored with the attempt and
// sent again as they are, so a field may be added here but never change meaning.
type SessionParams struct {
	// Reference is the attempt's id.
	Reference   string            `json:"reference"`
	Description string            `json:"description"`
	Email       string            `json:"email,omitempty"`
	Currency    money.Currency    `json:"currency"`
	Lines       []SessionLine     `json:"lines"`
	Methods     []string          `json:"methods"`
	ExpiresAt   time.Time         `json:"expires_at"`
	SuccessURL  string            `json:"success_url"`
	CancelURL   string            `json:"cancel_url"`
	Marks       map[string]string `json:"marks"`
}

// SessionLine is one line of what is paid for.
type SessionLine struct {
	Title    string `json:"title"`
	Quantity int64  `json:"quantity"`
	// Unit is the price of one in minor units.
	Unit int64 `json:"unit"`
}

// Session is a Checkout Session as it is at Stripe.
type Session struct {
	ID        string
	URL       string
	Status    string // open, complete, expired
	Payment   string // paid, unpaid, no_payment_required
	Reference string
	Marks     map[string]string
	Amount    money.Amount
	Livemode  bool
	ExpiresAt time.Time
	// Intent is zero until the buyer confirms.
	Intent Intent
}

// Intent is a PaymentIntent with its latest charge.
type Intent struct {
	ID     string
	Status string // requires_payment_method, processing, succeeded, canceled …
	// Declined is Stripe's code of the last refusal.
	Declined string
	Charge   Charge
}

// CreateSession makes a session. The same key answers with the same session.
func (c *Client) CreateSession(ctx context.Context, account, key string, p SessionParams) (Session, error) {
	params := &stripe.CheckoutSessionParams{
		Mode:               stripe.String(string(stripe.CheckoutSessionModePayment)),
		ClientReferenceID:  stripe.String(p.Reference),
		SuccessURL:         stripe.String(p.SuccessURL),
		CancelURL:          stripe.String(p.CancelURL),
		ExpiresAt:          stripe.Int64(p.ExpiresAt.Unix()),
		PaymentMethodTypes: stripe.StringSlice(p.Methods),
		Locale:             stripe.String("en-GB"),
		SubmitType:         stripe.String(string(stripe.CheckoutSessionSubmitTypeBook)),
		Metadata:           p.Marks,
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{
			Description: stripe.String(p.Description),
			Metadata:    p.Marks,
		},
	}
	if p.Email != "" {
		params.CustomerEmail = stripe.String(p.Email)
	}
	for _, l := range p.Lines {
		params.LineItems = append(params.LineItems, &stripe.CheckoutSessionLineItemParams{
			Quantity: stripe.Int64(l.Quantity),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency:    stripe.String(strings.ToLower(string(p.Currency))),
				UnitAmount:  stripe.Int64(l.Unit),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(l.Title)},
			},
		})
	}
	if err := c.prepare(ctx, &params.Params, account, key); err != nil {
		return Session{}, err
	}
	s, err := c.api.CheckoutSessions.New(params)
	if err != nil {
		return Session{}, problem(err)
	}
	return session(s), nil
}

// Session fetches one session with its intent and charge.
func (c *Client) Session(ctx context.Context, account, id string) (Session, error) {
	params := &stripe.CheckoutSessionParams{}
	params.AddExpand("payment_intent.latest_charge.balance_transaction")
	if err := c.prepare(ctx, &params.Params, account, ""); err != nil {
		return Session{}, err
	}
	s, err := c.api.CheckoutSessions.Get(id, params)
	if err != nil {
		return Session{}, problem(err)
	}
	return session(s), nil
}

// ExpireSession ends an open session, so that nobody can pay in it any more. It
// fails as Refused when the session is not open: fetch it then, it may be paid.
func (c *Client) ExpireSession(ctx context.Context, account, id, key string) error {
	params := &stripe.CheckoutSessionExpireParams{}
	if err := c.prepare(ctx, &params.Params, account, key); err != nil {
		return err
	}
	_, err := c.api.CheckoutSessions.Expire(id, params)
	return problem(err)
}

// SessionOfIntent finds the session that an intent belongs to; "" when it belongs
// to none, which is so for payments that another program made.
func (c *Client) SessionOfIntent(ctx context.Context, account, intent string) (string, error) {
	params := &stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(intent)}
	params.Limit = stripe.Int64(1)
	params.Single = true
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return "", err
	}
	it := c.api.CheckoutSessions.List(params)
	if it.Next() {
		return it.CheckoutSession().ID, nil
	}
	return "", problem(it.Err())
}

// prepare fills in what each call carries.
func (c *Client) prepare(ctx context.Context, p *stripe.Params, account, key string) error {
	if !c.Configured() {
		return &Problem{Kind: NotConfigured, Message: "no Stripe key is set"}
	}
	p.Context = ctx
	if account != "" {
		p.SetStripeAccount(account)
	}
	if key != "" {
		p.SetIdempotencyKey(key)
	}
	return nil
}

func (c *Client) prepareList(ctx context.Context, p *stripe.ListParams, account string) error {
	if !c.Configured() {
		return &Problem{Kind: NotConfigured, Message: "no Stripe key is set"}
	}
	p.Context = ctx
	if account != "" {
		p.SetStripeAccount(account)
	}
	return nil
}

func session(s *stripe.CheckoutSession) Session {
	out := Session{
		ID: s.ID, URL: s.URL, Status: string(s.Status), Payment: string(s.PaymentStatus), Reference: s.ClientReferenceID,
		Marks: s.Metadata, Amount: amount(s.AmountTotal, s.Currency), Livemode: s.Livemode, ExpiresAt: moment(s.ExpiresAt),
	}
	if pi := s.PaymentIntent; pi != nil {
		out.Intent = Intent{ID: pi.ID, Status: string(pi.Status), Charge: charge(pi.LatestCharge)}
		if e := pi.LastPaymentError; e != nil {
			out.Intent.Declined = string(e.Code)
			if e.DeclineCode != "" {
				out.Intent.Declined = string(e.DeclineCode)
			}
		}
	}
	return out
}

func amount(minor int64, c stripe.Currency) money.Amount {
	return money.New(minor, money.Currency(strings.ToUpper(string(c))))
}

// moment reads Stripe's seconds; zero is the zero time.
func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
