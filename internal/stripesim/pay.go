package stripesim

import (
	"fmt"
	"slices"
	"time"
)

// soon is when a disputed card is disputed, slow when a refund settles, and
// debitTime how long a debit takes unless somebody settles it earlier.
const (
	soon      = time.Hour
	slow      = 24 * time.Hour
	debitTime = 4 * 24 * time.Hour
)

// A Payment is where an attempt to pay has led.
type Payment struct {
	// Session, Intent and Charge are ids; the last two are empty while there is none.
	Session, Intent, Charge string
	// Status is the intent's: succeeded, processing, requires_action when the buyer
	// must pass 3-D Secure, requires_payment_method after a refusal.
	Status string
	// Declined is why the card was refused, for the buyer.
	Declined string
}

func (s *Sim) paymentOf(a *account, cs *session) Payment {
	p := Payment{Session: cs.ID, Intent: string(cs.PaymentIntent)}
	if pi := a.intents.get(p.Intent); pi != nil {
		p.Charge, p.Status = string(pi.LatestCharge), pi.Status
		if pi.LastError != nil {
			p.Declined = pi.LastError.Message
		}
	}
	return p
}

// pay tries to pay an open session. An error says why it could not be tried; a
// refused card is no error.
func (s *Sim) pay(a *account, cs *session, card Card, who person) error {
	rule, known := cards[card]
	switch {
	case cs.Status != "open":
		return fmt.Errorf("the session is %s", cs.Status)
	case !known:
		return fmt.Errorf("%q is not one of the test cards", card)
	case !slices.Contains(cs.MethodTypes, card.method()):
		return fmt.Errorf("the session does not take %s", card.method())
	}
	if cs.CustomerEmail != "" {
		who.Email = cs.CustomerEmail
	}
	cs.CustomerDetails = &customerDetails{person: who, TaxExempt: "none"}
	pi := s.intentOf(a, cs, who)
	pi.PaymentMethod, pi.LastError, pi.NextAction = maybe(s.newID(a, "pm")), nil, nil
	if rule.challenge {
		cs.Pending = card
		a.sessions.put(cs.ID, cs)
		pi.Status = "requires_action"
		pi.NextAction = &nextAction{Type: "redirect_to_url"}
		pi.NextAction.Redirect.URL = cs.Base + "/c/pay/" + cs.ID + "/3ds"
		a.intents.put(pi.ID, pi)
		s.emit(a, "payment_intent.requires_action", pi, nil)
		return nil
	}
	s.finish(a, cs, pi, card)
	return nil
}

// challenge ends the 3-D Secure of a session.
func (s *Sim) challenge(a *account, cs *session, passed bool) error {
	if cs.Status != "open" || cs.Pending == "" {
		return fmt.Errorf("the session is %s, and asks for nothing", cs.Status)
	}
	card := cs.Pending
	cs.Pending = ""
	a.sessions.put(cs.ID, cs)
	pi := a.intents.get(string(cs.PaymentIntent))
	pi.NextAction = nil
	if !passed {
		s.fail(a, pi, &cardError{Code: "payment_intent_authentication_failure", Type: typeInvalid,
			Message: "We are unable to authenticate your payment method. Please choose a different payment method and try again."})
		return nil
	}
	s.finish(a, cs, pi, card)
	return nil
}

// intentOf is the session's intent, made when the buyer first tries to pay.
func (s *Sim) intentOf(a *account, cs *session, who person) *intent {
	if pi := a.intents.get(string(cs.PaymentIntent)); pi != nil {
		return pi
	}
	p := cs.Plan
	pi := &intent{Session: cs.ID, intentObject: intentObject{
		ID: s.newID(a, "pi"), Object: "payment_intent", Amount: cs.AmountTotal, ApplicationFee: instant(p.ApplicationFee),
		CaptureMethod: "automatic", Confirmation: "automatic", Created: unix(s.moment), Currency: cs.Currency,
		Description: maybe(p.Description), Metadata: p.Metadata, MethodOptions: map[string]any{}, MethodTypes: cs.MethodTypes,
		ReceiptEmail: maybe(p.ReceiptEmail), Descriptor: maybe(p.Descriptor), DescriptorSuffix: maybe(p.DescriptorSuffix),
		Status: "requires_payment_method", TransferGroup: maybe(p.TransferGroup),
	}}
	pi.ClientSecret = pi.ID + "_secret_" + s.letters(20, "secret", pi.ID)
	cs.PaymentIntent = maybe(pi.ID)
	a.sessions.put(cs.ID, cs)
	a.intents.put(pi.ID, pi)
	s.emit(a, "payment_intent.created", pi, nil)
	return pi
}

// finish charges a card, or begins a debit.
func (s *Sim) finish(a *account, cs *session, pi *intent, card Card) {
	rule := cards[card]
	ch := s.newCharge(a, cs, pi, card)
	switch {
	case rule.decline != nil:
		s.declineCharge(a, pi, ch, *rule.decline)
	case card.debit():
		ch.Status = "pending"
		pi.Status, pi.LatestCharge = "processing", maybe(ch.ID)
		a.charges.put(ch.ID, ch)
		a.intents.put(pi.ID, pi)
		s.emit(a, "charge.pending", ch, nil)
		s.emit(a, "payment_intent.processing", pi, nil)
		s.plan(a, s.moment.Add(debitTime), dueDebit, cs.ID)
		s.complete(a, cs, "unpaid")
	default:
		s.capture(a, pi, ch)
		s.complete(a, cs, "paid")
	}
}

func (s *Sim) complete(a *account, cs *session, paid string) {
	cs.Status, cs.PaymentStatus, cs.URL = "complete", paid, ""
	a.sessions.put(cs.ID, cs)
	s.emit(a, "checkout.session.completed", cs, nil)
}

func (s *Sim) newCharge(a *account, cs *session, pi *intent, card Card) *charge {
	prefix := "ch"
	if card.debit() {
		prefix = "py"
	}
	return &charge{Session: cs.ID, Card: card, Fee: int64(pi.ApplicationFee), chargeObject: chargeObject{
		ID: s.newID(a, prefix), Object: "charge", Amount: pi.Amount, ApplicationFee: pi.ApplicationFee, Billing: cs.CustomerDetails.person,
		CalcDescriptor: "LANYARD SIMULATED", Created: unix(s.moment), Currency: pi.Currency, Description: pi.Description,
		Fraud: map[string]string{}, Metadata: pi.Metadata, Intent: maybe(pi.ID), Method: pi.PaymentMethod, MethodDetails: card.details(),
		Outcome: &outcome{"approved_by_network", "", "normal", 12, "Payment complete.", "authorized"},
		Radar:   map[string]string{}, ReceiptEmail: pi.ReceiptEmail, Descriptor: pi.Descriptor, DescriptorSuffix: pi.DescriptorSuffix,
		TransferGroup: pi.TransferGroup,
	}}
}

// capture takes the money of a charge.
func (s *Sim) capture(a *account, pi *intent, ch *charge) {
	ch.Status, ch.Paid, ch.IsCaptured, ch.Captured = "succeeded", true, true, ch.Amount
	ch.Txn = maybe(s.bookCharge(a, ch))
	pi.Status, pi.Received, pi.LatestCharge = "succeeded", pi.Amount, maybe(ch.ID)
	a.charges.put(ch.ID, ch)
	a.intents.put(pi.ID, pi)
	s.emit(a, "charge.succeeded", ch, nil)
	s.emit(a, "payment_intent.succeeded", pi, nil)
	if later := cards[ch.Card].later; later != "" {
		s.plan(a, s.moment.Add(soon), later, ch.ID)
	}
	s.settlePendingRefunds(a)
}

// declineCharge notes that a charge was refused. The session stays open: the buyer
// may try another card.
func (s *Sim) declineCharge(a *account, pi *intent, ch *charge, why decline) {
	ch.Status, ch.FailureCode, ch.FailureMessage = "failed", maybe(why.code), maybe(why.message)
	ch.Outcome = &outcome{"declined_by_network", maybe(why.reason), "normal", 12, "The bank did not accept the payment.", "issuer_declined"}
	a.charges.put(ch.ID, ch)
	pi.LatestCharge = maybe(ch.ID)
	s.emit(a, "charge.failed", ch, nil)
	s.fail(a, pi, &cardError{Charge: ch.ID, Code: why.code, Decline: why.reason, Message: why.message, Type: typeCard})
}

func (s *Sim) fail(a *account, pi *intent, why *cardError) {
	why.DocURL = "https://stripe.com/docs/error-codes/" + hyphens(why.Code)
	pi.Status, pi.LastError, pi.PaymentMethod, pi.NextAction = "requires_payment_method", why, "", nil
	a.intents.put(pi.ID, pi)
	s.emit(a, "payment_intent.payment_failed", pi, nil)
}

// settle ends a debit.
func (s *Sim) settle(a *account, cs *session, ok bool) error {
	pi := a.intents.get(string(cs.PaymentIntent))
	if pi == nil || pi.Status != "processing" {
		return fmt.Errorf("session %s waits for no money", cs.ID)
	}
	ch := a.charges.get(string(pi.LatestCharge))
	if !ok {
		s.declineCharge(a, pi, ch, decline{"payment_intent_payment_attempt_failed", "", "The bank could not collect the debit."})
		s.emit(a, "checkout.session.async_payment_failed", cs, nil)
		return nil
	}
	s.capture(a, pi, ch)
	cs.PaymentStatus = "paid"
	a.sessions.put(cs.ID, cs)
	s.emit(a, "checkout.session.async_payment_succeeded", cs, nil)
	return nil
}

// cancel ends an intent.
func (s *Sim) cancel(a *account, pi *intent, reason string) {
	pi.Status, pi.CanceledAt, pi.CancelReason, pi.NextAction = "canceled", instant(unix(s.moment)), maybe(reason), nil
	a.intents.put(pi.ID, pi)
	s.emit(a, "payment_intent.canceled", pi, nil)
}

func listIntents(c *call) (any, *apiError) {
	return listed(c, c.a.intents, "/v1/payment_intents", "payment_intent", func(r *intent) int64 { return r.Created }, nil)
}

func getIntent(c *call) (any, *apiError) {
	if pi := c.a.intents.get(c.id("id")); pi != nil {
		return pi, nil
	}
	return nil, missing("payment_intent", c.id("id"))
}

// cancelIntent refuses: all intents here belong to sessions.
func cancelIntent(c *call) (any, *apiError) {
	pi := c.a.intents.get(c.id("id"))
	c.form.oneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
	switch {
	case pi == nil:
		return nil, missing("payment_intent", c.id("id"))
	case *c.form.problem != nil:
		return nil, *c.form.problem
	case pi.Status == "succeeded" || pi.Status == "canceled":
		return nil, refused("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent because it has a status of "+pi.Status+".")
	}
	return nil, refused("payment_intent_unexpected_state", "",
		"You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout Session instead.")
}

func listCharges(c *call) (any, *apiError) {
	of := c.form.text("payment_intent")
	return listed(c, c.a.charges, "/v1/charges", "charge", func(r *charge) int64 { return r.Created },
		func(r *charge) bool { return of == "" || string(r.Intent) == of })
}

func getCharge(c *call) (any, *apiError) {
	if ch := c.a.charges.get(c.id("id")); ch != nil {
		return ch, nil
	}
	return nil, missing("charge", c.id("id"))
}
