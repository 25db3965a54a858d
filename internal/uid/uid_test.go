package uid_test

import (
	"testing"

	"lanyard/internal/uid"
)

func TestID_TextRoundTrip(t *testing.T) {
	t.Parallel()
	last := ""
	for range 1000 {
		id := uid.New[uid.Event]()
		s := id.String()
		if s <= last {
			t.Fatalf("%s does not sort after %s", s, last)
		}
		last = s
		var back uid.Event
		if err := back.UnmarshalText([]byte(s)); err != nil || back != id {
			t.Fatalf("%s read back as %v, %v", s, back, err)
		}
	}
}

func TestParse_RefusesOtherKindsAndNoise(t *testing.T) {
	t.Parallel()
	good := uid.New[uid.Event]().String()
	for _, s := range []string{"", "evt_", good[4:], "ord_" + good[4:], good + "0", good[:29] + "u", "evt_z" + good[5:], "EVT" + good[3:]} {
		var id uid.Event
		if err := id.UnmarshalText([]byte(s)); s != "" && err == nil {
			t.Errorf("%q was read as %v", s, id)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(uid.New[uid.Order]().String())
	f.Add("ord_")
	f.Add("ord_zzzzzzzzzzzzzzzzzzzzzzzzzz")
	f.Fuzz(func(t *testing.T, s string) {
		var id uid.Order
		if err := id.UnmarshalText([]byte(s)); err == nil && s != "" && id.String() != s {
			t.Fatalf("%q read as %s", s, id)
		}
	})
}
