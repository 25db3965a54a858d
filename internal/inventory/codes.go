package inventory

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const sqlCodes = sqlCodeColumns + `
   AND (c.event_id = @event_id OR c.event_id IS NULL)
 ORDER BY c.disabled_at IS NOT NULL, c.folded, c.id`

// Codes lists the codes that work for an event, its own and the organisation's,
// disabled ones last.
func (s *Service) Codes(ctx context.Context, org uid.Org, event uid.Event) ([]Code, error) {
	rows, err := s.db.Pool().Query(ctx, sqlCodes, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanCode(org))
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	codes := make([]Code, len(found))
	for i, c := range found {
		codes[i] = *c
	}
	return codes, nil
}

const sqlCreateCode = `
INSERT INTO code (org_id, id, event_id, title, written, folded, effect, percent, amount_minor, currency, unlocks, stacks,
                  max_uses, budget_minor, valid_from_local, valid_until_local, created_at)
VALUES (@org_id, @id, @event_id, @title, @written, @folded, @effect, @percent, @amount_minor, @currency, @unlocks, @stacks,
        @max_uses, @budget_minor, @valid_from_local, @valid_until_local, @now)`

// reaches fails when an actor whose role is limited to certain events is to change
// a code that works in all.
func (c Code) reaches(actor account.Actor) error {
	if _, limited := actor.LimitedTo(c.Org); limited && c.Event.IsZero() {
		return fault.Denied("A code for all events is not for members whose role is limited to certain events.")
	}
	return nil
}

// CreateCode adds a code. Without a text it gets one that nobody guesses.
func (s *Service) CreateCode(ctx context.Context, actor account.Actor, key replay.Key, c Code) (Code, error) {
	if err := c.reaches(actor); err != nil {
		return Code{}, err
	}
	if c.Text == "" {
		c.Text = NewCodeText()
	}
	if err := c.check(); err != nil {
		return Code{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Code, error) {
		c.ID = uid.New[uid.Code]()
		args := c.args()
		args["event_id"], args["now"] = c.Event, tx.Now
		if _, err := tx.Exec(ctx, sqlCreateCode, args); err != nil {
			return Code{}, explainCode("create code", err)
		}
		if err := s.linkCodeTx(ctx, tx, c); err != nil {
			return Code{}, err
		}
		if err := auditTx(ctx, tx, c.Org, actor, "code.create", c.ID.String(), nil, c.audited()); err != nil {
			return Code{}, err
		}
		return s.codeByIDTx(ctx, tx, c.Org, c.ID)
	})
}

func explainCode(doing string, err error) error {
	switch pg.Constraint(err) {
	case "code_text_key":
		return fault.InvalidField("details.text", "code.taken", "is a code already, perhaps a disabled one")
	case "code_event_fk":
		return fault.NotFound("event")
	case "code_uses_kept":
		return fault.InvalidField("details.max_uses", "code.uses", "must be at least as many as were used")
	case "code_budget_kept":
		return fault.InvalidField("details.budget_minor", "code.budget", "must be at least as much as was taken off")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// args are the columns of a code that a change may set.
func (c Code) args() pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{
		"org_id": c.Org, "id": c.ID, "title": c.Title, "written": c.Text, "folded": FoldCode(c.Text), "effect": string(c.Effect),
		"percent": nil, "amount_minor": nil, "currency": nil, "unlocks": c.Unlocks, "stacks": c.Stacks, "max_uses": c.MaxUses,
		"budget_minor": c.Budget, "valid_from_local": wall(c.ValidFrom, false), "valid_until_local": wall(c.ValidUntil, true),
	}
	if c.Effect == PercentOff {
		args["percent"] = int32(c.Percent)
	}
	if c.Effect == MoneyOff || c.Effect == SetPrice {
		args["amount_minor"] = c.Amount
	}
	if args["amount_minor"] != nil || c.Budget != nil {
		args["currency"] = string(c.Currency)
	}
	return args
}

// audited is what the audit log keeps of a code.
func (c Code) audited() map[string]any {
	return map[string]any{
		"text": c.Text, "title": c.Title, "effect": c.Effect, "percent": c.Percent, "amount_minor": c.Amount, "currency": c.Currency,
		"products": c.Products, "unlocks": c.Unlocks, "stacks": c.Stacks, "max_uses": c.MaxUses, "budget_minor": c.Budget,
		"valid_from": c.ValidFrom, "valid_until": c.ValidUntil, "disabled": c.Disabled,
	}
}

const sqlUpdateCode = `
UPDATE code
   SET title = @title,
       written = @written,
       folded = @folded,
       effect = @effect,
       percent = @percent,
       amount_minor = @amount_minor,
       currency = @currency,
       unlocks = @unlocks,
       stacks = @stacks,
       max_uses = @max_uses,
       budget_minor = @budget_minor,
       valid_from_local = @valid_from_local,
       valid_until_local = @valid_until_local,
       disabled_at = CASE WHEN @disabled THEN coalesce(disabled_at, @now) END,
       version = version + 1
 WHERE org_id = @org_id
   AND id = @id
   AND version = @version`

// UpdateCode replaces what is said about a code that works at an event, and
// whether it is disabled; whose it is, the event's or the organisation's, stays.
// What was bought with it stays as it is.
func (s *Service) UpdateCode(ctx context.Context, actor account.Actor, key replay.Key, version int64, c Code) (Code, error) {
	if err := c.check(); err != nil {
		return Code{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Code, error) {
		before, err := s.codeByIDTx(ctx, tx, c.Org, c.ID)
		if err != nil {
			return Code{}, err
		}
		if !before.Event.IsZero() && before.Event != c.Event {
			return Code{}, fault.NotFound("code")
		}
		if c.Event = before.Event; c.reaches(actor) != nil {
			return Code{}, c.reaches(actor)
		}
		if before.BudgetUsed > 0 && before.Currency != c.Currency {
			return Code{}, fault.InvalidField("details.currency", "code.currency", "cannot change any more: the code was used")
		}
		args := c.args()
		args["version"], args["disabled"], args["now"] = version, c.Disabled, tx.Now
		tag, err := tx.Exec(ctx, sqlUpdateCode, args)
		if err != nil {
			return Code{}, explainCode("update code", err)
		}
		if tag.RowsAffected() == 0 {
			return Code{}, stale("code")
		}
		if err := s.linkCodeTx(ctx, tx, c); err != nil {
			return Code{}, err
		}
		if err := auditTx(ctx, tx, c.Org, actor, "code.update", c.ID.String(), before.audited(), c.audited()); err != nil {
			return Code{}, err
		}
		return s.codeByIDTx(ctx, tx, c.Org, c.ID)
	})
}

const sqlUnlinkCode = `
DELETE FROM code_product
 WHERE org_id = @org_id
   AND code_id = @id`

const sqlLinkCode = `
INSERT INTO code_product (org_id, code_id, product_id)
SELECT org_id, @id, id
  FROM product
 WHERE org_id = @org_id
   AND (event_id = @event_id OR @event_id::uuid IS NULL)
   AND id = ANY (@products)`

// linkCodeTx replaces the products that a code is for.
func (s *Service) linkCodeTx(ctx context.Context, tx *pg.Tx, c Code) error {
	if _, err := tx.Exec(ctx, sqlUnlinkCode, pgx.StrictNamedArgs{"org_id": c.Org, "id": c.ID}); err != nil {
		return fmt.Errorf("unlink code: %w", err)
	}
	tag, err := tx.Exec(ctx, sqlLinkCode, pgx.StrictNamedArgs{"org_id": c.Org, "id": c.ID, "event_id": c.Event, "products": c.Products})
	if err != nil {
		return fmt.Errorf("link code: %w", err)
	}
	if int(tag.RowsAffected()) != len(c.Products) {
		return fault.InvalidField("details.product_ids", "product.unknown", "names a product that this event does not have")
	}
	return nil
}

const sqlCodeByID = sqlCodeColumns + `
   AND c.id = @id`

func (s *Service) codeByIDTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Code) (Code, error) {
	rows, err := tx.Query(ctx, sqlCodeByID, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return Code{}, fmt.Errorf("read code: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCode(org))
	if pg.IsNoRows(err) {
		return Code{}, fault.NotFound("code")
	}
	if err != nil {
		return Code{}, fmt.Errorf("read code: %w", err)
	}
	return *c, nil
}
