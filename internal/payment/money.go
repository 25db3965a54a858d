package payment

import "lanyard/internal/money"

// Paid is how much came for the order in a currency, in minor units, by card or
// from bank to bank.
func (m Money) Paid(c money.Currency) int64 {
	var sum int64
	for _, p := range m.Payments {
		if p.Amount.Currency == c {
			sum += p.Amount.Minor
		}
	}
	for _, t := range m.Transfers {
		if t.Amount.Currency == c {
			sum += max(t.Amount.Minor, 0)
		}
	}
	return sum
}

// Transferred is how much of it came from bank to bank and did not go back so.
func (m Money) Transferred(c money.Currency) int64 {
	var sum int64
	for _, t := range m.Transfers {
		if t.Amount.Currency == c {
			sum += t.Amount.Minor
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
	for _, t := range m.Transfers {
		if t.Amount.Currency == c {
			sum -= min(t.Amount.Minor, 0)
		}
	}
	return sum
}
