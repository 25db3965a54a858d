package site

import (
	"html/template"
	"net/http"

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

// entry is a public calendar entry for an event or one of its sittings.
func (s *Site) entry(e catalog.PublicEvent, by account.Organisation, title string, when catalog.Schedule) calendar.Entry {
	address := s.absolute(eventPath(e.Listed))
	out := calendar.Entry{
		UID: e.ID.UUID().String() + "@" + s.BaseURL.Hostname(), Sequence: int(e.Version - 1), Stamp: e.CreatedAt,
		Organizer: calendar.Person{Name: by.Name, Email: by.ContactEmail}, Zone: when.Timezone,
		Start: when.StartsAt, End: when.EndsAt, AllDay: when.AllDay, Summary: title,
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
func (s *Site) sessionEntries(e catalog.PublicEvent, by account.Organisation) []calendar.Entry {
	var out []calendar.Entry
	for _, ses := range e.Sessions {
		title := e.Title
		if ses.Title != "" && len(e.Sessions) > 1 {
			title += ": " + ses.Title
		}
		entry := s.entry(e, by, title, ses.Schedule)
		entry.UID = ses.ID.UUID().String() + "@" + s.BaseURL.Hostname()
		if ses.Place != "" && e.Mode != catalog.Online {
			entry.Location = joinWords(", ", ses.Place, entry.Location)
		}
		if !ses.Live() {
			entry.Status = calendar.Cancelled
		}
		out = append(out, entry)
	}
	return out
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
	file, err := calendar.Download(s.sessionEntries(e, by))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+e.Slug+`.ics"`)
	newDocument(calendarKind, publicPage, file).serve(w, r)
	return nil
}
