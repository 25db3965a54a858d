// Package uid makes and reads Lanyard's identifiers.
//
// An identifier is a UUIDv7 (RFC 9562), so rows sort by the time they were made
// and index pages stay warm, with a type in Go and a prefix in text: an event is
// "evt_01k9…", never a bare number. The text form is the prefix, an underscore
// and 26 characters of Crockford base32 in lower case. In SQL it is a uuid.
package uid

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// Kind names what an identifier identifies; its Prefix is part of the text form.
type Kind interface{ Prefix() string }

// The kinds.
type (
	orgKind          struct{}
	personKind       struct{}
	sessionTokenKind struct{}
	eventKind        struct{}
	sittingKind      struct{}
	productKind      struct{}
	poolKind         struct{}
	orderKind        struct{}
	registrationKind struct{}
	lineKind         struct{}
	questionKind     struct{}
	factKind         struct{}
	messageKind      struct{}
	auditKind        struct{}
	inviteKind       struct{}
	invitationKind   struct{}
	deviceKind       struct{}
	checkInListKind  struct{}
	printJobKind     struct{}
	journalKind      struct{}
	documentKind     struct{}
	pricePhaseKind   struct{}
	codeKind         struct{}
	companyKind      struct{}
	attemptKind      struct{}
	paymentKind      struct{}
	refundKind       struct{}
	disputeKind      struct{}
	exportKind       struct{}
	scheduleKind     struct{}
	bankAccountKind  struct{}
	statementKind    struct{}
	bankLineKind     struct{}
	bankMatchKind    struct{}
)

func (orgKind) Prefix() string          { return "org" }
func (personKind) Prefix() string       { return "per" }
func (sessionTokenKind) Prefix() string { return "sin" }
func (eventKind) Prefix() string        { return "evt" }
func (sittingKind) Prefix() string      { return "ses" }
func (productKind) Prefix() string      { return "prd" }
func (poolKind) Prefix() string         { return "pol" }
func (orderKind) Prefix() string        { return "ord" }
func (registrationKind) Prefix() string { return "reg" }
func (lineKind) Prefix() string         { return "lin" }
func (questionKind) Prefix() string     { return "qst" }
func (factKind) Prefix() string         { return "fct" }
func (messageKind) Prefix() string      { return "msg" }
func (auditKind) Prefix() string        { return "aud" }
func (inviteKind) Prefix() string       { return "cal" }
func (invitationKind) Prefix() string   { return "inv" }
func (deviceKind) Prefix() string       { return "dev" }
func (checkInListKind) Prefix() string  { return "cil" }
func (printJobKind) Prefix() string     { return "prj" }
func (journalKind) Prefix() string      { return "jnl" }
func (documentKind) Prefix() string     { return "doc" }
func (pricePhaseKind) Prefix() string   { return "pph" }
func (codeKind) Prefix() string         { return "cde" }
func (companyKind) Prefix() string      { return "cmp" }
func (attemptKind) Prefix() string      { return "att" }
func (paymentKind) Prefix() string      { return "pay" }
func (refundKind) Prefix() string       { return "rf" }
func (disputeKind) Prefix() string      { return "dsp" }
func (exportKind) Prefix() string       { return "exp" }
func (scheduleKind) Prefix() string     { return "sch" }
func (bankAccountKind) Prefix() string  { return "bac" }
func (statementKind) Prefix() string    { return "bst" }
func (bankLineKind) Prefix() string     { return "bln" }
func (bankMatchKind) Prefix() string    { return "bmt" }

// The identifiers.
type (
	// Org identifies an organisation.
	Org = ID[orgKind]
	// Person identifies someone who signs in.
	Person = ID[personKind]
	// SignIn identifies one signed-in browser.
	SignIn = ID[sessionTokenKind]
	// Event identifies an event.
	Event = ID[eventKind]
	// Session identifies one sitting of an event.
	Session = ID[sittingKind]
	// Product identifies what people register for: a ticket type or add-on.
	Product = ID[productKind]
	// Pool identifies a capacity pool.
	Pool = ID[poolKind]
	// Order identifies an order.
	Order = ID[orderKind]
	// Registration identifies one attendee's place; it is an order's line.
	Registration = ID[registrationKind]
	// Line identifies one unit of a product in an order that costs something.
	Line = ID[lineKind]
	// Attempt identifies one try to pay for an order.
	Attempt = ID[attemptKind]
	// Payment identifies money that was captured.
	Payment = ID[paymentKind]
	// Refund identifies money that goes back.
	Refund = ID[refundKind]
	// Dispute identifies a payment's dispute.
	Dispute = ID[disputeKind]
	// Question identifies one question of an event's registration form.
	Question = ID[questionKind]
	// Fact identifies one outbox fact.
	Fact = ID[factKind]
	// Message identifies one mail.
	Message = ID[messageKind]
	// Audit identifies one entry of the audit log.
	Audit = ID[auditKind]
	// Invite identifies one person's calendar entry for one session.
	Invite = ID[inviteKind]
	// Invitation identifies an invitation to an organisation's team.
	Invitation = ID[invitationKind]
	// Device identifies a tablet at the door.
	Device = ID[deviceKind]
	// CheckInList identifies a list of who may come in where and when.
	CheckInList = ID[checkInListKind]
	// PrintJob identifies one badge to print.
	PrintJob = ID[printJobKind]
	// Journal identifies one entry of the ledger's journal.
	Journal = ID[journalKind]
	// Document identifies one invoice or credit note.
	Document = ID[documentKind]
	// PricePhase identifies one price of a product that holds for a while.
	PricePhase = ID[pricePhaseKind]
	// Code identifies a discount or access code.
	Code = ID[codeKind]
	// Company identifies a company whose people may get member prices.
	Company = ID[companyKind]
	// Export identifies a file with figures that left.
	Export = ID[exportKind]
	// Schedule identifies a report that is mailed by itself.
	Schedule = ID[scheduleKind]
	// BankAccount identifies an organisation's account at a bank.
	BankAccount = ID[bankAccountKind]
	// Statement identifies one imported bank statement.
	Statement = ID[statementKind]
	// BankLine identifies one line of bank statements, however many had it.
	BankLine = ID[bankLineKind]
	// BankMatch identifies one explanation of a bank line, or of a part of it.
	BankMatch = ID[bankMatchKind]
)

// ID is an identifier of one kind. The zero ID identifies nothing.
type ID[K Kind] [16]byte

// Platform is the organisation under which rows stand that belong to none, such
// as sign-in mails. No organisation has it.
var Platform = Org{15: 1}

// New makes a fresh identifier; ids made later sort later.
func New[I ~[16]byte]() I { return I(uuid.Must(uuid.NewV7())) }

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// Parse reads the text form. The error names the kind that was expected and
// repeats nothing of the input.
func Parse[K Kind](s string) (ID[K], error) {
	var id ID[K]
	var k K
	body, ok := strings.CutPrefix(s, k.Prefix()+"_")
	if !ok || len(body) != 26 {
		return id, fmt.Errorf("not an identifier of the form %s_…", k.Prefix())
	}
	raw, ok := decode(body)
	if !ok {
		return id, fmt.Errorf("not an identifier of the form %s_…", k.Prefix())
	}
	return ID[K](raw), nil
}

// String returns the text form.
func (id ID[K]) String() string {
	var k K
	return k.Prefix() + "_" + encode(id)
}

// IsZero reports whether id identifies nothing.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// UUID returns the bare UUID, for formats that ask for one.
func (id ID[K]) UUID() uuid.UUID { return uuid.UUID(id) }

// MarshalText is the text form; the zero ID is empty.
func (id ID[K]) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads the text form; empty text is the zero ID.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	v, err := Parse[K](string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// ScanUUID reads a uuid column; NULL is the zero ID.
func (id *ID[K]) ScanUUID(v pgtype.UUID) error {
	if !v.Valid {
		*id = ID[K]{}
		return nil
	}
	*id = v.Bytes
	return nil
}

// UUIDValue writes a uuid column; the zero ID is NULL.
func (id ID[K]) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: id, Valid: !id.IsZero()}, nil
}

// encode writes 128 bits as 26 base32 digits, most significant first; the first
// digit carries only the top three bits.
func encode(b [16]byte) string {
	var out [26]byte
	var acc uint64
	bits, n := 2, 0 // two leading zero bits make 130 = 26 x 5
	for _, c := range b {
		acc = acc<<8 | uint64(c)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out[n] = alphabet[acc>>bits&31]
			n++
		}
	}
	return string(out[:])
}

func decode(s string) ([16]byte, bool) {
	var out [16]byte
	var acc uint64
	bits, n := -2, 0
	for i := range len(s) {
		d := strings.IndexByte(alphabet, s[i])
		if d < 0 || (i == 0 && d > 7) {
			return out, false
		}
		acc = acc<<5 | uint64(d)
		bits += 5
		if bits >= 8 {
			bits -= 8
			out[n] = byte(acc >> bits)
			n++
		}
	}
	return out, true
}
