// Package statement reads bank statements: CAMT.053 (ISO 20022 XML, versions 02
// to 08), OFX 1 and 2, MT940, BAI2, and the CSV files that banks' websites give.
//
// Read goes through a file once and hands out each line as it comes, so memory
// stays the same however long a file is: what is unbounded in the formats (a
// field, a record, the nesting of elements, the details of a batch) has a bound
// here. All formats give the same Line and the same Statement.
//
// A file is taken or refused as a whole. It is refused with an *Error that names
// the line in the file, the field and the reason when it ends in the middle, has
// bytes that are not of its encoding, holds a number, date or currency that is
// none, or when its opening balance and its lines do not add up to its closing
// balance. What was handed out before an error must not be used.
//
// Dates are calendar days, as midnight UTC. Amounts are in minor units and count
// from the account holder's side: above zero came in, below zero went out.
//
// Entries that a bank announces but has not booked (pending, information) are
// left out. The package reads nothing but the file it is given: it knows no
// accounts and has no tables, and it never guesses a currency or a date order
// that the file does not settle.
package statement
