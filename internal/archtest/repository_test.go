package archtest_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/archtest"
	"lanyard/internal/pgtest"
)

// repository is the tree that this test is part of.
var repository = sync.OnceValues(func() (*archtest.Tree, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, err
	}
	return archtest.Load(os.DirFS(root))
})

func tree(t *testing.T) *archtest.Tree {
	t.Helper()
	tree, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestRepository_KeepsTheRules(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]func(*archtest.Tree) []archtest.Finding{
		"floors":           archtest.CheckFloors,
		"only importers":   archtest.CheckImporters,
		"folders":          archtest.CheckFolders,
		"package comments": archtest.CheckPackageComments,
		"exported names":   archtest.CheckDocumented,
		"statements":       archtest.CheckStatements,
		"table ownership":  archtest.CheckOwnership,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range check(tree(t)) {
				t.Error(f)
			}
		})
	}
}

// TestRepository_StatementsPrepare lets PostgreSQL read every statement of the
// product against the migrated schema: a misspelt column, a wrong type or a
// missing table is found here and not by a visitor.
func TestRepository_StatementsPrepare(t *testing.T) {
	t.Parallel()
	statements := archtest.Statements(tree(t))
	if len(statements) == 0 {
		t.Fatal("no statements found: the rule checks nothing")
	}
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, s := range statements {
		if err := archtest.Prepare(t.Context(), conn, s); err != nil {
			t.Error(archtest.Unprepared(s, err))
		}
	}
}
