package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"
)

// Preview is a stored message as people look at it.
type Preview struct {
	// Headers are all header fields, decoded, in their order.
	Headers []Header
	// From, To and ReplyTo are as a mail program shows them.
	From, To, ReplyTo string
	// Subject is decoded.
	Subject string
	// MessageID has no angle brackets.
	MessageID string
	// Date is zero when the message has none that can be read.
	Date time.Time
	// Text, HTML and Calendar are the alternatives, decoded; Calendar is the
	// calendar object and Method what it does.
	Text, HTML, Calendar, Method string
	// Attachments are the remaining parts.
	Attachments []Attachment
}

// Header is one header field.
type Header struct {
	Name  string
	Value string
}

// The bounds of a message that is read.
const (
	maxMessage = 32 << 20
	maxParts   = 100
	maxDepth   = 10
)

// Parse reads the bytes of a message. It is meant for our own messages and never
// trusts them: sizes, parts and nesting are bounded.
func Parse(raw []byte) (Preview, error) {
	var p Preview
	if len(raw) > maxMessage {
		return p, fmt.Errorf("message of %d bytes is too long to show", len(raw))
	}
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil && !tolerable(err) {
		return p, fmt.Errorf("read message: %w", err)
	}
	h := gomail.Header{Header: e.Header}
	p.From, p.To, p.ReplyTo = addresses(h, "From"), addresses(h, "To"), addresses(h, "Reply-To")
	p.Subject = decoded(h.Get("Subject"))
	p.MessageID = strings.Trim(h.Get("Message-Id"), "<> ")
	// A date that cannot be read is shown as none; the header itself is shown too.
	p.Date, _ = h.Date()
	for f := h.Fields(); f.Next(); {
		p.Headers = append(p.Headers, Header{f.Key(), decoded(f.Value())})
	}
	parts := 0
	return p, p.walk(e, 0, &parts)
}

// walk sorts the parts of e.
func (p *Preview) walk(e *message.Entity, depth int, parts *int) error {
	if *parts++; *parts > maxParts || depth > maxDepth {
		return errors.New("message has too many parts to show")
	}
	if r := e.MultipartReader(); r != nil {
		for {
			part, err := r.NextPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil && !tolerable(err) {
				return fmt.Errorf("read part %d: %w", *parts, err)
			}
			if err := p.walk(part, depth+1, parts); err != nil {
				return err
			}
		}
	}
	body, err := io.ReadAll(e.Body)
	if err != nil {
		return fmt.Errorf("read part %d: %w", *parts, err)
	}
	p.add(e, body)
	return nil
}

// add files a part that is no multipart.
func (p *Preview) add(e *message.Entity, body []byte) {
	kind, params, err := e.Header.ContentType()
	if err != nil {
		kind = "application/octet-stream"
	}
	disposition, about, err := e.Header.ContentDisposition()
	name := about["filename"]
	if err != nil || name == "" {
		name = params["name"]
	}
	switch {
	case disposition == "attachment":
	case kind == "text/plain" && p.Text == "":
		p.Text = string(body)
		return
	case kind == "text/html" && p.HTML == "":
		p.HTML = string(body)
		return
	case kind == "text/calendar" && p.Calendar == "":
		p.Calendar, p.Method = string(body), params["method"]
		return
	}
	p.Attachments = append(p.Attachments, Attachment{Name: decoded(name), ContentType: kind, Bytes: body})
}

// tolerable reports that only a part's encoding is unknown: it is shown as it is.
func tolerable(err error) bool {
	return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

// decoded turns encoded words into text, or returns s when they are broken.
func decoded(s string) string {
	var d mime.WordDecoder
	if t, err := d.DecodeHeader(s); err == nil {
		return t
	}
	return s
}

// addresses shows an address header with its names decoded.
func addresses(h gomail.Header, name string) string {
	list, err := h.AddressList(name)
	if err != nil {
		return decoded(h.Get(name))
	}
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Address
		if a.Name != "" {
			out[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(out, ", ")
}
