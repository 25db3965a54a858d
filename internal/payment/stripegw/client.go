package stripegw

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"lanyard/internal/clock"
)

// SimulatedKey is what keys of the simulator begin with.
const SimulatedKey = "sk_test_sim_"

// Config says how to reach Stripe.
type Config struct {
	// Key is the secret or restricted key. Without one every call fails.
	Key string
	// URL is Stripe's address; empty is Stripe itself.
	URL string
	// WebhookSecrets are those that a webhook may be signed with: several while
	// one is exchanged for another, and for endpoints of connected accounts.
	WebhookSecrets []string
	// HTTP carries the calls; nil has a timeout of 25 seconds.
	HTTP *http.Client
	// Clock judges the age of signatures; nil is the machine's.
	Clock clock.Clock
	// Retries is how often a call that Stripe says may be repeated is; zero means
	// twice, below zero never.
	Retries int
	// Log hears what stripe-go has to say; nil is silence.
	Log *slog.Logger
}

// Client calls Stripe. It is safe for concurrent use.
type Client struct {
	api     *client.API
	key     string
	secrets []string
	now     clock.Clock
}

// callsAtOnce is how many connections to Stripe are kept for the next call: each new
// one costs a handshake across the world.
const callsAtOnce = 32

// New makes a client. It calls nobody.
func New(c Config) (*Client, error) {
	if c.HTTP == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = callsAtOnce
		c.HTTP = &http.Client{Timeout: 25 * time.Second, Transport: t}
	}
	if c.Clock == nil {
		c.Clock = clock.System
	}
	retries := int64(c.Retries)
	switch {
	case retries == 0:
		retries = 2
	case retries < 0:
		retries = 0
	}
	if c.Key != "" && !strings.HasPrefix(c.Key, "sk_") && !strings.HasPrefix(c.Key, "rk_") {
		return nil, errors.New("a Stripe key begins with sk_ or rk_")
	}
	for _, s := range c.WebhookSecrets {
		if !strings.HasPrefix(s, "whsec_") {
			return nil, errors.New("a webhook's secret begins with whsec_")
		}
	}
	if c.URL == "" {
		c.URL = stripe.APIURL
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(c.URL), HTTPClient: c.HTTP, MaxNetworkRetries: stripe.Int64(retries),
		EnableTelemetry: stripe.Bool(false), LeveledLogger: logger{c.Log},
	})
	return &Client{
		api: client.New(c.Key, &stripe.Backends{API: backend, Connect: backend, Uploads: backend}),
		key: c.Key, secrets: c.WebhookSecrets, now: c.Clock,
	}, nil
}

// Configured reports whether there is a key.
func (c *Client) Configured() bool { return c.key != "" }

// Hears reports whether there is a secret to know webhooks by.
func (c *Client) Hears() bool { return len(c.secrets) > 0 }

// Simulated reports whether the key is the simulator's.
func (c *Client) Simulated() bool { return strings.HasPrefix(c.key, SimulatedKey) }

// Livemode reports whether the key moves real money.
func (c *Client) Livemode() bool {
	return strings.HasPrefix(c.key, "sk_live_") || strings.HasPrefix(c.key, "rk_live_")
}

// logger passes on what stripe-go logs; its errors are ours to judge, so they
// are news here and not alarms.
type logger struct{ log *slog.Logger }

func (l logger) Debugf(string, ...any) {}
func (l logger) Infof(string, ...any)  {}

func (l logger) Warnf(format string, v ...any) { l.Errorf(format, v...) }

func (l logger) Errorf(format string, v ...any) {
	if l.log != nil {
		l.log.Debug("stripe", "message", fmt.Sprintf(format, v...))
	}
}
