// Package link makes and reads the secret links that stand in for an account:
// the attendee's own page, a hold, the join page, the personal calendar feed.
//
// A token is 67 characters of URL-safe base64:
//
//	key id (1) | version (1) | organisation (16) | object (16) | HMAC-SHA-256 cut to 128 bits (16)
//
// Nothing secret is stored: whoever has the master key can make every link
// again, which is how a mail that is composed later can carry it. A link ends
// when the object's version moves past the token's, or when the object's state
// no longer allows what the link is for. Each purpose has a key of its own,
// derived with HKDF (RFC 5869), so a token for one never opens another.
package link

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"lanyard/internal/uid"
)

// Purpose is what a link is good for.
type Purpose string

// The purposes.
const (
	// Registration opens one attendee's own page, to see, correct, hand over or give up.
	Registration Purpose = "registration"
	// Hold continues a basket, on any device.
	Hold Purpose = "hold"
	// Order opens the buyer's page of an order: what is owed, documents, refunds.
	Order Purpose = "order"
	// Seat lets somebody say who comes on one seat of an order, and shows nothing
	// else of it. The object is the order, the version the seat's line from 1.
	Seat Purpose = "seat"
	// Join opens one registration's join pages.
	Join Purpose = "join"
	// Feed serves the calendar feed of the address behind a registration.
	Feed Purpose = "feed"
	// Unsubscribe stops reminders to the address behind a registration.
	Unsubscribe Purpose = "unsubscribe"
)

// Length is how many characters a token has.
const Length = 67

const (
	keyID  = 1
	bodyN  = 1 + 1 + 16 + 16
	macN   = 16
	tokenN = bodyN + macN
)

// Ref is what a token names.
type Ref struct {
	Org     uid.Org
	ID      [16]byte
	Version int
}

// Keys makes and reads tokens. It is safe for concurrent use.
type Keys struct{ byPurpose map[Purpose][]byte }

// NewKeys derives the purposes' keys from a master key.
func NewKeys(master [32]byte) *Keys {
	k := &Keys{byPurpose: map[Purpose][]byte{}}
	for _, p := range []Purpose{Registration, Hold, Order, Seat, Join, Feed, Unsubscribe} {
		k.byPurpose[p] = Derive(master, "lanyard link "+string(p))
	}
	return k
}

// Derive makes a key of 32 bytes for one use from a master key; other uses have
// other keys.
func Derive(master [32]byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, master[:], nil, use, 32)
	if err != nil {
		panic(fmt.Sprintf("link: derive the key for %q: %v", use, err)) // only for absurd lengths
	}
	return key
}

// Make returns the token for an object in a version from 1 to 255.
func (k *Keys) Make(p Purpose, org uid.Org, id [16]byte, version int) string {
	if version < 1 || version > 255 {
		panic(fmt.Sprintf("link: version %d is outside 1 to 255", version))
	}
	raw := make([]byte, 0, tokenN)
	raw = append(raw, keyID, byte(version))
	raw = append(raw, org[:]...)
	raw = append(raw, id[:]...)
	raw = append(raw, k.mac(p, raw)...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Read returns what a token names when it was made here for this purpose. It
// says nothing about why a token is refused. Whether the version is still the
// object's own is for the caller to compare.
func (k *Keys) Read(p Purpose, token string) (Ref, bool) {
	if len(token) != Length {
		return Ref{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenN {
		return Ref{}, false
	}
	if !hmac.Equal(raw[bodyN:], k.mac(p, raw[:bodyN])) || raw[0] != keyID {
		return Ref{}, false
	}
	return Ref{Org: uid.Org(raw[2:18]), ID: [16]byte(raw[18:34]), Version: int(raw[1])}, true
}

func (k *Keys) mac(p Purpose, body []byte) []byte {
	h := hmac.New(sha256.New, k.byPurpose[p])
	h.Write(body)
	return h.Sum(nil)[:macN]
}

// Digits is a six-digit code that belongs to an object and a text, such as the
// address that it is sent to. It is short enough to guess: count the tries.
func (k *Keys) Digits(p Purpose, org uid.Org, id [16]byte, text string) string {
	mac := hmac.New(sha256.New, k.byPurpose[p])
	mac.Write([]byte("digits\x00"))
	mac.Write(org[:])
	mac.Write(id[:])
	mac.Write([]byte(text))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1_000_000)
}
