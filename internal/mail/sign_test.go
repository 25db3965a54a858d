package mail_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"lanyard/internal/mail"
)

// key is one key for all tests, because making one is slow.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func signer(t *testing.T) *mail.Signer {
	t.Helper()
	s, err := mail.NewSigner("events.example.org", "lanyard1", key())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verify asks a resolver that knows the signer's record and nothing else.
func verify(t *testing.T, s *mail.Signer, raw []byte) *dkim.Verification {
	t.Helper()
	name, content, err := s.DNSRecord()
	if err != nil {
		t.Fatal(err)
	}
	all, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
		if domain != name {
			t.Errorf("asked for %s, want %s", domain, name)
		}
		return []string{content}, nil
	}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d signatures, %v", len(all), err)
	}
	return all[0]
}

// Scenario 34.
func TestSigner_SignatureCoversBothUnsubscribeHeaders(t *testing.T) {
	t.Parallel()
	s := signer(t)
	raw := mustCompose(t, letter(t))
	signed, err := s.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(signed, raw) || !bytes.HasPrefix(signed, []byte("DKIM-Signature:")) {
		t.Error("the message itself was changed")
	}
	v := verify(t, s, signed)
	if v.Err != nil || v.Domain != "events.example.org" {
		t.Fatalf("domain %s: %v", v.Domain, v.Err)
	}
	covered := strings.ToLower(strings.Join(v.HeaderKeys, " ")) + " "
	for _, name := range []string{"list-unsubscribe ", "list-unsubscribe-post ", "from from ", "subject subject ", "reply-to ", "date ", "content-type "} {
		if !strings.Contains(covered, name) {
			t.Errorf("%q does not cover %s", covered, name)
		}
	}
	if header, _, _ := bytes.Cut(signed, []byte("\r\nAuto-Submitted")); !bytes.Contains(header, []byte("c=relaxed/relaxed")) {
		t.Errorf("canonicalisation: %s", header)
	}
}

// Scenario 34, the part that must fail.
func TestSigner_ChangesBreakTheSignature(t *testing.T) {
	t.Parallel()
	s := signer(t)
	signed, err := s.Sign(mustCompose(t, letter(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"second subject":      {"MIME-Version:", "Subject: You won\r\nMIME-Version:"},
		"second sender":       {"MIME-Version:", "From: <eve@evil.example>\r\nMIME-Version:"},
		"other reply address": {"help@midlands.example", "eve@evil.example"},
		"other unsubscribe":   {"/u/abc", "/u/def"},
		"no one-click":        {"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""},
		"other body":          {"Your place is booked.", "Your place is free."},
	} {
		changed := bytes.Replace(signed, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, signed) {
			t.Fatalf("%s: nothing to change", name)
		}
		if v := verify(t, s, changed); v.Err == nil {
			t.Errorf("%s: still verifies", name)
		}
	}
	if v := verify(t, s, bytes.Replace(signed, []byte("\r\nSubject: "), []byte("\r\nSubject:   "), 1)); v.Err != nil {
		t.Errorf("another space breaks it: %v", v.Err)
	}
}

func TestNewSigner_RefusesWhatProvidersRefuse(t *testing.T) {
	t.Parallel()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		domain, selector string
		key              *rsa.PrivateKey
	}{
		"short key":    {"a.example", "s", short},
		"no key":       {"a.example", "s", nil},
		"no domain":    {"", "s", key()},
		"bad domain":   {"a b", "s", key()},
		"bad selector": {"a.example", "s\r\n", key()},
	} {
		if _, err := mail.NewSigner(c.domain, c.selector, c.key); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestReadKey_KnowsBothForms(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		t.Fatal(err)
	}
	for kind, der := range map[string][]byte{"RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(key()), "PRIVATE KEY": pkcs8} {
		got, err := mail.ReadKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		if err != nil || !got.Equal(key()) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, bad := range []string{"", "no PEM", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))} {
		if _, err := mail.ReadKey([]byte(bad)); err == nil {
			t.Errorf("%q was read as a key", bad)
		}
	}
}
