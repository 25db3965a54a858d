package stripesim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/stripesim"
)

// everything is all that a simulator's API and pages show.
func everything(t *testing.T, sim *stripesim.Sim, accounts ...string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	for _, account := range append(accounts, sim.Account()) {
		for _, path := range []string{
			"/v1/checkout/sessions", "/v1/payment_intents", "/v1/charges", "/v1/refunds", "/v1/disputes", "/v1/radar/early_fraud_warnings",
			"/v1/balance", "/v1/balance_transactions", "/v1/payouts", "/v1/events", "/v1/webhook_endpoints", "/v1/account",
		} {
			if path != "/v1/balance" && path != "/v1/account" {
				path += "?limit=100"
			}
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = "127.0.0.1"
			r.Header.Set("Authorization", "Bearer "+sim.KeyFor(account))
			w := httptest.NewRecorder()
			sim.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", path, w.Code, w.Body)
			}
			seen[account+path] = w.Body.String()
		}
		for _, row := range sim.BalanceRows(account) {
			seen[account+row.ID] = fmt.Sprint(row)
		}
	}
	return seen
}

func open(t *testing.T, path string) *stripesim.Sim {
	t.Helper()
	sim, err := stripesim.New(stripesim.Options{Seed: 5, Start: start, StatePath: path, AnyAccount: true,
		Webhooks: []stripesim.Endpoint{{URL: "http://127.0.0.1:1/"}}})
	if err != nil {
		t.Fatal(err)
	}
	return sim
}

func TestState_OutlivesARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "stripe.jsonl")
	sim := open(t, path)
	web := httptest.NewServer(sim)
	defer web.Close()
	api := apiAt(web.URL, sim.Key())
	for _, card := range []stripesim.Card{stripesim.CardUK, stripesim.CardDeclined, stripesim.Card3DS, stripesim.CardDisputed, stripesim.CardRefundFails} {
		p := keyed(ticket(1000, "gbp"), "att_"+string(card))
		cs, err := api.CheckoutSessions.New(p)
		must2(t)(sim.Pay(must(t, cs, err).ID, card))
	}
	other := ticket(900, "eur")
	other.SetStripeAccount("acct_other")
	cs, err := api.CheckoutSessions.New(other)
	must2(t)(sim.Pay(must(t, cs, err).ID, stripesim.CardEEA))
	refund, err := sim.DashboardRefund(sim.Charges("")[len(sim.Charges(""))-1].ID, 400)
	must(t, refund, err)
	sim.Advance(50 * time.Hour)
	before, now, queued := everything(t, sim, "acct_other"), sim.Now(), sim.Queued()
	if err := sim.Close(); err != nil {
		t.Fatal(err)
	}

	again := open(t, path)
	if diff := cmp.Diff(before, everything(t, again, "acct_other")); diff != "" {
		t.Error(diff)
	}
	if !again.Now().Equal(now) || again.Queued() != queued || queued == 0 || again.WebhookSecret() != sim.WebhookSecret() {
		t.Errorf("it is %v, was %v; %d deliveries wait, were %d", again.Now(), now, again.Queued(), queued)
	}
	web.Config.Handler = again
	same, err := api.CheckoutSessions.New(keyed(ticket(1000, "gbp"), "att_fresh"))
	if strings.Contains(before[sim.Account()+"/v1/checkout/sessions?limit=100"], must(t, same, err).ID) {
		t.Error("a new session has the id of an old one")
	}
	again.Advance(8 * 24 * time.Hour) // what was due still is: the dispute is lost, money is paid out
	lost := false
	for _, kind := range again.Events("") {
		lost = lost || kind == "charge.dispute.closed"
	}
	if !lost {
		t.Errorf("nothing came of what was due: %v", again.Events(""))
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestState_SurvivesACrashAndSaysWhenItIsDamaged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stripe.jsonl")
	sim := open(t, path)
	id, err := sim.OtherSale("", 1234)
	must(t, id, err)
	text, err := os.ReadFile(path) // not closed: as it is after a crash
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"account":"acct_x","kind":"char`...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if got := again.Charges(""); len(got) != 1 || got[0].ID != id {
		t.Errorf("after a crash there are %+v", got)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, append([]byte("{damaged}\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stripesim.New(stripesim.Options{StatePath: path}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestState_IsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	walk := func(seed uint64) string {
		sim, err := stripesim.New(stripesim.Options{Seed: seed, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		for range 3 {
			id, err := sim.OtherSale("", 1000)
			must(t, id, err)
		}
		return fmt.Sprint(sim.Account(), sim.WebhookSecret(), sim.BalanceRows(""))
	}
	if first, second := walk(1), walk(1); first != second {
		t.Error("the same seed gives two states")
	}
	if walk(1) == walk(2) {
		t.Error("two seeds give the same state")
	}
}

func TestClock_OfOthersIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	at := start
	b := setup(t, func(o *stripesim.Options) { o.Start, o.Clock = time.Time{}, func() time.Time { return at } })
	b.sim.Advance(30 * 24 * time.Hour)
	b.sim.Advance(-time.Hour)
	if got := b.sim.Now().Sub(at); got != 30*24*time.Hour {
		t.Errorf("the simulator is ahead by %v", got)
	}
	cs := b.session(ticket(1000, "gbp")) // Stripe's default
	p := ticket(1000, "gbp")
	p.ExpiresAt = &[]int64{at.Add(30 * time.Minute).Unix()}[0]
	mine := b.session(p) // by the caller's clock, which has stayed behind
	if cs.ExpiresAt-mine.ExpiresAt != int64((24*time.Hour - 30*time.Minute).Seconds()) {
		t.Errorf("they expire at %d and %d", cs.ExpiresAt, mine.ExpiresAt)
	}
	at = at.Add(30*time.Minute - time.Second)
	if got := b.sim.SessionStatus(mine.ID); got != "open" {
		t.Errorf("a second early it is %s", got)
	}
	at = at.Add(time.Second)
	if got := b.sim.SessionStatus(mine.ID); got != "expired" {
		t.Errorf("in time it is %s", got)
	}
}

// drain reads an answer to its end.
func drain(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
