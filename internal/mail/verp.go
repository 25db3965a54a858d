package mail

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// VERP makes sender addresses that say which message bounced. They carry a seal,
// so that nobody can report a bounce that did not happen.
type VERP struct {
	// Domain receives bounces.
	Domain string
	// Key seals the addresses.
	Key []byte
}

// verpEncoding survives servers that change the case of addresses.
var verpEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Address is where the bounce of the message with this id goes. The id must be made
// of lower-case letters, digits and underscores.
func (v VERP) Address(id string) string {
	return "b+" + id + "." + v.seal(id) + "@" + v.Domain
}

// Read returns the id from an address made by Address; ok is false for any other.
func (v VERP) Read(address string) (id string, ok bool) {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	rest, found := strings.CutPrefix(local, "b+")
	id, seal, sealed := strings.Cut(rest, ".")
	if !found || !sealed || domain != strings.ToLower(v.Domain) || !hmac.Equal([]byte(seal), []byte(v.seal(id))) {
		return "", false
	}
	return id, true
}

// Complaints is where mail providers may send feedback reports.
func (v VERP) Complaints() string { return "complaints@" + v.Domain }

// Takes reports whether mail to the address is ours to read.
func (v VERP) Takes(address string) bool {
	_, ok := v.Read(address)
	return ok || strings.EqualFold(address, v.Complaints())
}

func (v VERP) seal(id string) string {
	h := hmac.New(sha256.New, v.Key)
	h.Write([]byte("verp " + id))
	return verpEncoding.EncodeToString(h.Sum(nil)[:10])
}
