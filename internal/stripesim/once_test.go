package stripesim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func keyed(p *stripe.CheckoutSessionParams, key string) *stripe.CheckoutSessionParams {
	p.SetIdempotencyKey(key)
	return p
}

func TestOnce_TheSameKeyIsAnsweredTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	first := b.session(keyed(ticket(1000, "gbp"), "att_1"))
	if first.LastResponse.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer is a replay")
	}
	must2(t)(b.sim.Pay(first.ID, stripesim.CardUK))
	again := b.session(keyed(ticket(1000, "gbp"), "att_1"))
	h := again.LastResponse.Header
	if again.ID != first.ID || again.Status != "open" || h.Get("Idempotent-Replayed") != "true" ||
		h.Get("Original-Request") != first.LastResponse.RequestID || h.Get("Request-Id") == h.Get("Original-Request") {
		t.Errorf("again: %s %s %v", again.ID, again.Status, h)
	}
	_, err := b.api.CheckoutSessions.New(keyed(ticket(1001, "gbp"), "att_1"))
	if e := refusal(t, err); e.Type != "idempotency_error" || e.HTTPStatusCode != 400 {
		t.Errorf("another request under the key: %v", e)
	}
	if other := b.session(keyed(ticket(1000, "gbp"), "att_2")); other.ID == first.ID {
		t.Error("another key, and the same session")
	}
	b.sim.Advance(24*time.Hour + time.Second)
	if late := b.session(keyed(ticket(1000, "gbp"), "att_1")); late.ID == first.ID {
		t.Error("a day later the key is still kept")
	}
	for length, want := range map[int]int{255: 404, 256: 400} { // Stripe's own client does not send such a key
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/v1/refunds", strings.NewReader("charge=ch_none"))
		r.Header.Set("Authorization", "Bearer "+b.sim.Key())
		r.Header.Set("Idempotency-Key", strings.Repeat("k", length))
		w := httptest.NewRecorder()
		b.sim.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a key of %d letters: %d %s", length, w.Code, w.Body)
		}
	}
}

func TestOnce_KeepsRefusalsThatCouldHaveBeenAndForgetsMistakes(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	wrong := ticket(1, "gbp")
	_, err := b.api.CheckoutSessions.New(keyed(wrong, "att_1"))
	refusal(t, err)
	b.session(keyed(ticket(1000, "gbp"), "att_1")) // the mistake was mended

	paid := b.sold(1000, stripesim.CardUK)
	dispute, err := b.sim.OpenDispute(paid.Charge, 0, "")
	must(t, dispute, err)
	refund := func() (*stripe.Refund, error) {
		p := &stripe.RefundParams{Charge: stripe.String(paid.Charge)}
		p.SetIdempotencyKey("rf_1")
		return b.api.Refunds.New(p)
	}
	_, err = refund()
	refusal(t, err)
	if err := b.sim.WinDispute(dispute); err != nil {
		t.Fatal(err)
	}
	_, err = refund()
	if e := refusal(t, err); e.Code != "charge_disputed" {
		t.Errorf("under the same key the answer has changed: %v", e)
	}
}

func TestOnce_ParallelRequestsActOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	var group sync.WaitGroup
	var mu sync.Mutex
	seen, busy := map[string]bool{}, 0
	for range 20 {
		group.Go(func() {
			cs, err := b.api.CheckoutSessions.New(keyed(ticket(1000, "gbp"), "att_1"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				seen[cs.ID] = true
			} else if e := refusal(t, err); e.HTTPStatusCode == http.StatusConflict && e.Code == stripe.ErrorCodeIdempotencyKeyInUse {
				busy++
			} else {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(seen) != 1 || len(b.sim.Sessions("")) != 1 {
		t.Errorf("%d answers, %d sessions, %d told to wait", len(seen), len(b.sim.Sessions("")), busy)
	}
}

func TestFault_WhatWasDoneIsFoundAgainByItsKey(t *testing.T) {
	t.Parallel()
	for fault, done := range map[stripesim.APIFault]bool{
		stripesim.APITimeout: true, stripesim.APIDropReply: true, stripesim.APIHalf: true, stripesim.API500After: true,
		stripesim.APIReset: false, stripesim.API500: false, stripesim.API429: false, stripesim.API409: false,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := setup(t, nil)
			b.sim.FaultAPI(fault, "POST /v1/checkout", 1)
			p := keyed(ticket(1000, "gbp"), "att_1")
			if fault == stripesim.APITimeout {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				p.Context = ctx
			}
			if cs, err := b.api.CheckoutSessions.New(p); err == nil {
				t.Fatalf("no error, but %+v", cs)
			}
			if got := len(b.sim.Sessions("")); (got == 1) != done {
				t.Errorf("%d sessions were made", got)
			}
			cs := b.session(keyed(ticket(1000, "gbp"), "att_1"))
			if all := b.sim.Sessions(""); len(all) != 1 || all[0] != cs.ID {
				t.Errorf("after the retry there are %v, and the answer is %s", all, cs.ID)
			}
		})
	}
}

func TestFault_HappensWhereAndAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sim.FaultAPI(stripesim.API429, "GET /v1/balance", 2)
	b.session(ticket(1000, "gbp"))
	for range 2 {
		_, err := b.api.Balance.Get(nil)
		if e := refusal(t, err); e.HTTPStatusCode != 429 || e.Code != "rate_limit" {
			t.Errorf("the fault: %v", e)
		}
	}
	_, err := b.api.Balance.Get(nil)
	if err != nil {
		t.Errorf("a third time: %v", err)
	}
	b.sim.FaultAPI(stripesim.API500, "", 100)
	b.sim.FaultAPI(stripesim.API429, "", 1)
	b.sim.FaultAPI(stripesim.API500, "", 0)
	_, err = b.api.Balance.Get(nil)
	if e := refusal(t, err); e.HTTPStatusCode != 429 {
		t.Errorf("what was taken back happened: %v", e)
	}
	b.sim.FaultAPI(stripesim.API500, "", 100)
	b.sim.ClearFaults()
	if _, err = b.api.Balance.Get(nil); err != nil {
		t.Errorf("after all faults were ended: %v", err)
	}
}
