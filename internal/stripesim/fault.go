package stripesim

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// A WebhookFault is something that goes wrong with a webhook on its way.
type WebhookFault string

// The faults of webhooks.
const (
	// WebhookDrop loses the webhook: it is never sent again, and its event counts
	// as not delivered.
	WebhookDrop WebhookFault = "drop"
	// WebhookDuplicate sends the same event more than once.
	WebhookDuplicate WebhookFault = "duplicate"
	// WebhookReorder turns the order of what is sent together round. One time is
	// one round of Deliver.
	WebhookReorder WebhookFault = "reorder"
	// WebhookLate makes the signature six minutes old.
	WebhookLate WebhookFault = "late"
	// WebhookAhead dates the signature a year ahead.
	WebhookAhead WebhookFault = "ahead"
	// WebhookFutureVersion has the event speak of a later API version.
	WebhookFutureVersion WebhookFault = "future_version"
	// WebhookWrongSecret signs with another secret.
	WebhookWrongSecret WebhookFault = "wrong_secret"
	// WebhookTwoSecrets signs with two secrets, the first of which has been retired.
	WebhookTwoSecrets WebhookFault = "two_secrets"
	// WebhookAltered changes the body after it was signed.
	WebhookAltered WebhookFault = "altered"
	// WebhookThin sends a thin event of the second API first.
	WebhookThin WebhookFault = "thin"
	// WebhookTwin sends an event of the same content and another id first.
	WebhookTwin WebhookFault = "twin"
	// WebhookLivemode sends one first that claims to be about real money.
	WebhookLivemode WebhookFault = "livemode"
	// WebhookStranger sends one first that is of an account nobody knows.
	WebhookStranger WebhookFault = "stranger"
	// WebhookUnknownType sends one first of a type that nobody has heard of.
	WebhookUnknownType WebhookFault = "unknown_type"
)

// webhookFaults are how often each fault is still to happen.
type webhookFaults struct {
	times map[WebhookFault]int
	extra int             // copies of each duplicate
	lost  map[string]bool // sessions of which nothing arrives
}

func (w *webhookFaults) take(f WebhookFault) bool {
	if w.times[f] <= 0 {
		return false
	}
	w.times[f]--
	return true
}

func (w *webhookFaults) copies() int {
	if w.take(WebhookDuplicate) {
		return w.extra
	}
	return 0
}

// FaultWebhooks makes a fault happen to the next times webhooks; 0 ends it. What
// failed but for WebhookDrop is tried again, freshly signed.
func (s *Sim) FaultWebhooks(f WebhookFault, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hooks.times == nil {
		s.hooks.times, s.hooks.extra = map[WebhookFault]int{}, max(s.hooks.extra, 1)
	}
	s.hooks.times[f] = times
}

// LoseWebhooksOf loses every webhook about one session and its payment, and no
// other, until ClearFaults.
func (s *Sim) LoseWebhooksOf(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hooks.lost == nil {
		s.hooks.lost = map[string]bool{}
	}
	s.hooks.lost[session] = true
}

// loses reports whether an event is about a session of which nothing arrives.
func (w *webhookFaults) loses(a *account, ev *event) bool {
	for id := range w.lost {
		if cs := a.sessions.get(id); cs != nil && ev.mentions(id, string(cs.PaymentIntent)) {
			return true
		}
	}
	return false
}

// mentions reports whether the event's object has one of the ids in it.
func (ev *event) mentions(ids ...string) bool {
	for _, id := range ids {
		if id != "" && bytes.Contains(ev.Data.Object, []byte(`"`+id+`"`)) {
			return true
		}
	}
	return false
}

// DuplicateWebhooks sends each of the next times webhooks copies times more.
func (s *Sim) DuplicateWebhooks(times, copies int) {
	s.FaultWebhooks(WebhookDuplicate, times)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.extra = copies
}

// An APIFault is something that goes wrong with a request to the API.
type APIFault string

// The faults of the API.
const (
	// APITimeout does what was asked and then says nothing until the caller has
	// given up.
	APITimeout APIFault = "timeout"
	// APIDropReply does what was asked and ends the connection without a word.
	APIDropReply APIFault = "drop_reply"
	// APIReset ends the connection before anything was done.
	APIReset APIFault = "reset"
	// APIHalf does what was asked and sends half of the answer.
	APIHalf APIFault = "half"
	// API500 fails before anything was done.
	API500 APIFault = "500"
	// API500After does what was asked, and says that it failed.
	API500After APIFault = "500_after"
	// API429 refuses because of too many requests.
	API429 APIFault = "429"
	// API409 refuses because a request under the same key is in progress.
	API409 APIFault = "409"
)

type apiFault struct {
	kind  APIFault
	where string
	times int
}

// FaultAPI makes a fault happen to the next times requests whose method and path,
// as in "POST /v1/refunds", contain where; "" is all of them. Faults wait in the
// order they were asked for, one at a time for each request; 0 times takes those
// of that kind back.
func (s *Sim) FaultAPI(f APIFault, where string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if times <= 0 {
		kept := s.faults[:0]
		for _, one := range s.faults {
			if one.kind != f {
				kept = append(kept, one)
			}
		}
		s.faults = kept
		return
	}
	s.faults = append(s.faults, &apiFault{f, where, times})
}

// ClearFaults ends all faults of webhooks and of the API.
func (s *Sim) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.hooks = nil, webhookFaults{}
}

// faultFor is the fault that is to happen to a request, or "".
func (s *Sim) faultFor(r *http.Request) APIFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.times > 0 && strings.Contains(r.Method+" "+r.URL.Path, f.where) {
			f.times--
			return f.kind
		}
	}
	return ""
}

// refuseBy answers a request with a fault that keeps anything from being done. It
// reports whether it did.
func (s *Sim) refuseBy(w http.ResponseWriter, r *http.Request, f APIFault) bool {
	switch f {
	case APIReset:
		panic(http.ErrAbortHandler)
	case API500:
		s.answer(w, r, outage().reply())
	case API429:
		s.answer(w, r, (&apiError{Status: http.StatusTooManyRequests, Type: typeInvalid, Code: "rate_limit",
			Message: "Request rate limit exceeded."}).reply())
	case API409:
		s.answer(w, r, keyInUse().reply())
	default:
		return false
	}
	return true
}

func outage() *apiError {
	return &apiError{Status: http.StatusInternalServerError, Type: typeAPI, Message: "An unknown error occurred"}
}

// spoil keeps the caller from learning what was done. It does not return where the
// fault is one that ends the connection.
func (s *Sim) spoil(r *http.Request, f APIFault, got reply) reply {
	switch f {
	case APITimeout:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		panic(http.ErrAbortHandler)
	case APIDropReply:
		panic(http.ErrAbortHandler)
	case API500After:
		return outage().reply()
	case APIHalf:
		got.Body = got.Body[:len(got.Body)/2]
	}
	return got
}

func itoa(i int) string { return strconv.Itoa(i) }
