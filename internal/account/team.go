package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Member is one person of a team.
type Member struct {
	Person uid.Person
	Name   string
	Email  string
	Role   Role
	// Events are the only events the role reaches; empty means all.
	Events   []uid.Event
	JoinedAt time.Time
	// LastSeenAt is nil for somebody who never signed in.
	LastSeenAt *time.Time
	// Version rises by one with every change of the role or its events.
	Version int64
}

const sqlMembers = `
SELECT m.person_id AS person, p.name, p.email, m.role, m.event_ids AS events, m.joined_at, p.last_seen_at, m.version
  FROM member m
  JOIN person p ON p.id = m.person_id
 WHERE m.org_id = @org_id
 ORDER BY p.name, p.email`

// Members returns the team, by name and address.
func (s *Service) Members(ctx context.Context, org uid.Org) ([]Member, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlMembers, pgx.StrictNamedArgs{"org_id": org}) // CollectRows reports the error
	members, err := pgx.CollectRows(rows, pgx.RowToStructByName[Member])
	if err != nil {
		return nil, fmt.Errorf("read team: %w", err)
	}
	return members, nil
}

const sqlMember = `
SELECT m.person_id AS person, p.name, p.email, m.role, m.event_ids AS events, m.joined_at, p.last_seen_at, m.version
  FROM member m
  JOIN person p ON p.id = m.person_id
 WHERE m.org_id = @org_id
   AND m.person_id = @person_id
   FOR UPDATE OF m`

func lockMemberTx(ctx context.Context, tx *pg.Tx, org uid.Org, person uid.Person) (Member, error) {
	rows, _ := tx.Query(ctx, sqlMember, pgx.StrictNamedArgs{"org_id": org, "person_id": person}) // CollectExactlyOneRow reports the error
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Member])
	if pg.IsNoRows(err) {
		return Member{}, fault.NotFound("member")
	}
	if err != nil {
		return Member{}, fmt.Errorf("read member: %w", err)
	}
	return m, nil
}

// Place is a role and the events it is limited to.
type Place struct {
	Role Role
	// Events are the only events the role reaches; empty means all.
	Events []uid.Event
}

// check sorts the events and refuses an owner with limits: an owner can lift them.
func (p *Place) check() error {
	if !p.Role.Known() {
		return fault.InvalidField("role", "role.unknown", "is not a role")
	}
	if p.Role == RoleOwner && len(p.Events) > 0 {
		return fault.InvalidField("event_ids", "role.owner_limited", "must be empty for an owner, who has every right")
	}
	p.Events = append([]uid.Event{}, p.Events...) // never nil: the column is not null
	slices.SortFunc(p.Events, func(a, b uid.Event) int { return slices.Compare(a[:], b[:]) })
	p.Events = slices.Compact(p.Events)
	return nil
}

const sqlUpdateMember = `
UPDATE member
   SET role = @role,
       event_ids = @event_ids,
       version = version + 1
 WHERE org_id = @org_id
   AND person_id = @person_id`

// UpdateMember changes a member's role or the events it is limited to, and signs
// the person out everywhere. version is the one that the caller looked at; another
// one is STALE_VERSION. The last owner stays owner.
func (s *Service) UpdateMember(ctx context.Context, actor Actor, key replay.Key, org uid.Org, person uid.Person, version int64, p Place) (Member, error) {
	if err := p.check(); err != nil {
		return Member{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Member, error) {
		if err := keepAnOwnerTx(ctx, tx, org, person, p.Role == RoleOwner); err != nil {
			return Member{}, err
		}
		m, err := lockMemberTx(ctx, tx, org, person)
		if err != nil {
			return Member{}, err
		}
		if m.Version != version {
			return Member{}, fault.Conflict(fault.StaleVersion, "Somebody else changed what this person may do. Please look at it again.")
		}
		before := Place{Role: m.Role, Events: m.Events}
		m.Role, m.Events = p.Role, p.Events
		if before.Role == p.Role && slices.Equal(before.Events, p.Events) {
			return m, nil
		}
		_, err = tx.Exec(ctx, sqlUpdateMember, pgx.StrictNamedArgs{
			"org_id": org, "person_id": person, "role": p.Role, "event_ids": p.Events,
		})
		if err != nil {
			return Member{}, fmt.Errorf("update member: %w", err)
		}
		m.Version++
		err = AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "member.update", Subject: person.String(), Before: before, After: p})
		if err != nil {
			return Member{}, err
		}
		return m, endPowersTx(ctx, tx, org, person, p.Role)
	})
}

const sqlDeleteMember = `
DELETE FROM member
 WHERE org_id = @org_id
   AND person_id = @person_id`

// RemoveMember takes a person off the team and signs them out everywhere. The
// last owner stays.
func (s *Service) RemoveMember(ctx context.Context, actor Actor, key replay.Key, org uid.Org, person uid.Person) error {
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		if err := keepAnOwnerTx(ctx, tx, org, person, false); err != nil {
			return err
		}
		m, err := lockMemberTx(ctx, tx, org, person)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlDeleteMember, pgx.StrictNamedArgs{"org_id": org, "person_id": person})
		if err != nil {
			return fmt.Errorf("remove member: %w", err)
		}
		err = AuditTx(ctx, tx, Audit{
			Org: org, Actor: actor.ID(), Action: "member.remove", Subject: person.String(),
			Before: Place{Role: m.Role, Events: m.Events},
		})
		if err != nil {
			return err
		}
		return endPowersTx(ctx, tx, org, person, "")
	})
	return err
}

const sqlLockOwners = `
SELECT person_id
  FROM member
 WHERE org_id = @org_id
   AND role = 'owner'
 ORDER BY person_id
   FOR UPDATE`

// keepAnOwnerTx refuses to take the role from the only owner. It locks all
// owners first: two who demote each other at the same moment go one by one.
func keepAnOwnerTx(ctx context.Context, tx *pg.Tx, org uid.Org, person uid.Person, staysOwner bool) error {
	if staysOwner {
		return nil
	}
	rows, _ := tx.Query(ctx, sqlLockOwners, pgx.StrictNamedArgs{"org_id": org}) // CollectRows reports the error
	owners, err := pgx.CollectRows(rows, pgx.RowTo[uid.Person])
	if err != nil {
		return fmt.Errorf("lock owners: %w", err)
	}
	if len(owners) == 1 && owners[0] == person {
		return fault.Precondition(fault.LastOwner, "An organisation keeps at least one owner. Make somebody else an owner first.")
	}
	return nil
}

const sqlRevokeInvitationsOf = `
UPDATE team_invitation
   SET revoked_at = @now
 WHERE org_id = @org_id
   AND invited_by = @person_id
   AND accepted_at IS NULL
   AND revoked_at IS NULL`

// endPowersTx ends what a person has in hand from the former role: every
// sign-in, and the open invitations of somebody who may not invite any more.
func endPowersTx(ctx context.Context, tx *pg.Tx, org uid.Org, person uid.Person, now Role) error {
	if err := revokeAllTx(ctx, tx, person); err != nil {
		return err
	}
	if now == RoleOwner {
		return nil
	}
	_, err := tx.Exec(ctx, sqlRevokeInvitationsOf, pgx.StrictNamedArgs{"org_id": org, "person_id": person, "now": tx.Now})
	if err != nil {
		return fmt.Errorf("revoke invitations: %w", err)
	}
	return nil
}

// newMember is somebody who joins.
type newMember struct {
	Person uid.Person
	Role   Role
	Events []uid.Event
}

const sqlInsertMember = `
INSERT INTO member (org_id, person_id, role, event_ids, joined_at)
VALUES (@org_id, @person_id, @role, @event_ids, @now)`

func addMemberTx(ctx context.Context, tx *pg.Tx, actor Actor, org uid.Org, m newMember) error {
	if m.Events == nil {
		m.Events = []uid.Event{}
	}
	_, err := tx.Exec(ctx, sqlInsertMember, pgx.StrictNamedArgs{
		"org_id": org, "person_id": m.Person, "role": m.Role, "event_ids": m.Events, "now": tx.Now,
	})
	switch pg.Constraint(err) {
	case "member_pk":
		return fault.Exists("This person is on the team already.").Because(err)
	case "member_org_fk":
		return fault.NotFound("organisation").Because(err)
	case "member_person_fk":
		return fault.NotFound("person").Because(err)
	}
	if err != nil {
		return fmt.Errorf("add member: %w", err)
	}
	return AuditTx(ctx, tx, Audit{
		Org: org, Actor: actor.ID(), Action: "member.add", Subject: m.Person.String(),
		After: Place{Role: m.Role, Events: m.Events},
	})
}

// AddMember puts a person on a team without an invitation. Only the command line
// and the program itself may do that.
func (s *Service) AddMember(ctx context.Context, actor Actor, org uid.Org, person uid.Person, p Place) error {
	if actor.ID() != CommandLine.ID() && actor.ID() != System.ID() {
		return fault.Denied("People join a team by accepting an invitation.")
	}
	if err := p.check(); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		return addMemberTx(ctx, tx, actor, org, newMember{Person: person, Role: p.Role, Events: p.Events})
	})
}
