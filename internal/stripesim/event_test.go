package stripesim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func (b *bench) events(p *stripe.EventListParams) []string {
	b.t.Helper()
	var kinds []string
	list := b.api.Events.List(p)
	for list.Next() {
		kinds = append(kinds, string(list.Event().Type))
	}
	if err := list.Err(); err != nil {
		b.t.Fatal(err)
	}
	return kinds
}

var saleEvents = []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}

func TestWebhook_FaultsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault     stripesim.WebhookFault
		refused   string // what the first event was refused with; "" when it was taken
		recovered bool   // the next round brings it
	}{
		{stripesim.WebhookDrop, "", false},
		{stripesim.WebhookLate, "timestamp", true},
		{stripesim.WebhookAhead, "", true}, // Stripe's library lets it pass: a shop must look itself
		{stripesim.WebhookFutureVersion, "API version 2026-08-26.dahlia", true},
		{stripesim.WebhookWrongSecret, "no valid signature", true},
		{stripesim.WebhookTwoSecrets, "", true},
		{stripesim.WebhookAltered, "no valid signature", true},
	} {
		t.Run(string(tc.fault), func(t *testing.T) {
			t.Parallel()
			b := setup(t, nil)
			b.sold(1000, stripesim.CardUK)
			b.sim.FaultWebhooks(tc.fault, 1)
			taken, err := b.sim.Deliver(t.Context())
			if tc.refused != "" {
				if err == nil || taken != 3 || len(b.box.refused) != 1 || !strings.Contains(b.box.refused[0].Error(), tc.refused) {
					t.Errorf("taken %d, %v, refused %v", taken, err, b.box.refused)
				}
			}
			_, err = b.sim.Deliver(t.Context())
			if got := len(b.box.took()) == 4; got != tc.recovered || err != nil {
				t.Errorf("in the end %v were taken, %v", b.box.took(), err)
			}
			missed := b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)})
			if tc.recovered != (len(missed) == 0) {
				t.Errorf("not delivered: %v", missed)
			}
		})
	}
}

func TestWebhook_OneSessionsWordIsLostAndNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	lost := b.session(ticket(1000, "gbp")).ID
	if status, got := b.order("webhook_fault", `{"kind":"drop","session":"`+lost+`"}`); status != 200 {
		t.Fatal(status, got)
	}
	b.sold(1000, stripesim.CardUK)
	if _, err := b.sim.Pay(lost, stripesim.CardUK); err != nil {
		t.Fatal(err)
	}
	if taken, err := b.sim.Deliver(t.Context()); taken != len(saleEvents) || err == nil {
		t.Errorf("%d were taken, %v", taken, err)
	}
	if diff := cmp.Diff(saleEvents, b.box.took()); diff != "" {
		t.Errorf("the other sale: -want +got:\n%s", diff)
	}
	if missed := b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)}); len(missed) != len(saleEvents) {
		t.Errorf("not delivered: %v", missed)
	}
	b.sim.ClearFaults()
	b.box.types = nil
	b.sold(1000, stripesim.CardUK)
	b.deliver()
	if diff := cmp.Diff(saleEvents, b.box.took()); diff != "" {
		t.Errorf("after the fault: -want +got:\n%s", diff)
	}
}

func TestWebhook_OrderAndNumber(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sold(1000, stripesim.CardUK)
	b.sim.DuplicateWebhooks(1, 4)
	b.deliver()
	want := append([]string{saleEvents[0], saleEvents[0], saleEvents[0], saleEvents[0]}, saleEvents...)
	if diff := cmp.Diff(want, b.box.took()); diff != "" {
		t.Error(diff)
	}
	b.box.types = nil
	b.sold(1000, stripesim.CardUK)
	b.sim.FaultWebhooks(stripesim.WebhookReorder, 1)
	b.deliver()
	if got := b.box.took(); got[0] != "checkout.session.completed" || got[3] != "payment_intent.created" {
		t.Errorf("turned round: %v", got)
	}
	b.sim.FaultWebhooks(stripesim.WebhookThin, 1)
	b.sold(1000, stripesim.CardUK)
	b.deliver()
	if len(b.box.refused) != 1 || len(b.box.took()) != 8 {
		t.Errorf("a thin event: refused %v, taken %v", b.box.refused, b.box.took())
	}
}

func TestWebhook_StraysComeFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, f := range []stripesim.WebhookFault{
		stripesim.WebhookTwin, stripesim.WebhookLivemode, stripesim.WebhookStranger, stripesim.WebhookUnknownType,
	} {
		b.sim.FaultWebhooks(f, 1)
	}
	b.sold(1000, stripesim.CardUK)
	b.deliver()
	var got []string
	ids := map[string]bool{}
	for _, e := range b.box.events {
		ids[e.ID] = true
		got = append(got, fmt.Sprintf("%s %t %s", e.Type, e.Livemode, e.Account))
	}
	want := []string{
		"payment_intent.created false ", "payment_intent.created true ", "payment_intent.created false acct_stranger", "quantum.leaped false ",
		"payment_intent.created false ", "charge.succeeded false ", "payment_intent.succeeded false ", "checkout.session.completed false ",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(ids) != len(want) {
		t.Errorf("%d ids, %s", len(ids), diff)
	}
}

func TestWebhook_IsTriedAgainLaterAndThenGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sold(1000, stripesim.CardUK)
	b.box.down = true
	for range 3 {
		if taken, err := b.sim.Deliver(t.Context()); taken != 0 || err == nil {
			t.Fatalf("taken by a shop that is down: %d, %v", taken, err)
		}
	}
	if diff := cmp.Diff([]string{"checkout.session.completed", "payment_intent.succeeded", "charge.succeeded", "payment_intent.created"},
		b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)})); diff != "" {
		t.Error(diff)
	}
	b.box.down = false
	b.deliver()
	if got := b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)}); len(got) != 0 || b.sim.Queued() != 0 {
		t.Errorf("still not delivered: %v", got)
	}
	b.box.down = true
	b.sold(1000, stripesim.CardUK)
	for range 20 {
		_, _ = b.sim.Deliver(t.Context()) // refused each time, as was just shown
	}
	if b.sim.Queued() != 0 || len(b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)})) != 4 {
		t.Errorf("%d are still queued", b.sim.Queued())
	}
}

func TestEvents_AreFilteredAndRead(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.sold(1000, stripesim.CardUK)
	if diff := cmp.Diff([]string{"charge.succeeded"}, b.events(&stripe.EventListParams{Type: stripe.String("charge.succeeded")})); diff != "" {
		t.Error(diff)
	}
	got := b.events(&stripe.EventListParams{Types: stripe.StringSlice([]string{"charge.succeeded", "checkout.session.completed"})})
	if len(got) != 2 {
		t.Errorf("two types: %v", got)
	}
	b.deliver()
	ev, err := b.api.Events.Get(b.box.events[3].ID, nil)
	if must(t, ev, err).Data.Object["payment_status"] != "paid" || ev.PendingWebhooks != 0 || ev.Account != "" {
		t.Errorf("the event is %+v", ev)
	}
	if got := len(b.events(&stripe.EventListParams{DeliverySuccess: stripe.Bool(true)})); got != 4 {
		t.Errorf("%d were delivered", got)
	}
}

func TestEndpoints_AreMadeListedAndTakenAway(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	other := setup(t, nil) // whose mailbox is the other endpoint
	made, err := b.api.WebhookEndpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String("http://127.0.0.1:1/none"), EnabledEvents: stripe.StringSlice([]string{"charge.succeeded", "refund.failed"}),
		APIVersion: stripe.String(stripesim.APIVersion), Description: stripe.String("of the test"),
	})
	if !strings.HasPrefix(must(t, made, err).Secret, "whsec_") || made.APIVersion != stripesim.APIVersion || made.Status != "enabled" {
		t.Errorf("made: %+v", made)
	}
	secret, err := b.sim.AddWebhook("", stripesim.Endpoint{URL: other.box.at, Events: []string{"charge.succeeded"}})
	other.box.secret = must(t, secret, err)
	b.sold(1000, stripesim.CardUK)
	if taken, err := b.sim.Deliver(t.Context()); taken != 5 || err == nil {
		t.Errorf("taken %d, %v", taken, err)
	}
	if diff := cmp.Diff([]string{"charge.succeeded"}, other.box.took()); diff != "" {
		t.Error(diff)
	}
	read, err := b.api.WebhookEndpoints.Get(made.ID, nil)
	if must(t, read, err).Secret != "" {
		t.Error("the secret is shown twice")
	}
	gone, err := b.api.WebhookEndpoints.Del(made.ID, nil)
	if !must(t, gone, err).Deleted || b.sim.Queued() != 0 {
		t.Errorf("%d deliveries wait for an endpoint that is gone", b.sim.Queued())
	}
	n := 0
	for list := b.api.WebhookEndpoints.List(&stripe.WebhookEndpointListParams{}); list.Next(); {
		n++
	}
	if n != 2 {
		t.Errorf("%d endpoints are left", n)
	}
	_, err = b.api.WebhookEndpoints.New(&stripe.WebhookEndpointParams{URL: stripe.String("here"), EnabledEvents: stripe.StringSlice([]string{"*"})})
	if e := refusal(t, err); e.Param != "url" {
		t.Errorf("a bad address: %v", e)
	}
}

func TestDelivery_GoesOnByItselfWhileListening(t *testing.T) {
	t.Parallel()
	told := make(chan string, 100)
	b := setup(t, nil)
	b.box.told = told
	b.sim.StartDelivery()
	b.sold(1000, stripesim.CardUK)
	var got []string
	for range saleEvents {
		select {
		case kind := <-told:
			got = append(got, kind)
		case <-time.After(30 * time.Second):
			t.Fatalf("only %v arrived", got)
		}
	}
	if diff := cmp.Diff(saleEvents, got); diff != "" {
		t.Error(diff)
	}
}
