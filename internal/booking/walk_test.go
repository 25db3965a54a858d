package booking_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

var (
	walkSeed     = flag.Uint64("walk.seed", 74, "seed of the random walk")
	walkCommands = flag.Int("walk.commands", walkLength, "length of the random walk")
)

// A walker does whatever buyers, staff, banks, Stripe, the network and time may
// do, in any order.
type walker struct {
	*testworld.World
	rand   *rand.Rand
	events []testworld.Event
	// baskets and orders are the secrets that buyers have in their hands.
	baskets []string
	orders  []string
	paid    []uid.Order
	done    map[string]int
}

// TestScenario74_RandomWalk lets ten thousand random commands happen, with faults of
// the webhooks and of Stripe's API and with jumps of the clock. When everything has
// come to rest, seats, tickets, refunds, books and Stripe agree.
func TestScenario74_RandomWalk(t *testing.T) {
	t.Parallel()
	w := &walker{World: testworld.New(t), rand: rand.New(rand.NewPCG(*walkSeed, 0)), done: map[string]int{}}
	for range onSale {
		if err := w.announce(); err != nil {
			t.Fatal(err)
		}
	}
	for n := range *walkCommands {
		c := w.pick()
		if err := c.run(w); err != nil {
			w.expected(n, c.name, err)
		} else {
			w.done[c.name]++
		}
		if n%500 == 499 {
			w.CheckSeats()
		}
	}
	w.rest()
	w.agree()
	for _, c := range commands {
		if *walkCommands >= 5000 && w.done[c.name] == 0 {
			t.Errorf("%q never came to pass", c.name)
		}
	}
	t.Logf("%v", w.done)
}

// expected fails unless the error is one that people are told, or Stripe's.
func (w *walker) expected(n int, name string, err error) {
	w.T.Helper()
	if errors.Is(err, errNothingToDo) {
		return
	}
	if _, shown := fault.As(err); shown {
		return
	}
	if _, stripes := errors.AsType[*stripegw.Problem](err); !stripes {
		w.T.Errorf("command %d, %s: %v", n, name, err)
	}
}

var errNothingToDo = errors.New("there is nothing to do it to")

// A command is something that happens, as often as its weight says.
type command struct {
	name   string
	weight int
	run    func(w *walker) error
}

var commands = []command{
	{"an event opens", 1, (*walker).announce},
	{"fill a basket", 14, (*walker).fill},
	{"check out", 12, (*walker).checkOut},
	{"open the payment page", 14, (*walker).open},
	{"pay", 18, (*walker).pay},
	{"pass or fail 3-D Secure", 5, (*walker).challenge},
	{"come back from the page", 8, (*walker).comeBack},
	{"change what a page asks for", 1, (*walker).reprice},
	{"give places up", 3, (*walker).giveUp},
	{"staff take places back", 2, (*walker).takeBack},
	{"staff refund an amount", 2, (*walker).refund},
	{"refund at Stripe's dashboard", 1, (*walker).dashboard},
	{"a bank disputes", 1, (*walker).dispute},
	{"a bank returns a refund", 1, (*walker).failRefund},
	{"staff see to a task", 2, (*walker).resolve},
	{"deliver webhooks", 12, (*walker).deliver},
	{"work", 14, (*walker).work},
	{"break webhooks", 1, (*walker).breakWebhooks},
	{"break Stripe's API", 1, (*walker).breakAPI},
	{"periodic work", 6, (*walker).rounds},
	{"Stripe pays out", 1, (*walker).payOut},
	{"read Stripe's balance", 1, (*walker).ingest},
	{"time passes", 6, (*walker).pass},
}

func (w *walker) pick() command {
	total := 0
	for _, c := range commands {
		total += c.weight
	}
	at := w.rand.IntN(total)
	for _, c := range commands {
		if at -= c.weight; at < 0 {
			return c
		}
	}
	panic("unreachable")
}

func any1[T any](w *walker, of []T) (T, error) {
	if len(of) == 0 {
		var none T
		return none, errNothingToDo
	}
	// What is recent is likelier.
	back := w.rand.IntN(len(of))
	if w.rand.IntN(3) > 0 {
		back = w.rand.IntN(min(6, len(of)))
	}
	return of[len(of)-1-back], nil
}

// onSale is how many events people buy places at; the newest are meant.
const onSale = 4

// announce opens an event of a few places that begins in three days to two months.
func (w *walker) announce() error {
	const wall = "2006-01-02T15:04"
	starts := w.Clock.Now().Add(time.Duration(72+w.rand.IntN(1400)) * time.Hour)
	e := w.Event(testworld.Capacity(4+w.rand.IntN(20)), testworld.At(starts.Format(wall), starts.Add(3*time.Hour).Format(wall)))
	w.Price(e, 900+w.rand.Int64N(9000), []money.Currency{money.GBP, money.GBP, money.EUR}[w.rand.IntN(3)])
	w.events = append(w.events, e)
	return nil
}

func (w *walker) fill() error {
	b, err := w.Fill(w.events[len(w.events)-1-w.rand.IntN(onSale)], 1+w.rand.IntN(3))
	if err == nil {
		w.baskets = append(w.baskets, b.Secret)
	}
	return err
}

func (w *walker) checkOut() error {
	if len(w.baskets) == 0 {
		return errNothingToDo
	}
	i := len(w.baskets) - 1 - w.rand.IntN(min(4, len(w.baskets)))
	b, err := w.Bookings.Basket(w.T.Context(), w.baskets[i])
	if err != nil {
		w.baskets = slices.Delete(w.baskets, i, i+1)
		return err
	}
	in := booking.CheckoutInput{Buyer: booking.Buyer{Name: "Bea Buyer", Email: "bea@example.org"}, ExpectedTotal: b.Total.Minor}
	for range b.Lines {
		in.Attendees = append(in.Attendees, w.Guest())
	}
	done, err := w.Bookings.Checkout(w.T.Context(), replay.Key{}, b.Secret, in)
	if err == nil {
		w.baskets = slices.Delete(w.baskets, i, i+1)
		w.orders = append(w.orders, done.Secret)
	}
	return err
}

func (w *walker) open() error {
	secret, err := any1(w, w.orders)
	if err != nil {
		return err
	}
	_, err = w.Bookings.StartPayment(w.T.Context(), "https://events.example.org", secret)
	return err
}

// pages are the sessions that can still be paid.
func (w *walker) pages() []string {
	var open []string
	for _, id := range w.Stripe.Sessions("") {
		if w.Stripe.SessionStatus(id) == "open" {
			open = append(open, id)
		}
	}
	return open
}

var walkCards = []stripesim.Card{
	stripesim.CardVisa, stripesim.CardVisa, stripesim.CardUK, stripesim.CardEEA, stripesim.CardDeclined, stripesim.CardInsufficient,
	stripesim.Card3DS, stripesim.Card3DSDeclined, stripesim.CardDisputed, stripesim.CardInquiry, stripesim.CardWarned,
	stripesim.CardRefundFails, stripesim.CardRefundPending,
}

func (w *walker) pay() error {
	page, err := any1(w, w.pages())
	if err != nil {
		return err
	}
	_, err = w.Stripe.Pay(page, walkCards[w.rand.IntN(len(walkCards))])
	return refused(err)
}

func (w *walker) challenge() error {
	page, err := any1(w, w.pages())
	if err != nil {
		return err
	}
	_, err = w.Stripe.Challenge(page, w.rand.IntN(3) > 0)
	return refused(err)
}

// refused is what the simulator's own controls say no to.
func refused(err error) error {
	if err != nil {
		return errors.Join(errNothingToDo, err)
	}
	return nil
}

func (w *walker) comeBack() error {
	secret, err := any1(w, w.orders)
	if err != nil {
		return err
	}
	o, err := w.Bookings.SyncMyOrder(w.T.Context(), secret)
	if err == nil && o.Paid.Minor > 0 && !slices.Contains(w.paid, o.ID) {
		w.paid = append(w.paid, o.ID)
	}
	return err
}

func (w *walker) reprice() error {
	page, err := any1(w, w.pages())
	if err != nil {
		return err
	}
	currency := "gbp"
	if w.rand.IntN(4) == 0 {
		currency = "eur"
	}
	return refused(w.Stripe.Reprice(page, 400+w.rand.Int64N(6000), currency))
}

func (w *walker) giveUp() error {
	secret, err := any1(w, w.orders)
	if err != nil {
		return err
	}
	o, err := w.Bookings.MyOrder(w.T.Context(), secret)
	if err != nil {
		return err
	}
	lines, back := w.some(o)
	_, err = w.Bookings.CancelMyLines(w.T.Context(), replay.Key{}, secret, lines, back)
	return err
}

// some are a few of an order's live lines, and what they give back now.
func (w *walker) some(o booking.Order) (lines []uid.Line, back int64) {
	for _, l := range o.Lines {
		if !l.Cancelled && w.rand.IntN(3) > 0 {
			lines, back = append(lines, l.ID), back+l.RefundNow.Minor
		}
	}
	return lines, back
}

func (w *walker) one() (booking.Order, error) {
	id, err := any1(w, w.paid)
	if err != nil {
		return booking.Order{}, err
	}
	return w.Bookings.Order(w.T.Context(), w.Org.ID, id)
}

func (w *walker) takeBack() error {
	o, err := w.one()
	if err != nil {
		return err
	}
	lines, _ := w.some(o)
	choice := []booking.RefundChoice{booking.RefundPolicy, booking.RefundFull, booking.RefundNone}[w.rand.IntN(3)]
	_, err = w.Bookings.CancelLines(w.T.Context(), w.Owner, replay.Key{}, booking.CancelInput{Org: o.Org, Order: o.ID, Lines: lines, Refund: choice, Reason: "Asked by telephone"})
	return err
}

func (w *walker) refund() error {
	o, err := w.one()
	if err != nil {
		return err
	}
	_, err = w.Bookings.RefundOrder(w.T.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 1 + w.rand.Int64N(3000), Reason: "Goodwill"})
	return err
}

func (w *walker) charge() (stripesim.Charge, error) {
	var good []stripesim.Charge
	for _, c := range w.Stripe.Charges("") {
		if c.Status == "succeeded" {
			good = append(good, c)
		}
	}
	return any1(w, good)
}

func (w *walker) dashboard() error {
	c, err := w.charge()
	if err != nil {
		return err
	}
	_, err = w.Stripe.DashboardRefund(c.ID, 1+w.rand.Int64N(2000))
	return refused(err)
}

func (w *walker) dispute() error {
	c, err := w.charge()
	if err != nil {
		return err
	}
	id, err := w.Stripe.OpenDispute(c.ID, 0, "product_not_received")
	if err != nil {
		return refused(err)
	}
	switch w.rand.IntN(3) {
	case 0:
		return refused(w.Stripe.WinDispute(id))
	case 1:
		return refused(w.Stripe.LoseDispute(id))
	}
	return nil
}

func (w *walker) failRefund() error {
	r, err := any1(w, w.Stripe.Refunds(""))
	if err != nil {
		return err
	}
	return refused(w.Stripe.FailRefund(r.ID))
}

func (w *walker) resolve() error {
	tasks, err := w.Payments.Tasks(w.T.Context(), w.Org.ID, payment.TaskFilter{})
	if err != nil {
		return err
	}
	task, err := any1(w, tasks)
	if err != nil {
		return err
	}
	how, err := any1(w, task.Can)
	if err != nil || how == payment.ResolvedDone || how == payment.ResolvedPlace {
		return errNothingToDo // what people settle elsewhere, and what goes beyond a pool's size
	}
	_, err = w.Payments.ResolveTask(w.T.Context(), w.Owner, replay.Key{}, w.Org.ID, task.Key, how, "Looked at")
	return err
}

func (w *walker) deliver() error {
	_, err := w.Stripe.Deliver(w.T.Context())
	return refused(err)
}

func (w *walker) work() error {
	return errors.Join(w.TryWork("")...)
}

func (w *walker) breakWebhooks() error {
	f := []stripesim.WebhookFault{
		stripesim.WebhookDrop, stripesim.WebhookDuplicate, stripesim.WebhookReorder, stripesim.WebhookLate, stripesim.WebhookAhead,
		stripesim.WebhookWrongSecret, stripesim.WebhookAltered, stripesim.WebhookTwin, stripesim.WebhookThin, stripesim.WebhookUnknownType,
		stripesim.WebhookTwoSecrets, stripesim.WebhookFutureVersion,
	}
	w.Stripe.FaultWebhooks(f[w.rand.IntN(len(f))], 1+w.rand.IntN(6))
	return nil
}

func (w *walker) breakAPI() error {
	f := []stripesim.APIFault{
		stripesim.APIDropReply, stripesim.APIReset, stripesim.APIHalf, stripesim.API500, stripesim.API500After, stripesim.API429, stripesim.API409,
	}
	w.Stripe.FaultAPI(f[w.rand.IntN(len(f))], "", 1+w.rand.IntN(3))
	return nil
}

func (w *walker) rounds() error {
	ctx := w.T.Context()
	_, lapse := w.Bookings.LapseUnpaid(ctx)
	_, sweep := w.Bookings.SweepBaskets(ctx)
	err := errors.Join(lapse, sweep, w.Payments.Sweep(ctx), w.Payments.Poll(ctx))
	switch w.rand.IntN(8) {
	case 0:
		return errors.Join(err, w.Payments.CatchUp(ctx))
	case 1:
		return errors.Join(err, w.Payments.Review(ctx))
	}
	return err
}

func (w *walker) payOut() error {
	_, err := w.Stripe.RunPayout("")
	return refused(err)
}

func (w *walker) ingest() error { return w.Finance.Ingest(w.T.Context()) }

func (w *walker) pass() error {
	switch n := w.rand.IntN(40); {
	case n < 30:
		w.Clock.Advance(time.Duration(1+w.rand.IntN(240)) * time.Second)
	case n < 38:
		w.Clock.Advance(time.Duration(5+w.rand.IntN(60)) * time.Minute)
	default:
		w.Clock.Advance(time.Duration(5+w.rand.IntN(30)) * time.Hour)
	}
	return nil
}
