package rpc

import (
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const (
	checkouts   = "/lanyard.booking.v1.CheckoutService/"
	orderCalls  = "/lanyard.booking.v1.OrderService/"
	noSuchField = ""
)

// till is an event that sells places at 24 pounds.
type till struct {
	*bench
	org     uid.Org
	owner   caller
	event   uid.Event
	product uid.Product
}

func openTill(t *testing.T) till {
	t.Helper()
	b := setup(t)
	org, owner := b.organisation("northern")
	s := till{bench: b, org: org, owner: owner, event: b.event(org, "Launch day")}
	stock := b.server.deps.Inventory
	products, _, err := stock.Inventory(t.Context(), org, s.event)
	if err != nil {
		t.Fatal(err)
	}
	p := products[0]
	s.product = p.ID
	_, err = stock.UpdateProduct(t.Context(), account.System, replay.Key{}, p.ID, p.Version, inventory.ProductInput{
		Org: org, Event: s.event, Title: p.Title, Sessions: p.Sessions, Pools: p.Pools, MaxPerOrder: 10, Online: p.Online,
		Terms: inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Fixed, Currency: money.GBP, Price: 2400, VATRate: 2000, VATCategory: inventory.VATStandard, MinPerOrder: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill asks for a basket; change alters the request.
func (s till) fill(change func(*bookingv1.FillBasketRequest)) answer {
	s.t.Helper()
	req := &bookingv1.FillBasketRequest{
		OrgId: s.org.String(), RequestId: rand.Text(), EventId: s.event.String(),
		Choices: []*bookingv1.BasketChoice{{ProductId: s.product.String(), Quantity: 1}},
	}
	if change != nil {
		change(req)
	}
	return s.call(caller{}, checkouts+"FillBasket", req)
}

func (s till) basket(change func(*bookingv1.FillBasketRequest)) *bookingv1.Basket {
	s.t.Helper()
	resp := &bookingv1.FillBasketResponse{}
	s.read(s.fill(change), resp)
	return resp.GetBasket()
}

// read decodes an answer that must be one.
func (s till) read(a answer, into proto.Message) {
	s.t.Helper()
	if a.code != "ok" {
		s.t.Fatalf("answered with %d %s %q %v", a.status, a.code, a.message, a.problem)
	}
	if err := (strictJSON{}).Unmarshal(a.body, into); err != nil {
		s.t.Fatal(err)
	}
}

// checkOut is a good request to place a basket; change alters it.
func (s till) checkOut(b *bookingv1.Basket, change func(*bookingv1.CheckoutRequest)) answer {
	s.t.Helper()
	req := &bookingv1.CheckoutRequest{
		HoldSecret: b.GetHoldSecret(), RequestId: rand.Text(), ExpectedTotalMinor: b.GetTotalMinor(),
		Buyer:     &bookingv1.BuyerDetails{Name: "Bea Buyer", Email: "bea@example.org"},
		Attendees: []*bookingv1.AttendeeDetails{{Name: "Ada", Email: "ada@example.org", Segment: bookingv1.Segment_SEGMENT_ACADEMIC}},
	}
	if change != nil {
		change(req)
	}
	return s.call(caller{}, checkouts+"Checkout", req)
}

// placed is an order by card, that waits for its money.
func (s till) placed() string {
	s.t.Helper()
	resp := &bookingv1.CheckoutResponse{}
	s.read(s.checkOut(s.basket(nil), nil), resp)
	return resp.GetOrderSecret()
}

// refused fails unless an answer refuses with a reason, and names the field.
func refused(t *testing.T, a answer, reason policyv1.Reason, field string) {
	t.Helper()
	if a.code == "ok" || a.code == "internal" || a.problem.GetReason() != reason {
		t.Fatalf("answered with %d %s %q %v, want %s", a.status, a.code, a.message, a.problem.GetReason(), reason)
	}
	if field == noSuchField {
		return
	}
	for _, v := range a.problem.GetViolations() {
		if v.GetPath() == field && v.GetMessage() != "" {
			return
		}
	}
	t.Errorf("the violations are %v, want one of %s", a.problem.GetViolations(), field)
}

func TestFillBasket_BadInputNamesFieldAndReason(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	invalid := policyv1.Reason_REASON_INVALID_INPUT
	one := func(change func(c *bookingv1.BasketChoice)) func(*bookingv1.FillBasketRequest) {
		return func(r *bookingv1.FillBasketRequest) { change(r.GetChoices()[0]) }
	}
	for name, tt := range map[string]struct {
		change func(*bookingv1.FillBasketRequest)
		reason policyv1.Reason
		field  string
	}{
		"none of it":               {one(func(c *bookingv1.BasketChoice) { c.Quantity = 0 }), invalid, "choices[0].quantity"},
		"less than nothing":        {one(func(c *bookingv1.BasketChoice) { c.Quantity = -1 }), invalid, "choices[0].quantity"},
		"the most there can be":    {one(func(c *bookingv1.BasketChoice) { c.Quantity = 1<<31 - 1 }), invalid, "choices[0].quantity"},
		"more than an order may":   {one(func(c *bookingv1.BasketChoice) { c.Quantity = 11 }), invalid, "choices[0].quantity"},
		"a negative price":         {one(func(c *bookingv1.BasketChoice) { c.AmountMinor = -1 }), invalid, "choices[0].amount_minor"},
		"a huge price":             {one(func(c *bookingv1.BasketChoice) { c.AmountMinor = 1<<63 - 1 }), invalid, "choices[0].amount_minor"},
		"a price of one's own":     {one(func(c *bookingv1.BasketChoice) { c.AmountMinor = 1 }), invalid, "choices[0].amount_minor"},
		"no product":               {one(func(c *bookingv1.BasketChoice) { c.ProductId = "" }), invalid, "choices[0].product_id"},
		"a product of nobody":      {one(func(c *bookingv1.BasketChoice) { c.ProductId = uid.New[uid.Product]().String() }), invalid, "choices[0].product_id"},
		"for a ticket that is not": {one(func(c *bookingv1.BasketChoice) { c.ForTickets = []int32{-1} }), invalid, "choices[0].for_tickets[0]"},
		"nothing at all":           {func(r *bookingv1.FillBasketRequest) { r.Choices = nil }, invalid, "choices"},
		"an unknown code":          {func(r *bookingv1.FillBasketRequest) { r.Code = "NONE" }, policyv1.Reason_REASON_CODE_INVALID, "code"},
		"a code with a line break": {func(r *bookingv1.FillBasketRequest) { r.Code = "A\nB" }, invalid, "code"},
		"an endless code":          {func(r *bookingv1.FillBasketRequest) { r.Code = strings.Repeat("A", 41) }, invalid, "code"},
		"an event of nobody":       {func(r *bookingv1.FillBasketRequest) { r.EventId = uid.New[uid.Event]().String() }, policyv1.Reason_REASON_NOT_FOUND, noSuchField},
	} {
		t.Run(name, func(t *testing.T) { refused(t, s.fill(tt.change), tt.reason, tt.field) })
	}
	if b := s.basket(nil); b.GetTotalMinor() != 2400 {
		t.Errorf("a good basket comes to %d", b.GetTotalMinor())
	}
}

func TestCheckout_BadInputNamesFieldAndReason(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	invalid := policyv1.Reason_REASON_INVALID_INPUT
	b := s.basket(nil)
	for name, tt := range map[string]struct {
		change func(*bookingv1.CheckoutRequest)
		reason policyv1.Reason
		field  string
	}{
		"another total":        {func(r *bookingv1.CheckoutRequest) { r.ExpectedTotalMinor = 1 }, policyv1.Reason_REASON_PRICE_CHANGED, noSuchField},
		"a negative total":     {func(r *bookingv1.CheckoutRequest) { r.ExpectedTotalMinor = -2400 }, invalid, "expected_total_minor"},
		"a huge total":         {func(r *bookingv1.CheckoutRequest) { r.ExpectedTotalMinor = 1 << 60 }, invalid, "expected_total_minor"},
		"nobody orders":        {func(r *bookingv1.CheckoutRequest) { r.Buyer = nil }, invalid, "buyer"},
		"no address":           {func(r *bookingv1.CheckoutRequest) { r.Buyer.Email = "" }, invalid, "buyer.email"},
		"two addresses":        {func(r *bookingv1.CheckoutRequest) { r.Buyer.Email = "a@example.org,b@example.org" }, invalid, "buyer.email"},
		"a header in the name": {func(r *bookingv1.CheckoutRequest) { r.Buyer.Name = "Bea\r\nBcc: x@example.org" }, invalid, "buyer.name"},
		"a country in words":   {func(r *bookingv1.CheckoutRequest) { r.Payer = &bookingv1.PayerDetails{Country: "Britain"} }, invalid, "payer.country"},
		"an invoice not offered": {func(r *bookingv1.CheckoutRequest) {
			r.Method = bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE
			r.Payer = &bookingv1.PayerDetails{Address: "1 Park Row"}
		}, invalid, "method"},
		"a method of nobody":      {func(r *bookingv1.CheckoutRequest) { r.Method = 9 }, invalid, "method"},
		"more guests than places": {func(r *bookingv1.CheckoutRequest) { r.Attendees = append(r.Attendees, r.Attendees[0]) }, invalid, "attendees"},
		"a guest without segment": {func(r *bookingv1.CheckoutRequest) { r.Attendees[0].Segment = 0 }, invalid, "attendees[0].segment"},
		"a secret cut short":      {func(r *bookingv1.CheckoutRequest) { r.HoldSecret = r.HoldSecret[1:] }, invalid, "hold_secret"},
		"somebody else's secret":  {func(r *bookingv1.CheckoutRequest) { r.HoldSecret = tampered(r.HoldSecret) }, policyv1.Reason_REASON_NOT_FOUND, noSuchField},
	} {
		t.Run(name, func(t *testing.T) { refused(t, s.checkOut(b, tt.change), tt.reason, tt.field) })
	}
	if a := s.checkOut(b, nil); a.code != "ok" { // nothing was lost
		t.Errorf("the basket cannot be placed any more: %s %q", a.code, a.message)
	}
	refused(t, s.checkOut(b, nil), policyv1.Reason_REASON_WRONG_STATE, noSuchField)
}

// tampered changes one character of a secret.
func tampered(secret string) string {
	other := "A"
	if secret[40] == 'A' {
		other = "B"
	}
	return secret[:40] + other + secret[41:]
}

func TestCheckout_ACodeUsedUpByOthersNamesTheCode(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	one := 1
	_, err := s.server.deps.Inventory.CreateCode(t.Context(), account.System, replay.Key{}, inventory.Code{
		Org: s.org, Event: s.event, Text: "LAST", Effect: inventory.PercentOff, Percent: 5000, MaxUses: &one,
	})
	if err != nil {
		t.Fatal(err)
	}
	baskets := make([]*bookingv1.Basket, 10)
	for i := range baskets {
		baskets[i] = s.basket(func(r *bookingv1.FillBasketRequest) { r.Code = "last" })
	}
	answers := make([]answer, len(baskets))
	var all sync.WaitGroup
	for i, b := range baskets {
		all.Go(func() { answers[i] = s.checkOut(b, nil) })
	}
	all.Wait()
	won := 0
	for _, a := range answers {
		if a.code == "ok" {
			won++
			continue
		}
		refused(t, a, policyv1.Reason_REASON_CODE_USED_UP, "code")
	}
	if won != 1 {
		t.Errorf("%d of %d got the last use, want 1", won, len(baskets))
	}
	refused(t, s.fill(func(r *bookingv1.FillBasketRequest) { r.Code = "last" }), policyv1.Reason_REASON_CODE_USED_UP, "code")
}

func TestOrder_TamperedLinksOpenNothing(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	b := s.basket(nil)
	secret := s.placed()
	for name, tt := range map[string]struct {
		secret string
		reason policyv1.Reason
		field  string
	}{
		"a changed character": {tampered(secret), policyv1.Reason_REASON_NOT_FOUND, noSuchField},
		"a basket's":          {b.GetHoldSecret(), policyv1.Reason_REASON_NOT_FOUND, noSuchField},
		"an address":          {"https://evil.example/", policyv1.Reason_REASON_INVALID_INPUT, "order_secret"},
		"nothing":             {"", policyv1.Reason_REASON_INVALID_INPUT, "order_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			for procedure, req := range map[string]proto.Message{
				"GetMyOrder":   &bookingv1.GetMyOrderRequest{OrderSecret: tt.secret},
				"StartPayment": &bookingv1.StartPaymentRequest{OrderSecret: tt.secret, RequestId: rand.Text()},
				"CancelMyLines": &bookingv1.CancelMyLinesRequest{
					OrderSecret: tt.secret, RequestId: rand.Text(), LineIds: []string{uid.New[uid.Line]().String()},
				},
			} {
				refused(t, s.call(caller{}, checkouts+procedure, req), tt.reason, tt.field)
			}
		})
	}
}

func TestRefund_BadInputNamesFieldAndReason(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	// An order on invoice is confirmed though nothing was paid.
	terms, err := s.server.deps.Booking.Sales(t.Context(), s.org, s.event)
	if err != nil {
		t.Fatal(err)
	}
	terms.OnInvoice = true
	if _, err := s.server.deps.Booking.SaveSales(t.Context(), account.System, replay.Key{}, s.org, s.event, terms); err != nil {
		t.Fatal(err)
	}
	done := &bookingv1.CheckoutResponse{}
	s.read(s.checkOut(s.basket(nil), func(r *bookingv1.CheckoutRequest) {
		r.Method, r.Payer = bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE, &bookingv1.PayerDetails{Company: "Leeds Labs", Address: "1 Park Row"}
	}), done)
	mine := &bookingv1.GetMyOrderResponse{}
	s.read(s.call(caller{}, checkouts+"GetMyOrder", &bookingv1.GetMyOrderRequest{OrderSecret: done.GetOrderSecret()}), mine)
	order := mine.GetOrder()
	invalid := policyv1.Reason_REASON_INVALID_INPUT
	for name, tt := range map[string]struct {
		change func(*bookingv1.RefundOrderRequest)
		field  string
	}{
		"nothing":                 {func(r *bookingv1.RefundOrderRequest) { r.AmountMinor = 0 }, "amount_minor"},
		"less than nothing":       {func(r *bookingv1.RefundOrderRequest) { r.AmountMinor = -1 }, "amount_minor"},
		"more than was paid":      {func(r *bookingv1.RefundOrderRequest) { r.AmountMinor = 100 }, "amount_minor"},
		"more than it cost":       {func(r *bookingv1.RefundOrderRequest) { r.AmountMinor = 99_999_999 }, "amount_minor"},
		"without a reason":        {func(r *bookingv1.RefundOrderRequest) { r.Reason = "" }, "reason"},
		"of another order's line": {func(r *bookingv1.RefundOrderRequest) { r.LineIds = []string{uid.New[uid.Line]().String()} }, "line_ids"},
	} {
		t.Run(name, func(t *testing.T) {
			req := &bookingv1.RefundOrderRequest{OrgId: s.org.String(), RequestId: rand.Text(), OrderId: order.GetId(), AmountMinor: 2400, Reason: "Goodwill"}
			tt.change(req)
			refused(t, s.call(s.owner, orderCalls+"RefundOrder", req), invalid, tt.field)
		})
	}
}

func TestSeat_BadInputNamesFieldAndReason(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	done := &bookingv1.CheckoutResponse{}
	s.read(s.checkOut(s.basket(nil), func(r *bookingv1.CheckoutRequest) { r.Attendees = nil }), done)
	mine := &bookingv1.GetMyOrderResponse{}
	s.read(s.call(caller{}, checkouts+"GetMyOrder", &bookingv1.GetMyOrderRequest{OrderSecret: done.GetOrderSecret()}), mine)
	seat := mine.GetOrder().GetLines()[0].GetSeatSecret()
	invalid := policyv1.Reason_REASON_INVALID_INPUT
	for name, tt := range map[string]struct {
		change func(*bookingv1.FillSeatRequest)
		reason policyv1.Reason
		field  string
	}{
		"nobody":                 {func(r *bookingv1.FillSeatRequest) { r.Attendee = nil }, invalid, "attendee"},
		"no name":                {func(r *bookingv1.FillSeatRequest) { r.Attendee.Name = "" }, invalid, "attendee.name"},
		"no address":             {func(r *bookingv1.FillSeatRequest) { r.Attendee.Email = "ada" }, invalid, "attendee.email"},
		"another's link":         {func(r *bookingv1.FillSeatRequest) { r.SeatSecret = tampered(seat) }, policyv1.Reason_REASON_NOT_FOUND, noSuchField},
		"the whole order's link": {func(r *bookingv1.FillSeatRequest) { r.SeatSecret = done.GetOrderSecret() }, policyv1.Reason_REASON_NOT_FOUND, noSuchField},
	} {
		t.Run(name, func(t *testing.T) {
			req := &bookingv1.FillSeatRequest{
				SeatSecret: seat, RequestId: rand.Text(),
				Attendee: &bookingv1.AttendeeDetails{Name: "Ada", Email: "ada@example.org", Segment: bookingv1.Segment_SEGMENT_ACADEMIC},
			}
			tt.change(req)
			refused(t, s.call(caller{}, checkouts+"FillSeat", req), tt.reason, tt.field)
		})
	}
}

func TestProduct_BadPricesNameFieldAndReason(t *testing.T) {
	t.Parallel()
	s := openTill(t)
	for name, tt := range map[string]struct {
		change func(*inventoryv1.ProductDetails)
		field  string
	}{
		"another currency than the event's": {func(d *inventoryv1.ProductDetails) { d.Currency = "EUR" }, "details.currency"},
		"no currency of this world":         {func(d *inventoryv1.ProductDetails) { d.Currency = "XXX" }, "details.currency"},
		"a negative price":                  {func(d *inventoryv1.ProductDetails) { d.PriceMinor = -1 }, "details.price_minor"},
		"a huge price":                      {func(d *inventoryv1.ProductDetails) { d.PriceMinor = 1 << 60 }, "details.price_minor"},
		"more VAT than price":               {func(d *inventoryv1.ProductDetails) { d.VatRate = 10_001 }, "details.vat_rate"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &inventoryv1.ProductDetails{
				Title: "Dinner", Kind: inventoryv1.ProductKind_PRODUCT_KIND_TICKET, Pricing: inventoryv1.Pricing_PRICING_FIXED, Currency: "GBP",
				PriceMinor: 3000, VatRate: 2000, VatCategory: inventoryv1.VatCategory_VAT_CATEGORY_STANDARD, MaxPerOrder: 5, MinPerOrder: 1,
			}
			tt.change(d)
			req := &inventoryv1.CreateProductRequest{OrgId: s.org.String(), RequestId: rand.Text(), EventId: s.event.String(), Details: d}
			refused(t, s.call(s.owner, "/lanyard.inventory.v1.InventoryService/CreateProduct", req), policyv1.Reason_REASON_INVALID_INPUT, tt.field)
		})
	}
}
