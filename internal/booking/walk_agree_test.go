package booking_test

import (
	"errors"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/reconcile"
	"lanyard/internal/uid"
)

// rest ends all faults and lets everything happen that is still to happen.
func (w *walker) rest() {
	w.T.Helper()
	w.Stripe.ClearFaults()
	ctx := w.T.Context()
	for round := range 12 {
		_, hooks := w.Stripe.Deliver(ctx)
		failed := w.TryWork("")
		_, lapse := w.Bookings.LapseUnpaid(ctx)
		_, sweep := w.Bookings.SweepBaskets(ctx)
		err := errors.Join(append(failed, hooks, lapse, sweep, w.Payments.Sweep(ctx), w.Payments.Poll(ctx), w.Payments.CatchUp(ctx), w.Payments.Review(ctx), w.Finance.Ingest(ctx))...)
		if round > 6 && err != nil {
			w.T.Errorf("round %d without faults: %v", round, err)
		}
		w.Clock.Advance(7 * time.Hour)
	}
	w.Work()
}

const sqlWalkOrders = `
SELECT o.id
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.org_id = $1
   AND o.state <> 'basket'
 ORDER BY o.id`

const sqlWalkTickets = `
SELECT count(*) FILTER (WHERE r.state = 'confirmed'),
       count(*) FILTER (WHERE r.state NOT IN ('confirmed', 'cancelled', 'lapsed', 'declined'))
  FROM registration r
 WHERE r.org_id = $1
   AND r.order_id = $2`

// agree compares what the product believes with what Stripe knows.
func (w *walker) agree() {
	w.T.Helper()
	w.CheckSeats()
	for _, e := range w.events {
		if p := w.Pool(e); p.Over() > 0 || p.Held > 0 {
			w.T.Errorf("at rest the pool of %s has %d over and %d held", e.ID, p.Over(), p.Held)
		}
	}
	rows, err := w.DB.Pool().Query(w.T.Context(), sqlWalkOrders, w.Org.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	defer rows.Close()
	var ids []uid.Order
	for rows.Next() {
		var id uid.Order
		if err := rows.Scan(&id); err != nil {
			w.T.Fatal(err)
		}
		ids = append(ids, id)
	}
	rows.Close()
	ours := map[string]payment.Payment{}
	refunds := map[string]payment.Refund{}
	for _, id := range ids {
		w.agreeOrder(id, ours, refunds)
	}
	w.agreeStripe(ours, refunds)
	w.agreeBooks()
	w.agreeBalance()
}

// agreeOrder compares an order's state with its tickets, its money with the books,
// and finds somebody who looks after what does not fit.
func (w *walker) agreeOrder(id uid.Order, ours map[string]payment.Payment, refunds map[string]payment.Refund) {
	w.T.Helper()
	ctx, q := w.T.Context(), w.DB.Pool()
	o, err := w.Bookings.Order(ctx, w.Org.ID, id)
	if err != nil {
		w.T.Fatal(err)
	}
	m, err := w.Payments.OfOrder(ctx, q, w.Org.ID, id)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, a := range m.Attempts {
		if a.State.Live() {
			w.T.Errorf("order %s: at rest an attempt is %s", o.Code, a.State)
		}
	}
	paid, back := map[uid.Payment]int64{}, map[uid.Payment]int64{}
	for _, p := range m.Payments {
		ours[p.Charge] = p
		paid[p.ID] = p.Amount.Minor
	}
	for _, r := range m.Refunds {
		refunds[r.StripeID] = r
		if r.State != payment.RefundFailed && r.State != payment.RefundCanceled {
			back[r.Payment] += r.Amount.Minor
		}
	}
	for p, sum := range back {
		if sum > paid[p] {
			w.T.Errorf("order %s: %d of %d was given back", o.Code, sum, paid[p])
		}
	}
	var tickets, between, want int
	if err := q.QueryRow(ctx, sqlWalkTickets, w.Org.ID, id).Scan(&tickets, &between); err != nil {
		w.T.Fatal(err)
	}
	for _, l := range o.Lines {
		if !l.Cancelled && o.State == booking.OrderConfirmed {
			want++
		}
	}
	if tickets != want || between != 0 {
		w.T.Errorf("order %s is %s: %d tickets are valid and %d undecided, want %d", o.Code, o.State, tickets, between, want)
	}
	w.agreeMoney(o, m)
}

// agreeMoney compares an order's balance with the books, and wants a task for money
// that is neither owed nor due.
func (w *walker) agreeMoney(o booking.Order, m payment.Money) {
	w.T.Helper()
	ctx, q := w.T.Context(), w.DB.Pool()
	owed, err := w.Books.Balance(ctx, q, o.Org, "receivable", o.ID.String())
	if err != nil {
		w.T.Fatal(err)
	}
	due := int64(0)
	if len(o.Documents) > 0 { // what was never sold is not owed
		for _, l := range o.Lines {
			due += l.Due().Minor
		}
	}
	balance := due - m.Paid(o.Currency) + m.Refunded(o.Currency)
	unsent := int64(0) // what a dispute holds back is promised, and not booked
	for _, r := range m.Refunds {
		if r.State == payment.RefundRequested && r.Amount.Currency == o.Currency {
			unsent += r.Amount.Minor
		}
	}
	if owed[o.Currency] != balance-unsent {
		w.T.Errorf("order %s is %s: the books say %d is owed, its lines, payments and refunds %d", o.Code, o.State, owed[o.Currency], balance-unsent)
	}
	foreign := int64(0)
	for c, minor := range owed {
		if c != o.Currency {
			foreign += minor
		}
	}
	if balance == 0 && foreign == 0 {
		return
	}
	tasks, err := w.Payments.Tasks(ctx, o.Org, payment.TaskFilter{Order: o.ID})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range m.Refunds {
		if r.Blocked != "" {
			return // said on the order's page
		}
	}
	if len(tasks) == 0 {
		w.T.Errorf("order %s is %s with a balance of %d and nobody is asked to look", o.Code, o.State, balance)
	}
}

// agreeStripe wants each charge and refund that Stripe has exactly once.
func (w *walker) agreeStripe(ours map[string]payment.Payment, refunds map[string]payment.Refund) {
	w.T.Helper()
	n := 0
	for _, c := range w.Stripe.Charges("") {
		if c.Status != "succeeded" {
			continue
		}
		n++
		p, known := ours[c.ID]
		if !known || p.Amount != money.New(c.Amount, p.Amount.Currency) {
			w.T.Errorf("Stripe took %d %s in charge %s; we know of %v", c.Amount, c.Currency, c.ID, p.Amount)
		}
	}
	if n != len(ours) {
		w.T.Errorf("Stripe has %d charges, we have %d", n, len(ours))
	}
	for _, r := range w.Stripe.Refunds("") {
		known, ok := refunds[r.ID]
		if !ok || string(known.State) != r.Status || known.Amount.Minor != r.Amount {
			w.T.Errorf("Stripe's refund %s of %d of %s is %s, marked %v; ours of %d is %q", r.ID, r.Amount, r.Charge, r.Status, r.Metadata, known.Amount.Minor, known.State)
		}
	}
}

const sqlWalkBooks = `
SELECT COALESCE(sum(amount), 0)::bigint
  FROM posting
 WHERE org_id = $1
 GROUP BY currency
HAVING sum(amount) <> 0`

const sqlWalkNumbers = `
SELECT series, count(*)
  FROM document
 WHERE org_id = $1
 GROUP BY series, extract(year FROM issued_on)
HAVING max(sequence) <> count(*)`

// agreeBalance wants Stripe's balance in the books to be Stripe's, and the proofs of
// every month that do not need a bank or staff.
func (w *walker) agreeBalance() {
	w.T.Helper()
	ctx := w.T.Context()
	now := w.Clock.Now()
	w.Clock.Advance(time.Date(now.Year(), now.Month()+1, 2, 12, 0, 0, 0, time.UTC).Sub(now))
	if err := w.Finance.Ingest(ctx); err != nil {
		w.T.Fatal(err)
	}
	w.Told()
	booked, err := w.Books.Balance(ctx, w.DB.Pool(), w.Org.ID, ledger.StripeBalance, "stripe")
	if err != nil {
		w.T.Fatal(err)
	}
	b := w.Stripe.Balance("")
	if booked[money.GBP] != b.Available+b.Pending {
		w.T.Errorf("the books say that Stripe has %d, Stripe says %d", booked[money.GBP], b.Available+b.Pending)
	}
	months, err := w.Finance.Months(ctx, w.Org.ID)
	if err != nil || len(months) == 0 {
		w.T.Fatalf("%d months, %v", len(months), err)
	}
	for _, m := range months {
		if !m.Ended {
			continue
		}
		if err := w.Finance.Recount(ctx, w.Org.ID, m.Month); err != nil {
			w.T.Fatal(err)
		}
		proofs, err := w.Finance.Proofs(ctx, w.Org.ID, m.Month)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, p := range proofs {
			if !p.Green && p.ID != reconcile.P5 && p.ID != reconcile.P9 { // those wait for staff and for a bank
				w.T.Errorf("%s: %s is contradicted by %d: %v", m.Month.Format("2006-01"), p.ID, len(p.Contradictions), p.Contradictions[0])
			}
		}
	}
}

// agreeBooks wants balanced books and numbers without gaps.
func (w *walker) agreeBooks() {
	w.T.Helper()
	for _, sql := range []string{sqlWalkBooks, sqlWalkNumbers} {
		rows, err := w.DB.Pool().Query(w.T.Context(), sql, w.Org.ID)
		if err != nil {
			w.T.Fatal(err)
		}
		for rows.Next() {
			found, err := rows.Values()
			w.T.Errorf("the books do not agree: %v, %v in %s", found, err, sql)
		}
		rows.Close()
	}
}
