package site

import (
	"net/http"
	"net/url"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/replay"
	"lanyard/internal/webform"
)

// setupPage is behind a link from the command line. It signs a known person in by
// a button; the first owner introduces themselves and their organisation.
func (s *Site) setupPage(w http.ResponseWriter, r *http.Request) error {
	link, err := s.Account.OpenSetup(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.setupOver(w, r, err)
	}
	return s.renderSetup(w, r, http.StatusOK, link, url.Values{"details.timezone": {"Europe/London"}}, nil)
}

// setupPart is a message of the contract of which the page asks some fields.
type setupPart struct {
	msg     proto.Message
	prefix  string
	whose   string
	leave   []string
	heading string // above its fields
}

// setupParts are who the first owner is, where mail reaches them, and what their
// organisation is called; the rest of its settings can wait.
func setupParts() (me *accountv1.UpdateMeRequest, address *accountv1.InviteMemberRequest, org *accountv1.OrganisationDetails, parts []setupPart) {
	me, address, org = &accountv1.UpdateMeRequest{}, &accountv1.InviteMemberRequest{}, &accountv1.OrganisationDetails{}
	return me, address, org, []setupPart{
		{me, "", "your", []string{"request_id"}, "You"},
		{address, "", "your", []string{"request_id", "org_id", "role", "event_ids"}, ""},
		{org, "details", "the organisation's", []string{"about", "website", "contact_email"}, "Your organisation"},
	}
}

func (p setupPart) form(values url.Values, bad []fault.Field) webform.Form {
	return webform.Form{Prefix: p.prefix, Whose: p.whose, Leave: p.leave, Values: values, Violations: bad}
}

func (p setupPart) descriptor() protoreflect.MessageDescriptor {
	return p.msg.ProtoReflect().Descriptor()
}

// asks reports whether the page asks for the field at path.
func (p setupPart) asks(path string) bool {
	return !slices.ContainsFunc(p.leave, func(name string) bool {
		if p.prefix != "" {
			name = p.prefix + "." + name
		}
		return path == name
	})
}

func (s *Site) renderSetup(w http.ResponseWriter, r *http.Request, status int, link account.SetupLink, values url.Values, bad []fault.Field) error {
	v := gateView{Step: "setup", Title: "Sign in", Email: link.Email, Name: link.Name, Known: !link.Person.IsZero()}
	if v.Known {
		return s.renderGate(w, r, status, v)
	}
	v.Title = "Set up your organisation"
	var problems []webform.Problem
	_, _, _, parts := setupParts()
	for _, p := range parts {
		html, err := webform.Render(p.descriptor(), p.form(values, bad))
		if err != nil {
			return err
		}
		v.Form = append(v.Form, gatePart{p.heading, html})
		problems = append(problems, webform.Summary(p.descriptor(), p.form(values, bad))...)
	}
	v.Errors = summarise(append(problems, webform.Rest(bad, problems)...))
	return s.renderGate(w, r, status, v)
}

// setupOver is the page of a setup link that has run out, was used or never was.
// Those links come from the command line, not by mail.
func (s *Site) setupOver(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.DeadlinePassed) {
		return err
	}
	return s.renderGate(w, r, http.StatusGone, gateView{
		Step: "over", Title: "This link no longer works",
		Text: "It has run out, or was used already. As long as nobody owns this installation, Lanyard prints a new one whenever it starts. " +
			"For somebody who is known here, this prints one:",
		Command: "lanyard sign-in-link ADDRESS",
	})
}

// setupPost spends the link. For the first owner everything is checked before, so
// that a slip does not use the link up.
func (s *Site) setupPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	if err := s.slowDown(r, limit.SignIn); err != nil {
		return err
	}
	token := r.PathValue("token")
	link, err := s.Account.OpenSetup(r.Context(), token)
	if err != nil {
		return s.setupOver(w, r, err)
	}
	if !link.Person.IsZero() {
		spent, err := s.Account.SpendSetup(r.Context(), token, "", "", r.UserAgent())
		if err != nil {
			return s.setupOver(w, r, err)
		}
		return s.letIn(w, r, spent)
	}
	me, address, org, parts := setupParts()
	bad, err := s.readSetup(r, parts)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return s.renderSetup(w, r, http.StatusUnprocessableEntity, link, r.PostForm, bad)
	}
	spent, err := s.Account.SpendSetup(r.Context(), token, address.GetEmail(), me.GetName(), r.UserAgent())
	if f, ok := fault.As(err); ok && len(f.Fields) > 0 {
		return s.renderSetup(w, r, http.StatusUnprocessableEntity, link, r.PostForm, f.Fields)
	}
	if err != nil {
		return s.setupOver(w, r, err)
	}
	s.Account.SetCookie(w, spent.Session)
	actor, err := s.Account.ActorOf(r.Context(), spent.Person)
	if err != nil {
		return err
	}
	_, err = s.Account.CreateOrganisation(r.Context(), actor, replay.Key{}, account.OrganisationDetails{
		Slug: org.GetSlug(), Name: org.GetName(), Timezone: org.GetTimezone(), ContactEmail: address.GetEmail(),
	})
	if f, ok := fault.As(err); ok && (f.Kind == fault.KindExists || f.Kind == fault.KindInvalid) {
		redirect(w, r, home) // somebody was faster with the name; the console asks for another
		return nil
	}
	if err != nil {
		return err
	}
	redirect(w, r, home)
	return nil
}

// readSetup fills the parts from the form and says what is wrong with what the
// page asks.
func (s *Site) readSetup(r *http.Request, parts []setupPart) ([]fault.Field, error) {
	var bad []fault.Field
	for _, p := range parts {
		found := webform.Parse(r.PostForm, p.prefix, p.msg)
		broken, err := webform.Validate(p.msg, p.prefix)
		if err != nil {
			return nil, err
		}
		for _, f := range append(found, broken...) {
			if p.asks(f.Path) {
				bad = append(bad, f)
			}
		}
	}
	_, err := s.Account.OrganisationBySlug(r.Context(), r.PostForm.Get("details.slug"))
	switch {
	case err == nil:
		bad = append(bad, fault.Field{Path: "details.slug", Rule: "taken", Message: "is in use by another organisation"})
	case !fault.Is(err, fault.NoSuchThing):
		return nil, err
	}
	return bad, nil
}
