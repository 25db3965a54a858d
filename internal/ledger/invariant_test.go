package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"lanyard/internal/ledger"
	"lanyard/internal/pg"
)

// The tests of this file attack the ledger with plain SQL, as the owner of its
// tables. Each has a control that switches the guard off and succeeds, which
// shows that it is the guard that refuses and nothing else.

// attack is a set of statements in one transaction.
type attack struct {
	name       string
	statements []string
	// guard is what switches the refusing trigger or constraint off.
	guard string
}

// refused runs each attack, which must fail with the constraint of this name,
// and then again without its guard, when it must succeed.
func (b *books) refused(constraint string, attacks ...attack) {
	b.Helper()
	for _, a := range attacks {
		err := b.run(a.statements...)
		if got := pg.Constraint(err); got != constraint {
			b.Errorf("%s: refused by %q (%v), want %s", a.name, got, err, constraint)
		}
		if a.guard == "" {
			continue
		}
		if err := b.control(append([]string{a.guard}, a.statements...)...); err != nil {
			b.Errorf("%s: without the guard: %v", a.name, err)
		}
	}
}

// control runs statements and their deferred checks, and leaves nothing behind.
func (b *books) control(statements ...string) error {
	b.Helper()
	undo := `DO $$ BEGIN RAISE EXCEPTION 'control' USING ERRCODE = 'P0CTL'; END $$`
	err := b.run(append(statements, `SET CONSTRAINTS ALL IMMEDIATE`, undo)...)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "P0CTL" {
		return nil
	}
	return err
}

// entry is the SQL of a journal with a fixed id and its lines, "account currency
// amount" each.
func (b *books) entry(id, source string, lines ...string) []string {
	return append([]string{fmt.Sprintf(
		`INSERT INTO journal (org_id, id, source_key, kind, effective_on, posted_at, actor, xid)
		 VALUES ('%s', '%s', '%s', 'manual', '2026-03-05', '2000-01-01', 'mallory', '7'::xid8)`, b.org.UUID(), id, source)},
		b.lines(id, 1, lines...)...)
}

func (b *books) lines(id string, from int, lines ...string) []string {
	var all []string
	for i, l := range lines {
		f := strings.Fields(l)
		all = append(all, fmt.Sprintf(
			`INSERT INTO posting (org_id, journal_id, line, account, currency, amount, ref) VALUES ('%s', '%s', %d, '%s', '%s', %s, 'x')`,
			b.org.UUID(), id, from+i, f[0], f[1], f[2]))
	}
	return all
}

const (
	someID  = "00000000-0000-7000-8000-000000000001"
	otherID = "00000000-0000-7000-8000-000000000002"
)

// primed has March open and the accounts of the attacks, with one journal in it.
func primed(t *testing.T) (*books, string) {
	t.Helper()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(3), 1200))
	j := b.capture("pay:eur", march(3), 5)
	for i := range j.Postings {
		j.Postings[i].Amount.Currency = "EUR"
	}
	b.mustPost(j)
	return b, b.bySource("pay:1").ID.UUID().String()
}

const (
	checksOff = `ALTER TABLE journal DISABLE TRIGGER journal_l1_l9; ALTER TABLE posting DISABLE TRIGGER posting_l1_l9`
	sealOff   = `ALTER TABLE posting DISABLE TRIGGER posting_l4`
	stampOff  = `ALTER TABLE journal DISABLE TRIGGER journal_l4_l6`
	periodOff = `ALTER TABLE acct_period DISABLE TRIGGER acct_period_l7`
	seriesOff = `ALTER TABLE document_series DISABLE TRIGGER document_series_l10; ALTER TABLE document_series DISABLE TRIGGER document_series_used`
	numberOff = `ALTER TABLE document DISABLE TRIGGER document_l10`
)

func TestL1_AJournalBalancesInEachCurrency(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	b.refused("L1_balanced",
		attack{"a penny off", b.entry(someID, "a", "receivable GBP 100", "stripe_pending GBP -99"), checksOff},
		attack{"one line", b.entry(someID, "a", "receivable GBP 100"), checksOff},
		attack{"no lines", b.entry(someID, "a"), checksOff},
		attack{"euros against pounds", b.entry(someID, "a", "receivable EUR 100", "stripe_pending GBP -100"), checksOff},
	)
	b.refused("posting_amount_some",
		attack{"a line of nothing", b.entry(someID, "a", "receivable GBP 0", "stripe_pending GBP 0"), `ALTER TABLE posting DROP CONSTRAINT posting_amount_some`})
	if err := b.control(b.entry(someID, "a", "receivable GBP 100", "stripe_pending GBP -60", "stripe_pending GBP -40")...); err != nil {
		t.Errorf("a balanced journal: %v", err)
	}
}

func TestL2_AnEarlyCheckDoesNotLetALaterLineThrough(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	early := append(b.entry(someID, "a", "receivable GBP 100", "stripe_pending GBP -100"), `SET CONSTRAINTS ALL IMMEDIATE`)

	b.refused("L1_balanced",
		attack{"a line after the check", append(early, b.lines(someID, 3, "receivable GBP 1")...), `ALTER TABLE posting DISABLE TRIGGER posting_l1_l9`})
}

func TestL3_NothingIsChangedOrRemoved(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	d := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	if err := b.db.InTx(t.Context(), func(tx *pg.Tx) error {
		_, err := b.StoreFileTx(t.Context(), tx, b.org, d.ID, []byte("%PDF"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for table, change := range map[string]string{
		"journal":         "memo = 'nothing happened'",
		"posting":         "ref = 'ord_2'",
		"ledger_account":  "clearing = false",
		"document":        "note = 'free'",
		"document_line":   "description = 'gift'",
		"document_file":   "pdf = ''",
		"document_series": "",
		"acct_period":     "",
	} {
		off := fmt.Sprintf(`ALTER TABLE %[1]s DISABLE TRIGGER %[1]s_l3`, table)
		if change != "" {
			b.refused("L3_append_only",
				attack{"update " + table, []string{"UPDATE " + table + " SET " + change}, ""},
				attack{"update of no row of " + table, []string{"UPDATE " + table + " SET " + change + " WHERE false"}, off})
		}
		b.refused("L3_append_only",
			attack{"delete from " + table, []string{"DELETE FROM " + table + " WHERE false"}, off},
			attack{"truncate " + table, []string{"TRUNCATE " + table + " CASCADE"}, ""})
		if err := b.run(`SET LOCAL session_replication_role = replica`, "DELETE FROM "+table); err == nil {
			t.Errorf("posing as a replica emptied %s", table)
		}
	}
	var off []string
	err := b.db.Pool().QueryRow(t.Context(), `
		SELECT array_agg(tgname::text)
		  FROM pg_trigger
		 WHERE NOT tgisinternal AND tgenabled <> 'A' AND tgfoid::regproc::text LIKE 'ledger%'`).Scan(&off)
	if err != nil || off != nil {
		t.Errorf("a superuser who poses as a replica would not fire %v: %v", off, err)
	}
	if got := b.balance(ledger.Receivable, "ord_1"); got != -1200 {
		t.Errorf("the order has %d, want -1200", got)
	}
}

func TestL4_ACommittedJournalIsSealed(t *testing.T) {
	t.Parallel()
	b, id := primed(t)
	b.refused("L4_sealed",
		attack{"two more lines that balance", b.lines(id, 3, "receivable GBP 1", "stripe_pending GBP -1"), sealOff})

	if err := b.run(b.entry(someID, "forged", "receivable GBP 100", "stripe_pending GBP -100")...); err != nil {
		t.Fatal(err)
	}
	if forged := b.bySource("forged"); forged.PostedAt.Year() == 2000 {
		t.Errorf("a forged time of posting stays: %s", forged.PostedAt)
	}
	b.refused("L4_sealed",
		attack{"lines for a journal with a forged transaction", b.lines(someID, 3, "receivable GBP 1", "stripe_pending GBP -1"), sealOff})

	d := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	b.refused("L4_sealed", attack{"one more line for a document", []string{fmt.Sprintf(
		`INSERT INTO document_line SELECT org_id, document_id, 2, NULL, 'gift', 1, 0, 0, 0, 0, 0, 0, 'GB-zero', '' FROM document_line WHERE document_id = '%s'`, d.ID.UUID())},
		`ALTER TABLE document_line DISABLE TRIGGER document_line_l4`})
}

func TestL5_ASourceCountsOnce(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	b.refused("journal_source_unique",
		attack{"the same source again", b.entry(someID, "pay:1", "receivable GBP 100", "stripe_pending GBP -100"),
			`ALTER TABLE journal DROP CONSTRAINT journal_source_unique`})

	var wins sync.Map
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			posted, err := b.post(b.capture("pay:race", march(4), 1))
			if err != nil {
				t.Error(err)
			} else if posted[0] {
				wins.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	wins.Range(func(any, any) bool { n++; return true })
	if n != 1 || b.balance(ledger.StripePending, "ch_pay:race") != 1 {
		t.Errorf("%d of 20 posted it", n)
	}
}

func TestL6_AClosedMonthGetsNothingNew(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	if err := b.Close(t.Context(), b.ada, b.org, march(1)); err != nil {
		t.Fatal(err)
	}
	b.refused("L6_period_open",
		attack{"a journal of the closed month", b.entry(someID, "a", "receivable GBP 100", "stripe_pending GBP -100"), stampOff + `;
			ALTER TABLE posting DISABLE TRIGGER posting_l4`},
		attack{"a journal of a month without a period", []string{fmt.Sprintf(
			`INSERT INTO journal (org_id, id, source_key, kind, effective_on, posted_at, actor, xid) VALUES ('%s', '%s', 'a', 'manual', '2031-01-05', '2000-01-01', 'm', '7')`,
			b.org.UUID(), someID)}, ""})
}

// TestScenario62_ACloseWaitsForAPostingInFlight also covers the other side: who
// starts to post while a close is under way posts into the next month.
func TestScenario62_ACloseWaitsForAPostingInFlight(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	before, err := b.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	posted, closing := make(chan struct{}), make(chan error, 1)
	err = b.db.InTx(t.Context(), func(tx *pg.Tx) error {
		if _, err := b.PostTx(t.Context(), tx, b.capture("pay:flight", march(30), 7)); err != nil {
			return err
		}
		go func() {
			close(posted)
			closing <- b.Close(t.Context(), b.ada, b.org, march(1))
		}()
		<-posted
		return b.waitForLock(closing)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closing; err != nil {
		t.Fatal(err)
	}

	periods, err := b.Periods(t.Context(), b.db.Pool(), b.org)
	if err != nil || !periods[len(periods)-1].Closed || periods[len(periods)-1].Snapshot == before {
		t.Errorf("the close did not include what was in flight: %+v, %v", periods, err)
	}
	if after, err := b.snapshot(); err != nil || after != periods[len(periods)-1].Snapshot {
		t.Errorf("the closed month changed: %v", err)
	}
}

func TestL6_APostingStartedDuringACloseGoesToTheNextMonth(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	posting := make(chan error, 1)
	err := b.db.InTx(t.Context(), func(tx *pg.Tx) error {
		err := b.CloseTx(t.Context(), tx, b.ada, b.org, march(1), nil)
		if err != nil {
			return err
		}
		go func() {
			_, err := b.post(b.capture("pay:during", march(30), 7))
			posting <- err
		}()
		return b.waitForLock(posting)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-posting; err != nil {
		t.Fatal(err)
	}
	if on := b.bySource("pay:during").On; on.Month() != time.April {
		t.Errorf("posted on %s", on)
	}
}

// waitForLock returns when a session of this database waits for a lock. It
// fails when done reports first: whoever should wait did not.
func (b *books) waitForLock(done chan error) error {
	for b.Context().Err() == nil {
		var waiting bool
		err := b.db.Pool().QueryRow(b.Context(),
			`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil || waiting {
			return err
		}
		select {
		case err := <-done:
			return fmt.Errorf("nobody waited: %w", errors.Join(err, errors.New("it is done already")))
		default:
		}
	}
	return b.Context().Err()
}

func (b *books) snapshot() (hash string, err error) {
	err = b.db.InTx(b.Context(), func(tx *pg.Tx) error {
		hash, err = b.SnapshotTx(b.Context(), tx, b.org, march(1))
		return err
	})
	return hash, err
}

func TestL7_MonthsCloseInOrderAndOnlyTheLastOpensAgain(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	b.mustPost(b.capture("pay:apr", march(31).AddDate(0, 0, 1), 1))
	closeSQL := func(month string) string {
		return fmt.Sprintf(`UPDATE acct_period SET state = 'closed', closed_by = 'mallory', closed_at = '2026-05-01', snapshot = 'x' WHERE month = '%s'`, month)
	}
	reopen := func(month, asked, by string) []string {
		return []string{
			fmt.Sprintf(`UPDATE acct_period SET reopen_asked_by = %s WHERE month = '%s'`, asked, month),
			fmt.Sprintf(`UPDATE acct_period SET state = 'open', reopened_by = %s, closed_by = NULL, closed_at = NULL, snapshot = NULL WHERE month = '%s'`, by, month),
		}
	}
	b.refused("L7_in_order", attack{"April before March", []string{closeSQL("2026-04-01")}, periodOff})
	if err := b.run(closeSQL("2026-03-01"), closeSQL("2026-04-01")); err != nil {
		t.Fatal(err)
	}
	b.refused("L7_in_order",
		attack{"March while April is closed", reopen("2026-03-01", "'ada'", "'ben'"), periodOff},
		attack{"a new month before a closed one", []string{fmt.Sprintf(`INSERT INTO acct_period (org_id, month) VALUES ('%s', '2026-01-01')`, b.org.UUID())}, periodOff},
		attack{"another snapshot", []string{`UPDATE acct_period SET snapshot = 'y' WHERE month = '2026-04-01'`}, periodOff},
		attack{"a month moved away", []string{`UPDATE acct_period SET month = '2027-04-01' WHERE month = '2026-04-01'`}, ""})
	b.refused("L7_two_people",
		attack{"one person alone", reopen("2026-04-01", "'ada'", "'ada'"), periodOff},
		attack{"nobody asked", reopen("2026-04-01", "NULL", "'ada'"), periodOff})
	if err := b.control(reopen("2026-04-01", "'ada'", "'ben'")...); err != nil {
		t.Errorf("two people, the last month: %v", err)
	}
}

func TestL8_LinesStayInTheirOrganisationAndCurrency(t *testing.T) {
	t.Parallel()
	b, id := primed(t)
	other := b.organisation("southern")
	theirs := func(sql string) []string {
		return []string{strings.ReplaceAll(sql, b.org.UUID().String(), other.UUID().String())}
	}
	b.refused("posting_journal_fk",
		attack{"a line of another organisation", theirs(b.lines(id, 3, "receivable GBP 1")[0]), ""})
	b.refused("posting_account_fk",
		attack{"an account in a currency it has not", b.entry(someID, "a", "receivable USD 1", "receivable USD -1"),
			`ALTER TABLE posting DROP CONSTRAINT posting_account_fk`})
	b.refused("journal_reverses_fk", attack{"a reversal of another organisation's journal", []string{
		fmt.Sprintf(`INSERT INTO acct_period (org_id, month) VALUES ('%s', '2026-03-01')`, other.UUID()),
		fmt.Sprintf(`INSERT INTO journal (org_id, id, source_key, kind, effective_on, posted_at, actor, xid, reverses)
			VALUES ('%s', '%s', 'a', 'reversal', '2026-03-05', '2000-01-01', 'm', '7', '%s')`, other.UUID(), someID, id)}, ""})
}

func TestL9_AReversalMirrorsItsJournalExactlyAndOnce(t *testing.T) {
	t.Parallel()
	b, id := primed(t)
	reversal := func(at, source string, lines ...string) []string {
		sql := b.entry(at, source, lines...)
		sql[0] = strings.Replace(strings.Replace(sql[0], ", xid)", ", xid, reverses)", 1), "'7'::xid8)", "'7'::xid8, '"+id+"')", 1)
		for i, ref := range map[int]string{1: "ch_pay:1", 2: "ord_1"} {
			if i < len(sql) {
				sql[i] = strings.Replace(sql[i], "'x'", "'"+ref+"'", 1)
			}
		}
		return sql
	}
	b.mustRun(`INSERT INTO ledger_account SELECT org_id, 'fees', currency, 'expense', false FROM ledger_account WHERE code = 'receivable'`)
	b.refused("L9_mirror",
		attack{"half of it", reversal(someID, "a", "stripe_pending GBP -600", "receivable GBP 600"), checksOff},
		attack{"the wrong way round", reversal(someID, "a", "receivable GBP -1200", "stripe_pending GBP 1200"), checksOff},
		attack{"something on top", reversal(someID, "a", "stripe_pending GBP -1200", "receivable GBP 1200", "fees GBP 5", "receivable GBP -5"),
			checksOff})
	right := reversal(someID, "a", "stripe_pending GBP -1200", "receivable GBP 1200")
	if err := b.run(right...); err != nil {
		t.Fatalf("the exact mirror: %v", err)
	}
	b.refused("journal_reverses_unique",
		attack{"a second time", reversal(otherID, "b", "stripe_pending GBP -1200", "receivable GBP 1200"), `DROP INDEX journal_reverses_unique`})
}
