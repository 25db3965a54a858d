package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// feed is a Stripe account whose rows are an organisation's.
type feed struct {
	OrgID   uid.Org
	Account string
}

// known is what is known here about the things that a page of rows is about.
type known struct {
	zone     *time.Location
	payments map[string]money.Amount // by charge
	refunds  map[string]string       // charge by refund
	disputes map[string]string       // charge by dispute
	shops    map[string]string       // reference of stripe_other by charge, for rows before
	rules    []Rule
}

const sqlKnownPayments = `
SELECT charge_id, currency, amount_minor
  FROM payment
 WHERE account = @account
   AND livemode = @livemode
   AND org_id = @org_id
   AND charge_id = ANY (@charges)`

const sqlKnownRefunds = `
SELECT refund_id, charge_id
  FROM payment_refund
 WHERE account = @account
   AND livemode = @livemode
   AND org_id = @org_id
   AND refund_id = ANY (@sources)`

const sqlKnownDisputes = `
SELECT dispute_id, charge_id
  FROM payment_dispute
 WHERE account = @account
   AND livemode = @livemode
   AND org_id = @org_id
   AND dispute_id = ANY (@sources)`

const sqlKnownShops = `
SELECT charge_id, booked || ' ' || booked_ref
  FROM stripe_row
 WHERE org_id = @org_id
   AND charge_id = ANY (@charges)
   AND charge_id <> ''
   AND category = 'charge'
   AND booked IN ('stripe_other', 'fees', 'write_off')`

// lookUp reads in a few statements what deciding a whole page needs.
func (s *Service) lookUp(ctx context.Context, q pg.Querier, f feed, rows []stripegw.BalanceRow) (known, error) {
	k := known{payments: map[string]money.Amount{}}
	var sources, charges []string
	for _, r := range rows {
		sources, charges = append(sources, r.Source), append(charges, r.Charge)
	}
	args := pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode(), "org_id": f.OrgID, "sources": sources}
	var err error
	if k.refunds, err = pairs(ctx, q, sqlKnownRefunds, args); err != nil {
		return k, err
	}
	if k.disputes, err = pairs(ctx, q, sqlKnownDisputes, args); err != nil {
		return k, err
	}
	if k.shops, err = pairs(ctx, q, sqlKnownShops, pgx.StrictNamedArgs{"org_id": f.OrgID, "charges": charges}); err != nil {
		return k, err
	}
	if k.rules, err = s.rules(ctx, q, f.OrgID); err != nil {
		return k, err
	}
	if k.zone, err = account.Zone(ctx, q, f.OrgID); err != nil {
		return k, err
	}
	delete(args, "sources")
	args["charges"] = charges
	list, err := q.Query(ctx, sqlKnownPayments, args)
	if err != nil {
		return k, fmt.Errorf("look up payments: %w", err)
	}
	var charge string
	var a money.Amount
	_, err = pgx.ForEachRow(list, []any{&charge, &a.Currency, &a.Minor}, func() error { k.payments[charge] = a; return nil })
	if err != nil {
		return k, fmt.Errorf("look up payments: %w", err)
	}
	return k, nil
}

// pairs reads rows of two texts into a map.
func pairs(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs) (map[string]string, error) {
	m := map[string]string{}
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("look up what rows are about: %w", err)
	}
	var key, value string
	if _, err := pgx.ForEachRow(rows, []any{&key, &value}, func() error { m[key] = value; return nil }); err != nil {
		return nil, fmt.Errorf("look up what rows are about: %w", err)
	}
	return m, nil
}

const sqlKeepRows = `
INSERT INTO stripe_row (account, livemode, id, org_id, type, category, source_id, charge_id, description, marks, currency, gross, fee, net, fees,
                        charged_minor, charged_currency, rate, created_at, available_at, day, payout_id, booked, booked_ref, mirrored_at)
SELECT @account, @livemode, id, @org_id, type, category, source_id, charge_id, description, marks::jsonb, currency, gross, fee, net, fees::jsonb,
       charged_minor, charged_currency, rate, created_at, available_at, day, NULLIF(@payout, ''), booked, booked_ref, @now
  FROM unnest(@ids::text[], @types::text[], @categories::text[], @sources::text[], @charges::text[], @descriptions::text[], @marks::text[],
              @currencies::text[], @gross::bigint[], @fee::bigint[], @net::bigint[], @fees::text[], @charged::bigint[], @charged_in::text[],
              @rates::text[], @created::timestamptz[], @available::timestamptz[], @days::date[], @booked::text[], @refs::text[])
    AS r (id, type, category, source_id, charge_id, description, marks, currency, gross, fee, net, fees, charged_minor, charged_currency,
          rate, created_at, available_at, day, booked, booked_ref)
 ORDER BY id
    ON CONFLICT (account, livemode, id) DO NOTHING
RETURNING id`

const sqlSetPayout = `
UPDATE stripe_row
   SET payout_id = @payout
 WHERE account = @account
   AND livemode = @livemode
   AND id = ANY (@ids)
   AND payout_id IS NULL`

// takeTx mirrors rows and books those that were not here, in three statements and
// a few lookups however many they are. Rows that a payout lists get its id.
func (s *Service) takeTx(ctx context.Context, tx *pg.Tx, f feed, rows []stripegw.BalanceRow, payout string) (fresh int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b stripegw.BalanceRow) int { return strings.Compare(a.ID, b.ID) })
	k, err := s.lookUp(ctx, tx, f, rows)
	if err != nil {
		return 0, err
	}
	journals, args, err := columns(f, rows, k)
	if err != nil {
		return 0, err
	}
	args["account"], args["livemode"], args["org_id"], args["payout"], args["now"] = f.Account, s.gw.Livemode(), f.OrgID, payout, tx.Now
	list, err := tx.Query(ctx, sqlKeepRows, args)
	if err != nil {
		return 0, fmt.Errorf("keep rows of Stripe's balance: %w", err)
	}
	isNew := map[string]bool{}
	var id string
	if _, err := pgx.ForEachRow(list, []any{&id}, func() error { isNew[id] = true; return nil }); err != nil {
		return 0, fmt.Errorf("keep rows of Stripe's balance: %w", err)
	}
	if payout != "" && len(isNew) < len(rows) {
		_, err := tx.Exec(ctx, sqlSetPayout, pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode(), "ids": args["ids"], "payout": payout})
		if err != nil {
			return 0, fmt.Errorf("note what rows were paid out with: %w", err)
		}
	}
	var news []ledger.Journal
	for i, r := range rows {
		if isNew[r.ID] && len(journals[i].Postings) > 0 {
			news = append(news, journals[i])
		}
	}
	if _, err := s.books.PostTx(ctx, tx, news...); err != nil {
		return 0, fmt.Errorf("book rows of Stripe's balance: %w", err)
	}
	return len(isNew), nil
}

// Take mirrors and books rows of an organisation's Stripe account, each once,
// however often it comes, and returns how many were new. All of them or none are
// taken.
func (s *Service) Take(ctx context.Context, org uid.Org, account string, rows []stripegw.BalanceRow) (fresh int, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		fresh, err = s.takeTx(ctx, tx, feed{org, account}, rows, "")
		return err
	})
	return fresh, err
}

// columns turns rows into their journals and the arrays of sqlKeepRows.
func columns(f feed, rows []stripegw.BalanceRow, k known) ([]ledger.Journal, pgx.StrictNamedArgs, error) {
	n := len(rows)
	journals := make([]ledger.Journal, n)
	texts := map[string][]string{}
	for _, name := range []string{"ids", "types", "categories", "sources", "charges", "descriptions", "marks", "currencies", "fees", "charged_in", "rates", "booked", "refs"} {
		texts[name] = make([]string, n)
	}
	gross, fee, net, charged := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	created, available, days := make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
	for i, r := range rows {
		if r.ID == "" || r.Created.IsZero() {
			return nil, nil, fmt.Errorf("row %q was created at %s", r.ID, r.Created)
		}
		marks, err := json.Marshal(r.Marks)
		if err != nil {
			return nil, nil, fmt.Errorf("row %s: %w", r.ID, err)
		}
		fees, err := json.Marshal(r.Fees)
		if err != nil {
			return nil, nil, fmt.Errorf("row %s: %w", r.ID, err)
		}
		days[i] = ledger.Day(r.Created, k.zone)
		var on booking
		journals[i], on = k.journal(f.OrgID, r, days[i])
		for name, text := range map[string]string{
			"ids": r.ID, "types": r.Type, "categories": r.Category, "sources": r.Source, "charges": k.chargeOf(r), "descriptions": r.Description,
			"marks": string(marks), "currencies": string(r.Currency), "fees": string(fees), "charged_in": string(cmpOr(r.Charged.Currency, r.Currency)),
			"rates": r.Rate, "booked": string(on.account), "refs": on.ref,
		} {
			texts[name][i] = text
		}
		gross[i], fee[i], net[i], charged[i] = r.Gross, r.Fee, r.Net, r.Charged.Minor
		created[i], available[i] = r.Created, r.AvailableOn
	}
	args := pgx.StrictNamedArgs{
		"gross": gross, "fee": fee, "net": net, "charged": charged, "created": created, "available": available, "days": days,
	}
	for name, column := range texts {
		args[name] = column
	}
	return journals, args, nil
}

func cmpOr(a, b money.Currency) money.Currency {
	if a == "" {
		return b
	}
	return a
}
