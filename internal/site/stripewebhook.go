package site

import (
	"errors"
	"io"
	"net/http"

	"lanyard/internal/fault"
)

// stripeWebhookPath is where Stripe posts its events.
const stripeWebhookPath = "/stripe/webhook"

func (s *Site) stripeRoutes(m *router) {
	if s.Payment != nil {
		m.handle("POST "+stripeWebhookPath, http.HandlerFunc(s.stripeWebhook))
	}
}

// stripeWebhook keeps an event and says so at once; the work comes after. Stripe
// repeats what it gets no 2xx for, for three days: what it must not repeat is a
// 400, what it must a 503.
func (s *Site) stripeWebhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		s.Log.WarnContext(r.Context(), "a webhook is too long", "limit", tooBig.Limit)
		plain(w, http.StatusRequestEntityTooLarge, "too long")
		return
	}
	if err != nil {
		plain(w, http.StatusBadRequest, "the body did not come whole")
		return
	}
	err = s.Payment.Receive(r.Context(), body, r.Header.Get("Stripe-Signature"))
	f, isFault := fault.As(err)
	switch {
	case err == nil:
		plain(w, http.StatusOK, "ok")
	case isFault && f.Kind == fault.KindInvalid:
		s.Log.WarnContext(r.Context(), "a webhook was refused", "request_id", requestID(r.Context()), "error", errors.Unwrap(f))
		plain(w, http.StatusBadRequest, "not accepted")
	default:
		s.Log.ErrorContext(r.Context(), "a webhook could not be kept", "request_id", requestID(r.Context()), "error", err)
		plain(w, http.StatusServiceUnavailable, "try again later")
	}
}
