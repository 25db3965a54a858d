package site

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/fault"
	"lanyard/internal/webform"
)

// notice is a message above a form or on top of a page.
type notice struct{ Class, Icon, Title, Text string }

// summary is the list of what is to be put right, at the top of a form.
type summary struct {
	Title    string
	Problems []webform.Problem
}

// summarise says how many things there are to put right; nil when there are none.
func summarise(problems []webform.Problem) *summary {
	if len(problems) == 0 {
		return nil
	}
	words := []string{"One thing", "Two things", "Three things", "Four things", "Five things", "Six things"}
	title := strconv.Itoa(len(problems)) + " things"
	if len(problems) <= len(words) {
		title = words[len(problems)-1]
	}
	return &summary{Title: title + " to put right", Problems: problems}
}

// factsView is what the card beside a form says of the event.
type factsView struct {
	Path, Title string
	When        when
	Dateless    bool
	Where       []string
	WhereIcon   string
	Product     string
}

func (v visit) facts() factsView {
	f := eventFacts(v.happening)
	f.Product = v.offer.Title
	return f
}

// formView is a registration form.
type formView struct {
	Heading, Button, Note string
	Action                string
	Event                 factsView
	Hold                  *holdView
	Errors                *summary
	Notice                *notice
	RequestID, Product    string
	Began, Person         string
	Attendees             []attendeeView
	CanAdd                bool
	Organiser             string
}

// holdView is the line that says how long places are kept.
type holdView struct {
	Until      string // RFC 3339, for the script
	Clock      string // in words, for everybody else
	Left       string
	Ending     bool
	Text       string
	Release    string // what the button says that gives the places back
	ReleaseURL string
}

// attendeeView is one attendee's part of the form.
type attendeeView struct {
	Number           int
	Several          bool
	Title            string
	Present          string // name of the field that says there is such an attendee
	Fields, Question template.HTML
	Remove           string // value of the button; empty when there must be one
}

// renderForm writes the form with what was entered and what is wrong with it.
func (s *Site) renderForm(w http.ResponseWriter, r *http.Request, status int, v visit, bad []fault.Field, say *notice) error {
	view := formView{
		Heading: "Keep your place", Button: "Keep my place", Action: v.path, Event: v.facts(), Notice: say,
		RequestID: v.values.Get("request_id"), Product: v.offer.Product.String(),
		Began: v.values.Get("began"), Person: v.values.Get("person"), Organiser: v.OrgName,
		Note: "You can change or give up your place later by the link in your confirmation.",
	}
	if view.RequestID == "" {
		view.RequestID = newRequestID()
	}
	count := max(1, min(attendeeCount(v.values), max(v.places, 1)))
	if count > 1 {
		view.Heading, view.Button = "Keep your places", "Keep "+strconv.Itoa(count)+" places"
	}
	if v.byApplication() {
		view.Heading, view.Button = "Apply for a place", "Send my application"
		view.Note = "The organiser decides, and writes to you either way. Until then you can change or withdraw your application."
	}
	if v.hold.Secret != "" {
		view.Hold = s.holdView(v)
	}
	view.CanAdd = count < v.places
	problems, err := view.addAttendees(v, count, bad)
	if err != nil {
		return err
	}
	view.Errors = summarise(problems)
	return s.render(w, r, status, "register.html", page{
		Title: view.Heading + " · " + v.Title, Hidden: true, Contact: v.organiser.ContactEmail,
		Brand: brand{Name: v.OrgName, Path: "/o/" + v.OrgSlug}, Body: view,
	})
}

// addAttendees renders the parts of the form, and returns what is wrong in them.
func (f *formView) addAttendees(v visit, count int, bad []fault.Field) ([]webform.Problem, error) {
	md := (&bookingv1.AttendeeDetails{}).ProtoReflect().Descriptor()
	var problems []webform.Problem
	for i := range count {
		one := attendeeView{Number: i + 1, Several: count > 1, Title: "About you", Present: attendeePath(i) + ".present"}
		form := webform.Form{Prefix: attendeePath(i), Values: v.values, Violations: bad}
		if one.Several {
			one.Title, one.Remove = "Attendee "+strconv.Itoa(i+1), "remove:"+strconv.Itoa(i)
			if i > 0 {
				form.Whose = "the"
			}
		}
		var err error
		if one.Fields, err = webform.Render(md, form); err != nil {
			return nil, err
		}
		if one.Question, err = webform.Questions(v.form.Questions, form); err != nil {
			return nil, err
		}
		found := append(webform.Summary(md, form), webform.QuestionSummary(v.form.Questions, form)...)
		for j := range found {
			if one.Several {
				found[j].Text = one.Title + ": " + found[j].Text
			}
		}
		problems = append(problems, found...)
		f.Attendees = append(f.Attendees, one)
	}
	return append(problems, webform.Rest(bad, problems)...), nil
}

func (s *Site) holdView(v visit) *holdView {
	left := v.hold.ExpiresAt.Sub(s.Clock()).Truncate(time.Second)
	h := &holdView{
		Until: v.hold.ExpiresAt.Format(time.RFC3339), Clock: deadlineTime(v), ReleaseURL: "/h/" + v.hold.Secret + "/release",
		Ending: left < 2*time.Minute, Text: "Your place is kept until",
		Release: "Let it go and return to the event",
	}
	if v.hold.Quantity > 1 {
		h.Text = "Your " + strconv.Itoa(v.hold.Quantity) + " places are kept until"
		h.Release = "Let them go and return to the event"
	}
	if left > 0 {
		h.Left = strconv.Itoa(int(left.Minutes())) + ":" + pad(int(left.Seconds())%60)
	}
	return h
}

// deadlineTime is the time of day at which the basket lapses, on the event's clock.
func deadlineTime(v visit) string {
	at := v.hold.ExpiresAt.UTC()
	if loc, err := time.LoadLocation(v.Timezone); err == nil {
		at = at.In(loc)
	}
	return at.Format("15:04") + ", " + zoneWords(v.Timezone)
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// closedView is the page that says why there is no form.
type closedView struct {
	Title, Text string
	Event       factsView
	Card        *cardBox // what else there is to choose from
}

// renderClosed says that nothing can be had, and why.
func (s *Site) renderClosed(w http.ResponseWriter, r *http.Request, status int, h happening, title, text string) error {
	return s.render(w, r, status, "closed.html", page{
		Title: title + " · " + h.Title, Hidden: true, Contact: h.organiser.ContactEmail,
		Brand: brand{Name: h.OrgName, Path: "/o/" + h.OrgSlug},
		Body:  closedView{Title: title, Text: text, Event: eventFacts(h)},
	})
}

// renderChoice lists the kinds of place when none was chosen, or the chosen one
// cannot be had.
func (s *Site) renderChoice(w http.ResponseWriter, r *http.Request, h happening, card cardBox) error {
	return s.render(w, r, http.StatusOK, "closed.html", page{
		Title: "Choose your place · " + h.Title, Hidden: true, Contact: h.organiser.ContactEmail,
		Brand: brand{Name: h.OrgName, Path: "/o/" + h.OrgSlug},
		Body:  closedView{Title: "Choose your place", Event: eventFacts(h), Card: &card},
	})
}

func eventFacts(h happening) factsView {
	lines := where(h.Listed)
	return factsView{
		Path: eventPath(h.Listed), Title: h.Title, When: sayWhen(h.Schedule), Dateless: h.State == "postponed",
		Where: lines, WhereIcon: modeIcon(h.Mode),
	}
}
