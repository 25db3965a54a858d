package testworld

import (
	"io"
	"net/http"
	"net/http/httptest"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
)

// webhookSecret signs what the world's Stripe tells.
const webhookSecret = "whsec_testworld"

// startStripe gives the world a Stripe of its own, which goes by the world's
// clock, and the client that talks to it.
func (w *World) startStripe() *stripegw.Client {
	w.T.Helper()
	hooks := httptest.NewServer(http.HandlerFunc(w.hear))
	w.T.Cleanup(hooks.Close)
	sim, err := stripesim.New(stripesim.Options{
		Seed: 1, Clock: w.Clock.Now, SignatureClock: w.Clock.Now, Currency: "gbp", Country: "GB", AnyAccount: true,
		Webhooks: []stripesim.Endpoint{{URL: hooks.URL, Secret: webhookSecret}},
	})
	if err != nil {
		w.T.Fatal(err)
	}
	server := httptest.NewServer(sim)
	w.T.Cleanup(server.Close)
	w.Stripe, w.StripeURL = sim, server.URL
	gateway, err := stripegw.New(stripegw.Config{
		Key: sim.Key(), URL: server.URL, WebhookSecrets: []string{webhookSecret}, Clock: w.Clock.Now, Retries: -1,
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return gateway
}

// hear is the world's webhook endpoint.
func (w *World) hear(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = w.Payments.Receive(r.Context(), body, r.Header.Get("Stripe-Signature"))
	}
	if f, shown := fault.As(err); shown && f.Kind == fault.KindInvalid {
		rw.WriteHeader(http.StatusBadRequest)
	} else if err != nil {
		w.T.Logf("webhook: %v", err)
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

// Told delivers everything that Stripe has to tell and does the work that follows.
func (w *World) Told() {
	w.T.Helper()
	if _, err := w.Stripe.Deliver(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	w.Work()
}

// Price makes the event's product cost an amount, VAT at 20 % included.
func (w *World) Price(e Event, minor int64, c money.Currency) {
	w.T.Helper()
	products, err := w.Stock.Products(w.T.Context(), w.DB.Pool(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	p := products[0]
	in := inventory.ProductInput{
		Org: e.Org, Event: e.ID, Title: p.Title, Sessions: p.Sessions, Pools: p.Pools, MaxPerOrder: 10, Online: p.Online,
		Terms: inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Fixed, Currency: c, Price: minor, VATRate: 2000, VATCategory: inventory.VATStandard, MinPerOrder: 1},
	}
	if _, err := w.Stock.UpdateProduct(w.T.Context(), w.Owner, replay.Key{}, p.ID, p.Version, in); err != nil {
		w.T.Fatal(err)
	}
}

// Basket keeps n places of the event's product.
func (w *World) Basket(e Event, n int) booking.Basket {
	w.T.Helper()
	b, err := w.Fill(e, n)
	if err != nil {
		w.T.Fatal(err)
	}
	return b
}

// Fill is Basket that may fail.
func (w *World) Fill(e Event, n int) (booking.Basket, error) {
	return w.Bookings.FillBasket(w.T.Context(), replay.Key{}, booking.BasketInput{
		Org: e.Org, Event: e.ID, Choices: []booking.BasketChoice{{Product: e.Product, Quantity: n}},
	})
}

// Placed checks a basket of n places out, to be paid by card, and returns the
// secret of its order.
func (w *World) Placed(e Event, n int) string {
	w.T.Helper()
	return w.PlacedFor(e, n, n)
}

// PlacedFor is Placed with the first so many places named only.
func (w *World) PlacedFor(e Event, n, named int) string {
	w.T.Helper()
	done, err := w.CheckOut(w.Basket(e, n), named)
	if err != nil {
		w.T.Fatal(err)
	}
	return done.Secret
}

// CheckOut places a basket for Bea Buyer, with so many attendees named. Changes
// alter what she says.
func (w *World) CheckOut(b booking.Basket, named int, changes ...func(*booking.CheckoutInput)) (booking.CheckedOut, error) {
	w.T.Helper()
	in := booking.CheckoutInput{Buyer: booking.Buyer{Name: "Bea Buyer", Email: "bea@example.org"}, ExpectedTotal: b.Total.Minor}
	for range named {
		in.Attendees = append(in.Attendees, w.Guest())
	}
	for _, c := range changes {
		c(&in)
	}
	return w.Bookings.Checkout(w.T.Context(), replay.Key{}, b.Secret, in)
}

// OnInvoice has an order of Leeds Labs paid later.
func OnInvoice(in *booking.CheckoutInput) {
	in.OnInvoice = true
	in.Payer = booking.Payer{Company: "Leeds Labs Ltd", Address: "1 Park Row\nLeeds", Postcode: "LS1 5AB", Country: "GB", PurchaseOrder: "PO-4711"}
}

// Sales changes an event's terms of sale.
func (w *World) Sales(e Event, change func(*booking.Sales)) {
	w.T.Helper()
	terms, err := w.Bookings.Sales(w.T.Context(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	change(&terms)
	if _, err := w.Bookings.SaveSales(w.T.Context(), w.Owner, replay.Key{}, e.Org, e.ID, terms); err != nil {
		w.T.Fatal(err)
	}
}

// Paying opens the payment page of an order and returns its Stripe session.
func (w *World) Paying(secret string) string {
	w.T.Helper()
	if _, err := w.Bookings.StartPayment(w.T.Context(), "https://events.example.org", secret); err != nil {
		w.T.Fatal(err)
	}
	o := w.MyOrder(secret)
	m, err := w.Payments.OfOrder(w.T.Context(), w.DB.Pool(), o.Org, o.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, a := range m.Attempts {
		if a.State.Live() {
			return a.Session
		}
	}
	w.T.Fatal("there is no live attempt")
	return ""
}

// Paid pays an order with a card and does what follows.
func (w *World) Paid(secret string, card stripesim.Card) booking.Order {
	w.T.Helper()
	if _, err := w.Stripe.Pay(w.Paying(secret), card); err != nil {
		w.T.Fatal(err)
	}
	w.Told()
	return w.MyOrder(secret)
}

// MyOrder reads an order by its secret.
func (w *World) MyOrder(secret string) booking.Order {
	w.T.Helper()
	o, err := w.Bookings.MyOrder(w.T.Context(), secret)
	if err != nil {
		w.T.Fatal(err)
	}
	return o
}

// Lines lists an order's live lines.
func Lines(o booking.Order) []uid.Line {
	var ids []uid.Line
	for _, l := range o.Lines {
		if !l.Cancelled {
			ids = append(ids, l.ID)
		}
	}
	return ids
}
