package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/gen/lanyard/booking/v1/bookingv1connect"
	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/pgserver"
)

// buyers is how many people buy at the same time, each one order after the other.
const buyers = 32

// price puts a price on the target's product.
func (o *organiser) price(ctx context.Context, t target) error {
	stock, err := o.stock.ListInventory(ctx, &inventoryv1.ListInventoryRequest{OrgId: o.org, EventId: t.event})
	if err != nil {
		return err
	}
	p := stock.GetProducts()[0]
	d := p.GetDetails()
	d.Kind, d.Pricing = inventoryv1.ProductKind_PRODUCT_KIND_TICKET, inventoryv1.Pricing_PRICING_FIXED
	d.Currency, d.PriceMinor, d.VatCategory, d.VatRate = "GBP", 2400, inventoryv1.VatCategory_VAT_CATEGORY_STANDARD, 2000
	_, err = o.stock.UpdateProduct(ctx, &inventoryv1.UpdateProductRequest{
		OrgId: o.org, RequestId: o.requestID(), EventId: t.event, ProductId: p.GetId(), Version: p.GetVersion(), Details: d,
	})
	return err
}

// measurePaid is one event whose places cost something: basket, checkout, Stripe's
// page, webhook, confirmation, invoice, books. The simulated Stripe is a part of the
// program, so its work counts too. The ratio is to registering without paying.
func measurePaid(ctx context.Context, s *server, o *organiser) error {
	t, err := o.newTarget(ctx, "paid", 1_000_000)
	if err != nil {
		return err
	}
	if err := o.price(ctx, t); err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: buyers, DisableCompression: true}
	defer transport.CloseIdleConnections()
	shop := &shop{
		c:    bookingv1connect.NewCheckoutServiceClient(&http.Client{Transport: transport, Timeout: time.Minute}, s.base+"/rpc"),
		page: &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		org:  o.org, t: t,
	}
	parts, errs := make([][]string, buyers), make([]error, buyers)
	began := time.Now()
	var all sync.WaitGroup
	for i := range buyers {
		all.Go(func() {
			for k := 0; time.Since(began) < loadFor && errs[i] == nil; k++ {
				var secret string
				secret, errs[i] = shop.buy(ctx, fmt.Sprintf("paid-%04d-%08d", i, k))
				parts[i] = append(parts[i], secret)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("buy: %w", err)
	}
	orders := 0
	for _, secrets := range parts {
		for _, secret := range secrets {
			if err := shop.confirmed(ctx, secret); err != nil {
				return err
			}
			orders++
		}
	}
	lasted := time.Since(began)
	if err := o.check(ctx, t, orders); err != nil {
		return err
	}
	rate := float64(orders) / lasted.Seconds()
	free, err := o.newTarget(ctx, "paid-free", 1_000_000)
	if err != nil {
		return err
	}
	l, err := o.rush(ctx, s, free, buyers, "paid-free")
	if err != nil {
		return err
	}
	print("paid_orders_per_s", rate, "orders/s", fmt.Sprintf("%.3f", rate/l.perSecond(l.placed)))
	return measureApply(ctx, s, ms(percentile(l.took, 0.99)))
}

// A shop is what buyers use.
type shop struct {
	c    bookingv1connect.CheckoutServiceClient
	page *http.Client
	org  string
	t    target
}

// buy goes from a basket to Stripe's answer and returns the order's secret.
func (s *shop) buy(ctx context.Context, id string) (string, error) {
	basket, err := s.c.FillBasket(ctx, &bookingv1.FillBasketRequest{
		OrgId: s.org, RequestId: "basket-" + id, EventId: s.t.event, Choices: []*bookingv1.BasketChoice{{ProductId: s.t.product, Quantity: 1}},
	})
	if err != nil {
		return "", err
	}
	b := basket.GetBasket()
	email := id + "@example.org"
	order, err := s.c.Checkout(ctx, &bookingv1.CheckoutRequest{
		HoldSecret: b.GetHoldSecret(), RequestId: "checkout-" + id, ExpectedTotalMinor: b.GetTotalMinor(), Method: bookingv1.PaymentMethod_PAYMENT_METHOD_CARD,
		Buyer:     &bookingv1.BuyerDetails{Name: "Guest " + id, Email: email},
		Attendees: []*bookingv1.AttendeeDetails{{Name: "Guest " + id, Email: email, Segment: bookingv1.Segment_SEGMENT_BUSINESS}},
	})
	if err != nil {
		return "", err
	}
	started, err := s.c.StartPayment(ctx, &bookingv1.StartPaymentRequest{OrderSecret: order.GetOrderSecret(), RequestId: "payment-" + id})
	if err != nil {
		return "", err
	}
	form := url.Values{"number": {"4242424242424242"}, "email": {email}, "name": {"Guest"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, started.GetUrl(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.page.Do(req)
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("the payment page answered %s", resp.Status)
	}
	return order.GetOrderSecret(), nil
}

// confirmed waits until an order has its places.
func (s *shop) confirmed(ctx context.Context, secret string) error {
	for {
		got, err := s.c.GetMyOrder(ctx, &bookingv1.GetMyOrderRequest{OrderSecret: secret})
		if err != nil {
			return err
		}
		if o := got.GetOrder(); o.GetState() == bookingv1.OrderState_ORDER_STATE_CONFIRMED && o.GetBalanceMinor() == 0 {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

const sqlApply = `
SELECT count(*), COALESCE(percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM applied_at - heard_at)) * 1000, 0)
  FROM stripe_event
 WHERE state = 'applied'
   AND heard_by = 'webhook'
   AND type = 'checkout.session.completed'`

// measureApply is how long a webhook that was taken waits until it has been applied,
// during the load. The ratio is to a free registration's 99th percentile.
func measureApply(ctx context.Context, s *server, free float64) error {
	running, err := pgserver.Attach(s.dir)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, running.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var n int
	var p99 float64
	if err := conn.QueryRow(ctx, sqlApply).Scan(&n, &p99); err != nil {
		return err
	}
	if n == 0 {
		return errors.New("no webhook was applied")
	}
	print("webhook_apply_p99_ms", p99, "ms", fmt.Sprintf("%.1f", p99/free))
	return nil
}
