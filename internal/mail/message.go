package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
)

// Message is everything that goes into the bytes of one mail.
type Message struct {
	// ID is the Message-ID without angle brackets, unique for ever.
	ID string
	// Date is when the mail was written, not when it is sent.
	Date time.Time
	// From is the sender; for an invitation it must be the organiser's address.
	From Address
	// To is the one recipient.
	To Address
	// ReplyTo is who reads answers; without an address the header is left out.
	ReplyTo Address
	// Subject is one line.
	Subject string
	// Text is the message in plain text. Every mail has one, written by hand.
	Text string
	// HTML is the message as a page, with the same links as Text.
	HTML string
	// Unsubscribe is an https address that ends this sort of mail when a mail
	// program posts to it; empty for mail that nobody can opt out of.
	Unsubscribe string
	// AutoSubmitted is "auto-generated" or "auto-replied", so that nobody's absence
	// notice answers; empty leaves it out.
	AutoSubmitted string
	// FeedbackID is how the large providers group complaints: up to four words with
	// colons between them, such as "reminder:org:lanyard"; empty leaves it out.
	FeedbackID string
	// Invite is the calendar object, or nil. Several sessions need several mails:
	// Outlook reads the first event of a message and drops the rest.
	Invite *Invite
	// Inline are pictures that HTML shows by "cid:" and ContentID of their name.
	Inline []Attachment
	// Attachments come last, in this order.
	Attachments []Attachment
}

// Invite is one calendar object in a mail.
type Invite struct {
	// Method must be the one that the bytes say.
	Method calendar.Method
	// ICS is what calendar.Build made.
	ICS []byte
	// Attach also adds it as invite.ics. Some programs need the file, others show
	// two for one; organisations choose.
	Attach bool
}

// Attachment is a file in a mail.
type Attachment struct {
	// Name is the file's name, without a path.
	Name string
	// ContentType is its MIME type, such as "application/pdf".
	ContentType string
	// Bytes is its content.
	Bytes []byte
}

// ContentID is how HTML names an inline picture, behind "cid:".
func ContentID(name string) string { return name + "@inline" }

// Compose writes the bytes of a message, with CR LF at the end of each line. The
// same message always gives the same bytes. A value that does not belong into a
// header is a fault that names the field.
func Compose(m Message) ([]byte, error) {
	if err := check(&m); err != nil {
		return nil, err
	}
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP))
	for _, h := range headers(m) {
		g.SetGenHeader(gomail.Header(h.Name), h.Value)
	}
	g.SetBodyString(gomail.TypeTextPlain, m.Text)
	g.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	if err := addFiles(g, m); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return settle(b.Bytes(), m.ID)
}

// headers are the header fields that come from the message; those of MIME are the
// library's.
func headers(m Message) []Header {
	out := []Header{
		{"From", headerAddress(m.From)},
		{"To", headerAddress(m.To)},
		{"Subject", headerText(m.Subject)},
		{"Message-ID", "<" + m.ID + ">"},
		{"Date", m.Date.UTC().Format(time.RFC1123Z)},
	}
	if m.ReplyTo.Email != "" {
		out = append(out, Header{"Reply-To", headerAddress(m.ReplyTo)})
	}
	if m.Unsubscribe != "" {
		out = append(out, Header{"List-Unsubscribe", "<" + m.Unsubscribe + ">"},
			Header{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"})
	}
	if m.AutoSubmitted != "" {
		out = append(out, Header{"Auto-Submitted", m.AutoSubmitted})
	}
	if m.FeedbackID != "" {
		out = append(out, Header{"Feedback-ID", m.FeedbackID})
	}
	return out
}

// addFiles adds the calendar part, which comes last of the alternatives and has no
// disposition (otherwise there are no buttons), and then the attachments.
func addFiles(g *gomail.Msg, m Message) error {
	for _, a := range m.Inline {
		err := g.EmbedReader(a.Name, bytes.NewReader(a.Bytes), gomail.WithFileContentID("<"+ContentID(a.Name)+">"),
			gomail.WithFileContentType(gomail.ContentType(a.ContentType)), gomail.WithFileEncoding(gomail.EncodingB64))
		if err != nil {
			return fmt.Errorf("embed %s: %w", a.Name, err)
		}
	}
	attach := m.Attachments
	if v := m.Invite; v != nil {
		g.AddAlternativeString(gomail.ContentType("text/calendar; method="+string(v.Method)), string(v.ICS),
			gomail.WithPartEncoding(gomail.EncodingB64))
		if v.Attach {
			attach = append([]Attachment{{Name: "invite.ics", ContentType: "application/ics", Bytes: v.ICS}}, attach...)
		}
	}
	for _, a := range attach {
		err := g.AttachReader(a.Name, bytes.NewReader(a.Bytes),
			gomail.WithFileContentType(gomail.ContentType(a.ContentType)), gomail.WithFileEncoding(gomail.EncodingB64))
		if err != nil {
			return fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	return nil
}

// settle replaces the library's random boundaries by ones made from the
// Message-ID, and makes sure that every line ends as it must.
func settle(raw []byte, id string) ([]byte, error) {
	boundaries, err := boundariesOf(raw)
	if err != nil {
		return nil, fmt.Errorf("read message back: %w", err)
	}
	for n, old := range boundaries {
		sum := sha256.Sum256(fmt.Appendf(nil, "boundary %d of %s", n, id))
		// No encoded body can hold an equals sign before an underscore.
		boundary := "=_" + hex.EncodeToString(sum[:14])
		raw = bytes.ReplaceAll(raw, []byte("boundary="+old), []byte(`boundary="`+boundary+`"`))
		raw = bytes.ReplaceAll(raw, []byte("--"+old), []byte("--"+boundary))
	}
	if n := bytes.Count(raw, []byte("\r\n")); n != bytes.Count(raw, []byte("\n")) || n != bytes.Count(raw, []byte("\r")) {
		return nil, fmt.Errorf("message has a line that does not end in CR LF")
	}
	return raw, nil
}

// boundariesOf returns the boundary of the message and that of its first part, if
// they are multiparts.
func boundariesOf(raw []byte) ([]string, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	var out []string
	contentType, body := m.Header.Get("Content-Type"), m.Body
	for {
		kind, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(kind, "multipart/") {
			return out, nil
		}
		out = append(out, params["boundary"])
		part, err := multipart.NewReader(body, params["boundary"]).NextRawPart()
		if err != nil {
			return nil, err
		}
		contentType, body = textproto.MIMEHeader(part.Header).Get("Content-Type"), io.Reader(part)
	}
}

// check refuses what must not reach a header, and writes domains in ASCII.
func check(m *Message) error {
	for _, a := range []struct {
		path     string
		address  *Address
		optional bool
	}{{"from", &m.From, false}, {"to", &m.To, false}, {"reply_to", &m.ReplyTo, true}} {
		a.address.Name = strings.ToValidUTF8(a.address.Name, "\uFFFD")
		if err := checkHeader(a.path+".name", a.address.Name, 400); err != nil {
			return err
		}
		if a.optional && a.address.Email == "" {
			continue
		}
		email, err := asciiAddress(a.path+".email", a.address.Email)
		if err != nil {
			return err
		}
		a.address.Email = email
	}
	if left, right, ok := strings.Cut(m.ID, "@"); !ok || !isDotAtom(left) || !isDotAtom(right) || len(m.ID) > 200 {
		return fault.InvalidField("message_id", "mail.message_id", "The message needs an identifier such as abc@example.org.")
	}
	if m.Date.IsZero() {
		return fault.InvalidField("date", "mail.date", "The message needs a date.")
	}
	if m.Subject == "" {
		return fault.InvalidField("subject", "mail.subject", "The message needs a subject.")
	}
	m.Subject = strings.ToValidUTF8(m.Subject, "\uFFFD")
	for _, h := range []struct{ path, value string }{
		{"subject", m.Subject}, {"unsubscribe", m.Unsubscribe}, {"auto_submitted", m.AutoSubmitted}, {"feedback_id", m.FeedbackID},
	} {
		if err := checkHeader(h.path, h.value, 900); err != nil {
			return err
		}
	}
	if s := m.AutoSubmitted; s != "" && s != "auto-generated" && s != "auto-replied" {
		return fault.InvalidField("auto_submitted", "mail.auto_submitted", "This must be auto-generated or auto-replied.")
	}
	if m.Unsubscribe != "" && !isWebAddress(m.Unsubscribe, "https") {
		return fault.InvalidField("unsubscribe", "mail.unsubscribe", "The address for unsubscribing must start with https://.")
	}
	return checkBody(m)
}

// checkBody refuses bodies without text and calendar parts that cannot work.
func checkBody(m *Message) error {
	m.Text, m.HTML = strings.ToValidUTF8(m.Text, "\uFFFD"), strings.ToValidUTF8(m.HTML, "\uFFFD")
	m.Text, m.HTML = lineFeeds.Replace(m.Text), lineFeeds.Replace(m.HTML)
	if strings.TrimSpace(m.Text) == "" || strings.TrimSpace(m.HTML) == "" {
		return fault.InvalidField("text", "mail.body", "The message needs a text and an HTML part.")
	}
	if v := m.Invite; v != nil {
		if v.Method != calendar.Request && v.Method != calendar.Cancel ||
			bytes.Count(v.ICS, []byte("\r\nMETHOD:")) != 1 || !bytes.Contains(v.ICS, []byte("\r\nMETHOD:"+string(v.Method)+"\r\n")) {
			return fault.InvalidField("invite.method", "mail.method", "The invitation's method and its content disagree.")
		}
	}
	for n, a := range m.Inline {
		if !isDotAtom(a.Name) || !strings.HasPrefix(a.ContentType, "image/") || checkHeader("", a.ContentType, 100) != nil {
			return fault.InvalidField(fmt.Sprintf("inline[%d]", n), "mail.inline", "A picture inside the text needs a plain name and an image type.")
		}
	}
	for n, a := range m.Attachments {
		path := fmt.Sprintf("attachments[%d]", n)
		if err := checkHeader(path+".name", a.Name, 200); err != nil {
			return err
		}
		if err := checkHeader(path+".content_type", a.ContentType, 200); err != nil {
			return err
		}
		if kind, _, err := mime.ParseMediaType(a.ContentType); err != nil || !utf8.ValidString(a.Name) || a.Name == "" {
			return fault.InvalidField(path, "mail.attachment", "An attachment needs a name and a type.")
		} else if kind == "text/calendar" || kind == "application/ics" {
			return fault.InvalidField(path, "mail.calendar", "A calendar goes into the invitation or behind a link, not into an attachment.")
		}
	}
	return nil
}

// lineFeeds normalises line ends; the encoder makes them CR LF.
var lineFeeds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "")

// isWebAddress reports whether s is an absolute address with one of the schemes,
// in printable ASCII.
func isWebAddress(s string, schemes ...string) bool {
	if len(s) > 2000 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7F || strings.ContainsRune("<>\"\\^`{|}", r) }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}
