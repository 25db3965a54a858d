package booking

import (
	"time"

	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/ledger"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// State is where a registration stands.
type State string

// The states, as they stand in table registration.
const (
	StateHeld             State = "held"
	StateAwaitingApproval State = "awaiting_approval"
	StateAwaitingPayment  State = "awaiting_payment"
	StateConfirmed        State = "confirmed"
	StateCancelled        State = "cancelled"
	StateTransferred      State = "transferred"
	StateDeclined         State = "declined"
	StateLapsed           State = "lapsed"
)

// Facts that this package appends; the subject is a registration.
const (
	// FactConfirmed says that a place was given to somebody who registered.
	FactConfirmed = "registration.confirmed"
	// FactApplied says that an application came in.
	FactApplied = "registration.applied"
	// FactApproved says that an application was approved.
	FactApproved = "registration.approved"
	// FactDeclined says that an application was declined.
	FactDeclined = "registration.declined"
	// FactCorrected says that the holder changed details; see CorrectedDetail.
	FactCorrected = "registration.corrected"
	// FactHandedOver says that a place went to somebody else; the subject is the
	// new registration. See HandedOverDetail.
	FactHandedOver = "registration.handed_over"
	// FactCancelled says that a place or an application was given up or taken back;
	// see CancelledDetail.
	FactCancelled = "registration.cancelled"
	// FactResend says that an organiser asked for the confirmation once more.
	FactResend = "registration.resend"
)

// CorrectedDetail is the detail of FactCorrected.
type CorrectedDetail struct {
	// EmailChanged says that the address is another one now.
	EmailChanged bool `json:"email_changed"`
}

// HandedOverDetail is the detail of FactHandedOver.
type HandedOverDetail struct {
	Predecessor uid.Registration `json:"predecessor"`
}

// CancelledDetail is the detail of FactCancelled.
type CancelledDetail struct {
	// By is "attendee" or "staff".
	By string `json:"by"`
	// Was is the state before.
	Was State `json:"was"`
}

// Segment is which of the association's three worlds a person comes from.
type Segment = string

// The segments.
const (
	SegmentAcademic Segment = "academic"
	SegmentBusiness Segment = "business"
	SegmentClinical Segment = "clinical"
)

// Attendee is who comes, in their own words.
type Attendee struct {
	Name         string
	Email        string
	Organisation string
	Segment      Segment
	// Timezone is the IANA zone of the person's browser; may be empty.
	Timezone string
	// Answers are the values given to the event's questions.
	Answers map[uid.Question][]string
}

// Registration is one attendee's place or application.
type Registration struct {
	Org          uid.Org
	ID           uid.Registration
	Order        uid.Order
	OrderCode    string
	Event        uid.Event
	Product      uid.Product
	ProductTitle string
	State        State
	Attendee     Attendee
	// Predecessor handed the place over to this registration; zero otherwise.
	Predecessor  uid.Registration
	LinkVersion  int
	Note         string
	RegisteredAt time.Time
	ChangedAt    time.Time
	Version      int64
	// Undeliverable says that the last mail to the address came back, or that none
	// is sent to it any more.
	Undeliverable bool
}

// Live reports whether the registration is a place or may become one.
func (r Registration) Live() bool {
	return r.State == StateConfirmed || r.State == StateAwaitingApproval
}

// Deps are the rooms that booking is built on.
type Deps struct {
	DB     *pg.DB
	Box    *outbox.Box
	Stock  *inventory.Service
	Events *catalog.Service
	Books  *ledger.Service
	Pay    *payment.Service
	Keys   *link.Keys
	// Draw makes the PDF of a document that is asked for in the moment before its
	// own is kept. Without it such a document is UNAVAILABLE.
	Draw func(ledger.Document) ([]byte, error)
}

// Service keeps forms, orders and registrations. It is safe for concurrent use.
type Service struct {
	// Paused, when set, says why no places are given out just now; nil when they
	// are. Registrations that exist can be read and changed all the same. Set it
	// before the first request.
	Paused func() error

	db     *pg.DB
	box    *outbox.Box
	stock  *inventory.Service
	events *catalog.Service
	books  *ledger.Service
	pay    *payment.Service
	keys   *link.Keys
	draw   func(ledger.Document) ([]byte, error)
	seats  *inventory.Committer[wish, result]
	kept   keptCounts
}

// New starts the service; Close stops it.
func New(d Deps) *Service {
	s := &Service{
		db: d.DB, box: d.Box, stock: d.Stock, events: d.Events, books: d.Books, pay: d.Pay, keys: d.Keys, draw: d.Draw,
	}
	s.seats = inventory.NewCommitter(s.commit)
	return s
}

// Rushed reports whether a crowd is registering just now. Work that can wait, such
// as mail, should.
func (s *Service) Rushed() bool { return s.seats.Rushed() }

// Close answers the requests that wait for seats and takes no more.
func (s *Service) Close() { s.seats.Close() }
