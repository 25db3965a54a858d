package stripesim

import "time"

// What follows is for whoever compares books with the simulator's.

// A BalanceRow is a row of an account's balance, in minor units of Currency.
type BalanceRow struct {
	// ID is the balance transaction's, Source what it is about, Payout the payout
	// it was paid out with; both may be empty.
	ID, Source, Payout string
	// Type is the API's type, Category its reporting category.
	Type, Category string
	// Net is Amount without Fee.
	Amount, Fee, Net int64
	// Currency is the lower-case code.
	Currency string
	// Created and AvailableOn are in UTC.
	Created, AvailableOn time.Time
}

// Balance is what an account has.
func (s *Sim) Balance(account string) Balance {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return Balance{Currency: s.options.Currency}
	}
	return s.balance(a, a.Currency)
}

// BalanceRows are all rows of an account, oldest first.
func (s *Sim) BalanceRows(account string) []BalanceRow {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return nil
	}
	rows := make([]BalanceRow, 0, len(a.txns.rows))
	a.txns.each(func(_ string, t *txn) bool {
		rows = append(rows, BalanceRow{
			ID: t.ID, Source: string(t.Source), Payout: t.Payout, Type: t.Type, Category: t.Category, Amount: t.Amount, Fee: t.Fee, Net: t.Net,
			Currency: t.Currency, Created: time.Unix(t.Created, 0).UTC(), AvailableOn: time.Unix(t.AvailableOn, 0).UTC(),
		})
		return true
	})
	return rows
}

// A Charge is a charge as tests compare it.
type Charge struct {
	// ID, Intent and Session name the charge and what it belongs to.
	ID, Intent, Session string
	// Status is succeeded, pending or failed.
	Status string
	// Amount and Refunded are in minor units of Currency.
	Amount, Refunded int64
	// Currency is the lower-case code.
	Currency string
	// Disputed says that there was a dispute or an inquiry, however it ended.
	Disputed bool
	// Metadata is the intent's.
	Metadata map[string]string
}

// Charges are all charges of an account, oldest first.
func (s *Sim) Charges(account string) []Charge {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return nil
	}
	var charges []Charge
	a.charges.each(func(_ string, ch *charge) bool {
		charges = append(charges, Charge{
			ID: ch.ID, Intent: string(ch.Intent), Session: ch.Session, Status: ch.Status, Amount: ch.Amount, Refunded: ch.Refunded,
			Currency: ch.Currency, Disputed: ch.Disputed, Metadata: ch.Metadata,
		})
		return true
	})
	return charges
}

// A Refund is a refund as tests compare it.
type Refund struct {
	// ID and Charge name the refund and what it is of.
	ID, Charge string
	// Status is pending, succeeded or failed.
	Status string
	// Amount is in minor units of Currency.
	Amount int64
	// Currency is the lower-case code.
	Currency string
	// Metadata is what the refund was asked for with.
	Metadata map[string]string
}

// Refunds are all refunds of an account, oldest first.
func (s *Sim) Refunds(account string) []Refund {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return nil
	}
	var refunds []Refund
	a.refunds.each(func(_ string, r *refund) bool {
		refunds = append(refunds, Refund{ID: r.ID, Charge: r.Charge, Status: r.Status, Amount: r.Amount, Currency: r.Currency, Metadata: r.Metadata})
		return true
	})
	return refunds
}

// SessionStatus is open, complete or expired; "" for a session that is not known.
func (s *Sim) SessionStatus(sessionID string) string {
	defer s.enter()()
	_, cs, err := search(s, sessionID, sessionsOf)
	if err != nil {
		return ""
	}
	return cs.Status
}

// Sessions are the ids of all sessions of an account, oldest first.
func (s *Sim) Sessions(account string) []string {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return nil
	}
	var ids []string
	a.sessions.each(func(id string, _ *session) bool {
		ids = append(ids, id)
		return true
	})
	return ids
}

// Events are the types of all events of an account, oldest first.
func (s *Sim) Events(account string) []string {
	defer s.enter()()
	a := s.find(account)
	if a == nil {
		return nil
	}
	var kinds []string
	a.events.each(func(_ string, e *event) bool {
		kinds = append(kinds, e.Type)
		return true
	})
	return kinds
}
