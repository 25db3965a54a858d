// Package payment takes money for orders through Stripe, gives it back, and
// tells the order's owner what became of it.
//
// An attempt is one Checkout Session, a payment is one charge that succeeded, a
// refund is money on its way back, a dispute is a bank taking it back.
//
//	attempt   creating ─► open ─► processing ─► succeeded
//	             │         │           └──────► failed
//	             │         └─► expired, superseded, succeeded
//	             └─► abandoned (Stripe never made the session)
//	refund    requested ─► submitting ─► pending, requires_action ─► succeeded
//	             └──────────────┴───────────────┴─► failed, canceled ◄──┘
//	dispute   as Stripe names its statuses; won and lost are final
//
// An order has at most one attempt that is creating, open or processing. Each
// write at Stripe has a committed row first, and an idempotency key made from
// it, so that a program that died in between does the same again.
//
// There is one way in which Stripe's state becomes ours: fetch the object, then
// apply it in one transaction, guarded by the version of its row in
// stripe_object. Webhook, return page, sweeper and poller all take it, so the
// order in which news arrive means nothing and hearing them twice does nothing.
//
// Money that arrives is booked whatever it is for. What does not fit (no such
// order, another amount, currency or account) is booked, confirms nothing and
// becomes a task for people.
//
// Seats and orders belong to package booking: Hooks tell it, inside the settling
// transaction. Whoever releases seats asks CloseOff first, because only Stripe
// knows that nobody is paying just now.
//
// Tables: payment_account, payment_attempt, payment, payment_refund,
// payment_dispute, payment_task, stripe_object, stripe_event. None of them
// refers to orders by a foreign key, because money is kept whatever it names,
// and nothing in the first five is ever deleted.
//
// It refuses to believe what a webhook says beyond an object's id, to release a
// seat, to guess amounts, and to keep card or buyer details beyond the last four
// digits.
package payment
