package site

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/notify"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// posted is a site whose mails land in its own mailbox.
func posted(t *testing.T) (*testworld.World, *browser) {
	t.Helper()
	w := testworld.New(t)
	n, err := notify.New(w.DB, notify.Deps{
		Bookings: w.Bookings, Events: w.Events, Accounts: w.Accounts, Keys: w.Keys,
		Base: &url.URL{Scheme: "https", Host: "events.example.org"}, From: "events@example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Accounts.Mail, w.Accounts.MailInvitation = n.SignInTx, n.InvitationTx
	return w, serve(t, w, func(d *Deps) { d.Notify = n })
}

var signInPath = regexp.MustCompile(`/sign-in/[A-Za-z0-9_-]{43}`)

// mailed is the path of the sign-in link in the newest mail.
func mailed(b *browser, to string) string {
	b.t.Helper()
	reader := b.again().open("/mailbox/?to="+url.QueryEscape(to)).want(200, to)
	reader.open(firstMail(reader))
	path := signInPath.FindString(reader.body)
	if path == "" {
		b.t.Fatalf("no link in the mail:\n%s", reader.text)
	}
	return path
}

// firstMail is the address of the newest mail in the list.
func firstMail(b *browser) string {
	b.t.Helper()
	for _, a := range find(b.page, "a") {
		if attr(a, "class") == "table__link" {
			return attr(a, "href")
		}
	}
	b.t.Fatalf("the mailbox is empty:\n%s", b.text)
	return ""
}

// signedIn reports whether the browser's session belongs to somebody.
func (b *browser) signedIn() bool {
	b.t.Helper()
	b.open("/sign-in")
	return b.url.Path != "/sign-in"
}

// ask requests a sign-in link for the address.
func (b *browser) askLink(email, next string) *browser {
	b.t.Helper()
	return b.open("/sign-in?next="+url.QueryEscape(next)).fill("E-mail address", email).press("Send me the link").
		want(200, "Look in your mail", "Open the built-in mailbox")
}

func TestSignIn_ByLinkInTheSameBrowser(t *testing.T) {
	t.Parallel()
	_, b := posted(t)
	b.askLink("owner@example.org", "/mailbox/?to=x")
	path := mailed(b, "owner@example.org")
	for range 10 { // a scanner looks
		b.again().open(path).want(200, "another browser", "Show me the code")
	}
	b.open(path).want(200, "As owner@example.org").press("Sign in").want(200, "Mailbox")
	if b.url.RequestURI() != "/mailbox/?to=x" {
		t.Errorf("went to %s", b.url.RequestURI())
	}
	if !b.signedIn() {
		t.Error("nobody is signed in")
	}
	b.again().open(path).want(410, "This link no longer works")
	b.post("/sign-out", nil)
	if b.signedIn() {
		t.Error("signing out did nothing")
	}
}

func TestSignIn_InAnotherBrowserByCode(t *testing.T) {
	t.Parallel()
	_, b := posted(t)
	b.askLink("owner@example.org", "/mailbox/")
	phone := b.again().open(mailed(b, "owner@example.org")).press("Show me the code").want(200, "Your code")
	code := regexp.MustCompile(`[0-9]{3} [0-9]{3}`).FindString(phone.text)
	if phone.signedIn() {
		t.Error("the other browser is signed in")
	}
	wrong := "000 000"
	if code == wrong {
		wrong = "000 001"
	}
	b.open("/sign-in/sent").fill("Did you open it on another device?", wrong).press("Sign in with the code").
		want(422, "That is not the code that the other browser shows")
	b.fill("Did you open it on another device?", code).press("Sign in with the code").want(200, "Mailbox")
	if !b.signedIn() {
		t.Error("nobody is signed in")
	}
}

func TestSignIn_SaysTheSameToEverybodyAndLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	_, b := posted(t)
	known := b.askLink("owner@example.org", "/").text
	unknown := b.again().askLink("nobody@example.org", "/").text
	if known != unknown {
		t.Error("the answer tells whether an address is known")
	}
	b.open("/sign-in").fill("E-mail address", "not an address").press("Send me the link").want(422, "Enter an e-mail address such as")
	if got := b.value("email"); got != "not an address" {
		t.Errorf("the address is %q now", got)
	}
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/%2f/evil.example", "javascript:alert(1)"} {
		b.open("/sign-in?next=" + url.QueryEscape(next))
		if got := b.value("next"); got != "" {
			t.Errorf("next=%s is carried on as %q", next, got)
		}
	}
	b.open("/sign-in/"+strings.Repeat("x", 43)).want(410, "This link no longer works")
}

func TestSignIn_LinkRunsOut(t *testing.T) {
	t.Parallel()
	w, b := posted(t)
	b.askLink("owner@example.org", "")
	path := mailed(b, "owner@example.org")
	b.open(path).want(200, "As owner@example.org")
	w.Clock.Advance(16 * time.Minute)
	b.press("Sign in").want(410, "This link no longer works")
}

func TestSetup_TheFirstOwnerMakesTheOrganisation(t *testing.T) {
	t.Parallel()
	w, b := posted(t)
	token, err := w.Accounts.MakeSetupLink(t.Context(), uid.Person{}, 30*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	b.open("/setup/"+token).want(200, "Set up your organisation", "Your name", "E-mail address", "Time zone")
	b.fill("Your name", "Ada").fill("E-mail address", "ada@example.org").fill("Name", "Ada's Lab").fill("Address", "northern").
		press("Create it and sign in").want(422, "One thing to put right", "is in use by another organisation")
	if b.value("email") != "ada@example.org" || b.value("details.timezone") != "Europe/London" {
		t.Error("what was entered is lost")
	}
	b.fill("Address", "Ada's").press("Create it and sign in").want(422, "Address has characters or a form that cannot be used here")
	b.fill("Address", "ada").press("Create it and sign in")
	if b.url.Path != "/console/" || !b.signedIn() {
		t.Errorf("at %s, and not signed in", b.url.Path)
	}
	org, err := w.Accounts.OrganisationBySlug(t.Context(), "ada")
	if err != nil || org.Name != "Ada's Lab" || org.ContactEmail != "ada@example.org" {
		t.Errorf("made %+v, %v", org, err)
	}
	b.again().open("/setup/"+token).want(410, "This link no longer works", "lanyard sign-in-link ADDRESS")
}

func TestSetup_SignsAKnownPersonInByAButton(t *testing.T) {
	t.Parallel()
	w, b := posted(t)
	token, err := w.Accounts.MakeSetupLink(t.Context(), w.Owner.Person, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b.open("/setup/"+token).want(200, "owner@example.org")
	if b.again().signedIn() {
		t.Error("looking signed somebody in")
	}
	b.open("/setup/" + token).press("Sign in")
	if !b.signedIn() {
		t.Error("nobody is signed in")
	}
}

func TestInvitations_AreAcceptedAfterSigningIn(t *testing.T) {
	t.Parallel()
	w, b := posted(t)
	_, err := w.Accounts.Invite(t.Context(), w.Owner, replay.Key{}, w.Org.ID, "new@example.org", account.Place{Role: account.RoleOrganiser})
	if err != nil {
		t.Fatal(err)
	}
	b.open("/invitations")
	if b.url.Path != "/sign-in" {
		t.Errorf("without a sign-in at %s", b.url.Path)
	}
	b.askLink("new@example.org", "/mailbox/")
	b.open(mailed(b, "new@example.org")).press("Sign in").want(200, "You are invited", "Northern Life Sciences", "as organiser")
	b.press("Accept").want(200, "Mailbox")
	members, err := w.Accounts.Members(t.Context(), w.Org.ID)
	if err != nil || len(members) != 2 {
		t.Errorf("the team is %+v, %v", members, err)
	}
}
