package stripesim

import (
	"slices"
	"time"
)

// availableAfter is how long money waits before it can be paid out.
const availableAfter = 2

// A feeRule is what Stripe takes of a payment: hundredths of a percent, and an
// amount in the account's currency.
type feeRule struct{ basis, fixed int64 }

// fees of a British account; cards by where they were issued.
var (
	feeHome   = feeRule{150, 20}
	feeEurope = feeRule{250, 20}
	feeWorld  = feeRule{325, 20}
	feeBacs   = feeRule{100, 0}
	feeSEPA   = feeRule{80, 30}
)

// feeFX is added, in hundredths of a percent, when the currency is changed.
const feeFX = 200

var europe = []string{
	"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL",
	"NO", "PL", "PT", "RO", "SE", "SI", "SK",
}

func (a *account) feeRule(card Card) feeRule {
	country := cards[card].country
	switch {
	case card == BacsDebit:
		return feeBacs
	case card == SEPADebit:
		return feeSEPA
	case country == a.Country || country == "":
		return feeHome
	case slices.Contains(europe, country):
		return feeEurope
	}
	return feeWorld
}

// disputeFee is what a dispute costs, in the account's currency.
func (a *account) disputeFee() int64 {
	if a.Currency == "usd" {
		return 1500
	}
	return 2000
}

// A row is what a balance transaction is made from. Amount is in the account's
// currency.
type row struct {
	kind, category, source, description string
	amount                              int64
	fees                                []feeDetail
	rate                                rate // 0 when no currency was changed
	available                           time.Time
}

// book adds a row to the account's balance and returns its id.
func (s *Sim) book(a *account, r row) string {
	t := &txn{txnObject: txnObject{
		ID: s.newID(a, "txn"), Object: "balance_transaction", Amount: r.amount, AvailableOn: unix(r.available), Created: unix(s.moment),
		Currency: a.Currency, Description: maybe(r.description), FeeDetails: []feeDetail{}, Category: r.category, Source: maybe(r.source),
		Status: "pending", Type: r.kind,
	}}
	for _, fee := range r.fees {
		if fee.Amount != 0 {
			t.Fee += fee.Amount
			t.FeeDetails = append(t.FeeDetails, fee)
		}
	}
	t.Net = t.Amount - t.Fee
	if r.rate != 0 {
		number := r.rate.number()
		t.ExchangeRate = &number
	}
	if t.AvailableOn <= unix(s.moment) {
		t.Status = "available"
	} else {
		s.plan(a, r.available, dueAvailable, t.ID)
	}
	a.txns.put(t.ID, t)
	return t.ID
}

// inOwn changes an amount into the account's currency at the day's rate.
func (s *Sim) inOwn(a *account, amount int64, currency string) int64 {
	return s.rateNow(a, currency).convert(amount, currency, a.Currency)
}

func (s *Sim) rateNow(a *account, currency string) rate {
	return s.rateBetween(currency, a.Currency, unix(s.moment)/(24*60*60))
}

// changed is the rate to show: none when the currency stays.
func (s *Sim) changed(a *account, currency string) rate {
	if currency == a.Currency {
		return 0
	}
	return s.rateNow(a, currency)
}

func (s *Sim) stripeFee(a *account, amount int64, description string) feeDetail {
	return feeDetail{Amount: amount, Currency: a.Currency, Description: maybe(description), Type: "stripe_fee"}
}

func (s *Sim) bookCharge(a *account, ch *charge) string {
	kind := "charge"
	if ch.Card.debit() {
		kind = "payment"
	}
	amount := s.inOwn(a, ch.Amount, ch.Currency)
	rule := a.feeRule(ch.Card)
	fees := []feeDetail{s.stripeFee(a, percentage(amount, rule.basis)+rule.fixed, "Stripe processing fees")}
	if ch.Currency != a.Currency {
		fees = append(fees, s.stripeFee(a, percentage(amount, feeFX), "Stripe currency conversion fee"))
	}
	if ch.Fee > 0 {
		fees = append(fees, feeDetail{Amount: s.inOwn(a, ch.Fee, ch.Currency), Application: "ca_simulated", Currency: a.Currency,
			Description: "Simulated application fee", Type: "application_fee"})
	}
	available := s.moment
	if !cards[ch.Card].available {
		available = s.moment.UTC().Truncate(24*time.Hour).AddDate(0, 0, availableAfter)
	}
	return s.book(a, row{kind: kind, category: "charge", source: ch.ID, description: string(ch.Description), amount: amount, fees: fees,
		rate: s.changed(a, ch.Currency), available: available})
}

func (s *Sim) bookRefund(a *account, ch *charge, r *refund) string {
	kind := "refund"
	if ch.Card.debit() {
		kind = "payment_refund"
	}
	var fees []feeDetail
	if r.FeeBack && ch.Fee > 0 { // the platform's share of what is refunded
		back := percentageOf(ch.Fee, r.Amount, ch.Amount)
		fees = append(fees, feeDetail{Amount: -s.inOwn(a, back, ch.Currency), Application: "ca_simulated", Currency: a.Currency,
			Description: "Simulated application fee refund", Type: "application_fee"})
	}
	return s.book(a, row{kind: kind, category: "refund", source: r.ID, description: "REFUND FOR CHARGE", amount: -s.inOwn(a, r.Amount, r.Currency),
		fees: fees, rate: s.changed(a, r.Currency), available: s.moment})
}

func percentageOf(amount, part, whole int64) int64 { return (amount*part + whole/2) / whole }

// bookRefundFailure brings back exactly what the refund had taken.
func (s *Sim) bookRefundFailure(a *account, ch *charge, r *refund) string {
	kind := "refund_failure"
	if ch.Card.debit() {
		kind = "payment_failure_refund"
	}
	return s.book(a, row{kind: kind, category: "refund_failure", source: r.ID, description: "REFUND FAILURE",
		amount: -a.txns.get(string(r.Txn)).Amount, available: s.moment, rate: s.changed(a, r.Currency)})
}

// A Balance is what an account has in one currency, in minor units.
type Balance struct {
	// Currency is the lower-case code.
	Currency string
	// Available can be paid out, Pending not yet. Either may be negative.
	Available, Pending int64
}

func (b Balance) total() int64 { return b.Available + b.Pending }

func (s *Sim) balance(a *account, currency string) Balance {
	b := Balance{Currency: currency}
	a.txns.each(func(_ string, t *txn) bool {
		switch {
		case t.Currency != currency:
		case t.Status == "available":
			b.Available += t.Net
		default:
			b.Pending += t.Net
		}
		return true
	})
	return b
}

func getBalance(c *call) (any, *apiError) {
	b := c.s.balance(c.a, c.a.Currency)
	amount := func(n int64) []any {
		return []any{map[string]any{"amount": n, "currency": b.Currency, "source_types": map[string]any{"card": n}}}
	}
	return map[string]any{"object": "balance", "available": amount(b.Available), "pending": amount(b.Pending), "livemode": false}, nil
}

func listTxns(c *call) (any, *apiError) {
	f := c.form
	po, kind, source, currency := f.text("payout"), f.text("type"), f.text("source"), f.text("currency")
	if po != "" && c.a.payouts.get(po) == nil {
		return nil, missing("payout", po).about("payout")
	}
	return listed(c, c.a.txns, "/v1/balance_transactions", "balance_transaction", func(t *txn) int64 { return t.Created }, func(t *txn) bool {
		return (po == "" || t.Payout == po) && (kind == "" || t.Type == kind) && (source == "" || string(t.Source) == source) &&
			(currency == "" || t.Currency == currency)
	})
}

func getTxn(c *call) (any, *apiError) {
	t := c.a.txns.get(c.id("id"))
	if t == nil {
		return nil, missing("balance_transaction", c.id("id"))
	}
	return t, nil
}
