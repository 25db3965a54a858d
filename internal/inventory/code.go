package inventory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Effect is what a code does to a price.
type Effect string

// The effects.
const (
	// PercentOff takes a rate off.
	PercentOff Effect = "percent"
	// MoneyOff takes an amount off each unit.
	MoneyOff Effect = "fixed"
	// SetPrice makes each unit cost an amount, if it costs more.
	SetPrice Effect = "set_price"
	// AccessOnly changes no price; it only opens hidden products.
	AccessOnly Effect = "none"
)

// Code is a text that buyers type to pay less, or to be shown hidden products.
type Code struct {
	Org   uid.Org
	ID    uid.Code
	Event uid.Event // zero: for all of the organisation's events
	// Title is the organisers' note of what it is for.
	Title string
	// Text is as the organiser wrote it. Case, spaces and dashes do not matter.
	Text   string
	Effect Effect
	// Percent is that of PercentOff.
	Percent money.Rate
	// Amount is that of MoneyOff and SetPrice, in minor units.
	Amount int64
	// Currency is that of Amount and Budget; empty where there is neither.
	Currency money.Currency
	// Products it applies to; none: all.
	Products []uid.Product
	// Unlocks says that it opens the hidden ones among them.
	Unlocks bool
	// Stacks says that it adds to member prices and group rules. Without it a buyer
	// gets what is better for each product.
	Stacks bool
	// MaxUses is how many orders may use it; nil: any number. One use per order,
	// taken when the order is placed.
	MaxUses *int
	Uses    int
	// Budget is how much it may take off in all, in minor units; nil: no bound. The
	// order that reaches it gets what is left.
	Budget     *int64
	BudgetUsed int64
	// ValidFrom and ValidUntil bound its use, as in Terms.SellsFrom, in the event's
	// zone, or the organisation's.
	ValidFrom, ValidUntil string
	// ValidFromAt and ValidUntilAt are the same as instants; zero: no bound.
	ValidFromAt, ValidUntilAt time.Time
	Disabled                  bool
	Version                   int64
}

// covers reports whether the code is for a product.
func (c *Code) covers(p uid.Product) bool {
	return len(c.Products) == 0 || slices.Contains(c.Products, p)
}

func (c *Code) opens(p uid.Product) bool { return c.Unlocks && c.covers(p) }

func (c *Code) lowers(p uid.Product) bool { return c.Effect != AccessOnly && c.covers(p) }

// codeAlphabet has no signs that are taken for others: no I, L, O, U, 0 and 1.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCodeText makes a text that nobody guesses and everybody can read out: eight
// signs, 39 random bits, with a dash in the middle.
func NewCodeText() string {
	var b strings.Builder
	for b.Len() < 9 {
		if b.Len() == 4 {
			b.WriteByte('-')
		}
		var raw [1]byte
		_, _ = rand.Read(raw[:]) // never fails, by its documentation
		if n := int(raw[0]); n < 240 {
			b.WriteByte(codeAlphabet[n%len(codeAlphabet)])
		}
	}
	return b.String()
}

// FoldCode is the form in which codes are compared: compatibility forms made one,
// upper case, and only letters and digits. It is empty for what can be no code.
func FoldCode(text string) string {
	if len(text) > 200 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFKC.String(strings.ToUpper(norm.NFKC.String(strings.ToValidUTF8(text, "")))))
}

func (c *Code) check() error {
	var p problems
	if n := utf8.RuneCountInString(FoldCode(c.Text)); n < 3 || n > 40 || strings.ContainsFunc(c.Text, unicode.IsControl) {
		p.add("details.text", "code.text", "must have from 3 to 40 letters and digits; dashes and spaces may stand between them")
	}
	if utf8.RuneCountInString(c.Title) > 120 || strings.ContainsFunc(c.Title, unicode.IsControl) {
		p.add("details.title", "string.max_len", "has more than 120 characters, or control characters")
	}
	c.checkEffect(&p)
	if c.MaxUses != nil && *c.MaxUses < 1 {
		p.add("details.max_uses", "int32.gte", "must be at least 1")
	}
	if c.Budget != nil && c.Currency.Valid() {
		checkPrice(&p, "details.budget_minor", *c.Budget, c.Currency)
		if *c.Budget == 0 {
			p.add("details.budget_minor", "int64.gt", "must be more than nothing")
		}
	}
	from := readWall(&p, "details.valid_from_local", c.ValidFrom, false)
	until := readWall(&p, "details.valid_until_local", c.ValidUntil, true)
	if from != nil && until != nil && !from.Before(*until) {
		p.add("details.valid_until_local", "valid_until", "must be after the start")
	}
	return p.err()
}

func (c *Code) checkEffect(p *problems) {
	money := c.Effect == MoneyOff || c.Effect == SetPrice
	switch c.Effect {
	case PercentOff:
		if c.Percent < 1 || !c.Percent.Valid() {
			p.add("details.percent", "percent", "must be more than 0 and at most 100 per cent")
		}
	case MoneyOff, SetPrice:
		if c.Currency.Valid() {
			checkPrice(p, "details.amount_minor", c.Amount, c.Currency)
		}
		if c.Effect == MoneyOff && c.Amount == 0 {
			p.add("details.amount_minor", "int64.gt", "must be more than nothing")
		}
	case AccessOnly:
		if !c.Unlocks {
			p.add("details.unlocks", "unlocks", "must be chosen for a code that changes no price")
		}
	default:
		p.add("details.effect", "enum.defined_only", "must be chosen")
	}
	if (money || c.Budget != nil) && !c.Currency.Valid() {
		p.add("details.currency", "currency", "must be the code of a currency that can be charged, such as GBP")
	}
	if c.Effect != PercentOff && c.Percent != 0 {
		p.add("details.percent", "percent", "is for codes that take a percentage off")
	}
	if !money && c.Amount != 0 {
		p.add("details.amount_minor", "amount", "is for codes that take money off or set the price")
	}
}

const sqlCodeColumns = `
SELECT c.id, c.event_id, c.title, c.written, c.effect, coalesce(c.percent, 0), coalesce(c.amount_minor, 0), coalesce(c.currency, ''),
       ARRAY(SELECT cp.product_id FROM code_product cp
              WHERE cp.org_id = c.org_id AND cp.code_id = c.id ORDER BY cp.product_id),
       c.unlocks, c.stacks, c.max_uses, c.uses, c.budget_minor, c.budget_used, c.valid_from_local, c.valid_until_local,
       c.valid_from_local AT TIME ZONE coalesce(e.timezone, o.timezone),
       c.valid_until_local AT TIME ZONE coalesce(e.timezone, o.timezone),
       c.disabled_at IS NOT NULL, c.version
  FROM code c
  JOIN organisation o ON o.id = c.org_id
  LEFT JOIN event e ON e.org_id = c.org_id AND e.id = c.event_id
 WHERE c.org_id = @org_id`

func scanCode(org uid.Org) pgx.RowToFunc[*Code] {
	return func(row pgx.CollectableRow) (*Code, error) {
		c := &Code{Org: org}
		var from, until, fromAt, untilAt *time.Time
		err := row.Scan(&c.ID, &c.Event, &c.Title, &c.Text, &c.Effect, &c.Percent, &c.Amount, &c.Currency, &c.Products,
			&c.Unlocks, &c.Stacks, &c.MaxUses, &c.Uses, &c.Budget, &c.BudgetUsed, &from, &until, &fromAt, &untilAt,
			&c.Disabled, &c.Version)
		c.ValidFrom, c.ValidUntil = sayWall(from, false), sayWall(until, true)
		c.ValidFromAt, c.ValidUntilAt = orZero(fromAt), orZero(untilAt)
		return c, err
	}
}

const sqlCodeByText = sqlCodeColumns + `
   AND c.folded = @folded
   AND (c.event_id = @event_id OR c.event_id IS NULL)
   AND c.disabled_at IS NULL
 ORDER BY c.event_id NULLS LAST
 LIMIT 1`

// codeTx finds a code by what a buyer typed; the event's own first.
func codeTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, text string) (*Code, error) {
	rows, err := tx.Query(ctx, sqlCodeByText, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "folded": FoldCode(text)})
	if err != nil {
		return nil, fmt.Errorf("look up code: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCode(org))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, codeFault(fault.CodeInvalid, "There is no such code.")
	}
	if err != nil {
		return nil, fmt.Errorf("look up code: %w", err)
	}
	return c, nil
}

const sqlUseCode = `
UPDATE code
   SET uses = uses + 1,
       budget_used = budget_used + @off
 WHERE org_id = @org_id
   AND id = @id
   AND disabled_at IS NULL
   AND (max_uses IS NULL OR uses < max_uses)
   AND (budget_minor IS NULL OR budget_used + @off <= budget_minor)`

// UseCodeTx takes one use of a quote's code, and what it took off from its budget,
// when the order is placed. Without a code it does nothing. It fails with
// CODE_USED_UP, naming "code", when others were quicker.
func (s *Service) UseCodeTx(ctx context.Context, tx *pg.Tx, org uid.Org, q Quote) error {
	if q.Code.IsZero() {
		return nil
	}
	tag, err := tx.Exec(ctx, sqlUseCode, pgx.StrictNamedArgs{"org_id": org, "id": q.Code, "off": q.CodeOff.Minor})
	if err != nil {
		return fmt.Errorf("use code: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return codeFault(fault.CodeUsedUp, "This code has just been used up by somebody else.")
	}
	return nil
}

const sqlReturnCode = `
UPDATE code
   SET uses = uses - 1,
       budget_used = budget_used - @off
 WHERE org_id = @org_id
   AND id = @id`

// ReturnCodeTx gives a use back, with what it took off: when the order expires or
// is cancelled, not when money is refunded. Giving back more than was taken is an
// error.
func (s *Service) ReturnCodeTx(ctx context.Context, tx *pg.Tx, org uid.Org, code uid.Code, off money.Amount) error {
	if code.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlReturnCode, pgx.StrictNamedArgs{"org_id": org, "id": code, "off": off.Minor}); err != nil {
		return fmt.Errorf("return code: %w", err)
	}
	return nil
}
