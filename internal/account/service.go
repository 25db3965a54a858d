package account

import (
	"context"
	"log/slog"
	"time"

	"lanyard/internal/clock"
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
	// SetupLife is how long the first owner's link should work.
	SetupLife = 30 * time.Minute
	// InvitationLife is how long an invitation to a team stands.
	InvitationLife = 14 * 24 * time.Hour
)

// Options are the few things that differ between one program and the next.
type Options struct {
	// Secure is true when people reach the site by https; cookies then say so.
	Secure bool
	// Logger hears of sign-ins that could not be looked up; nil is silent.
	Logger *slog.Logger
	// Clock decides whether a sign-in is still alive. Tests set it together with
	// the database's; nil means the machine's.
	Clock clock.Clock
}

// Service is everything this package does. It is safe for concurrent use.
type Service struct {
	// Mail sends a sign-in link. It runs in the transaction that keeps the link's
	// hash, and is given the link itself because nothing else knows it.
	Mail func(ctx context.Context, tx *pg.Tx, m SignInMail) error
	// MailInvitation tells somebody of an invitation to a team, in the
	// transaction that makes it. Nil sends nothing.
	MailInvitation func(ctx context.Context, tx *pg.Tx, m InvitationMail) error
	// RenamedTx runs in the transaction that gives an organisation another name,
	// so that what carries the name follows. Nil does nothing.
	RenamedTx func(ctx context.Context, tx *pg.Tx, org uid.Org) error

	db     *pg.DB
	secure bool
	log    *slog.Logger
	now    clock.Clock
}

// New makes the service. Whoever builds the program sets Mail before use.
func New(db *pg.DB, o Options) *Service {
	s := &Service{db: db, secure: o.Secure, log: o.Logger, now: o.Clock}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = clock.System
	}
	return s
}
