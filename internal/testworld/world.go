// Package testworld builds the small worlds that tests happen in, through the
// services and never by SQL, on a database of the test's own. Its functions fail
// the test themselves.
package testworld

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/inventory"
	"lanyard/internal/ledger"
	"lanyard/internal/link"
	"lanyard/internal/mail"
	"lanyard/internal/notify"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/printing"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
)

// Noon is when every world starts: a Thursday in November.
var Noon = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)

// World is an organisation with an owner, its services and a clock that moves
// only when told to.
type World struct {
	T        testing.TB
	Clock    *clock.Stepping
	DB       *pg.DB
	Box      *outbox.Box
	Keys     *link.Keys
	Accounts *account.Service
	Events   *catalog.Service
	Stock    *inventory.Service
	Books    *ledger.Service
	Payments *payment.Service
	Stripe   *stripesim.Sim
	// StripeURL is where it answers.
	StripeURL string
	Bookings  *booking.Service
	Bank      *bank.Service
	Notices   *notify.Service
	Finance   *reconcile.Service
	Owner     account.Actor
	Org       account.Organisation
	guests    atomic.Int64
}

// New builds a world with one organisation, "Northern Life Sciences".
func New(t testing.TB) *World {
	t.Helper()
	w := &World{T: t, Clock: clock.NewStepping(Noon), Keys: link.NewKeys([32]byte{7})}
	w.DB = pgtest.NewAt(t, w.Clock.Now)
	var err error
	if w.Box, err = outbox.NewBox(w.DB.Pool()); err != nil {
		t.Fatal(err)
	}
	w.Accounts = account.New(w.DB, account.Options{Clock: w.Clock.Now})
	w.Events = catalog.New(w.DB, w.Box, w.Clock.Now)
	w.Stock = inventory.New(w.DB)
	w.Books = ledger.New(w.DB, w.Box)
	gateway := w.startStripe()
	w.Payments = payment.New(w.DB, w.Box, w.Books, gateway, payment.Hooks{})
	w.Finance = reconcile.New(reconcile.Deps{DB: w.DB, Books: w.Books, Stripe: gateway, Key: link.Derive([32]byte{7}, "lanyard month close")})
	w.Bookings = booking.New(booking.Deps{
		DB: w.DB, Box: w.Box, Stock: w.Stock, Events: w.Events, Books: w.Books, Pay: w.Payments, Keys: w.Keys, Draw: printing.Document,
	})
	hooks := w.Bookings.PaymentHooks()
	hooks.Payout = w.Finance.PayoutMoved
	w.Payments.SetHooks(hooks)
	w.openBank()
	t.Cleanup(w.Bookings.Close)
	booking.Wire(w.Events, w.Stock, w.Bookings)
	w.Notices, err = notify.New(w.DB, notify.Deps{
		Bookings: w.Bookings, Events: w.Events, Accounts: w.Accounts, Keys: w.Keys, From: "events@lanyard.example",
		Base: &url.URL{Scheme: "https", Host: "events.example.org"}, Gather: 2 * time.Minute, Sender: mail.Mailbox{},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Accounts.Mail, w.Accounts.MailInvitation = w.Notices.SignInTx, w.Notices.InvitationTx
	w.Owner = w.Person("owner@example.org")
	w.Org = w.Organisation("northern", "Northern Life Sciences", &w.Owner)
	return w
}

// Person returns a person who is in no team yet.
func (w *World) Person(email string) account.Actor {
	w.T.Helper()
	p, err := w.Accounts.EnsurePerson(w.T.Context(), email, strings.Split(email, "@")[0])
	if err != nil {
		w.T.Fatal(err)
	}
	return account.PersonActor(p.ID)
}

// Organisation makes an organisation; its owner's actor is brought up to date.
func (w *World) Organisation(slug, name string, owner *account.Actor) account.Organisation {
	w.T.Helper()
	o, err := w.Accounts.CreateOrganisation(w.T.Context(), *owner, replay.Key{}, account.OrganisationDetails{
		Name: name, Slug: slug, Timezone: "Europe/London", ContactEmail: "hello@example.org",
	})
	if err != nil {
		w.T.Fatal(err)
	}
	a, err := w.Accounts.ActorOf(w.T.Context(), owner.Person)
	if err != nil {
		w.T.Fatal(err)
	}
	*owner = a
	return o
}

// EventOption changes an event before it is made.
type EventOption func(*catalog.CreateInput)

// Capacity limits the places; without it there is no limit.
func Capacity(n int) EventOption { return func(in *catalog.CreateInput) { in.Places = n } }

// ByApproval lets a person decide on each registration.
func ByApproval(in *catalog.CreateInput) { in.Details.RegistrationMode = catalog.Approval }

// Online makes the event a webinar at the given address.
func Online(address string) EventOption {
	return func(in *catalog.CreateInput) { in.Details.Mode, in.Details.JoinAddress = catalog.Online, address }
}

// Titled names the event.
func Titled(title string) EventOption {
	return func(in *catalog.CreateInput) { in.Details.Title = title }
}

// At sets the wall times, "2026-11-26T18:30".
func At(starts, ends string) EventOption {
	return func(in *catalog.CreateInput) { in.When.StartsLocal, in.When.EndsLocal = starts, ends }
}

// Event is a published event with one product on one pool.
type Event struct {
	catalog.Event
	Product uid.Product
	Pool    uid.Pool
}

// Event makes and publishes an event a week from Noon, in a room in Leeds
// unless an option says otherwise.
func (w *World) Event(options ...EventOption) Event {
	w.T.Helper()
	e := w.Draft(options...)
	published, err := w.Events.Publish(w.T.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version})
	if err != nil {
		w.T.Fatal(err)
	}
	e.Event = published
	return e
}

// Draft is Event before it is published.
func (w *World) Draft(options ...EventOption) Event {
	w.T.Helper()
	in := catalog.CreateInput{
		Org: w.Org.ID,
		Details: catalog.Details{
			Title: "Launch webinar", Summary: "How to take part.", Mode: catalog.InPerson, Venue: "Town Hall", City: "Leeds",
			Country: "United Kingdom", Visibility: catalog.Public, RegistrationMode: catalog.Open, JoinOpensMinutes: 15,
		},
		When: catalog.When{StartsLocal: "2026-11-26T18:30", EndsLocal: "2026-11-26T20:00", Timezone: "Europe/London"},
	}
	for _, o := range options {
		o(&in)
	}
	e, err := w.Events.Create(w.T.Context(), w.Owner, replay.Key{}, in)
	if err != nil {
		w.T.Fatal(err)
	}
	products, pools, err := w.Stock.Inventory(w.T.Context(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	return Event{Event: e, Product: products[0].ID, Pool: pools[0].ID}
}

// Guest makes up an attendee who was not there before.
func (w *World) Guest() booking.Attendee {
	n := w.guests.Add(1)
	return booking.Attendee{
		Name: fmt.Sprintf("Guest %d", n), Email: fmt.Sprintf("guest%d@example.org", n),
		Organisation: "University of Leeds", Segment: booking.SegmentAcademic, Timezone: "Europe/London",
	}
}

// Order registers guests for an event, one more than given attendees when none
// are given.
func (w *World) Order(e Event, attendees ...booking.Attendee) (booking.Placed, error) {
	if len(attendees) == 0 {
		attendees = []booking.Attendee{w.Guest()}
	}
	return w.Bookings.PlaceOrder(w.T.Context(), replay.Key{}, booking.OrderInput{
		Org: e.Org, Event: e.ID, Product: e.Product, Attendees: attendees,
	})
}

// Registered registers one guest and fails the test when there is no place.
func (w *World) Registered(e Event, attendees ...booking.Attendee) booking.PlacedRegistration {
	w.T.Helper()
	p, err := w.Order(e, attendees...)
	if err != nil {
		w.T.Fatal(err)
	}
	return p.Registrations[0]
}

// Race lets n goroutines start together and returns the errors of those that
// failed, in no order.
func Race(n int, run func(i int) error) []error {
	start := make(chan struct{})
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	all.Wait()
	var failed []error
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// CheckSeats fails the test when a pool's counts are not those of its claims.
func (w *World) CheckSeats() {
	w.T.Helper()
	drifts, err := inventory.Check(w.T.Context(), w.DB.Pool())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, d := range drifts {
		w.T.Errorf("pool %s counts %d sold and %d held, its claims %d and %d", d.ID, d.Sold, d.Held, d.CountedSold, d.CountedHeld)
	}
}

// Pool returns a pool's numbers.
func (w *World) Pool(e Event) inventory.Pool {
	w.T.Helper()
	pools, err := w.Stock.Pools(w.T.Context(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, p := range pools {
		if p.ID == e.Pool {
			return p
		}
	}
	w.T.Fatalf("pool %s is gone", e.Pool)
	return inventory.Pool{}
}
