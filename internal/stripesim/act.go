package stripesim

import (
	"fmt"
	"strings"
	"time"
)

// What follows is what people and banks do, and not the API: for tests, and for
// the control page. An account of "" is the simulator's own.

func (s *Sim) known(account string) (*account, error) {
	if a := s.admit(account); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("the simulator has no account %s", account)
}

// search finds an object in any account.
func search[T any](s *Sim, id string, in func(*account) *table[T]) (*account, *T, error) {
	for _, one := range s.order {
		if row := in(s.accounts[one]).get(id); row != nil {
			return s.accounts[one], row, nil
		}
	}
	return nil, nil, fmt.Errorf("the simulator has no %q", id)
}

func sessionsOf(a *account) *table[session] { return a.sessions }
func chargesOf(a *account) *table[charge]   { return a.charges }
func disputesOf(a *account) *table[dispute] { return a.disputes }
func payoutsOf(a *account) *table[payout]   { return a.payouts }

// Pay does what a buyer does on the hosted page. Of a card that asks for 3-D
// Secure it leaves the challenge open: see Challenge.
func (s *Sim) Pay(sessionID string, card Card) (Payment, error) {
	defer s.enter()()
	a, cs, err := search(s, sessionID, sessionsOf)
	if err != nil {
		return Payment{}, err
	}
	err = s.pay(a, cs, card, person{Email: "buyer@example.com", Name: "A Buyer", Address: address{Country: "GB"}})
	return s.paymentOf(a, cs), err
}

// Reprice changes what an open session asks for, as if it had been made with
// another amount or currency: what is then paid is not what was agreed.
func (s *Sim) Reprice(sessionID string, amount int64, currency string) error {
	defer s.enter()()
	a, cs, err := search(s, sessionID, sessionsOf)
	if err != nil {
		return err
	}
	if _, known := currencies[currency]; !known || amount < 1 || amount > mostAmount || cs.Status != "open" || cs.PaymentIntent != "" {
		return fmt.Errorf("reprice the %s session %s to %d %s", cs.Status, cs.ID, amount, currency)
	}
	cs.AmountSubtotal, cs.AmountTotal, cs.Currency = amount, amount, currency
	a.sessions.put(cs.ID, cs)
	return nil
}

// Challenge ends the 3-D Secure that a session waits for; passed is whether the
// buyer proved who they are.
func (s *Sim) Challenge(sessionID string, passed bool) (Payment, error) {
	defer s.enter()()
	a, cs, err := search(s, sessionID, sessionsOf)
	if err != nil {
		return Payment{}, err
	}
	err = s.challenge(a, cs, passed)
	return s.paymentOf(a, cs), err
}

// SettleAsync ends a debit that is on its way: the money arrives, or not.
func (s *Sim) SettleAsync(sessionID string, ok bool) (Payment, error) {
	defer s.enter()()
	a, cs, err := search(s, sessionID, sessionsOf)
	if err != nil {
		return Payment{}, err
	}
	err = s.settle(a, cs, ok)
	return s.paymentOf(a, cs), err
}

// DashboardRefund gives back an amount of a charge, as staff do on Stripe's own
// pages; 0 is all that is left. It returns the refund's id.
func (s *Sim) DashboardRefund(chargeID string, amount int64) (string, error) {
	defer s.enter()()
	a, ch, err := search(s, chargeID, chargesOf)
	if err != nil {
		return "", err
	}
	if amount == 0 {
		amount = ch.Amount - ch.Refunded
	}
	if no := a.mayRefund(ch, amount); no != nil {
		return "", no
	}
	if amount < 0 {
		return "", fmt.Errorf("refund %d: less than nothing", amount)
	}
	return s.refund(a, ch, amount, refundAsk{reason: "requested_by_customer"}).ID, nil
}

// FailRefund brings back a refund that had been sent, as a buyer's bank does.
func (s *Sim) FailRefund(refundID string) error {
	defer s.enter()()
	a, r, err := search(s, refundID, func(a *account) *table[refund] { return a.refunds })
	if err != nil {
		return err
	}
	if r.Status == "failed" || r.Txn == "" {
		return fmt.Errorf("refund %s is %s", r.ID, r.Status)
	}
	s.settleRefund(a, r, false)
	return nil
}

// OpenDispute has the buyer's bank take an amount of a charge back; 0 is all of
// it. The amount may differ from the charge's, as it does when the bank changed
// the currency. It returns the dispute's id.
func (s *Sim) OpenDispute(chargeID string, amount int64, reason string) (string, error) {
	return s.openDispute(chargeID, amount, reason, false)
}

// OpenInquiry has the buyer's bank ask about a charge, without taking money.
func (s *Sim) OpenInquiry(chargeID string, reason string) (string, error) {
	return s.openDispute(chargeID, 0, reason, true)
}

func (s *Sim) openDispute(chargeID string, amount int64, reason string, inquiry bool) (string, error) {
	defer s.enter()()
	a, ch, err := search(s, chargeID, chargesOf)
	switch {
	case err != nil:
		return "", err
	case ch.Status != "succeeded":
		return "", fmt.Errorf("charge %s is %s", ch.ID, ch.Status)
	case amount < 0:
		return "", fmt.Errorf("dispute %d: less than nothing", amount)
	case amount == 0:
		amount = ch.Amount
	}
	if reason == "" {
		reason = "fraudulent"
	}
	return s.dispute(a, ch, amount, reason, inquiry).ID, nil
}

// EscalateInquiry makes a dispute of an inquiry: now the money goes.
func (s *Sim) EscalateInquiry(disputeID string) error {
	defer s.enter()()
	a, d, err := search(s, disputeID, disputesOf)
	if err != nil {
		return err
	}
	return s.escalate(a, d)
}

// WinDispute gives the money of a dispute back.
func (s *Sim) WinDispute(disputeID string) error { return s.decide(disputeID, "won") }

// LoseDispute leaves the money of a dispute with the buyer.
func (s *Sim) LoseDispute(disputeID string) error { return s.decide(disputeID, "lost") }

func (s *Sim) decide(disputeID, status string) error {
	defer s.enter()()
	a, d, err := search(s, disputeID, disputesOf)
	if err != nil {
		return err
	}
	if !d.open() {
		return fmt.Errorf("dispute %s is %s", d.ID, d.Status)
	}
	s.closeDispute(a, d, status)
	return nil
}

// EarlyFraudWarning has the card's issuer warn of a charge. It returns the
// warning's id.
func (s *Sim) EarlyFraudWarning(chargeID string) (string, error) {
	defer s.enter()()
	a, ch, err := search(s, chargeID, chargesOf)
	if err != nil {
		return "", err
	}
	return s.warn(a, ch).ID, nil
}

// RunPayout pays out what is available now. It returns the payout's id, or "" when
// there is nothing to pay out.
func (s *Sim) RunPayout(account string) (string, error) {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return "", err
	}
	if po := s.payOut(a); po != nil {
		return po.ID, nil
	}
	return "", nil
}

// PayOutByHand has somebody send a part of what is available to the bank, beside
// the automatic payouts, and returns the payout's id.
func (s *Sim) PayOutByHand(account string, amount int64) (string, error) {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return "", err
	}
	po, err := s.payOutByHand(a, amount)
	if err != nil {
		return "", err
	}
	return po.ID, nil
}

// FailPayout has the bank refuse a payout, even one that was shown as paid.
func (s *Sim) FailPayout(payoutID string) error {
	defer s.enter()()
	a, po, err := search(s, payoutID, payoutsOf)
	if err != nil {
		return err
	}
	return s.failPayout(a, po)
}

// OtherSale is a sale of another shop that shares the account: nothing about it
// is ours. It returns the charge's id.
func (s *Sim) OtherSale(account string, amount int64) (string, error) {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return "", err
	}
	if amount < 1 || amount > mostAmount {
		return "", fmt.Errorf("a sale of %d", amount)
	}
	cs := &session{sessionObject: sessionObject{CustomerDetails: &customerDetails{person: person{Email: "customer@shop.example"}}}}
	pi := &intent{intentObject: intentObject{
		ID: s.newID(a, "pi"), Object: "payment_intent", Amount: amount, CaptureMethod: "automatic", Confirmation: "automatic",
		Created: unix(s.moment), Currency: a.Currency, Description: "Sale of another shop", Metadata: map[string]string{"shop": "other"},
		MethodOptions: map[string]any{}, MethodTypes: []string{"card"}, PaymentMethod: maybe(s.newID(a, "pm")), Status: "requires_payment_method",
	}}
	pi.ClientSecret = pi.ID + "_secret_" + s.letters(20, "secret", pi.ID)
	ch := s.newCharge(a, cs, pi, CardUK)
	s.capture(a, pi, ch)
	return ch.ID, nil
}

// BalanceRow adds a row of any reporting category to an account's balance, such as
// a monthly fee or something that nobody has heard of. It returns the row's id.
func (s *Sim) BalanceRow(account, kind, category string, amount int64) (string, error) {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return "", err
	}
	return s.book(a, row{kind: kind, category: category, description: strings.ReplaceAll(category, "_", " "), amount: amount, available: s.moment}), nil
}

// UnknownBalanceRow adds a row whose reporting category nobody has heard of.
func (s *Sim) UnknownBalanceRow(account string, amount int64) (string, error) {
	return s.BalanceRow(account, "adjustment", "quantum_adjustment", amount)
}

// NeedBalance turns on or off whether refunds of an account wait for its balance.
func (s *Sim) NeedBalance(account string, need bool) error {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return err
	}
	a.NeedBalance = need
	a.touch()
	s.sendWaitingRefunds(a)
	return nil
}

// Disconnect has the owner of a connected account take back the permission to act
// for it. Its events still arrive.
func (s *Sim) Disconnect(account string) error {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return err
	}
	a.Disconnected = true
	a.touch()
	s.emit(a, "account.application.deauthorized", map[string]any{"id": "ca_simulated", "object": "application", "name": "Simulated"}, nil)
	return nil
}

// Reconnect ends Disconnect.
func (s *Sim) Reconnect(account string) error {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return err
	}
	a.Disconnected = false
	a.touch()
	return nil
}

// day names a date for people.
func day(unix int64) string { return time.Unix(unix, 0).UTC().Format("2 January 2006, 15:04") + " UTC" }
