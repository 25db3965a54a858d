package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlInsertSetupLink = `
INSERT INTO setup_link (token_hash, person_id, expires_at)
VALUES (@token_hash, @person_id, @expires_at)`

// MakeSetupLink makes a link that signs one person in, once, and returns its
// secret part. With a zero person it is for whoever opens it: the first owner,
// who gives an address that nobody has yet. Only the operator's console and the
// sample programme show such links.
func (s *Service) MakeSetupLink(ctx context.Context, person uid.Person, life time.Duration) (string, error) {
	token := NewSecret()
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := tx.Exec(ctx, sqlInsertSetupLink, pgx.StrictNamedArgs{
			"token_hash": hash(token), "person_id": person, "expires_at": tx.Now.Add(life),
		})
		if pg.Constraint(err) == "setup_link_person_fk" {
			return fault.NotFound("person").Because(err)
		}
		if err != nil {
			return fmt.Errorf("insert setup link: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// SetupLink is what the page behind a setup link may say.
type SetupLink struct {
	// Person is who will be signed in; zero when whoever opens it gives an address.
	Person uid.Person
	// Email and Name are the person's.
	Email, Name string
}

const sqlSetupLink = `
SELECT l.person_id AS person, coalesce(p.email, '') AS email, coalesce(p.name, '') AS name
  FROM setup_link l
  LEFT JOIN person p ON p.id = l.person_id
 WHERE l.token_hash = @token_hash
   AND l.spent_at IS NULL
   AND l.expires_at > @now`

// OpenSetup looks at a setup link and changes nothing.
func (s *Service) OpenSetup(ctx context.Context, token string) (SetupLink, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlSetupLink, pgx.StrictNamedArgs{"token_hash": hash(token), "now": s.now()}) // CollectExactlyOneRow reports the error
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[SetupLink])
	if pg.IsNoRows(err) {
		return SetupLink{}, errLinkOver()
	}
	if err != nil {
		return SetupLink{}, fmt.Errorf("read setup link: %w", err)
	}
	return l, nil
}

const sqlSpendSetupLink = `
UPDATE setup_link
   SET spent_at = @now
 WHERE token_hash = @token_hash
   AND spent_at IS NULL
   AND expires_at > @now
RETURNING person_id`

const sqlInsertPerson = `
INSERT INTO person (id, email, name, created_at)
VALUES (@id, @email, @name, @now)`

// SpendSetup spends a setup link, which only a POST may do, and signs the person
// in. email and name count only for a link that is for nobody in particular; the
// address must be new, because such a link proves nothing about an old one.
func (s *Service) SpendSetup(ctx context.Context, token, email, name, browser string) (Spent, error) {
	var out Spent
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var person uid.Person
		err := tx.QueryRow(ctx, sqlSpendSetupLink, pgx.StrictNamedArgs{"token_hash": hash(token), "now": tx.Now}).Scan(&person)
		if pg.IsNoRows(err) {
			return errLinkOver()
		}
		if err != nil {
			return fmt.Errorf("spend setup link: %w", err)
		}
		if person.IsZero() {
			if person, err = insertPersonTx(ctx, tx, email, name); err != nil {
				return err
			}
		}
		session, err := startTx(ctx, tx, person, browser)
		out = Spent{Session: session, Person: person}
		return err
	})
	if err != nil {
		return Spent{}, err
	}
	return out, nil
}

func insertPersonTx(ctx context.Context, tx *pg.Tx, email, name string) (uid.Person, error) {
	email, err := readEmail("email", email)
	if err != nil {
		return uid.Person{}, err
	}
	if name, err = readName("name", name, 120); err != nil {
		return uid.Person{}, err
	}
	id := uid.New[uid.Person]()
	_, err = tx.Exec(ctx, sqlInsertPerson, pgx.StrictNamedArgs{"id": id, "email": email, "name": name, "now": tx.Now})
	if pg.Constraint(err) == "person_email_unique" {
		f := fault.Exists("Somebody with this address is here already. Sign in by mail instead.")
		f.Fields = []fault.Field{{Path: "email", Rule: "taken", Message: "is in use; sign in by mail instead"}}
		return uid.Person{}, f.Because(err)
	}
	if err != nil {
		return uid.Person{}, fmt.Errorf("insert person: %w", err)
	}
	return id, nil
}
