package site

import (
	"net/http"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// What a feed holds: enough of the past for calendars to see what was cancelled,
// enough of the future for a year's programme.
const (
	feedPast   = 30 * 24 * time.Hour
	feedMonths = 18
	feedMost   = 1000
)

// feedCache: programs that subscribe come back when they like; a quarter of an
// hour spares us the ones that come every minute.
const feedCache = "private, max-age=900"

func (s *Site) feedRoutes(m *router) {
	m.page("GET /o/{org}/events.ics", s.publicFeed)
	m.page("GET /f/{file}", s.personalFeed)
}

// publicFeed is an organisation's programme as a calendar to subscribe to.
func (s *Site) publicFeed(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("org")
	doc, err := s.kept(r, "feed "+slug, func() (*document, error) { return s.buildFeed(r, slug) })
	if err != nil {
		return err
	}
	doc.serve(w, r)
	return nil
}

func (s *Site) buildFeed(r *http.Request, slug string) (*document, error) {
	ctx, now := r.Context(), s.Clock()
	by, err := s.Account.OrganisationBySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	events, err := s.Catalog.PublicBetween(ctx, slug, now.Add(-feedPast), now.AddDate(0, feedMonths, 0), feedMost)
	if err != nil {
		return nil, err
	}
	subjects := make([]string, len(events))
	for i, e := range events {
		subjects[i] = e.ID.String()
	}
	changed, err := s.Account.LastActs(ctx, by.ID, subjects)
	if err != nil {
		return nil, err
	}
	var entries []calendar.Entry
	for _, e := range events {
		entries = append(entries, s.sessionEntries(e, by, changed[e.ID.String()])...)
	}
	info := calendar.FeedInfo{
		Name: by.Name, Description: shorten(firstParagraph(by.About), 280),
		Source: s.absolute("/o/" + slug + "/events.ics"), Color: "teal",
	}
	return feedDocument(info, entries, now)
}

// personalFeed is what one address is registered for. Its link comes by mail and
// is all that opens it, so programs that send no cookies can fetch it.
func (s *Site) personalFeed(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return fault.NotFound("calendar")
	}
	ctx, now := r.Context(), s.Clock()
	sittings, err := s.Booking.Feed(ctx, token)
	if err != nil {
		return err
	}
	info := calendar.FeedInfo{Name: s.Name, Source: s.absolute("/f/" + token + ".ics"), Color: "teal"}
	var entries []calendar.Entry
	if len(sittings) > 0 {
		by, err := s.Account.Organisation(ctx, sittings[0].Event.Org)
		if err != nil {
			return err
		}
		changed, err := s.Account.LastActs(ctx, by.ID, eventIDs(sittings))
		if err != nil {
			return err
		}
		info.Name = "My places: " + by.Name
		for _, x := range sittings {
			entries = append(entries, s.sittingEntry(x, by, changed[x.Event.ID.String()]))
		}
	}
	doc, err := feedDocument(info, entries, now)
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	doc.serve(w, r)
	return nil
}

func eventIDs(sittings []booking.Sitting) []string {
	seen := map[uid.Event]bool{}
	var out []string
	for _, x := range sittings {
		if !seen[x.Event.ID] {
			seen[x.Event.ID] = true
			out = append(out, x.Event.ID.String())
		}
	}
	return out
}

// sittingEntry is one session that somebody has a place in. The join page is
// theirs alone; the link with which the place could be changed is never in a
// calendar, because people share calendars.
func (s *Site) sittingEntry(x booking.Sitting, by account.Organisation, changed time.Time) calendar.Entry {
	e := catalog.PublicEvent{Listed: catalog.Listed{Event: x.Event}}
	out := s.sessionEntry(e, by, x.Session, changed)
	out.UID = x.Registration.ID.UUID().String() + "." + x.Session.ID.UUID().String() + "@" + s.BaseURL.Hostname()
	out.Transparent = false
	if !x.TakesPlace() {
		out.Status = calendar.Cancelled
	}
	if x.JoinToken != "" && x.TakesPlace() {
		join := s.absolute("/j/" + x.JoinToken + "/" + x.Session.ID.String())
		out.Description = joinWords("\n\n", "Join online:\n"+join, out.Description)
		if x.Event.Mode == catalog.Online {
			out.Location = join
		}
	}
	return out
}

// feedDocument writes the calendar. Its Last-Modified is that of the entry that
// changed last, so that two fetches without a change in between are the same.
func feedDocument(info calendar.FeedInfo, entries []calendar.Entry, now time.Time) (*document, error) {
	entries = calendar.Window(entries, now)
	body, err := calendar.Feed(info, entries)
	if err != nil {
		return nil, err
	}
	doc := newDocument(calendarKind, feedCache, body)
	for _, e := range entries {
		if e.Stamp.After(doc.modified) {
			doc.modified = e.Stamp
		}
	}
	return doc, nil
}
