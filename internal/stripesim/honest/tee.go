package honest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"lanyard/internal/stripesim"
)

// stand-in of Stripe, made once: it reads five megabytes.
var mock = sync.OnceValues(func() (*server.StubServer, error) {
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		return nil, err
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		return nil, err
	}
	return server.NewStubServer(fixtures, spec, true, false)
})

// Tee puts a simulator behind a handler that lets every request to the API be
// judged by stripe-mock in strict mode, and every answer by Stripe's schema. A
// request that stripe-mock refuses fails the test unless the simulator refused it
// as well; so does an answer of another shape.
func Tee(t testing.TB, sim http.Handler) http.Handler {
	t.Helper()
	stub, err := mock()
	if err != nil {
		t.Fatalf("start stripe-mock: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			sim.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: read the request: %v", r.Method, r.URL.Path, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &witness{ResponseWriter: w, status: http.StatusOK}
		sim.ServeHTTP(seen, r)
		if seen.said.Len() > 0 && !bytes.HasSuffix(bytes.TrimSpace(seen.said.Bytes()), []byte("}")) {
			return // half an answer, as was asked for
		}
		if err := Check(seen.said.Bytes()); err != nil {
			t.Errorf("%s %s: the answer is not Stripe's: %v\n%s", r.Method, r.URL.Path, err, seen.said.Bytes())
		}
		if judged := judge(stub, r, body); judged.Code == http.StatusBadRequest && seen.status != http.StatusBadRequest {
			t.Errorf("%s %s: stripe-mock refuses the request: %s\n%s", r.Method, r.URL.RequestURI(), judged.Body, body)
		}
	})
}

// youngerEvents are types of events that Stripe has added since the version that
// is spoken, and sends to endpoints of every version; stripe-mock does not know
// them. The value is a type of the same family that it does know.
var youngerEvents = map[string]string{"refund.failed": "refund.updated"}

// judge puts a request to stripe-mock, which knows only Stripe's own kind of key.
func judge(stub *server.StubServer, r *http.Request, body []byte) *httptest.ResponseRecorder {
	if strings.HasPrefix(r.URL.Path, "/v1/webhook_endpoints") {
		for younger, known := range youngerEvents {
			body = bytes.ReplaceAll(body, []byte("="+younger), []byte("="+known))
		}
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	again.ContentLength = int64(len(body))
	again.Header.Set("Authorization", "Bearer sk_test_123")
	got := httptest.NewRecorder()
	stub.HandleRequest(got, again)
	return got
}

// A witness remembers an answer while it is sent.
type witness struct {
	http.ResponseWriter
	status int
	said   bytes.Buffer
}

// WriteHeader remembers the status.
func (w *witness) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write remembers the text.
func (w *witness) Write(text []byte) (int, error) {
	w.said.Write(text)
	return w.ResponseWriter.Write(text)
}

// Unwrap lets the server's own means be reached.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Start makes a simulator and serves it, through Tee, until the test ends. It
// returns the simulator and the address to reach it at.
func Start(t testing.TB, o stripesim.Options) (*stripesim.Sim, string) {
	t.Helper()
	sim, err := stripesim.New(o)
	if err != nil {
		t.Fatalf("make the simulator: %v", err)
	}
	web := httptest.NewServer(Tee(t, sim))
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Errorf("close the simulator: %v", err)
		}
		web.Close()
	})
	return sim, web.URL
}
