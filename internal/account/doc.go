// Package account is about organisations, the people in their teams, sign-in
// and the audit log. It defines Actor, the one who does something, which every
// other domain takes.
//
// # Tables
//
// organisation, person, member, team_invitation, sign_in_link, sign_in,
// setup_link, audit_entry. A person belongs to no organisation; member says who
// is on whose team, as what, and limited to which events. Attendees are no
// persons: they act by secret links.
//
// # Signing in
//
// There are no passwords. The pages keep one secret per browser in a cookie (see
// BrowserCookie) and call, in this order:
//
//	POST address        RequestSignIn(email, browser secret, next): mails a link.
//	                    Five an hour for one address; the sixth is dropped in
//	                    silence. A person is only made when a link is spent, so
//	                    known and unknown addresses take the very same path.
//	GET  link           OpenSignIn(token, browser secret): looks and spends
//	                    nothing, because mail scanners open links. The page has
//	                    a button.
//	POST link           SpendSignIn(token, browser secret). In the browser that
//	                    asked it answers with a session. In any other it answers
//	                    with a code of six digits and signs nobody in: whoever
//	                    sends his own link to a victim gains nothing.
//	POST code           SpendCode(browser secret, code) in the browser that asked.
//	                    Five tries a link, twenty a day for one address.
//
//	asked ──opened elsewhere──► code shown
//	  │                            │
//	  └──POST, same browser──► spent ◄──code typed in the first browser
//
// A link lives 15 minutes and is spent once. Every sign-in gets a fresh random
// session of which the database keeps the SHA-256; it ends after eight idle
// hours (half an hour for people who work with money), after seven days, when
// it is revoked, and when the person's role changes or the person leaves a team.
// SetCookie and ClearCookie carry it to the browser and Authenticate reads it
// back, together with the roles as they are at that moment, in one query.
//
// # Other ways in
//
// A setup link from the command line lets one person in, once. One made for
// nobody in particular lets the first owner name themselves. An invitation needs
// no secret: it is bound to an address and a role when it is made, and whoever
// has signed in with that very address accepts it.
//
// # What it refuses to do
//
// It never takes the last owner off an organisation, keeps no token in clear,
// never tells whether an address is known, redirects nowhere but to its own
// paths, and changes no audit entry.
package account
