package site

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// signedIn is the Cookie header of somebody who is signed in.
func (b *bundle) signedIn(t *testing.T, who account.Actor) string {
	t.Helper()
	token, err := b.Accounts.MakeSetupLink(t.Context(), who.Person, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	spent, err := b.Accounts.SpendSetup(t.Context(), token, "", "", "test")
	if err != nil {
		t.Fatal(err)
	}
	return "sid=" + spent.Session
}

func TestConsole_IsForThoseWhoAreSignedIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/console/", "/console/northern/events?state=draft", "/console/no/such/page"} {
		w := b.get(t, path)
		want := "/sign-in?next=" + strings.NewReplacer("/", "%2F", "?", "%3F", "=", "%3D").Replace(path)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s sends strangers to %q with %d", path, w.Header().Get("Location"), w.Code)
		}
		w = b.get(t, path, "Cookie", b.signedIn(t, b.Owner))
		html := body(t, w)
		if w.Code != http.StatusOK || !strings.Contains(html, `<div id="console">`) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s answered a member with %d: %s", path, w.Code, html)
		}
	}
}

func TestConsole_MembersReachRPCAsThemselves(t *testing.T) {
	t.Parallel()
	var who account.Actor
	b := setup(t, func(d *Deps) {
		d.RPC = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who = account.ActorFrom(r.Context()) })
	})
	b.post(t, "/rpc/x", nil)
	if who.SignedIn() {
		t.Errorf("a stranger is %s", who.ID())
	}
	b.post(t, "/rpc/x", nil, "Cookie", b.signedIn(t, b.Owner))
	if who.Person != b.Owner.Person {
		t.Errorf("the owner is %q", who.ID())
	}
}

func TestJobs_AreForOperators(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) {
		d.Operators = []string{"operator@example.org"}
		d.Jobs = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	if w := b.get(t, "/ops/jobs/queues"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in?next=%2Fops%2Fjobs%2Fqueues" {
		t.Errorf("a stranger got %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := b.get(t, "/ops/jobs/", "Cookie", b.signedIn(t, b.Owner)); w.Code != http.StatusNotFound {
		t.Errorf("an owner who is no operator got %d", w.Code)
	}
	w := b.get(t, "/ops/jobs/", "Cookie", b.signedIn(t, b.Person("operator@example.org")))
	if w.Code != http.StatusTeapot || w.Header().Get("Content-Security-Policy") != opsPolicy {
		t.Errorf("an operator got %d under %q", w.Code, w.Header().Get("Content-Security-Policy"))
	}
	if w := b.post(t, "/ops/jobs/api/jobs/cancel", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("a stranger's write got %d", w.Code)
	}
}

func TestMoneyOfNobody_IsShownToOperatorsAndSettled(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Operators = []string{"operator@example.org"} })
	err := b.DB.InTx(t.Context(), func(tx *pg.Tx) error {
		return b.Payments.OpenTaskTx(t.Context(), tx, payment.Task{
			Org: uid.Platform, Kind: payment.TaskWrongAccount, Key: "wrong_account:ch_1", Amount: money.New(2400, money.GBP), Sentence: "£24.00 came in at Stripe (ch_1).",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := b.get(t, "/ops/money"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in?next=%2Fops%2Fmoney" {
		t.Errorf("a stranger got %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := b.get(t, "/ops/money", "Cookie", b.signedIn(t, b.Owner)); w.Code != http.StatusNotFound {
		t.Errorf("an owner who is no operator got %d", w.Code)
	}
	operator := b.signedIn(t, b.Person("operator@example.org"))
	settle := func(key, note, cookie string) int {
		return b.post(t, "/ops/money", url.Values{"key": {key}, "note": {note}}, "Cookie", cookie).Code
	}
	if w := b.get(t, "/ops/money", "Cookie", operator); !strings.Contains(w.Body.String(), "£24.00 came in at Stripe (ch_1).") {
		t.Errorf("an operator got %d: %s", w.Code, w.Body)
	}
	for name, tt := range map[string]struct {
		key, note, cookie string
		want              int
	}{
		"by an owner who is no operator": {"wrong_account:ch_1", "Mine", b.signedIn(t, b.Owner), http.StatusNotFound},
		"without a word":                 {"wrong_account:ch_1", " ", operator, http.StatusUnprocessableEntity},
		"another":                        {"wrong_account:ch_2", "Refunded", operator, http.StatusNotFound},
	} {
		if got := settle(tt.key, tt.note, tt.cookie); got != tt.want {
			t.Errorf("settled %s: %d, want %d", name, got, tt.want)
		}
	}
	if got := settle("wrong_account:ch_1", "Refunded at Stripe", operator); got != http.StatusSeeOther {
		t.Errorf("settling got %d", got)
	}
	w := b.get(t, "/ops/money", "Cookie", operator)
	if body := w.Body.String(); !strings.Contains(body, "Nothing waits") || !strings.Contains(body, "Refunded at Stripe") {
		t.Errorf("afterwards the page says %s", body)
	}
}
