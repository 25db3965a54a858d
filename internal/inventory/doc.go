// Package inventory is what people can have and how many of it. It is the only
// place where seats are taken and given back.
//
// A product is something people register for; a pool is a number of seats. One
// place of a product takes one seat from each of its pools, so a product can be
// had only while every one of them has room, and a product without a pool cannot
// be had at all. Pools of sessions belong to every product that includes the
// session.
//
// A taken seat is a row of table claim: a pool, a registration and, while it is
// only held in a basket, an expiry by the database's clock. The columns sold and
// held of table pool are the materialised counts of these rows. Only this package
// writes either, always in one transaction and under the pool's row lock, taken
// in ascending id; the constraint pool_never_over holds whatever the code does,
// and Check compares counts with rows.
//
// Lapsed claims are removed by whoever next finds the pool full. No sweeper has
// to be on time for a seat to be free again.
//
// Prices and codes are here too: a quote (QuoteTx) works out what units cost, a phase's
// places and a code's uses are counted like seats, by one writer in the transaction
// that takes or gives back. Locks are taken in this order: phases, pools, codes. What
// was sold keeps its price: nothing here knows it any more.
//
// Tables: pool, product, product_session, product_pool, product_needs, claim,
// event_currency, price_phase, code, code_product, company, company_domain.
// It refuses to know about people, payments and orders.
package inventory
