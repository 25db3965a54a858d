package bank

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

// waiting is a line that is to be written.
type waiting struct {
	line   statement.Line
	key    [sha256.Size]byte
	sample int // its place in the sample, or -1
}

// take puts a line down, and writes a batch when enough have come.
func (j *importJob) take(ctx context.Context, l statement.Line) error {
	if err := j.upTo(ctx, l.Statement); err != nil {
		return err
	}
	w := waiting{line: l, key: j.key(l), sample: -1}
	if len(j.out.Sample) < sampled {
		w.sample = len(j.out.Sample)
		j.out.Sample = append(j.out.Sample, SampleLine{Line: l, Known: true})
	}
	if j.waiting = append(j.waiting, w); len(j.waiting) == atOnce {
		return j.flush(ctx)
	}
	return nil
}

// key is what makes a line the same in another statement: the bank's id with day
// and amount, since some banks use an id again, or what else is known of it. The
// place among equals tells two of them apart that one file has.
func (j *importJob) key(l statement.Line) [sha256.Size]byte {
	like := fmt.Sprintf("id\x00%s\x00%s\x00%d", l.BankID, l.On.Format(time.DateOnly), l.Amount.Minor)
	if l.BankID == "" {
		like = fmt.Sprintf("text\x00%s\x00%d\x00%s\x00%s\x00%s", l.On.Format(time.DateOnly), l.Amount.Minor, l.Text, l.Reference, l.Party)
	}
	sum := sha256.Sum256([]byte(like))
	place := j.places[sum]
	j.places[sum] = place + 1
	if place == 0 {
		return sum
	}
	return sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", like, place))
}

const sqlInsertLines = `
INSERT INTO bank_line (org_id, id, account_id, statement_id, ref, key, row, booked_on, value_on, amount_minor, currency, text, reference, party, bank_id)
SELECT @org_id, id, @account_id, @statement_id, ref, key, row, booked_on, value_on, amount, @currency, text, reference, party, bank_id
  FROM unnest(@ids::uuid[], @refs::text[], @keys::bytea[], @rows::int[], @booked::date[], @valued::date[], @amounts::bigint[],
              @texts::text[], @references::text[], @parties::text[], @bank_ids::text[])
    AS l (id, ref, key, row, booked_on, value_on, amount, text, reference, party, bank_id)
    ON CONFLICT ON CONSTRAINT bank_line_key_unique DO NOTHING
RETURNING id`

// flush writes the lines that wait, and books the new ones.
func (j *importJob) flush(ctx context.Context) error {
	n := len(j.waiting)
	if n == 0 {
		return nil
	}
	ids, refs, keys, rows := make([]uid.BankLine, n), make([]string, n), make([][]byte, n), make([]int, n)
	booked, valued, amounts := make([]time.Time, n), make([]*time.Time, n), make([]int64, n)
	texts, references, parties, bankIDs := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range j.waiting {
		w := &j.waiting[i]
		ids[i] = uid.New[uid.BankLine]()
		refs[i], keys[i], rows[i], booked[i], amounts[i] = ids[i].String(), w.key[:], w.line.Row, w.line.On, w.line.Amount.Minor
		if !w.line.ValueOn.IsZero() {
			valued[i] = &w.line.ValueOn
		}
		texts[i], references[i], parties[i], bankIDs[i] = w.line.Text, w.line.Reference, w.line.Party, w.line.BankID
	}
	found, err := j.tx.Query(ctx, sqlInsertLines, pgx.StrictNamedArgs{
		"org_id": j.in.Org, "account_id": j.on.ID, "statement_id": j.id, "currency": j.on.Currency, "ids": ids, "refs": refs, "keys": keys,
		"rows": rows, "booked": booked, "valued": valued, "amounts": amounts, "texts": texts, "references": references, "parties": parties,
		"bank_ids": bankIDs,
	})
	if err != nil {
		return fmt.Errorf("keep bank lines: %w", err)
	}
	made, err := pgx.CollectRows(found, pgx.RowTo[uid.BankLine])
	if err != nil {
		return fmt.Errorf("keep bank lines: %w", err)
	}
	isNew := make(map[uid.BankLine]bool, len(made))
	for _, id := range made {
		isNew[id] = true
	}
	return j.book(ctx, ids, isNew)
}

// book enters the new lines into the ledger (J9).
func (j *importJob) book(ctx context.Context, ids []uid.BankLine, isNew map[uid.BankLine]bool) error {
	var journals []ledger.Journal
	for i, w := range j.waiting {
		if !isNew[ids[i]] {
			j.old++
			continue
		}
		j.fresh++
		j.freshSum += w.line.Amount.Minor
		if w.sample >= 0 {
			j.out.Sample[w.sample].Known = false
		}
		if w.line.Amount.Minor != 0 {
			journals = append(journals, ledger.BankLine(ledger.Source{
				Org: j.in.Org, Key: "bank:" + ids[i].String(), On: w.line.On, Actor: j.actor, Memo: "Statement of " + j.on.Name,
			}, j.on.ID.String(), ids[i].String(), "", money.New(w.line.Amount.Minor, j.on.Currency)))
		}
	}
	j.waiting = j.waiting[:0]
	if j.preview {
		return nil
	}
	_, err := j.s.books.PostTx(ctx, j.tx, journals...)
	return err
}
