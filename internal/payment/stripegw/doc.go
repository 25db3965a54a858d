// Package stripegw is the one place that speaks with Stripe, through stripe-go
// v76 and its API version 2023-10-16.
//
// Each call names the account it is for: "" is the operator's own, others go out
// with the Stripe-Account header. Writes take the idempotency key that the caller
// made from a committed row. Answers are plain values with what Lanyard uses, so
// that Stripe's types and their habits stop here; failures are a *Problem, whose
// Kind says whether the call may have had an effect.
//
// It has no tables, keeps no state and never retries by itself what may have
// been carried out, except with the same key.
package stripegw
