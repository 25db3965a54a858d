package payment

import "lanyard/internal/money"

// Paid is how much came for the order in a currency, in minor units.
func (m Money) Paid(c money.Currency) int64 {
	var sum int64
	for _, p := range m.Payments {
		if p.Amount.Currency == c {
			sum += p.Amount.Minor
		}
	}
	return sum
}

// Refunded is how much of it went back or is on its way; refunds that failed or
// were called off do not count.
func (m Money) Refunded(c money.Currency) int64 {
	var sum int64
	for _, r := range m.Refunds {
		if r.Amount.Currency == c && r.State != RefundFailed && r.State != RefundCanceled {
			sum += r.Amount.Minor
		}
	}
	return sum
}
