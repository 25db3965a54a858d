package site

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/fold"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// mineView is a registration's own page.
type mineView struct {
	New            bool // the person has just registered
	Heading, Lede  string
	Mark, MarkIcon string // of the big sign on top
	Badge          badgeView
	Notices        []notice
	Event          factsView
	Ticket         bool
	Code           string
	QR             template.HTML // of a ticket that is shown at a door
	PDF            string        // path of that ticket on paper
	Name, Place    string
	GoodToKnow     string
	Sessions       []mineSession
	Join           string // path of the join page, when there is only one
	JoinNote       string
	Calendar       *addView
	File           string
	Answers        []answerView
	Path           string
	CanChange      bool
	CanGiveUp      bool // without asking the organiser
	Application    bool
	Until          string
	EventPath      string
}

// mineSession is one sitting of the place.
type mineSession struct {
	Title, Place string
	When         when
	Join         string
	Cancelled    bool
}

// answerView is one detail of the person.
type answerView struct {
	Label string
	Texts []string
}

// done are the words for what has just been done.
var done = map[string]notice{
	"saved": {"notice--success", "good", "Saved", "Your details are up to date."},
	"cancelled": {"notice--success", "good", "Done: you have given it up",
		"We have sent a mail that confirms it. If you had the entry in your calendar, it goes from there."},
	"handed-over": {"notice--success", "good", "Done: you have handed your place over",
		"Your colleague gets a confirmation by mail, with a link of their own. This one only shows that you passed it on."},
}

// mineView puts a registration into words.
func (s *Site) mineView(r *http.Request, m booking.Mine) (mineView, error) {
	reg := m.Registration
	v := mineView{
		Event: mineFacts(m), Code: spaced(reg.OrderCode), Name: reg.Attendee.Name, Place: m.ProductTitle,
		Path: minePath(r), EventPath: eventPath(m.Event.Listed), CanChange: m.CanChange, CanGiveUp: m.CanGiveUp(),
		Application: reg.State == booking.StateAwaitingApproval,
		Ticket:      reg.State == booking.StateConfirmed && m.Event.State != catalog.StateCancelled,
		Answers:     answerViews(m),
	}
	if m.Bought != nil && len(m.Bought.AddOns) > 0 {
		v.Place += ", with " + strings.Join(m.Bought.AddOns, ", ")
	}
	query := r.URL.Query()
	v.New = query.Get("new") != "" && reg.Live()
	v.say(m, query.Get("places"))
	if n, ok := done[query.Get("done")]; ok && agrees(query.Get("done"), reg.State) {
		v.Notices = append([]notice{n}, v.Notices...) // what was just done comes first
	}
	if reg.Undeliverable && reg.Live() {
		v.Notices = append(v.Notices, unreached(v.CanChange))
	}
	v.Notices = append(v.Notices, eventNotices(m)...)
	if v.CanChange {
		v.Until = deadline(m.ChangesUntil, m.Event.Timezone, s.Clock()) + ", " + zoneWords(m.Event.Timezone)
	}
	if v.Ticket {
		v.GoodToKnow = m.GoodToKnow
		if !v.New {
			v.Heading = "Your place" // the ticket below says at what
		}
		v.addSessions(m)
		if err := s.addQR(r.Context(), &v, m); err != nil {
			return v, err
		}
		return v, s.addCalendar(r, &v, m)
	}
	return v, nil
}

// addQR draws the code that is shown at the door; places without a room need none.
func (s *Site) addQR(ctx context.Context, v *mineView, m booking.Mine) error {
	if !s.hasTicket(m) {
		return nil
	}
	codes, err := s.Door.Codes(ctx, m.Registration.Org, m.Registration.Event, m.Registration.ID)
	if err != nil {
		return err
	}
	matrix, err := ticketcode.QR(codes.Signed)
	if err != nil {
		return err
	}
	v.PDF = v.Path + "/ticket.pdf"
	v.QR = template.HTML(matrix.SVG("QR code of this ticket, to be scanned at the entrance. Order code " + v.Code)) // escaped by SVG
	return nil
}

// unreached tells somebody that our mails do not arrive. What matters is on this
// page all the same.
func unreached(canChange bool) notice {
	n := notice{"notice--warning", "warn", "Our mail to you came back", "Your registration stands, but we cannot reach you at this address."}
	if canChange {
		n.Text += " Correct it, and the confirmation comes again."
	}
	return n
}

// agrees reports whether what an address says was done is what is now the case:
// anybody can write an address.
func agrees(what string, state booking.State) bool {
	switch what {
	case "cancelled":
		return state == booking.StateCancelled
	case "handed-over":
		return state == booking.StateTransferred
	}
	return state == booking.StateConfirmed || state == booking.StateAwaitingApproval
}

// say chooses the words for the state.
func (v *mineView) say(m booking.Mine, places string) {
	reg, title := m.Registration, m.Event.Title
	v.Heading = "Your place at " + title
	switch reg.State {
	case booking.StateConfirmed:
		v.Badge, v.MarkIcon = badgeView{"badge--good", "Confirmed"}, "check"
		if v.New {
			v.Heading = "Your place is kept, " + firstName(reg.Attendee.Name)
			v.Lede = "We have sent the confirmation with a calendar invitation to "
		}
	case booking.StateAwaitingApproval:
		v.Badge, v.Mark, v.MarkIcon = badgeView{"badge--caution", "Awaiting a decision"}, "confirmed__mark--waiting", "clock"
		v.Heading = "Your application for " + title
		if v.New {
			v.Heading = "Your application is in, " + firstName(reg.Attendee.Name)
			v.Lede = "We have sent a copy to "
		}
	case booking.StateDeclined:
		v.Badge = badgeView{"badge--bad", "Declined"}
		v.Heading = "Your application for " + title
		v.Notices = append(v.Notices, notice{"", "info", "The organiser has declined this application", reg.Note})
	case booking.StateCancelled:
		if m.Event.RegistrationMode == catalog.Approval {
			v.Badge, v.Heading = badgeView{"badge--bad", "Withdrawn"}, "Your application for "+title
			v.Notices = append(v.Notices, notice{"", "info", "This application has ended",
				joinWords(" ", reg.Note, "It was withdrawn, or the organiser took the place back. While applications are open, you can apply again on the event’s page.")})
			return
		}
		v.Badge = badgeView{"badge--bad", "Given up"}
		v.Notices = append(v.Notices, notice{"", "info", "There is no place behind this link any more",
			joinWords(" ", reg.Note, "It was given up or taken back. If places are left, you can register again on the event’s page.")})
	case booking.StateTransferred:
		v.Badge = badgeView{"", "Handed over"}
		v.Notices = append(v.Notices, notice{"", "swap", "You have handed this place over", "Somebody else comes in your place and has a link of their own."})
	case booking.StateHeld, booking.StateLapsed:
		v.Badge = badgeView{"", "Not completed"}
	}
	if n, err := strconv.Atoi(places); v.New && err == nil && n > 1 && n <= 50 {
		v.Notices = append(v.Notices, notice{"", "people", "You registered " + strconv.Itoa(n) + " people",
			"This is the first one’s page. Each of the others gets a confirmation and a link of their own by mail."})
	}
}

// eventNotices say what happened to the event.
func eventNotices(m booking.Mine) []notice {
	var out []notice
	for _, n := range notices(m.Event) {
		out = append(out, notice(n))
	}
	if m.Event.State == catalog.StateEnded && m.Registration.State == booking.StateConfirmed {
		out = append(out, notice{"", "info", "This event is over", "Thank you for being part of it."})
	}
	return out
}

func (v *mineView) addSessions(m booking.Mine) {
	var joins []string
	for _, ses := range m.Sessions {
		row := mineSession{Title: ses.Title, Place: ses.Place, When: sayWhen(ses.Schedule), Cancelled: !ses.Live()}
		if m.JoinToken != "" && ses.Live() {
			row.Join = joinPath(m.JoinToken, ses.ID)
			joins = append(joins, row.Join)
		}
		v.Sessions = append(v.Sessions, row)
	}
	if len(joins) == 1 {
		v.Join, v.JoinNote = joins[0], "Your join page opens shortly before the start."
	}
	if len(joins) > 1 {
		v.JoinNote = "Each session has a join page of its own, below."
	}
	if len(v.Sessions) == 1 && v.Sessions[0].Title == "" {
		v.Sessions = nil // it says nothing that the event does not
	}
}

// addCalendar offers copies for calendars; web calendars take one entry at a time.
func (s *Site) addCalendar(r *http.Request, v *mineView, m booking.Mine) error {
	if m.Event.State == catalog.StatePostponed || m.Event.State == catalog.StateEnded {
		return nil
	}
	v.File = v.Path + "/calendar.ics"
	entries, err := s.mineEntries(r.Context(), m)
	if err != nil {
		return err
	}
	if len(entries) == 1 {
		to := calendar.Links(entries[0])
		v.Calendar = &addView{File: v.File, Google: to.Google, Outlook: to.Outlook, Microsoft365: to.Microsoft365, Yahoo: to.Yahoo}
	}
	return nil
}

// mineEntries are the sittings of the place as calendar entries, the same for
// everybody who has one.
func (s *Site) mineEntries(ctx context.Context, m booking.Mine) ([]calendar.Entry, error) {
	by, err := s.Account.Organisation(ctx, m.Event.Org)
	if err != nil {
		return nil, err
	}
	id := m.Event.ID.String()
	changed, err := s.Account.LastActs(ctx, by.ID, []string{id})
	if err != nil {
		return nil, err
	}
	return s.sessionEntries(onlySessions(m), by, changed[id]), nil
}

// onlySessions is the event with the sittings of the place alone.
func onlySessions(m booking.Mine) catalog.PublicEvent {
	e := m.Event
	e.Sessions = slices.DeleteFunc(slices.Clone(e.Sessions), func(ses catalog.Session) bool {
		return !slices.ContainsFunc(m.Sessions, func(own catalog.Session) bool { return own.ID == ses.ID })
	})
	return e
}

func mineFacts(m booking.Mine) factsView {
	f := eventFacts(happening{PublicEvent: m.Event})
	f.Product = m.ProductTitle
	return f
}

// answerViews are the person's details as they were given.
func answerViews(m booking.Mine) []answerView {
	a := m.Registration.Attendee
	var out []answerView
	add := func(label string, texts ...string) {
		if len(texts) > 0 && texts[0] != "" {
			out = append(out, answerView{label, texts})
		}
	}
	add("Name", a.Name)
	add("E-mail address", a.Email)
	add("Organisation", a.Organisation)
	add("I am", capital(a.Segment))
	for _, q := range m.Questions {
		add(q.Label, answerTexts(q, a.Answers[q.ID])...)
	}
	return out
}

// answerTexts are a question's answers in the words of the form.
func answerTexts(q booking.Question, values []string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		for _, c := range q.Choices {
			if c.ID == v {
				v = c.Label
			}
		}
		if q.Type == booking.YesNo || q.Type == booking.Consent {
			v = capital(v)
		}
		out = append(out, v)
	}
	return out
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// firstName is how a page greets: the first word of a name, without its title.
func firstName(name string) string {
	first, _, _ := strings.Cut(fold.WithoutTitle(name), " ")
	return first
}

// spaced writes an order code in groups that people can read out.
func spaced(code string) string {
	var parts []string
	for len(code) > 4 {
		parts = append(parts, code[:4])
		code = code[4:]
	}
	return strings.Join(append(parts, code), "-")
}

// renderMineAgain writes the registration's own page in place of a form that is
// of no use any more.
func (s *Site) renderMineAgain(w http.ResponseWriter, r *http.Request, status int, m booking.Mine, say *notice) error {
	v, err := s.mineView(r, m)
	if err != nil {
		return err
	}
	switch {
	case say != nil:
		v.Notices = append([]notice{*say}, v.Notices...)
	case m.Registration.Live():
		v.Notices = append([]notice{{"", "lock", "This can no longer be changed here", "The event has begun, or is not taking place. Please ask the organiser."}}, v.Notices...)
	}
	return s.renderMine(w, r, status, "registration.html", v.Heading, m, v)
}

// joinPath is the path of a place's join page for one sitting.
func joinPath(token string, session uid.Session) string {
	return "/j/" + token + "/" + session.String()
}
