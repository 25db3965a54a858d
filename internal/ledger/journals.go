package ledger

import (
	"fmt"
	"time"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// The builders below write the journals that selling tickets needs, so that
// nobody else spells postings. They are named J1 to J12 in the accounts'
// description; each is a plain value until PostTx books it.

// Source is what each builder needs besides amounts.
type Source struct {
	Org uid.Org
	// Key is the SourceKey.
	Key string
	// On is the calendar day, as midnight UTC.
	On    time.Time
	Actor string
	Memo  string
}

func (s Source) journal(kind Kind, postings ...Posting) Journal {
	kept := postings[:0]
	for _, p := range postings {
		if p.Amount.Minor != 0 {
			kept = append(kept, p)
		}
	}
	return Journal{Org: s.Org, SourceKey: s.Key, Kind: kind, On: s.On, Actor: s.Actor, Memo: s.Memo, Postings: kept}
}

func debit(account Account, ref string, minor int64, c money.Currency) Posting {
	return Posting{Account: account, Amount: money.New(minor, c), Ref: ref}
}

func credit(account Account, ref string, minor int64, c money.Currency) Posting {
	return debit(account, ref, -minor, c)
}

// VATRef is the reference of VATOutput for a rate and a VAT category:
// "2000:GB-standard".
func VATRef(rate money.Rate, category string) string {
	return fmt.Sprintf("%d:%s", rate, category)
}

// Share is a part of a sale: what one event earns at one VAT rate.
type Share struct {
	Event    uid.Event
	Rate     money.Rate
	Category string
	// Net and VAT are in minor units, above zero.
	Net, VAT int64
}

// Sale is what an order comes to.
type Sale struct {
	Source
	Order    uid.Order
	Currency money.Currency
	Shares   []Share
}

// SaleOf is the sale, or for a credit note the part taken back, that a document
// records, for the event that earns it. It is dated where the document counts,
// so that VAT in the books and on documents agree month by month; Sold or
// Credited makes the journal.
func SaleOf(d Document, event uid.Event) Sale {
	s := Sale{
		Source: Source{Org: d.Org, Key: d.SourceKey, On: d.BookedOn, Actor: d.Actor, Memo: d.Number},
		Order:  d.Order, Currency: d.Currency,
	}
	for _, l := range d.Lines {
		s.Shares = append(s.Shares, Share{Event: event, Rate: l.Rate, Category: l.Category, Net: l.Net, VAT: l.VAT})
	}
	return s
}

// gross is what the buyer owes.
func (s Sale) gross() int64 {
	sum := int64(0)
	for _, p := range s.Shares {
		sum += p.Net + p.VAT
	}
	return sum
}

// postings debits the receivable; sign -1 is a credit note.
func (s Sale) postings(sign int64) []Posting {
	type line struct {
		account Account
		ref     string
	}
	sums := map[line]int64{}
	var order []line
	add := func(account Account, ref string, minor int64) {
		l := line{account, ref}
		if _, ok := sums[l]; !ok {
			order = append(order, l)
		}
		sums[l] += minor
	}
	add(Receivable, s.Order.String(), s.gross())
	for _, p := range s.Shares {
		add(DeferredIncome, p.Event.String(), -p.Net)
		add(VATOutput, VATRef(p.Rate, p.Category), -p.VAT)
	}
	postings := make([]Posting, len(order))
	for i, l := range order {
		postings[i] = debit(l.account, l.ref, sign*sums[l], s.Currency)
	}
	return postings
}

// IsFree reports that a sale comes to nothing, so that there is no journal.
func (s Sale) IsFree() bool { return s.gross() == 0 }

// Sold is J1, of the tax point: the buyer owes, the event will earn, VAT is due.
// A free sale has no journal; ask IsFree first.
func Sold(s Sale) Journal { return s.journal(KindSale, s.postings(1)...) }

// Credited is J4, of a credit note's day: J1 taken back for the shares given.
func Credited(s Sale) Journal { return s.journal(KindCredit, s.postings(-1)...) }

// Captured is J2: a charge pays an order. For money that belongs to no order,
// order is any reference that says where it came from.
func Captured(s Source, order, charge string, amount money.Amount) Journal {
	return s.journal(KindCapture,
		debit(StripePending, charge, amount.Minor, amount.Currency),
		credit(Receivable, order, amount.Minor, amount.Currency))
}

// Fee is one part of what a row cost.
type Fee struct {
	// Kind is such as "stripe_fee", "application_fee" or "tax".
	Kind  string
	Minor int64
}

// Row is one movement of the Stripe balance, in its own currency. Gross and the
// net are above zero when money comes in; the net is Gross less the fees.
type Row struct {
	Source
	Currency money.Currency
	Gross    int64
	Fees     []Fee
}

// balanceRef is the reference of StripeBalance, which is not a clearing account.
const balanceRef = "stripe"

// onto books the net and the fees of a row against the account it clears.
func (r Row) onto(kind Kind, account Account, ref string) Journal {
	net := r.Gross
	var postings []Posting
	for _, f := range r.Fees {
		postings = append(postings, debit(Fees, f.Kind, f.Minor, r.Currency))
		net -= f.Minor
	}
	postings = append(postings, debit(StripeBalance, balanceRef, net, r.Currency), credit(account, ref, r.Gross, r.Currency))
	return r.journal(kind, postings...)
}

// ChargeSettled is J3: a charge arrives on the Stripe balance, less fees.
func ChargeSettled(r Row, charge string) Journal { return r.onto(KindCharge, StripePending, charge) }

// RefundSent is J4b: money is on its way back to a buyer, who is no longer owed it.
func RefundSent(s Source, order, refund string, amount money.Amount) Journal {
	return s.journal(KindRefundSent,
		debit(Receivable, order, amount.Minor, amount.Currency),
		credit(RefundPending, refund, amount.Minor, amount.Currency))
}

// RefundSettled is J5: a refund leaves the Stripe balance, or, with an amount
// above zero, comes back to it because it failed.
func RefundSettled(r Row, refund string) Journal { return r.onto(KindRefund, RefundPending, refund) }

// RefundFailed is the second half of J5 for a refund that did not arrive: the
// buyer is owed it again.
func RefundFailed(s Source, order, refund string, amount money.Amount) Journal {
	return s.journal(KindRefundFailed,
		debit(RefundPending, refund, amount.Minor, amount.Currency),
		credit(Receivable, order, amount.Minor, amount.Currency))
}

// DisputeMoved is J6: the bank takes disputed money, or gives it back.
func DisputeMoved(r Row, dispute string) Journal { return r.onto(KindDispute, DisputeHeld, dispute) }

// DisputeLost is J7: what the bank took stays with it. VAT is unchanged.
func DisputeLost(s Source, dispute string, amount money.Amount) Journal {
	return s.journal(KindDisputeLost,
		debit(DisputeLoss, dispute, amount.Minor, amount.Currency),
		credit(DisputeHeld, dispute, amount.Minor, amount.Currency))
}

// PayoutMoved is J8: a payout leaves the Stripe balance, or, with an amount above
// zero, comes back to it.
func PayoutMoved(r Row, payout string) Journal { return r.onto(KindPayout, PayoutTransit, payout) }

// BankLine is J9: a line of a bank statement. With a payout it settles that;
// without, it waits to be explained under its own reference.
func BankLine(s Source, bank, line, payout string, amount money.Amount) Journal {
	account, ref := BankSuspense, line
	if payout != "" {
		account, ref = PayoutTransit, payout
	}
	return s.journal(KindBank,
		debit(Bank, bank, amount.Minor, amount.Currency),
		credit(account, ref, amount.Minor, amount.Currency))
}

// BankMatched is J9 in a second step: a waiting bank line is found to settle
// another account's reference, such as a payout or an order.
func BankMatched(s Source, line string, account Account, ref string, amount money.Amount) Journal {
	return s.journal(KindBankMatch,
		debit(BankSuspense, line, amount.Minor, amount.Currency),
		credit(account, ref, amount.Minor, amount.Currency))
}

// EventHeld is J10: what was sold for an event is earned. Deferred is the
// account's balance for the event, below zero.
func EventHeld(s Source, event uid.Event, deferred money.Amount) Journal {
	return s.journal(KindEventHeld,
		credit(DeferredIncome, event.String(), deferred.Minor, deferred.Currency),
		debit(Income, event.String(), deferred.Minor, deferred.Currency))
}

// OtherRow is J11: a row that is about no charge, refund, dispute or payout, on
// the account that its category says: Fees with the kind of fee as reference,
// StripeOther, or StripeSuspense for a category nobody knows.
func OtherRow(r Row, account Account, ref string) Journal { return r.onto(KindOther, account, ref) }

// SettledAbroad is J12: a charge made in one currency arrives in another. Both
// currencies balance by themselves, through FX.
func SettledAbroad(r Row, charge string, charged money.Amount) Journal {
	j := r.onto(KindSettledAbroad, FX, charge)
	j.Postings = append(j.Postings,
		debit(FX, charge, charged.Minor, charged.Currency),
		credit(StripePending, charge, charged.Minor, charged.Currency))
	return j
}

// RefundSettledAbroad is J12 for a refund: one sent in the currency of its charge
// leaves the balance in another. Refunded has the sign of the row. FX is kept by
// charge, so that a sale and its refund meet there.
func RefundSettledAbroad(r Row, refund, charge string, refunded money.Amount) Journal {
	j := r.onto(KindSettledAbroad, FX, charge)
	j.Postings = append(j.Postings,
		debit(FX, charge, refunded.Minor, refunded.Currency),
		credit(RefundPending, refund, refunded.Minor, refunded.Currency))
	return j
}

// Placed explains a row that waits in StripeSuspense: amount, which is what the
// row brought, belongs to an account's reference. With charged, what it brought
// is of another currency, and goes through FX under fx.
func Placed(s Source, txn string, account Account, ref string, amount money.Amount, fx string, charged money.Amount) Journal {
	postings := []Posting{debit(StripeSuspense, txn, amount.Minor, amount.Currency)}
	if charged.IsZero() || charged.Currency == amount.Currency {
		return s.journal(KindPlaced, append(postings, credit(account, ref, amount.Minor, amount.Currency))...)
	}
	return s.journal(KindPlaced, append(postings,
		credit(FX, fx, amount.Minor, amount.Currency),
		debit(FX, fx, charged.Minor, charged.Currency),
		credit(account, ref, charged.Minor, charged.Currency))...)
}

// WrittenOff closes what is left of a clearing account's reference; amount is
// that balance.
func WrittenOff(s Source, account Account, ref string, amount money.Amount) Journal {
	return s.journal(KindManual,
		debit(WriteOff, ref, amount.Minor, amount.Currency),
		credit(account, ref, amount.Minor, amount.Currency))
}
