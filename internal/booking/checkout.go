package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// payingFor is how much longer places are kept once the buyer goes on to pay.
const payingFor = 10 * time.Minute

// untilReleased marks seats of an order that waits for money. They never lapse by
// themselves: Stripe has to confirm first that the payment can no longer happen.
var untilReleased = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// CheckoutInput is what a buyer says to place an order.
type CheckoutInput struct {
	Buyer Buyer
	Payer Payer
	// Attendees are who comes, ticket by ticket; fewer than tickets leaves seats to
	// be named later.
	Attendees []Attendee
	OnInvoice bool
	// ExpectedTotal is the total that the buyer saw, in minor units.
	ExpectedTotal int64
}

// CheckedOut is an order that was placed.
type CheckedOut struct {
	// Secret opens the buyer's page, /order/{secret}.
	Secret string
	Code   string
	State  OrderState
}

// Checkout places a basket. An order over nothing, or on invoice, is confirmed at
// once; one by card waits for its payment; an application waits for a decision.
// It fails with HOLD_EXPIRED when the basket lapsed, with PRICE_CHANGED when the
// total is another one, with CODE_USED_UP when the code's last use went to others.
func (s *Service) Checkout(ctx context.Context, key replay.Key, secret string, in CheckoutInput) (CheckedOut, error) {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return CheckedOut{}, fault.NotFound("basket")
	}
	if err := in.clean(); err != nil {
		return CheckedOut{}, err
	}
	id := uid.Order(ref.ID)
	key.Scope += " " + id.String()
	var done CheckedOut
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			o, err := lockSaleTx(ctx, tx, ref.Org, id)
			if err != nil {
				return struct{}{}, notFoundAs(err, "basket")
			}
			return struct{}{}, s.checkoutTx(ctx, tx, &o, in)
		})
		if err != nil {
			return err
		}
		o, err := readSale(ctx, tx, ref.Org, id)
		done = CheckedOut{Secret: s.orderSecret(o), Code: o.Code, State: o.State}
		return err
	})
	return done, err
}

func (s *Service) orderSecret(o sale) string {
	return s.keys.Make(link.Order, o.Org, o.ID, o.LinkVersion)
}

// clean tidies what was typed and names what is wrong with it.
func (in *CheckoutInput) clean() error {
	who := Attendee{Name: in.Buyer.Name, Email: in.Buyer.Email, Segment: SegmentBusiness}.clean()
	in.Buyer = Buyer{Name: who.Name, Email: who.Email}
	bad := who.check("buyer")
	attendees := make([]Attendee, len(in.Attendees))
	for i, a := range in.Attendees {
		attendees[i] = a.clean()
		bad = append(bad, attendees[i].check(fmt.Sprintf("attendees[%d]", i))...)
	}
	in.Attendees = attendees
	if in.OnInvoice && (in.Payer.Company == "" && in.Buyer.Name == "" || in.Payer.Address == "") {
		bad = append(bad, fault.Field{Path: "payer.address", Rule: "required", Message: "is needed on an invoice"})
	}
	if len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	return nil
}

func (s *Service) checkoutTx(ctx context.Context, tx *pg.Tx, o *sale, in CheckoutInput) error {
	if o.PlacedAt != nil {
		return fault.Precondition(fault.WrongState, "This basket was used already.")
	}
	if o.lapsed(tx.Now) {
		return fault.Precondition(fault.HoldExpired, "Your places were kept until a moment ago.")
	}
	if o.due().Minor != in.ExpectedTotal {
		return fault.Precondition(fault.PriceChanged, "The total is %s now. Please look at it again.", o.due().Format())
	}
	sales, err := readSales(ctx, tx, o.Org, o.Event)
	if err != nil {
		return err
	}
	if in.OnInvoice && !sales.OnInvoice {
		return fault.InvalidField("method", "method", "is not offered for this event")
	}
	if err := s.nameSeatsTx(ctx, tx, *o, in.Attendees); err != nil {
		return err
	}
	if err := s.stock.UseCodeTx(ctx, tx, o.Org, o.quote()); err != nil {
		return err
	}
	o.CodeTaken = !o.CodeID.IsZero()
	o.Buyer, o.Payer, o.OnInvoice = in.Buyer, in.Payer, in.OnInvoice && o.due().Minor > 0
	o.RefundSteps, o.SelfService, o.Overdue = sales.RefundSteps, sales.SelfService, sales.Overdue
	if o.OnInvoice {
		if err := s.termOfPaymentTx(ctx, tx, o, sales); err != nil {
			return err
		}
	}
	if err := writeCheckoutTx(ctx, tx, *o); err != nil {
		return err
	}
	switch {
	case !o.PhasesTaken: // an application: nothing was taken
		return s.applyTx(ctx, tx, o)
	case o.due().Minor == 0 || o.OnInvoice:
		return s.confirmTx(ctx, tx, o, confirming{})
	}
	return s.awaitTx(ctx, tx, o, maxTime(*o.ExpiresAt, tx.Now.Add(payingFor)))
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// quote is the order's lines as inventory's codes see them.
func (o sale) quote() inventory.Quote {
	q := inventory.Quote{Currency: o.Currency, Code: o.CodeID, CodeText: o.CodeText, CodeOff: money.New(codeOff(o.Lines), o.Currency)}
	for _, l := range o.live() {
		q.Units = append(q.Units, inventory.Quoted{Product: l.Product, Kind: l.Kind, Phase: l.Phase, Gross: l.Gross, Discounts: l.Discounts})
	}
	return q
}

const sqlNameSeat = `
UPDATE registration
   SET name = @name,
       email = @email,
       organisation = @organisation,
       segment = @segment,
       timezone = @timezone,
       answers = @answers,
       search = @search,
       registered_at = @now,
       changed_at = @now
 WHERE org_id = @org_id
   AND id = @id`

// nameSeatsTx says who comes, ticket by ticket.
func (s *Service) nameSeatsTx(ctx context.Context, tx *pg.Tx, o sale, attendees []Attendee) error {
	tickets := o.tickets()
	if len(attendees) > len(tickets) {
		return fault.InvalidField("attendees", "repeated.max_items", "are more than the %d places in the basket", len(tickets))
	}
	questions, err := questionsOf(ctx, tx, o.Org, []uid.Event{o.Event})
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	var bad []fault.Field
	for i, a := range attendees {
		kept, problems := checkAnswers(questions[o.Event], a.Answers, fmt.Sprintf("attendees[%d]", i))
		bad = append(bad, problems...)
		answers, err := encodeAnswers(kept)
		if err != nil {
			return err
		}
		batch.Queue(sqlNameSeat, a.seatArgs(o, tickets[i], answers, tx.Now))
	}
	if len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("name seats: %w", err)
	}
	return nil
}

func (a Attendee) seatArgs(o sale, id uid.Registration, answers string, now time.Time) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"org_id": o.Org, "id": id, "name": a.Name, "email": a.Email, "organisation": a.Organisation, "segment": a.Segment,
		"timezone": a.Timezone, "answers": answers, "search": a.searchText(o.Code), "now": now,
	}
}

const sqlWriteCheckout = `
UPDATE order_terms
   SET buyer_name = @buyer_name,
       buyer_email = @buyer_email,
       payer = @payer,
       on_invoice = @on_invoice,
       due_at = @due_at,
       grace_until = @grace_until,
       overdue = @overdue,
       refund_steps = @refund_steps,
       self_service = @self_service,
       code_taken = @code_taken,
       search = @search
 WHERE org_id = @org_id
   AND order_id = @id`

func writeCheckoutTx(ctx context.Context, tx *pg.Tx, o sale) error {
	payer, err := json.Marshal(o.Payer)
	if err != nil {
		return fmt.Errorf("encode payer: %w", err)
	}
	steps, err := json.Marshal(o.RefundSteps)
	if err != nil {
		return fmt.Errorf("encode refund steps: %w", err)
	}
	_, err = tx.Exec(ctx, sqlWriteCheckout, pgx.StrictNamedArgs{
		"org_id": o.Org, "id": o.ID, "buyer_name": o.Buyer.Name, "buyer_email": o.Buyer.Email, "payer": string(payer),
		"on_invoice": o.OnInvoice, "due_at": o.DueAt, "grace_until": o.GraceUntil, "overdue": string(o.Overdue), "refund_steps": string(steps), "self_service": o.SelfService, "code_taken": o.CodeTaken,
		"search": fold.Text(o.Code + " " + o.Buyer.Name + " " + o.Buyer.Email + " " + o.Payer.Company + " " + o.Payer.PurchaseOrder),
	})
	if err != nil {
		return fmt.Errorf("write checkout: %w", err)
	}
	return nil
}

const sqlMoveOrder = `
UPDATE orders
   SET state = @state,
       expires_at = @expires_at,
       placed_at = coalesce(placed_at, @placed_at)
 WHERE org_id = @org_id
   AND id = @id`

const sqlMovePlaces = `
UPDATE registration
   SET state = @state,
       changed_at = @now,
       version = version + 1
 WHERE org_id = @org_id
   AND id = ANY (@ids)`

// moveTx sets an order's state and that of its live tickets.
func moveTx(ctx context.Context, tx *pg.Tx, o *sale, to OrderState, places State, expires *time.Time) error {
	placed := &tx.Now
	if to == OrderExpired && o.PlacedAt == nil {
		placed = nil
	}
	batch := &pgx.Batch{}
	batch.Queue(sqlMoveOrder, pgx.StrictNamedArgs{"org_id": o.Org, "id": o.ID, "state": string(to), "expires_at": expires, "placed_at": placed})
	batch.Queue(sqlMovePlaces, pgx.StrictNamedArgs{"org_id": o.Org, "ids": o.tickets(), "state": string(places), "now": tx.Now})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("move order to %s: %w", to, err)
	}
	o.State, o.ExpiresAt = to, expires
	if o.PlacedAt == nil {
		o.PlacedAt = placed
	}
	return nil
}

// applyTx places an application.
func (s *Service) applyTx(ctx context.Context, tx *pg.Tx, o *sale) error {
	if err := moveTx(ctx, tx, o, OrderPlaced, StateAwaitingApproval, nil); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, *o, FactApplied)
}

// awaitTx lets an order wait for its payment. Its seats stay until lapseTx or
// a confirmation says otherwise.
func (s *Service) awaitTx(ctx context.Context, tx *pg.Tx, o *sale, until time.Time) error {
	ask := o.ask()
	ask.Expires, ask.Again = untilReleased, true
	if err := s.takeTx(ctx, tx, o.Org, ask); err != nil {
		return err
	}
	if err := moveTx(ctx, tx, o, OrderPlaced, StateAwaitingPayment, &until); err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderPlaced, Subject: o.ID})
}

// tellTx appends a fact for each named place of the order.
func (s *Service) tellTx(ctx context.Context, tx *pg.Tx, o sale, kind string) error {
	named, err := namedPlaces(ctx, tx, o)
	if err != nil {
		return err
	}
	facts := make([]outbox.Fact, len(named))
	for i, id := range named {
		facts[i] = outbox.Fact{Org: o.Org, Kind: kind, Subject: id}
	}
	return s.box.AppendTx(ctx, tx, facts...)
}

const sqlNamedPlaces = `
SELECT id
  FROM registration
 WHERE org_id = @org_id
   AND id = ANY (@ids)
   AND email <> ''
 ORDER BY line`

// namedPlaces lists the order's live tickets that somebody was named for.
func namedPlaces(ctx context.Context, q pg.Querier, o sale) ([]uid.Registration, error) {
	rows, err := q.Query(ctx, sqlNamedPlaces, pgx.StrictNamedArgs{"org_id": o.Org, "ids": o.tickets()})
	if err != nil {
		return nil, fmt.Errorf("find named places: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
	if err != nil {
		return nil, fmt.Errorf("find named places: %w", err)
	}
	return ids, nil
}
