// Package rpc serves the contract: a file and a struct per protobuf service, and
// around them what every call needs.
//
// # A call
//
//	HTTP      route, log line, GET only for public reads
//	gate      rate limit; "signed in" where the rule asks for it: before decoding
//	decode    at most 256 KiB, imports 15 MiB; unknown JSON fields are refused
//	errors    faults become Connect errors with a Problem; everything else
//	          becomes "internal error", with the chain in the log
//	recover   a panic is such an error
//	policy    the rule in the contract, the actor's role as it is now
//	validate  the protovalidate rules of the request
//	handler   decode, call one domain, encode
//
// Who calls is found out before, by HTTP middleware (account.Authenticate), in
// the same query that reads the roles; so a role that was taken away a moment ago
// is gone from the next call.
//
// # Adding a service
//
// Write a struct with the generated handler interface's methods in a file named
// after the area, give it what it needs from Deps, and mount it in services.go.
// Methods read ids with a reader, call the domain with account.ActorFrom(ctx) and
// Key(ctx, req), return the domain's error as it is, and decide nothing else.
//
// # What it refuses to do
//
// New fails when a mounted method has no rule, or one that names fields that its
// request does not have. Nothing here decides about business state, and nothing
// below it knows protobuf. It has no tables.
package rpc
