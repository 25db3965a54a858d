package honest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lanyard/internal/stripesim"
	"lanyard/internal/stripesim/honest"
)

// A recorder is a test that only remembers what it was told.
type recorder struct {
	testing.TB
	told []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

const good = `{"id":"re_1","object":"refund","amount":5,"charge":"ch_1","created":1,"currency":"gbp","metadata":{},"status":"succeeded",
	"balance_transaction":null,"payment_intent":null,"reason":null,"receipt_number":null}`

func TestCheck_FindsWhatIsNotStripes(t *testing.T) {
	t.Parallel()
	list := func(member string) string {
		return `{"object":"list","url":"/v1/refunds","has_more":false,"data":[` + member + `]}`
	}
	event := func(about string) string {
		return `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1,"livemode":false,"pending_webhooks":0,"request":null,
			"type":"charge.refund.updated","data":{"object":` + about + `}}`
	}
	for _, tc := range []struct{ name, answer, says string }{
		{"a refund", good, ""},
		{"a list", list(good), ""},
		{"an event", event(good), ""},
		{"an error", `{"error":{"type":"api_error","message":"no"}}`, ""},
		{"a deleted endpoint", `{"id":"we_1","object":"webhook_endpoint","deleted":true}`, ""},
		{"an id that is a number", strings.Replace(good, `"re_1"`, `7`, 1), `"/id"`},
		{"a missing field", strings.Replace(good, `"currency":"gbp",`, ``, 1), `currency`},
		{"a fraction", strings.Replace(good, `"amount":5`, `"amount":5.5`, 1), `amount`},
		{"a bad word", strings.Replace(good, `"reason":null`, `"reason":"whim"`, 1), `reason`},
		{"a null where none may be", strings.Replace(good, `"charge":"ch_1"`, `"charge":"ch_1","failure_reason":null`, 1), `failure_reason`},
		{"a field of ours", strings.Replace(good, `"amount":5`, `"amount":5,"sim_card":"x"`, 1), `sim_card`},
		{"an unknown kind", `{"id":"x_1","object":"unicorn"}`, `unicorn`},
		{"a list without more", `{"object":"list","url":"/v1/refunds","data":[]}`, `has_more`},
		{"a bad member", list(strings.Replace(good, `"re_1"`, `7`, 1)), `"/id"`},
		{"a bad event", event(strings.Replace(good, `"re_1"`, `7`, 1)), `charge.refund.updated`},
		{"an unknown error", `{"error":{"type":"bad_luck","message":"no"}}`, `type`},
		{"no JSON", `<html>`, `JSON`},
	} {
		err := honest.Check([]byte(tc.answer))
		if (err == nil) != (tc.says == "") || (err != nil && !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestTee_FailsTheTestOfAWrongRequest(t *testing.T) {
	t.Parallel()
	// A shop that takes everything, so that only the judgement is tested.
	lax := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.PostFormValue("metadata[as]") {
		case "half":
			io.WriteString(w, good[:40])
		case "own":
			io.WriteString(w, strings.Replace(good, `"amount":5`, `"amount":"5"`, 1))
		default:
			io.WriteString(w, good)
		}
	})
	for _, tc := range []struct {
		name, path, body string
		want             int
	}{
		{"a good request", "/v1/refunds", "charge=ch_1&amount=5", 0},
		{"an unknown field", "/v1/refunds", "charge=ch_1&amonut=5", 1},
		{"a bad word", "/v1/refunds", "charge=ch_1&reason=whim", 1},
		{"an answer of another shape", "/v1/refunds", "charge=ch_1&metadata[as]=own", 1},
		{"half an answer", "/v1/refunds", "charge=ch_1&metadata[as]=half", 0},
		{"another page", "/c/pay/x", "anything=goes", 0},
	} {
		seen := &recorder{TB: t}
		req := httptest.NewRequest(http.MethodPost, tc.path, strings.NewReader(tc.body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Stripe-Version", stripesim.APIVersion)
		honest.Tee(seen, lax).ServeHTTP(httptest.NewRecorder(), req)
		if len(seen.told) != tc.want {
			t.Errorf("%s: %d complaints %v", tc.name, len(seen.told), seen.told)
		}
	}
}

func TestTee_LetsPassWhatBothRefuse(t *testing.T) {
	t.Parallel()
	sim, err := stripesim.New(stripesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	seen := &recorder{TB: t}
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/v1/refunds", strings.NewReader("charg=ch_1"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+sim.Key())
	got := httptest.NewRecorder()
	honest.Tee(seen, sim).ServeHTTP(got, req)
	if got.Code != http.StatusBadRequest || len(seen.told) != 0 {
		t.Errorf("answered with %d, and the test was told %v", got.Code, seen.told)
	}
}
