package stripesim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func TestAccounts_AreApart(t *testing.T) {
	t.Parallel()
	var platform, connect *mailbox
	b := setup(t, func(o *stripesim.Options) {
		o.AnyAccount = true
		connect = &mailbox{secret: "whsec_connect"}
		shop := httptest.NewServer(connect)
		t.Cleanup(shop.Close)
		o.Webhooks = append(o.Webhooks, stripesim.Endpoint{URL: shop.URL, Secret: connect.secret, Connect: true})
	})
	platform = b.box
	p := ticket(1000, "gbp")
	p.SetStripeAccount("acct_other")
	other := b.session(p)
	own := b.session(ticket(1000, "gbp"))
	must2(t)(b.sim.Pay(other.ID, stripesim.CardUK))

	if diff := cmp.Diff([][]string{{own.ID}, {other.ID}}, [][]string{b.sim.Sessions(""), b.sim.Sessions("acct_other")}); diff != "" {
		t.Error(diff)
	}
	if b.sim.Balance("").Pending != 0 || b.sim.Balance("acct_other").Pending != 965 {
		t.Errorf("balances %+v and %+v", b.sim.Balance(""), b.sim.Balance("acct_other"))
	}
	_, err := b.api.CheckoutSessions.Get(other.ID, nil)
	if e := refusal(t, err); e.HTTPStatusCode != 404 {
		t.Errorf("seen from outside: %v", e)
	}
	direct := apiAt(b.url, b.sim.KeyFor("acct_other"))
	cs, err := direct.CheckoutSessions.Get(other.ID, nil)
	if must(t, cs, err).Status != "complete" {
		t.Errorf("by its own key: %+v", cs)
	}
	b.deliver()
	if len(platform.took()) != 0 || len(connect.took()) != 4 || connect.events[0].Account != "acct_other" {
		t.Errorf("own events %v, connected %v", platform.took(), connect.took())
	}
}

func TestAccounts_CanBeDisconnected(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *stripesim.Options) { o.AnyAccount = true })
	p := ticket(1000, "gbp")
	p.SetStripeAccount("acct_other")
	b.session(p)
	if err := b.sim.Disconnect("acct_other"); err != nil {
		t.Fatal(err)
	}
	_, err := b.api.CheckoutSessions.New(p)
	if e := refusal(t, err); e.HTTPStatusCode != 403 || e.Code != stripe.ErrorCodeAccountInvalid {
		t.Errorf("disconnected: %v", e)
	}
	if got := b.sim.Events("acct_other"); len(got) != 1 || got[0] != "account.application.deauthorized" {
		t.Errorf("events: %v", got)
	}
	if err := b.sim.Reconnect("acct_other"); err != nil {
		t.Fatal(err)
	}
	b.session(p)
}

func TestAccount_SaysWhatItIs(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *stripesim.Options) { o.Country, o.Currency = "IE", "EUR" })
	a, err := b.api.Accounts.Get()
	if must(t, a, err).ID != b.sim.Account() || a.Country != "IE" || a.DefaultCurrency != "eur" || !a.ChargesEnabled {
		t.Errorf("the account is %+v", a)
	}
	a, err = b.api.Accounts.GetByID(b.sim.Account(), nil)
	if must(t, a, err).ID != b.sim.Account() {
		t.Errorf("by its id: %+v", a)
	}
	_, err = b.api.Accounts.GetByID("acct_none", nil)
	if e := refusal(t, err); e.HTTPStatusCode != 403 {
		t.Errorf("another: %v", e)
	}
	paid := must2(t)(b.sim.Pay(b.session(ticket(1000, "eur")).ID, stripesim.CardEEA))
	if row := b.sim.BalanceRows("")[0]; row.Source != paid.Charge || row.Currency != "eur" || row.Amount != 1000 {
		t.Errorf("its balance: %+v", row)
	}
}

func TestKeys_OnlyThoseOfSimulators(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, key := range []string{"sk_test_123", "sk_live_123", "rk_live_x", "sk_test_sim_other", "nonsense"} {
		_, err := apiAt(b.url, key).Balance.Get(nil)
		if e := refusal(t, err); e.HTTPStatusCode != 401 || strings.Contains(e.Msg, key) {
			t.Errorf("%s: %v", key, e)
		}
	}
	if !strings.HasPrefix(b.sim.Key(), "sk_test_sim_") {
		t.Errorf("the key is %s", b.sim.Key())
	}
	req := must2req(t, b.url+"/v1/balance")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("without a key: %d", resp.StatusCode)
	}
}

func must2req(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestServe_RefusesWhatIsNotForIt(t *testing.T) {
	t.Parallel()
	sim, err := stripesim.New(stripesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	for _, tc := range []struct {
		name, method, path, host, version string
		want                              int
	}{
		{"another host", "GET", "/_sim/", "shop.example", "", 403},
		{"another host with a port", "GET", "/_sim/", "192.0.2.1:80", "", 403},
		{"this host", "GET", "/_sim/", "[::1]:80", "", 200},
		{"this host by name", "GET", "/_sim/", "localhost:80", "", 200},
		{"an address that is not simulated", "GET", "/v1/customers", "127.0.0.1", "", 404},
		{"a method that there is not", "PATCH", "/v1/refunds", "127.0.0.1", "", 404},
		{"another version", "GET", "/v1/balance", "127.0.0.1", "2020-08-27", 400},
		{"a form that is none", "GET", "/v1/balance?a%5B=1", "127.0.0.1", "", 400},
		{"an unknown field", "GET", "/v1/balance?colour=red", "127.0.0.1", "", 400},
		{"a page that there is not", "GET", "/other", "127.0.0.1", "", 404},
	} {
		r := httptest.NewRequest(tc.method, tc.path, nil)
		r.Host = tc.host
		r.Header.Set("Authorization", "Bearer "+sim.Key())
		if tc.version != "" {
			r.Header.Set("Stripe-Version", tc.version)
		}
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: %d %s", tc.name, w.Code, w.Body)
		}
		if strings.HasPrefix(tc.path, "/v1") && w.Header().Get("Request-Id") == "" {
			t.Errorf("%s: no Request-Id", tc.name)
		}
	}
	if err := sim.Listen("0.0.0.0:0"); err == nil {
		t.Error("it listens to everybody")
	}
	if err := sim.Listen("nowhere"); err == nil {
		t.Error("it listens nowhere")
	}
}

func TestListen_ServesAndStops(t *testing.T) {
	t.Parallel()
	sim, err := stripesim.New(stripesim.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	api := apiAt(sim.URL(), sim.Key())
	cs, err := api.CheckoutSessions.New(ticket(1000, "gbp"))
	if !strings.HasPrefix(must(t, cs, err).URL, sim.URL()+"/c/pay/") {
		t.Errorf("the page is at %s", cs.URL)
	}
	for range 2 {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := api.Balance.Get(nil); err == nil {
		t.Error("it still answers")
	}
}

func TestNew_RefusesACurrencyThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	if _, err := stripesim.New(stripesim.Options{Currency: "xxx"}); err == nil {
		t.Error("made")
	}
}
