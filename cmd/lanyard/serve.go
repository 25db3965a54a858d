package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/app"
	"lanyard/internal/demo"
	"lanyard/internal/uid"
)

// serveCommand runs the server until it is told to stop.
type serveCommand struct {
	Demo   bool `help:"Fill an empty installation with a sample programme and print sign-in links." env:"LANYARD_DEMO"`
	NoPast bool `help:"Leave out the sample programme's past: what it sold last month, and the bank's statements." env:"LANYARD_NO_PAST"`

	lived bool // the sample's past was lived through at this start
}

// demoLinkLife is how long the sample's sign-in links work; each works once.
const demoLinkLife = 12 * time.Hour

// Run implements the command.
func (c *serveCommand) Run(ctx context.Context, cfg *app.Config) error {
	if c.Demo {
		cfg.Operators = append(cfg.Operators, demo.People()[0].Email)
		if !c.NoPast {
			cfg.Past = c.livePast
		}
	}
	a, err := app.New(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	if err := c.greet(ctx, a, os.Stdout); err != nil {
		return err
	}
	return a.Run(ctx)
}

// livePast lets the sample live through last month.
func (c *serveCommand) livePast(ctx context.Context, p app.Past) error {
	c.lived = true
	s := p.Services
	return demo.Live(ctx, demo.Past{
		Services: demo.Services{DB: s.DB, Accounts: s.Accounts, Events: s.Events, Stock: s.Stock, Bookings: s.Bookings},
		Payments: s.Payments, Finance: s.Finance, Bank: s.Bank, Stripe: p.Stripe, Clock: p.Clock,
	}, time.Now())
}

// greet prints where to click.
func (c *serveCommand) greet(ctx context.Context, a *app.App, out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "\nLanyard serves %s\n\n", a.Base)
	if c.Demo {
		if err := c.greetDemo(ctx, a, &text); err != nil {
			return err
		}
	} else if err := greetFirstOwner(ctx, a, &text); err != nil {
		return err
	}
	if a.Mailbox() {
		fmt.Fprintf(&text, "  Mail stays in the built-in mailbox: %s\n\n", a.Base.JoinPath("mailbox/"))
	}
	if sim := a.Simulator(); sim != "" {
		fmt.Fprintf(&text, "  Cards are charged by a simulated Stripe, and no money moves: %s/_sim/\n\n", sim)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func (c *serveCommand) greetDemo(ctx context.Context, a *app.App, out io.Writer) error {
	s := a.Services
	people, err := demo.Fill(ctx, demo.Services{DB: s.DB, Accounts: s.Accounts, Events: s.Events, Stock: s.Stock, Bookings: s.Bookings, Lived: c.lived}, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  The public programme:\n    %s\n\n  Sign in with one click (each link works once):\n", a.Base.JoinPath("o", demo.Slug))
	for _, p := range people {
		token, err := s.Accounts.MakeSetupLink(ctx, p.ID, demoLinkLife)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "    %-10s %s\n", p.Role, a.Base.JoinPath("setup", token))
	}
	if a.Simulator() != "" {
		fmt.Fprintf(out, "\n  Buy a ticket, with the test card %s:\n    %s\n", demo.TestCard, a.Base.JoinPath("o", demo.Slug, demo.SaleSlug))
		fmt.Fprintf(out, "    The code %s takes 10%% off; %s gets the member price.\n", demo.SaleCode, demo.MemberEmail)
		fmt.Fprintln(out, "    The buyer sees the money on the order’s page, the organiser under Orders.")
	}
	if c.lived {
		if err := c.greetPast(ctx, a, out); err != nil {
			return err
		}
	}
	fmt.Fprintln(out)
	return nil
}

// greetPast says where last month waits for its bookkeeper.
func (c *serveCommand) greetPast(ctx context.Context, a *app.App, out io.Writer) error {
	org, err := a.Services.Accounts.OrganisationBySlug(ctx, demo.Slug)
	if err != nil {
		return err
	}
	months, err := a.Services.Finance.Months(ctx, org.ID)
	if err != nil {
		return err
	}
	for _, m := range months {
		if m.Next && m.Ended {
			fmt.Fprintf(out, "\n  Close %s, signed in as finance: match four lines of the bank, and look at the month:\n", m.Month.Format("January 2006"))
			at := a.Base.JoinPath("console", "o", org.ID.String(), "finance")
			fmt.Fprintf(out, "    %s\n    %s\n", at.JoinPath("bank"), at.JoinPath("months", m.Month.Format(time.DateOnly)))
		}
	}
	return nil
}

// greetFirstOwner prints the setup link of an installation that nobody owns yet.
func greetFirstOwner(ctx context.Context, a *app.App, out io.Writer) error {
	empty, err := a.Services.Accounts.Empty(ctx)
	if err != nil || !empty {
		return err
	}
	token, err := a.Services.Accounts.MakeSetupLink(ctx, uid.Person{}, account.SetupLife)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  Nobody owns this installation yet. Within 30 minutes, open:\n    %s\n\n", a.Base.JoinPath("setup", token))
	return nil
}
