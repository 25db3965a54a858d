package stripesim_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"lanyard/internal/stripesim"
	"lanyard/internal/stripesim/honest"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// A bench is a simulator with Stripe's own client in front of it and somebody who
// takes its webhooks.
type bench struct {
	t   *testing.T
	sim *stripesim.Sim
	url string
	api *client.API
	box *mailbox
}

// A mailbox takes webhooks as a careful shop does.
type mailbox struct {
	mu      sync.Mutex
	secret  string
	types   []string
	events  []stripe.Event
	refused []error
	down    bool
	at      string
	told    chan<- string
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if m.down || err != nil {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	event, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), m.secret)
	if err == nil {
		err = honest.Check(body)
	}
	if err != nil {
		m.refused = append(m.refused, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.types = append(m.types, string(event.Type))
	m.events = append(m.events, event)
	if m.told != nil {
		m.told <- string(event.Type)
	}
}

func (m *mailbox) took() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.types...)
}

func setup(t *testing.T, change func(*stripesim.Options)) *bench {
	t.Helper()
	box := &mailbox{secret: "whsec_of_the_test"}
	shop := httptest.NewServer(box)
	t.Cleanup(shop.Close)
	box.at = shop.URL
	o := stripesim.Options{Seed: 7, Start: start, Webhooks: []stripesim.Endpoint{{URL: shop.URL, Secret: box.secret}}}
	if change != nil {
		change(&o)
	}
	sim, url := honest.Start(t, o)
	return &bench{t: t, sim: sim, url: url, api: apiAt(url, sim.Key()), box: box}
}

// apiAt is Stripe's own client, turned to another address.
func apiAt(url, key string) *client.API {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(url), MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false), LeveledLogger: &stripe.LeveledLogger{},
		HTTPClient: &http.Client{Timeout: 10 * time.Second},
	})
	return client.New(key, &stripe.Backends{API: backend, Uploads: backend, Connect: backend})
}

// ticket are the parameters of a session for one thing at a price.
func ticket(amount int64, currency string) *stripe.CheckoutSessionParams {
	return &stripe.CheckoutSessionParams{
		Mode: stripe.String("payment"), SuccessURL: stripe.String("https://shop.example/return?s={CHECKOUT_SESSION_ID}"),
		CancelURL: stripe.String("https://shop.example/basket"), ClientReferenceID: stripe.String("att_1"),
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: map[string]string{"order": "ord_1"}},
		Metadata:          map[string]string{"order": "ord_1"},
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(currency), UnitAmount: stripe.Int64(amount),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Conference ticket")},
			},
		}},
	}
}

func (b *bench) session(p *stripe.CheckoutSessionParams) *stripe.CheckoutSession {
	b.t.Helper()
	cs, err := b.api.CheckoutSessions.New(p)
	return must(b.t, cs, err)
}

// sold is a session that was paid with a card.
func (b *bench) sold(amount int64, card stripesim.Card) stripesim.Payment {
	b.t.Helper()
	p, err := b.sim.Pay(b.session(ticket(amount, "gbp")).ID, card)
	return must(b.t, p, err)
}

func (b *bench) deliver() {
	b.t.Helper()
	if _, err := b.sim.Deliver(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refusal is the error of Stripe that a call ended with.
func refusal(t *testing.T, err error) *stripe.Error {
	t.Helper()
	var e *stripe.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error of Stripe", err)
	}
	return e
}
