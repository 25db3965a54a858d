package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const (
	// bookedRows is how many charges are booked and then arrive on Stripe's balance.
	bookedRows = 20_000
	// batch is how many of them are one transaction, as ten pages of Stripe's are.
	batch = 1000
	// matchedRows is how many rows are matched at once.
	matchedRows = 1_000_000
)

// office is an organisation with books, on the database of the program.
type office struct {
	db      *pg.DB
	people  *account.Service
	books   *ledger.Service
	finance *reconcile.Service
	owner   account.Actor
	month   time.Time
}

// measureBooks is the month end: booking, mirroring Stripe's rows, matching a
// million of them, and closing a month.
func measureBooks(ctx context.Context, s *server, _ *organiser) error {
	running, err := pgserver.Attach(s.dir)
	if err != nil {
		return err
	}
	db, err := pg.Open(ctx, running.URL(), pg.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	o, err := openOffice(ctx, db)
	if err != nil {
		return err
	}
	org, err := o.organisation(ctx, "bench-books")
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, uid.Org) error{o.measurePosts, o.measureIngest, o.measureClose} {
		if err := step(ctx, org); err != nil {
			return err
		}
	}
	return o.measureMatching(ctx)
}

func openOffice(ctx context.Context, db *pg.DB) (*office, error) {
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		return nil, err
	}
	gateway, err := stripegw.New(stripegw.Config{Key: stripegw.SimulatedKey + "bench", URL: "http://127.0.0.1:1"})
	if err != nil {
		return nil, err
	}
	o := &office{db: db, people: account.New(db, account.Options{}), books: ledger.New(db, box)}
	o.finance = reconcile.New(reconcile.Deps{DB: db, Books: o.books, Stripe: gateway, Key: make([]byte, 32)})
	o.month = ledger.Month(time.Now().UTC()).AddDate(0, -1, 0)
	p, err := o.people.EnsurePerson(ctx, "accountant@example.org", "Accountant")
	o.owner = account.PersonActor(p.ID)
	return o, err
}

func (o *office) organisation(ctx context.Context, slug string) (uid.Org, error) {
	made, err := o.people.CreateOrganisation(ctx, o.owner, replay.Key{}, account.OrganisationDetails{
		Name: slug, Slug: slug, Timezone: "Europe/London", ContactEmail: "hello@example.org",
	})
	return made.ID, err
}

func charge(i int) string { return fmt.Sprintf("ch_bench_%07d", i) }

// day spreads rows over the month.
func (o *office) day(i int) time.Time { return o.month.AddDate(0, 0, i%28) }

// measurePosts books captured charges. The ratio is to a COPY of their postings
// into a table without rules.
func (o *office) measurePosts(ctx context.Context, org uid.Org) error {
	began := time.Now()
	for from := 0; from < bookedRows; from += batch {
		journals := make([]ledger.Journal, batch)
		for i := range journals {
			n := from + i
			journals[i] = ledger.Journal{
				Org: org, SourceKey: "bench:" + charge(n), Kind: ledger.KindManual, On: o.day(n), Actor: "bench",
				Postings: []ledger.Posting{
					{Account: ledger.StripePending, Amount: money.New(2400, money.GBP), Ref: charge(n)},
					{Account: ledger.Income, Amount: money.New(-2000, money.GBP), Ref: "evt_bench"},
					{Account: ledger.WriteOff, Amount: money.New(-400, money.GBP), Ref: "bench"},
				},
			}
		}
		err := o.db.InTx(ctx, func(tx *pg.Tx) error { _, err := o.books.PostTx(ctx, tx, journals...); return err })
		if err != nil {
			return err
		}
	}
	rate := bookedRows / time.Since(began).Seconds()
	plain, err := o.copied(ctx, copyOfPostings, []string{"org_id", "ref", "account", "currency", "amount"}, 3*bookedRows,
		func(i int) []any { return []any{org, charge(i / 3), "stripe_pending", "GBP", int64(2400)} })
	if err != nil {
		return err
	}
	print("ledger_post_per_s", rate, "journals/s", fmt.Sprintf("%.2f", rate/(plain/3)))
	return nil
}

// Tables without keys, checks or triggers, for COPY to be fast into.
const (
	copyOfPostings = `CREATE TEMP TABLE bench_copy (org_id uuid, ref text, account text, currency char(3), amount bigint)`
	copyOfRows     = `CREATE TEMP TABLE bench_copy AS
SELECT account, livemode, id, org_id, type, category, source_id, charge_id, description, currency, gross, fee, net, created_at, day FROM stripe_row LIMIT 0`
	dropCopy = `DROP TABLE bench_copy`
)

// copied is how many rows a second COPY brings into a table without rules.
func (o *office) copied(ctx context.Context, table string, columns []string, n int, row func(int) []any) (float64, error) {
	conn, err := o.db.Pool().Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, table); err != nil {
		return 0, err
	}
	began := time.Now()
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"bench_copy"}, columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	if err != nil {
		return 0, err
	}
	rate := float64(n) / time.Since(began).Seconds()
	_, err = conn.Exec(ctx, dropCopy)
	return rate, err
}

// measureIngest mirrors and books the rows that settle those charges. The ratio is
// to a COPY of the rows into a table without rules.
func (o *office) measureIngest(ctx context.Context, org uid.Org) error {
	rows := make([]stripegw.BalanceRow, bookedRows)
	for i := range rows {
		at := o.day(i).Add(12 * time.Hour)
		rows[i] = stripegw.BalanceRow{
			ID: fmt.Sprintf("txn_bench_%07d", i), Type: "charge", Category: "charge", Source: charge(i), Charge: charge(i),
			Description: "Ticket", Marks: map[string]string{stripegw.MarkOrder: "ord_bench"}, Currency: money.GBP, Gross: 2400, Fee: 56, Net: 2344,
			Fees: []stripegw.Fee{{Kind: "stripe_fee", Minor: 56}}, Charged: money.New(2400, money.GBP), Created: at, AvailableOn: at.Add(48 * time.Hour),
		}
	}
	began, fresh := time.Now(), 0
	for part := range slices.Chunk(rows, batch) {
		n, err := o.finance.Take(ctx, org, "acct_bench", part)
		if err != nil {
			return err
		}
		fresh += n
	}
	rate := bookedRows / time.Since(began).Seconds()
	left, err := o.books.Balance(ctx, o.db.Pool(), org, ledger.StripePending, "")
	if err != nil {
		return err
	}
	if fresh != bookedRows || left[money.GBP] != 0 {
		return fmt.Errorf("%d of %d rows were taken, and %d is left of what was captured", fresh, bookedRows, left[money.GBP])
	}
	columns := []string{"account", "livemode", "id", "org_id", "type", "category", "source_id", "charge_id", "description", "currency", "gross", "fee", "net", "created_at", "day"}
	plain, err := o.copied(ctx, copyOfRows, columns, bookedRows, func(i int) []any {
		r := rows[i]
		return []any{"acct_bench", false, r.ID, org, r.Type, r.Category, r.Source, r.Charge, r.Description, "GBP", r.Gross, r.Fee, r.Net, r.Created, r.Created}
	})
	if err != nil {
		return err
	}
	print("ingest_rows_per_s", rate, "rows/s", fmt.Sprintf("%.2f", rate/plain))
	return nil
}

// fillSeen stands for asking Stripe, which is not there.
const fillSeen = `
INSERT INTO stripe_balance_seen (account, livemode, currency, at, org_id, stripe, mirrored)
SELECT account, livemode, currency, @now, org_id, sum(net), sum(net)
  FROM stripe_row
 WHERE org_id = @org_id
 GROUP BY account, livemode, currency, org_id`

// measureClose proves and closes the month of those journals. The ratio is to
// reading all of the month's postings once.
func (o *office) measureClose(ctx context.Context, org uid.Org) error {
	if _, err := o.db.Pool().Exec(ctx, fillSeen, pgx.StrictNamedArgs{"org_id": org, "now": time.Now().UTC()}); err != nil {
		return err
	}
	began := time.Now()
	m, err := o.finance.CloseMonth(ctx, o.owner, org, o.month)
	if err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	if !m.Closed || !m.Intact || len(m.Proofs) != 9 {
		return fmt.Errorf("the month is closed %t, intact %t, with %d proofs", m.Closed, m.Intact, len(m.Proofs))
	}
	plain, err := o.timed(ctx, sqlReadMonth, pgx.StrictNamedArgs{"org_id": org, "month": o.month})
	if err != nil {
		return err
	}
	print("close_month_s", took, "s", fmt.Sprintf("%.1f", took/plain))
	return nil
}

const sqlReadMonth = `
SELECT count(*), sum(p.amount)
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.period = @month`

// timed is how many seconds a statement takes that returns one row.
func (o *office) timed(ctx context.Context, sql string, args pgx.StrictNamedArgs) (float64, error) {
	began := time.Now()
	rows, err := o.db.Pool().Query(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	rows.Close()
	return time.Since(began).Seconds(), rows.Err()
}

// Filling tables past the rooms that own them is for this benchmark alone.
//
// The two tables of a million rows are filled as they would be found: charges that
// were captured here, and the rows that settle them, one in a thousand of another
// amount and one in a thousand unknown.
const fillPayments = `
INSERT INTO payment (org_id, id, order_id, attempt_id, account, livemode, session_id, intent_id, charge_id, amount_minor, currency, method, detail, fits,
                     captured_at, created_at)
SELECT @org_id, gen_random_uuid(), NULL, NULL, 'acct_many', false, '', '', 'ch_many_' || i, 2400, 'GBP', 'card', '', true, @now, @now
  FROM generate_series(1, @n::int) AS i
 WHERE i % 1000 <> 1`

const fillRows = `
INSERT INTO stripe_row (account, livemode, id, org_id, type, category, source_id, charge_id, description, marks, currency, gross, fee, net, fees,
                        charged_minor, charged_currency, rate, created_at, available_at, day, booked, booked_ref, mirrored_at)
SELECT 'acct_many', false, 'txn_many_' || i, @org_id, 'charge', 'charge', 'ch_many_' || i, 'ch_many_' || i, '', '{}', 'GBP', g, 56, g - 56, '[]',
       g, 'GBP', '', @now, @now, @day, 'stripe_pending', 'ch_many_' || i, @now
  FROM (SELECT i, CASE WHEN i % 1000 = 2 THEN 2399 ELSE 2400 END AS g FROM generate_series(1, @n::int) AS i) AS made`

const analyzeFilled = `ANALYZE payment, stripe_row`

const sqlHashJoin = `
SELECT count(*), sum(r.net)
  FROM stripe_row r
  JOIN payment p ON p.charge_id = r.source_id AND p.account = r.account AND p.livemode = r.livemode
 WHERE r.org_id = @org_id`

// measureMatching compares a million rows with the charges that they are of. The
// ratio is to a plain join of the same two tables.
func (o *office) measureMatching(ctx context.Context) error {
	org, err := o.organisation(ctx, "bench-matching")
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{"org_id": org, "n": matchedRows, "now": o.month}
	if _, err := o.db.Pool().Exec(ctx, fillPayments, args); err != nil {
		return err
	}
	args["day"] = o.month
	if _, err := o.db.Pool().Exec(ctx, fillRows, args); err != nil {
		return err
	}
	if _, err := o.db.Pool().Exec(ctx, analyzeFilled); err != nil {
		return err
	}
	var took, plain []float64
	for range rounds {
		one, err := o.timed(ctx, sqlHashJoin, pgx.StrictNamedArgs{"org_id": org})
		if err != nil {
			return err
		}
		plain = append(plain, one)
		began := time.Now()
		m, err := o.finance.Matching(ctx, org, time.Time{}, time.Time{})
		if err != nil {
			return err
		}
		took = append(took, time.Since(began).Seconds())
		if len(m) != 1 || m[0].Rows != matchedRows || m[0].Missing != matchedRows/1000 || m[0].Differing != matchedRows/1000 {
			return errors.Join(errors.New("the rows are not matched as they were made"), fmt.Errorf("%+v", m))
		}
	}
	print("reconcile_1m_s", median(took), "s", fmt.Sprintf("%.2f", median(took)/median(plain)))
	return nil
}
