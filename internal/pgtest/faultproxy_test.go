package pgtest

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("Q\x00\x00\x00\x0bcommit\x00"))
	f.Add([]byte("C\x00\x00\x00\x0bCOMMIT\x00rest"))
	f.Add([]byte("Q\x00\x00\x00\x03"))
	f.Add([]byte("Q\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		kind, message, err := readMessage(bytes.NewReader(stream))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(stream, message) || kind != message[0] || int(binary.BigEndian.Uint32(message[1:])) != len(message)-1 {
			t.Fatalf("%q was read as %q", stream, message)
		}
		isCommit(kind, message)
	})
}

func TestIsCommit_InBothProtocols(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Qlen4commit\x00":                 true,
		"Qlen4COMMIT;\x00":                true,
		"Plen4\x00commit\x00\x00\x00":     true,
		"Qlen4SELECT 'commit'\x00":        false,
		"Qlen4commit prepared 'x'\x00":    false,
		"Blen4commit\x00":                 false,
		"Plen4\x00select 1\x00\x00\x00":   false,
		"Qlen4rollback\x00":               false,
		"Plen4stmt\x00commit\x00\x00\x00": false, // named statements are prepared once and run later
	} {
		if got := isCommit(text[0], []byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
