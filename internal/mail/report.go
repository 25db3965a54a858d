package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strings"

	"github.com/emersion/go-message"
)

// ReportKind is what a mail that came back tells about one that we sent.
type ReportKind string

// The kinds of report.
const (
	// NoReport is everything else: what people and their holiday replies write.
	NoReport ReportKind = "none"
	// BounceHard says that the address does not exist or is closed.
	BounceHard ReportKind = "hard"
	// BounceSoft says that the message did not arrive, and that another one may.
	BounceSoft ReportKind = "soft"
	// BounceRefused says that the message was refused for what it is or for who
	// sends it. It says nothing about the address.
	BounceRefused ReportKind = "refused"
	// Complaint says that the reader called the message unwanted.
	Complaint ReportKind = "complaint"
)

// Report is what a mail that came back says.
type Report struct {
	Kind ReportKind
	// Status is the detailed status, such as "5.1.1"; empty for complaints.
	Status string
	// Sender is the envelope sender of the message that is complained about, as the
	// report has it; empty for bounces and where the reporter leaves it out.
	Sender string
}

// maxReport is how long a report may be. It may hold the whole message that it is
// about, and ours are far smaller.
const maxReport = 4 << 20

// ReadReport reads a delivery status notification (RFC 3464) or a feedback report
// (RFC 5965) about a message that went to recipient. Whatever is not clearly one
// of them is NoReport: a reply by a person or a machine must never count as a
// bounce. A notice that delivery takes longer, or that it succeeded, is NoReport
// too. An error means that the bytes are no mail at all.
func ReadReport(raw []byte, recipient string) (Report, error) {
	none := Report{Kind: NoReport}
	if len(raw) > maxReport {
		return none, fmt.Errorf("mail of %d bytes is too long to be a report", len(raw))
	}
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil && !tolerable(err) {
		return none, fmt.Errorf("read mail: %w", err)
	}
	kind, params, err := e.Header.ContentType()
	if err != nil || kind != "multipart/report" {
		return none, nil
	}
	switch strings.ToLower(params["report-type"]) {
	case "delivery-status":
		groups, err := reportFields(e, "message/delivery-status", "message/global-delivery-status")
		if err != nil || len(groups) < 2 {
			return none, err
		}
		return bounce(groups[1:], recipient), nil // the first is about the whole message
	case "feedback-report":
		groups, err := reportFields(e, "message/feedback-report")
		if err != nil || len(groups) == 0 {
			return none, err
		}
		return complaint(groups[0]), nil
	}
	return none, nil
}

// maxGroups bounds the groups of fields in a report; we write to one person at a
// time, and an alias of theirs may stand for a few.
const maxGroups = 100

// reportFields returns the groups of fields of e's part of one of these types.
func reportFields(e *message.Entity, types ...string) ([]textproto.MIMEHeader, error) {
	parts := e.MultipartReader()
	if parts == nil {
		return nil, nil
	}
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil && !tolerable(err) {
			return nil, fmt.Errorf("read the report's parts: %w", err)
		}
		kind, _, err := part.Header.ContentType()
		if err != nil {
			continue
		}
		for _, t := range types {
			if kind == t {
				return readGroups(part.Body)
			}
		}
	}
	return nil, nil
}

// readGroups reads groups of header fields with blank lines between them.
func readGroups(body io.Reader) ([]textproto.MIMEHeader, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	var groups []textproto.MIMEHeader
	for block := range bytes.SplitSeq(text, []byte("\n\n")) {
		if block = bytes.Trim(block, "\n"); len(block) == 0 {
			continue
		}
		if len(groups) == maxGroups {
			break
		}
		// What comes before a line that is no field still counts.
		h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(block, "\n\n"...)))).ReadMIMEHeader()
		groups = append(groups, h)
	}
	return groups, nil
}

// bounce weighs what the report says about each recipient: the worst counts.
func bounce(recipients []textproto.MIMEHeader, to string) Report {
	worst := Report{Kind: NoReport}
	for _, h := range recipients {
		r := bounceOf(h, to)
		if weight[r.Kind] > weight[worst.Kind] {
			worst = r
		}
	}
	return worst
}

var weight = map[ReportKind]int{NoReport: 0, BounceRefused: 1, BounceSoft: 2, BounceHard: 3}

// bounceOf reads one recipient's group.
func bounceOf(h textproto.MIMEHeader, to string) Report {
	if !strings.EqualFold(strings.TrimSpace(h.Get("Action")), "failed") {
		return Report{Kind: NoReport} // delayed, delivered, relayed, expanded
	}
	status := statusOf(h.Get("Status"))
	switch {
	case status == "":
		return Report{Kind: BounceSoft}
	case strings.HasPrefix(status, "5.7."), strings.HasPrefix(status, "5.6."), status == "5.1.7", status == "5.1.8":
		return Report{BounceRefused, status, ""}
	case badAddress(status) && isAbout(h, to):
		return Report{BounceHard, status, ""}
	}
	return Report{BounceSoft, status, ""}
}

// isAbout reports whether a group is about the address that we wrote to. An alias
// may stand for several, of which one is dead; that does not make the alias dead.
func isAbout(h textproto.MIMEHeader, to string) bool {
	named := false
	for _, field := range []string{"Original-Recipient", "Final-Recipient"} {
		kind, address, found := strings.Cut(h.Get(field), ";")
		if !found || !strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
			continue
		}
		named = true
		if sameAddress(strings.Trim(address, " \t<>"), to) {
			return true
		}
	}
	return !named
}

// sameAddress compares addresses as people mean them: without case, and with the
// domain in either spelling.
func sameAddress(a, b string) bool {
	if x, err := ASCII(a); err == nil {
		a = x
	}
	if x, err := ASCII(b); err == nil {
		b = x
	}
	return strings.EqualFold(a, b)
}

// statusOf returns the three numbers that a status begins with, or "" where there
// are none that mean a failure.
func statusOf(field string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(field), " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != "4" && parts[0] != "5" {
		return ""
	}
	for _, p := range parts {
		if len(p) < 1 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return word
}

// badAddress reports that a status says that the recipient's address does not
// exist or is closed. 5.1.7 and 5.1.8 are about the sender's.
func badAddress(status string) bool {
	if status == "5.1.7" || status == "5.1.8" {
		return false
	}
	return strings.HasPrefix(status, "5.1.") || status == "5.2.1"
}

// complaint reads a feedback report. Reports that somebody called a message wanted
// after all, and types that nobody has defined yet, are no complaints.
func complaint(h textproto.MIMEHeader) Report {
	switch strings.ToLower(strings.TrimSpace(h.Get("Feedback-Type"))) {
	case "abuse", "fraud", "virus", "opt-out", "opt-out-list":
	default:
		return Report{Kind: NoReport}
	}
	return Report{Kind: Complaint, Sender: strings.Trim(h.Get("Original-Mail-From"), " \t<>")}
}
