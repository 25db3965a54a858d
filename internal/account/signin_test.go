package account_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestSignIn_EndsWhenIdleAndInAnyCaseAfterAWeek(t *testing.T) {
	t.Parallel()
	w := setup(t)
	session := w.signIn("ada@example.org")
	for used := time.Duration(0); used < account.WholeLife-account.IdleLife; used += account.IdleLife - time.Minute {
		if !w.whoIs(session).SignedIn() {
			t.Fatalf("signed out after %s of use", used)
		}
		w.clk.Advance(account.IdleLife - time.Minute)
	}
	w.clk.Advance(time.Minute)
	for range 2 { // asking does not bring it back
		if w.whoIs(session).SignedIn() {
			t.Error("an idle sign-in is alive")
		}
	}

	session = w.signIn("ada@example.org")
	for range int(account.WholeLife / time.Hour) {
		w.clk.Advance(time.Hour)
		w.whoIs(session)
	}
	if w.whoIs(session).SignedIn() {
		t.Error("a sign-in outlives the week")
	}
}

func TestSignIn_IsShorterForPeopleWhoWorkWithMoney(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, _ := w.organisation("medilink")
	w.member(o.ID, "fin@example.org", account.RoleFinance)
	session := w.signIn("fin@example.org")
	w.clk.Advance(29 * time.Minute)
	if !w.whoIs(session).SignedIn() {
		t.Fatal("signed out after 29 minutes")
	}
	w.clk.Advance(account.FinanceIdleLife)
	for range 2 {
		if w.whoIs(session).SignedIn() {
			t.Error("still signed in after half an idle hour")
		}
	}
}

func TestActor_TheUseIsWrittenAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	w := setup(t)
	session := w.signIn("ada@example.org")
	start := w.clk.Now()
	used := func() time.Time {
		t.Helper()
		return must[[]account.SignIn](t)(w.accounts.SignIns(t.Context(), w.whoIs(session)))[0].LastUsedAt
	}
	w.clk.Advance(30 * time.Second)
	if got := used(); !got.Equal(start) {
		t.Errorf("written again after half a minute: %s", got)
	}
	w.clk.Advance(31 * time.Second)
	if got := used(); !got.Equal(w.clk.Now()) {
		t.Errorf("last use is %s, want %s", got, w.clk.Now())
	}
	var seen time.Time
	if err := w.db.Pool().QueryRow(t.Context(), "SELECT last_seen_at FROM person").Scan(&seen); err != nil || !seen.Equal(w.clk.Now()) {
		t.Errorf("the person was last seen %s, %v", seen, err)
	}
}

// A26: a planted, an old or a stolen session opens nothing after sign-in,
// sign-out, revocation, a change of role and removal.
func TestSession_A26_EndsWithWhateverItStoodFor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bea := w.member(o.ID, "bea@example.org", account.RoleOrganiser)

	planted := w.signIn("bea@example.org")
	browser, link := w.asked("bea@example.org")
	ctx := account.WithActor(t.Context(), w.whoIs(planted))
	fresh := must[account.Spent](t)(w.accounts.SpendSignIn(ctx, link, browser, firefox)).Session
	if fresh == planted || w.whoIs(planted).SignedIn() {
		t.Error("the session from before signing in still works")
	}

	if err := w.accounts.SignOut(t.Context(), w.whoIs(fresh)); err != nil {
		t.Fatal(err)
	}
	if w.whoIs(fresh).SignedIn() {
		t.Error("the session works after signing out")
	}

	one, two := w.signIn("bea@example.org"), w.signIn("bea@example.org")
	must[account.Member](t)(w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, bea.Person, 1, account.Place{Role: account.RoleCheckIn}))
	if w.whoIs(one).SignedIn() || w.whoIs(two).SignedIn() {
		t.Error("a session works after the role changed")
	}

	w.clk.Advance(2 * time.Hour)
	three := w.signIn("bea@example.org")
	if err := w.accounts.RemoveMember(t.Context(), owner, replay.Key{}, o.ID, bea.Person); err != nil {
		t.Fatal(err)
	}
	if w.whoIs(three).SignedIn() {
		t.Error("a session works after leaving the team")
	}
}

// A60, in the domain: the roles are those of this moment, not of the sign-in.
func TestActor_A60_RolesAreReadEachTime(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, _ := w.organisation("medilink")
	session := w.signIn("bea@example.org")
	if _, ok := w.whoIs(session).Member(o.ID); ok {
		t.Fatal("a stranger is a member")
	}
	w.member(o.ID, "bea@example.org", account.RoleFinance)
	if m, _ := w.whoIs(session).Member(o.ID); m.Role != account.RoleFinance {
		t.Errorf("role is %q right after joining", m.Role)
	}
}

func TestSignIns_AreTheOwnAndCanBeRevoked(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	first := w.signIn(owner.Email)
	w.clk.Advance(time.Minute)
	second := w.signIn(owner.Email)
	me := w.whoIs(second)
	got := must[[]account.SignIn](t)(w.accounts.SignIns(t.Context(), me))
	now := w.clk.Now()
	want := []account.SignIn{
		{ID: me.SignIn, Browser: "Firefox on Linux", CreatedAt: now, LastUsedAt: now},
		{ID: got[1].ID, Browser: "Firefox on Linux", CreatedAt: now.Add(-time.Minute), LastUsedAt: now.Add(-time.Minute)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sign-ins (-want +got)\n%s", diff)
	}

	stranger := w.whoIs(w.signIn("mallory@example.org"))
	wantReason(t, w.accounts.RevokeSignIn(t.Context(), stranger, replay.Key{}, got[1].ID), fault.NoSuchThing)
	if !w.whoIs(first).SignedIn() {
		t.Fatal("a stranger signed somebody out")
	}
	if err := w.accounts.RevokeSignIn(t.Context(), me, replay.Key{}, got[1].ID); err != nil {
		t.Fatal(err)
	}
	wantReason(t, w.accounts.RevokeSignIn(t.Context(), me, replay.Key{}, got[1].ID), fault.NoSuchThing)
	if w.whoIs(first).SignedIn() || !w.whoIs(second).SignedIn() {
		t.Error("the wrong browser was signed out")
	}
	if err := w.accounts.SignOut(t.Context(), account.Actor{}); err != nil {
		t.Errorf("signing out nobody: %v", err)
	}
	wantLog := []string{"sign_in.revoke", "sign_in.create", "sign_in.create"}
	if diff := cmp.Diff(wantLog, w.actions(o.ID)[:3]); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
}

func TestAuthenticate_PutsTheActorIntoTheContext(t *testing.T) {
	t.Parallel()
	w := setup(t)
	session := w.signIn("ada@example.org")
	h := w.accounts.Authenticate(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Who", account.ActorFrom(r.Context()).Email)
	}))
	ask := func(cookie *http.Cookie) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if cookie != nil {
			r.AddCookie(cookie)
		}
		rw := httptest.NewRecorder()
		h.ServeHTTP(rw, r)
		return rw.Result().Header.Get("Who")
	}
	tests := []struct {
		name   string
		cookie *http.Cookie
		want   string
	}{
		{"none", nil, ""},
		{"ours", &http.Cookie{Name: "__Host-sid", Value: session}, "ada@example.org"},
		{"without the prefix", &http.Cookie{Name: "sid", Value: session}, ""},
		{"unknown", &http.Cookie{Name: "__Host-sid", Value: account.NewSecret()}, ""},
		{"nonsense", &http.Cookie{Name: "__Host-sid", Value: "%00'--"}, ""},
	}
	for _, tt := range tests {
		if got := ask(tt.cookie); got != tt.want {
			t.Errorf("%s: actor is %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAuthenticate_SaysSoWhenTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	session := w.signIn("ada@example.org")
	w.db.Close()
	h := w.accounts.Authenticate(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request went on as if nobody were signed in")
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "__Host-sid", Value: session})
	rw := httptest.NewRecorder()
	h.ServeHTTP(rw, r)
	if rw.Code != http.StatusServiceUnavailable || rw.Header().Get("Retry-After") == "" {
		t.Errorf("answer is %d %v", rw.Code, rw.Header())
	}
}

func TestCookies_AreForThisHostAlone(t *testing.T) {
	t.Parallel()
	secure, plain := account.New(nil, account.Options{Secure: true}), account.New(nil, account.Options{})
	for _, tt := range []struct {
		s    *account.Service
		want []string
	}{
		{secure, []string{
			"__Host-sid=x; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax",
			"__Host-sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
			"__Host-browser=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		}},
		{plain, []string{
			"sid=x; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax",
			"sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
			"browser=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		}},
	} {
		rw := httptest.NewRecorder()
		tt.s.SetCookie(rw, "x")
		tt.s.ClearCookie(rw)
		if diff := cmp.Diff(tt.want, rw.Header()["Set-Cookie"]); diff != "" {
			t.Errorf("cookies (-want +got)\n%s", diff)
		}
	}
}

func TestBrowserCookie_IsMadeOnce(t *testing.T) {
	t.Parallel()
	s := account.New(nil, account.Options{Secure: true})
	rw := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if got := s.BrowserSecret(r); got != "" {
		t.Errorf("a new browser has secret %q", got)
	}
	secret := s.BrowserCookie(rw, r)
	r.AddCookie(rw.Result().Cookies()[0])
	again := httptest.NewRecorder()
	if got := s.BrowserCookie(again, r); got != secret || len(again.Result().Cookies()) != 0 {
		t.Errorf("secret is %q then %q", secret, got)
	}
	planted := httptest.NewRequest(http.MethodGet, "/", nil)
	planted.AddCookie(&http.Cookie{Name: "__Host-browser", Value: "guessable"})
	if got := s.BrowserCookie(httptest.NewRecorder(), planted); got == "guessable" {
		t.Error("a planted secret was taken")
	}
}

func TestSignIn_TheBrowserIsNamedAsItsOwnerKnowsIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0": "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":     "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/143.0 Mobile Safari/604.1":               "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36":                                      "Chrome on Android",
		strings.Repeat("<script>", 10_000): "Another browser",
		"":                                 "Another browser",
	} {
		session := must[account.Spent](t)(w.accounts.SpendSetup(t.Context(), w.setupLink(w.person("ada@example.org")), "", "", agent)).Session
		got := must[[]account.SignIn](t)(w.accounts.SignIns(t.Context(), w.whoIs(session)))[0].Browser
		if got != want {
			t.Errorf("browser is %q, want %q", got, want)
		}
		if err := w.accounts.SignOut(t.Context(), w.whoIs(session)); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) setupLink(a account.Actor) string {
	w.t.Helper()
	return must[string](w.t)(w.accounts.MakeSetupLink(w.t.Context(), a.Person, account.SetupLife))
}

func TestSetupLink_TheFirstOwnerNamesThemselves(t *testing.T) {
	t.Parallel()
	w := setup(t)
	link := must[string](t)(w.accounts.MakeSetupLink(t.Context(), uid.Person{}, account.SetupLife))
	if diff := cmp.Diff(account.SetupLink{}, must[account.SetupLink](t)(w.accounts.OpenSetup(t.Context(), link))); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
	for _, bad := range [][2]string{{"no address", "Ada"}, {"ada@example.org", ""}} {
		_, err := w.accounts.SpendSetup(t.Context(), link, bad[0], bad[1], firefox)
		wantReason(t, err, fault.InvalidInput) // and the link is not spent by a mistake
	}
	spent := must[account.Spent](t)(w.accounts.SpendSetup(t.Context(), link, "Ada@example.org", "Ada", firefox))
	if a := w.whoIs(spent.Session); a.Email != "ada@example.org" || a.Name != "Ada" {
		t.Errorf("signed in is %+v", a)
	}
	_, err := w.accounts.SpendSetup(t.Context(), link, "bob@example.org", "Bob", firefox)
	wantReason(t, err, fault.DeadlinePassed)
	_, err = w.accounts.OpenSetup(t.Context(), link)
	wantReason(t, err, fault.DeadlinePassed)
}

func TestSetupLink_ForNobodyTakesNobodysAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.person("ada@example.org")
	link := must[string](t)(w.accounts.MakeSetupLink(t.Context(), uid.Person{}, account.SetupLife))
	_, err := w.accounts.SpendSetup(t.Context(), link, "ada@example.org", "Mallory", firefox)
	wantReason(t, err, fault.AlreadyExists)
}

func TestSetupLink_ForAPersonSignsThatPersonIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, owner := w.organisation("medilink")
	link := w.setupLink(owner)
	want := account.SetupLink{Person: owner.Person, Email: owner.Email, Name: owner.Name}
	if diff := cmp.Diff(want, must[account.SetupLink](t)(w.accounts.OpenSetup(t.Context(), link))); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
	spent := must[account.Spent](t)(w.accounts.SpendSetup(t.Context(), link, "other@example.org", "Other", firefox))
	if a := w.whoIs(spent.Session); a.Email != owner.Email || len(a.Memberships) != 1 {
		t.Errorf("signed in is %+v", a)
	}

	late := w.setupLink(owner)
	w.clk.Advance(account.SetupLife)
	_, err := w.accounts.SpendSetup(t.Context(), late, "", "", firefox)
	wantReason(t, err, fault.DeadlinePassed)
	_, err = w.accounts.MakeSetupLink(t.Context(), uid.New[uid.Person](), account.SetupLife)
	wantReason(t, err, fault.NoSuchThing)
}

func TestForgetTx_KeepsWhatStillCounts(t *testing.T) {
	t.Parallel()
	w := setup(t)
	live := w.signIn("ada@example.org")
	w.setupLink(w.person("ada@example.org"))
	forget := func() (n int64) {
		t.Helper()
		err := w.db.InTx(t.Context(), func(tx *pg.Tx) (err error) {
			n, err = account.ForgetTx(t.Context(), tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.clk.Advance(account.IdleLife - time.Minute)
	if n := forget(); n != 0 || !w.whoIs(live).SignedIn() {
		t.Errorf("%d rows were forgotten after some hours", n)
	}
	w.clk.Advance(26 * time.Hour)
	if n := forget(); n != 2 {
		t.Errorf("%d rows were forgotten after a day, want the link and the setup link", n)
	}
	w.clk.Advance(60 * 24 * time.Hour)
	if n := forget(); n != 1 {
		t.Errorf("%d rows were forgotten after two months, want the sign-in", n)
	}
}
