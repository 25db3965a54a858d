package site

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
)

func (s *Site) eventRoutes(m *router) {
	m.page("GET /o/{org}/{event}", s.event)
	m.page("GET /o/{org}/{event}/share.png", s.shareImage)
	m.page("GET /o/{org}/{event}/event.ics", s.eventFile)
}

// event shows one event. An address that it had before leads to the present one.
func (s *Site) event(w http.ResponseWriter, r *http.Request) error {
	org, slug := r.PathValue("org"), r.PathValue("event")
	doc, err := s.kept(r, "event "+org+"/"+slug, func() (*document, error) { return s.drawEvent(r, org, slug) })
	if err != nil {
		return err
	}
	doc.serve(w, r)
	return nil
}

// happening is everything that an event's page is made of.
type happening struct {
	catalog.PublicEvent
	organiser account.Organisation
	form      booking.Form // zero when nothing can be registered for
	now       time.Time
}

// readEvent reads an event with what surrounds it.
func (s *Site) readEvent(ctx context.Context, org, slug string) (happening, error) {
	e, err := s.Catalog.PublicEvent(ctx, org, slug)
	if err != nil {
		return happening{}, err
	}
	h := happening{PublicEvent: e, now: s.Clock()}
	if e.Former {
		return h, nil
	}
	if h.organiser, err = s.Account.OrganisationBySlug(ctx, org); err != nil {
		return h, err
	}
	if e.RegistrationMode != catalog.External && (e.State == catalog.StatePublished || e.State == catalog.StateSalesClosed) {
		h.form, err = s.Booking.RegistrationForm(ctx, e.Org, e.ID)
	}
	return h, err
}

func (s *Site) drawEvent(r *http.Request, org, slug string) (*document, error) {
	h, err := s.readEvent(r.Context(), org, slug)
	if err != nil {
		return nil, err
	}
	if h.Former {
		return newMoved(eventPath(h.Listed)), nil
	}
	body, err := s.draw(r, "event.html", s.eventPage(h))
	if err != nil {
		return nil, err
	}
	return newDocument(htmlKind, publicPage, body), nil
}

// eventPage fills in the head and the content of an event's page.
func (s *Site) eventPage(h happening) page {
	address := s.absolute(eventPath(h.Listed))
	v := s.eventView(h)
	p := page{
		Title: h.Title, Description: v.describe(h), Canonical: address, Hidden: h.Visibility == catalog.Unlisted,
		Brand: brand{Name: h.OrgName, Path: "/o/" + h.OrgSlug}, Contact: h.organiser.ContactEmail,
		Feed: "/o/" + h.OrgSlug + "/events.ics", Body: v,
	}
	p.Share = &share{
		Type: "website", Title: h.Title, Description: p.Description, URL: address, SiteName: h.OrgName,
		Image: s.absolute(shareImagePath(h.PublicEvent)), ImageAlt: h.Title + ". " + p.Description,
	}
	p.Structured = s.structured(h, p.Description)
	return p
}

// eventView is the content of an event's page.
type eventView struct {
	Title, Lede, Mode, ModeIcon, Topic string
	When                               when
	Dateless                           bool // postponed without a new date
	Place                              string
	Where                              []string
	WhereNote                          string
	Languages                          string
	Closes                             *closesView
	Links                              []linkView
	Card                               cardBox
	Choose                             *chooseView
	Notices                            []noticeView
	Description                        template.HTML
	Days                               []dayView
	Organiser                          organiserView
	Calendar                           *addView
	Address                            string
	Tell                               tellView
}

type (
	// closesView is until when one can register.
	closesView struct{ Term, Text string }
	// linkView leads elsewhere.
	linkView struct{ URL, Text, Note string }
	// noticeView is something that happened to the event.
	noticeView struct{ Class, Icon, Title, Text string }
	// organiserView is who is behind the event.
	organiserView struct{ Name, About, Email, Website string }
	// dayView is one day of the timetable; Day is empty when there is only one.
	dayView struct {
		Day      string
		Sessions []sessionView
	}
	// sessionView is one row of the timetable.
	sessionView struct {
		When                 when
		Length, Title, Place string
		Cancelled            bool
	}
	// addView are the ways to copy the event into a calendar.
	addView struct{ File, Google, Outlook, Microsoft365, Yahoo string }
)

func (s *Site) eventView(h happening) eventView {
	e := h.PublicEvent
	v := eventView{
		Title: e.Title, Lede: e.Summary, Mode: modeWord(e.Mode), ModeIcon: modeIcon(e.Mode), Topic: topicWord(e.Topic),
		When: sayWhen(e.Schedule), Dateless: e.State == catalog.StatePostponed, Place: placeWords(e.Listed),
		Languages: languages(e.Languages), Closes: closes(h), Links: links(e, h.now), Card: cardFor(h), Notices: notices(e),
		Days: timetable(e.Title, e.Sessions), Address: s.absolute(eventPath(e.Listed)), Tell: tell(e.Title, s.absolute(eventPath(e.Listed))),
	}
	if v.Card.Choose {
		choose := publicChoice(h).view()
		v.Choose = &choose
	}
	v.Where = where(e.Listed)
	if e.Mode.HasJoinPage() && (len(v.Card.Offers) > 0 || v.Card.Choose) {
		v.WhereNote = "Your personal join link comes with the confirmation."
	}
	v.Description = template.HTML(catalog.DescriptionHTML(e.Description)) //nolint:gosec // sanitised by the catalogue
	v.Organiser = organiserView{
		Name: h.organiser.Name, About: shorten(firstParagraph(h.organiser.About), 400),
		Email: h.organiser.ContactEmail, Website: webLink(h.organiser.Website),
	}
	if e.State == catalog.StatePublished || e.State == catalog.StateSalesClosed {
		to := calendar.Links(s.entry(e, h.organiser, e.Schedule, e.CreatedAt))
		v.Calendar = &addView{
			File: eventPath(e.Listed) + "/event.ics", Google: to.Google, Outlook: to.Outlook,
			Microsoft365: to.Microsoft365, Yahoo: to.Yahoo,
		}
	}
	return v
}

// describe is the event in one or two sentences, for search engines.
func (v eventView) describe(h happening) string {
	if h.Summary != "" {
		return h.Summary
	}
	day := v.When.Day
	if v.Dateless {
		day = "a new date is to come"
	}
	return v.Place + ", " + day + ". By " + h.OrgName + "."
}

// where says where, on several lines.
func where(e catalog.Listed) []string {
	if e.Mode == catalog.Online {
		return []string{"Online"}
	}
	var lines []string
	for _, l := range []string{e.Venue, e.Address, joinWords(", ", e.City, e.Country)} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		lines = []string{"Place to be announced"}
	}
	if e.Mode == catalog.Hybrid {
		lines = append(lines, "and online")
	}
	return lines
}

// closes says until when one can register, while one can.
func closes(h happening) *closesView {
	if h.State != catalog.StatePublished || h.RegistrationMode == catalog.External || !h.now.Before(h.RegistrationClosesAt) {
		return nil
	}
	c := &closesView{Term: "Registration closes", Text: deadline(h.RegistrationClosesAt, h.Timezone, h.now) + ", " + zoneWords(h.Timezone)}
	if h.RegistrationMode == catalog.Approval {
		c.Term = "Applications close"
	}
	if h.AllDay && h.RegistrationClosesLocal == "" {
		c.Text = "When the event ends"
	}
	return c
}

// notices say what happened to the event.
func notices(e catalog.PublicEvent) []noticeView {
	switch e.State {
	case catalog.StateCancelled:
		return []noticeView{{"notice--error", "bad", "This event is cancelled", e.StateReason}}
	case catalog.StatePostponed:
		text := joinWords(" ", e.StateReason, "Places that were kept stay kept; everybody who registered is told the new date.")
		return []noticeView{{"notice--warning", "warn", "This event is postponed", text}}
	}
	return nil
}

// links are the pages elsewhere that belong to an event.
func links(e catalog.PublicEvent, now time.Time) []linkView {
	var out []linkView
	add := func(address, text, note string) {
		if u := webLink(address); u != "" {
			out = append(out, linkView{u, text, note})
		}
	}
	note := ""
	if day, err := time.Parse(time.DateOnly, e.CallClosesOn); err == nil {
		note = "open until " + day.Format("2 January 2006")
		if now.After(day.AddDate(0, 0, 2)) { // over in every zone
			note = "closed on " + day.Format("2 January 2006")
		}
	}
	add(e.Website, "Event website", "")
	add(e.CallURL, "Call for contributions", note)
	add(e.CodeOfConductURL, "Code of conduct", "")
	return out
}

// webLink lets through what a browser opens as a web page, and nothing else.
func webLink(address string) string {
	if lower := strings.ToLower(address); strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return address
	}
	return ""
}

// timetable lists the sittings by day. A single sitting without a name of its own
// says nothing that the facts do not.
func timetable(event string, sessions []catalog.Session) []dayView {
	if len(sessions) == 0 || len(sessions) == 1 && sessions[0].Title == "" {
		return nil
	}
	var out []dayView
	for _, ses := range sessions {
		w := sayWhen(ses.Schedule)
		row := sessionView{When: w, Title: ses.Title, Place: ses.Place, Cancelled: !ses.Live()}
		if row.Title == "" {
			row.Title = event
		}
		if !w.AllDay && w.SameDay {
			row.When.Time = ses.StartsLocal.Format("15:04")
			row.Length = length(ses.EndsAt.Sub(ses.StartsAt))
		}
		if len(out) == 0 || out[len(out)-1].Day != w.Day {
			out = append(out, dayView{Day: w.Day})
		}
		out[len(out)-1].Sessions = append(out[len(out)-1].Sessions, row)
	}
	if len(out) == 1 {
		out[0].Day = ""
	}
	return out
}

// tellView holds the links by which visitors tell others of an event. They are
// plain links: nothing is asked of those sites before somebody goes there.
type tellView struct{ Mail, LinkedIn, WhatsApp string }

func tell(title, address string) tellView {
	text := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return tellView{
		Mail:     "mailto:?subject=" + text(title) + "&body=" + text(title+"\r\n"+address),
		LinkedIn: "https://www.linkedin.com/sharing/share-offsite/?url=" + text(address),
		WhatsApp: "https://wa.me/?text=" + text(title+" "+address),
	}
}
