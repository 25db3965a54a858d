package mail

import (
	"context"
	"errors"
	"fmt"
)

// Envelope is one transmission: the bytes and where they go.
type Envelope struct {
	// From is where bounces go; see VERP. It may differ from the From header.
	From string
	// To is the one recipient.
	To string
	// Raw is the finished, signed message.
	Raw []byte
}

// Sender hands a message to whoever delivers it. A nil error means that it was
// accepted; every failure is a *SendError.
type Sender interface {
	Send(ctx context.Context, e Envelope) error
}

// Mailbox is the Sender of an installation without a mail server: it accepts
// everything and delivers nothing. The stored bytes are shown on a page instead.
type Mailbox struct{}

// Send accepts the message.
func (Mailbox) Send(context.Context, Envelope) error { return nil }

// SendKind says what a failed transmission means for the message.
type SendKind uint8

// The kinds of failure.
const (
	// Temporary means that the same bytes should be sent again later. That also
	// holds when the connection broke after the message was handed over: nobody
	// knows then, and a second copy of the same message does no harm.
	Temporary SendKind = iota + 1
	// Recipient means that this message will never be accepted for this address.
	Recipient
	// Config means that no message will be accepted until somebody changes the
	// settings; it does not count as an attempt.
	Config
)

// String names the kind for logs.
func (k SendKind) String() string {
	switch k {
	case Temporary:
		return "temporary"
	case Recipient:
		return "recipient"
	case Config:
		return "config"
	}
	return "unknown"
}

// SendError is a failed transmission.
type SendError struct {
	Kind SendKind
	// Step is where it failed: connect, tls, auth, from, to or data.
	Step string
	// Code is the server's reply, such as 550; zero when there was none.
	Code int
	// Enhanced is the server's detailed status, such as "5.1.1", or empty.
	Enhanced string
	cause    error
}

// Error says what happened, for the log and for the organiser's list.
func (e *SendError) Error() string {
	return fmt.Sprintf("mail not accepted (%s, at %s): %v", e.Kind, e.Step, e.cause)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.cause }

// BadAddress reports that the server said the address itself does not exist or is
// closed, so that nothing should be sent to it again.
func (e *SendError) BadAddress() bool {
	return e.Kind == Recipient && badAddress(e.Enhanced)
}

// SendErrorOf finds the SendError in err's chain; it is nil when there is none.
func SendErrorOf(err error) *SendError {
	e, _ := errors.AsType[*SendError](err)
	return e
}
