package backup

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// splitPassword takes the password out of a database's address, which other
// users see among the arguments of a program.
func splitPassword(address string) (without, password string) {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return address, "" // keyword=value, or nothing that PostgreSQL reads; it will say so
	}
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address, ""
	}
	password, _ = u.User.Password()
	u.User = url.User(u.User.Username())
	return u.String(), password
}

// with connects to the database at url for as long as fn takes.
func with(ctx context.Context, url string, fn func(conn *pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("backup: connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return fn(conn)
}

const sqlServerMajor = `SELECT current_setting('server_version_num')::int / 10000`

func serverMajor(ctx context.Context, url string) (major int, err error) {
	err = with(ctx, url, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, sqlServerMajor).Scan(&major) })
	if err != nil {
		return 0, fmt.Errorf("backup: ask the server for its version: %w", err)
	}
	return major, nil
}

const sqlTables = `
SELECT format('%I.%I', schemaname, tablename)
  FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 1`

// Counts is how many rows each table has, by its quoted name.
type Counts map[string]int64

// Count counts every row of the database at url, all at one moment.
func Count(ctx context.Context, url string) (Counts, error) {
	counts := Counts{}
	err := with(ctx, url, func(conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			rows, _ := tx.Query(ctx, sqlTables) // CollectRows reports the error
			tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			for _, table := range tables {
				var n int64
				if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil {
					return err
				}
				counts[table] = n
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("backup: count the rows: %w", err)
	}
	return counts, nil
}

// Rows is how many there are in all tables.
func (c Counts) Rows() (n int64) {
	for _, rows := range c {
		n += rows
	}
	return n
}
