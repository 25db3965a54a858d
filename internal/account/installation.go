package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
)

const sqlEmpty = `SELECT NOT EXISTS (SELECT 1 FROM person)`

// Empty reports whether nobody has ever signed in here: an installation without
// an owner.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	var empty bool
	if err := s.db.Pool().QueryRow(ctx, sqlEmpty).Scan(&empty); err != nil {
		return false, fmt.Errorf("look for people: %w", err)
	}
	return empty, nil
}

const sqlPersonByEmail = `
SELECT id, email, name
  FROM person
 WHERE email = lower(@email)`

// PersonByEmail finds somebody who has signed in before. The command line uses it.
func (s *Service) PersonByEmail(ctx context.Context, email string) (Person, error) {
	rows, err := s.db.Pool().Query(ctx, sqlPersonByEmail, pgx.StrictNamedArgs{"email": email})
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	if pg.IsNoRows(err) {
		return Person{}, fault.NotFound("person")
	}
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	return p, nil
}
