package stripesim

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// pauses are how long after each failed attempt the next one is made; Stripe goes
// on for three days.
var pauses = []time.Duration{
	2 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 8 * time.Hour, 12 * time.Hour,
	12 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour,
}

// sender posts webhooks: like Stripe it follows no redirects and waits briefly.
// Its connections are its own, since a test server that closes ends the default ones.
var sender = &http.Client{
	Transport:     transport(),
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
}

// A parcel is one attempt to deliver: what is posted where.
type parcel struct {
	account, delivery string
	url, signature    string
	body              []byte
	extra             bool // not an attempt that counts
	lost              bool // never leaves
}

// StartDelivery delivers webhooks as they come up, and again after failures,
// until Close. Listen does so by itself.
func (s *Sim) StartDelivery() { s.delivering.Do(s.startDelivery) }

func (s *Sim) startDelivery() {
	ctx, stop := context.WithCancel(context.Background())
	s.running.Add(2)
	go func() {
		defer s.running.Done()
		<-s.closed
		stop()
	}()
	go func() {
		defer s.running.Done()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
			case <-tick.C:
			}
			if _, err := s.deliver(ctx, true); err != nil && ctx.Err() == nil {
				s.log.Info("webhooks were not taken", "err", err)
			}
		}
	}()
}

// Deliver tries every queued delivery once, whenever its next attempt was meant to
// be, and then those that came up meanwhile, until none is left that was not
// tried. It returns how many were taken, and the failures joined.
func (s *Sim) Deliver(ctx context.Context) (taken int, err error) { return s.deliver(ctx, false) }

func (s *Sim) deliver(ctx context.Context, onlyDue bool) (taken int, err error) {
	tried := map[string]bool{}
	for ctx.Err() == nil {
		parcels := s.pack(tried, onlyDue)
		if len(parcels) == 0 {
			return taken, err
		}
		for _, p := range parcels {
			failure := s.post(ctx, p)
			if p.extra {
				continue
			}
			s.record(p, failure)
			if failure == nil {
				taken++
			} else {
				err = errors.Join(err, failure)
			}
		}
	}
	return taken, errors.Join(err, ctx.Err())
}

// Queued is how many deliveries wait to be made or made again.
func (s *Sim) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, id := range s.order {
		s.accounts[id].deliveries.each(func(_ string, d *delivery) bool {
			if !d.Lost {
				n++
			}
			return true
		})
	}
	return n
}

// pack makes parcels of what waits, with the faults that were asked for. The
// events of all accounts go in the order of their making.
func (s *Sim) pack(tried map[string]bool, onlyDue bool) []parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := unix(s.present())
	var parcels []parcel
	for _, id := range s.order {
		a := s.accounts[id]
		a.deliveries.each(func(_ string, d *delivery) bool {
			if !d.Lost && !tried[d.ID] && !(onlyDue && d.NotBy > now) {
				tried[d.ID] = true
				parcels = append(parcels, s.wrap(a, d)...)
			}
			return true
		})
	}
	if len(parcels) > 1 && s.hooks.take(WebhookReorder) {
		slices.Reverse(parcels)
	}
	return parcels
}

// wrap signs one event for one endpoint, and makes of it what the faults want.
func (s *Sim) wrap(a *account, d *delivery) []parcel {
	ep := s.accounts[d.Owner].endpoints.get(d.Endpoint)
	shown := a.events.get(d.Event).eventObject
	if ep.Connect {
		shown.Account = a.ID
	}
	stamp, secret := s.options.SignatureClock(), ep.Key
	var parcels []parcel
	for _, body := range s.strays(shown, d, stamp) {
		parcels = append(parcels, parcel{url: ep.URL, body: body, signature: sign(stamp, body, secret), extra: true})
	}
	if s.hooks.take(WebhookFutureVersion) {
		shown.APIVersion = futureVersion
	}
	body, err := json.Marshal(shown)
	if err != nil {
		s.log.Error("an event could not be written", "event", d.Event, "err", err)
		return nil
	}
	p := parcel{account: a.ID, delivery: d.ID, url: ep.URL, body: body}
	switch {
	case s.hooks.loses(a, a.events.get(d.Event)), s.hooks.take(WebhookDrop):
		p.lost = true
	case s.hooks.take(WebhookLate):
		p.signature = sign(stamp.Add(-6*time.Minute), body, secret)
	case s.hooks.take(WebhookAhead):
		p.signature = sign(stamp.AddDate(1, 0, 0), body, secret)
	case s.hooks.take(WebhookWrongSecret):
		p.signature = sign(stamp, body, secret+"x")
	case s.hooks.take(WebhookTwoSecrets):
		p.signature = sign(stamp, body, "whsec_retired") + ",v1=" + hex.EncodeToString(webhook.ComputeSignature(stamp, body, secret))
	case s.hooks.take(WebhookAltered):
		p.signature = sign(stamp, body, secret)
		p.body = append(bytes.TrimSuffix(body, []byte("}")), []byte(" }")...)
	default:
		p.signature = sign(stamp, body, secret)
	}
	parcels = append(parcels, p)
	for range s.hooks.copies() {
		again := p
		again.extra = true
		parcels = append(parcels, again)
	}
	return parcels
}

// strays are what comes before an event and should not: well signed, and strange.
func (s *Sim) strays(ev eventObject, d *delivery, stamp time.Time) [][]byte {
	var bodies [][]byte
	if s.hooks.take(WebhookThin) {
		bodies = append(bodies, thinEvent(s.letters(24, "thin", d.ID), stamp))
	}
	for _, f := range []WebhookFault{WebhookTwin, WebhookLivemode, WebhookStranger, WebhookUnknownType} {
		if !s.hooks.take(f) {
			continue
		}
		stray := ev
		stray.ID = "evt_" + s.letters(24, string(f), d.ID)
		switch f {
		case WebhookLivemode:
			stray.Livemode = true
		case WebhookStranger:
			stray.Account = "acct_stranger"
		case WebhookUnknownType:
			stray.Type = "quantum.leaped"
		}
		body, err := json.Marshal(stray)
		if err != nil {
			s.log.Error("an event could not be written", "event", d.Event, "err", err)
			continue
		}
		bodies = append(bodies, body)
	}
	return bodies
}

func sign(at time.Time, body []byte, secret string) string {
	return "t=" + strconv.FormatInt(at.Unix(), 10) + ",v1=" + hex.EncodeToString(webhook.ComputeSignature(at, body, secret))
}

// futureVersion is a version that no library of today's version decodes.
const futureVersion = "2026-08-26.dahlia"

// thinEvent is an event of Stripe's second API: it names its object and does not
// show it.
func thinEvent(id string, at time.Time) []byte {
	return fmt.Appendf(nil, `{"id":"evt_test_%s","object":"v2.core.event","type":"v2.core.account.updated","created":%q,"livemode":false,`+
		`"related_object":{"id":"acct_none","type":"v2.core.account","url":"/v2/core/accounts/acct_none"}}`, id, at.UTC().Format(time.RFC3339))
}

// post sends a parcel and reports what kept it from being taken.
func (s *Sim) post(ctx context.Context, p parcel) error {
	if p.lost {
		return fmt.Errorf("webhook %s was lost on the way", p.delivery)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return fmt.Errorf("webhook %s: %w", p.delivery, err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks; simulated)")
	req.Header.Set("Stripe-Signature", p.signature)
	resp, err := sender.Do(req)
	if err != nil {
		return fmt.Errorf("webhook %s: %w", p.delivery, err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	if err != nil || resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("webhook %s was answered with %d %s", p.delivery, resp.StatusCode, bytes.TrimSpace(said))
	}
	return nil
}

// record notes how an attempt went.
func (s *Sim) record(p parcel, failure error) {
	defer s.enter()()
	a := s.accounts[p.account]
	d := a.deliveries.get(p.delivery)
	if d == nil {
		return // its endpoint was taken away meanwhile
	}
	if failure == nil {
		s.settleDelivery(a, d)
		return
	}
	d.Says = failure.Error()
	d.Lost = p.lost || d.Attempts >= len(pauses)
	if !d.Lost {
		d.NotBy = unix(s.moment.Add(pauses[d.Attempts]))
	}
	d.Attempts++
	a.deliveries.put(d.ID, d)
}
