// Package money counts money in whole minor units of one currency.
//
// An amount is an int64 number of minor units and an ISO 4217 code; nothing
// here is a float. Minor units are counted as Stripe counts them, which for a
// few currencies is not what ISO 4217 says, so that an amount means the same
// number in the database, in a request and on an invoice. Arithmetic is
// checked: two currencies never mix, and an overflow is an error, not a wrong
// sum. Dividing always says who gets the odd penny: see Split, Rate and
// RefundShare.
//
// The package has no tables. It refuses to convert between currencies, since it
// knows no rates.
package money
