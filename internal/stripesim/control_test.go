package stripesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lanyard/internal/stripesim"
)

// order drives the control API with JSON.
func (b *bench) order(name, body string) (int, map[string]any) {
	b.t.Helper()
	resp, err := http.Post(b.url+"/_sim/"+name, "application/json", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	text, got := drain(b.t, resp), map[string]any{}
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			b.t.Fatal(err)
		}
	}
	return resp.StatusCode, got
}

func TestControl_DoesWhatPeopleAndBanksDo(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	ids := map[string]string{"session": b.session(ticket(1000, "gbp")).ID, "challenged": b.session(ticket(1000, "gbp")).ID}
	step := func(name, body string, keep string) {
		t.Helper()
		for key, id := range ids {
			body = strings.ReplaceAll(body, "$"+key, id)
		}
		status, got := b.order(name, body)
		if status != 200 {
			t.Fatalf("%s %s: %d %v", name, body, status, got)
		}
		if keep != "" {
			ids[keep], _ = got["id"].(string)
		}
	}
	step("pay", `{"session":"$session","card":"4000 0082 6000 0000"}`, "")
	ids["charge"] = b.sim.Charges("")[0].ID
	step("pay", `{"session":"$challenged","card":"4000002500003155"}`, "")
	step("challenge", `{"session":"$challenged","pass":true}`, "")
	step("refund", `{"charge":"$charge","amount":100}`, "refund")
	step("fail_refund", `{"refund":"$refund"}`, "")
	step("inquiry", `{"charge":"$charge"}`, "inquiry")
	step("escalate", `{"dispute":"$inquiry"}`, "")
	step("win", `{"dispute":"$inquiry"}`, "")
	step("dispute", `{"charge":"$charge","amount":"50","reason":"duplicate"}`, "dispute")
	step("lose", `{"dispute":"$dispute"}`, "")
	step("warning", `{"charge":"$charge"}`, "warning")
	step("other_sale", `{"amount":90000}`, "other")
	step("unknown_row", `{"amount":-1}`, "")
	step("need_balance", `{"need":true}`, "")
	step("advance", `{"by":"43h"}`, "") // an hour before the morning of the payout
	step("payout", `{}`, "payout")
	step("fail_payout", `{"payout":"$payout"}`, "")
	step("webhook_fault", `{"kind":"duplicate","times":1,"copies":2}`, "")
	step("webhook_fault", `{"kind":"reorder","times":1}`, "")
	step("api_fault", `{"kind":"429","where":"GET /v1/balance","times":1}`, "")
	step("clear_faults", `{}`, "")
	step("deliver", ``+`{}`, "")
	step("disconnect", `{}`, "")
	step("reconnect", `{}`, "")
	for _, kind := range []string{"refund", "inquiry", "dispute", "warning", "other", "payout"} {
		if ids[kind] == "" {
			t.Errorf("the %s has no id", kind)
		}
	}
	if n := len(b.box.took()); n < 20 {
		t.Errorf("%d events were delivered", n)
	}
}

func TestControl_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, tc := range []struct {
		name, body string
		want       int
	}{
		{"fly", `{}`, 404}, {"advance", `{"by":"soon"}`, 409}, {"advance", `{"by":"-1h"}`, 409}, {"advance", `{"by":"99999h"}`, 409},
		{"refund", `{"charge":"ch_none"}`, 409}, {"refund", `{"charge":"ch_none","amount":"much"}`, 409}, {"refund", `[]`, 400}, {"refund", `{`, 400},
		{"webhook_fault", `{"kind":"storm","times":1}`, 409}, {"webhook_fault", `{"kind":"duplicate","times":1,"copies":1000}`, 409},
		{"api_fault", `{"kind":"storm","times":1}`, 409}, {"api_fault", `{"kind":"500","times":"x"}`, 409}, {"payout", `{"account":"acct_none"}`, 409},
		{"win", `{"dispute":"dp_none"}`, 409}, {"settle", `{"session":"cs_none"}`, 409}, {"other_sale", `{"amount":0}`, 409},
		{"pay", `{"session":"cs_none"}`, 409}, {"challenge", `{"session":"cs_none"}`, 409}, {"fail_payout", `{"payout":"po_none"}`, 409},
	} {
		if status, got := b.order(tc.name, tc.body); status != tc.want || (status == 409 && got["error"] == "") {
			t.Errorf("%s %s: %d %v", tc.name, tc.body, status, got)
		}
	}
	req := must2req(t, b.url+"/_sim/payout")
	req.Method = http.MethodPost
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if must(t, resp, err).StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d", resp.StatusCode)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestPanel_ShowsTheMoneyAndDrivesIt(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	v := newBuyer(t)
	if _, page, _ := v.do(b.url+"/_sim/", nil); !strings.Contains(page, "Nothing has been paid yet") {
		t.Errorf("before any sale: %s", page)
	}
	paid := b.sold(1000, stripesim.CardUK)
	dispute, err := b.sim.OpenDispute(b.sold(3000, stripesim.CardUK).Charge, 0, "")
	must(t, dispute, err)
	press := func(name string, fields url.Values) {
		t.Helper()
		if status, page, to := v.do(b.url+"/_sim/"+name, fields); status != 303 || to != "/_sim/" {
			t.Errorf("%s: %d to %q: %.300s", name, status, to, page)
		}
	}
	press("advance", url.Values{"by": {"24h"}})
	press("win", url.Values{"dispute": {dispute}})
	press("advance", url.Values{"by": {"24h"}})
	press("deliver", url.Values{})
	status, page, _ := v.do(b.url+"/_sim/", nil)
	for _, part := range []string{"4 March 2026, 10:00 UTC", paid.Charge, "in transit", "£10.00", "Refund", "Fail", "all delivered", "dispute reversal"} {
		if status != 200 || !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if status, page, _ := v.do(b.url+"/_sim/win", url.Values{"dispute": {dispute}}); status != 409 || !strings.Contains(page, "did not work") {
		t.Errorf("what cannot be done: %d %.200s", status, page)
	}
	if status, _, _ := v.do(b.url+"/_sim/?account=acct_none", nil); status != 404 {
		t.Errorf("an unknown account: %d", status)
	}
	resp, err := http.Post(b.url+"/_sim/payout", "", io.LimitReader(strings.NewReader(""), 0))
	if must(t, resp, err).StatusCode != 200 {
		t.Errorf("without a body: %d", resp.StatusCode)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}
