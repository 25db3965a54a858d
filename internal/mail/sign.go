package mail

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
)

// Signer signs messages for one domain with DKIM (RFC 6376).
type Signer struct {
	domain, selector string
	key              *rsa.PrivateKey
}

// signedHeaders are the header fields that a signature covers. Those listed once
// more than they occur are thereby forbidden to be added later: a second From or
// Subject is what a mail program would show. Both fields for unsubscribing are
// covered, because providers ignore them otherwise (RFC 8058).
var signedHeaders = []string{
	"From", "From", "Subject", "Subject", "To", "To", "Date", "Date", "Reply-To", "Reply-To", "Message-ID", "Message-ID",
	"MIME-Version", "Content-Type", "Content-Type",
	"List-Unsubscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe-Post",
	"Auto-Submitted", "Feedback-ID",
}

// minKeyBits is the shortest key that large providers still accept.
const minKeyBits = 2048

// NewSigner makes a signer for a domain whose DNS holds the record that DNSRecord
// gives. The domain must be that of the From address, or one above it.
func NewSigner(domain, selector string, key *rsa.PrivateKey) (*Signer, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isDotAtom(ascii) {
		return nil, fmt.Errorf("DKIM domain %q is not a domain name", domain)
	}
	if !isDotAtom(selector) {
		return nil, fmt.Errorf("DKIM selector %q is not a name", selector)
	}
	if key == nil || key.N.BitLen() < minKeyBits {
		return nil, fmt.Errorf("DKIM needs an RSA key of at least %d bits", minKeyBits)
	}
	return &Signer{domain: ascii, selector: selector, key: key}, nil
}

// ReadKey reads an RSA private key from PEM, in either of its two usual forms.
func ReadKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("DKIM key is not in PEM form")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read DKIM key: %w", err)
	}
	key, ok := any.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("DKIM key is not an RSA key")
	}
	return key, nil
}

// DNSRecord is the TXT record that the domain must publish: its name and content.
func (s *Signer) DNSRecord() (name, content string, err error) {
	der, err := x509.MarshalPKIXPublicKey(s.key.Public())
	if err != nil {
		return "", "", fmt.Errorf("write DKIM key: %w", err)
	}
	return s.selector + "._domainkey." + s.domain, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}

// Sign returns raw, the finished bytes of a message, with a signature in front.
func (s *Signer) Sign(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	err := dkim.Sign(&b, bytes.NewReader(raw), &dkim.SignOptions{
		Domain:                 s.domain,
		Selector:               s.selector,
		Signer:                 s.key,
		Hash:                   crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedHeaders,
	})
	if err != nil {
		return nil, fmt.Errorf("sign message for %s: %w", s.domain, err)
	}
	return b.Bytes(), nil
}
