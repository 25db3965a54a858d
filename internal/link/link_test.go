package link_test

import (
	"testing"

	"lanyard/internal/link"
	"lanyard/internal/uid"
)

func TestToken_OpensWhatItWasMadeForAndNothingElse(t *testing.T) {
	t.Parallel()
	keys := link.NewKeys([32]byte{1})
	org, id := uid.New[uid.Org](), uid.New[uid.Registration]()
	token := keys.Make(link.Registration, org, id, 3)

	if len(token) != link.Length {
		t.Fatalf("the token has %d characters, want %d", len(token), link.Length)
	}
	ref, ok := keys.Read(link.Registration, token)
	if !ok || ref != (link.Ref{Org: org, ID: id, Version: 3}) {
		t.Fatalf("read %+v, %v", ref, ok)
	}
	if _, ok := keys.Read(link.Join, token); ok {
		t.Error("a registration token opened a join page")
	}
	if _, ok := link.NewKeys([32]byte{2}).Read(link.Registration, token); ok {
		t.Error("a token made with another master key was accepted")
	}
}

func TestToken_AnyChangedCharacterIsRefused(t *testing.T) {
	t.Parallel()
	keys := link.NewKeys([32]byte{1})
	token := keys.Make(link.Hold, uid.New[uid.Org](), uid.New[uid.Order](), 1)
	for i := range len(token) {
		b := []byte(token)
		if b[i] == 'A' {
			b[i] = 'B'
		} else {
			b[i] = 'A'
		}
		if _, ok := keys.Read(link.Hold, string(b)); ok {
			t.Fatalf("accepted with character %d changed", i)
		}
	}
	for _, s := range []string{"", token[:66], token + "A", token[:66] + "="} {
		if _, ok := keys.Read(link.Hold, s); ok {
			t.Errorf("accepted %q", s)
		}
	}
}

func FuzzRead(f *testing.F) {
	keys := link.NewKeys([32]byte{1})
	f.Add(keys.Make(link.Join, uid.New[uid.Org](), uid.New[uid.Registration](), 1))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		ref, ok := keys.Read(link.Join, s)
		if ok && keys.Make(link.Join, ref.Org, ref.ID, ref.Version) != s {
			t.Fatalf("%q is accepted but is not what Make makes", s)
		}
	})
}
