package mail

import (
	"time"

	"lanyard/internal/calendar"
)

// Kind names a sort of mail. Each has one type of data and two templates; the
// names are stored with the messages and never change.
type Kind string

// The kinds, each with the type of its data.
const (
	KindConfirmation         Kind = "confirmation"           // Confirmation
	KindApplicationReceived  Kind = "application_received"   // ApplicationReceived
	KindApplicationApproved  Kind = "application_approved"   // ApplicationApproved
	KindApplicationDeclined  Kind = "application_declined"   // ApplicationDeclined
	KindUpdated              Kind = "updated"                // Updated
	KindCancelledByAttendee  Kind = "cancelled_by_attendee"  // CancelledByAttendee
	KindCancelledByOrganiser Kind = "cancelled_by_organiser" // CancelledByOrganiser
	KindAddressChanged       Kind = "address_changed"        // AddressChanged
	KindEventCancelled       Kind = "event_cancelled"        // EventCancelled
	KindEventPostponed       Kind = "event_postponed"        // EventPostponed
	KindHandedOverTo         Kind = "handed_over_to"         // HandedOverTo
	KindHandedOverFrom       Kind = "handed_over_from"       // HandedOverFrom
	KindReminder             Kind = "reminder"               // Reminder
	KindOrder                Kind = "order"                  // Order
	KindCompanyCode          Kind = "company_code"           // CompanyCode
	KindReportFile           Kind = "report_file"            // ReportFile
	KindSignIn               Kind = "sign_in"                // SignIn
	KindTeamInvite           Kind = "team_invite"            // TeamInvite
	KindTest                 Kind = "test"                   // Test
)

// In all the data below, a field whose name ends in URL is an http or https
// address or empty; every other text is shown as it is, on one line unless its
// comment says otherwise, and never read as a template.

// Frame is what every mail has around its content.
type Frame struct {
	// Organisation is who writes.
	Organisation string
	// HomeURL is the organisation's public page, or empty.
	HomeURL string
	// UnsubscribeURL is the page on which to opt out of this sort of mail; empty
	// when nobody can.
	UnsubscribeURL string
}

// Occasion is what a mail is about: an event and the reader's sessions of it.
type Occasion struct {
	// Event is the event's title.
	Event string
	// EventURL is its public page.
	EventURL string
	// Sessions are in the order of time; most events have one.
	Sessions []Session
	// ViewerZone is the reader's own time zone, or empty.
	ViewerZone string
}

// Session is one sitting of an event.
type Session struct {
	// Title is the session's own title; empty when the event has only one.
	Title string
	// Start, End, Zone and AllDay are as in calendar.Entry.
	Start, End time.Time
	Zone       string
	AllDay     bool
	// Place is the venue with its address, or "Online".
	Place string
	// JoinURL is the reader's own page for joining; empty when only in a room.
	JoinURL string
	// Add are links for adding a copy to a web calendar, or nil.
	Add *calendar.AddLinks
	// CalendarURL is the session as a calendar file, or empty.
	CalendarURL string
}

// Confirmation says that a place is booked.
type Confirmation struct {
	Frame
	Occasion
	// Name is the attendee's.
	Name string
	// Product is the kind of place, such as "Member ticket"; may be empty.
	Product string
	// Order is the order's code; may be empty.
	Order string
	// ManageURL is where the attendee corrects, hands over or cancels the place.
	ManageURL string
	// TicketURL is the ticket with its QR code; empty for online events.
	TicketURL string
	// TicketQR is the Content-ID of the code's picture, among the message's Inline;
	// empty without one. TicketCode is what people say at the door instead.
	TicketQR, TicketCode string
	// AllSessionsURL is a calendar file with every session; empty for one session.
	AllSessionsURL string
	// FeedURL is the reader's own calendar feed with everything they are registered
	// for, or empty. It is only ever mailed: whoever has it reads the reader's mail.
	FeedURL string
	// Bring is what is good to know, such as what to bring; one thing each.
	Bring []string
	// Invited says that a calendar invitation comes with the mail.
	Invited bool
}

// ApplicationReceived says that somebody asked for a place and must wait.
type ApplicationReceived struct {
	Frame
	Occasion
	Name      string
	ManageURL string
	// Decision is when to expect an answer, in words such as "by Friday 4 December";
	// may be empty.
	Decision string
}

// ApplicationApproved says that the place is granted, and perhaps what it costs.
type ApplicationApproved struct {
	Frame
	Occasion
	Name      string
	ManageURL string
	// PayURL is where to pay; empty when the place is already booked.
	PayURL string
	// Price is the amount due, with its currency; empty when nothing is.
	Price string
	// PayBy is until when the place is kept, in words; empty when nothing is due.
	PayBy string
	// TicketURL, TicketQR and TicketCode are as in Confirmation.
	TicketURL, TicketQR, TicketCode string
	// Invited says that a calendar invitation comes with the mail.
	Invited bool
}

// ApplicationDeclined says that there is no place, and what else there is.
type ApplicationDeclined struct {
	Frame
	Occasion
	Name string
	// Reason is the organiser's own words, in paragraphs; may be empty.
	Reason string `mail:"lines"`
	// EventsURL lists other events; may be empty.
	EventsURL string
}

// Change is one thing that is no longer as it was.
type Change struct {
	// What names it: "Time", "Place", "Title".
	What string
	// Old is how it was; empty when it is new.
	Old string
	// New is how it is now; empty when it is gone.
	New string
}

// Updated says what changed. Occasion is how everything is now.
type Updated struct {
	Frame
	Occasion
	Name      string
	ManageURL string
	// Moved says that the time or the place is among the changes.
	Moved bool
	// Changes are the differences, the most important first.
	Changes []Change
	// Note is the organiser's own words, in paragraphs; may be empty.
	Note string `mail:"lines"`
	// Invited says that the mail carries a new version of the invitation.
	Invited bool
}

// CancelledByAttendee says that somebody gave their place back.
type CancelledByAttendee struct {
	Frame
	Occasion
	Name string
	// Refund says in one sentence what happens to the money; empty for free places.
	Refund string
}

// CancelledByOrganiser says that the organiser took a place back.
type CancelledByOrganiser struct {
	Frame
	Occasion
	Name string
	// Reason is the organiser's own words, in paragraphs; may be empty.
	Reason string `mail:"lines"`
	// Contact is the address to ask.
	Contact string
}

// AddressChanged says to an old address that everything goes to another one now.
type AddressChanged struct {
	Frame
	Occasion
	Name string
	// Contact is the address to ask, in case the reader did not do this.
	Contact string
}

// EventCancelled says that an event, or the sessions listed, will not take place.
type EventCancelled struct {
	Frame
	Occasion
	Name string
	// Reason is the organiser's own words, in paragraphs; may be empty.
	Reason string `mail:"lines"`
	// Refund says in one sentence what happens to the money; empty for free places.
	Refund string
	// EventsURL lists other events; may be empty.
	EventsURL string
}

// EventPostponed says that there is no date for now. Occasion has the old one.
type EventPostponed struct {
	Frame
	Occasion
	Name string
	// Reason is the organiser's own words, in paragraphs; may be empty.
	Reason string `mail:"lines"`
	// ManageURL is where the attendee keeps or gives back the place.
	ManageURL string
}

// HandedOverTo welcomes the person who was given somebody's place.
type HandedOverTo struct {
	Frame
	Occasion
	Name string
	// From is who had the place before.
	From      string
	ManageURL string
	// TicketURL, TicketQR and TicketCode are as in Confirmation.
	TicketURL, TicketQR, TicketCode string

	Bring []string
	// Invited says that a calendar invitation comes with the mail.
	Invited bool
}

// HandedOverFrom tells the person who gave a place away that it worked.
type HandedOverFrom struct {
	Frame
	Occasion
	Name string
	// To is who has the place now.
	To string
}

// Lead is how long before the start a reminder goes out.
type Lead string

// The leads.
const (
	LeadDay  Lead = "day"
	LeadHour Lead = "hour"
	LeadNow  Lead = "now"
)

// Reminder says that a session is near. Its Occasion has exactly that session.
type Reminder struct {
	Frame
	Occasion
	Name      string
	Lead      Lead
	ManageURL string
	TicketURL string
	Bring     []string
}

// SignIn carries a link that signs its reader in. The code that a second browser
// shows is never in a mail.
type SignIn struct {
	Frame
	LinkURL string
	// Minutes is for how long the link works.
	Minutes int
}

// TeamInvite asks somebody to join an organisation's team.
type TeamInvite struct {
	Frame
	// Inviter is who asks.
	Inviter string
	// Role is what the person may do, in words such as "organiser".
	Role    string
	LinkURL string
	// Expires is until when the link works, in words.
	Expires string
}

// Test proves that mail arrives.
type Test struct {
	Frame
	// SentBy is who pressed the button.
	SentBy string
	// Server is what sent it, in words such as "smtp.example.org, port 587".
	Server string
	// Invited says that a calendar invitation comes with the mail.
	Invited bool
}

// Order tells a buyer what became of an order.
type Order struct {
	Frame
	// Name is the buyer's.
	Name string
	// Event is the event's title, Code the order's code.
	Event, Code string
	// Title is the news in a line, Text in a paragraph.
	Title, Text string
	// Lines are what was ordered with its price; may be empty.
	Lines []string
	// OrderURL is the buyer's page, Action what its button says; without an action
	// the page is only mentioned.
	OrderURL, Action string
}

// CompanyCode proves that somebody reads a work address.
type CompanyCode struct {
	Frame
	// Code is six digits.
	Code string
}

// ReportFile brings a report that was asked for once and for all.
type ReportFile struct {
	Frame
	// Title is the report's, Period what it tells of: "1 to 30 November 2026".
	Title, Period string
	// Rows is how many rows it has, in words: "12 rows".
	Rows string
	// FileName is the attachment's.
	FileName string
	// ExportsURL is where all files stand and schedules are changed.
	ExportsURL string
}
