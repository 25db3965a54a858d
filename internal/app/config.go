package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lanyard/internal/pgserver"
)

// Config is everything an operator can set: a flag, or the environment variable
// beside it. Secrets also come from a file, by the variable with _FILE behind
// it. The zero Config does not run; kong fills the defaults in.
type Config struct {
	Listen        string   `help:"Address to serve on." default:"127.0.0.1:8080" env:"LANYARD_LISTEN" group:"Serving"`
	PublicURL     string   `help:"Where people reach this installation; every link in mails begins with it. Empty: http:// and the listening address." env:"LANYARD_PUBLIC_URL" placeholder:"URL" group:"Serving"`
	MetricsListen string   `help:"Address for Prometheus metrics; empty switches them off." default:"127.0.0.1:9464" env:"LANYARD_METRICS_LISTEN" group:"Serving"`
	TrustedProxy  []string `help:"Networks of reverse proxies whose X-Forwarded-For is believed." env:"LANYARD_TRUSTED_PROXY" placeholder:"CIDR" group:"Serving"`
	// Past, when set, is what an installation that nobody owns yet lives through
	// before it serves: the past of a sample.
	Past func(context.Context, Past) error `kong:"-"`

	Operators []string `help:"Addresses of the people who look after this installation and may see its job queue, and money that is no organisation's." env:"LANYARD_OPERATORS" placeholder:"ADDRESS" group:"Serving"`
	NoLimits  bool     `help:"Switch rate limits off, for load tests." env:"LANYARD_NO_LIMITS" group:"Serving"`

	DatabaseURL     string `help:"PostgreSQL 15 to 18 to use. Empty: start a private one." env:"DATABASE_URL" placeholder:"URL" group:"Database"`
	DatabaseURLFile string `help:"File that holds the database URL." env:"DATABASE_URL_FILE" placeholder:"FILE" group:"Database"`
	DataDir         string `help:"Where the private PostgreSQL and the keys live. Empty: /var/lib/lanyard for root, else the user's state directory." env:"LANYARD_DATA_DIR" placeholder:"DIR" group:"Database"`
	PGBin           string `help:"Directory of PostgreSQL's programs for the private server. Empty: look for them." env:"LANYARD_PG_BIN" placeholder:"DIR" group:"Database"`
	MaxConns        int32  `help:"Database connections; 0 means four per processor." env:"LANYARD_MAX_CONNS" group:"Database"`
	NoMigrate       bool   `help:"Do not bring the database up to date at start." env:"LANYARD_NO_MIGRATE" group:"Database"`

	MasterKey     string `help:"64 hexadecimal digits from which secret links are derived. Empty: kept in a file in the data directory, made at first start." env:"LANYARD_MASTER_KEY" placeholder:"HEX" group:"Secrets"`
	MasterKeyFile string `help:"File that holds the master key." env:"LANYARD_MASTER_KEY_FILE" placeholder:"FILE" group:"Secrets"`

	SMTPAddress      string        `help:"Mail server, host:port. Empty: mail stays in the built-in mailbox." env:"LANYARD_SMTP_ADDRESS" placeholder:"HOST:PORT" group:"Mail"`
	SMTPUser         string        `help:"User name at the mail server." env:"LANYARD_SMTP_USER" group:"Mail"`
	SMTPPassword     string        `help:"Password at the mail server." env:"LANYARD_SMTP_PASSWORD" group:"Mail"`
	SMTPPasswordFile string        `help:"File that holds the password." env:"LANYARD_SMTP_PASSWORD_FILE" placeholder:"FILE" group:"Mail"`
	SMTPSecurity     string        `help:"How the connection is protected: starttls, tls or plain (loopback only)." enum:"starttls,tls,plain" default:"starttls" env:"LANYARD_SMTP_SECURITY" group:"Mail"`
	Mailbox          bool          `help:"Serve the built-in mailbox although others can reach this installation. Whoever reads it can sign in as anybody." env:"LANYARD_MAILBOX" group:"Mail"`
	MailFrom         string        `help:"Address that mail and calendar invites come from." default:"events@lanyard.example" env:"LANYARD_MAIL_FROM" group:"Mail"`
	BounceDomain     string        `help:"Mail domain whose mail comes back to Lanyard: each message gets a return path of its own there. Empty: mail that cannot be delivered goes back to the address that mail comes from, and nobody is told." env:"LANYARD_BOUNCE_DOMAIN" placeholder:"DOMAIN" group:"Mail"`
	InboundListen    string        `name:"inbound-mail-listen" help:"Address on which to take mail for the bounce domain, by SMTP; off when empty. Behind a mail server of your own, a loopback address." env:"LANYARD_INBOUND_MAIL_LISTEN" placeholder:"HOST:PORT" group:"Mail"`
	MailGather       time.Duration `help:"How long changes of an event are gathered before those who come are told." default:"2m" env:"LANYARD_MAIL_GATHER" group:"Mail"`
	DKIMDomain       string        `help:"Domain that signs mail. Empty: mail is not signed here." env:"LANYARD_DKIM_DOMAIN" group:"Mail"`
	DKIMSelector     string        `help:"Selector of the DKIM key." default:"lanyard" env:"LANYARD_DKIM_SELECTOR" group:"Mail"`
	DKIMKeyFile      string        `help:"PEM file with the DKIM private key." env:"LANYARD_DKIM_KEY_FILE" placeholder:"FILE" group:"Mail"`

	StripeKey               string   `help:"Secret or restricted key of the Stripe account that takes payments. Empty: on this machine a simulated Stripe, elsewhere no card payments." env:"LANYARD_STRIPE_KEY" placeholder:"KEY" group:"Payments"`
	StripeKeyFile           string   `help:"File that holds the key." env:"LANYARD_STRIPE_KEY_FILE" placeholder:"FILE" group:"Payments"`
	StripeWebhookSecret     []string `help:"Secrets that Stripe's webhooks are signed with; several while one is exchanged for another, or with connected accounts." env:"LANYARD_STRIPE_WEBHOOK_SECRET" placeholder:"SECRET" group:"Payments"`
	StripeWebhookSecretFile string   `help:"File that holds the secrets, one a line." env:"LANYARD_STRIPE_WEBHOOK_SECRET_FILE" placeholder:"FILE" group:"Payments"`
	StripeURL               string   `help:"Address of Stripe's API, for tests." env:"LANYARD_STRIPE_URL" hidden:"" placeholder:"URL" group:"Payments"`

	LogFormat string `help:"Log lines as text or json." enum:"text,json" default:"text" env:"LANYARD_LOG_FORMAT" group:"Logging"`
	LogLevel  string `help:"Least important lines to log." enum:"debug,info,warn,error" default:"info" env:"LANYARD_LOG_LEVEL" group:"Logging"`
}

// readFiles takes the secrets that are given as files.
func (c *Config) readFiles() error {
	for _, s := range []struct {
		name  string
		value *string
		file  string
	}{
		{"DATABASE_URL", &c.DatabaseURL, c.DatabaseURLFile},
		{"LANYARD_MASTER_KEY", &c.MasterKey, c.MasterKeyFile},
		{"LANYARD_SMTP_PASSWORD", &c.SMTPPassword, c.SMTPPasswordFile},
		{"LANYARD_STRIPE_KEY", &c.StripeKey, c.StripeKeyFile},
	} {
		if s.file == "" {
			continue
		}
		if *s.value != "" {
			return fmt.Errorf("%s and %s_FILE are both set; keep one", s.name, s.name)
		}
		b, err := os.ReadFile(s.file)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", s.name, err)
		}
		*s.value = strings.TrimSpace(string(b))
	}
	return c.readStripeFiles()
}

// dataDir is where keys and the private database live.
func (c *Config) dataDir() (string, error) {
	if c.DataDir != "" {
		return filepath.Abs(c.DataDir)
	}
	return pgserver.DefaultDir()
}

// baseURL is where people reach the installation; listening is used when no
// public URL is set.
func (c *Config) baseURL(listening net.Addr) (*url.URL, error) {
	if c.PublicURL == "" && listening == nil {
		return &url.URL{Scheme: "http", Host: c.Listen}, nil
	}
	if c.PublicURL == "" {
		return &url.URL{Scheme: "http", Host: listening.String()}, nil
	}
	u, err := url.Parse(strings.TrimRight(c.PublicURL, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Path != "" {
		return nil, fmt.Errorf("LANYARD_PUBLIC_URL: %q is not an address such as https://events.example.org", c.PublicURL)
	}
	return u, nil
}

// mailboxIsPrivate reports whether only this machine reaches the installation, as
// far as its own address tells.
func mailboxIsPrivate(base *url.URL) bool {
	host := base.Hostname()
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// checkMail refuses to keep mail in a mailbox that anybody can read.
func (c *Config) checkMail(base *url.URL) error {
	if c.SMTPAddress != "" || c.Mailbox || mailboxIsPrivate(base) {
		return nil
	}
	return fmt.Errorf("LANYARD_SMTP_ADDRESS is not set, so mail would stay in a mailbox at %s/mailbox/ that anybody could read. "+
		"Set it, or say that you want this with LANYARD_MAILBOX=true", base)
}

func (c *Config) trustedProxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range c.TrustedProxy {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("LANYARD_TRUSTED_PROXY: %q is not a network such as 10.0.0.0/8", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// masterKey returns the key that secret links are derived from, and makes the
// file that holds it at the first start. Who loses the key loses every link that
// was ever mailed, so it belongs in the backup, apart from the database.
func (c *Config) masterKey(dir string) ([32]byte, error) {
	var key [32]byte
	text := c.MasterKey
	if text == "" {
		b, err := keyFile(filepath.Join(dir, "master.key"))
		if err != nil {
			return key, err
		}
		text = b
	}
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != len(key) {
		return key, errors.New("the master key must be 64 hexadecimal digits")
	}
	return [32]byte(raw), nil
}

// keyFile reads the key, or makes it; of several programs that start at once
// one makes it.
func keyFile(path string) (string, error) {
	if b, err := os.ReadFile(path); err == nil {
		return string(b), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the master key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:])                                      // never fails, by its documentation
	tmp, err := os.CreateTemp(filepath.Dir(path), "master.key-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("make the master key: %w", err)
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.WriteString(hex.EncodeToString(raw[:]) + "\n"); err != nil {
		return "", fmt.Errorf("make the master key: %w", err)
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return "", fmt.Errorf("make the master key: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make the master key: %w", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the master key: %w", err)
	}
	return string(b), nil
}
