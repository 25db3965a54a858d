package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Person is somebody who signs in.
type Person struct {
	ID uid.Person
	// Email is the address signed in with, in lower case; unique.
	Email string
	// Name is the display name; may be empty.
	Name string
}

// Team is one of a person's teams, with the organisation's settings.
type Team struct {
	Organisation Organisation
	Role         Role
	// Events are the only events the role reaches; empty means all.
	Events []uid.Event
}

const sqlTeams = `
SELECT o.id, o.slug, o.name, o.timezone, o.contact_email, o.about, o.website, o.version,
       m.role, m.event_ids AS events
  FROM member m
  JOIN organisation o ON o.id = m.org_id
 WHERE m.person_id = @person_id
 ORDER BY o.name, o.id`

// Teams returns the actor's teams, by the organisations' names.
func (s *Service) Teams(ctx context.Context, actor Actor) ([]Team, error) {
	type row struct {
		Organisation
		Role   Role
		Events []uid.Event
	}
	rows, _ := s.db.Pool().Query(ctx, sqlTeams, pgx.StrictNamedArgs{"person_id": actor.Person}) // CollectRows reports the error
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	teams := make([]Team, len(found))
	for i, r := range found {
		teams[i] = Team{Organisation: r.Organisation, Role: r.Role, Events: r.Events}
	}
	return teams, nil
}

const sqlRenamePerson = `
UPDATE person p
   SET name = @name
  FROM (SELECT id, name FROM person WHERE id = @id FOR UPDATE) old
 WHERE p.id = old.id
RETURNING old.name`

// Rename changes the actor's own display name.
func (s *Service) Rename(ctx context.Context, actor Actor, key replay.Key, name string) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated("Please sign in.")
	}
	name, err := readName("name", name, 120)
	if err != nil {
		return err
	}
	err = replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		var before string
		err := tx.QueryRow(ctx, sqlRenamePerson, pgx.StrictNamedArgs{"id": actor.Person, "name": name}).Scan(&before)
		if err != nil {
			return fmt.Errorf("rename person: %w", err)
		}
		return auditPersonTx(ctx, tx, actor.Person, Audit{
			Actor: actor.ID(), Action: "person.rename",
			Before: map[string]string{"Name": before}, After: map[string]string{"Name": name},
		})
	})
	return err
}

const sqlEnsurePerson = `
INSERT INTO person (id, email, name, created_at)
VALUES (@id, @email, @name, @now)
ON CONFLICT ON CONSTRAINT person_email_unique DO UPDATE
   SET name = CASE WHEN person.name = '' THEN excluded.name ELSE person.name END
RETURNING id, email, name`

// ensurePersonTx finds the person with this address, or makes one. A name is
// only taken by somebody who has none yet.
func ensurePersonTx(ctx context.Context, tx *pg.Tx, email, name string) (Person, error) {
	rows, _ := tx.Query(ctx, sqlEnsurePerson, pgx.StrictNamedArgs{
		"id": uid.New[uid.Person](), "email": email, "name": name, "now": tx.Now,
	}) // CollectExactlyOneRow reports the error
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	if err != nil {
		return Person{}, fmt.Errorf("find or make person: %w", err)
	}
	return p, nil
}

// EnsurePerson finds the person with this address, or makes one with this name.
// The command line and the sample programme use it; everybody else appears by
// signing in.
func (s *Service) EnsurePerson(ctx context.Context, email, name string) (Person, error) {
	email, err := readEmail("email", email)
	if err != nil {
		return Person{}, err
	}
	if name, err = readName("name", name, 120); err != nil {
		return Person{}, err
	}
	var p Person
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		p, err = ensurePersonTx(ctx, tx, email, name)
		return err
	})
	return p, err
}

const sqlActorOf = `
SELECT p.id, p.email, p.name,
       coalesce(array_agg(m.org_id ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}') AS orgs,
       coalesce(array_agg(m.role ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}') AS roles,
       coalesce(array_agg(array_to_string(m.event_ids, ',') ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}') AS events
  FROM person p
  LEFT JOIN member m ON m.person_id = p.id
 WHERE p.id = @id
 GROUP BY p.id`

// ActorOf is the person as an actor with the present teams and without a
// browser, for the command line, the sample programme and tests.
func (s *Service) ActorOf(ctx context.Context, id uid.Person) (Actor, error) {
	var a Actor
	var m memberships
	err := s.db.Pool().QueryRow(ctx, sqlActorOf, pgx.StrictNamedArgs{"id": id}).
		Scan(&a.Person, &a.Email, &a.Name, &m.orgs, &m.roles, &m.events)
	if pg.IsNoRows(err) {
		return Actor{}, fault.NotFound("person")
	}
	if err == nil {
		a.Memberships, err = m.read()
	}
	if err != nil {
		return Actor{}, fmt.Errorf("read person: %w", err)
	}
	return a, nil
}
