package archtest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

var rulePrepares = Rule{
	"every sql* constant is one whole statement that PostgreSQL accepts on the migrated schema",
	"a misspelt column is found here and not by a visitor. A fragment that is no statement needs a name without sql in front",
}

// Prepare has the server parse a statement, with @names written as the driver
// writes them. Nothing is run.
func Prepare(ctx context.Context, conn *pgx.Conn, s Statement) error {
	sql, _, err := pgx.NamedArgs{}.RewriteQuery(ctx, conn, s.SQL, nil)
	if err != nil {
		return fmt.Errorf("rewrite the named arguments: %w", err)
	}
	if _, err := conn.Prepare(ctx, "", sql); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	return nil
}

// Unprepared is the finding about a statement that does not prepare.
func Unprepared(s Statement, err error) Finding {
	return Finding{rulePrepares, s.Where, fmt.Sprintf("%s: %v", s.Name, err)}
}
