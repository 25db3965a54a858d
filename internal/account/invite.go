package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// invitationsPerDay bounds the mails that one organisation sends to addresses
// of its choosing.
const invitationsPerDay = 100

// Invitation is an invitation to a team that is neither accepted nor withdrawn.
// Its address, role and events are fixed when it is made.
type Invitation struct {
	Org       uid.Org
	ID        uid.Invitation
	Email     string
	Role      Role
	Events    []uid.Event
	CreatedAt time.Time
	ExpiresAt time.Time
}

// InvitationMail is what the mail about an invitation says. It carries no
// secret: the invitation is accepted after signing in with the address.
type InvitationMail struct {
	Invitation
	// Organisation is the name of the inviting organisation.
	Organisation string
	// InvitedBy is the inviting person's name or address.
	InvitedBy string
}

const sqlLapseInvitation = `
UPDATE team_invitation
   SET revoked_at = @now
 WHERE org_id = @org_id
   AND email = @email
   AND accepted_at IS NULL
   AND revoked_at IS NULL
   AND expires_at <= @now`

const sqlBeforeInvitation = `
SELECT o.name,
       EXISTS (SELECT FROM member m JOIN person p ON p.id = m.person_id WHERE m.org_id = o.id AND p.email = @email),
       (SELECT count(*) FROM team_invitation i WHERE i.org_id = o.id AND i.created_at > @day_ago)
  FROM organisation o
 WHERE o.id = @org_id`

const sqlInsertInvitation = `
INSERT INTO team_invitation (org_id, id, email, role, event_ids, invited_by, created_at, expires_at)
VALUES (@org_id, @id, @email, @role, @event_ids, @invited_by, @now, @expires_at)`

// Invite invites an address to the team in a given place, and tells it.
func (s *Service) Invite(ctx context.Context, actor Actor, key replay.Key, org uid.Org, email string, p Place) (Invitation, error) {
	if !actor.SignedIn() {
		return Invitation{}, fault.Unauthenticated("Please sign in.")
	}
	email, err := readEmail("email", email)
	if err != nil {
		return Invitation{}, err
	}
	if err := p.check(); err != nil {
		return Invitation{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Invitation, error) {
		m := InvitationMail{
			Invitation: Invitation{
				Org: org, ID: uid.New[uid.Invitation](), Email: email, Role: p.Role, Events: p.Events,
				CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife),
			},
			InvitedBy: actor.Name,
		}
		if m.InvitedBy == "" {
			m.InvitedBy = actor.Email
		}
		if err := insertInvitationTx(ctx, tx, actor, &m); err != nil {
			return Invitation{}, err
		}
		if s.MailInvitation != nil {
			if err := s.MailInvitation(ctx, tx, m); err != nil {
				return Invitation{}, fmt.Errorf("mail invitation: %w", err)
			}
		}
		return m.Invitation, nil
	})
}

// insertInvitationTx writes the invitation and fills in the organisation's name.
func insertInvitationTx(ctx context.Context, tx *pg.Tx, actor Actor, m *InvitationMail) error {
	var onTeam bool
	var today int
	err := tx.QueryRow(ctx, sqlBeforeInvitation, pgx.StrictNamedArgs{
		"org_id": m.Org, "email": m.Email, "day_ago": tx.Now.Add(-24 * time.Hour),
	}).Scan(&m.Organisation, &onTeam, &today)
	switch {
	case pg.IsNoRows(err):
		return fault.NotFound("organisation")
	case err != nil:
		return fmt.Errorf("look at team: %w", err)
	case onTeam:
		return fault.Exists("This person is on the team already.")
	case today >= invitationsPerDay:
		return fault.TooMany(fault.RateLimited, time.Hour, "That is a lot of invitations for one day. Please wait a while.")
	}
	_, err = tx.Exec(ctx, sqlLapseInvitation, pgx.StrictNamedArgs{"org_id": m.Org, "email": m.Email, "now": tx.Now})
	if err != nil {
		return fmt.Errorf("lapse invitation: %w", err)
	}
	_, err = tx.Exec(ctx, sqlInsertInvitation, pgx.StrictNamedArgs{
		"org_id": m.Org, "id": m.ID, "email": m.Email, "role": m.Role, "event_ids": m.Events,
		"invited_by": actor.Person, "now": tx.Now, "expires_at": m.ExpiresAt,
	})
	if pg.Constraint(err) == "team_invitation_open_unique" {
		return fault.Exists("This address has an open invitation already. Withdraw it to send another.").Because(err)
	}
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return AuditTx(ctx, tx, Audit{
		Org: m.Org, Actor: actor.ID(), Action: "invitation.create", Subject: m.ID.String(),
		After: map[string]any{"Email": m.Email, "Role": m.Role, "Events": m.Events},
	})
}

const sqlInvitations = `
SELECT org_id AS org, id, email, role, event_ids AS events, created_at, expires_at
  FROM team_invitation
 WHERE org_id = @org_id
   AND accepted_at IS NULL
   AND revoked_at IS NULL
   AND expires_at > @now
 ORDER BY created_at DESC, id DESC`

// Invitations returns the open invitations, newest first.
func (s *Service) Invitations(ctx context.Context, org uid.Org) ([]Invitation, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlInvitations, pgx.StrictNamedArgs{"org_id": org, "now": s.now()}) // CollectRows reports the error
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[Invitation])
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", err)
	}
	return open, nil
}

const sqlRevokeInvitation = `
UPDATE team_invitation
   SET revoked_at = @now
 WHERE org_id = @org_id
   AND id = @id
   AND accepted_at IS NULL
   AND revoked_at IS NULL
RETURNING email, role`

// RevokeInvitation withdraws an open invitation.
func (s *Service) RevokeInvitation(ctx context.Context, actor Actor, key replay.Key, org uid.Org, id uid.Invitation) error {
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		var email string
		var role Role
		err := tx.QueryRow(ctx, sqlRevokeInvitation, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now}).Scan(&email, &role)
		if pg.IsNoRows(err) {
			return fault.NotFound("open invitation")
		}
		if err != nil {
			return fmt.Errorf("revoke invitation: %w", err)
		}
		return AuditTx(ctx, tx, Audit{
			Org: org, Actor: actor.ID(), Action: "invitation.revoke", Subject: id.String(),
			Before: map[string]any{"Email": email, "Role": role},
		})
	})
	return err
}

// MyInvitation is an open invitation to the person who looks at it.
type MyInvitation struct {
	Invitation
	// Organisation is the inviting organisation's name.
	Organisation string
}

const sqlMyInvitations = `
SELECT i.org_id AS org, i.id, i.email, i.role, i.event_ids AS events, i.created_at, i.expires_at, o.name AS organisation
  FROM team_invitation i
  JOIN person p ON p.email = i.email
  JOIN organisation o ON o.id = i.org_id
 WHERE p.id = @person_id
   AND i.accepted_at IS NULL
   AND i.revoked_at IS NULL
   AND i.expires_at > @now
 ORDER BY i.created_at DESC, i.id DESC`

// MyInvitations returns the open invitations to the actor's own address.
func (s *Service) MyInvitations(ctx context.Context, actor Actor) ([]MyInvitation, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlMyInvitations, pgx.StrictNamedArgs{"person_id": actor.Person, "now": s.now()}) // CollectRows reports the error
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[MyInvitation])
	if err != nil {
		return nil, fmt.Errorf("read own invitations: %w", err)
	}
	return open, nil
}

const sqlAcceptInvitation = `
UPDATE team_invitation
   SET accepted_at = @now
 WHERE org_id = @org_id
   AND id = @id
   AND email = (SELECT email FROM person WHERE id = @person_id)
   AND accepted_at IS NULL
   AND revoked_at IS NULL
   AND expires_at > @now
RETURNING role, event_ids`

// AcceptInvitation puts the actor on the team, in the place that the invitation
// was made for. To everybody but the person it was made for, it does not exist.
func (s *Service) AcceptInvitation(ctx context.Context, actor Actor, org uid.Org, id uid.Invitation) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated("Please sign in.")
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		m := newMember{Person: actor.Person}
		err := tx.QueryRow(ctx, sqlAcceptInvitation, pgx.StrictNamedArgs{
			"org_id": org, "id": id, "person_id": actor.Person, "now": tx.Now,
		}).Scan(&m.Role, &m.Events)
		if pg.IsNoRows(err) {
			return fault.NotFound("open invitation")
		}
		if err != nil {
			return fmt.Errorf("accept invitation: %w", err)
		}
		err = AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "invitation.accept", Subject: id.String()})
		if err != nil {
			return err
		}
		return addMemberTx(ctx, tx, actor, org, m)
	})
}
