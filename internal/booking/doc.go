// Package booking is about taking part: the form, baskets, orders and
// registrations.
//
// An order has one line for each attendee; the line is the registration. A
// basket is an order whose seats are only held: its registrations have no names
// yet, and it lapses by the database's clock. Placing it, or placing an order
// without a basket, makes its registrations confirmed, or applications where a
// person decides.
//
// A registration's states:
//
//	held ──────────────► confirmed ──► cancelled
//	  │                     ▲    └───► transferred (a successor has the seat)
//	  └─► lapsed            │
//	awaiting_approval ──────┘
//	  └─► declined, cancelled
//
// Seats belong to package inventory. A held or confirmed registration has them;
// an application has none until it is approved.
//
// Attendees have no account. A secret link (package link) opens one
// registration; its version moves on when the place is handed over, so that the
// old link ends.
//
// Every request that takes seats goes through one inventory.Committer, in
// batches; see place.go. Repeats are answered from orders.request_id there, and
// from package replay elsewhere.
//
// Tables: form, question, orders, registration.
// It refuses to send anything: it appends facts, and others act on them.
package booking
