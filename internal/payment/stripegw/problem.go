package stripegw

import (
	"errors"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// Kind is what a failed call means for whoever made it.
type Kind string

// The kinds.
const (
	// Unreachable means that no answer came, or one that says nothing: the call may
	// have been carried out. Try again with the same key.
	Unreachable Kind = "unreachable"
	// Limited means too many calls; nothing was done.
	Limited Kind = "limited"
	// Refused means that Stripe will not do it, whoever asks again.
	Refused Kind = "refused"
	// Missing means that there is no such object in this account.
	Missing Kind = "missing"
	// NoAccess means that the key is wrong, or the account is not ours any more.
	NoAccess Kind = "no_access"
	// Reused means that the key was used for a call with other parameters.
	Reused Kind = "reused"
	// AlreadyRefunded means that nothing is left of the charge.
	AlreadyRefunded Kind = "already_refunded"
	// Disputed means that the charge cannot be refunded while it is disputed.
	Disputed Kind = "disputed"
	// NotConfigured means that there is no key at all.
	NotConfigured Kind = "not_configured"
)

// Problem is why a call failed.
type Problem struct {
	Kind Kind
	// Code is Stripe's; may be empty.
	Code string
	// Message is Stripe's, for the log and for staff, never for buyers.
	Message string
	// Request is Stripe's id of the call, for their support.
	Request string
	cause   error
}

// Error says what happened, for the log.
func (p *Problem) Error() string {
	s := "stripe: " + string(p.Kind)
	if p.Code != "" {
		s += " (" + p.Code + ")"
	}
	if p.Message != "" {
		s += ": " + p.Message
	}
	if p.Request != "" {
		s += " [" + p.Request + "]"
	}
	return s
}

// Unwrap gives the library's error.
func (p *Problem) Unwrap() error { return p.cause }

// Is reports whether err is a problem of one of these kinds.
func Is(err error, kinds ...Kind) bool {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		return false
	}
	for _, k := range kinds {
		if p.Kind == k {
			return true
		}
	}
	return false
}

// MayRetry reports whether the same call with the same key may still succeed.
func MayRetry(err error) bool { return Is(err, Unreachable, Limited, NoAccess, NotConfigured) }

// problem makes a *Problem of an error of stripe-go; nil stays nil.
func problem(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*stripe.Error](err)
	if !ok {
		return &Problem{Kind: Unreachable, Message: err.Error(), cause: err}
	}
	return &Problem{Kind: kindOf(e), Code: string(e.Code), Message: e.Msg, Request: e.RequestID, cause: err}
}

func kindOf(e *stripe.Error) Kind {
	switch e.Code {
	case stripe.ErrorCodeChargeAlreadyRefunded:
		return AlreadyRefunded
	case stripe.ErrorCodeChargeDisputed, stripe.ErrorCodeRefundDisputedPayment:
		return Disputed
	case stripe.ErrorCodeAccountInvalid:
		return NoAccess
	}
	switch {
	case e.HTTPStatusCode == http.StatusConflict: // also "idempotency_key_in_use": the first call may yet succeed
		return Unreachable
	case e.Type == stripe.ErrorTypeIdempotency:
		return Reused
	case e.HTTPStatusCode == http.StatusUnauthorized, e.HTTPStatusCode == http.StatusForbidden:
		return NoAccess
	case e.HTTPStatusCode == http.StatusTooManyRequests:
		return Limited
	case e.HTTPStatusCode >= 500, e.HTTPStatusCode < 400:
		return Unreachable
	case e.Code == stripe.ErrorCodeResourceMissing:
		return Missing
	}
	return Refused
}
