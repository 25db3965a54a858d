package stripesim

import (
	"fmt"
	"slices"
)

var refundParams = []string{"amount", "charge", "payment_intent", "reason", "metadata", "refund_application_fee", "reverse_transfer"}

func createRefund(c *call) (any, *apiError) {
	f := c.form
	reason := f.oneOf("reason", "duplicate", "fraudulent", "requested_by_customer")
	ch, amount, no := c.refundable()
	if no != nil {
		return nil, no
	}
	r := c.s.refund(c.a, ch, amount, refundAsk{reason: reason, metadata: f.pairs("metadata"), feeBack: f.flag("refund_application_fee")})
	return r, nil
}

// refundable finds what is to be refunded and how much, or says why it cannot be.
func (c *call) refundable() (*charge, int64, *apiError) {
	f := c.form
	id, intent := f.text("charge"), f.text("payment_intent")
	amount, metadata := f.integer("amount", -1), f.pairs("metadata")
	_, _, reverse := metadata, f.flag("refund_application_fee"), f.flag("reverse_transfer")
	switch {
	case *f.problem != nil:
		return nil, 0, *f.problem
	case reverse:
		return nil, 0, notSimulated("reverse_transfer", "transfers")
	case id == "" && intent == "":
		return nil, 0, invalid("parameter_missing", "", "One of the following params should be provided for this request: payment_intent or charge.")
	case f.has("amount") && amount < 1:
		return nil, 0, invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	}
	ch := c.a.charges.get(id)
	if id == "" {
		pi := c.a.intents.get(intent)
		if pi == nil {
			return nil, 0, missing("payment_intent", intent).about("payment_intent")
		}
		ch = c.a.charges.get(string(pi.LatestCharge))
		if ch == nil || ch.Status != "succeeded" {
			return nil, 0, refused("payment_intent_unexpected_state", "payment_intent",
				"This PaymentIntent ("+intent+") does not have a successful charge to refund.")
		}
	}
	if ch == nil {
		return nil, 0, missing("charge", id).about("charge")
	}
	if intent != "" && string(ch.Intent) != intent {
		return nil, 0, invalid("", "charge", "The charge does not belong to the PaymentIntent.")
	}
	if !f.has("amount") {
		amount = ch.Amount - ch.Refunded
	}
	return ch, amount, c.a.mayRefund(ch, amount)
}

func (e *apiError) about(param string) *apiError {
	e.Param = param
	return e
}

// mayRefund says why an amount of a charge cannot be refunded now.
func (a *account) mayRefund(ch *charge, amount int64) *apiError {
	left := ch.Amount - ch.Refunded
	switch {
	case ch.Status != "succeeded":
		return refused("charge_not_refundable", "", "Charge "+ch.ID+" is "+ch.Status+" and cannot be refunded.")
	case left == 0:
		e := refused("charge_already_refunded", "", "Charge "+ch.ID+" has already been refunded.")
		e.Charge = ch.ID
		return e
	case a.blockingDispute(ch) != nil:
		e := refused("charge_disputed", "", "Charge "+ch.ID+" has been charged back; cannot issue a refund.")
		e.Charge = ch.ID
		return e
	case amount > left:
		return refused("", "amount", fmt.Sprintf("Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			display(amount, ch.Currency), display(left, ch.Currency)))
	}
	return nil
}

// blockingDispute is the dispute that keeps a charge from being refunded, or nil.
func (a *account) blockingDispute(ch *charge) *dispute {
	var found *dispute
	a.disputes.each(func(_ string, d *dispute) bool {
		if d.Charge == ch.ID && !d.Refundable {
			found = d
		}
		return found == nil
	})
	return found
}

type refundAsk struct {
	reason   string
	metadata map[string]string
	feeBack  bool
}

// refund gives money back, at once, later, or when the balance covers it.
func (s *Sim) refund(a *account, ch *charge, amount int64, ask refundAsk) *refund {
	prefix := "re"
	if ch.Card.debit() {
		prefix = "pyr"
	}
	if ask.metadata == nil {
		ask.metadata = map[string]string{}
	}
	r := &refund{FeeBack: ask.feeBack, refundObject: refundObject{
		ID: s.newID(a, prefix), Object: "refund", Amount: amount, Charge: ch.ID, Created: unix(s.moment), Currency: ch.Currency,
		Metadata: ask.metadata, Intent: ch.Intent, Reason: maybe(ask.reason), Status: "pending",
	}}
	if ch.Card.method() == "card" {
		r.Destination = map[string]any{"type": "card", "card": map[string]any{
			"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund",
		}}
	}
	a.refunds.put(r.ID, r)
	s.countRefund(a, ch, amount)
	if a.NeedBalance && s.balance(a, a.Currency).total() < s.inOwn(a, amount, ch.Currency) {
		s.emit(a, "charge.refunded", ch, nil)
		return r
	}
	s.sendRefund(a, ch, r)
	s.emit(a, "charge.refunded", ch, nil)
	s.endInquiries(a, ch)
	return r
}

// countRefund adds to what has been refunded of a charge, or takes from it.
func (s *Sim) countRefund(a *account, ch *charge, amount int64) {
	ch.Refunded += amount
	ch.IsRefunded = ch.Refunded == ch.Amount
	a.charges.put(ch.ID, ch)
}

// sendRefund takes the money out of the balance.
func (s *Sim) sendRefund(a *account, ch *charge, r *refund) {
	r.Txn = maybe(s.bookRefund(a, ch, r))
	r.Status = "succeeded"
	switch rule := cards[ch.Card]; rule.refund {
	case dueRefundOK:
		r.Status = "pending"
		s.plan(a, s.moment.Add(slow), dueRefundOK, r.ID)
	case dueRefundBad:
		s.plan(a, s.moment.Add(slow), dueRefundBad, r.ID)
	}
	a.refunds.put(r.ID, r)
}

// settlePendingRefunds sends the refunds that waited for the balance, oldest
// first.
func (s *Sim) settlePendingRefunds(a *account) {
	if !a.NeedBalance {
		return // none waits
	}
	s.sendWaitingRefunds(a)
}

func (s *Sim) sendWaitingRefunds(a *account) {
	for _, id := range slices.Backward(a.refunds.newest()) {
		r := a.refunds.get(id)
		if r.Status != "pending" || r.Txn != "" {
			continue
		}
		if a.NeedBalance && s.balance(a, a.Currency).total() < s.inOwn(a, r.Amount, r.Currency) {
			return
		}
		ch := a.charges.get(r.Charge)
		s.sendRefund(a, ch, r)
		s.emit(a, "charge.refund.updated", r, map[string]any{"status": "pending"})
	}
}

// settleRefund ends a refund that had been sent: the money arrives, or comes back.
func (s *Sim) settleRefund(a *account, r *refund, ok bool) {
	before := map[string]any{"status": r.Status}
	switch {
	case r.Status == "failed" || r.Txn == "":
		return
	case ok:
		r.Status = "succeeded"
	default:
		before["failure_balance_transaction"], before["failure_reason"] = nil, nil
		ch := a.charges.get(r.Charge)
		r.Status, r.FailureReason = "failed", "expired_or_canceled_card"
		r.FailureTxn = s.bookRefundFailure(a, ch, r)
		s.countRefund(a, ch, -r.Amount)
	}
	a.refunds.put(r.ID, r)
	s.emit(a, "charge.refund.updated", r, before)
}

func listRefunds(c *call) (any, *apiError) {
	charge, intent := c.form.text("charge"), c.form.text("payment_intent")
	return listed(c, c.a.refunds, "/v1/refunds", "refund", func(r *refund) int64 { return r.Created }, func(r *refund) bool {
		return (charge == "" || r.Charge == charge) && (intent == "" || string(r.Intent) == intent)
	})
}

func getRefund(c *call) (any, *apiError) {
	if r := c.a.refunds.get(c.id("id")); r != nil {
		return r, nil
	}
	return nil, missing("refund", c.id("id"))
}

// cancelRefund refuses as Stripe does: only refunds that wait for the buyer's bank
// details can be cancelled, and there are none here.
func cancelRefund(c *call) (any, *apiError) {
	r := c.a.refunds.get(c.id("id"))
	if r == nil {
		return nil, missing("refund", c.id("id"))
	}
	return nil, refused("", "", "Refund "+r.ID+" has a status of "+r.Status+" and cannot be canceled: only refunds with a status of requires_action can.")
}
