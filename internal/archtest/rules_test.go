package archtest_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/archtest"
	"lanyard/internal/pgtest"
)

// made makes a tree from files: names and texts in turn.
func made(t *testing.T, pairs ...string) *archtest.Tree {
	t.Helper()
	root := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		root[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: fs.FileMode(0o644)}
	}
	tree, err := archtest.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// said is the short form of findings: where, and what.
func said(found []archtest.Finding) []string {
	var lines []string
	for _, f := range found {
		lines = append(lines, f.Where+": "+f.What)
	}
	return lines
}

func TestRules_FindWhatBreaksThem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		check func(*archtest.Tree) []archtest.Finding
		files []string
		want  []string
	}{
		{"an import upwards", archtest.CheckFloors,
			[]string{"internal/inventory/a.go", "package inventory\nimport _ \"lanyard/internal/booking\""},
			[]string{"internal/inventory/a.go:2: inventory (floor 3) imports booking (floor 4)"}},
		{"an import sideways", archtest.CheckFloors,
			[]string{"internal/ledger/a.go", "package ledger\nimport _ \"lanyard/internal/payment/stripegw\""},
			[]string{"internal/ledger/a.go:2: ledger (floor 3) imports payment (floor 3)"}},
		{"an import downwards, within a room, beside by plan, or by a test", archtest.CheckFloors,
			[]string{
				"internal/booking/a.go", "package booking\nimport _ \"lanyard/internal/uid\"",
				"internal/payment/a.go", "package payment\nimport _ \"lanyard/internal/payment/stripegw\"",
				"internal/outbox/a.go", "package outbox\nimport _ \"lanyard/internal/pg\"",
				"internal/uid/a_test.go", "package uid_test\nimport _ \"lanyard/internal/pgtest\"",
			}, nil},
		{"a test room in the product", archtest.CheckFloors,
			[]string{
				"internal/booking/a.go", "package booking\nimport _ \"lanyard/internal/pgtest\"",
				"internal/demo/a.go", "package demo\nimport _ \"lanyard/internal/stripesim\"",
			},
			[]string{"internal/booking/a.go:2: booking (floor 4) imports pgtest (floor -1)"}},
		{"the simulator beyond the demonstration", archtest.CheckFloors,
			[]string{
				"internal/app/a.go", "package app\nimport _ \"lanyard/internal/stripesim\"",
				"internal/app/b.go", "package app\nimport _ \"lanyard/internal/stripesim/honest\"",
				"internal/payment/a.go", "package payment\nimport _ \"lanyard/internal/stripesim\"",
				"cmd/lanyard/a.go", "package main\nimport (\n_ \"lanyard/internal/app\"\n_ \"lanyard/internal/stripesim\"\n)",
				"internal/payment/a_test.go", "package payment_test\nimport _ \"lanyard/internal/stripesim/honest\"",
			},
			[]string{
				"cmd/lanyard/a.go:4: cmd/lanyard (floor 10) imports stripesim (floor -1)",
				"internal/app/b.go:2: app (floor 9) imports stripesim (floor -1)",
				"internal/payment/a.go:2: payment (floor 3) imports stripesim (floor -1)",
			}},
		{"a room without a floor", archtest.CheckFloors,
			[]string{"internal/attic/a.go", "package attic", "internal/attic/b.go", "package attic"},
			[]string{"internal/attic: has no floor"}},

		{"foreign libraries", archtest.CheckImporters,
			[]string{
				"internal/mail/a.go", "package mail\nimport _ \"github.com/arran4/golang-ical\"",
				"internal/calendar/a.go", "package calendar\nimport _ \"github.com/arran4/golang-ical\"",
				"internal/payment/a.go", "package payment\nimport _ \"github.com/stripe/stripe-go/v76/refund\"",
				"internal/payment/stripegw/a.go", "package stripegw\nimport _ \"github.com/stripe/stripe-go/v76\"",
				"cmd/lanyard/a_test.go", "package main\nimport _ \"database/sql\"",
				"internal/stripesim/a_test.go", "package stripesim\nimport _ \"github.com/stripe/stripe-mock/server\"",
			},
			[]string{
				"cmd/lanyard/a_test.go:2: imports database/sql",
				"internal/mail/a.go:2: imports github.com/arran4/golang-ical",
				"internal/payment/a.go:2: imports github.com/stripe/stripe-go/v76/refund",
				"internal/stripesim/a_test.go:2: imports github.com/stripe/stripe-mock/server",
			}},
		{"proto types in a domain", archtest.CheckImporters,
			[]string{
				"internal/rpc/a.go", "package rpc\nimport _ \"lanyard/gen/lanyard/booking/v1\"",
				"internal/booking/a.go", "package booking\nimport (\n_ \"lanyard/gen/lanyard/booking/v1\"\n_ \"google.golang.org/protobuf/types/known/timestamppb\"\n_ \"connectrpc.com/connect\"\n)",
			},
			[]string{
				"internal/booking/a.go:3: imports lanyard/gen/lanyard/booking/v1",
				"internal/booking/a.go:4: imports google.golang.org/protobuf/types/known/timestamppb",
				"internal/booking/a.go:5: imports connectrpc.com/connect",
			}},

		{"folders without meaning", archtest.CheckFolders,
			[]string{"internal/booking/types/a.go", "package types", "scripts/a.go", "package scripts", "web/node_modules/util/a.go", "package util"},
			[]string{"internal/booking/types: is a folder of that name", "scripts: is not one of them"}},

		{"package comments", archtest.CheckPackageComments,
			[]string{
				"internal/uid/a.go", "// Package uid is here.\npackage uid", "internal/uid/b.go", "package uid",
				"cmd/lanyard/main.go", "// Command lanyard runs.\npackage main",
				"internal/money/a.go", "package money",
				"internal/fault/a.go", "// Package fault is here.\npackage fault", "internal/fault/b.go", "// Package fault is there.\npackage fault",
				"internal/clock/a.go", "// This is a clock.\npackage clock",
			},
			[]string{
				`internal/clock/a.go: the comment does not start with "Package clock "`,
				"internal/fault: 2 package comments [a.go b.go]",
				"internal/money: 0 package comments []",
			}},

		{"exported names", archtest.CheckDocumented,
			[]string{"internal/money/a.go", `package money

type Bare int

// Told is told.
type Told int

type (
	// In is told.
	In  int
	Out int // told
	Not int
)

// Kinds.
const (
	One = 1
	Two = 2
)

var Open, shut int

func Do() {}

// Did is told.
func Did() {}

func (Told) Method() {}

func (*hidden[K]) Method() {}

type hidden[K any] int
`},
			[]string{
				"internal/money/a.go:3: Bare has none", "internal/money/a.go:12: Not has none", "internal/money/a.go:21: Open has none",
				"internal/money/a.go:23: Do has none", "internal/money/a.go:28: Method has none",
			}},

		{"careless SQL", archtest.CheckStatements,
			[]string{"internal/booking/a.go", `package booking

const sqlAll = "SELECT * FROM x"

const sqlGood = "SELECT count(*), 'now() SELECT *' FROM x -- now()"

const sqlBack = "DELETE FROM x RETURNING x.*"

const sqlLate = "SELECT 1 WHERE " + late

const late = "t < now()"

func f() {
	db.Exec(ctx, "DELETE FROM x", pgx.NamedArgs{})
	db.Exec(ctx, sqlGood, pgx.StrictNamedArgs{})
	u.Query("select me")
	u.Get("DELETE FROM x")
}
`},
			[]string{
				"internal/booking/a.go:3: sqlAll says SELECT *", "internal/booking/a.go:7: sqlBack says RETURNING x.*",
				"internal/booking/a.go:9: sqlLate says now()", "internal/booking/a.go:14: has SQL in a call",
				"internal/booking/a.go:14: uses pgx.NamedArgs", "internal/booking/a.go:16: has SQL in a call",
			}},

		{"two writers", archtest.CheckOwnership,
			[]string{
				"internal/booking/a.go", "package booking\nconst sqlPut = `INSERT INTO seat (n) VALUES (1)`\nconst sqlMine = `UPDATE hold SET n = 1`",
				"internal/checkin/a.go", "package checkin\nconst sqlTake = `WITH gone AS (DELETE FROM seat RETURNING n) SELECT n FROM gone`",
				"internal/export/a.go", "package export\nconst sqlRead = `SELECT n FROM seat, hold FOR UPDATE OF hold`",
				"internal/pgtest/a.go", "package pgtest\nconst sqlTest = `DELETE FROM hold`",
			},
			[]string{"seat: is written by sqlPut (internal/booking/a.go:2) and sqlTake (internal/checkin/a.go:2)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, said(tc.check(made(t, tc.files...)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWritten_SeesEachWriteAndNoLock(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]string{
		"SELECT a FROM b FOR UPDATE":                                                        {},
		"SELECT a FROM b FOR NO KEY UPDATE SKIP LOCKED":                                     {},
		"SELECT a FROM b FOR UPDATE OF b NOWAIT":                                            {},
		"INSERT INTO a (x) VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 2":                  {"a"},
		"WITH g AS (UPDATE ONLY a SET x = 1), h AS (DELETE FROM b) INSERT INTO c":           {"a", "b", "c"},
		"MERGE INTO a USING b ON true WHEN MATCHED THEN UPDATE SET x = 1":                   {"a"},
		"MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE":                             {"a"},
		"TRUNCATE TABLE \"Odd\"":                                                            {"odd"},
		"SELECT 'DELETE FROM a' -- UPDATE b\n /* INSERT INTO c */ FROM d":                   {},
		"CREATE TABLE a (b int REFERENCES c ON UPDATE CASCADE ON DELETE CASCADE)":           {},
		"update a\n   set b = 1\n where c in (select d from e for update)":                  {"a"},
		"INSERT INTO public.a (x) SELECT x FROM b ON CONFLICT ON CONSTRAINT a_x DO NOTHING": {"public.a"},
	} {
		got := archtest.Written(sql)
		if got == nil {
			got = []string{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
}

func TestPrepare_FindsWhatTheSchemaLacks(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, tc := range []struct{ name, sql, says string }{
		{"good", "SELECT version FROM schema_migration WHERE name = @name AND checksum <> '@none'", ""},
		{"no such column", "SELECT verzion FROM schema_migration", `column "verzion" does not exist`},
		{"no such table", "DELETE FROM schema_migrations", `relation "schema_migrations" does not exist`},
		{"no whole statement", "WHERE version = @version", "syntax error"},
		{"two statements", "SELECT 1; SELECT 2", "multiple commands"},
		{"a parameter without a type", "SELECT @x IS NULL", "could not determine data type"},
	} {
		err := archtest.Prepare(t.Context(), conn, archtest.Statement{Name: "sqlX", SQL: tc.sql})
		if (err == nil) != (tc.says == "") || (err != nil && !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.says)
		}
	}
}

func TestStatements_ArePutTogetherFromConstants(t *testing.T) {
	t.Parallel()
	tree := made(t,
		"internal/booking/a.go", "package booking\nconst sqlOne = `SELECT ` + columns + (` FROM x`)\nconst sqlite = `no`\nvar sqlVar = `no`",
		"internal/booking/b.go", "package booking\nconst columns = `a, b`",
		"internal/booking/a_test.go", "package booking\nconst sqlTest = `no`")
	var got []string
	for _, s := range archtest.Statements(tree) {
		got = append(got, s.Name+" at "+s.Where+": "+s.SQL)
	}
	if diff := cmp.Diff([]string{"sqlOne at internal/booking/a.go:2: SELECT a, b FROM x"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFinding_PrintsTheRuleAndItsReason(t *testing.T) {
	t.Parallel()
	found := archtest.CheckFloors(made(t, "internal/attic/a.go", "package attic"))
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	text := found[0].String()
	for _, part := range []string{"internal/attic: has no floor", "rule:   every folder of internal/ has a floor", "reason: a room that nobody placed"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}
