// Package stripesim is a Stripe that lives in the same process: stateful,
// deterministic, for tests and for whoever tries Lanyard without an account at
// Stripe. It speaks the API of 2023-10-16 as far as the product uses it, shows a
// hosted checkout page at /c/pay/{session}, sends signed webhooks, pays out, and
// breaks things on demand.
//
// State: accounts, and in each of them sessions, intents, charges, refunds,
// disputes, fraud warnings, balance rows, payouts, events, webhook endpoints,
// deliveries and remembered answers to idempotent requests. All of it is kept in
// memory and, when a path is given, in a file of JSON lines.
//
// Lives of the objects:
//
//	session  open -> complete | expired
//	intent   requires_payment_method -> requires_action -> processing -> succeeded | canceled
//	charge   pending -> succeeded | failed; a declined card leaves a failed charge
//	refund   pending -> succeeded -> failed; or succeeded at once
//	dispute  warning_needs_response -> warning_closed; needs_response -> under_review -> won | lost
//	payout   in_transit -> paid -> failed
//
// Time is the caller's clock and what Advance has added to it. Whatever is due
// happens, in the order of its due times, before the next request is looked at.
//
// It refuses to listen on anything but the loopback interface, to answer a key
// that does not start with sk_test_sim_, and to pretend: a parameter that it does
// not simulate is an error, never silently ignored. It moves no money.
package stripesim
