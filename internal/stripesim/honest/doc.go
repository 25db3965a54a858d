// Package honest keeps the payment simulator honest, in tests. Whatever goes
// through its Tee is also put to stripe-mock, which is Stripe's own stand-in and
// knows every parameter of the API's version, and every answer and webhook is held
// against Stripe's published schema of the same version.
//
// stripe-mock has no memory, so only what a request looks like is compared, never
// what it does. The package starts no process and opens no port of its own but the
// loopback ones of httptest.
package honest
