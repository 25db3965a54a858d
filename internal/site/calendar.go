package site

import (
	"context"
	"html/template"
	"net/http"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
)

// subscribeView are the ways to follow a feed.
type subscribeView struct {
	Webcal            template.URL
	Google, Microsoft string
	Path              string
}

// subscribe makes the links for the feed at one of our paths.
func (s *Site) subscribe(path, name string) *subscribeView {
	links := calendar.Subscribe(s.absolute(path), name)
	return &subscribeView{
		Webcal: template.URL(links.Webcal), //nolint:gosec // our own address with the scheme that calendars listen to
		Google: links.Google, Microsoft: links.Microsoft, Path: path,
	}
}

// entry is a public calendar entry for an event that was last changed then.
func (s *Site) entry(e catalog.PublicEvent, by account.Organisation, when catalog.Schedule, changed time.Time) calendar.Entry {
	address := s.absolute(eventPath(e.Listed))
	if changed.Before(e.CreatedAt) {
		changed = e.CreatedAt
	}
	out := calendar.Entry{
		UID: e.ID.UUID().String() + "@" + s.BaseURL.Hostname(), Sequence: int(e.Version - 1), Stamp: changed,
		Created: e.CreatedAt, Modified: changed,
		Organizer: calendar.Person{Name: by.Name, Email: by.ContactEmail}, Zone: when.Timezone,
		Start: when.StartsAt, End: when.EndsAt, AllDay: when.AllDay, Summary: e.Title,
		Description: joinWords("\n\n", e.Summary, "Details and registration:\n"+address),
		Location:    placeLine(e.Listed), URL: address, Transparent: true,
	}
	if e.State == catalog.StateCancelled {
		out.Status = calendar.Cancelled
	}
	return out
}

// placeLine is the place as a calendar shows it: all of the address on one line.
func placeLine(e catalog.Listed) string {
	if e.Mode == catalog.Online {
		return "Online"
	}
	line := joinWords(", ", e.Venue, e.Address, e.City, e.Country)
	if e.Mode == catalog.Hybrid {
		return joinWords(", ", line, "and online")
	}
	return line
}

// sessionEntries are an event's sittings as public calendar entries.
func (s *Site) sessionEntries(e catalog.PublicEvent, by account.Organisation, changed time.Time) []calendar.Entry {
	out := make([]calendar.Entry, len(e.Sessions))
	for i, ses := range e.Sessions {
		out[i] = s.sessionEntry(e, by, ses, changed)
	}
	return out
}

// sessionEntry is one sitting; its identity is its own for ever.
func (s *Site) sessionEntry(e catalog.PublicEvent, by account.Organisation, ses catalog.Session, changed time.Time) calendar.Entry {
	out := s.entry(e, by, ses.Schedule, changed)
	out.UID = ses.ID.UUID().String() + "@" + s.BaseURL.Hostname()
	if ses.Title != "" && len(e.Sessions) > 1 {
		out.Summary += ": " + ses.Title
	}
	if ses.Place != "" && e.Mode != catalog.Online {
		out.Location = joinWords(", ", ses.Place, out.Location)
	}
	if ses.CancelledAt != nil {
		out.Status, out.Modified = calendar.Cancelled, *ses.CancelledAt
	}
	return out
}

// changedAt is when anything about an event last changed.
func (s *Site) changedAt(ctx context.Context, e catalog.PublicEvent) (time.Time, error) {
	last, err := s.Account.LastActs(ctx, e.Org, []string{e.ID.String()})
	return last[e.ID.String()], err
}

const calendarKind = "text/calendar; charset=utf-8"

// eventFile is the event as a file that anybody may import. Opened again after a
// change it may make a second entry; the page says so.
func (s *Site) eventFile(w http.ResponseWriter, r *http.Request) error {
	e, err := s.Catalog.PublicEvent(r.Context(), r.PathValue("org"), r.PathValue("event"))
	if err != nil {
		return err
	}
	if e.State == catalog.StatePostponed {
		return fault.Precondition(fault.WrongState, "This event has no date at present.")
	}
	by, err := s.Account.OrganisationBySlug(r.Context(), e.OrgSlug)
	if err != nil {
		return err
	}
	changed, err := s.changedAt(r.Context(), e)
	if err != nil {
		return err
	}
	file, err := calendar.Download(s.sessionEntries(e, by, changed))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+e.Slug+`.ics"`)
	newDocument(calendarKind, publicPage, file).serve(w, r)
	return nil
}
