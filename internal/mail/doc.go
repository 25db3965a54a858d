// Package mail writes, signs and sends e-mail.
//
// A mail passes through four steps, each of which can be looked at by itself:
//
//   - [Render] turns a kind and its typed data into subject, text and HTML.
//   - [Compose] turns these, and perhaps an invitation, into the bytes of a
//     message. The same [Message] always gives the same bytes.
//   - [Signer.Sign] puts a DKIM signature in front of them.
//   - A [Sender] hands the bytes to a server; [SMTP] does, [Mailbox] only says so,
//     and [Parse] reads stored bytes back for people to look at.
//
// Whoever decides to send stores the signed bytes before the first attempt, so
// that each further attempt sends exactly the same: at least once, identical, and
// with the same Message-ID.
//
// It has no tables, reads no clock except for the signature's timestamp and
// connection time-outs, and decides nothing about who gets mail. It refuses header
// values with line breaks, addresses that need more than ASCII before the @, more
// than one recipient, and more than one calendar object in a message. Nothing in
// its mails is loaded from a server, and nothing in them tracks anybody.
package mail
