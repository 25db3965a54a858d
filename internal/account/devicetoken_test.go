package account_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lanyard/internal/account"
	"lanyard/internal/testworld"
)

// Whatever stands in the header, it is a tablet only when it was given to one.
func FuzzDeviceToken(f *testing.F) {
	w := testworld.New(f)
	f.Add("Bearer " + account.NewSecret())
	f.Add("bearer x")
	f.Add("Bearer ")
	f.Add("Bearer " + strings.Repeat("A", 43))
	f.Add("Bearer " + strings.Repeat("\x00", 43))
	f.Add("Basic YTpi")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header["Authorization"] = []string{header}
		rec := httptest.NewRecorder()
		w.Accounts.Authenticate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if a := account.ActorFrom(r.Context()); a.Device != nil || a.DeviceEnded {
				t.Errorf("%q is taken for a tablet", header)
			}
		})).ServeHTTP(rec, r)
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%q is answered %d", header, rec.Code)
		}
	})
}
