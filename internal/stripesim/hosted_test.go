package stripesim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

// A buyer is somebody with a browser that runs no scripts and does not leave the
// simulator.
type buyer struct {
	t    *testing.T
	http *http.Client
}

func newBuyer(t *testing.T) *buyer {
	return &buyer{t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// do asks for a page, or sends a form when fields are given, and returns the
// status, the page and where it leads.
func (v *buyer) do(address string, fields url.Values) (int, string, string) {
	v.t.Helper()
	method, body := http.MethodGet, ""
	if fields != nil {
		method, body = http.MethodPost, fields.Encode()
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	resp, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, drain(v.t, resp), resp.Header.Get("Location")
}

func TestHosted_ShowsWhatIsBoughtAndLeadsBack(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	p := ticket(1250, "gbp")
	p.LineItems[0].Quantity = stripe.Int64(2)
	p.LineItems[0].PriceData.ProductData.Name = stripe.String(`<b>"Early" & late</b>`)
	p.CancelURL = stripe.String("https://shop.example/basket?s={CHECKOUT_SESSION_ID}")
	cs, v := b.session(p), newBuyer(t)
	status, page, _ := v.do(cs.URL, nil)
	for _, part := range []string{
		"&lt;b&gt;&#34;Early&#34; &amp; late&lt;/b&gt;", "£12.50 each", "£25.00", "Simulated payment.", "no money moves", "3 March 2026, 10:00 UTC",
		`<html lang="en-GB">`, `<label for="number">`, `<label for="email">`, "4000 0082 6000 0000", `href="https://shop.example/basket?s=` + cs.ID + `"`,
		"Cancel and go back",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if status != 200 || strings.Contains(page, "Direct Debit") || strings.Contains(page, "<script") {
		t.Errorf("%d, and debits or scripts on the page", status)
	}
	status, _, to := v.do(cs.URL, url.Values{"email": {"ada@example.com"}, "name": {"Ada"}, "number": {"4000 0082-6000 0000"}})
	if status != 303 || to != "https://shop.example/return?s="+cs.ID {
		t.Errorf("paid: %d to %s", status, to)
	}
	cs, err := b.api.CheckoutSessions.Get(cs.ID, nil)
	if d := must(t, cs, err).CustomerDetails; d.Email != "ada@example.com" || d.Name != "Ada" {
		t.Errorf("the buyer is %+v", d)
	}
	status, page, _ = v.do(b.url+"/c/pay/"+cs.ID, url.Values{"email": {"ada@example.com"}, "number": {"4242424242424242"}})
	if status != 200 || !strings.Contains(page, "This has been paid") || len(b.sim.Charges("")) != 1 {
		t.Errorf("paid again: %d, %d charges", status, len(b.sim.Charges("")))
	}
}

func TestHosted_SaysWhyItWasNotPaid(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	cs, v := b.session(ticket(1000, "gbp")), newBuyer(t)
	for _, tc := range []struct {
		name   string
		fields url.Values
		status int
		says   string
	}{
		{"no email", url.Values{"number": {"4242424242424242"}}, 422, "Please give an email address"},
		{"no card", url.Values{"email": {"a@b.example"}}, 422, "Please give a card number"},
		{"a real card", url.Values{"email": {"a@b.example"}, "number": {"4111111111111111"}}, 422, "test cards only"},
		{"declined", url.Values{"email": {"a@b.example"}, "number": {"4000000000009995"}}, 402, "insufficient funds"},
		{"a button", url.Values{"email": {"a@b.example"}, "number": {"4242424242424242"}, "pay_with": {"4000000000000002"}}, 402, "was declined"},
		{"a debit that is not offered", url.Values{"email": {"a@b.example"}, "pay_with": {"bacs_debit"}}, 422, "does not take bacs_debit"},
	} {
		status, page, _ := v.do(cs.URL, tc.fields)
		if status != tc.status || !strings.Contains(page, tc.says) || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s: %d %.300s", tc.name, status, page)
		}
		if strings.Contains(page, "4111") {
			t.Errorf("%s: a real number is shown again", tc.name)
		}
	}
	if b.sim.SessionStatus(cs.ID) != "open" {
		t.Error("the session is no longer open")
	}
	b.sim.Advance(24 * time.Hour)
	status, page, _ := v.do(cs.URL, nil)
	if status != 410 || !strings.Contains(page, "has expired") {
		t.Errorf("expired: %d %.300s", status, page)
	}
	if status, _, _ = v.do(b.url+"/c/pay/cs_test_none", nil); status != 404 {
		t.Errorf("an unknown payment: %d", status)
	}
}

func TestHosted_AsksForThreeDSecure(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	v := newBuyer(t)
	begin := func() (id, address string) {
		cs := b.session(ticket(1000, "gbp"))
		_, _, to := v.do(cs.URL, url.Values{"email": {"a@b.example"}, "pay_with": {string(stripesim.Card3DS)}})
		if to != "/c/pay/"+cs.ID+"/3ds" {
			t.Fatalf("the card leads to %s", to)
		}
		return cs.ID, b.url + to
	}
	id, address := begin()
	if status, page, _ := v.do(address, nil); status != 200 || !strings.Contains(page, "Yes, this is my payment") {
		t.Errorf("the question: %d %.200s", status, page)
	}
	if status, _, to := v.do(address, url.Values{"result": {"pass"}}); status != 303 || to != "https://shop.example/return?s="+id {
		t.Errorf("passed: %d %s", status, to)
	}
	id, address = begin()
	if status, page, _ := v.do(address, url.Values{"result": {"fail"}}); status != 402 || !strings.Contains(page, "unable to authenticate") {
		t.Errorf("failed: %d %.200s", status, page)
	}
	if status, _, to := v.do(address, nil); status != 303 || to != "/c/pay/"+id {
		t.Errorf("the question again: %d %s", status, to)
	}
	id, address = begin()
	if status, _, to := v.do(address, url.Values{"result": {"abandon"}}); status != 303 || to != "https://shop.example/basket" ||
		b.sim.SessionStatus(id) != "open" {
		t.Errorf("abandoned: %d %s", status, to)
	}
	gone, err := b.api.CheckoutSessions.Expire(id, nil)
	must(t, gone, err)
	if status, _, _ := v.do(address, url.Values{"result": {"pass"}}); status != 410 || len(b.sim.Charges("")) != 1 {
		t.Errorf("passed too late: %d", status)
	}
}

func TestHosted_OffersDebitsWhereTheyAreTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	p := ticket(1000, "eur")
	p.PaymentMethodTypes = stripe.StringSlice([]string{"sepa_debit"})
	p.CustomerEmail, p.SubmitType = stripe.String("known@example.com"), stripe.String("book")
	cs, v := b.session(p), newBuyer(t)
	_, page, _ := v.do(cs.URL, nil)
	if !strings.Contains(page, "Book by SEPA Direct Debit") || strings.Contains(page, "Bacs") || strings.Contains(page, "Card number") ||
		!strings.Contains(page, "known@example.com") || strings.Contains(page, `name="email"`) {
		t.Errorf("the page: %s", page)
	}
	if status, _, _ := v.do(cs.URL, url.Values{"pay_with": {"sepa_debit"}}); status != 303 || b.sim.Charges("")[0].Status != "pending" {
		t.Errorf("by debit: %d %+v", status, b.sim.Charges(""))
	}
}
