package app

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"lanyard/internal/clock"
	"lanyard/internal/link"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/stripesim"
)

// stripeClient makes the client that takes money: with the operator's key, with
// the simulator's, or, with neither, one that takes none.
func (c *Config) stripeClient(sim *stripesim.Sim, clk clock.Clock, log *slog.Logger) (*stripegw.Client, error) {
	settings := stripegw.Config{Key: c.StripeKey, URL: c.StripeURL, WebhookSecrets: c.StripeWebhookSecret, Clock: clk, Log: log}
	if sim != nil {
		settings.Key, settings.URL, settings.WebhookSecrets = sim.Key(), sim.URL(), []string{sim.WebhookSecret()}
	}
	gw, err := stripegw.New(settings)
	if err != nil {
		return nil, fmt.Errorf("LANYARD_STRIPE_KEY or LANYARD_STRIPE_WEBHOOK_SECRET: %w", err)
	}
	return gw, nil
}

// startSimulator starts a simulated Stripe beside the server when no key is set,
// so that a newcomer can buy a ticket. It serves this machine alone, and where
// others reach the installation there is none: nobody shall get a ticket for play
// money. Its webhooks go to our own listener.
func (c *Config) startSimulator(base *url.URL, listening net.Addr, log *slog.Logger) (*stripesim.Sim, error) {
	if c.StripeKey != "" {
		return nil, nil
	}
	if !mailboxIsPrivate(base) {
		log.Warn("LANYARD_STRIPE_KEY is not set, so tickets that cost something cannot be paid by card")
		return nil, nil
	}
	options, seed, err := c.simulatorOptions(log)
	if err != nil {
		return nil, err
	}
	secret := "whsec_" + hex.EncodeToString(seed[8:])
	hook := "http://" + reachable(listening) + "/stripe/webhook"
	options.Webhooks = []stripesim.Endpoint{{URL: hook, Secret: secret}, {URL: hook, Secret: secret, Connect: true}}
	sim, err := stripesim.New(options)
	if err != nil {
		return nil, fmt.Errorf("simulated Stripe: %w", err)
	}
	if err := listenAgain(sim, filepath.Join(filepath.Dir(options.StatePath), "stripe-simulator.address")); err != nil {
		return nil, errors.Join(fmt.Errorf("simulated Stripe: %w", err), sim.Close())
	}
	return sim, nil
}

// simulatorOptions are those of this installation's simulated Stripe, which tells
// nobody yet, and the seed of its secrets.
func (c *Config) simulatorOptions(log *slog.Logger) (o stripesim.Options, seed []byte, err error) {
	dir, err := c.dataDir()
	if err != nil {
		return o, nil, err
	}
	master, err := c.masterKey(dir)
	if err != nil {
		return o, nil, err
	}
	seed = link.Derive(master, "lanyard simulated stripe")
	return stripesim.Options{
		Seed: binary.BigEndian.Uint64(seed), StatePath: filepath.Join(dir, "stripe-simulator.jsonl"), Currency: "gbp", Country: "GB", AnyAccount: true,
		Logger: log,
	}, seed, nil
}

// listenAgain listens where the simulator did the last time, so that payment pages
// that are open in a browser go on working, or else anywhere.
func listenAgain(sim *stripesim.Sim, path string) error {
	if old, err := os.ReadFile(path); err == nil && sim.Listen(strings.TrimSpace(string(old))) == nil {
		return nil
	}
	if err := sim.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.TrimPrefix(sim.URL(), "http://")+"\n"), 0o600)
}

// reachable is where this machine reaches a listener of ours.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// readStripeFiles takes the key and the webhooks' secrets, one a line, from files.
func (c *Config) readStripeFiles() error {
	if c.StripeWebhookSecretFile == "" {
		return nil
	}
	b, err := os.ReadFile(c.StripeWebhookSecretFile)
	if err != nil {
		return fmt.Errorf("LANYARD_STRIPE_WEBHOOK_SECRET_FILE: %w", err)
	}
	c.StripeWebhookSecret = append(c.StripeWebhookSecret, strings.Fields(string(b))...)
	return nil
}
