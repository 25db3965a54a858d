package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// secretLength is the length of 32 random bytes in unpadded base64.
const secretLength = 43

// NewSecret makes 256 random bits as URL-safe text: a session, a link, or the
// secret by which a browser is known while somebody signs in.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// looksLikeSecret reports whether a secret could be ours, before the database
// is asked.
func looksLikeSecret(s string) bool {
	if len(s) != secretLength {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

// hash is what the database keeps of a secret. Secrets are random, so a plain
// hash is enough, and it makes the look-up independent of how near a guess is.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// codeFor is the six-digit code that belongs to a link. It follows from the link
// so that opening the link twice shows the same code, and the database needs to
// keep no more than its hash.
func codeFor(token string) string {
	sum := sha256.Sum256([]byte("code for " + token))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1_000_000)
}

// codeHash binds a code to its link.
func codeHash(tokenHash []byte, code string) []byte {
	sum := sha256.Sum256(append(append([]byte(nil), tokenHash...), code...))
	return sum[:]
}
