package payment_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/stripesim/honest"
	"lanyard/internal/uid"
)

const secret = "whsec_test_of_payment"

// world is an organisation that takes money at a simulated Stripe. Its orders are
// plain ids; what payment tells their owner is written down.
type world struct {
	t      testing.TB
	clock  *clock.Stepping
	db     *pg.DB
	sim    *stripesim.Sim
	simURL string
	hook   string // where webhooks go
	books  *ledger.Service
	pay    *payment.Service
	owner  account.Actor
	org    uid.Org
	people *account.Service

	mu      sync.Mutex
	told    []string
	gone    map[uid.Order]bool
	answers []int // of the webhook's address
	place   func(payment.Place) bool
}

// change alters what Stripe is like before a world is built.
type change func(*stripesim.Options)

func needBalance(o *stripesim.Options) { o.RefundsNeedBalance = true }

func setup(t testing.TB, changes ...change) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewStepping(time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)), gone: map[uid.Order]bool{}}
	w.db = pgtest.NewAt(t, w.clock.Now)
	server := httptest.NewServer(http.HandlerFunc(w.webhook))
	t.Cleanup(server.Close)
	w.hook = server.URL
	o := stripesim.Options{
		Seed: 7, Clock: w.clock.Now, SignatureClock: w.clock.Now, Currency: "gbp", Country: "GB", AnyAccount: true,
		Webhooks: []stripesim.Endpoint{{URL: server.URL, Secret: secret}, {URL: server.URL, Secret: secret, Connect: true}},
	}
	for _, c := range changes {
		c(&o)
	}
	w.sim, w.simURL = honest.Start(t, o)
	w.people = account.New(w.db, account.Options{Clock: w.clock.Now})
	w.owner, w.org = w.organisation("northern")
	w.pay = w.service(w.db, w.simURL)
	return w
}

// service is a payment service that talks to Stripe at an address.
func (w *world) service(db *pg.DB, url string, secrets ...string) *payment.Service {
	w.t.Helper()
	gw, err := stripegw.New(stripegw.Config{
		Key: w.sim.Key(), URL: url, WebhookSecrets: append(secrets, secret), Clock: w.clock.Now, Retries: -1,
		// On a connection of its own a request is not repeated by net/http.
		HTTP: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		w.t.Fatal(err)
	}
	if w.books == nil {
		w.books = ledger.New(db, box)
	}
	return payment.New(db, box, w.books, gw, w.hooks())
}

func (w *world) organisation(slug string) (account.Actor, uid.Org) {
	w.t.Helper()
	ctx := w.t.Context()
	p, err := w.people.EnsurePerson(ctx, slug+"@example.org", slug)
	if err != nil {
		w.t.Fatal(err)
	}
	actor := account.PersonActor(p.ID)
	o, err := w.people.CreateOrganisation(ctx, actor, replay.Key{}, account.OrganisationDetails{
		Name: slug, Slug: slug, Timezone: "Europe/London", ContactEmail: "hello@example.org",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return actor, o.ID
}

func (w *world) tell(format string, args ...any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf(format, args...))
	return nil
}

// heard returns what the owner of the orders was told since the last call.
func (w *world) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

func (w *world) hooks() payment.Hooks {
	return payment.Hooks{
		LockTx: func(_ context.Context, _ *pg.Tx, _ uid.Org, order uid.Order) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.gone[order], nil
		},
		Captured: func(_ context.Context, _ *pg.Tx, c payment.Captured) error {
			return w.tell("captured %s", c.Amount.Format())
		},
		Processing: func(context.Context, *pg.Tx, uid.Org, uid.Order) error { return w.tell("processing") },
		Ended: func(_ context.Context, _ *pg.Tx, e payment.Ended) error {
			if e.Declined {
				return w.tell("%s after a refused card", e.State)
			}
			return w.tell("%s", e.State)
		},
		Refunded: func(_ context.Context, _ *pg.Tx, r payment.Refund) error {
			return w.tell("refund of %s from %s %s", r.Amount.Format(), r.Source, r.State)
		},
		Disputed: func(_ context.Context, _ *pg.Tx, d payment.Dispute) error {
			return w.tell("dispute %s", d.Status)
		},
		Place: func(_ context.Context, _ *pg.Tx, p payment.Place) (bool, error) {
			return w.place != nil && w.place(p), nil
		},
		Evidence: func(context.Context, uid.Org, uid.Order) (string, error) { return "Ticket scanned at 09:12.\n", nil },
	}
}

// webhook is the address that events are posted to.
func (w *world) webhook(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	status := w.post(w.pay, body, r.Header.Get("Stripe-Signature"))
	w.mu.Lock()
	w.answers = append(w.answers, status)
	w.mu.Unlock()
	rw.WriteHeader(status)
}

func (w *world) post(s *payment.Service, body []byte, signature string) int {
	err := s.Receive(context.Background(), body, signature)
	f, ok := fault.As(err)
	switch {
	case err == nil:
		return http.StatusOK
	case ok && f.Kind == fault.KindInvalid:
		return http.StatusBadRequest
	case ok && f.Kind == fault.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	w.t.Logf("webhook: %v", err)
	return http.StatusInternalServerError
}

// signed is the header for a body signed at a moment.
func signed(at time.Time, body []byte, with string) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), mac(at, body, with))
}

func mac(at time.Time, body []byte, with string) string {
	h := hmac.New(sha256.New, []byte(with))
	fmt.Fprintf(h, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(h.Sum(nil))
}

// due is an order of two tickets for 24.00 pounds, with 20 minutes to pay.
func (w *world) due(changes ...func(*payment.Due)) payment.Due {
	order := uid.New[uid.Order]()
	d := payment.Due{
		Org: w.org, Order: order, OrderCode: "K7QX-2M", EventTitle: "Launch day", Amount: gbp(2400),
		Lines: []payment.DueLine{{Title: "Standard ticket", Quantity: 2, Amount: gbp(1200)}}, Email: "ada@example.org",
		HoldUntil: w.clock.Now().Add(20 * time.Minute), SuccessURL: "https://events.example.org/paid", CancelURL: "https://events.example.org/back",
	}
	for _, c := range changes {
		c(&d)
	}
	return d
}

func gbp(minor int64) money.Amount { return money.New(minor, money.GBP) }

// priced has a due come to another amount.
func priced(a money.Amount) func(*payment.Due) {
	return func(d *payment.Due) {
		d.Amount, d.Lines = a, []payment.DueLine{{Title: "Ticket", Quantity: 1, Amount: a}}
	}
}

func slow(d *payment.Due) { d.AllowDelayed = true }

func (w *world) start(d payment.Due) payment.Attempt {
	w.t.Helper()
	a, err := w.pay.Start(w.t.Context(), d)
	if err != nil {
		w.t.Fatalf("start a payment: %v", err)
	}
	return a
}

// card pays at Stripe's page.
func (w *world) card(a payment.Attempt, card stripesim.Card) stripesim.Payment {
	w.t.Helper()
	p, err := w.sim.Pay(a.Session, card)
	if err != nil {
		w.t.Fatalf("pay: %v", err)
	}
	return p
}

// paid is an order that was paid and heard of.
func (w *world) paid(d payment.Due) (payment.Attempt, stripesim.Payment) {
	w.t.Helper()
	a := w.start(d)
	p := w.card(a, stripesim.CardUK)
	w.deliver()
	if got := w.heard(); len(got) != 1 || !strings.HasPrefix(got[0], "captured") {
		w.t.Fatalf("after paying, the owner heard %q", got)
	}
	return a, p
}

// deliver lets the webhooks come and does the jobs that they make.
func (w *world) deliver() {
	w.t.Helper()
	if _, err := w.sim.Deliver(w.t.Context()); err != nil {
		w.t.Fatalf("deliver webhooks: %v", err)
	}
	w.work()
}

const sqlNextJob = `
DELETE FROM river_job
 WHERE id = (SELECT id FROM river_job WHERE kind LIKE 'stripe_%' ORDER BY id LIMIT 1)
RETURNING kind, args`

// work does the jobs that wait; it returns the first failure.
func (w *world) work() (failure error) {
	w.t.Helper()
	for {
		var kind string
		var args []byte
		err := w.db.Pool().QueryRow(w.t.Context(), sqlNextJob).Scan(&kind, &args)
		if pg.IsNoRows(err) {
			return failure
		}
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.job(kind, args); err != nil && failure == nil {
			failure = err
		}
	}
}

func (w *world) job(kind string, args []byte) error {
	w.t.Helper()
	var apply payment.ApplyArgs
	var refund payment.RefundArgs
	var end payment.EndPageArgs
	switch kind {
	case apply.Kind():
		if err := json.Unmarshal(args, &apply); err != nil {
			w.t.Fatal(err)
		}
		return w.pay.ApplyEvent(w.t.Context(), apply.Account, apply.Event)
	case refund.Kind():
		if err := json.Unmarshal(args, &refund); err != nil {
			w.t.Fatal(err)
		}
		return w.pay.SendRefund(w.t.Context(), refund.Org, refund.Refund)
	case end.Kind():
		if err := json.Unmarshal(args, &end); err != nil {
			w.t.Fatal(err)
		}
		return w.pay.EndPage(w.t.Context(), end.Org, end.Attempt)
	}
	w.t.Fatalf("nobody does jobs of kind %q", kind)
	return nil
}

// pass lets time go by.
func (w *world) pass(d time.Duration) { w.clock.Advance(d) }

// money is everything about an order's money.
func (w *world) money(order uid.Order) payment.Money {
	w.t.Helper()
	m, err := w.pay.OfOrder(w.t.Context(), w.db.Pool(), w.org, order)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// states are the states of an order's attempts.
func (w *world) states(order uid.Order) string {
	var all []string
	for _, a := range w.money(order).Attempts {
		all = append(all, string(a.State))
	}
	return strings.Join(all, " ")
}

// tasks are the kinds of the open tasks.
func (w *world) tasks() []payment.Task {
	w.t.Helper()
	all, err := w.pay.Tasks(w.t.Context(), w.org, payment.TaskFilter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) taskKinds() string {
	var all []string
	for _, t := range w.tasks() {
		all = append(all, string(t.Kind))
	}
	return strings.Join(all, " ")
}

// balance is an account's balance for a reference, in its one currency.
func (w *world) balance(a ledger.Account, ref string) int64 {
	w.t.Helper()
	sums, err := w.books.Balance(w.t.Context(), w.db.Pool(), w.org, a, ref)
	if err != nil || len(sums) > 1 {
		w.t.Fatalf("%v, %v", sums, err)
	}
	for _, minor := range sums {
		return minor
	}
	return 0
}

// count is a number from the database.
func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.db.Pool().QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// run fails the test when a round of periodic work fails.
func (w *world) run(round func(context.Context) error) {
	w.t.Helper()
	if err := round(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

// wants compares what was told.
func (w *world) wants(want ...string) {
	w.t.Helper()
	if got := w.heard(); strings.Join(got, "; ") != strings.Join(want, "; ") {
		w.t.Errorf("the owner heard %q, want %q", got, want)
	}
}

func constraint(err error) string { return pg.Constraint(err) }
