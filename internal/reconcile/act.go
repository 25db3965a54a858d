package reconcile

import (
	"context"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// Item names an open item.
type Item struct {
	Account  ledger.Account
	Ref      string
	Currency money.Currency
}

// Explain says why an item is open; P5 then lets it be, as long as its amount
// stays. An empty sentence takes the explanation back.
func (s *Service) Explain(ctx context.Context, actor account.Actor, org uid.Org, item Item, sentence string) error {
	return errLater
}

// WriteOff is an open item that somebody wants written off.
type WriteOff struct {
	Item   Item
	Amount money.Amount
	Reason string
	// AskedBy asked; AgreedBy, another person, agreed, and then it is booked.
	AskedBy, AgreedBy string
	AskedAt, AgreedAt time.Time
}

// WriteOffLimit is the largest amount, in minor units of any currency, that may be
// written off.
const WriteOffLimit = 100_00

// WriteOff asks for an open item to be written off, or, when another person has
// asked for the same amount, books it; done says which. It fails with WRONG_STATE
// when the item is not open, is above WriteOffLimit, or the same person asked.
func (s *Service) WriteOff(ctx context.Context, actor account.Actor, org uid.Org, item Item, reason string) (done bool, err error) {
	return false, errLater
}
