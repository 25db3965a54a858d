// Package reconcile explains every penny that Stripe paid out.
//
// It mirrors Stripe's balance transactions (here: rows) and payouts, books each
// row once in the ledger by its reporting category, and reads from the ledger's
// clearing accounts what is matched and what is open. There is no second truth
// beside the ledger: an exception is a reference of a clearing account that does
// not come to zero.
//
// Four joins lead from an order to the bank:
//
//	A  order   ↔ payment  receivable
//	B  payment ↔ Stripe   stripe_pending, refund_pending, dispute_held, stripe_suspense
//	C  Stripe  ↔ payout   the rows that a payout lists, against its amount
//	D  payout  ↔ bank     payout_transit, bank_suspense
//
// Rows arrive page by page, newest first, from a window that overlaps the one
// before. A page, its journals and the place to go on from are one transaction,
// so that a program that dies in the middle goes on there.
//
//	row     seen ─► booked; in suspense ─► placed, once a rule or a payment explains it
//	payout  in_transit ─► paid ─► failed; its rows are listed once Stripe says that they are complete
//	month   open ─► closed (proofs P1 to P9 green, signed snapshot) ─► open again, by two people
//
// Nine proofs stand before a month is closed; each is a query that returns the
// rows that contradict it, and green means none.
//
// Tables: stripe_row, stripe_payout, stripe_scan, stripe_balance_seen,
// stripe_recount, stripe_recount_row, stripe_rule, open_item_note,
// open_item_write_off, month_close.
// It refuses to guess amounts, to match by amount alone, to book a row twice, and
// to close a month that a proof contradicts. It takes no seats and moves no
// money. Bank statements are another room's: it asks for their closing balances.
package reconcile
