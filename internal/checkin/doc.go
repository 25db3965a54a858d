// Package checkin is about the door: check-in lists, scans, admissions, the
// numbers and lists that follow from them, and what tablets know.
//
// # Judging
//
// Judge is one pure function from facts to an answer. The server and the tablets'
// program both have it and testdata/verdicts.json holds them to the same answers.
// A tablet answers at once from its own copy and reports the scan afterwards.
//
// # Scans are facts
//
// A scan has an id made by the tablet; sent twice it counts once and gets its
// first answer again. Scans are never changed or removed. Whoever a tablet has let
// in is inside, whatever the server would have said, because a roll-call asks for
// people and not for tickets; contradictions are reported (Conflicts). An undo is
// a scan of its own that names the other.
//
//	live:     judge ─► admission's primary key decides ─► scan stored
//	together: ordinary entries that wait at the same moment share one such transaction
//	uploaded: what was told stands ─► scan stored ─► admission worked out anew
//	void:     lock admission ─► scan stored ─► admission worked out anew
//
// An admission is a function of the scans that went through the door (follow), so
// the order in which tablets report does not change what is known in the end. Only
// the live path writes it directly: one row for a list, a ticket and a day, so of
// two gates at the same moment one inserts and the other finds the row.
//
// # Clocks
//
// A tablet's clock may be wrong by years. It counts with its offset to the
// server's only, bounded by the day before the doors open and the moment of
// receipt, and never decides about validity once an offset is known.
//
// # Sync
//
// A tablet asks for what changed since a cursor. Cursors count transactions, see
// syncCursor for why nothing is missed. Registrations carry the transaction of
// their last change by a trigger, whichever program changes them; scans carry
// theirs. Rows hold the least: no addresses, hashes in place of ticket numbers,
// answers only where a list shows them, and no names once a ticket is withdrawn.
//
// # Tables
//
// check_in_list, ticket_key, staff_pin, door_settings, scan (append only),
// admission, spare_ticket, roll_call_tick (append only), print_job; the view
// check_in_list_product. It reads registration, orders, product, event, session,
// question and device.
//
// # What it refuses to do
//
// It never refuses to store a scan that happened, tells a tablet nothing of lists
// that are not its own, counts nobody whose ticket does not exist, keeps no PIN,
// and prints no second first badge.
package checkin
