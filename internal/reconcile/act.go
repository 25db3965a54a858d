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

// Rule says that certain rows of a Stripe account belong to something else than
// Lanyard's sales: a shop on the same account.
type Rule struct {
	// Name is unique in the organisation and becomes the reference in the books:
	// "shop".
	Name string
	// Account is where such rows are booked: StripeOther, Fees or WriteOff.
	Account ledger.Account
	// Category, Type, Description and Metadata are what rows have to fit; empty
	// ones fit all. Category and Type are Stripe's words, Description is contained
	// in the row's, and Metadata is "key=value" or "key" of the charge. One at
	// least is needed.
	Category, Type, Description, Metadata string
	// Position orders the rules; the first that fits decides.
	Position int
}

// Rules lists an organisation's rules in their order.
func (s *Service) Rules(ctx context.Context, org uid.Org) ([]Rule, error) {
	return nil, errLater
}

// PutRule adds a rule or replaces the one of its name, and books rows that wait in
// suspense and fit. Rows that are booked already stay where they are.
func (s *Service) PutRule(ctx context.Context, actor account.Actor, org uid.Org, r Rule) error {
	return errLater
}

// DropRule takes a rule away; what was booked by it stays.
func (s *Service) DropRule(ctx context.Context, actor account.Actor, org uid.Org, name string) error {
	return errLater
}
