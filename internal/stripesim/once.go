package stripesim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
)

// keepAnswers is how long, in seconds, the answer to an idempotent request is
// kept.
const keepAnswers = 24 * 60 * 60

// longestKey is how long an idempotency key may be.
const longestKey = 255

// An answer is what an idempotent request was told.
type answer struct {
	Print   string `json:"print"` // of the request
	Request string `json:"request"`
	Reply   reply  `json:"reply"`
	At      int64  `json:"at"`
}

// fingerprint is what must be equal for a request to be the same request.
func fingerprint(r *http.Request, body string) string {
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "\n" + body))
	return hex.EncodeToString(sum[:])
}

// claimKey refuses a second request under a key while the first is being
// answered.
func (s *Sim) claimKey(r *http.Request, key string) (release func(), refused *apiError) {
	if key == "" {
		return func() {}, nil
	}
	if len(key) > longestKey {
		return nil, invalid("", "", fmt.Sprintf("Idempotency keys can be at most %d characters long.", longestKey))
	}
	whole := r.Header.Get("Authorization") + "\n" + r.Header.Get("Stripe-Account") + "\n" + key
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight[whole] {
		return nil, keyInUse()
	}
	s.inFlight[whole] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.inFlight, whole)
	}, nil
}

func keyInUse() *apiError {
	return &apiError{Status: http.StatusConflict, Type: typeIdempotency, Code: "idempotency_key_in_use",
		Message: "There is currently another in-progress request using this Stripe-Idempotency Key. Please try again later."}
}

// once runs a request the first time that its key is seen, and repeats the answer
// afterwards. Answers to requests that never began, because their form, their key
// or their object was wrong, are not kept: the caller may mend them.
func (s *Sim) once(a *account, key, print, request string, run func() reply) reply {
	if old := a.answers.get(key); old != nil && unix(s.moment)-old.At < keepAnswers {
		if old.Print != print {
			return (&apiError{Status: http.StatusBadRequest, Type: typeIdempotency,
				Message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + key + "' if you meant to execute a different request."}).reply()
		}
		again := old.Reply
		again.Again = old.Request
		return again
	}
	got := run()
	if got.began {
		a.answers.put(key, &answer{Print: print, Request: request, Reply: got, At: unix(s.moment)})
	}
	return got
}

// nextRequest makes the tail of a request's id.
func (s *Sim) nextRequest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	return s.letters(14, "request", strconv.FormatInt(s.requests, 10), s.own)
}
