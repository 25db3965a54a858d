package checkin_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/checkin"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// paidDoor is a door of an event whose places cost 24 pounds; sales happen before
// the evening.
func paidDoor(t *testing.T) *door {
	t.Helper()
	d := newDoor(t)
	d.Price(d.event, 2400, money.GBP)
	return d
}

// before runs fn as long before the evening as places are on sale.
func (d *door) before(fn func()) {
	d.T.Helper()
	now := d.Clock.Now()
	d.Clock.Advance(testworld.Noon.Sub(now))
	fn()
	d.Clock.Advance(now.Sub(d.Clock.Now()))
}

// placesOf are an order's tickets.
func placesOf(o booking.Order) []uid.Registration {
	var ids []uid.Registration
	for _, l := range o.Lines {
		ids = append(ids, l.Registration)
	}
	return ids
}

// row is the tablet's row of a ticket after a first sync.
func (d *door) row(tablet *account.Device, id uid.Registration) checkin.Ticket {
	d.T.Helper()
	page, err := d.s.Sync(d.T.Context(), tablet, "", "")
	if err != nil {
		d.T.Fatal(err)
	}
	for _, x := range page.Tickets {
		if x.ID == id {
			return x
		}
	}
	d.T.Fatalf("ticket %s is not on the list", id)
	return checkin.Ticket{}
}

func TestScenario37_AnUnpaidPlaceIsRefusedUntilCashIsTaken(t *testing.T) {
	t.Parallel()
	d := paidDoor(t)
	var secret string
	d.before(func() { secret = d.Placed(d.event, 2) })
	tablet := d.tablet("A")
	places := placesOf(d.MyOrder(secret))

	if row := d.row(tablet, places[0]); row.Status != checkin.StatusUnpaid || row.DueMinor != 2400 || row.DueCurrency != "GBP" {
		t.Errorf("the tablet's row says %s, %d %s due", row.Status, row.DueMinor, row.DueCurrency)
	}
	d.want(d.check(tablet, d.scan(places[0])), checkin.Unpaid)

	cash := d.scan(places[0])
	cash.CashTaken = true
	r := d.check(tablet, cash)
	d.want(r, checkin.Admitted)
	if r.Ticket.Status != checkin.StatusValid || r.Ticket.DueMinor != 0 {
		t.Errorf("after the cash the ticket is %s with %d due", r.Ticket.Status, r.Ticket.DueMinor)
	}
	o := d.MyOrder(secret)
	if o.State != booking.OrderConfirmed || o.Balance.Minor != 4800 {
		t.Errorf("the order is %s with %s due: it should stand, and be owed until the cash is handed in", o.State, o.Balance.Format())
	}
	// The other place of the order has nobody's cash yet: let in, with an amber note.
	other := d.check(tablet, d.scan(places[1]))
	d.want(other, checkin.Admitted)
	if other.Ticket.DueMinor != 2400 {
		t.Errorf("%d is due for the other place, want 2400", other.Ticket.DueMinor)
	}
	again := d.check(tablet, cash)
	d.want(again, checkin.Admitted)
	d.CheckSeats()
}

func TestScenario15_ARefundReachesTheTabletAndIsSaid(t *testing.T) {
	t.Parallel()
	d := paidDoor(t)
	tablet := d.tablet("A")
	var o booking.Order
	var secret string
	d.before(func() {
		secret = d.Placed(d.event, 2)
		o = d.Paid(secret, stripesim.CardVisa)
	})
	places := placesOf(o)
	first, err := d.s.Sync(t.Context(), tablet, "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Bookings.CancelLines(t.Context(), d.Owner, replay.Key{}, booking.CancelInput{
		Org: d.Org.ID, Order: o.ID, Lines: testworld.Lines(o)[:1], Refund: booking.RefundFull, Reason: "ill",
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Minute)
	// Scanned offline from the copy of before, afterwards: let in, and reported.
	d.want(d.upload(tablet, d.told(places[0], checkin.Admitted, 0))[0], checkin.OfflineConflict)
	next, err := d.s.Sync(t.Context(), tablet, first.Cursor, first.Mark)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, x := range next.Tickets {
		told = told || x.ID == places[0] && x.Status == checkin.StatusRefunded && x.Name == ""
	}
	if !told {
		t.Errorf("the next sync does not say that the ticket was refunded: %+v", next.Tickets)
	}
	d.want(d.check(tablet, d.scan(places[0])), checkin.Refunded)
	d.want(d.check(tablet, d.scan(places[1])), checkin.Admitted)
}

func TestSync_HearsOfMoneyThatCameForAPlaceOnAccount(t *testing.T) {
	t.Parallel()
	d := paidDoor(t)
	tablet := d.tablet("A")
	var secret string
	d.before(func() {
		d.Sales(d.event, func(s *booking.Sales) { s.OnInvoice = true })
		done, err := d.CheckOut(d.Basket(d.event, 1), 1, testworld.OnInvoice)
		if err != nil {
			t.Fatal(err)
		}
		secret = done.Secret
	})
	id := placesOf(d.MyOrder(secret))[0]
	before := d.row(tablet, id)
	first, err := d.s.Sync(t.Context(), tablet, "", "")
	if err != nil {
		t.Fatal(err)
	}
	d.Paid(secret, stripesim.CardVisa)
	next, err := d.s.Sync(t.Context(), tablet, first.Cursor, first.Mark)
	if err != nil {
		t.Fatal(err)
	}
	if before.DueMinor != 2400 || len(next.Tickets) != 1 || next.Tickets[0].DueMinor != 0 {
		t.Errorf("%d was due before; after the payment the tablet hears %+v", before.DueMinor, next.Tickets)
	}
}

func TestSync_HearsOfABankTransferForAPlaceOnAccount(t *testing.T) {
	t.Parallel()
	d := paidDoor(t)
	tablet := d.tablet("A")
	var secret string
	d.before(func() {
		d.Sales(d.event, func(s *booking.Sales) { s.OnInvoice = true })
		done, err := d.CheckOut(d.Basket(d.event, 1), 1, testworld.OnInvoice)
		if err != nil {
			t.Fatal(err)
		}
		secret = done.Secret
	})
	first, err := d.s.Sync(t.Context(), tablet, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bank.SaveAccount(t.Context(), d.Owner, replay.Key{}, bank.AccountInput{Org: d.Org.ID, Name: "Current", Number: "GB29NWBK60161331926819", Currency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	statement := ":20:S\r\n:25:60161331926819\r\n:28C:1\r\n:60F:C261119GBP0,00\r\n:61:261119C24,00NTRFNONREF\r\n:86:" + d.MyOrder(secret).Code + "\r\n:62F:C261119GBP24,00\r\n"
	if _, err := d.Bank.Import(t.Context(), d.Owner, replay.Key{}, bank.ImportInput{Org: d.Org.ID, FileName: "november.sta", Content: []byte(statement)}); err != nil {
		t.Fatal(err)
	}
	next, err := d.s.Sync(t.Context(), tablet, first.Cursor, first.Mark)
	if err != nil {
		t.Fatal(err)
	}
	if len(next.Tickets) != 1 || next.Tickets[0].DueMinor != 0 {
		t.Errorf("after the transfer the tablet hears %+v", next.Tickets)
	}

	// Given up, it is cancelled; once the money has gone back from the bank, refunded.
	o := d.MyOrder(secret)
	_, err = d.Bookings.CancelLines(t.Context(), d.Owner, replay.Key{}, booking.CancelInput{
		Org: d.Org.ID, Order: o.ID, Lines: testworld.Lines(o), Refund: booking.RefundFull, Reason: "ill",
	})
	if err != nil {
		t.Fatal(err)
	}
	id := placesOf(o)[0]
	d.want(d.check(tablet, d.scan(id)), checkin.Cancelled)
	back := ":20:S\r\n:25:60161331926819\r\n:28C:2\r\n:60F:C261126GBP24,00\r\n:61:261126D24,00NTRFNONREF\r\n:86:" + o.Code + "\r\n:62F:C261126GBP0,00\r\n"
	if _, err := d.Bank.Import(t.Context(), d.Owner, replay.Key{}, bank.ImportInput{Org: d.Org.ID, FileName: "later.sta", Content: []byte(back)}); err != nil {
		t.Fatal(err)
	}
	later, err := d.s.Sync(t.Context(), tablet, next.Cursor, next.Mark)
	if err != nil || len(later.Tickets) != 1 || later.Tickets[0].Status != checkin.StatusRefunded {
		t.Errorf("after the money went back the tablet hears %+v, %v", later.Tickets, err)
	}
	d.want(d.check(tablet, d.scan(id)), checkin.Refunded)
}

func TestWalkIn_ToAPlaceWithAPriceIsSoldOnAccount(t *testing.T) {
	t.Parallel()
	for name, cash := range map[string]bool{"cash taken": true, "to be paid later": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := paidDoor(t)
			lead := d.lead("A")
			first, err := d.s.Sync(t.Context(), lead, "", "")
			if err != nil {
				t.Fatal(err)
			}
			in := d.walkIn(first.Settings.Spare[0], "")
			in.Scan.CashTaken = cash
			r, err := d.s.WalkIn(t.Context(), lead, in)
			if err != nil {
				t.Fatal(err)
			}
			d.want(r.Scan, checkin.Admitted)
			want := int64(2400)
			if cash {
				want = 0
			}
			if r.Scan.Ticket.DueMinor != want || r.Scan.Ticket.Status != checkin.StatusValid {
				t.Errorf("the ticket is %s with %d due, want %d", r.Scan.Ticket.Status, r.Scan.Ticket.DueMinor, want)
			}
			reg, err := d.Bookings.Registration(t.Context(), d.Org.ID, in.Ticket)
			if err != nil {
				t.Fatal(err)
			}
			o, err := d.Bookings.Order(t.Context(), d.Org.ID, reg.Order)
			if err != nil {
				t.Fatal(err)
			}
			if o.State != booking.OrderConfirmed || o.Balance.Minor != 2400 || len(o.Documents) != 1 {
				t.Errorf("the order is %s, %s is due, with %d documents", o.State, o.Balance.Format(), len(o.Documents))
			}
			again, err := d.s.WalkIn(t.Context(), lead, in)
			if err != nil || again.Scan.Outcome != checkin.Admitted {
				t.Errorf("the same walk-in again is answered %+v, %v", again, err)
			}
			d.CheckSeats()
		})
	}
}

// The scenario is one of payments: a chargeback after the event.
func TestScenario67_AChargebackOfATicketThatCameInHasItsScanAsEvidence(t *testing.T) {
	t.Parallel()
	d := paidDoor(t)
	tablet := d.tablet("Main entrance")
	var o booking.Order
	d.before(func() { o = d.Paid(d.Placed(d.event, 1), stripesim.CardVisa) })
	d.Clock.Advance(time.Minute)
	d.want(d.check(tablet, d.scan(placesOf(o)[0])), checkin.Admitted)
	scanned := d.Clock.Now().UTC().Format("2 January 2006, 15:04 UTC")
	d.Clock.Advance(d.event.EndsAt.Sub(d.Clock.Now()) + 48*time.Hour)
	id, err := d.Stripe.OpenDispute(o.Payments[0].Charge, 0, "product_not_received")
	if err != nil {
		t.Fatal(err)
	}
	d.Told()
	disputes, err := d.Payments.Disputes(t.Context(), o.Org, true)
	if err != nil || len(disputes) != 1 {
		t.Fatalf("the disputes are %+v, %v", disputes, err)
	}

	text, err := d.Payments.Evidence(t.Context(), o.Org, disputes[0].ID)

	for _, want := range []string{o.Code, o.Payments[0].Charge, "nothing was received", "It was scanned at the door " + scanned, "Main entrance"} {
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q, %v", want, text, err)
		}
	}
	if err := d.Stripe.LoseDispute(id); err != nil {
		t.Fatal(err)
	}
	d.Told()
	left, err := d.Payments.Tasks(t.Context(), o.Org, payment.TaskFilter{Order: o.ID})
	if err != nil || len(left) != 1 || !strings.Contains(left[0].Sentence, "somebody came on one of its tickets") {
		t.Errorf("the tasks are %+v, %v", left, err)
	}
	if now := d.MyOrder(o.Secret); now.State != booking.OrderConfirmed {
		t.Errorf("the order is %s: a place that was used stands", now.State)
	}
}
