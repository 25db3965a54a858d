// Package bank keeps what an organisation's bank statements say, and what
// explains each line of them.
//
// An import takes a statement as a whole or refuses it: the file has to be in
// order (package statement), of a known account and its currency, and must go on
// where the statements before ended. Lines that are there already, since
// statements overlap or a file came twice, are passed over. A line is known by the
// bank's own id, its day and its amount; without an id by its day, amount, text
// and its place among lines that are equal in these.
//
// Each new line is booked at once: the bank account goes up or down, against
// bank_suspense with the line as reference (J9). Explaining a line moves what is
// in suspense on:
//
//	line  open ─► partly explained ─► explained        (always by the ledger's balance)
//	           ◄─                  ◄─   Unmatch, by a journal that reverses
//	match: to a payout     payout_transit[po]
//	       to an order     receivable[order]; the order's owner then confirms it
//	       to other things bank_other[what for], none of the ticket shop's business
//
// The program matches by itself where one thing and only one fits: a payout by
// amount, currency, the days around its arrival and the bank's words, an order by
// its code or its invoice's number in the text and the exact amount. Two payouts
// of the same amount on the same day are left to people.
//
// Tables: bank_account, bank_statement, bank_line, bank_match.
// What stays in suspense is an open item like any other: package reconcile writes
// it off, by two people.
// It refuses to match by amount alone, to explain more than a line has, to change
// or remove a line, and to keep a balance beside the ledger's.
package bank
