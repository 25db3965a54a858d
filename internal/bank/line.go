package bank

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// lineRow is a row of bank_line.
type lineRow struct {
	OrgID       uid.Org
	ID          uid.BankLine
	AccountID   uid.BankAccount
	StatementID uid.Statement
	Ref         string
	Row         int
	BookedOn    time.Time
	ValueOn     *time.Time
	AmountMinor int64
	Currency    money.Currency
	Text        string
	Reference   string
	Party       string
	BankID      string
}

const lineColumns = `l.org_id, l.id, l.account_id, l.statement_id, l.ref, l.row, l.booked_on, l.value_on, l.amount_minor, l.currency, l.text,
       l.reference, l.party, l.bank_id`

// LineFilter narrows the list of lines; its zero value is all of them.
type LineFilter struct {
	// Account keeps one bank account's, and Statement those that one brought.
	Account   uid.BankAccount
	Statement uid.Statement
	// Open keeps lines that are not explained, or not in full; Explained the others.
	Open, Explained bool
	// From and Until bound the day; Until is exclusive.
	From, Until time.Time
	// Query keeps lines with this in their text, reference or name, or of this
	// amount, such as "1,234.50".
	Query string
	// After is where the page starts: behind this line.
	After *AfterLine
	// Size is how many; 0 is 100.
	Size int
}

// AfterLine is where a page of lines starts.
type AfterLine struct {
	On time.Time    `json:"on"`
	ID uid.BankLine `json:"id"`
}

const sqlLines = `
SELECT ` + lineColumns + `
  FROM bank_line l
  LEFT JOIN open_item o ON o.org_id = @org_id AND o.account = 'bank_suspense' AND o.ref = l.ref
 WHERE l.org_id = @org_id
   AND (@account_id::uuid IS NULL OR l.account_id = @account_id)
   AND (@statement_id::uuid IS NULL OR l.statement_id = @statement_id)
   AND (NOT @open OR o.ref IS NOT NULL)
   AND (NOT @explained OR o.ref IS NULL)
   AND (@from::date IS NULL OR l.booked_on >= @from)
   AND (@until::date IS NULL OR l.booked_on < @until)
   AND (@words = '' OR strpos(lower(l.text || ' ' || l.reference || ' ' || l.party), @words) > 0
        OR l.amount_minor = @minor::bigint OR l.amount_minor = -@minor::bigint)
   AND (@first OR (l.booked_on, l.id) < (@after_on::date, @after_id::uuid))
 ORDER BY l.booked_on DESC, l.id DESC
 LIMIT @size`

// Lines lists lines, the latest first, and says where the next page starts; nil
// when there is none.
func (s *Service) Lines(ctx context.Context, org uid.Org, f LineFilter) ([]Line, *AfterLine, error) {
	if f.Size <= 0 || f.Size > 1000 {
		f.Size = 100
	}
	after := AfterLine{}
	if f.After != nil {
		after = *f.After
	}
	words := strings.ToLower(strings.TrimSpace(f.Query))
	rows, err := many[lineRow](ctx, s.db.Pool(), sqlLines, pgx.StrictNamedArgs{
		"org_id": org, "account_id": f.Account, "statement_id": f.Statement, "open": f.Open, "explained": f.Explained,
		"from": dayOrNull(f.From), "until": dayOrNull(f.Until), "words": words, "minor": hundredths(words),
		"first": f.After == nil, "after_on": after.On, "after_id": after.ID, "size": f.Size + 1,
	}, "list bank lines")
	if err != nil {
		return nil, nil, err
	}
	var next *AfterLine
	if len(rows) > f.Size {
		rows = rows[:f.Size]
		last := rows[f.Size-1]
		next = &AfterLine{On: last.BookedOn, ID: last.ID}
	}
	lines, err := s.dressLines(ctx, s.db.Pool(), org, rows)
	return lines, next, err
}

func dayOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// hundredths reads a search for an amount; nil when it is none.
func hundredths(words string) *int64 {
	words = strings.TrimLeft(strings.ReplaceAll(words, ",", ""), "£€$-+")
	a, err := money.Parse(words, money.GBP)
	if err != nil {
		return nil
	}
	return &a.Minor
}

const sqlLine = `
SELECT ` + lineColumns + `
  FROM bank_line l
 WHERE l.org_id = @org_id
   AND l.id = @id`

// Line returns one line.
func (s *Service) Line(ctx context.Context, org uid.Org, id uid.BankLine) (Line, error) {
	return s.line(ctx, s.db.Pool(), org, id)
}

func (s *Service) line(ctx context.Context, q pg.Querier, org uid.Org, id uid.BankLine) (Line, error) {
	row, found, err := one[lineRow](ctx, q, sqlLine, pgx.StrictNamedArgs{"org_id": org, "id": id}, "read a bank line")
	if err != nil {
		return Line{}, err
	}
	if !found {
		return Line{}, fault.NotFound("bank line")
	}
	lines, err := s.dressLines(ctx, q, org, []lineRow{row})
	if err != nil {
		return Line{}, err
	}
	return lines[0], nil
}

const sqlOpenOfLines = `
SELECT ref, (-sum(amount))::bigint
  FROM posting
 WHERE org_id = @org_id
   AND account = 'bank_suspense'
   AND ref = ANY (@refs)
 GROUP BY ref`

const sqlMatchesOfLines = `
SELECT ` + matchColumns + `
  FROM bank_match
 WHERE org_id = @org_id
   AND line_id = ANY (@ids)
 ORDER BY matched_at, id`

// dressLines adds what is open of lines, and what explains them.
func (s *Service) dressLines(ctx context.Context, q pg.Querier, org uid.Org, rows []lineRow) ([]Line, error) {
	refs, ids := make([]string, len(rows)), make([]uid.BankLine, len(rows))
	for i, r := range rows {
		refs[i], ids[i] = r.Ref, r.ID
	}
	found, err := q.Query(ctx, sqlOpenOfLines, pgx.StrictNamedArgs{"org_id": org, "refs": refs})
	if err != nil {
		return nil, fmt.Errorf("read what is open of bank lines: %w", err)
	}
	open := map[string]int64{}
	var ref string
	var minor int64
	if _, err := pgx.ForEachRow(found, []any{&ref, &minor}, func() error { open[ref] = minor; return nil }); err != nil {
		return nil, fmt.Errorf("read what is open of bank lines: %w", err)
	}
	args := pgx.StrictNamedArgs{"org_id": org, "ids": ids}
	matches, err := many[matchRow](ctx, q, sqlMatchesOfLines, args, "read matches of bank lines")
	if err != nil {
		return nil, err
	}
	byLine := map[uid.BankLine][]Match{}
	for _, m := range matches {
		byLine[m.LineID] = append(byLine[m.LineID], m.match())
	}
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = Line{
			ID: r.ID, Account: r.AccountID, Statement: r.StatementID, Row: r.Row, On: r.BookedOn, ValueOn: orZero(r.ValueOn),
			Amount: money.New(r.AmountMinor, r.Currency), Open: money.New(open[r.Ref], r.Currency), Text: r.Text, Reference: r.Reference,
			Party: r.Party, BankID: r.BankID, Matches: byLine[r.ID],
		}
		lines[i].State = stateOf(lines[i])
	}
	return lines, nil
}

func stateOf(l Line) LineState {
	switch l.Open.Minor {
	case 0:
		return LineExplained
	case l.Amount.Minor:
		return LineOpen
	}
	return LinePartly
}
