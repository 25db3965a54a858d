package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Format is a kind of file.
type Format string

// The formats. CSV begins with a byte order mark, which spreadsheets need to read
// it rightly and other programs often trip over; PlainCSV has none.
const (
	FormatCSV      Format = "csv"
	FormatPlainCSV Format = "csv_plain"
	FormatXLSX     Format = "xlsx"
)

// Export is a file that left.
type Export struct {
	ID uid.Export
	// Report is a report's name, or the system that a journal is for.
	Report   string
	Format   Format
	Detail   Detail
	Currency money.Currency
	// From and Until are zero where the file has no bound.
	From, Until    time.Time
	Rows, Journals int
	// Again is how many of the journals the package had been given before.
	Again int
	// SHA256 is, in hexadecimal, the hash of what the file says.
	SHA256 string
	// Repeats is the first export that said the same; zero for most.
	Repeats   uid.Export
	RepeatsAt time.Time
	FileName  string
	Scheduled bool
	MadeAt    time.Time
	// MadeBy is a person's name, or how the program calls itself.
	MadeBy string
}

// Title says what is in the file.
func (e Export) Title() string {
	if system := System(e.Report).Title(); system != "" {
		return "Journal for " + system
	}
	return Title(Name(e.Report))
}

// ReportInput says which report is to become a file.
type ReportInput struct {
	Filter
	Report Name
	Format Format
}

// ExportReport writes a report to a file and keeps it.
func (s *Service) ExportReport(ctx context.Context, actor account.Actor, key replay.Key, in ReportInput) (Export, []byte, error) {
	table, err := s.Report(ctx, in.Report, in.Filter)
	if err != nil {
		return Export{}, nil, err
	}
	id, err := replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (uid.Export, error) {
		return s.keepReportTx(ctx, tx, actor, in, table, uid.Schedule{})
	})
	if err != nil {
		return Export{}, nil, err
	}
	return s.File(ctx, in.Org, id)
}

func (s *Service) keepReportTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in ReportInput, t Table, schedule uid.Schedule) (uid.Export, error) {
	plain := CSV(t, false)
	k := kept{
		org: in.Org, report: string(in.Report), format: in.Format, from: in.From, until: in.Until, rows: len(t.Rows), schedule: schedule,
		hash: sha256.Sum256(append([]byte(string(in.Report)+"\n"), plain...)), name: fileName(string(in.Report), in.From, in.Until),
	}
	switch in.Format {
	case FormatCSV:
		k.file, k.name = CSV(t, true), k.name+".csv"
	case FormatPlainCSV:
		k.file, k.name = plain, k.name+".csv"
	case FormatXLSX:
		var err error
		if k.file, err = XLSX(t); err != nil {
			return uid.Export{}, err
		}
		k.name += ".xlsx"
	default:
		return uid.Export{}, fault.InvalidField("format", "format.unknown", "is no kind of file that we write")
	}
	return k.tx(ctx, tx, actor)
}

func fileName(what string, from, until time.Time) string {
	name := "lanyard-" + strings.ReplaceAll(what, "_", "-")
	switch {
	case from.IsZero() && until.IsZero():
	case !from.IsZero() && ledger.Month(from).Equal(from) && from.AddDate(0, 1, 0).Equal(until):
		name += "-" + from.Format("2006-01")
	default:
		if !from.IsZero() {
			name += "-" + from.Format(time.DateOnly)
		}
		if !until.IsZero() {
			name += "-to-" + until.AddDate(0, 0, -1).Format(time.DateOnly)
		}
	}
	return name
}

const sqlOneAtATime = `
SELECT pg_advisory_xact_lock(hashtextextended('report_export ' || @org_id::uuid || @system::text, 0))`

// ExportJournal writes a period's journals for an accounts package and keeps the
// file. It fails with WRONG_STATE when an account is not mapped, or when the
// package has been given everything of the period and nobody asks for it again.
func (s *Service) ExportJournal(ctx context.Context, actor account.Actor, key replay.Key, in JournalInput) (Export, []byte, error) {
	id, err := replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (uid.Export, error) {
		// Two people at once would each leave out nothing that the other takes.
		if _, err := tx.Exec(ctx, sqlOneAtATime, pgx.StrictNamedArgs{"org_id": in.Org, "system": in.System}); err != nil {
			return uid.Export{}, fmt.Errorf("wait for other exports: %w", err)
		}
		return keepJournalTx(ctx, tx, actor, in)
	})
	if err != nil {
		return Export{}, nil, err
	}
	return s.File(ctx, in.Org, id)
}

func keepJournalTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in JournalInput) (uid.Export, error) {
	g, err := gather(ctx, tx, in)
	if err != nil {
		return uid.Export{}, err
	}
	if p := g.preview; len(p.Unmapped) > 0 {
		return uid.Export{}, unmapped(in.System, p.Unmapped)
	} else if p.Lines == 0 && p.Before > 0 && !in.Again {
		return uid.Export{}, fault.Precondition(fault.WrongState, "%s has been given everything of this period already. Ask for it again only if the first file was lost.", in.System.Title())
	} else if p.Lines == 0 {
		return uid.Export{}, fault.Precondition(fault.WrongState, "Nothing was booked in this period in %s.", in.Currency)
	}
	file := in.System.write(g.entries, in.Currency)
	k := kept{
		org: in.Org, report: string(in.System), format: FormatPlainCSV, detail: in.Detail, currency: in.Currency, from: in.From, until: in.Until,
		rows: g.preview.Lines, journals: g.journals, hash: sha256.Sum256(append([]byte(string(in.System)+"\n"), file...)),
		name: fileName(string(in.System)+"-"+strings.ToLower(string(in.Currency)), in.From, in.Until) + ".csv", file: file,
	}
	if in.Again {
		k.again = g.preview.Before
	}
	return k.tx(ctx, tx, actor)
}

// unmapped names every account that has no counterpart, at once.
func unmapped(system System, accounts []ledger.Account) error {
	f := fault.Precondition(fault.WrongState, "%s has no account yet for: %s.", system.Title(), strings.Join(accountTitles(accounts), ", "))
	for _, a := range accounts {
		f.Fields = append(f.Fields, fault.Field{Path: "mapping." + string(a), Rule: "mapping.missing", Message: "has no account in " + system.Title()})
	}
	return f
}

func accountTitles(accounts []ledger.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = titles[a]
	}
	return out
}

// kept is a file to be kept.
type kept struct {
	org         uid.Org
	report      string
	format      Format
	detail      Detail
	currency    money.Currency
	from, until time.Time
	rows, again int
	journals    []uid.Journal
	hash        [32]byte
	name        string
	file        []byte
	schedule    uid.Schedule
}

const sqlKeepExport = `
INSERT INTO report_export (org_id, id, report, format, detail, currency, period_from, period_until, rows, journals, again, sha256, repeats,
                           file_name, file, schedule_id, made_at, made_by)
VALUES (@org_id, @id, @report, @format, @detail, nullif(@currency, ''), @from, @until, @rows, @journals, @again, @sha256,
        (SELECT e.id FROM report_export e WHERE e.org_id = @org_id AND e.sha256 = @sha256 ORDER BY e.made_at, e.id LIMIT 1),
        @file_name, @file, @schedule_id, @now, @actor)`

const sqlKeepJournals = `
INSERT INTO report_export_journal (org_id, export_id, system, journal_id)
SELECT @org_id, @export_id, @system, id
  FROM unnest(@journals::uuid[]) AS t (id)`

// tx keeps the file and notes who took it.
func (k kept) tx(ctx context.Context, tx *pg.Tx, actor account.Actor) (uid.Export, error) {
	id := uid.New[uid.Export]()
	_, err := tx.Exec(ctx, sqlKeepExport, pgx.StrictNamedArgs{
		"org_id": k.org, "id": id, "report": k.report, "format": k.format, "detail": k.detail, "currency": string(k.currency), "from": orNull(k.from),
		"until": orNull(k.until), "rows": k.rows, "journals": len(k.journals), "again": k.again, "sha256": k.hash[:], "file_name": k.name, "file": k.file,
		"schedule_id": k.schedule, "now": tx.Now, "actor": actor.ID(),
	})
	if err != nil {
		return id, fmt.Errorf("keep the file: %w", err)
	}
	if len(k.journals) > 0 {
		_, err = tx.Exec(ctx, sqlKeepJournals, pgx.StrictNamedArgs{"org_id": k.org, "export_id": id, "system": k.report, "journals": k.journals})
		if err != nil {
			return id, fmt.Errorf("keep which journals left: %w", err)
		}
	}
	return id, account.AuditTx(ctx, tx, account.Audit{
		Org: k.org, Actor: actor.ID(), Action: "report.export", Subject: id.String(),
		After: map[string]any{"report": k.report, "format": k.format, "rows": k.rows, "sha256": hex.EncodeToString(k.hash[:])},
	})
}

const exportColumns = `
SELECT x.id, x.report, x.format, x.detail, coalesce(x.currency, ''), x.period_from, x.period_until, x.rows, x.journals, x.again,
       encode(x.sha256, 'hex'), x.repeats, f.made_at, x.file_name, x.schedule_id IS NOT NULL, x.made_at, coalesce(nullif(w.name, ''), w.email, x.made_by)
  FROM report_export x
  LEFT JOIN report_export f ON f.org_id = x.org_id AND f.id = x.repeats
  LEFT JOIN person w ON w.id = ref_uuid(x.made_by) AND x.made_by LIKE 'per\_%'
 WHERE x.org_id = @org_id`

const sqlExports = exportColumns + `
   AND (@after_at::timestamptz IS NULL OR (x.made_at, x.id) < (@after_at, @after_id::uuid))
 ORDER BY x.made_at DESC, x.id DESC
 LIMIT @limit`

const sqlExport = exportColumns + `
   AND x.id = @id`

const sqlFile = `
SELECT file
  FROM report_export
 WHERE org_id = @org_id
   AND id = @id`

func scanExport(row pgx.CollectableRow) (Export, error) {
	var e Export
	var from, until, repeatsAt *time.Time
	err := row.Scan(&e.ID, &e.Report, &e.Format, &e.Detail, &e.Currency, &from, &until, &e.Rows, &e.Journals, &e.Again, &e.SHA256, &e.Repeats, &repeatsAt,
		&e.FileName, &e.Scheduled, &e.MadeAt, &e.MadeBy)
	e.From, e.Until, e.RepeatsAt = orZero(from), orZero(until), orZero(repeatsAt)
	return e, err
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// AfterExport is where a page of exports begins.
type AfterExport struct {
	At time.Time  `json:"at"`
	ID uid.Export `json:"id"`
}

// Exports lists the files that left, latest first; next is nil on the last page.
func (s *Service) Exports(ctx context.Context, org uid.Org, after *AfterExport, limit int) (found []Export, next *AfterExport, err error) {
	args := pgx.StrictNamedArgs{"org_id": org, "after_at": nil, "after_id": nil, "limit": limit + 1}
	if after != nil {
		args["after_at"], args["after_id"] = after.At, after.ID
	}
	rows, err := s.db.Pool().Query(ctx, sqlExports, args)
	if err == nil {
		found, err = pgx.CollectRows(rows, scanExport)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list exports: %w", err)
	}
	if len(found) > limit {
		found = found[:limit]
		next = &AfterExport{At: found[limit-1].MadeAt, ID: found[limit-1].ID}
	}
	return found, next, nil
}

// File is an export with its file; it fails with NOT_FOUND.
func (s *Service) File(ctx context.Context, org uid.Org, id uid.Export) (Export, []byte, error) {
	return file(ctx, s.db.Pool(), org, id)
}

func file(ctx context.Context, q pg.Querier, org uid.Org, id uid.Export) (Export, []byte, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "id": id}
	rows, err := q.Query(ctx, sqlExport, args)
	if err != nil {
		return Export{}, nil, fmt.Errorf("read an export: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, scanExport)
	if errors.Is(err, pgx.ErrNoRows) {
		return Export{}, nil, fault.NotFound("export")
	}
	if err != nil {
		return Export{}, nil, fmt.Errorf("read an export: %w", err)
	}
	var bytes []byte
	if err := q.QueryRow(ctx, sqlFile, args).Scan(&bytes); err != nil {
		return Export{}, nil, fmt.Errorf("read an export's file: %w", err)
	}
	return e, bytes, nil
}
