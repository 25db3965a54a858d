package account_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

func TestSignIn_FromTheAddressToASession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser := account.NewSecret()
	if err := w.accounts.RequestSignIn(t.Context(), " Ada@Example.org ", browser, "/o/medilink?x=1"); err != nil {
		t.Fatal(err)
	}
	m := w.mail()
	want := account.SignInMail{Email: "ada@example.org", Token: m.Token, Expires: w.clk.Now().Add(15 * time.Minute), At: w.clk.Now()}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("mail (-want +got)\n%s", diff)
	}
	opened := must[account.OpenedLink](t)(w.accounts.OpenSignIn(t.Context(), m.Token, browser))
	if diff := cmp.Diff(account.OpenedLink{Email: "ada@example.org", SameBrowser: true, Expires: m.Expires}, opened); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
	spent := must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), m.Token, browser, firefox))
	if spent.Session == "" || spent.Code != "" || spent.Next != "/o/medilink?x=1" {
		t.Errorf("answer is %+v", spent)
	}
	a := w.whoIs(spent.Session)
	if a.Person != spent.Person || a.Email != "ada@example.org" || a.SignIn.IsZero() {
		t.Errorf("the session belongs to %+v", a)
	}
	if w.whoIs(account.NewSecret()).SignedIn() {
		t.Error("a made-up session belongs to somebody")
	}
}

func TestRequestSignIn_APersonIsMadeOnlyWhenALinkIsSpent(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.person("known@example.org")
	count := func() (n int) {
		t.Helper()
		if err := w.db.Pool().QueryRow(t.Context(), "SELECT count(*) FROM person").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.asked("known@example.org")
	w.asked("unknown@example.org")
	if n := count(); n != 1 {
		t.Errorf("%d persons after asking, want 1", n)
	}
	w.signIn("unknown@example.org")
	w.signIn("known@example.org")
	if n := count(); n != 2 {
		t.Errorf("%d persons after signing in, want 2", n)
	}
}

func TestRequestSignIn_RefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, bad := range []string{
		"", "ada", "@example.org", "ada@", "a b@example.org", "Ada <ada@example.org>", "ada@example.org\r\nBcc: b@example.org",
		"ada@exa mple.org", "ada@-example.org", "ada@example..org", "łukasz@example.org", "ada@bücher.example", "a@b,c@d",
		fmt.Sprintf("%0250d@example.org", 1),
	} {
		wantReason(t, w.accounts.RequestSignIn(t.Context(), bad, account.NewSecret(), ""), fault.InvalidInput)
	}
	if len(w.outbox) != 0 {
		t.Errorf("%d mails were sent", len(w.outbox))
	}
}

func TestRequestSignIn_NeedsABrowserThatKeepsACookie(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, secret := range []string{"", "short", account.NewSecret() + "x"} {
		wantReason(t, w.accounts.RequestSignIn(t.Context(), "ada@example.org", secret, ""), fault.WrongState)
	}
}

func TestRequestSignIn_AFailedMailLeavesNoLink(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accounts.Mail = failMail
	for range 10 { // more than an hour's worth: failures do not count
		if err := w.accounts.RequestSignIn(t.Context(), "ada@example.org", account.NewSecret(), ""); err == nil {
			t.Fatal("the failure went unnoticed")
		}
	}
	var n int
	if err := w.db.Pool().QueryRow(t.Context(), "SELECT count(*) FROM sign_in_link").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d links, %v", n, err)
	}
}

// A21: mail scanners open every link, often several times.
func TestOpenSignIn_A21_SpendsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, link := w.asked("ada@example.org")
	for i := range 10 {
		scanner := ""
		if i%2 == 0 {
			scanner = account.NewSecret()
		}
		opened := must[account.OpenedLink](t)(w.accounts.OpenSignIn(t.Context(), link, scanner))
		if opened.SameBrowser {
			t.Error("a scanner passes for the browser that asked")
		}
	}
	must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), link, browser, firefox))
}

// A22: a link works once, for 15 minutes, and elsewhere only by way of a code.
func TestSpendSignIn_A22_OnceInTimeAndInTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, link := w.asked("ada@example.org")
	must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), link, browser, firefox))
	_, err := w.accounts.SpendSignIn(t.Context(), link, browser, firefox)
	wantReason(t, err, fault.DeadlinePassed)
	_, err = w.accounts.OpenSignIn(t.Context(), link, browser)
	wantReason(t, err, fault.DeadlinePassed)

	browser, link = w.asked("ada@example.org")
	w.clk.Advance(account.LinkLife)
	_, err = w.accounts.SpendSignIn(t.Context(), link, browser, firefox)
	wantReason(t, err, fault.DeadlinePassed)
	_, err = w.accounts.OpenSignIn(t.Context(), link, browser)
	wantReason(t, err, fault.DeadlinePassed)

	_, err = w.accounts.SpendSignIn(t.Context(), account.NewSecret(), browser, firefox)
	wantReason(t, err, fault.DeadlinePassed)

	browser, link = w.asked("ada@example.org")
	phone := must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), link, account.NewSecret(), firefox))
	if phone.Session != "" || len(phone.Code) != 6 {
		t.Fatalf("another browser gets %+v, want only a code", phone)
	}
	again := must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), link, "", firefox))
	if diff := cmp.Diff(phone, again); diff != "" {
		t.Errorf("pressing the button again shows another code\n%s", diff)
	}
	first := must[account.Spent](t)(w.accounts.SpendCode(t.Context(), browser, phone.Code, firefox))
	if w.whoIs(first.Session).Email != "ada@example.org" || first.Next != "/team" {
		t.Errorf("the code gives %+v", first)
	}
	_, err = w.accounts.SpendCode(t.Context(), browser, phone.Code, firefox)
	wantReason(t, err, fault.DeadlinePassed)
	_, err = w.accounts.SpendSignIn(t.Context(), link, browser, firefox)
	wantReason(t, err, fault.DeadlinePassed)
}

func TestSpendSignIn_OfParallelButtonsOneSignsIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, link := w.asked("ada@example.org")
	sessions := make([]string, 8)
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			spent, err := w.accounts.SpendSignIn(t.Context(), link, browser, firefox)
			if err != nil {
				wantReason(t, err, fault.DeadlinePassed)
			}
			sessions[i] = spent.Session
		})
	}
	wg.Wait()
	won := 0
	for _, s := range sessions {
		if s != "" {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d sessions from one link, want 1", won)
	}
}

// A23: somebody asks for mails to a victim over and over, from many browsers.
func TestRequestSignIn_A23_FiveMailsAnHourThenSilence(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.person("victim@example.org")
	for _, email := range []string{"victim@example.org", "unknown@example.org"} {
		for range 50 {
			if err := w.accounts.RequestSignIn(t.Context(), email, account.NewSecret(), ""); err != nil {
				t.Fatalf("%s: the answer changed: %v", email, err)
			}
		}
		if n := len(w.outbox); n != 5 {
			t.Errorf("%s got %d mails, want 5", email, n)
		}
		for len(w.outbox) > 0 {
			<-w.outbox
		}
	}
	w.clk.Advance(time.Hour + time.Second)
	w.asked("victim@example.org")
}

func TestRequestSignIn_A23_TheCapHoldsInParallel(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if err := w.accounts.RequestSignIn(t.Context(), "victim@example.org", account.NewSecret(), ""); err != nil {
				wantReason(t, err, fault.Busy)
			}
		})
	}
	wg.Wait()
	if n := len(w.outbox); n != 5 {
		t.Errorf("%d mails, want 5", n)
	}
}

// elsewhere opens a link in a second browser and returns the code shown there.
func (w *world) elsewhere(link string) string {
	w.t.Helper()
	return must[account.Spent](w.t)(w.accounts.SpendSignIn(w.t.Context(), link, account.NewSecret(), firefox)).Code
}

// wrong is a code that is not the given one.
func wrong(code string, n int) string {
	guess := fmt.Sprintf("%06d", n)
	if guess == code {
		return "999999"
	}
	return guess
}

// A25: five tries a link.
func TestSpendCode_A25_FiveTriesALink(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, link := w.asked("ada@example.org")
	code := w.elsewhere(link)
	for n := range 5 {
		_, err := w.accounts.SpendCode(t.Context(), browser, wrong(code, n), firefox)
		wantReason(t, err, fault.InvalidInput)
	}
	_, err := w.accounts.SpendCode(t.Context(), browser, code, firefox)
	wantReason(t, err, fault.RateLimited)
	w.elsewhere(link) // showing the code again gives no new tries
	_, err = w.accounts.SpendCode(t.Context(), browser, code, firefox)
	wantReason(t, err, fault.RateLimited)
}

// A25: twenty tries a day for one address, over as many browsers and links as
// an attacker likes, also when all of them guess at once. The links are made in
// the table: asking for them would take a day of its own.
func TestSpendCode_A25_TwentyTriesADayForOneAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browsers := make([]string, 100)
	for i := range browsers {
		browsers[i] = account.NewSecret()
		if _, err := w.db.Pool().Exec(t.Context(), sqlPlantLink, browsers[i], i, w.clk.Now(), w.clk.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	tried := 0
	var wg sync.WaitGroup
	for i, b := range browsers {
		wg.Go(func() {
			_, err := w.accounts.SpendCode(t.Context(), b, fmt.Sprintf("%06d", i), firefox)
			switch {
			case fault.Is(err, fault.InvalidInput):
				mu.Lock()
				tried++
				mu.Unlock()
			case !fault.Is(err, fault.RateLimited) && !fault.Is(err, fault.Busy):
				t.Errorf("error is %v", err)
			}
		})
	}
	wg.Wait()
	if tried != 20 {
		t.Errorf("%d codes were tried, want 20", tried)
	}
}

const sqlPlantLink = `
INSERT INTO sign_in_link (token_hash, email, browser_hash, code_hash, created_at, expires_at)
VALUES (sha256($2::int::text::bytea), 'victim@example.org', sha256($1::text::bytea), sha256('code'::bytea), $3, $4)`

func TestSpendCode_WithoutAnOpenedLinkThereIsNothingToGuess(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, _ := w.asked("ada@example.org")
	for _, b := range []string{browser, account.NewSecret(), ""} {
		_, err := w.accounts.SpendCode(t.Context(), b, "123456", firefox)
		wantReason(t, err, fault.DeadlinePassed)
	}
}

func TestSpendCode_IsWorthNothingInAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, link := w.asked("ada@example.org")
	code := w.elsewhere(link)
	_, err := w.accounts.SpendCode(t.Context(), account.NewSecret(), code, firefox)
	wantReason(t, err, fault.DeadlinePassed)
}

// A27: an attacker sends a link for the attacker's own address, so that the
// victim works in the attacker's account without noticing.
func TestSpendSignIn_A27_ALinkFromSomebodyElseSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, link := w.asked("attacker@example.org")
	victim := account.NewSecret()
	spent := must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), link, victim, firefox))
	if spent.Session != "" || spent.Person != (uid.Person{}) {
		t.Errorf("the victim's browser got %+v", spent)
	}
	_, err := w.accounts.SpendCode(t.Context(), victim, spent.Code, firefox)
	wantReason(t, err, fault.DeadlinePassed)
}

func TestRequestSignIn_ForgetsAPathThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser := account.NewSecret()
	if err := w.accounts.RequestSignIn(t.Context(), "ada@example.org", browser, "//evil.example"); err != nil {
		t.Fatal(err)
	}
	spent := must[account.Spent](t)(w.accounts.SpendSignIn(t.Context(), w.mail().Token, browser, firefox))
	if spent.Next != "" {
		t.Errorf("next is %q", spent.Next)
	}
}

func TestSignInLinks_TheDatabaseKeepsNoSecret(t *testing.T) {
	t.Parallel()
	w := setup(t)
	browser, link := w.asked("ada@example.org")
	code := w.elsewhere(link)
	session := must[account.Spent](t)(w.accounts.SpendCode(t.Context(), browser, code, firefox)).Session
	setup := must[string](t)(w.accounts.MakeSetupLink(t.Context(), uid.Person{}, time.Hour))
	for _, table := range []string{"sign_in_link", "sign_in", "setup_link", "audit_entry"} {
		for name, secret := range map[string]string{"browser": browser, "link": link, "code": code, "session": session, "setup": setup} {
			var n int
			// Text columns as they are, byte columns as the text they might hold.
			sql := fmt.Sprintf(`SELECT count(*) FROM %s t WHERE position($1 IN t::text) > 0 OR position(encode($1::bytea, 'hex') IN t::text) > 0`, table)
			if err := w.db.Pool().QueryRow(t.Context(), sql, secret).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				t.Errorf("%s is in table %s", name, table)
			}
		}
	}
}
