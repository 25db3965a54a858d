package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// PostTx books journals, each once: posted[i] is false when the organisation
// has a journal of that SourceKey already, and then nothing of js[i] is
// written. A day in a closed month becomes the first day of the first open
// month, and the memo says the day. Journals that do not balance are refused
// with an error that is a bug of the caller, here or, whatever happens here, at
// commit.
func (s *Service) PostTx(ctx context.Context, tx *pg.Tx, js ...Journal) (posted []bool, err error) {
	if len(js) == 0 {
		return nil, nil
	}
	js = slices.Clone(js)
	for _, j := range js {
		if err := j.check(); err != nil {
			return nil, fmt.Errorf("journal %s: %w", j.SourceKey, err)
		}
	}
	if err := s.dateTx(ctx, tx, js); err != nil {
		return nil, err
	}
	return s.writeTx(ctx, tx, js, nil)
}

func (j Journal) check() error {
	if j.Org.IsZero() || j.SourceKey == "" || j.Kind == "" || j.Actor == "" || j.On.IsZero() {
		return fmt.Errorf("organisation, source, kind, actor and day are needed: %+v", j)
	}
	if !j.On.Equal(Day(j.On, time.UTC)) {
		return fmt.Errorf("the day %s is not a midnight in UTC", j.On)
	}
	if len(j.Postings) < 2 {
		return fmt.Errorf("%d postings, want two or more", len(j.Postings))
	}
	sums := map[string]int64{}
	for _, p := range j.Postings {
		if _, ok := chart[p.Account]; !ok || p.Ref == "" || p.Amount.Minor == 0 || !p.Amount.Currency.Valid() {
			return fmt.Errorf("posting %+v has no known account, reference, amount or currency", p)
		}
		sums[string(p.Amount.Currency)] += p.Amount.Minor
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("does not balance: %d %s are left over", sum, currency)
		}
	}
	return nil
}

// dateTx gives each journal a day in an open month, which stays open until the
// transaction ends.
func (s *Service) dateTx(ctx context.Context, tx *pg.Tx, js []Journal) error {
	days := map[uid.Org][]time.Time{}
	for _, j := range js {
		days[j.Org] = append(days[j.Org], j.On)
	}
	for _, org := range sortedOrgs(days) {
		open, err := s.openDaysTx(ctx, tx, org, days[org])
		if err != nil {
			return err
		}
		for i := range js {
			if js[i].Org != org {
				continue
			}
			own := js[i].On
			if js[i].On = open[own]; !js[i].On.Equal(own) {
				js[i].Memo = strings.TrimSpace(fmt.Sprintf("%s (of %s, when the books were closed)", js[i].Memo, own.Format(time.DateOnly)))
			}
		}
	}
	return nil
}

func sortedOrgs(m map[uid.Org][]time.Time) []uid.Org {
	orgs := make([]uid.Org, 0, len(m))
	for org := range m {
		orgs = append(orgs, org)
	}
	slices.SortFunc(orgs, func(a, b uid.Org) int { return cmp.Compare(a.String(), b.String()) })
	return orgs
}

const sqlPostAccounts = `
INSERT INTO ledger_account (org_id, code, currency, kind, clearing)
SELECT DISTINCT org_id, code, currency, kind, clearing
  FROM unnest(@orgs::uuid[], @codes::text[], @currencies::text[], @kinds::text[], @clearing::boolean[])
    AS a (org_id, code, currency, kind, clearing)
 ORDER BY org_id, code, currency
    ON CONFLICT (org_id, code, currency) DO NOTHING`

const sqlPostJournals = `
WITH wanted AS (
  SELECT org_id, id, source_key, kind, effective_on, actor, memo, reverses
    FROM unnest(@orgs::uuid[], @ids::uuid[], @sources::text[], @kinds::text[], @days::date[], @actors::text[], @memos::text[], @reverses::uuid[])
      AS j (org_id, id, source_key, kind, effective_on, actor, memo, reverses)
), made AS (
  INSERT INTO journal (org_id, id, source_key, kind, effective_on, posted_at, actor, memo, reverses, xid)
  SELECT org_id, id, source_key, kind, effective_on, @now, actor, memo, reverses, '0'::xid8
    FROM wanted
   ORDER BY org_id, source_key
      ON CONFLICT (org_id, source_key) DO NOTHING
  RETURNING id
), lines AS (
  INSERT INTO posting (org_id, journal_id, line, account, currency, amount, ref)
  SELECT org_id, journal_id, line, account, currency, amount, ref
    FROM unnest(@line_orgs::uuid[], @line_journals::uuid[], @lines::smallint[], @accounts::text[], @currencies::text[], @amounts::bigint[], @refs::text[])
      AS p (org_id, journal_id, line, account, currency, amount, ref)
   WHERE journal_id IN (SELECT id FROM made)
)
SELECT id FROM made`

// writeTx inserts dated journals; reverses says which journal each takes back.
func (s *Service) writeTx(ctx context.Context, tx *pg.Tx, js []Journal, reverses []uid.Journal) ([]bool, error) {
	if reverses == nil {
		reverses = make([]uid.Journal, len(js))
	}
	var orgs, lineOrgs []uid.Org
	var ids, lineJournals []uid.Journal
	var sources, kinds, actors, memos, accounts, accountKinds, currencies, refs []string
	var days []time.Time
	var lines []int16
	var amounts []int64
	var clearing []bool
	for _, j := range js {
		id := uid.New[uid.Journal]()
		orgs, ids, sources, kinds = append(orgs, j.Org), append(ids, id), append(sources, j.SourceKey), append(kinds, string(j.Kind))
		days, actors, memos = append(days, j.On), append(actors, j.Actor), append(memos, j.Memo)
		for i, p := range j.Postings {
			e := chart[p.Account]
			lineOrgs, lineJournals, lines = append(lineOrgs, j.Org), append(lineJournals, id), append(lines, int16(i+1))
			accounts, refs = append(accounts, string(p.Account)), append(refs, p.Ref)
			currencies, amounts = append(currencies, string(p.Amount.Currency)), append(amounts, p.Amount.Minor)
			accountKinds, clearing = append(accountKinds, string(e.Kind)), append(clearing, e.Clearing)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(sqlPostAccounts, pgx.StrictNamedArgs{
		"orgs": lineOrgs, "codes": accounts, "currencies": currencies, "kinds": accountKinds, "clearing": clearing,
	})
	made := map[uid.Journal]bool{}
	batch.Queue(sqlPostJournals, pgx.StrictNamedArgs{
		"orgs": orgs, "ids": ids, "sources": sources, "kinds": kinds, "days": days, "actors": actors, "memos": memos,
		"reverses": reverses, "now": tx.Now, "line_orgs": lineOrgs, "line_journals": lineJournals, "lines": lines,
		"accounts": accounts, "currencies": currencies, "amounts": amounts, "refs": refs,
	}).Query(func(rows pgx.Rows) error {
		var id uid.Journal
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { made[id] = true; return nil })
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("post %d journals: %w", len(js), err)
	}
	posted := make([]bool, len(js))
	for i, id := range ids {
		posted[i] = made[id]
	}
	return posted, nil
}

// ReverseTx takes a journal back by booking its mirror image on the given day.
// Doing so again with the same key changes nothing; reversing a journal that
// another key has reversed already is refused with WRONG_STATE.
func (s *Service) ReverseTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Journal, sourceKey string, on time.Time, actor, memo string) error {
	found, err := s.journals(ctx, tx, sqlJournalsByID, pgx.StrictNamedArgs{"org_id": org, "ids": []uid.Journal{id}})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.NotFound("journal")
	}
	j := Journal{Org: org, SourceKey: sourceKey, Kind: KindReversal, On: on, Actor: actor, Memo: memo}
	for _, p := range found[0].Postings {
		p.Amount = p.Amount.Neg()
		j.Postings = append(j.Postings, p)
	}
	if err := j.check(); err != nil {
		return fmt.Errorf("reverse %s: %w", id, err)
	}
	js := []Journal{j}
	if err := s.dateTx(ctx, tx, js); err != nil {
		return err
	}
	_, err = s.writeTx(ctx, tx, js, []uid.Journal{id})
	if pg.Constraint(err) == "journal_reverses_unique" {
		return fault.Precondition(fault.WrongState, "This entry was reversed already.").Because(err)
	}
	return err
}
