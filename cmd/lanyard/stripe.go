package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/app"
)

// stripeCommand groups what an operator sets up for card payments.
type stripeCommand struct {
	Account stripeAccountCommand `cmd:"" help:"Connect an organisation to the Stripe account that it is paid into."`
	Webhook stripeWebhookCommand `cmd:"" help:"Set up Stripe's webhooks."`
}

// stripeAccountCommand connects an organisation to its Stripe account.
type stripeAccountCommand struct {
	Org     string `required:"" placeholder:"SLUG" help:"The organisation, as in its address /o/SLUG."`
	Account string `placeholder:"acct_…" help:"A connected account. Empty: the one that the key belongs to."`
	Show    bool   `help:"Connect nothing; only say what is, when Stripe was last heard, and what is wrong."`
}

// Run implements the command.
func (c *stripeAccountCommand) Run(ctx context.Context, cfg *app.Config) error {
	if c.Account != "" && (!strings.HasPrefix(c.Account, "acct_") || c.Show) {
		return errors.New("--account is the id of a Stripe account (acct_…), and does not go with --show")
	}
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	org, err := s.Accounts.OrganisationBySlug(ctx, c.Org)
	if err != nil {
		return err
	}
	if !c.Show {
		if _, err := s.Payments.Connect(ctx, account.CommandLine, org.ID, c.Account); err != nil {
			return because(err)
		}
	}
	a, err := s.Payments.Status(ctx, org.ID)
	if err != nil {
		return err
	}
	mode := "test payments"
	if a.Livemode {
		mode = "real money"
	}
	switch {
	case a.Connected && a.ID == "":
		fmt.Printf("%s is paid into the key's own Stripe account (%s).\n", org.Name, mode)
	case a.Connected:
		fmt.Printf("%s is paid into %s (%s).\n", org.Name, a.ID, mode)
	}
	if !c.Show {
		if a.Missing != "" {
			fmt.Println(a.Missing)
		}
		return nil
	}
	if !a.LastWebhookAt.IsZero() {
		fmt.Printf("Last heard of Stripe at %s (%s).\n", a.LastWebhookAt.UTC().Format(time.RFC3339), a.LastWebhookType)
	}
	for _, f := range a.Faults {
		fmt.Println(f)
	}
	if a.OpenTasks > 0 {
		fmt.Printf("%d tasks about money need a person; see Orders in the console.\n", a.OpenTasks)
	}
	return nil
}

// because adds the cause, which operators may see and buyers may not.
func because(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return fmt.Errorf("%w (%v)", err, cause)
	}
	return err
}

// stripeWebhookCommand groups commands about webhooks.
type stripeWebhookCommand struct {
	Create stripeWebhookCreateCommand `cmd:"" help:"Make the webhook endpoint at Stripe and print its secret, once."`
}

// stripeWebhookCreateCommand makes an endpoint.
type stripeWebhookCreateCommand struct {
	Connect bool   `help:"An endpoint for connected accounts instead of the key's own."`
	URL     string `placeholder:"URL" help:"Where Stripe posts to. Empty: /stripe/webhook below LANYARD_PUBLIC_URL."`
}

// Run implements the command.
func (c *stripeWebhookCreateCommand) Run(ctx context.Context, cfg *app.Config) error {
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	if c.URL == "" {
		c.URL = s.Base.JoinPath("stripe", "webhook").String()
	}
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" && cfg.StripeURL == "" {
		return fmt.Errorf("stripe posts webhooks to https addresses only, and %s is none; set LANYARD_PUBLIC_URL", c.URL)
	}
	id, secret, version, err := s.Payments.CreateEndpoint(ctx, c.URL, c.Connect)
	if err != nil {
		return because(err)
	}
	fmt.Printf("Made %s for %s, API version %s.\n\nIts secret is shown only now; set it and restart:\n\n  LANYARD_STRIPE_WEBHOOK_SECRET=%s\n", id, c.URL, version, secret)
	return nil
}
