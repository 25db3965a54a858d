package site

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/uid"
)

func (s *Site) signInRoutes(m *router) {
	m.member("GET /sign-in", s.signInPage)
	m.member("POST /sign-in", s.signInPost)
	m.member("GET /sign-in/sent", s.sentPage)
	m.member("POST /sign-in/code", s.codePost)
	m.member("GET /sign-in/code", s.sentPage)
	m.member("GET /sign-in/{token}", s.linkPage)
	m.member("POST /sign-in/{token}", s.linkPost)
	m.member("POST /sign-out", s.signOutPost)
	m.member("GET /invitations", s.invitationsPage)
	m.member("POST /invitations", s.invitationsPost)
	m.member("GET /setup/{token}", s.setupPage)
	m.member("POST /setup/{token}", s.setupPost)
}

// gateView is one of the pages on the way in.
type gateView struct {
	Step       string // "address", "sent", "link", "code", "over", "setup", "invitations"
	Title      string
	Text       string
	Email      string
	Next       string
	Error      string
	Same       bool
	Code       string
	Errors     *summary
	Form       []gatePart
	Command    string // what to type on the server
	Mailbox    bool
	Name       string
	Known      bool
	Invites    []account.MyInvitation
	RoleLabels map[account.Role]string
}

// gatePart is some fields of a form, with a heading or without.
type gatePart struct {
	Heading string
	Fields  template.HTML
}

func (s *Site) renderGate(w http.ResponseWriter, r *http.Request, status int, v gateView) error {
	private(w)
	v.Mailbox = s.Mailbox
	return s.render(w, r, status, "signin.html", page{Title: v.Title, Hidden: true, Body: v})
}

// home is where people go once they are in.
const home = "/console/"

// signInPage asks for the address. Whoever is signed in already goes on.
func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if account.ActorFrom(r.Context()).SignedIn() {
		redirect(w, r, ownPath(next, home))
		return nil
	}
	s.Account.BrowserCookie(w, r) // so that it is there when the form comes back
	return s.renderGate(w, r, http.StatusOK, gateView{Step: "address", Title: "Sign in", Next: ownPath(next, "")})
}

// signInPost mails a link and says so, whoever the address belongs to.
func (s *Site) signInPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v := gateView{Step: "address", Title: "Sign in", Email: r.PostForm.Get("email"), Next: ownPath(r.PostForm.Get("next"), "")}
	err := s.slowDown(r, limit.SignIn)
	if err == nil {
		err = s.Account.RequestSignIn(r.Context(), v.Email, s.Account.BrowserSecret(r), v.Next)
	}
	f, ok := fault.As(err)
	switch {
	case err == nil:
		redirect(w, r, "/sign-in/sent")
		return nil
	case !ok:
		return err
	case f.Kind == fault.KindInvalid:
		v.Error = "Enter an e-mail address such as name@example.org"
		return s.renderGate(w, r, http.StatusUnprocessableEntity, v)
	}
	s.Account.BrowserCookie(w, r)
	status, _ := faultPage(f)
	v.Error = f.Message
	return s.renderGate(w, r, status, v)
}

// sentPage says to look in the mail, and takes the code that another browser shows.
func (s *Site) sentPage(w http.ResponseWriter, r *http.Request) error {
	if account.ActorFrom(r.Context()).SignedIn() {
		redirect(w, r, home)
		return nil
	}
	return s.renderGate(w, r, http.StatusOK, gateView{Step: "sent", Title: "Look in your mail"})
}

func (s *Site) codePost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	v := gateView{Step: "sent", Title: "Look in your mail"}
	err := s.slowDown(r, limit.SignIn)
	var spent account.Spent
	if err == nil {
		spent, err = s.Account.SpendCode(r.Context(), s.Account.BrowserSecret(r), code, r.UserAgent())
	}
	if f, ok := fault.As(err); ok {
		status, _ := faultPage(f)
		if v.Error = f.Message; f.Kind == fault.KindInvalid {
			status, v.Error = http.StatusUnprocessableEntity, "That is not the code that the other browser shows"
		}
		return s.renderGate(w, r, status, v)
	}
	if err != nil {
		return err
	}
	return s.letIn(w, r, spent)
}

// linkPage looks at a link from a mail and spends nothing: scanners open links.
func (s *Site) linkPage(w http.ResponseWriter, r *http.Request) error {
	link, err := s.Account.OpenSignIn(r.Context(), r.PathValue("token"), s.Account.BrowserSecret(r))
	if err != nil {
		return s.linkOver(w, r, err)
	}
	return s.renderGate(w, r, http.StatusOK, gateView{Step: "link", Title: "Sign in", Email: link.Email, Same: link.SameBrowser})
}

// linkPost spends the link: it signs in the browser that asked, and shows any
// other a code to type there.
func (s *Site) linkPost(w http.ResponseWriter, r *http.Request) error {
	if err := s.slowDown(r, limit.SignIn); err != nil {
		return err
	}
	spent, err := s.Account.SpendSignIn(r.Context(), r.PathValue("token"), s.Account.BrowserSecret(r), r.UserAgent())
	if err != nil {
		return s.linkOver(w, r, err)
	}
	if spent.Code != "" {
		return s.renderGate(w, r, http.StatusOK, gateView{Step: "code", Title: "Your code", Code: spent.Code[:3] + " " + spent.Code[3:]})
	}
	return s.letIn(w, r, spent)
}

// linkOver is the page of a link that has run out, was used or never was.
func (s *Site) linkOver(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.DeadlinePassed) {
		return err
	}
	return s.renderGate(w, r, http.StatusGone, gateView{
		Step: "over", Title: "This link no longer works", Text: "It has run out, or was used already. Each works once, for fifteen minutes.",
	})
}

// letIn gives the browser its session and leads on: to open invitations first.
func (s *Site) letIn(w http.ResponseWriter, r *http.Request, spent account.Spent) error {
	s.Account.SetCookie(w, spent.Session)
	next := ownPath(spent.Next, home)
	actor, err := s.Account.ActorOf(r.Context(), spent.Person)
	if err != nil {
		return err
	}
	invites, err := s.Account.MyInvitations(r.Context(), actor)
	if err != nil {
		return err
	}
	if len(invites) > 0 {
		next = "/invitations?next=" + url.QueryEscape(next)
	}
	redirect(w, r, next)
	return nil
}

func (s *Site) signOutPost(w http.ResponseWriter, r *http.Request) error {
	if err := s.Account.SignOut(r.Context(), account.ActorFrom(r.Context())); err != nil {
		return err
	}
	s.Account.ClearCookie(w)
	redirect(w, r, "/")
	return nil
}

// invitationsPage lists the teams that a person was invited to.
func (s *Site) invitationsPage(w http.ResponseWriter, r *http.Request) error {
	actor := account.ActorFrom(r.Context())
	if !actor.SignedIn() {
		return fault.Unauthenticated("Please sign in to see your invitations.")
	}
	next := ownPath(r.URL.Query().Get("next"), home)
	invites, err := s.Account.MyInvitations(r.Context(), actor)
	if err != nil {
		return err
	}
	if len(invites) == 0 {
		redirect(w, r, next)
		return nil
	}
	return s.renderGate(w, r, http.StatusOK, gateView{
		Step: "invitations", Title: "You are invited", Email: actor.Email, Next: next, Invites: invites, RoleLabels: roleLabels,
	})
}

// roleLabels are the roles in words.
var roleLabels = map[account.Role]string{
	account.RoleOwner: "owner", account.RoleOrganiser: "organiser", account.RoleFinance: "finance",
	account.RoleReviewer: "reviewer", account.RoleCheckIn: "check-in",
}

func (s *Site) invitationsPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	actor := account.ActorFrom(r.Context())
	if !actor.SignedIn() {
		return fault.Unauthenticated("Please sign in to accept an invitation.")
	}
	var org uid.Org
	var id uid.Invitation
	if org.UnmarshalText([]byte(r.PostForm.Get("org"))) != nil || id.UnmarshalText([]byte(r.PostForm.Get("invitation"))) != nil {
		return fault.NotFound("invitation")
	}
	if err := s.Account.AcceptInvitation(r.Context(), actor, org, id); err != nil {
		return err
	}
	redirect(w, r, "/invitations?next="+url.QueryEscape(ownPath(r.PostForm.Get("next"), home)))
	return nil
}
