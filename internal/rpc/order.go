package rpc

import (
	"context"
	"time"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/uid"
)

type orderService struct{ bookings *booking.Service }

var orderStates = words[booking.OrderState, bookingv1.OrderState]{
	booking.OrderBasket:    bookingv1.OrderState_ORDER_STATE_BASKET,
	booking.OrderPlaced:    bookingv1.OrderState_ORDER_STATE_PLACED,
	booking.OrderConfirmed: bookingv1.OrderState_ORDER_STATE_CONFIRMED,
	booking.OrderClosed:    bookingv1.OrderState_ORDER_STATE_CLOSED,
	booking.OrderExpired:   bookingv1.OrderState_ORDER_STATE_EXPIRED,
	booking.OrderDeclined:  bookingv1.OrderState_ORDER_STATE_DECLINED,
	booking.OrderCancelled: bookingv1.OrderState_ORDER_STATE_CANCELLED,
}

var moneyStates = words[booking.MoneyState, bookingv1.MoneyState]{
	booking.MoneyNone:       bookingv1.MoneyState_MONEY_STATE_NONE,
	booking.MoneyDue:        bookingv1.MoneyState_MONEY_STATE_DUE,
	booking.MoneyPartPaid:   bookingv1.MoneyState_MONEY_STATE_PART_PAID,
	booking.MoneyPaid:       bookingv1.MoneyState_MONEY_STATE_PAID,
	booking.MoneyOverPaid:   bookingv1.MoneyState_MONEY_STATE_OVER_PAID,
	booking.MoneyInDispute:  bookingv1.MoneyState_MONEY_STATE_IN_DISPUTE,
	booking.MoneyRefunded:   bookingv1.MoneyState_MONEY_STATE_REFUNDED,
	booking.MoneyProcessing: bookingv1.MoneyState_MONEY_STATE_PROCESSING,
}

var refundChoices = words[booking.RefundChoice, bookingv1.RefundChoice]{
	booking.RefundPolicy: bookingv1.RefundChoice_REFUND_CHOICE_POLICY,
	booking.RefundFull:   bookingv1.RefundChoice_REFUND_CHOICE_FULL,
	booking.RefundNone:   bookingv1.RefundChoice_REFUND_CHOICE_NONE,
}

var latePolicies = words[booking.LatePolicy, bookingv1.LatePolicy]{
	booking.LatePlace: bookingv1.LatePolicy_LATE_POLICY_PLACE,
	booking.LateAsk:   bookingv1.LatePolicy_LATE_POLICY_ASK,
}

func orderMessage(o booking.Order) *bookingv1.Order {
	method := bookingv1.PaymentMethod_PAYMENT_METHOD_CARD
	if o.OnInvoice {
		method = bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE
	}
	m := &bookingv1.Order{
		Id: o.ID.String(), Code: o.Code, State: orderStates.message(o.State), Money: moneyStates.message(o.Money),
		EventId: o.Event.String(), EventTitle: o.EventTitle, Buyer: &bookingv1.BuyerDetails{Name: o.Buyer.Name, Email: o.Buyer.Email},
		Payer: &bookingv1.PayerDetails{
			Company: o.Payer.Company, Address: o.Payer.Address, Postcode: o.Payer.Postcode, Country: o.Payer.Country,
			VatNumber: o.Payer.VATNumber, PurchaseOrder: o.Payer.PurchaseOrder,
		},
		Currency: string(o.Currency), TotalMinor: o.Total.Minor, VatMinor: o.VAT.Minor, PaidMinor: o.Paid.Minor, RefundedMinor: o.Refunded.Minor,
		BalanceMinor: o.Balance.Minor, Lines: orderLines(o.Lines), PlacedAt: timestamp(o.PlacedAt), ExpiresAt: timestamp(o.ExpiresAt),
		DueAt: timestamp(o.DueAt), Method: method, DiscountCode: o.DiscountCode, Company: o.Company, Late: o.Late, CanPay: o.CanPay,
		Explanations: o.Explanations, Undeliverable: o.Undeliverable,
	}
	for _, p := range o.Payments {
		m.Payments = append(m.Payments, &bookingv1.OrderPayment{AmountMinor: p.Amount.Minor, CapturedAt: timestamp(p.CapturedAt), Method: p.Method, ChargeId: p.Charge})
	}
	for _, r := range o.Refunds {
		m.Refunds = append(m.Refunds, &bookingv1.OrderRefund{AmountMinor: r.Amount.Minor, State: r.State, RequestedAt: timestamp(r.RequestedAt), Reason: r.Reason})
	}
	for _, d := range o.Documents {
		m.Documents = append(m.Documents, &bookingv1.OrderDocument{Id: d.ID.String(), Number: d.Number, Kind: d.Kind, GrossMinor: d.Gross.Minor, IssuedAt: timestamp(d.IssuedOn)})
	}
	return m
}

// staffOrder is an order as the caller may see it: reviewers see no people.
func staffOrder(ctx context.Context, o booking.Order) *bookingv1.Order {
	m := orderMessage(o)
	if masksPeople(ctx, o.Org) {
		m.Buyer = &bookingv1.BuyerDetails{Name: "•••", Email: "•••"}
		m.Payer = nil
		for _, l := range m.Lines {
			l.AttendeeName = "•••"
		}
	}
	return m
}

// ListOrders implements lanyard.booking.v1.OrderService.
func (s *orderService) ListOrders(ctx context.Context, req *bookingv1.ListOrdersRequest) (*bookingv1.ListOrdersResponse, error) {
	var d reader
	f := booking.OrderFilter{Query: req.GetQuery(), State: orderStates.domain(req.GetState()), Overdue: req.GetOverdue()}
	var after *booking.AfterOrder
	readID(&d, "org_id", req.GetOrgId(), &f.Org)
	readOptionalID(&d, "only_event_id", req.GetOnlyEventId(), &f.Event)
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.bookings.Orders(ctx, f, after, pageSize(req.GetPageSize(), 50))
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.ListOrdersResponse{}
	for _, o := range found {
		m := staffOrder(ctx, o)
		m.Lines, m.Payments, m.Refunds, m.Documents, m.Explanations = nil, nil, nil, nil, nil
		resp.Orders = append(resp.Orders, m)
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// readOrderRef reads the ids that every request about one order has.
func readOrderRef(d *reader, req interface {
	GetOrgId() string
	GetOrderId() string
}) (org uid.Org, id uid.Order) {
	readID(d, "org_id", req.GetOrgId(), &org)
	readID(d, "order_id", req.GetOrderId(), &id)
	return org, id
}

// GetOrder implements lanyard.booking.v1.OrderService.
func (s *orderService) GetOrder(ctx context.Context, req *bookingv1.GetOrderRequest) (*bookingv1.GetOrderResponse, error) {
	var d reader
	org, id := readOrderRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.Order(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetOrderResponse{Order: staffOrder(ctx, o)}, nil
}

// CancelLines implements lanyard.booking.v1.OrderService.
func (s *orderService) CancelLines(ctx context.Context, req *bookingv1.CancelLinesRequest) (*bookingv1.CancelLinesResponse, error) {
	var d reader
	in := booking.CancelInput{Refund: refundChoices.domain(req.GetRefund()), Reason: req.GetReason()}
	in.Org, in.Order = readOrderRef(&d, req)
	readIDs(&d, "line_ids", req.GetLineIds(), &in.Lines)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.CancelLines(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &bookingv1.CancelLinesResponse{Order: orderMessage(o)}, nil
}

// RefundOrder implements lanyard.booking.v1.OrderService.
func (s *orderService) RefundOrder(ctx context.Context, req *bookingv1.RefundOrderRequest) (*bookingv1.RefundOrderResponse, error) {
	var d reader
	in := booking.RefundInput{Amount: req.GetAmountMinor(), Reason: req.GetReason()}
	in.Org, in.Order = readOrderRef(&d, req)
	readIDs(&d, "line_ids", req.GetLineIds(), &in.Lines)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.RefundOrder(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &bookingv1.RefundOrderResponse{Order: orderMessage(o)}, nil
}

// PlaceLateOrder implements lanyard.booking.v1.OrderService.
func (s *orderService) PlaceLateOrder(ctx context.Context, req *bookingv1.PlaceLateOrderRequest) (*bookingv1.PlaceLateOrderResponse, error) {
	var d reader
	org, id := readOrderRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.PlaceLate(ctx, account.ActorFrom(ctx), Key(ctx, req), org, id, req.GetOverCapacity(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &bookingv1.PlaceLateOrderResponse{Order: orderMessage(o)}, nil
}

// EraseOrder implements lanyard.booking.v1.OrderService.
func (s *orderService) EraseOrder(ctx context.Context, req *bookingv1.EraseOrderRequest) (*bookingv1.EraseOrderResponse, error) {
	var d reader
	org, id := readOrderRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.bookings.EraseOrder(ctx, account.ActorFrom(ctx), Key(ctx, req), booking.EraseInput{
		Org: org, Order: id, Code: req.GetOrderCode(), Reason: req.GetReason(),
	})
	if err != nil {
		return nil, err
	}
	return &bookingv1.EraseOrderResponse{Order: orderMessage(o)}, nil
}

func eventRefundMessage(r booking.EventRefund) *bookingv1.EventRefund {
	return &bookingv1.EventRefund{
		Orders: int32(r.Orders), Done: int32(r.Done), Failed: int32(r.Failed), Started: r.Started,
		RefundedMinor: r.Refunded.Minor, Currency: string(r.Refunded.Currency),
	}
}

// StartEventRefund implements lanyard.booking.v1.OrderService.
func (s *orderService) StartEventRefund(ctx context.Context, req *bookingv1.StartEventRefundRequest) (*bookingv1.StartEventRefundResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	r, err := s.bookings.StartEventRefund(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &bookingv1.StartEventRefundResponse{Refund: eventRefundMessage(r)}, nil
}

// GetEventRefund implements lanyard.booking.v1.OrderService.
func (s *orderService) GetEventRefund(ctx context.Context, req *bookingv1.GetEventRefundRequest) (*bookingv1.GetEventRefundResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	r, err := s.bookings.EventRefund(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetEventRefundResponse{Refund: eventRefundMessage(r)}, nil
}

var overduePolicies = words[booking.OverduePolicy, bookingv1.OverduePolicy]{
	booking.OverdueAsk: bookingv1.OverduePolicy_OVERDUE_POLICY_ASK,
	booking.OverdueEnd: bookingv1.OverduePolicy_OVERDUE_POLICY_END,
}

func salesMessage(s booking.Sales) *bookingv1.Sales {
	m := &bookingv1.Sales{
		OnInvoice: s.OnInvoice, InvoiceDays: int32(s.InvoiceDays), GraceDays: int32(s.GraceDays), DelayedMethods: s.DelayedMethods,
		PayWindowHours: int32(s.PayWindow.Hours()), SelfService: s.SelfService, Late: latePolicies.message(s.Late), Terms: s.Terms, Version: s.Version,
		Overdue: overduePolicies.message(s.Overdue),
	}
	for _, step := range s.RefundSteps {
		m.RefundSteps = append(m.RefundSteps, &bookingv1.RefundStep{HoursBefore: int32(step.HoursBefore), Percent: int32(step.Percent)})
	}
	return m
}

// GetSales implements lanyard.booking.v1.OrderService.
func (s *orderService) GetSales(ctx context.Context, req *bookingv1.GetSalesRequest) (*bookingv1.GetSalesResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	sales, err := s.bookings.Sales(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetSalesResponse{Sales: salesMessage(sales)}, nil
}

// SaveSales implements lanyard.booking.v1.OrderService.
func (s *orderService) SaveSales(ctx context.Context, req *bookingv1.SaveSalesRequest) (*bookingv1.SaveSalesResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	m := req.GetSales()
	in := booking.Sales{
		OnInvoice: m.GetOnInvoice(), InvoiceDays: int(m.GetInvoiceDays()), GraceDays: int(m.GetGraceDays()), DelayedMethods: m.GetDelayedMethods(),
		PayWindow: time.Duration(m.GetPayWindowHours()) * time.Hour, SelfService: m.GetSelfService(), Late: booking.LatePlace, Overdue: booking.OverdueAsk,
		Terms: m.GetTerms(), Version: m.GetVersion(),
	}
	if m.GetLate() == bookingv1.LatePolicy_LATE_POLICY_ASK {
		in.Late = booking.LateAsk
	}
	if m.GetOverdue() == bookingv1.OverduePolicy_OVERDUE_POLICY_END {
		in.Overdue = booking.OverdueEnd
	}
	for _, step := range m.GetRefundSteps() {
		in.RefundSteps = append(in.RefundSteps, booking.RefundStep{HoursBefore: int(step.GetHoursBefore()), Percent: int(step.GetPercent())})
	}
	sales, err := s.bookings.SaveSales(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, in)
	if err != nil {
		return nil, err
	}
	return &bookingv1.SaveSalesResponse{Sales: salesMessage(sales)}, nil
}

func supplierMessage(s booking.Supplier) *bookingv1.Supplier {
	return &bookingv1.Supplier{
		Name: s.Name, Address: s.Address, VatNumber: s.VATNumber, BankDetails: s.BankDetails, ExchangeRates: s.ExchangeRates,
		NoReminders: s.NoReminders, Version: s.Version,
	}
}

// GetSupplier implements lanyard.booking.v1.OrderService.
func (s *orderService) GetSupplier(ctx context.Context, req *bookingv1.GetSupplierRequest) (*bookingv1.GetSupplierResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	supplier, err := s.bookings.Supplier(ctx, org)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetSupplierResponse{Supplier: supplierMessage(supplier)}, nil
}

// SaveSupplier implements lanyard.booking.v1.OrderService.
func (s *orderService) SaveSupplier(ctx context.Context, req *bookingv1.SaveSupplierRequest) (*bookingv1.SaveSupplierResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	m := req.GetSupplier()
	supplier, err := s.bookings.SaveSupplier(ctx, account.ActorFrom(ctx), Key(ctx, req), org, booking.Supplier{
		Name: m.GetName(), Address: m.GetAddress(), VATNumber: m.GetVatNumber(), BankDetails: m.GetBankDetails(), ExchangeRates: m.GetExchangeRates(), NoReminders: m.GetNoReminders(),
		Version: m.GetVersion(),
	})
	if err != nil {
		return nil, err
	}
	return &bookingv1.SaveSupplierResponse{Supplier: supplierMessage(supplier)}, nil
}

// GetDocument implements lanyard.booking.v1.OrderService.
func (s *orderService) GetDocument(ctx context.Context, req *bookingv1.GetDocumentRequest) (*bookingv1.GetDocumentResponse, error) {
	var d reader
	var org uid.Org
	var id uid.Document
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "document_id", req.GetDocumentId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	name, pdf, err := s.bookings.DocumentPDF(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetDocumentResponse{FileName: name, Pdf: pdf}, nil
}
