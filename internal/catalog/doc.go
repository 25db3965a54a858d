// Package catalog knows what people can come to: events, their sessions, and
// the public programme.
//
// # Tables
//
// event, session and event_slug are written here and nowhere else. The public
// lists also read organisation (for names) and inventory's view event_room (for
// "places left").
//
// # Where an event stands
//
//	          Publish            CloseSales
//	draft ───────────► published ◄────────► sales_closed
//	  │                 │  ▲  │  ReopenSales   │
//	  │        Postpone │  │  │ Cancel         │ Postpone, Cancel
//	  │                 ▼  │  │                │
//	  │        postponed ──┘  │  ◄─────────────┘
//	  │           │    Move   ▼
//	  │           └──────► cancelled
//	  │            Cancel     │
//	  └──────────► archived ◄─┘◄── ended
//	     Archive
//
// Move gives an event other times and leaves its state alone, except that a
// postponed event is published again by it: it is rescheduled. "Rescheduled" is
// thus no state but something that happened; the audit log and the fact
// event.moved tell of it.
//
// "Ended" is not stored either. An event that is published or has its sales
// closed is ended once its last session is over, by the clock of whoever looks.
// Ended events cannot be moved, postponed or cancelled: they took place.
//
// An archived event is hidden from everybody but its organisers, for good.
// A cancelled event stays public, so that whoever comes by its address learns
// of it. A postponed event has no date: its old times stay in the row so that a
// move knows the distances between its sessions, and mean nothing else.
//
// # Time
//
// The wall time and the IANA zone are what organisers mean; instants follow
// from them. Start, end and the moment registration closes are derived from the
// live sessions in the transaction that changes a session. All sessions of an
// event share its zone. All-day sessions hold midnights: the first day's, and
// the one after the last day.
//
// A wall time that the clocks skip is refused; one that they repeat means the
// first, unless the caller chooses the second. Days always begin somewhere, so
// an all-day session begins at its first existing moment.
//
// # What follows from a change
//
// Each change writes an audit entry with what was and what is, and appends the
// facts that mails and calendar entries follow from; see Fact… in facts.go.
// Drafts cause no facts, because nobody can have registered.
//
// # What it refuses to do
//
// It takes no seats and knows no registrations. It never gives the address at
// which a webinar takes place to the public lists. It does not delete: an event
// with a history is archived, an address that was ever used keeps redirecting.
package catalog
