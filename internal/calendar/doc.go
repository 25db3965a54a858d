// Package calendar turns plain values into iCalendar bytes (RFC 5545, 5546, 7986)
// and add-to-calendar links. It is the only importer of golang-ical.
//
// Three kinds of object leave it:
//
//   - [Build] makes the part of a mail that puts one session into one person's
//     calendar (METHOD:REQUEST), moves it (REQUEST again, same UID, higher
//     SEQUENCE) or takes it out (METHOD:CANCEL).
//   - [Download] makes a file that anybody may import (METHOD:PUBLISH, nobody
//     invited).
//   - [Feed] makes a calendar that programs subscribe to (no METHOD).
//
// The package never reads the clock: every instant comes in with the values, so
// the same values always give the same bytes and a mail can be sent again
// unchanged. What it writes is parsed again and checked by [Lint] before it is
// handed out; a failure there is an error, never a slightly wrong file.
//
// Text from people is cleaned in one place (clean.go). Values that could carry a
// second property (addresses, links, zone names, identifiers) are refused with a
// fault that names the field.
//
// It has no tables. It refuses to write recurrence rules, attachments, and more
// than one attendee; it writes no reminder for all-day entries, because a quarter
// of an hour before midnight helps nobody; it does not read calendars that others
// wrote.
package calendar
