package reconcile

import (
	"context"
	"time"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// RateSum is what an event sold at one VAT rate, less what was credited.
type RateSum struct {
	// Rate is in hundredths of a percent; Category is such as "GB-standard".
	Rate     money.Rate
	Category string
	Net, VAT money.Amount
}

// EventMoney is an event's money in one currency. Fees, refunds and disputes are
// above zero when they cost something.
type EventMoney struct {
	Currency money.Currency
	// Gross is what was sold, VAT included, and Discounts what had been taken off.
	Gross, Discounts int64
	// Credited is what credit notes took back, VAT included.
	Credited int64
	// Rates split sales less credits.
	Rates []RateSum
	// VAT and Net are the sums of Rates.
	VAT, Net int64
	// Fees are the payment fees of its charges, refunds and disputes.
	Fees int64
	// Refunds is money sent back; Disputes is what banks hold and have kept.
	Refunds, Disputes int64
	// Received is what buyers paid, and Owed what they still owe.
	Received, Owed int64
	// Deferred is income that is not earned yet, and Released what is.
	Deferred, Released int64
	// Result is Net less Fees and lost disputes.
	Result int64
}

// EventStatement is an event's account.
type EventStatement struct {
	Event uid.Event
	Title string
	// EndsAt is when it is over; Over is whether it was at AsOf.
	EndsAt time.Time
	Over   bool
	AsOf   time.Time
	// Settled is true when nothing is owed, deferred or disputed any more.
	Settled bool
	// Money is by currency.
	Money []EventMoney
	// Orders is how many orders there were.
	Orders int
}

// EventStatement sums up an event's money from the books.
func (s *Service) EventStatement(ctx context.Context, org uid.Org, event uid.Event) (EventStatement, error) {
	return EventStatement{}, errLater
}
