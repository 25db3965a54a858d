package ticketcode

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// Mint makes numbers and signs codes. It is safe for concurrent use.
type Mint struct{ secret [32]byte }

// NewMint makes a mint; the same secret always makes the same tickets.
func NewMint(secret [32]byte) *Mint { return &Mint{secret} }

// Numbers turns an organisation's tickets into numbers and back.
type Numbers struct{ block cipher.Block }

// Numbers returns the numbering of an organisation.
func (m *Mint) Numbers(org [16]byte) Numbers {
	block, err := aes.NewCipher(m.derive("number", 16, org[:]))
	if err != nil {
		panic(fmt.Sprintf("ticketcode: make cipher: %v", err)) // only for keys of another length
	}
	return Numbers{block}
}

// Of is the number of a ticket.
func (n Numbers) Of(ticket [16]byte) Number {
	var out Number
	n.block.Encrypt(out[:], ticket[:])
	return out
}

// Ticket is the ticket that a number would be of. Every number is of some
// ticket; whether there is such a one is for the list to say.
func (n Numbers) Ticket(number Number) [16]byte {
	var out [16]byte
	n.block.Decrypt(out[:], number[:])
	return out
}

// Signer signs one event's tickets with one of its keys.
type Signer struct {
	keyID byte
	mark  [4]byte
	key   ed25519.PrivateKey
}

// Signer returns the signer for one of an event's keys.
func (m *Mint) Signer(org, event [16]byte, keyID byte) Signer {
	seed := m.derive("key", ed25519.SeedSize, org[:], event[:], []byte{keyID})
	return Signer{keyID: keyID, mark: EventMark(event), key: ed25519.NewKeyFromSeed(seed)}
}

// PublicKey is what tablets check with.
func (s Signer) PublicKey() ed25519.PublicKey {
	public, ok := s.key.Public().(ed25519.PublicKey)
	if !ok {
		panic("ticketcode: an Ed25519 key without a public half") // by its documentation never
	}
	return public
}

// Sign returns the signed code of a ticket's number: always the same one.
func (s Signer) Sign(number Number) string {
	raw := make([]byte, 0, signedN)
	raw = append(raw, s.keyID)
	raw = append(raw, s.mark[:]...)
	raw = append(raw, number[:]...)
	raw = append(raw, ed25519.Sign(s.key, message(raw))...)
	return prefix + encoding.EncodeToString(raw)
}

func (m *Mint) derive(use string, n int, parts ...[]byte) []byte {
	info := "lanyard ticket " + use
	for _, p := range parts { // all of fixed length, so no two lists of parts collide
		info += string(p)
	}
	key, err := hkdf.Key(sha256.New, m.secret[:], nil, info, n)
	if err != nil {
		panic(fmt.Sprintf("ticketcode: derive a key: %v", err)) // only for absurd lengths
	}
	return key
}
