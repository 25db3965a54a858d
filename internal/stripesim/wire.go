package stripesim

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// mostBody is how long a request may be.
const mostBody = 1 << 20

// A call is one request to the API, being answered.
type call struct {
	s    *Sim
	a    *account
	form form
	base string // of the simulator, as the caller sees it
	id   func(name string) string
}

// An operation answers one call. It looks at everything that could be wrong
// before it changes anything.
type operation struct {
	pattern string
	act     func(c *call) (any, *apiError)
	params  []string // what it understands, beside expand
}

var listParams = []string{"limit", "starting_after", "ending_before", "created"}

func operations() []operation {
	list := func(more ...string) []string { return append(slices.Clone(listParams), more...) }
	return []operation{
		{"POST /v1/checkout/sessions", createSession, sessionParams},
		{"GET /v1/checkout/sessions", listSessions, list("payment_intent", "status")},
		{"GET /v1/checkout/sessions/{id}", getSession, nil},
		{"GET /v1/checkout/sessions/{id}/line_items", listLines, list()},
		{"POST /v1/checkout/sessions/{id}/expire", expireSession, nil},
		{"GET /v1/payment_intents", listIntents, list()},
		{"GET /v1/payment_intents/{id}", getIntent, nil},
		{"POST /v1/payment_intents/{id}/cancel", cancelIntent, []string{"cancellation_reason"}},
		{"GET /v1/charges", listCharges, list("payment_intent")},
		{"GET /v1/charges/{id}", getCharge, nil},
		{"POST /v1/refunds", createRefund, refundParams},
		{"GET /v1/refunds", listRefunds, list("charge", "payment_intent")},
		{"GET /v1/refunds/{id}", getRefund, nil},
		{"POST /v1/refunds/{id}/cancel", cancelRefund, nil},
		{"GET /v1/disputes", listDisputes, list("charge", "payment_intent")},
		{"GET /v1/disputes/{id}", getDispute, nil},
		{"POST /v1/disputes/{id}", updateDispute, []string{"evidence", "metadata", "submit"}},
		{"POST /v1/disputes/{id}/close", concedeDispute, nil},
		{"GET /v1/radar/early_fraud_warnings", listWarnings, list("charge", "payment_intent")},
		{"GET /v1/radar/early_fraud_warnings/{id}", getWarning, nil},
		{"GET /v1/balance", getBalance, nil},
		{"GET /v1/balance_transactions", listTxns, list("payout", "type", "source", "currency")},
		{"GET /v1/balance_transactions/{id}", getTxn, nil},
		{"GET /v1/payouts", listPayouts, list("status", "arrival_date")},
		{"GET /v1/payouts/{id}", getPayout, nil},
		{"GET /v1/events", listEvents, list("type", "types", "delivery_success")},
		{"GET /v1/events/{id}", getEvent, nil},
		{"POST /v1/webhook_endpoints", createEndpoint, endpointParams},
		{"GET /v1/webhook_endpoints", listEndpoints, list()},
		{"GET /v1/webhook_endpoints/{id}", getEndpoint, nil},
		{"DELETE /v1/webhook_endpoints/{id}", deleteEndpoint, nil},
		{"GET /v1/account", getAccount, nil},
		{"GET /v1/accounts/{id}", getAccount, nil},
	}
}

func (s *Sim) router() *http.ServeMux {
	mux := http.NewServeMux()
	for _, op := range operations() {
		mux.HandleFunc(op.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, op) })
	}
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, (&apiError{Status: http.StatusNotFound, Type: typeInvalid,
			Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + "), or one that is not simulated."}).reply())
	})
	s.pages(mux)
	s.controls(mux)
	return mux
}

// ServeHTTP is the API, the hosted page and the control pages.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		http.Error(w, "The payment simulator answers on the loopback interface only.", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	s.routes.ServeHTTP(w, r)
}

// A reply is an answer that is ready to be sent, now or again.
type reply struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
	// Again is the request that was answered first when this is a replay.
	Again string `json:"again"`
	began bool
}

// serve runs an operation between the faults that were asked for.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request, op operation) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.answer(w, r, invalid("", "", "The request could not be read.").reply())
		return
	}
	fault := s.faultFor(r)
	if s.refuseBy(w, r, fault) {
		return
	}
	s.answer(w, r, s.spoil(r, fault, s.handle(w, r, string(body), op)))
}

func (s *Sim) handle(w http.ResponseWriter, r *http.Request, body string, op operation) reply {
	request := "req_" + s.nextRequest()
	w.Header().Set("Request-Id", request)
	if v := r.Header.Get("Stripe-Version"); v != "" && v != APIVersion {
		return invalid("", "", "Invalid Stripe API version: "+v+". The simulator speaks "+APIVersion+" only.").reply()
	}
	text := body
	if r.Method == http.MethodGet || text == "" {
		text = r.URL.RawQuery
	}
	f, err := decodeForm(text)
	if err != nil {
		return invalid("", "", err.Error()).reply()
	}
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost {
		key = ""
	}

	release, refused := s.claimKey(r, key)
	if refused != nil {
		return refused.reply()
	}
	defer release()
	defer s.enter()()
	a, refused := s.authenticate(r)
	if refused != nil {
		return refused.reply()
	}
	w.Header().Set("Stripe-Version", APIVersion)
	if key == "" {
		return s.run(r, a, f, op, request, "")
	}
	w.Header().Set("Idempotency-Key", key)
	got := s.once(a, key, fingerprint(r, body), request, func() reply { return s.run(r, a, f, op, request, key) })
	if got.Again != "" {
		w.Header().Set("Idempotent-Replayed", "true")
		w.Header().Set("Original-Request", got.Again)
	}
	return got
}

func (s *Sim) run(r *http.Request, a *account, f form, op operation, request, key string) reply {
	for _, name := range f.names() {
		if name != "expand" && !slices.Contains(op.params, name) {
			return invalid("parameter_unknown", name, "Received unknown parameter: "+name).reply()
		}
	}
	s.cause = eventRequest{ID: maybe(request), Key: maybe(key)}
	c := &call{s: s, a: a, form: f, base: s.baseFor(r), id: r.PathValue}
	expand := f.texts("expand")
	if *f.problem != nil {
		return (*f.problem).reply()
	}
	got, refused := op.act(c)
	if refused != nil {
		return refused.reply()
	}
	text, refused := s.render(a, got, expand)
	if refused != nil {
		return refused.reply()
	}
	return reply{Status: http.StatusOK, Body: text, began: true}
}

// baseFor is the address under which the caller reached the simulator.
func (s *Sim) baseFor(r *http.Request) string {
	if s.base != "" {
		return s.base
	}
	return "http://" + r.Host
}

// authenticate finds the account that a request is about.
func (s *Sim) authenticate(r *http.Request) (*account, *apiError) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if user, _, basic := r.BasicAuth(); basic {
		key, ok = user, true
	}
	if !ok || key == "" {
		return nil, unauthorized("You did not provide an API key.")
	}
	name, simulated := strings.CutPrefix(key, keyPrefix)
	if !simulated {
		return nil, unauthorized("The simulator takes keys that start with " + keyPrefix + " only. Never send it a key of Stripe.")
	}
	a := s.admit("acct_" + name)
	if a == nil {
		return nil, unauthorized("Invalid API Key provided: " + keyPrefix + "****")
	}
	if other := r.Header.Get("Stripe-Account"); other != "" && other != a.ID {
		if a.ID != s.own {
			return nil, noAccess(other)
		}
		if a = s.admit(other); a == nil || a.Disconnected {
			return nil, noAccess(other)
		}
	}
	return a, nil
}

// answer sends a reply.
func (s *Sim) answer(w http.ResponseWriter, r *http.Request, got reply) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache, no-store")
	if w.Header().Get("Request-Id") == "" {
		w.Header().Set("Request-Id", "req_"+s.nextRequest())
	}
	if got.Status == http.StatusTooManyRequests {
		w.Header().Set("Stripe-Rate-Limited-Reason", "global-rate")
	}
	w.WriteHeader(got.Status)
	if _, err := io.Copy(w, bytes.NewReader(got.Body)); err != nil {
		s.log.Debug("the caller has gone", "path", r.URL.Path, "err", err)
	}
}
