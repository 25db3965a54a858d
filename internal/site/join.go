package site

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/uid"
	"lanyard/internal/webinar"
)

func (s *Site) joinRoutes(m *router) {
	m.page("GET /j/{token}/{session}", s.joinPage)
	m.page("POST /j/{token}/{session}", s.joinPost)
}

// joinView is a join page in one of its states.
type joinView struct {
	State        webinar.State
	Title, Text  string
	Event, Extra string // the event's title, the sitting's
	EventPath    string
	Name         string
	When         when
	OpensAt      string // RFC 3339
	Opens        string // in words
	Countdown    countdown
	Contact      string
}

// countdown is the numbers of the moment at which the page was made.
type countdown struct{ Days, Hours, Minutes, Seconds string }

// joinPage counts down, or offers the way in. It never shows the organiser's
// address and never writes: mail scanners open every link.
func (s *Site) joinPage(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return err
	}
	p, err := s.openJoin(r)
	if err != nil {
		return err
	}
	return s.renderJoin(w, r, joinStatus(p, http.StatusOK), p)
}

// joinStatus is the status of a page that is not about the time of day alone.
func joinStatus(p webinar.Page, otherwise int) int {
	switch p.State {
	case webinar.Unknown:
		return http.StatusNotFound
	case webinar.Replaced:
		return http.StatusGone
	}
	return otherwise
}

func (s *Site) openJoin(r *http.Request) (webinar.Page, error) {
	var session uid.Session
	if session.UnmarshalText([]byte(r.PathValue("session"))) != nil {
		return webinar.Page{State: webinar.Unknown}, nil
	}
	return s.Webinar.Open(r.Context(), r.PathValue("token"), session)
}

// joinPost records that the link was used and leads on to the organiser's room.
func (s *Site) joinPost(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return err
	}
	var session uid.Session
	if session.UnmarshalText([]byte(r.PathValue("session"))) != nil {
		return s.renderJoin(w, r, http.StatusNotFound, webinar.Page{State: webinar.Unknown})
	}
	device, fresh := s.device(r)
	target, err := s.Webinar.Join(r.Context(), r.PathValue("token"), session, sha256.Sum256([]byte(device)))
	if f, ok := fault.As(err); ok && (f.Kind == fault.KindPrecondition || f.Kind == fault.KindNotFound) {
		p, err := s.openJoin(r)
		if err != nil {
			return err
		}
		return s.renderJoin(w, r, joinStatus(p, http.StatusConflict), p)
	}
	if err != nil {
		return err
	}
	if webLink(target) == "" {
		return fmt.Errorf("join page: the organiser's address is no web address")
	}
	if fresh {
		http.SetCookie(w, &http.Cookie{
			Name: s.deviceCookie(), Value: device, Path: "/", MaxAge: int(deviceLife.Seconds()),
			Secure: s.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", target) // the one redirect that leads away: the organiser wrote it
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// deviceLife is how long a browser is known as the one that joined before.
const deviceLife = 180 * 24 * time.Hour

// deviceCookie is the name of the cookie that tells one browser from another. It
// names nobody, and is only set when somebody joins.
func (s *Site) deviceCookie() string {
	if s.secure() {
		return "__Host-device"
	}
	return "device"
}

// device is the browser's mark; fresh when it had none.
func (s *Site) device(r *http.Request) (mark string, fresh bool) {
	if c, err := r.Cookie(s.deviceCookie()); err == nil && len(c.Value) == 26 {
		return c.Value, false
	}
	return rand.Text(), true
}

func (s *Site) renderJoin(w http.ResponseWriter, r *http.Request, status int, p webinar.Page) error {
	now := s.Clock()
	v := joinView{
		State: p.State, Event: p.EventTitle, Extra: p.SessionTitle, Name: p.Name, Contact: p.Contact,
		EventPath: "/o/" + p.OrgSlug + "/" + p.EventSlug,
	}
	if p.State == webinar.Unknown {
		v.EventPath = ""
	} else {
		v.When = sayWhen(catalog.Schedule{
			StartsLocal: p.StartsLocal, EndsLocal: p.EndsLocal, StartsAt: p.StartsAt, EndsAt: p.EndsAt, Timezone: p.Timezone,
		})
		v.OpensAt, v.Opens = p.OpensAt.Format(time.RFC3339), deadline(p.OpensAt, p.Timezone, now)
		v.Countdown = countTo(p.OpensAt.Sub(now))
	}
	v.Title, v.Text = joinWordsFor(p)
	if p.State == webinar.Open {
		allowFormTo(w, "https: http:") // the redirect after the button leads to the organiser's room
	}
	return s.render(w, r, status, "join.html", page{
		Title: v.Title, Hidden: true, Brand: joinBrand(p), Contact: p.Contact, Body: v,
	})
}

func joinBrand(p webinar.Page) brand {
	if p.OrgName == "" {
		return brand{}
	}
	return brand{Name: p.OrgName, Path: "/o/" + p.OrgSlug}
}

// joinWordsFor are the headline and the sentence below it.
func joinWordsFor(p webinar.Page) (title, text string) {
	switch p.State {
	case webinar.TooEarly, webinar.Open:
		return p.EventTitle, ""
	case webinar.NoRoom:
		return p.EventTitle, "The organiser has not opened the room yet. This page shows the way in as soon as there is one."
	case webinar.Ended:
		return "This session is over", "The room has closed. If there is a recording, the organiser will tell you."
	case webinar.Cancelled:
		return "This session is cancelled", "It does not take place. Everybody who registered has been told by mail."
	case webinar.Postponed:
		return "This event is postponed", "There is no new date yet. Your place stays kept, and this link will work then."
	case webinar.Replaced:
		return "This link has been replaced", "The place behind it went to somebody else, or a newer link was sent. Please look for the latest mail about this event."
	case webinar.NotConfirmed:
		if p.Registration == "awaiting_approval" {
			return "Your application is still being considered", "There is a way in once the organiser has said yes."
		}
		return "This link is not valid", "There is no confirmed place behind it. If you gave your place up and want it back, register again while places are left."
	case webinar.Unknown:
	}
	return "We cannot find that", "This link is incomplete or was never ours. Please use the button or the whole address in your confirmation."
}

// countTo splits a time into what the page counts.
func countTo(left time.Duration) countdown {
	left = max(0, left.Truncate(time.Second))
	return countdown{
		Days: fmt.Sprint(int(left.Hours()) / 24), Hours: pad(int(left.Hours()) % 24),
		Minutes: pad(int(left.Minutes()) % 60), Seconds: pad(int(left.Seconds()) % 60),
	}
}
