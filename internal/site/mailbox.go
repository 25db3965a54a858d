package site

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	compose "lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// mailboxRoutes serves the mails that a mail server would have got. It is only
// there when there is none: whoever sees it can use every link in every mail.
func (s *Site) mailboxRoutes(m *router) {
	if !s.Mailbox {
		return
	}
	m.page("GET /mailbox/{$}", s.mailboxPage)
	m.page("GET /mailbox/{message}", s.messagePage)
	m.page("GET /mailbox/{message}/message.eml", s.messageSource)
	m.page("GET /mailbox/{message}/parts/{part}", s.messagePart)
}

// mailRow is one mail of the list.
type mailRow struct {
	ID        uid.Message
	Subject   string
	Recipient string
	Kind      string
	State     string
	CreatedAt time.Time
	Raw       []byte
}

const mailColumns = `id, subject, recipient, kind, state, created_at, raw`

// The search is by address, so % and _ stand for themselves.
const sqlMailbox = `
SELECT ` + mailColumns + `
  FROM message
 WHERE recipient <> '' -- else it was erased
   AND (@address = '' OR strpos(lower(recipient), lower(@address)) > 0)
   AND (@before::uuid IS NULL OR id < @before)
 ORDER BY id DESC
 LIMIT @most`

// mailboxSize is how many mails stand on one page.
const mailboxSize = 50

// mailboxView is the list of mails, newest first.
type mailboxView struct {
	Address string
	Rows    []mailItem
	Next    string // address of the next page; empty on the last
}

// mailItem is one row as the page shows it.
type mailItem struct {
	Path, Subject, Recipient string
	Calendar                 *badgeView
	When, WhenISO            string
}

func (s *Site) mailboxPage(w http.ResponseWriter, r *http.Request) error {
	private(w)
	q := r.URL.Query()
	var before uid.Message
	if err := before.UnmarshalText([]byte(q.Get("before"))); err != nil {
		return fault.InvalidField("before", "page_token", "is not a page of this mailbox")
	}
	address := strings.TrimSpace(q.Get("to"))
	rows, err := s.mails(r.Context(), address, before)
	if err != nil {
		return err
	}
	v := mailboxView{Address: address}
	if len(rows) > mailboxSize {
		rows = rows[:mailboxSize]
		v.Next = "/mailbox/?" + queryOf("to", address, "before", rows[mailboxSize-1].ID.String())
	}
	for _, row := range rows {
		v.Rows = append(v.Rows, mailItem{
			Path: "/mailbox/" + row.ID.String(), Subject: orWord(row.Subject, "(no subject)"), Recipient: row.Recipient,
			Calendar: calendarBadge(readMail(row.Raw)), When: row.CreatedAt.Format("2 Jan, 15:04:05") + " UTC", WhenISO: row.CreatedAt.Format(time.RFC3339),
		})
	}
	return s.render(w, r, http.StatusOK, "mailbox.html", page{Title: "Mailbox", Hidden: true, Body: v})
}

func (s *Site) mails(ctx context.Context, address string, before uid.Message) ([]mailRow, error) {
	rows, err := s.DB.Pool().Query(ctx, sqlMailbox, pgx.StrictNamedArgs{"address": address, "before": before, "most": mailboxSize + 1})
	if err != nil {
		return nil, fmt.Errorf("read mailbox: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[mailRow])
	if err != nil {
		return nil, fmt.Errorf("read mailbox: %w", err)
	}
	return found, nil
}

const sqlMail = `
SELECT ` + mailColumns + `
  FROM message
 WHERE id = @id
   AND recipient <> ''`

// mail reads the mail that the address names, taken apart.
func (s *Site) mail(r *http.Request) (mailRow, parsedMail, error) {
	var id uid.Message
	if err := id.UnmarshalText([]byte(r.PathValue("message"))); err != nil || id.IsZero() {
		return mailRow{}, parsedMail{}, fault.NotFound("message")
	}
	rows, err := s.DB.Pool().Query(r.Context(), sqlMail, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return mailRow{}, parsedMail{}, fmt.Errorf("read message: %w", err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[mailRow])
	if pg.IsNoRows(err) {
		return row, parsedMail{}, fault.NotFound("message")
	}
	if err != nil {
		return row, parsedMail{}, fmt.Errorf("read message: %w", err)
	}
	return row, readMail(row.Raw), nil
}

// messageView is one mail.
type messageView struct {
	Subject string
	Headers []answerView
	Tabs    []mailTab
	Shown   string // "text", "html", "calendar", "source"
	Text    template.HTML
	Frame   string // address of the HTML part
	Code    string
	Parts   []mailPartView
	Source  string
	State   string
}

type mailTab struct {
	Text, Path string
	Current    bool
}

// mailPartView is one part to download.
type mailPartView struct{ Path, Kind, Name, Size string }

// messagePage shows one mail in one of its forms.
func (s *Site) messagePage(w http.ResponseWriter, r *http.Request) error {
	private(w)
	row, mail, err := s.mail(r)
	if err != nil {
		return err
	}
	base := "/mailbox/" + row.ID.String()
	v := messageView{Subject: orWord(row.Subject, "(no subject)"), Source: base + "/message.eml", Headers: mail.shownHeaders(), State: row.State}
	text, html, cal := mail.first("text/plain"), mail.first("text/html"), mail.first("text/calendar")
	v.Shown = showing(r.URL.Query().Get("show"), text >= 0, html >= 0, cal >= 0)
	add := func(word, what string, there bool) {
		if there {
			v.Tabs = append(v.Tabs, mailTab{word, base + "?show=" + what, v.Shown == what})
		}
	}
	add("Text", "text", text >= 0)
	add("As it looks", "html", html >= 0)
	add("Calendar", "calendar", cal >= 0)
	add("Source", "source", true)
	switch v.Shown {
	case "text":
		v.Text = linked(string(mail.Parts[text].Body))
	case "html":
		v.Frame = base + "/parts/" + strconv.Itoa(html)
		// The mail is shown in a frame of its own, under a policy of its own.
		w.Header().Set("Content-Security-Policy", contentPolicy+"; frame-src 'self'")
	case "calendar":
		v.Code = string(mail.Parts[cal].Body)
	default:
		v.Code = string(row.Raw)
	}
	for i, p := range mail.Parts {
		v.Parts = append(v.Parts, mailPartView{Path: base + "/parts/" + strconv.Itoa(i) + "?download=1", Kind: p.Kind, Name: p.name(i), Size: sizeWords(len(p.Body))})
	}
	return s.render(w, r, http.StatusOK, "message.html", page{Title: v.Subject + " · Mailbox", Hidden: true, Body: v})
}

// showing is the wanted form of a mail if it has it, or else the first it has.
func showing(want string, text, html, cal bool) string {
	has := map[string]bool{"text": text, "html": html, "calendar": cal, "source": true}
	for _, what := range []string{want, "text", "html", "calendar"} {
		if has[what] {
			return what
		}
	}
	return "source"
}

// messageSource is the mail as it would have been sent, byte for byte.
func (s *Site) messageSource(w http.ResponseWriter, r *http.Request) error {
	private(w)
	row, _, err := s.mail(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+row.ID.String()+`.eml"`)
	w.Header().Set("Content-Type", "message/rfc822")
	_, _ = w.Write(row.Raw) // a client that has gone away is no error of ours
	return nil
}

// mailPolicy lets a mail's HTML show itself and nothing else: no scripts, no
// forms, nothing from elsewhere, and no origin of ours.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// messagePart is one part of a mail: shown in the page's frame, or downloaded.
func (s *Site) messagePart(w http.ResponseWriter, r *http.Request) error {
	private(w)
	_, mail, err := s.mail(r)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(r.PathValue("part"))
	if err != nil || i < 0 || i >= len(mail.Parts) {
		return fault.NotFound("part of this message")
	}
	p := mail.Parts[i]
	w.Header().Set("Content-Security-Policy", mailPolicy)
	if p.Kind == "text/html" && r.URL.Query().Get("download") == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		p.Body = withPictures(p.Body, mail.Parts)
	} else {
		w.Header().Set("Content-Type", p.contentType())
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": p.name(i)}))
	}
	_, _ = w.Write(p.Body) // a client that has gone away is no error of ours
	return nil
}

// withPictures puts a mail's own pictures into its HTML, as mail programs do.
func withPictures(html []byte, parts []mailPart) []byte {
	for _, p := range parts {
		if name := p.name(0); p.Kind == "image/png" {
			data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(p.Body)
			html = bytes.ReplaceAll(html, []byte("cid:"+compose.ContentID(name)), []byte(data))
		}
	}
	return html
}
