package rpc

import (
	"context"
	"net/url"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

type checkoutService struct {
	bookings *booking.Service
	base     *url.URL
}

// FillBasket implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) FillBasket(ctx context.Context, req *bookingv1.FillBasketRequest) (*bookingv1.FillBasketResponse, error) {
	var d reader
	in := booking.BasketInput{Code: req.GetCode()}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	readID(&d, "event_id", req.GetEventId(), &in.Event)
	in.Choices = readChoices(&d, req.GetChoices())
	if err := d.err(); err != nil {
		return nil, err
	}
	b, err := s.bookings.FillBasket(ctx, Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	m, err := s.basket(ctx, b)
	return &bookingv1.FillBasketResponse{Basket: m}, err
}

func readChoices(d *reader, choices []*bookingv1.BasketChoice) []booking.BasketChoice {
	var out []booking.BasketChoice
	for i, c := range choices {
		choice := booking.BasketChoice{Quantity: int(c.GetQuantity()), AmountMinor: c.GetAmountMinor()}
		readID(d, index("choices", i)+".product_id", c.GetProductId(), &choice.Product)
		for _, n := range c.GetForTickets() {
			choice.ForTickets = append(choice.ForTickets, int(n))
		}
		out = append(out, choice)
	}
	return out
}

// basket is a basket with what is asked of its attendees.
func (s *checkoutService) basket(ctx context.Context, b booking.Basket) (*bookingv1.Basket, error) {
	form, err := s.bookings.RegistrationForm(ctx, b.Org, b.Event)
	if err != nil {
		return nil, err
	}
	m := &bookingv1.Basket{
		HoldSecret: b.Secret, OrgId: b.Org.String(), EventId: b.Event.String(), ExpiresAt: timestamp(b.ExpiresAt), Lines: orderLines(b.Lines),
		Currency: string(b.Currency), TotalMinor: b.Total.Minor, VatMinor: b.VAT.Minor, Code: b.Code, Company: b.Company,
		Methods: []bookingv1.PaymentMethod{bookingv1.PaymentMethod_PAYMENT_METHOD_CARD}, Questions: questionMessages(form.Questions),
	}
	if b.OnInvoice {
		m.Methods = append(m.Methods, bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE)
	}
	return m, nil
}

func orderLines(lines []booking.Line) []*bookingv1.OrderLine {
	var out []*bookingv1.OrderLine
	for _, l := range lines {
		m := &bookingv1.OrderLine{
			Id: l.ID.String(), ProductId: l.Product.String(), Title: l.Title, RegistrationId: optionalText(l.Registration),
			Ticket: l.Kind == inventory.Ticket, ListMinor: l.List.Minor, GrossMinor: l.Gross.Minor, NetMinor: l.Net.Minor, VatMinor: l.VAT.Minor,
			VatRate: int32(l.Rate), VatCategory: l.Category, Cancelled: l.Cancelled, RefundNowMinor: l.RefundNow.Minor, AttendeeName: l.Attendee,
		}
		for _, off := range l.Discounts {
			m.Discounts = append(m.Discounts, &bookingv1.OrderDiscount{Label: off.Label, OffMinor: off.Off.Minor})
		}
		out = append(out, m)
	}
	return out
}

// GetBasket implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) GetBasket(ctx context.Context, req *bookingv1.GetBasketRequest) (*bookingv1.GetBasketResponse, error) {
	b, err := s.bookings.Basket(ctx, req.GetHoldSecret())
	if err != nil {
		return nil, err
	}
	m, err := s.basket(ctx, b)
	return &bookingv1.GetBasketResponse{Basket: m}, err
}

// ChangeBasket implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) ChangeBasket(ctx context.Context, req *bookingv1.ChangeBasketRequest) (*bookingv1.ChangeBasketResponse, error) {
	var d reader
	choices := readChoices(&d, req.GetChoices())
	if err := d.err(); err != nil {
		return nil, err
	}
	b, err := s.bookings.ChangeBasket(ctx, Key(ctx, req), req.GetHoldSecret(), choices, req.GetCode())
	if err != nil {
		return nil, err
	}
	m, err := s.basket(ctx, b)
	return &bookingv1.ChangeBasketResponse{Basket: m}, err
}

// ProveCompany implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) ProveCompany(ctx context.Context, req *bookingv1.ProveCompanyRequest) (*bookingv1.ProveCompanyResponse, error) {
	return &bookingv1.ProveCompanyResponse{}, s.bookings.ProveCompany(ctx, Key(ctx, req), req.GetHoldSecret(), req.GetEmail())
}

// ConfirmCompany implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) ConfirmCompany(ctx context.Context, req *bookingv1.ConfirmCompanyRequest) (*bookingv1.ConfirmCompanyResponse, error) {
	b, err := s.bookings.ConfirmCompany(ctx, Key(ctx, req), req.GetHoldSecret(), req.GetCode())
	if err != nil {
		return nil, err
	}
	m, err := s.basket(ctx, b)
	return &bookingv1.ConfirmCompanyResponse{Basket: m}, err
}

// Checkout implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) Checkout(ctx context.Context, req *bookingv1.CheckoutRequest) (*bookingv1.CheckoutResponse, error) {
	var d reader
	in := booking.CheckoutInput{
		Buyer: booking.Buyer{Name: req.GetBuyer().GetName(), Email: req.GetBuyer().GetEmail()}, Payer: readPayer(req.GetPayer()),
		OnInvoice: req.GetMethod() == bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE, ExpectedTotal: req.GetExpectedTotalMinor(),
	}
	for i, a := range req.GetAttendees() {
		in.Attendees = append(in.Attendees, readAttendee(&d, index("attendees", i), a))
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	done, err := s.bookings.Checkout(ctx, Key(ctx, req), req.GetHoldSecret(), in)
	if err != nil {
		return nil, err
	}
	return &bookingv1.CheckoutResponse{OrderSecret: done.Secret, OrderCode: done.Code, State: orderStates.message(done.State)}, nil
}

func readPayer(p *bookingv1.PayerDetails) booking.Payer {
	return booking.Payer{
		Company: p.GetCompany(), Address: p.GetAddress(), Postcode: p.GetPostcode(), Country: p.GetCountry(), VATNumber: p.GetVatNumber(),
		PurchaseOrder: p.GetPurchaseOrder(),
	}
}

// StartPayment implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) StartPayment(ctx context.Context, req *bookingv1.StartPaymentRequest) (*bookingv1.StartPaymentResponse, error) {
	to, err := s.bookings.StartPayment(ctx, s.base.String(), req.GetOrderSecret())
	return &bookingv1.StartPaymentResponse{Url: to}, err
}

// myOrder is an order for its buyer, who passes the links of unnamed seats on.
func myOrder(o booking.Order) *bookingv1.Order {
	m := orderMessage(o)
	for i, l := range o.Lines {
		m.Lines[i].SeatSecret = l.SeatSecret
	}
	return m
}

// GetMyOrder implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) GetMyOrder(ctx context.Context, req *bookingv1.GetMyOrderRequest) (*bookingv1.GetMyOrderResponse, error) {
	o, err := s.bookings.MyOrder(ctx, req.GetOrderSecret())
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetMyOrderResponse{Order: myOrder(o)}, nil
}

// AssignSeat implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) AssignSeat(ctx context.Context, req *bookingv1.AssignSeatRequest) (*bookingv1.AssignSeatResponse, error) {
	var d reader
	var id uid.Registration
	readID(&d, "registration_id", req.GetRegistrationId(), &id)
	a := readAttendee(&d, "attendee", req.GetAttendee())
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.AssignSeat(ctx, Key(ctx, req), req.GetOrderSecret(), id, a)
	if err != nil {
		return nil, err
	}
	return &bookingv1.AssignSeatResponse{Order: myOrder(o)}, nil
}

// GetSeat implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) GetSeat(ctx context.Context, req *bookingv1.GetSeatRequest) (*bookingv1.GetSeatResponse, error) {
	seat, err := s.bookings.Seat(ctx, req.GetSeatSecret())
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetSeatResponse{
		EventTitle: seat.Event.Title, ProductTitle: seat.ProductTitle, BookedBy: seat.BookedBy, Questions: questionMessages(seat.Questions), Closed: seat.Closed,
	}, nil
}

// FillSeat implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) FillSeat(ctx context.Context, req *bookingv1.FillSeatRequest) (*bookingv1.FillSeatResponse, error) {
	var d reader
	a := readAttendee(&d, "attendee", req.GetAttendee())
	if err := d.err(); err != nil {
		return nil, err
	}
	own, err := s.bookings.FillSeat(ctx, Key(ctx, req), req.GetSeatSecret(), a)
	return &bookingv1.FillSeatResponse{LinkSecret: own}, err
}

// CancelMyLines implements lanyard.booking.v1.CheckoutService.
func (s *checkoutService) CancelMyLines(ctx context.Context, req *bookingv1.CancelMyLinesRequest) (*bookingv1.CancelMyLinesResponse, error) {
	var d reader
	var lines []uid.Line
	readIDs(&d, "line_ids", req.GetLineIds(), &lines)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.CancelMyLines(ctx, Key(ctx, req), req.GetOrderSecret(), lines, req.GetExpectedRefundMinor())
	if err != nil {
		return nil, err
	}
	return &bookingv1.CancelMyLinesResponse{Order: myOrder(o)}, nil
}
