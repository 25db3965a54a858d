package app

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfig_KeepsMailOutOfAMailboxThatOthersCanRead(t *testing.T) {
	t.Parallel()
	for base, allowed := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:8080": true,
		"http://0.0.0.0:8080": false, "https://events.example.org": false, "http://192.168.1.7:8080": false,
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&Config{}).checkMail(u); (err == nil) != allowed {
			t.Errorf("%s: %v", base, err)
		}
		if err := (&Config{SMTPAddress: "smtp.example.org:587"}).checkMail(u); err != nil {
			t.Errorf("%s with a mail server: %v", base, err)
		}
	}
}

func TestConfig_MasterKeyIsMadeOnceAndKeptPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, err := (&Config{}).masterKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := (&Config{}).masterKey(dir)
	if err != nil || first != second {
		t.Fatalf("the second start has another key: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "master.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file has mode %v, %v", info.Mode(), err)
	}
	if _, err := (&Config{MasterKey: "short"}).masterKey(dir); err == nil {
		t.Error("a short key was accepted")
	}
}

func TestConfig_SecretsComeFromFilesOrVariablesNotBoth(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Config{SMTPPasswordFile: file}
	if err := c.readFiles(); err != nil || c.SMTPPassword != "secret" {
		t.Fatalf("%q, %v", c.SMTPPassword, err)
	}
	both := &Config{SMTPPasswordFile: file, SMTPPassword: "other"}
	if err := both.readFiles(); err == nil || !strings.Contains(err.Error(), "LANYARD_SMTP_PASSWORD") {
		t.Fatalf("both were taken: %v", err)
	}
}

func TestConfig_BadAddressesAreNamed(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"events.example.org", "ftp://x", "https://x/path", "https://x?q=1", "https://"} {
		if _, err := (&Config{PublicURL: bad}).baseURL(nil); err == nil || !strings.Contains(err.Error(), "LANYARD_PUBLIC_URL") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := (&Config{TrustedProxy: []string{"10.0.0.1"}}).trustedProxies(); err == nil {
		t.Error("an address was taken for a network")
	}
}

func TestConfig_BouncesNeedADomain(t *testing.T) {
	t.Parallel()
	if v, err := (&Config{}).bounces([32]byte{}); v != nil || err != nil {
		t.Errorf("without a domain: %v, %v", v, err)
	}
	for setting, c := range map[string]*Config{
		"LANYARD_INBOUND_MAIL_LISTEN": {InboundListen: "127.0.0.1:2525"},
		"LANYARD_BOUNCE_DOMAIN":       {BounceDomain: "bounce example.org"},
	} {
		if _, err := c.bounces([32]byte{}); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	a, err := (&Config{BounceDomain: "bounce.example.org"}).bounces([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := (&Config{BounceDomain: "bounce.example.org"}).bounces([32]byte{2})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Read(a.Address("msg_1")); ok {
		t.Error("another installation's return path was taken for ours")
	}
}
