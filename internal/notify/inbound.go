package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const (
	// strikes is how many mails come back for passing reasons before an address
	// counts as dead.
	strikes = 3
	// strikesWithin is how close together they must be.
	strikesWithin = 30 * 24 * time.Hour
)

// HandleInbound takes a mail that came to envelopeTo: a bounce, a complaint, or
// something that is neither. It returns what the mail was taken for. Mail to an
// address that we did not make, replies of people and machines, and reports that
// were heard before change nothing, and nothing is ever answered. An error means
// that the database could not be asked: whoever delivers should try again.
func (s *Service) HandleInbound(ctx context.Context, envelopeTo string, raw []byte) (mail.ReportKind, error) {
	if !s.TakesInbound(envelopeTo) {
		s.Log.InfoContext(ctx, "mail to an address that is not ours was ignored")
		return mail.NoReport, nil
	}
	id, named := s.named(envelopeTo)
	recipient := ""
	if named {
		var err error
		if recipient, err = s.recipientOf(ctx, id); err != nil {
			return mail.NoReport, err
		}
	}
	r, err := mail.ReadReport(raw, recipient)
	if err != nil {
		s.Log.InfoContext(ctx, "mail that cannot be read was ignored", "error", err)
		return mail.NoReport, nil
	}
	if !named && r.Kind == mail.Complaint {
		id, named = s.named(r.Sender)
	}
	if !named || r.Kind == mail.NoReport {
		return mail.NoReport, nil
	}
	kind := mail.NoReport
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		kind, err = s.heardTx(ctx, tx, id, r)
		return err
	})
	if err != nil {
		return mail.NoReport, fmt.Errorf("note a bounce: %w", err)
	}
	s.Log.InfoContext(ctx, "mail came back", "message", id, "kind", kind, "status", r.Status)
	return kind, nil
}

// TakesInbound reports whether mail to the address is for HandleInbound.
func (s *Service) TakesInbound(envelopeTo string) bool {
	return s.Bounces != nil && s.Bounces.Takes(envelopeTo)
}

// named returns the message that a sealed address names.
func (s *Service) named(address string) (uid.Message, bool) {
	text, ok := s.Bounces.Read(address)
	if !ok {
		return uid.Message{}, false
	}
	var id uid.Message
	err := id.UnmarshalText([]byte(text))
	return id, err == nil && !id.IsZero()
}

const sqlRecipientOf = `
SELECT recipient
  FROM message
 WHERE id = @id`

// recipientOf returns whom a message went to, or "" when it is gone.
func (s *Service) recipientOf(ctx context.Context, id uid.Message) (string, error) {
	var to string
	err := s.db.Pool().QueryRow(ctx, sqlRecipientOf, pgx.StrictNamedArgs{"id": id}).Scan(&to)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find the message that came back: %w", err)
	}
	return to, nil
}

// A mail may come back before the one who sent it has said that it was accepted.
const sqlBounced = `
UPDATE message
   SET state = 'bounced',
       bounce = @bounce,
       bounced_at = @now,
       last_error = @error,
       locked_until = NULL
 WHERE id = @id
   AND state IN ('sent', 'waiting')
RETURNING org_id, recipient`

const sqlComplained = `
UPDATE message
   SET bounce = 'complaint',
       bounced_at = @now
 WHERE id = @id
   AND bounce IS NULL
   AND state IN ('sent', 'waiting')
RETURNING org_id, recipient`

// heardTx notes a report about a message, once, and draws the consequences.
func (s *Service) heardTx(ctx context.Context, tx *pg.Tx, id uid.Message, r mail.Report) (mail.ReportKind, error) {
	var org uid.Org
	var to string
	var row pgx.Row
	if r.Kind == mail.Complaint {
		row = tx.QueryRow(ctx, sqlComplained, pgx.StrictNamedArgs{"id": id, "now": tx.Now})
	} else {
		row = tx.QueryRow(ctx, sqlBounced, pgx.StrictNamedArgs{
			"id": id, "bounce": string(r.Kind), "error": "came back with status " + r.Status, "now": tx.Now,
		})
	}
	err := row.Scan(&org, &to)
	if errors.Is(err, pgx.ErrNoRows) {
		return mail.NoReport, nil // heard before, or never sent
	}
	if err != nil {
		return mail.NoReport, err
	}
	switch r.Kind {
	case mail.Complaint:
		return r.Kind, suppressTx(ctx, tx, org, to, "reminders", "complained about a mail")
	case mail.BounceHard:
		return r.Kind, suppressTx(ctx, tx, org, to, "all", "mail came back with status "+r.Status)
	case mail.BounceSoft:
		n, err := countStrikesTx(ctx, tx, org, to)
		if err != nil || n < strikes {
			return r.Kind, err
		}
		return r.Kind, suppressTx(ctx, tx, org, to, "all", fmt.Sprintf("%d mails came back, lastly with status %s", n, r.Status))
	}
	return r.Kind, nil
}

const sqlStrikes = `
SELECT count(*)
  FROM message
 WHERE org_id = @org_id
   AND lower(recipient) = lower(@email)
   AND bounce = 'soft'
   AND bounced_at > @since`

// countStrikesTx counts mails that came back from an address for passing reasons.
func countStrikesTx(ctx context.Context, tx *pg.Tx, org uid.Org, email string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, sqlStrikes, pgx.StrictNamedArgs{"org_id": org, "email": email, "since": tx.Now.Add(-strikesWithin)}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count strikes: %w", err)
	}
	return n, nil
}

const sqlSuppress = `
INSERT INTO suppression (org_id, email, scope, reason, created_at)
VALUES (@org_id, lower(@email), @scope, @reason, @now)
ON CONFLICT ON CONSTRAINT suppression_pk DO NOTHING`

// suppressTx keeps mail from an address: all of it, or only reminders.
func suppressTx(ctx context.Context, tx *pg.Tx, org uid.Org, email, scope, reason string) error {
	_, err := tx.Exec(ctx, sqlSuppress, pgx.StrictNamedArgs{
		"org_id": org, "email": email, "scope": scope, "reason": reason, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("keep mail from an address: %w", err)
	}
	return nil
}

const sqlTryAgain = `
DELETE FROM suppression
 WHERE org_id = @org_id
   AND email = lower(@email)
   AND scope = 'all'`

// tryAgainTx lets mail go to an address from which it came back: an organiser
// says that it works now. Reminders that somebody does not want stay away.
func tryAgainTx(ctx context.Context, tx *pg.Tx, org uid.Org, email string) error {
	_, err := tx.Exec(ctx, sqlTryAgain, pgx.StrictNamedArgs{"org_id": org, "email": email})
	if err != nil {
		return fmt.Errorf("try an address again: %w", err)
	}
	return nil
}

// StopReminders keeps reminders from an address; the other mails still come.
// Doing so twice is fine.
func (s *Service) StopReminders(ctx context.Context, org uid.Org, email string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		return suppressTx(ctx, tx, org, email, "reminders", "asked for it")
	})
}
