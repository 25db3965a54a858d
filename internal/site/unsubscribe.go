package site

import (
	"net/http"

	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/link"
	"lanyard/internal/uid"
)

func (s *Site) unsubscribeRoutes(m *router) {
	m.page("GET /u/{token}", s.unsubscribePage)
	m.page("POST /u/{token}", s.unsubscribePost)
}

// unsubscribeView is the page that stops reminders, before and after.
type unsubscribeView struct {
	Done         bool
	Organisation string
}

// unsubscribePage asks; opening a link changes nothing.
func (s *Site) unsubscribePage(w http.ResponseWriter, r *http.Request) error {
	private(w)
	ref, ok := s.Keys.Read(link.Unsubscribe, r.PathValue("token"))
	if !ok {
		return fault.NotFound("link to stop reminders")
	}
	return s.renderUnsubscribe(w, r, ref.Org, false)
}

// unsubscribePost stops the reminders. Mail programs send it too, without a
// cookie and without ever showing a page (RFC 8058), and may send it twice.
func (s *Site) unsubscribePost(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return err
	}
	ref, ok := s.Keys.Read(link.Unsubscribe, r.PathValue("token"))
	if !ok {
		return fault.NotFound("link to stop reminders")
	}
	reg, err := s.Booking.Registration(r.Context(), ref.Org, uid.Registration(ref.ID))
	if err != nil {
		return err
	}
	if err := s.Notify.StopReminders(r.Context(), ref.Org, reg.Attendee.Email); err != nil {
		return err
	}
	return s.renderUnsubscribe(w, r, ref.Org, true)
}

func (s *Site) renderUnsubscribe(w http.ResponseWriter, r *http.Request, id uid.Org, done bool) error {
	org, err := s.Account.Organisation(r.Context(), id)
	if err != nil {
		return err
	}
	title := "Stop reminders?"
	if done {
		title = "No more reminders"
	}
	return s.render(w, r, http.StatusOK, "unsubscribe.html", page{
		Title: title, Hidden: true, Contact: org.ContactEmail, Brand: brand{Name: org.Name, Path: "/o/" + org.Slug},
		Body: unsubscribeView{Done: done, Organisation: org.Name},
	})
}
