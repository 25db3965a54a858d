package account

import (
	"context"
	"time"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// How long things last.
const (
	// IdleLife ends a sign-in that is not used.
	IdleLife = 8 * time.Hour
	// FinanceIdleLife is the same for people who work with money.
	FinanceIdleLife = 30 * time.Minute
	// WholeLife ends a sign-in however much it is used.
	WholeLife = 7 * 24 * time.Hour
	// LinkLife is how long a sign-in link from a mail works.
	LinkLife = 15 * time.Minute
	// SetupLife is how long the first owner's link works.
	SetupLife = 30 * time.Minute
	// InvitationLife is how long an invitation to a team stands.
	InvitationLife = 14 * 24 * time.Hour
)

// Service is everything this package does. It is safe for concurrent use.
type Service struct {
	db *pg.DB
}

// New makes the service.
func New(db *pg.DB) *Service { return &Service{db: db} }

// RecordDenied writes into the organisation's log that a member called
// something that the member's role does not allow.
func (s *Service) RecordDenied(ctx context.Context, actor Actor, org uid.Org, procedure string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		return AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "rpc.denied", Subject: procedure})
	})
}
