package checkin

import (
	"testing"

	"lanyard/internal/uid"
)

func FuzzReadCursor(f *testing.F) {
	after := uid.New[uid.Registration]()
	f.Add(syncCursor{Epoch: "7-1", Shape: "abc", Since: 42}.String())
	f.Add(syncCursor{Epoch: "7-1", Shape: "abc", Since: 1 << 63, Until: 9, After: &after}.String())
	f.Add(syncCursor{Epoch: "8-1", Shape: "abc", Since: 42}.String())
	f.Add("")
	f.Add("e30")
	f.Add("%")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := readCursor(text, "7-1", "abc")
		if c.Epoch != "7-1" || c.Shape != "abc" {
			t.Fatalf("%q gives a cursor of another database or shape: %+v", text, c)
		}
		if !ok {
			if c.Since != 0 || c.Until != 0 || c.After != nil {
				t.Fatalf("%q is no cursor and says where to go on: %+v", text, c)
			}
			return
		}
		again, ok := readCursor(c.String(), "7-1", "abc")
		if !ok || again.String() != c.String() {
			t.Fatalf("%q reads as %+v, which reads as %+v", text, c, again)
		}
	})
}
