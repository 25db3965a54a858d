// Package notify decides which message goes to whom and when.
//
// It subscribes to the outbox: a fact about a registration becomes a mail; a fact
// about an event becomes a job that goes through everybody who comes. What people
// have in their calendars is compared with what is true now (calendar.Supersede),
// so two edits in a row become one mail, and a mail is made only when its reader
// would see a difference.
//
// Buyers who go on to pay are asked for the money only when five minutes later the
// order still can be paid.
//
// A message is made once: rendered, signed and stored as bytes under a key that
// is unique for ever, in the transaction of the fact. Every try sends exactly
// these bytes. Delivery is at least once, identical, and recognisable as the same
// mail by its Message-ID; exactly once is not to be had from SMTP.
//
//	waiting ──► sent ──► bounced   it came back, see inbound.go
//	   ├──────► failed   the address refused it, or a week of tries was in vain
//	   └──────► skipped  too late to be of use, or the person asked for quiet
//
// Mail that cannot be delivered comes back to an address that names the message
// and is sealed, so that nobody can report what did not happen. An address that
// does not exist, and one from which three mails came back, gets nothing more until
// an organiser sends a confirmation again or the person gives another one. Who
// complains gets no more reminders. Nothing that comes in is ever answered.
//
// Invoices are asked for in four steps, from three days before they are due to three
// weeks after, on working days, and no more once the money has come.
//
// Three queues keep a receipt from waiting behind two thousand reminders.
//
// Tables: message, calendar_invite, suppression.
// It refuses to put personal data into jobs, and the organiser's meeting address
// into anything.
package notify
