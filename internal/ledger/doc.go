// Package ledger is the double-entry journal and the invoices and credit notes.
//
// A journal is a dated set of postings that add up to zero in each currency. A
// posting debits (above zero) or credits (below) one account and names what it
// is about: an order, a charge, an event. What somebody owes, what is on its
// way, what is unexplained are sums over postings and are stored nowhere else.
// An account that only passes money on is a clearing account: each of its
// references has to come to zero, and those that do not are the open items.
//
// PostgreSQL enforces the rules, whatever this or any other program does:
//
//	L1  a journal has two lines or more and sums to zero in each currency
//	L2  that check is not got around by running it early
//	L3  nothing is changed or removed
//	L4  a committed journal (or document) takes no more lines
//	L5  a journal's source counts once
//	L6  a closed month gets nothing new, not even from a writer already under way
//	L7  months close in order; only the last closed one opens again, by two people
//	L8  postings stay within their organisation, and in their account's currency
//	L9  a reversal mirrors one journal exactly, once
//	L10 documents are numbered without gaps
//
// These are triggers and constraints. Lanyard's database role owns its tables,
// so whoever has the program's own access to the database could disable a
// trigger by name; there is no second role to stop that. Posing as a replica
// does not get around them.
//
// A journal or document whose day lies in a closed month is booked on the first
// day of the first open month, and says its own day: a journal in its memo, a
// document in its tax point.
//
// Documents (invoice, simplified invoice, credit note) are copies: of the
// supplier, the customer and the lines as they were. They are never re-rendered
// and outlive whatever they were made from; erasing a person does not touch
// them. A credit note takes back the stored figures of its invoice's lines and
// never more than is left of each.
//
// Tables: acct_period, ledger_account, journal, posting, document_series,
// document, document_line, document_file, and the view open_item.
// It refuses to know about Stripe, and to guess: an amount comes from a caller.
package ledger
