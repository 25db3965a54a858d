// Package ticketcode is about what a ticket's code says, how it is signed, and
// how it is checked without a network.
//
// # Number
//
// Each ticket has a number of 16 bytes: its identifier, enciphered under a key of
// its organisation (AES-128, one block). Numbers look random, so nobody finds one
// by knowing others; the server reads the identifier back and keeps nothing. Lists
// on tablets carry only the first 16 bytes of a number's SHA-256 (Hash), so a
// copied list holds no usable ticket.
//
// # Two codes
//
//	signed  "1:" + base32( key id (1) | event mark (4) | number (16) | Ed25519 signature (64) )   138 characters
//	short   base32( number )                                                                       26 characters
//
// Base32 is that of RFC 4648 in upper case without padding: with ":" these are
// the characters that QR codes pack most tightly and that scanners which act as
// keyboards do not garble. Reading ignores case and space around the code.
//
// The signature is over "lanyard ticket" and the 21 bytes before it. A tablet
// checks it with the event's public key and so tells a ticket that was sold after
// its last sync from a forgery; it is Ed25519 and no MAC, because whoever steals
// a tablet must not be able to make tickets. The event mark is the first four
// bytes of the SHA-256 of "lanyard event" and the event's identifier; it tells
// another event's ticket from a forgery. Badges carry the short code, which
// reads better at two centimetres: it is good only where the list knows it.
//
// # Keys
//
// All keys follow from one secret, by HKDF (RFC 5869), for an organisation, an
// event and a key id. A new key id is a new key.
//
// It has no tables, reads no clock, and never says whether a ticket is valid:
// that is for the list to say.
package ticketcode
