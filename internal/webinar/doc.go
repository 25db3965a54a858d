// Package webinar is the way from a confirmed place to the organiser's online
// room. Every place has a personal join page for each of its sessions; the page
// counts down, then offers a button, and the button records that the link was
// used and leads on to the organiser's address.
//
// The address is read when somebody joins and at no other moment. It appears in
// no mail, no calendar entry and no page, so an organiser can change rooms an
// hour before the start without writing to anybody, and a place that was given
// up at 18:29 opens nothing at 18:30.
//
// What a join page says is a pure function of a few facts and the time (Judge):
//
//	unknown        the token was not made here, or names nothing
//	replaced       the place went to somebody else, or a newer link was sent
//	not confirmed  the place awaits a decision, was declined or was given up
//	cancelled      the event or this session does not take place
//	postponed      the event has no date at present
//	too early      before start - join_opens_minutes
//	no room        it is time, but the organiser has given no address
//	open           from then until the end of the session
//	ended          later
//
// Looking never writes: mail scanners open every link within seconds. Using a
// link is not the same as having been there, so attendance made here has the
// level "link_used" and no more.
//
// Tables: join_event (append only), attendance. It reads registration, session,
// event, product_session and organisation.
//
// It refuses to show the address, to let anybody in early or late, and to log a
// token.
package webinar
