package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlOrgsToSettle = `
SELECT DISTINCT org_id
  FROM acct_period
 WHERE @org_id::uuid IS NULL
    OR org_id = @org_id
 ORDER BY org_id`

// settle books what has become clear since: rows in suspense that a payment or a
// rule explains, disputes that were lost, events that are over.
func (s *Service) settle(ctx context.Context, org uid.Org) error {
	rows, err := s.db.Pool().Query(ctx, sqlOrgsToSettle, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return fmt.Errorf("list books: %w", err)
	}
	orgs, err := pgx.CollectRows(rows, pgx.RowTo[uid.Org])
	if err != nil {
		return fmt.Errorf("list books: %w", err)
	}
	for _, org := range orgs {
		if err := s.db.InTx(ctx, func(tx *pg.Tx) error { return s.settleTx(ctx, tx, org) }); err != nil {
			return fmt.Errorf("settle %s: %w", org, err)
		}
	}
	return nil
}

// One settles at a time: what it books follows from balances.
const sqlLockSettling = `
SELECT pg_advisory_xact_lock(hashtextextended('reconcile ' || @org_id::uuid, 0))`

func (s *Service) settleTx(ctx context.Context, tx *pg.Tx, org uid.Org) error {
	if err := s.placeTx(ctx, tx, org, system); err != nil {
		return err
	}
	if err := s.lostDisputesTx(ctx, tx, org); err != nil {
		return err
	}
	return s.eventsHeldTx(ctx, tx, org)
}

func lockTx(ctx context.Context, tx *pg.Tx, org uid.Org) error {
	if _, err := tx.Exec(ctx, sqlLockSettling, pgx.StrictNamedArgs{"org_id": org}); err != nil {
		return fmt.Errorf("wait for other settling: %w", err)
	}
	return nil
}

type suspenseRow struct {
	Account, ID, Type, Category, SourceID, ChargeID, Description string
	Livemode                                                     bool
	Marks                                                        []byte
	Currency, ChargedCurrency                                    money.Currency
	Gross, ChargedMinor                                          int64
	Day                                                          time.Time
}

const sqlSuspense = `
SELECT account, livemode, id, type, category, source_id, charge_id, description, marks, currency, gross, charged_minor, charged_currency, day
  FROM stripe_row
 WHERE org_id = @org_id
   AND booked = 'stripe_suspense'
   AND livemode = @livemode
 ORDER BY account, id
 LIMIT 5000`

const sqlPlace = `
UPDATE stripe_row r
   SET booked = n.booked,
       booked_ref = n.ref,
       placed_by = @actor
  FROM unnest(@accounts::text[], @ids::text[], @booked::text[], @refs::text[]) AS n (account, id, booked, ref)
 WHERE r.account = n.account
   AND r.livemode = @livemode
   AND r.id = n.id
   AND r.booked = 'stripe_suspense'`

// placeTx looks again at what waits in suspense. A row of another shop's charge
// may need its charge to be placed first, so it goes round until nothing moves.
func (s *Service) placeTx(ctx context.Context, tx *pg.Tx, org uid.Org, actor string) error {
	if s.gw == nil {
		return nil
	}
	if err := lockTx(ctx, tx, org); err != nil {
		return err
	}
	for {
		waiting, err := many[suspenseRow](ctx, tx, sqlSuspense, pgx.StrictNamedArgs{"org_id": org, "livemode": s.gw.Livemode()}, "read rows in suspense")
		if err != nil {
			return err
		}
		byAccount := map[string][]suspenseRow{}
		for _, w := range waiting {
			byAccount[w.Account] = append(byAccount[w.Account], w)
		}
		moved := 0
		for account, rows := range byAccount {
			n, err := s.placeRowsTx(ctx, tx, feed{org, account}, rows, actor)
			if err != nil {
				return err
			}
			moved += n
		}
		if moved == 0 {
			return nil
		}
	}
}

func (w suspenseRow) balanceRow() (stripegw.BalanceRow, error) {
	r := stripegw.BalanceRow{
		ID: w.ID, Type: w.Type, Category: w.Category, Source: w.SourceID, Charge: w.ChargeID, Description: w.Description,
		Currency: w.Currency, Gross: w.Gross, Charged: money.New(w.ChargedMinor, w.ChargedCurrency),
	}
	return r, json.Unmarshal(w.Marks, &r.Marks)
}

func (s *Service) placeRowsTx(ctx context.Context, tx *pg.Tx, f feed, waiting []suspenseRow, actor string) (int, error) {
	rows := make([]stripegw.BalanceRow, len(waiting))
	for i, w := range waiting {
		var err error
		if rows[i], err = w.balanceRow(); err != nil {
			return 0, fmt.Errorf("read row %s: %w", w.ID, err)
		}
	}
	k, err := s.lookUp(ctx, tx, f, rows)
	if err != nil {
		return 0, err
	}
	var journals []ledger.Journal
	var accounts, ids, booked, refs []string
	for i, r := range rows {
		on := k.decide(r)
		if on.account == ledger.StripeSuspense || !r.Currency.Valid() {
			continue
		}
		accounts, ids = append(accounts, f.Account), append(ids, r.ID)
		booked, refs = append(booked, string(on.account)), append(refs, on.ref)
		if r.Gross == 0 {
			continue
		}
		charged, abroad := k.charged(r)
		if !abroad || on.account != ledger.StripePending && on.account != ledger.RefundPending {
			charged = money.Amount{}
		}
		source := ledger.Source{Org: f.OrgID, Key: "placed:" + r.ID, On: waiting[i].Day, Actor: actor, Memo: "Explained: " + r.Category + " " + r.Source}
		journals = append(journals, ledger.Placed(source, r.ID, on.account, on.ref, money.New(r.Gross, r.Currency), cmpOrText(k.chargeOf(r), r.ID), charged))
	}
	if len(ids) == 0 {
		return 0, nil
	}
	if _, err := s.books.PostTx(ctx, tx, journals...); err != nil {
		return 0, fmt.Errorf("book rows that were in suspense: %w", err)
	}
	_, err = tx.Exec(ctx, sqlPlace, pgx.StrictNamedArgs{"accounts": accounts, "ids": ids, "booked": booked, "refs": refs, "actor": actor, "livemode": s.gw.Livemode()})
	if err != nil {
		return 0, fmt.Errorf("note rows that were in suspense: %w", err)
	}
	return len(ids), nil
}

type heldRow struct {
	Ref      string
	Currency money.Currency
	Amount   int64
	At       time.Time
	Number   int
}

// What a bank took for a dispute and did not give back when it was lost.
const sqlLostDisputes = `
SELECT p.ref, p.currency, sum(p.amount)::bigint AS amount, d.closed_at AS at,
       (SELECT count(*) FROM posting l WHERE l.org_id = @org_id AND l.account = 'dispute_loss' AND l.ref = p.ref AND l.currency = p.currency) AS number
  FROM payment_dispute d
  JOIN posting p ON p.org_id = d.org_id AND p.account = 'dispute_held' AND p.ref = d.dispute_id
 WHERE d.org_id = @org_id
   AND d.status = 'lost'
   AND d.closed_at IS NOT NULL
 GROUP BY p.ref, p.currency, d.closed_at
HAVING sum(p.amount) <> 0
 ORDER BY p.ref, p.currency`

// lostDisputesTx books J7.
func (s *Service) lostDisputesTx(ctx context.Context, tx *pg.Tx, org uid.Org) error {
	if err := lockTx(ctx, tx, org); err != nil {
		return err
	}
	lost, err := many[heldRow](ctx, tx, sqlLostDisputes, pgx.StrictNamedArgs{"org_id": org}, "read lost disputes")
	if err != nil || len(lost) == 0 {
		return err
	}
	loc, err := account.Zone(ctx, tx, org)
	if err != nil {
		return err
	}
	var journals []ledger.Journal
	for _, l := range lost {
		journals = append(journals, ledger.DisputeLost(ledger.Source{
			Org: org, Key: fmt.Sprintf("lost:%s:%s:%d", l.Ref, l.Currency, l.Number), On: ledger.Day(l.At, loc), Actor: system, Memo: "Dispute " + l.Ref + " was lost",
		}, l.Ref, money.New(l.Amount, l.Currency)))
	}
	if _, err := s.books.PostTx(ctx, tx, journals...); err != nil {
		return fmt.Errorf("book lost disputes: %w", err)
	}
	return nil
}
