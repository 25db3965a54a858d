package booking

import (
	"time"

	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// OrderState is how far an order has come. What is owed is another matter.
type OrderState string

// The states, as they stand in table orders.
const (
	OrderBasket    OrderState = "basket"
	OrderPlaced    OrderState = "placed"
	OrderConfirmed OrderState = "confirmed"
	OrderClosed    OrderState = "closed"
	OrderExpired   OrderState = "expired"
	OrderDeclined  OrderState = "declined"
	OrderCancelled OrderState = "cancelled"
)

// MoneyState is how an order's money stands. It is worked out from lines,
// payments and refunds, and stored nowhere.
type MoneyState string

// The states of money.
const (
	MoneyNone       MoneyState = "none"
	MoneyDue        MoneyState = "due"
	MoneyPartPaid   MoneyState = "part_paid"
	MoneyPaid       MoneyState = "paid"
	MoneyOverPaid   MoneyState = "over_paid"
	MoneyInDispute  MoneyState = "in_dispute"
	MoneyRefunded   MoneyState = "refunded"
	MoneyProcessing MoneyState = "processing"
)

// Facts about orders that cost something; the subject is an order.
const (
	// FactOrderPlaced says that an order waits for money; see PlacedDetail.
	FactOrderPlaced = "order.placed"
	// FactOrderConfirmed says that the places of an order were given.
	FactOrderConfirmed = "order.confirmed"
	// FactOrderExpired says that an order was not paid in time.
	FactOrderExpired = "order.expired"
	// FactOrderUnplaced says that money came for places that are gone.
	FactOrderUnplaced = "order.unplaced"
	// FactOrderUnderpaid says that less came than is due.
	FactOrderUnderpaid = "order.underpaid"
	// FactOrderProcessing says that a bank payment is on its way.
	FactOrderProcessing = "order.processing"
	// FactOrderRefunded says that money goes back; see RefundedDetail.
	FactOrderRefunded = "order.refunded"
	// FactOrderPaymentFailed says that a bank payment failed after days.
	FactOrderPaymentFailed = "order.payment_failed"
	// FactOrderErased says that the people of an order were erased.
	FactOrderErased = "order.erased"
	// FactCompanyCode says that a buyer asked for the code that proves a work address.
	FactCompanyCode = "order.company_code"
)

// PlacedDetail is the detail of FactOrderPlaced.
type PlacedDetail struct {
	// Approved says that the buyer had waited for a decision; else the buyer is at
	// the payment page just now.
	Approved bool `json:"approved,omitempty"`
}

// RefundedDetail is the detail of FactOrderRefunded.
type RefundedDetail struct {
	Minor int64 `json:"minor"`
}

// BasketChoice is how many of one product somebody wants.
type BasketChoice struct {
	Product  uid.Product `json:"product"`
	Quantity int         `json:"quantity"`
	// AmountMinor is what the buyer names, each, for donations and pay-what-you-want.
	AmountMinor int64 `json:"amount,omitempty"`
	// ForTickets says for an add-on whose each unit is, counted from 0 over the
	// basket's tickets.
	ForTickets []int `json:"for,omitempty"`
}

// BasketInput is a request to keep places at promised prices.
type BasketInput struct {
	Org     uid.Org
	Event   uid.Event
	Choices []BasketChoice
	// Code is a discount or access code as typed; may be empty.
	Code string
}

// Basket is places kept, with promised prices.
type Basket struct {
	// Secret continues it, on any device.
	Secret    string
	Org       uid.Org
	Event     uid.Event
	Order     uid.Order
	ExpiresAt time.Time
	// Lapsed says that the time is over: placing it quotes anew.
	Lapsed   bool
	Lines    []Line
	Currency money.Currency
	Total    money.Amount
	VAT      money.Amount
	Code     string
	// Company is the member company whose price counts; empty without one.
	Company string
	// OnInvoice says that the organiser lets buyers pay later.
	OnInvoice bool
	Terms     string
	Choices   []BasketChoice
	// ByApproval says that a person decides before anything is paid.
	ByApproval bool
}

// Line is one unit of a product in a basket or an order.
type Line struct {
	ID       uid.Line
	Product  uid.Product
	Kind     inventory.Kind
	Title    string
	Position int
	// Registration is the ticket's own place, or that of the ticket an add-on
	// belongs to; zero for donations.
	Registration uid.Registration
	Phase        uid.PricePhase
	PhaseTitle   string
	// List is the price before discounts; Gross is what it was sold for, VAT included.
	List, Gross, Net, VAT money.Amount
	Rate                  money.Rate
	Category              string
	Discounts             []inventory.Discount
	Cancelled             bool
	// Credited is how much of Gross was taken back.
	Credited money.Amount
	// RefundNow is what the terms of sale give back at this moment.
	RefundNow money.Amount
	// Attendee is who comes; empty while nobody is named.
	Attendee string
	// SeatSecret opens /seat/{secret}, where whoever gets the link names themselves;
	// empty for lines that nobody can be named for any more.
	SeatSecret string
}

// Due is what the line still costs.
func (l Line) Due() money.Amount { return money.New(l.Gross.Minor-l.Credited.Minor, l.Gross.Currency) }

// seat is the id under which the line takes seats: a ticket's registration, or
// the add-on's own.
func (l Line) seat() uid.Registration {
	if l.Kind == inventory.AddOn {
		return uid.Registration(l.ID)
	}
	return l.Registration
}

// Buyer is who orders.
type Buyer struct{ Name, Email string }

// Payer is who pays, for the invoice.
type Payer struct {
	Company       string `json:"company,omitempty"`
	Address       string `json:"address,omitempty"`
	Postcode      string `json:"postcode,omitempty"`
	Country       string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	VATNumber     string `json:"vat_number,omitempty"`
	PurchaseOrder string `json:"purchase_order,omitempty"`
}

// OrderPayment is money that came.
type OrderPayment struct {
	Amount     money.Amount
	CapturedAt time.Time
	Method     string // "Visa ending 4242"
	Charge     string
}

// OrderRefund is money on its way back.
type OrderRefund struct {
	Amount      money.Amount
	State       string
	RequestedAt time.Time
	Reason      string
}

// OrderDocument is an invoice or a credit note.
type OrderDocument struct {
	ID       uid.Document
	Number   string
	Kind     string
	Gross    money.Amount
	IssuedOn time.Time
}

// Order is an order that costs something, with its money.
type Order struct {
	Org        uid.Org
	ID         uid.Order
	Event      uid.Event
	EventTitle string
	Code       string
	State      OrderState
	Money      MoneyState
	Buyer      Buyer
	Payer      Payer
	Currency   money.Currency
	// Total is what the lines cost now; Balance is Total less what was paid and not
	// given back: negative when money is due to the buyer.
	Total, VAT, Paid, Refunded, Balance money.Amount
	Lines                               []Line
	Payments                            []OrderPayment
	Refunds                             []OrderRefund
	Documents                           []OrderDocument
	PlacedAt, ExpiresAt, DueAt          time.Time
	OnInvoice                           bool
	DiscountCode, Company               string
	// Late says that money came after the order had lapsed.
	Late bool
	// CanPay says that it can be paid by card now.
	CanPay bool
	// SelfService says that the buyer may give places up.
	SelfService bool
	// Explanations say why this price, this VAT and this state.
	Explanations []string
	// Undeliverable says that the last mail to the buyer, such as the one with the
	// receipt, came back, or that none is sent to the address any more.
	Undeliverable bool
	// Secret opens the buyer's page, /order/{secret}.
	Secret string
}

// Unnamed counts the live tickets that nobody was named for.
func (o Order) Unnamed() int {
	n := 0
	for _, l := range o.Lines {
		if l.Kind == inventory.Ticket && !l.Cancelled && l.Attendee == "" {
			n++
		}
	}
	return n
}

// lineTotals adds up what lines cost now, VAT included, and the VAT in it.
func lineTotals(c money.Currency, lines []Line) (due, vat money.Amount) {
	due, vat = money.New(0, c), money.New(0, c)
	for _, l := range lines {
		due.Minor += l.Due().Minor
		vat.Minor += l.VAT.Minor - money.RefundShare(l.VAT.Minor, l.Gross.Minor, 0, l.Credited.Minor)
	}
	return due, vat
}
