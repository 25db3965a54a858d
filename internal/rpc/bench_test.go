package rpc

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/gen/lanyard/booking/v1/bookingv1connect"
	"lanyard/internal/limit"
)

// idle answers at once, so that what remains is the frame around a call.
type idle struct {
	bookingv1connect.UnimplementedBookingServiceHandler
}

func (idle) PlaceOrder(ctx context.Context, req *bookingv1.PlaceOrderRequest) (*bookingv1.PlaceOrderResponse, error) {
	Key(ctx, req)
	return &bookingv1.PlaceOrderResponse{}, nil
}

// BenchmarkCall is what a call costs before and after its domain: routing, limits,
// decoding, policy, validation, the request key, encoding and the log line.
func BenchmarkCall(b *testing.B) {
	plenty := limit.Budget{PerSecond: 1e9, Burst: 1e9}
	s, err := New(Deps{
		BaseURL: &url.URL{},
		Logger:  slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Limits:  limit.New(limit.Options{Budgets: map[limit.Class]limit.Budget{limit.Order: plenty, limit.OrderAddress: plenty}}),
	})
	if err != nil {
		b.Fatal(err)
	}
	s.mount(bookingv1connect.NewBookingServiceHandler(idle{}, s.options...))
	if s.validator, err = newValidator(s.routes); err != nil {
		b.Fatal(err)
	}
	const body = `{"orgId":"org_01k9zzzzzzzzzzzzzzzzzzzzzz","requestId":"request-id-000001",
		"eventId":"evt_01k9zzzzzzzzzzzzzzzzzzzzzz","productId":"prd_01k9zzzzzzzzzzzzzzzzzzzzzz",
		"attendees":[{"name":"Ada Lovelace","email":"ada@example.org","organisation":"x","segment":"SEGMENT_ACADEMIC"}]}`
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, "/rpc"+bookingv1connect.BookingServicePlaceOrderProcedure, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Connect-Protocol-Version", "1")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Fatal(w.Code, w.Body)
			}
		}
	})
}
