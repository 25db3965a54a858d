package reconcile

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Rule says that certain rows of a Stripe account belong to something else than
// Lanyard's sales: a shop on the same account.
type Rule struct {
	// Name is unique in the organisation and becomes the reference in the books:
	// "shop".
	Name string
	// Account is where such rows are booked: StripeOther, Fees or WriteOff.
	Account ledger.Account
	// Category, Type, Description and Metadata are what rows have to fit; empty
	// ones fit all. Category and Type are Stripe's words, Description is contained
	// in the row's, and Metadata is "key=value" or "key" of what the row is about.
	// One at least is needed. A charge that fits takes its refunds and disputes
	// with it.
	Category, Type, Description, Metadata string
	// Position orders the rules; the first that fits decides.
	Position int
}

const sqlRules = `
SELECT name, account, category, type, description, metadata, position
  FROM stripe_rule
 WHERE org_id = @org_id
 ORDER BY position, name`

// Rules lists an organisation's rules in their order.
func (s *Service) Rules(ctx context.Context, org uid.Org) ([]Rule, error) {
	return s.rules(ctx, s.db.Pool(), org)
}

func (s *Service) rules(ctx context.Context, q pg.Querier, org uid.Org) ([]Rule, error) {
	return many[Rule](ctx, q, sqlRules, pgx.StrictNamedArgs{"org_id": org}, "list rules")
}

// many reads all rows.
func many[T any](ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, doing string) ([]T, error) {
	rows, _ := q.Query(ctx, sql, args) // CollectRows reports the error
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, nil
}

const sqlPutRule = `
INSERT INTO stripe_rule (org_id, name, account, category, type, description, metadata, position)
VALUES (@org_id, @name, @account, @category, @type, @description, @metadata, @position)
ON CONFLICT (org_id, name) DO UPDATE
   SET account = excluded.account,
       category = excluded.category,
       type = excluded.type,
       description = excluded.description,
       metadata = excluded.metadata,
       position = excluded.position`

var ruleName = regexp.MustCompile(`^[\pL\pN][\pL\pN _.-]{0,59}$`)

func (r *Rule) check() error {
	for _, text := range []*string{&r.Name, &r.Category, &r.Type, &r.Description, &r.Metadata} {
		if *text = strings.TrimSpace(*text); len(*text) > 500 {
			return fault.InvalidField("name", "text.long", "has more than 500 characters")
		}
	}
	switch {
	case !ruleName.MatchString(r.Name):
		return fault.InvalidField("name", "rule.name", "is a short name of letters and figures, such as shop")
	case r.Account != ledger.StripeOther && r.Account != ledger.Fees && r.Account != ledger.WriteOff:
		return fault.InvalidField("account", "rule.account", "is not an account for such rows")
	case r.Category == "" && r.Type == "" && r.Description == "" && r.Metadata == "":
		return fault.InvalidField("description", "rule.all", "or another condition is needed: a rule for all rows would hide what is wrong")
	}
	return nil
}

// PutRule adds a rule or replaces the one of its name, and books rows that wait in
// suspense and fit. Rows that are booked already stay where they are.
func (s *Service) PutRule(ctx context.Context, actor account.Actor, org uid.Org, r Rule) error {
	if err := r.check(); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := tx.Exec(ctx, sqlPutRule, pgx.StrictNamedArgs{
			"org_id": org, "name": r.Name, "account": r.Account, "category": r.Category, "type": r.Type,
			"description": r.Description, "metadata": r.Metadata, "position": r.Position,
		})
		if err != nil {
			return fmt.Errorf("keep a rule: %w", err)
		}
		if err := account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.put_rule", Subject: r.Name, After: r}); err != nil {
			return err
		}
		return s.placeTx(ctx, tx, org, actor.ID())
	})
}

const sqlDropRule = `
DELETE FROM stripe_rule
 WHERE org_id = @org_id
   AND name = @name`

// DropRule takes a rule away; what was booked by it stays.
func (s *Service) DropRule(ctx context.Context, actor account.Actor, org uid.Org, name string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		tag, err := tx.Exec(ctx, sqlDropRule, pgx.StrictNamedArgs{"org_id": org, "name": name})
		if err != nil {
			return fmt.Errorf("drop a rule: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("rule")
		}
		return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.drop_rule", Subject: name})
	})
}
