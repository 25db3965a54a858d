package payment

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Account is the Stripe account that an organisation is paid into.
type Account struct {
	// Connected is false when there is none, or its owner ended the connection.
	Connected bool
	// ID is "acct_…", or "" for the operator's own.
	ID string
	// Simulated and Livemode say which Stripe the program speaks with.
	Simulated, Livemode bool
	// Name is what Stripe knows it by; may be empty.
	Name string
	// Missing says in words what keeps the organisation from taking money; empty
	// when nothing does.
	Missing string
}

type accountRow struct {
	OrgID          uid.Org
	Account        string
	DisconnectedAt *time.Time
}

const sqlAccountOfOrg = `
SELECT org_id, account, disconnected_at
  FROM payment_account
 WHERE org_id = @org_id
   AND livemode = @livemode
   AND simulated = @simulated`

// mode names the Stripe that the program speaks with.
func (s *Service) mode() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"livemode": s.gw.Livemode(), "simulated": s.gw.Simulated()}
}

func (s *Service) accountRow(ctx context.Context, q pg.Querier, org uid.Org) (row accountRow, found bool, err error) {
	args := s.mode()
	args["org_id"] = org
	return oneRow[accountRow](ctx, q, sqlAccountOfOrg, args, "read the organisation's Stripe account")
}

// oneRow reads one row or none.
func oneRow[T any](ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, doing string) (row T, found bool, err error) {
	rows, _ := q.Query(ctx, sql, args) // CollectOneRow reports the error
	row, err = pgx.CollectOneRow(rows, pgx.RowToStructByName[T])
	if pg.IsNoRows(err) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("%s: %w", doing, err)
	}
	return row, true, nil
}

// manyRows reads all rows.
func manyRows[T any](ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, doing string) ([]T, error) {
	rows, _ := q.Query(ctx, sql, args) // CollectRows reports the error
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, nil
}

// The first organisation gets the simulator's own account, the others one each.
const sqlSimulateAccount = `
INSERT INTO payment_account (org_id, account, livemode, simulated, connected_at)
SELECT @org_id,
       CASE WHEN EXISTS (SELECT 1 FROM payment_account WHERE account = '' AND simulated) THEN @account ELSE '' END,
       false, true, @now
ON CONFLICT DO NOTHING`

// accountTx returns the account that takes the organisation's money, and refuses
// when there is none.
func (s *Service) accountTx(ctx context.Context, tx *pg.Tx, org uid.Org) (string, error) {
	for range 3 {
		row, found, err := s.accountRow(ctx, tx, org)
		switch {
		case err != nil:
			return "", err
		case found && row.DisconnectedAt != nil:
			return "", fault.Precondition(fault.WrongState, "The organiser cannot take payments at the moment.")
		case found:
			return row.Account, nil
		case !s.gw.Simulated():
			return "", fault.Precondition(fault.WrongState, "The organiser cannot take payments by card yet.")
		}
		_, err = tx.Exec(ctx, sqlSimulateAccount, pgx.StrictNamedArgs{
			"org_id": org, "account": "acct_sim_" + hex.EncodeToString(org[6:]), "now": tx.Now,
		})
		if err != nil {
			return "", fmt.Errorf("give the organisation a simulated account: %w", err)
		}
	}
	return "", fault.Conflict(fault.Busy, "Please try again.")
}

const sqlOrgOfAccount = `
SELECT org_id
  FROM payment_account
 WHERE account = @account
   AND livemode = @livemode
   AND simulated = @simulated`

// orgOf returns whose account it is; zero when it is nobody's here.
func (s *Service) orgOf(ctx context.Context, q pg.Querier, acct string) (uid.Org, error) {
	args := s.mode()
	args["account"] = acct
	var org uid.Org
	err := q.QueryRow(ctx, sqlOrgOfAccount, args).Scan(&org)
	if err != nil && !pg.IsNoRows(err) {
		return uid.Org{}, fmt.Errorf("find whose Stripe account it is: %w", err)
	}
	return org, nil
}

const sqlAccounts = `
SELECT org_id, account, disconnected_at
  FROM payment_account
 WHERE livemode = @livemode
   AND simulated = @simulated
   AND disconnected_at IS NULL
 ORDER BY account`

func (s *Service) accounts(ctx context.Context) ([]accountRow, error) {
	return manyRows[accountRow](ctx, s.db.Pool(), sqlAccounts, s.mode(), "list Stripe accounts")
}

const sqlConnect = `
INSERT INTO payment_account (org_id, account, livemode, simulated, connected_at)
VALUES (@org_id, @account, @livemode, @simulated, @now)
ON CONFLICT (org_id, livemode, simulated) DO UPDATE
   SET account = excluded.account,
       connected_at = excluded.connected_at,
       disconnected_at = NULL`

// Connect has the organisation paid into an account, "" being the operator's own.
// It asks Stripe whether the account is there.
func (s *Service) Connect(ctx context.Context, actor account.Actor, org uid.Org, acct string) (Account, error) {
	at, err := s.gw.Account(ctx, acct)
	if err != nil {
		return Account{}, said(err, "Stripe does not show this account to our key.")
	}
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		args := s.mode()
		args["org_id"], args["account"], args["now"] = org, acct, tx.Now
		_, err := tx.Exec(ctx, sqlConnect, args)
		if pg.Constraint(err) == "payment_account_unique" {
			return fault.Exists("This Stripe account already belongs to another organisation.").Because(err)
		}
		if err != nil {
			return fmt.Errorf("connect a Stripe account: %w", err)
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "payment.connect", Subject: org.String(), After: map[string]string{"account": acct},
		})
	})
	if err != nil {
		return Account{}, err
	}
	return Account{Connected: true, ID: acct, Simulated: s.gw.Simulated(), Livemode: s.gw.Livemode(), Name: at.Name, Missing: at.Missing}, nil
}

// StripeAccount returns how an organisation is paid, as far as Stripe tells now.
func (s *Service) StripeAccount(ctx context.Context, org uid.Org) (Account, error) {
	a := Account{Simulated: s.gw.Simulated(), Livemode: s.gw.Livemode()}
	if !s.gw.Configured() {
		a.Missing = "No Stripe key is set for this installation. Its operator sets one with LANYARD_STRIPE_KEY."
		return a, nil
	}
	row, found, err := s.accountRow(ctx, s.db.Pool(), org)
	switch {
	case err != nil:
		return Account{}, err
	case !found && a.Simulated:
		a.Connected = true // it is made at the first sale
		return a, nil
	case !found:
		a.Missing = "This organisation has no Stripe account yet. The operator connects one with `lanyard stripe account`."
		return a, nil
	}
	a.ID, a.Connected = row.Account, row.DisconnectedAt == nil
	if !a.Connected {
		a.Missing = "The Stripe account is not connected any more. Connect it again to take payments."
		return a, nil
	}
	at, err := s.gw.Account(ctx, row.Account)
	if stripegw.Is(err, stripegw.NoAccess, stripegw.Missing) {
		a.Missing = "Stripe does not let us into this account. Connect it again to take payments."
		return a, nil
	}
	if err != nil {
		a.Missing = "Stripe does not answer just now, so that nothing can be said about the account."
		return a, nil
	}
	a.Name, a.Missing = at.Name, at.Missing
	return a, nil
}

const sqlDisconnect = `
UPDATE payment_account
   SET disconnected_at = @now
 WHERE account = @account
   AND livemode = @livemode
   AND simulated = @simulated
   AND disconnected_at IS NULL`

// disconnected notes that an account does not let us in any more. What was paid
// before is still followed as far as Stripe tells.
func (s *Service) disconnected(ctx context.Context, acct string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		args := s.mode()
		args["account"], args["now"] = acct, tx.Now
		if _, err := tx.Exec(ctx, sqlDisconnect, args); err != nil {
			return fmt.Errorf("note a lost Stripe account: %w", err)
		}
		return nil
	})
}

// said makes a fault of a failed call to Stripe: an outage, or the given sentence
// when Stripe's answer was no. Other errors stay what they are.
func said(err error, refusal string) error {
	if _, isStripes := errors.AsType[*stripegw.Problem](err); !isStripes {
		return err
	}
	if _, isFault := fault.As(err); isFault {
		return err
	}
	if stripegw.Is(err, stripegw.Unreachable, stripegw.Limited) {
		return fault.Down(fault.Unavailable, "The payment service does not answer. Please try again in a moment.").Because(err)
	}
	return fault.Precondition(fault.WrongState, "%s", refusal).Because(err)
}

// CreateEndpoint makes a webhook endpoint at Stripe, with the API version that this
// program reads, and returns its id and its secret, which is never shown again.
// With connect it is told of connected accounts.
func (s *Service) CreateEndpoint(ctx context.Context, url string, connect bool) (id, secret, version string, err error) {
	id, secret, err = s.gw.CreateEndpoint(ctx, url, connect)
	if err != nil {
		return "", "", "", said(err, "Stripe makes no webhook endpoint.")
	}
	return id, secret, stripegw.Version, nil
}
