package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// SignIn is one browser in which a person is signed in.
type SignIn struct {
	ID uid.SignIn
	// Browser is what the browser calls itself, shortened: "Firefox on Linux".
	Browser    string
	CreatedAt  time.Time
	LastUsedAt time.Time
}

const sqlInsertSignIn = `
INSERT INTO sign_in (id, person_id, token_hash, browser, created_at, last_used_at, expires_at)
VALUES (@id, @person_id, @token_hash, @browser, @now, @now, @expires_at)`

const sqlSeen = `
UPDATE person
   SET last_seen_at = @now
 WHERE id = @id`

// startTx signs a person in with a fresh session, which it returns. Whatever
// session the browser had before ends, so that a planted one is worth nothing.
func startTx(ctx context.Context, tx *pg.Tx, person uid.Person, userAgent string) (string, error) {
	session, id, browser := NewSecret(), uid.New[uid.SignIn](), browserName(userAgent)
	if old := ActorFrom(ctx); !old.SignIn.IsZero() {
		if _, err := revokeTx(ctx, tx, old.Person, old.SignIn); err != nil {
			return "", err
		}
	}
	_, err := tx.Exec(ctx, sqlInsertSignIn, pgx.StrictNamedArgs{
		"id": id, "person_id": person, "token_hash": hash(session), "browser": browser,
		"now": tx.Now, "expires_at": tx.Now.Add(WholeLife),
	})
	if err != nil {
		return "", fmt.Errorf("insert sign-in: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlSeen, pgx.StrictNamedArgs{"id": person, "now": tx.Now}); err != nil {
		return "", fmt.Errorf("note sign-in: %w", err)
	}
	return session, auditPersonTx(ctx, tx, person, Audit{
		Actor: person.String(), Action: "sign_in.create", After: map[string]any{"SignIn": id, "Browser": browser},
	})
}

// aliveCondition is what makes a row s of sign_in a living sign-in. Half an hour is
// enough for people who work with money.
const aliveCondition = `
       s.revoked_at IS NULL
   AND s.expires_at > @now
   AND s.last_used_at > CASE
         WHEN EXISTS (SELECT FROM member m WHERE m.person_id = s.person_id AND m.role = 'finance')
         THEN @finance_idle_since::timestamptz
         ELSE @idle_since::timestamptz
       END`

func aliveArgs(now time.Time) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"now": now, "idle_since": now.Add(-IdleLife), "finance_idle_since": now.Add(-FinanceIdleLife),
	}
}

const sqlSignIns = `
SELECT s.id, s.browser, s.created_at, s.last_used_at
  FROM sign_in s
 WHERE s.person_id = @person_id
   AND` + aliveCondition + `
 ORDER BY s.created_at DESC, s.id DESC`

// SignIns returns the browsers in which the actor is signed in, newest first.
func (s *Service) SignIns(ctx context.Context, actor Actor) ([]SignIn, error) {
	args := aliveArgs(s.now())
	args["person_id"] = actor.Person
	rows, _ := s.db.Pool().Query(ctx, sqlSignIns, args) // CollectRows reports the error
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[SignIn])
	if err != nil {
		return nil, fmt.Errorf("read sign-ins: %w", err)
	}
	return found, nil
}

const sqlRevokeSignIn = `
UPDATE sign_in
   SET revoked_at = @now
 WHERE id = @id
   AND person_id = @person_id
   AND revoked_at IS NULL`

func revokeTx(ctx context.Context, tx *pg.Tx, person uid.Person, id uid.SignIn) (ended bool, err error) {
	tag, err := tx.Exec(ctx, sqlRevokeSignIn, pgx.StrictNamedArgs{"id": id, "person_id": person, "now": tx.Now})
	if err != nil {
		return false, fmt.Errorf("revoke sign-in: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// RevokeSignIn signs one of the actor's browsers out; the present one may be
// named too.
func (s *Service) RevokeSignIn(ctx context.Context, actor Actor, key replay.Key, id uid.SignIn) error {
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		ended, err := revokeTx(ctx, tx, actor.Person, id)
		if err == nil && !ended {
			err = fault.NotFound("sign-in")
		}
		if err != nil {
			return err
		}
		return auditPersonTx(ctx, tx, actor.Person, Audit{
			Actor: actor.ID(), Action: "sign_in.revoke", Before: map[string]any{"SignIn": id},
		})
	})
	return err
}

// SignOut ends the present sign-in; without one it does nothing.
func (s *Service) SignOut(ctx context.Context, actor Actor) error {
	if actor.SignIn.IsZero() {
		return nil
	}
	err := s.RevokeSignIn(ctx, actor, replay.Key{}, actor.SignIn)
	if fault.Is(err, fault.NoSuchThing) {
		return nil // another tab was faster
	}
	return err
}

const sqlRevokeAll = `
UPDATE sign_in
   SET revoked_at = @now
 WHERE person_id = @person_id
   AND revoked_at IS NULL`

// revokeAllTx signs a person out of every browser.
func revokeAllTx(ctx context.Context, tx *pg.Tx, person uid.Person) error {
	_, err := tx.Exec(ctx, sqlRevokeAll, pgx.StrictNamedArgs{"person_id": person, "now": tx.Now})
	if err != nil {
		return fmt.Errorf("revoke sign-ins: %w", err)
	}
	return nil
}

// browserWords and systemWords are looked for in this order: Edge and Opera
// also call themselves Chrome, and Chrome also calls itself Safari.
var (
	browserWords = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systemWords = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// browserName shortens a User-Agent to what its owner recognises.
func browserName(userAgent string) string {
	find := func(words [][2]string, otherwise string) string {
		for _, w := range words {
			if strings.Contains(userAgent, w[0]) {
				return w[1]
			}
		}
		return otherwise
	}
	name, system := find(browserWords, "Another browser"), find(systemWords, "")
	if system == "" {
		return name
	}
	return name + " on " + system
}
