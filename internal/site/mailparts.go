package site

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Bounds on what is taken apart; our own mails are far below.
const (
	maxMailDepth = 8
	maxMailParts = 50
)

// mailPart is one leaf of a mail, decoded.
type mailPart struct {
	Kind   string // "text/calendar"
	Params map[string]string
	File   string // the name that the mail gives it
	Body   []byte
}

// parsedMail is a mail taken apart. What cannot be read is left out: the source
// is always there to look at.
type parsedMail struct {
	Header mail.Header
	Parts  []mailPart
}

// readMail takes a mail apart.
func readMail(raw []byte) parsedMail {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return parsedMail{}
	}
	out := parsedMail{Header: m.Header}
	out.add(m.Header.Get, m.Body, 0)
	return out
}

// add reads one entity: a leaf, or the entities that it holds.
func (p *parsedMail) add(header func(string) string, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		kind, params = "text/plain", map[string]string{}
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for depth < maxMailDepth && len(p.Parts) < maxMailParts {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			p.add(part.Header.Get, part, depth+1)
		}
		return
	}
	switch strings.ToLower(strings.TrimSpace(header("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	decoded, err := io.ReadAll(body)
	if err != nil && len(decoded) == 0 {
		return
	}
	leaf := mailPart{Kind: kind, Params: params, Body: decoded, File: params["name"]}
	if _, d, err := mime.ParseMediaType(header("Content-Disposition")); err == nil && d["filename"] != "" {
		leaf.File = d["filename"]
	}
	p.Parts = append(p.Parts, leaf)
}

// first is the index of the first part of a kind, or -1.
func (p parsedMail) first(kind string) int {
	for i, part := range p.Parts {
		if part.Kind == kind {
			return i
		}
	}
	return -1
}

// shownHeaders are the headers that a person looks for, decoded.
func (p parsedMail) shownHeaders() []answerView {
	var out []answerView
	words := mime.WordDecoder{}
	for _, name := range []string{"From", "To", "Reply-To", "Date", "Message-Id", "List-Unsubscribe"} {
		value := p.Header.Get(name)
		if value == "" {
			continue
		}
		if decoded, err := words.DecodeHeader(value); err == nil {
			value = decoded
		}
		out = append(out, answerView{Label: name, Texts: []string{value}})
	}
	return out
}

// calendarBadge says what a mail does to a calendar; nil when nothing.
func calendarBadge(m parsedMail) *badgeView {
	i := m.first("text/calendar")
	if i < 0 {
		return nil
	}
	switch strings.ToUpper(m.Parts[i].Params["method"]) {
	case "CANCEL":
		return &badgeView{"badge--bad", "Cancellation"}
	case "REQUEST":
		return &badgeView{"badge--accent", "Invitation"}
	}
	return &badgeView{"", "Calendar"}
}

// name is the file name for a download; n stands in when the mail gives none.
func (p mailPart) name(n int) string {
	if f := strings.Map(plainName, p.File); f != "" {
		return f
	}
	extension := map[string]string{"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics"}[p.Kind]
	return "part-" + strconv.Itoa(n+1) + extension
}

// plainName keeps what every file system takes.
func plainName(r rune) rune {
	if r == '/' || r == '\\' || r < ' ' || r == 0x7F {
		return -1
	}
	return r
}

// contentType is the part's own, for a download.
func (p mailPart) contentType() string {
	if t := mime.FormatMediaType(p.Kind, p.Params); t != "" {
		return t
	}
	return "application/octet-stream"
}

var addressInText = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// linked is plain text as HTML whose web addresses can be clicked.
func linked(text string) template.HTML {
	var out strings.Builder
	last := 0
	for _, span := range addressInText.FindAllStringIndex(text, -1) {
		out.WriteString(template.HTMLEscapeString(text[last:span[0]]))
		address := template.HTMLEscapeString(text[span[0]:span[1]])
		out.WriteString(`<a href="` + address + `" rel="noreferrer">` + address + `</a>`)
		last = span[1]
	}
	out.WriteString(template.HTMLEscapeString(text[last:]))
	return template.HTML(out.String()) //nolint:gosec // everything in it was escaped above
}

func sizeWords(n int) string {
	if n < 1024 {
		return strconv.Itoa(n) + " bytes"
	}
	return strconv.Itoa((n+512)/1024) + " KiB"
}

// queryOf encodes pairs, leaving out empty values.
func queryOf(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q.Encode()
}

func orWord(s, instead string) string {
	if strings.TrimSpace(s) == "" {
		return instead
	}
	return s
}
