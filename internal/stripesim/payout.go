package stripesim

import (
	"fmt"
	"time"
)

// reconciledAfter is how long Stripe takes to say which rows a payout is made of,
// arrivesAfter how long the bank takes.
const (
	reconciledAfter = 12 * time.Hour
	arrivesAfter    = 24 * time.Hour
)

// payOut sends to the bank what is available and was not sent before, with a row
// of its own. It returns nil when there is nothing to send, or less than nothing.
func (s *Sim) payOut(a *account) *payout {
	var rows []*txn
	var sum int64
	a.txns.each(func(_ string, t *txn) bool {
		if t.Payout == "" && t.Status == "available" {
			rows = append(rows, t)
			sum += t.Net
		}
		return true
	})
	if sum <= 0 {
		return nil
	}
	po := s.newPayout(a, sum)
	po.Automatic, po.Reconciliation = true, "in_progress"
	own := s.book(a, row{kind: "payout", category: "payout", source: po.ID, description: "STRIPE PAYOUT", amount: -sum, available: s.moment})
	po.Txn = maybe(own)
	a.payouts.put(po.ID, po)
	for _, t := range append(rows, a.txns.get(own)) {
		t.Payout = po.ID
		a.txns.put(t.ID, t)
	}
	s.emit(a, "payout.created", po, nil)
	s.plan(a, s.moment.Add(reconciledAfter), dueReconcile, po.ID)
	s.plan(a, s.moment.Add(arrivesAfter), dueArrival, po.ID)
	return po
}

func (s *Sim) newPayout(a *account, sum int64) *payout {
	return &payout{payoutObject{
		ID: s.newID(a, "po"), Object: "payout", Amount: sum, Arrival: unix(s.moment.UTC().Truncate(24 * time.Hour).Add(arrivesAfter)),
		Created: unix(s.moment), Currency: a.Currency, Description: "STRIPE PAYOUT", Destination: maybe("ba_" + s.letters(24, "bank", a.ID)),
		Metadata: map[string]string{}, Method: "standard", Reconciliation: "not_applicable", SourceType: "card", Status: "in_transit",
		Type: "bank_account",
	}}
}

// payOutByHand sends an amount of what is available to the bank. Stripe does not
// say which rows such a payout is made of.
func (s *Sim) payOutByHand(a *account, sum int64) (*payout, error) {
	var available int64
	a.txns.each(func(_ string, t *txn) bool {
		if t.Status == "available" {
			available += t.Net
		}
		return true
	})
	if sum < 1 || sum > available {
		return nil, fmt.Errorf("%d cannot be paid out of %d", sum, available)
	}
	po := s.newPayout(a, sum)
	po.Txn = maybe(s.book(a, row{kind: "payout", category: "payout", source: po.ID, description: "STRIPE PAYOUT", amount: -sum, available: s.moment}))
	a.payouts.put(po.ID, po)
	s.emit(a, "payout.created", po, nil)
	s.plan(a, s.moment.Add(arrivesAfter), dueArrival, po.ID)
	return po, nil
}

func (s *Sim) reconciled(a *account, po *payout) {
	po.Reconciliation = "completed"
	a.payouts.put(po.ID, po)
	s.emit(a, "payout.updated", po, map[string]any{"reconciliation_status": "in_progress"})
	s.emit(a, "payout.reconciliation_completed", po, nil)
}

func (s *Sim) arrive(a *account, po *payout) {
	if po.Status != "in_transit" {
		return
	}
	po.Status = "paid"
	a.payouts.put(po.ID, po)
	s.emit(a, "payout.updated", po, map[string]any{"status": "in_transit"})
	s.emit(a, "payout.paid", po, nil)
}

// failPayout has the bank send a payout back, even after it was shown as paid.
func (s *Sim) failPayout(a *account, po *payout) error {
	if po.Status != "in_transit" && po.Status != "paid" {
		return fmt.Errorf("payout %s is %s", po.ID, po.Status)
	}
	po.Status, po.FailureCode, po.FailureMessage = "failed", "account_closed", "The bank account has been closed"
	po.FailureTxn = maybe(s.book(a, row{kind: "payout_failure", category: "payout_reversal", source: po.ID, description: "STRIPE PAYOUT FAILURE",
		amount: po.Amount, available: s.moment}))
	a.payouts.put(po.ID, po)
	s.emit(a, "payout.updated", po, nil)
	s.emit(a, "payout.failed", po, nil)
	return nil
}

func listPayouts(c *call) (any, *apiError) {
	status := c.form.text("status")
	arrives := c.during("arrival_date")
	return listed(c, c.a.payouts, "/v1/payouts", "payout", func(r *payout) int64 { return r.Created },
		func(r *payout) bool { return (status == "" || r.Status == status) && arrives(r.Arrival) })
}

func getPayout(c *call) (any, *apiError) {
	if po := c.a.payouts.get(c.id("id")); po != nil {
		return po, nil
	}
	return nil, missing("payout", c.id("id"))
}

// getAccount shows the account that a key or a header names.
func getAccount(c *call) (any, *apiError) {
	a := c.a
	if id := c.id("id"); id != "" && id != a.ID {
		if a = c.s.admit(id); a == nil || c.a.ID != c.s.own {
			return nil, noAccess(id)
		}
	}
	return map[string]any{
		"id": a.ID, "object": "account", "business_type": "company", "charges_enabled": !a.Disconnected, "country": a.Country,
		"created": a.Created, "default_currency": a.Currency, "details_submitted": true, "email": "accounts@example.com",
		"metadata": map[string]string{}, "payouts_enabled": !a.Disconnected, "type": "standard",
		"capabilities": map[string]any{"card_payments": "active", "bacs_debit_payments": "active", "sepa_debit_payments": "active"},
	}, nil
}
