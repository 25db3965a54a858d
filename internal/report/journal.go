package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Detail says how much a journal file tells.
type Detail string

// The details.
const (
	Summary  Detail = "summary"  // one journal for the whole period
	Detailed Detail = "detailed" // each of our journals by itself
)

// JournalInput says which journals a package is to be given.
type JournalInput struct {
	Org    uid.Org
	System System
	// From and Until are the first day and the day after the last.
	From, Until time.Time
	Currency    money.Currency
	Detail      Detail
	// Again includes what the package has been given before.
	Again bool
}

// JournalPreview says what a file would hold.
type JournalPreview struct {
	Journals, Lines int
	// Debits is the sum of the lines above zero, in minor units.
	Debits int64
	// Before is how many of the period's journals the package has been given; they are
	// left out unless they are asked for again.
	Before int
	// Unmapped are the accounts, with their references where the account has others
	// that are mapped, for which the package's account is not known.
	Unmapped []ledger.Account
	// OtherCurrencies have postings in the period, too; each takes a file of its own.
	OtherCurrencies []money.Currency
	// Open says that the period is not closed: it can still change.
	Open bool
}

// ledgerLine is a posting on its way into a file.
type ledgerLine struct {
	Journal uid.Journal
	On      time.Time
	Kind    ledger.Kind
	Memo    string
	Account ledger.Account
	Ref     string
	Amount  int64
	Before  bool
}

const sqlLedgerLines = `
SELECT j.id AS journal, j.effective_on AS on, j.kind, j.memo, p.account, p.ref, p.amount,
       EXISTS (SELECT
                 FROM report_export_journal x
                 JOIN report_export e ON e.org_id = x.org_id AND e.id = x.export_id
                WHERE x.org_id = j.org_id
                  AND x.system = @system
                  AND x.journal_id = j.id
                  AND e.currency = @currency) AS before
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.effective_on >= @from
   AND j.effective_on < @until
   AND p.currency = @currency
 ORDER BY j.effective_on, j.id, p.line`

const sqlOtherCurrencies = `
SELECT DISTINCT p.currency
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.effective_on >= @from
   AND j.effective_on < @until
   AND p.currency <> @currency
 ORDER BY p.currency`

const sqlOpenPeriod = `
SELECT EXISTS (SELECT
                 FROM generate_series(date_trunc('month', @from::date::timestamp), @until::date - 1, interval '1 month') AS m (month)
                 LEFT JOIN acct_period p ON p.org_id = @org_id AND p.month = m.month::date
                WHERE p.state IS DISTINCT FROM 'closed')`

// gathering is what a file is made from.
type gathering struct {
	preview  JournalPreview
	entries  []entry
	journals []uid.Journal
}

// gather reads the period's journals and turns them into the package's.
func gather(ctx context.Context, q pg.Querier, in JournalInput) (gathering, error) {
	var g gathering
	if err := in.check(); err != nil {
		return g, err
	}
	m, err := mapping(ctx, q, in.Org, in.System)
	if err != nil {
		return g, err
	}
	lines, err := in.read(ctx, q, &g.preview)
	if err != nil {
		return g, err
	}
	before, seen := map[uid.Journal]bool{}, map[uid.Journal]bool{}
	kept := lines[:0]
	for _, l := range lines {
		if l.Before {
			before[l.Journal] = true
			if !in.Again {
				continue
			}
		}
		if !seen[l.Journal] {
			seen[l.Journal] = true
			g.journals = append(g.journals, l.Journal)
		}
		kept = append(kept, l)
	}
	g.preview.Before, g.preview.Journals = len(before), len(g.journals)
	if in.Detail == Summary {
		g.entries = in.summary(m, kept, &g.preview)
	} else {
		g.entries = in.detailed(m, kept, &g.preview)
	}
	slices.SortFunc(g.preview.Unmapped, func(a, b ledger.Account) int { return cmp.Compare(chartPlace(a), chartPlace(b)) })
	for _, e := range g.entries {
		for _, l := range e.Lines {
			g.preview.Lines++
			g.preview.Debits += max(l.Amount, 0)
		}
	}
	return g, nil
}

func (in JournalInput) check() error {
	switch {
	case in.System.Title() == "":
		return fault.InvalidField("package", "system.unknown", "is no accounts package that we write for")
	case in.From.IsZero() || !in.From.Before(in.Until):
		return fault.InvalidField("last_day", "period.order", "must be a day after the first")
	case in.Until.Sub(in.From) > 400*24*time.Hour:
		return fault.InvalidField("last_day", "period.long", "is more than a year after the first day")
	case !in.Currency.Valid():
		return fault.InvalidField("currency", "currency.unknown", "is no currency that is used here")
	case in.Detail != Summary && in.Detail != Detailed:
		return fault.InvalidField("detail", "detail.unknown", "must be summary or detailed")
	}
	return nil
}

func (in JournalInput) read(ctx context.Context, q pg.Querier, p *JournalPreview) ([]ledgerLine, error) {
	args := pgx.StrictNamedArgs{"org_id": in.Org, "from": in.From, "until": in.Until, "currency": in.Currency}
	rows, err := q.Query(ctx, sqlOtherCurrencies, args)
	if err != nil {
		return nil, fmt.Errorf("read currencies: %w", err)
	}
	if p.OtherCurrencies, err = pgx.CollectRows(rows, pgx.RowTo[money.Currency]); err != nil {
		return nil, fmt.Errorf("read currencies: %w", err)
	}
	err = q.QueryRow(ctx, sqlOpenPeriod, pgx.StrictNamedArgs{"org_id": in.Org, "from": in.From, "until": in.Until}).Scan(&p.Open)
	if err != nil {
		return nil, fmt.Errorf("read the period: %w", err)
	}
	args["system"] = in.System
	if rows, err = q.Query(ctx, sqlLedgerLines, args); err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByName[ledgerLine])
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	return lines, nil
}

func (p *JournalPreview) unmapped(a ledger.Account) {
	if !slices.Contains(p.Unmapped, a) {
		p.Unmapped = append(p.Unmapped, a)
	}
}

// detailed keeps our journals as they are.
func (in JournalInput) detailed(m Mapping, lines []ledgerLine, p *JournalPreview) []entry {
	var entries []entry
	var last uid.Journal
	for _, l := range lines {
		to, ok := m.of(l.Account, l.Ref)
		if !ok {
			p.unmapped(l.Account)
		}
		if l.Journal != last || len(entries) == 0 {
			last = l.Journal
			entries = append(entries, entry{Number: journalNumber(l.Journal), On: l.On, Narration: kindWords(l.Kind, l.Memo)})
		}
		e := &entries[len(entries)-1]
		e.Lines = append(e.Lines, entryLine{To: to, Amount: l.Amount, Text: e.Narration + " · " + l.Ref, Ref: l.Ref})
	}
	return entries
}

// journalNumber is short enough for every package, and always the same for a
// journal: the random end of its id.
func journalNumber(id uid.Journal) string {
	s := id.String()
	return "L-" + strings.ToUpper(s[len(s)-10:])
}

func kindWords(kind ledger.Kind, memo string) string {
	words := strings.ReplaceAll(string(kind), "_", " ")
	words = strings.ToUpper(words[:1]) + words[1:]
	if memo != "" {
		return words + " · " + memo
	}
	return words
}

// summary adds the period up into one journal, by the package's accounts.
func (in JournalInput) summary(m Mapping, lines []ledgerLine, p *JournalPreview) []entry {
	type place struct {
		to      MappingLine
		account ledger.Account
	}
	sums := map[place]int64{}
	var order []place
	for _, l := range lines {
		to, ok := m.of(l.Account, l.Ref)
		if !ok {
			p.unmapped(l.Account)
		}
		at := place{to, l.Account}
		if _, ok := sums[at]; !ok {
			order = append(order, at)
		}
		sums[at] += l.Amount
	}
	slices.SortStableFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(chartPlace(a.account), chartPlace(b.account)), strings.Compare(a.to.Ref, b.to.Ref))
	})
	last := in.Until.AddDate(0, 0, -1)
	e := entry{
		Number: "LAN-" + last.Format("20060102") + "-" + string(in.Currency), On: last,
		Narration: "Lanyard " + in.From.Format("2 Jan 2006") + " to " + last.Format("2 Jan 2006"),
	}
	for _, at := range order {
		if sums[at] != 0 {
			e.Lines = append(e.Lines, entryLine{To: at.to, Amount: sums[at], Text: strings.TrimSuffix(titles[at.account]+" "+at.to.Ref, " ")})
		}
	}
	if len(e.Lines) == 0 {
		return nil
	}
	return []entry{e}
}

func chartPlace(a ledger.Account) int {
	return slices.IndexFunc(ledger.Chart(), func(e ledger.Entry) bool { return e.Account == a })
}

// PreviewJournal says what a file of journals would hold.
func (s *Service) PreviewJournal(ctx context.Context, in JournalInput) (JournalPreview, error) {
	g, err := gather(ctx, s.db.Pool(), in)
	return g.preview, err
}
