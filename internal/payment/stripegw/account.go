package stripegw

import (
	"context"

	"github.com/stripe/stripe-go/v76"
)

// Account is what an organisation's Stripe account says about itself.
type Account struct {
	ID      string
	Name    string
	Country string
	// Missing says in words what keeps it from taking money; empty when it can.
	Missing string
}

// Account fetches an account: "" is the operator's own.
func (c *Client) Account(ctx context.Context, account string) (Account, error) {
	params := &stripe.AccountParams{}
	if err := c.prepare(ctx, &params.Params, "", ""); err != nil {
		return Account{}, err
	}
	var a *stripe.Account
	var err error
	if account == "" {
		a, err = c.api.Accounts.Get() // takes no context; the HTTP client's timeout bounds it
	} else {
		a, err = c.api.Accounts.GetByID(account, params)
	}
	if err != nil {
		return Account{}, problem(err)
	}
	out := Account{ID: a.ID, Country: a.Country}
	if a.BusinessProfile != nil {
		out.Name = a.BusinessProfile.Name
	}
	if !a.ChargesEnabled {
		out.Missing = "Stripe does not let this account take payments yet. Sign in to Stripe and finish what it asks for."
	} else if !a.PayoutsEnabled {
		out.Missing = "Stripe does not pay out to a bank account yet. Sign in to Stripe and add one."
	}
	return out, nil
}
