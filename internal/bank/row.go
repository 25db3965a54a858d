package bank

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
)

// many reads rows into structs of the same fields.
func many[T any](ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, doing string) ([]T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return list, nil
}

// one reads a row; found is false when there is none.
func one[T any](ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, doing string) (row T, found bool, err error) {
	list, err := many[T](ctx, q, sql, args, doing)
	if err != nil || len(list) == 0 {
		return row, false, err
	}
	return list[0], true, nil
}
