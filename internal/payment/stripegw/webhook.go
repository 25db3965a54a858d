package stripegw

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

// Skew is how far a webhook's signature may lie in the past or in the future.
const Skew = 5 * time.Minute

// Version is the API version that webhooks are asked for.
const Version = stripe.APIVersion

// Why a webhook is refused.
var (
	// ErrUnsigned means that nobody who knows a secret signed this body.
	ErrUnsigned = errors.New("the webhook is not signed with any of the secrets")
	// ErrStale means that the signature's time is too far from now.
	ErrStale = errors.New("the webhook's signature is too old, or from the future")
	// ErrMalformed means that the body is signed but is no event.
	ErrMalformed = errors.New("the webhook's body is not an event")
)

// Event is what an event is about. Its content is not believed: fetch the object.
type Event struct {
	ID      string
	Type    string
	Account string
	// Object is the id of what it is about; empty for thin events.
	Object   string
	Version  string
	Livemode bool
	Created  time.Time
	// Thin is true for an event of the second API, which has no object in it.
	Thin bool
}

// Read verifies a webhook's signature and clock and says what it is about. Any
// API version is accepted, since only ids and types are used.
func (c *Client) Read(payload []byte, header string) (Event, error) {
	if !c.signed(payload, header) {
		return Event{}, ErrUnsigned
	}
	at, ok := signedAt(header)
	if !ok {
		return Event{}, ErrUnsigned
	}
	if age := c.now().Sub(at); age > Skew || age < -Skew {
		return Event{}, ErrStale
	}
	return readEvent(payload)
}

func (c *Client) signed(payload []byte, header string) bool {
	for _, secret := range c.secrets {
		if webhook.ValidatePayloadIgnoringTolerance(payload, header, secret) == nil {
			return true
		}
	}
	return false
}

// signedAt reads the moment that the signature covers: the last t= of the
// header, which is the one that stripe-go checks the signature with.
func signedAt(header string) (at time.Time, ok bool) {
	for part := range strings.SplitSeq(header, ",") {
		if t, found := strings.CutPrefix(part, "t="); found {
			seconds, err := strconv.ParseInt(t, 10, 64)
			if err != nil {
				return time.Time{}, false
			}
			at, ok = time.Unix(seconds, 0), true
		}
	}
	return at, ok
}

// readEvent reads no more than it needs, so that an event of another version, or
// of another API, cannot break it.
func readEvent(payload []byte) (Event, error) {
	var raw struct {
		ID       string `json:"id"`
		Object   string `json:"object"`
		Type     string `json:"type"`
		Account  string `json:"account"`
		Context  string `json:"context"`
		Version  string `json:"api_version"`
		Livemode bool   `json:"livemode"`
		Created  any    `json:"created"`
		Data     *struct {
			Object struct {
				ID string `json:"id"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(payload, &raw); err != nil || raw.ID == "" || raw.Type == "" || len(raw.ID) > 255 || len(raw.Type) > 255 {
		return Event{}, ErrMalformed
	}
	e := Event{
		ID: raw.ID, Type: raw.Type, Account: raw.Account, Version: raw.Version, Livemode: raw.Livemode,
		Thin: raw.Object != "event" || raw.Data == nil,
	}
	if raw.Data != nil {
		e.Object = raw.Data.Object.ID
	}
	if e.Thin && e.Account == "" && strings.HasPrefix(raw.Context, "acct_") {
		e.Account = raw.Context
	}
	switch at := raw.Created.(type) {
	case float64:
		e.Created = moment(int64(at))
	case string:
		e.Created, _ = time.Parse(time.RFC3339, at) // unknown stays zero
	}
	if len(e.Object) > 255 || len(e.Account) > 255 || len(e.Version) > 255 || strings.ContainsRune(e.ID+e.Type+e.Account+e.Object+e.Version, 0) {
		return Event{}, ErrMalformed
	}
	return e, nil
}

// Undelivered lists the events since a moment that no webhook endpoint has taken
// yet, the oldest first.
func (c *Client) Undelivered(ctx context.Context, account string, since time.Time) ([]Event, error) {
	params := &stripe.EventListParams{
		DeliverySuccess: stripe.Bool(false),
		CreatedRange:    &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
	}
	params.Limit = stripe.Int64(100)
	if err := c.prepareList(ctx, &params.ListParams, account); err != nil {
		return nil, err
	}
	var out []Event
	it := c.api.Events.List(params)
	for it.Next() {
		e := it.Event()
		one := Event{
			ID: e.ID, Type: string(e.Type), Account: account, Version: e.APIVersion, Livemode: e.Livemode, Created: moment(e.Created),
		}
		if e.Data != nil {
			one.Object, _ = e.Data.Object["id"].(string)
		}
		out = append([]Event{one}, out...)
	}
	return out, problem(it.Err())
}

// Subscribed are the events that a webhook endpoint is made for.
var Subscribed = []string{
	"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
	"payment_intent.processing", "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
	"charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed",
	"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
	"radar.early_fraud_warning.created",
	"payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled", "payout.reconciliation_completed",
}

// CreateEndpoint makes a webhook endpoint with the pinned API version and returns
// its id and secret, which Stripe shows once. With connect it is told of the
// connected accounts instead of the operator's own.
func (c *Client) CreateEndpoint(ctx context.Context, url string, connect bool) (id, secret string, err error) {
	events := Subscribed
	if connect {
		events = append(append([]string{}, Subscribed...), "account.application.deauthorized")
	}
	params := &stripe.WebhookEndpointParams{
		URL: stripe.String(url), APIVersion: stripe.String(Version), EnabledEvents: stripe.StringSlice(events),
		Description: stripe.String("Lanyard"),
	}
	if connect {
		params.Connect = stripe.Bool(true)
	}
	if err := c.prepare(ctx, &params.Params, "", ""); err != nil {
		return "", "", err
	}
	e, err := c.api.WebhookEndpoints.New(params)
	if err != nil {
		return "", "", problem(err)
	}
	return e.ID, e.Secret, nil
}
