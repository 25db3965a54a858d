package ticketcode

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Lengths of the two codes, in characters.
const (
	SignedLength = 138
	ShortLength  = 26
)

const (
	prefix  = "1:"
	headN   = 1 + 4 + 16 // what is signed
	signedN = headN + ed25519.SignatureSize
)

// signedContext keeps a ticket's signature from meaning anything elsewhere.
const signedContext = "lanyard ticket"

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Number is what both codes of a ticket carry.
type Number [16]byte

// Short is the code for badges and typing.
func (n Number) Short() string { return encoding.EncodeToString(n[:]) }

// Hash is what lists carry in place of the number.
func (n Number) Hash() [16]byte {
	sum := sha256.Sum256(n[:])
	return [16]byte(sum[:16])
}

// EventMark is the part of a signed code that tells events apart.
func EventMark(event [16]byte) [4]byte {
	sum := sha256.Sum256(append([]byte("lanyard event"), event[:]...))
	return [4]byte(sum[:4])
}

// Code is a code that was read. Signed says which of the two it is; a short one
// has a Number and nothing else.
type Code struct {
	Signed bool
	// KeyID says which of the event's keys signed it.
	KeyID byte
	// Mark is the EventMark of the event.
	Mark   [4]byte
	Number Number

	head      []byte
	signature []byte
}

// Parse reads a code, from a camera, a hand scanner or a keyboard. It is false
// for whatever is no ticket; it says nothing about signatures.
func Parse(text string) (Code, bool) {
	if len(text) > 4*SignedLength { // no scanner adds that much space
		return Code{}, false
	}
	text = strings.ToUpper(strings.TrimSpace(text))
	if body, ok := strings.CutPrefix(text, prefix); ok {
		return parseSigned(body)
	}
	raw, ok := decode(text, len(Number{}))
	if !ok {
		return Code{}, false
	}
	return Code{Number: Number(raw)}, true
}

func parseSigned(body string) (Code, bool) {
	raw, ok := decode(body, signedN)
	if !ok {
		return Code{}, false
	}
	return Code{
		Signed: true, KeyID: raw[0], Mark: [4]byte(raw[1:5]), Number: Number(raw[5:headN]),
		head: raw[:headN], signature: raw[headN:],
	}, true
}

// decode reads n bytes that have exactly one spelling.
func decode(text string, n int) ([]byte, bool) {
	if len(text) != encoding.EncodedLen(n) {
		return nil, false
	}
	raw, err := encoding.DecodeString(text)
	if err != nil || encoding.EncodeToString(raw) != text {
		return nil, false
	}
	return raw, true
}

// Verify reports whether a signed code was signed with the key. Short codes
// never are.
func (c Code) Verify(key ed25519.PublicKey) bool {
	return c.Signed && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message(c.head), c.signature)
}

func message(head []byte) []byte {
	return bytes.Join([][]byte{[]byte(signedContext), head}, nil)
}
