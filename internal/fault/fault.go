// Package fault holds the one error type that Lanyard shows to people.
//
// A fault has a kind (what sort of failure it is), a reason (a stable word that
// programs switch on), a message that is safe to show, and, for bad input, the
// fields concerned. Every other error is a bug or an outage: the edge replaces
// its text by "internal error" and logs the chain once.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is the sort of failure; the edge maps each to one Connect code.
type Kind uint8

// The kinds. They are append-only: their meaning is part of the API.
const (
	// KindInvalid means that the request itself is wrong; Fields says where.
	KindInvalid Kind = iota + 1
	// KindUnauthenticated means that nobody is signed in.
	KindUnauthenticated
	// KindDenied means that the caller is known and may not do this.
	KindDenied
	// KindNotFound means that there is no such thing, or none the caller may see.
	KindNotFound
	// KindExists means that a thing with this identity is already there.
	KindExists
	// KindPrecondition means that the request is fine but the state forbids it.
	KindPrecondition
	// KindConflict means that the caller's copy is stale, or a retry may succeed.
	KindConflict
	// KindTooMany means that a rate limit or queue bound was hit; see RetryAfter.
	KindTooMany
	// KindUnavailable means that something we depend on is down.
	KindUnavailable
)

// Reason is a stable word for why; it names a value of lanyard.policy.v1.Reason
// without the REASON_ prefix. Clients switch on it, never on the message.
type Reason string

// The reasons. A test in package rpc checks that each has its proto enum value.
const (
	InvalidInput        Reason = "INVALID_INPUT"
	SignInRequired      Reason = "SIGN_IN_REQUIRED"
	NotAllowed          Reason = "NOT_ALLOWED"
	NoSuchThing         Reason = "NOT_FOUND"
	AlreadyExists       Reason = "ALREADY_EXISTS"
	SoldOut             Reason = "SOLD_OUT"
	AllInBaskets        Reason = "ALL_IN_BASKETS"
	SalesClosed         Reason = "SALES_CLOSED"
	SalesNotOpen        Reason = "SALES_NOT_OPEN"
	NotSellable         Reason = "NOT_SELLABLE"
	HoldExpired         Reason = "HOLD_EXPIRED"
	AlreadyCancelled    Reason = "ALREADY_CANCELLED"
	AlreadyDecided      Reason = "ALREADY_DECIDED"
	WrongState          Reason = "WRONG_STATE"
	DeadlinePassed      Reason = "DEADLINE_PASSED"
	StaleVersion        Reason = "STALE_VERSION"
	IdempotencyMismatch Reason = "IDEMPOTENCY_MISMATCH"
	RateLimited         Reason = "RATE_LIMITED"
	Busy                Reason = "BUSY"
	LastOwner           Reason = "LAST_OWNER"
	Unavailable         Reason = "UNAVAILABLE"
	OutcomeUnknown      Reason = "OUTCOME_UNKNOWN"
	CodeInvalid         Reason = "CODE_INVALID"
	CodeUsedUp          Reason = "CODE_USED_UP"
	PriceChanged        Reason = "PRICE_CHANGED"
	PaymentPending      Reason = "PAYMENT_PENDING"
	BelowMinimum        Reason = "BELOW_MINIMUM"
	DeviceEnded         Reason = "DEVICE_ENDED"
	PairingCodeInvalid  Reason = "PAIRING_CODE_INVALID"
	LeadNeeded          Reason = "LEAD_NEEDED"
)

// Field is one problem with one request field.
type Field struct {
	// Path is the field's path in the request, in proto spelling: "attendees[0].email".
	Path string
	// Rule is a stable id such as "string.email" or "schedule.gap".
	Rule string
	// Message is one sentence that says what is wrong, safe to show.
	Message string
}

// Error is a failure that people may see.
type Error struct {
	Kind       Kind
	Reason     Reason
	Message    string
	Fields     []Field
	RetryAfter time.Duration // zero when unknown
	cause      error
}

// Error returns the message with its fields; it never includes the cause.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Message
	}
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Path + ": " + f.Message
	}
	return e.Message + " " + strings.Join(parts, "; ")
}

// Unwrap gives the cause for the log; it may be nil.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that carries cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Invalid reports bad input; each field names its path and reason.
func Invalid(fields ...Field) *Error {
	return &Error{Kind: KindInvalid, Reason: InvalidInput, Message: "Please check what you entered.", Fields: fields}
}

// InvalidField reports one bad field.
func InvalidField(path, rule, format string, args ...any) *Error {
	return Invalid(Field{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// Unauthenticated reports that nobody is signed in.
func Unauthenticated(message string) *Error {
	return &Error{Kind: KindUnauthenticated, Reason: SignInRequired, Message: message}
}

// Denied reports that the caller is known and lacks the right.
func Denied(message string) *Error {
	return &Error{Kind: KindDenied, Reason: NotAllowed, Message: message}
}

// NotFound reports that there is no such thing; what is a noun such as "event".
// It is also the answer for things that exist but that the caller may not see.
func NotFound(what string) *Error {
	return &Error{Kind: KindNotFound, Reason: NoSuchThing, Message: "No such " + what + "."}
}

// Exists reports that the identity is taken.
func Exists(format string, args ...any) *Error {
	return &Error{Kind: KindExists, Reason: AlreadyExists, Message: fmt.Sprintf(format, args...)}
}

// Precondition reports that the present state forbids the request.
func Precondition(reason Reason, format string, args ...any) *Error {
	return &Error{Kind: KindPrecondition, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Conflict reports a stale version, an idempotency mismatch or exhausted retries.
func Conflict(reason Reason, format string, args ...any) *Error {
	return &Error{Kind: KindConflict, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// TooMany reports a rate limit or a full queue.
func TooMany(reason Reason, retryAfter time.Duration, message string) *Error {
	return &Error{Kind: KindTooMany, Reason: reason, Message: message, RetryAfter: retryAfter}
}

// Down reports that something Lanyard depends on does not answer.
func Down(reason Reason, message string) *Error {
	return &Error{Kind: KindUnavailable, Reason: reason, Message: message}
}

// As finds the fault in err's chain.
func As(err error) (*Error, bool) {
	e, ok := errors.AsType[*Error](err)
	return e, ok
}

// Is reports whether err carries a fault with this reason.
func Is(err error, reason Reason) bool {
	e, ok := As(err)
	return ok && e.Reason == reason
}
