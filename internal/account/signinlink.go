package account

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// The caps that are exact, because a mailbox or a code depends on them.
const (
	linksPerHour = 5  // mails to one address
	triesPerLink = 5  // codes typed for one link; also a CHECK of the table
	triesPerDay  = 20 // codes typed for one address
)

// SignInMail is what the mail with a sign-in link says.
type SignInMail struct {
	// Email is the recipient.
	Email string
	// Token is the link's secret part. It is nowhere else: keep it out of logs and
	// out of every table but the mail's own.
	Token string
	// Expires is when the link stops working.
	Expires time.Time
	// At is when it was asked for.
	At time.Time
}

const sqlLockAddress = `
SELECT pg_advisory_xact_lock(hashtextextended('sign in ' || @email, 0))`

const sqlInsertSignInLink = `
INSERT INTO sign_in_link (token_hash, email, browser_hash, next_path, created_at, expires_at)
SELECT @token_hash, @email, @browser_hash, @next_path, @now, @expires_at
 WHERE (SELECT count(*) FROM sign_in_link l WHERE l.email = @email AND l.created_at > @hour_ago) < @most`

// RequestSignIn mails a sign-in link to the address. browserSecret is the secret
// of the browser's cookie, and next the path to go to afterwards; one that leads
// elsewhere is dropped. It answers the same whether the address is known,
// unknown, or has been sent enough for this hour.
func (s *Service) RequestSignIn(ctx context.Context, email, browserSecret, next string) error {
	email, err := readEmail("email", email)
	if err != nil {
		return err
	}
	if !looksLikeSecret(browserSecret) {
		return fault.Precondition(fault.WrongState, "Your browser did not keep a cookie that signing in needs. Please allow cookies and try again.")
	}
	if s.Mail == nil {
		return errors.New("request sign-in: no mail has been set up")
	}
	if !OwnPath(next) {
		next = ""
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockAddress, pgx.StrictNamedArgs{"email": email}); err != nil {
			return fmt.Errorf("lock address: %w", err)
		}
		m := SignInMail{Email: email, Token: NewSecret(), Expires: tx.Now.Add(LinkLife), At: tx.Now}
		tag, err := tx.Exec(ctx, sqlInsertSignInLink, pgx.StrictNamedArgs{
			"token_hash": hash(m.Token), "email": email, "browser_hash": hash(browserSecret), "next_path": next,
			"now": tx.Now, "expires_at": m.Expires, "hour_ago": tx.Now.Add(-time.Hour), "most": linksPerHour,
		})
		if err != nil {
			return fmt.Errorf("insert sign-in link: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // enough for this hour; saying so would help whoever pesters
		}
		if err := s.Mail(ctx, tx, m); err != nil {
			return fmt.Errorf("mail sign-in link: %w", err)
		}
		return nil
	})
}

// signInLink is a row of sign_in_link.
type signInLink struct {
	TokenHash   []byte
	Email       string
	BrowserHash []byte
	CodeHash    []byte
	CodeTries   int
	NextPath    string
	ExpiresAt   time.Time
	SpentAt     *time.Time
}

// live reports whether the link can still sign somebody in.
func (l signInLink) live(now time.Time) bool { return l.SpentAt == nil && now.Before(l.ExpiresAt) }

// askedBy reports whether the browser with this secret asked for the link.
func (l signInLink) askedBy(browserSecret string) bool {
	return looksLikeSecret(browserSecret) && bytes.Equal(l.BrowserHash, hash(browserSecret))
}

func errLinkOver() error {
	return fault.Precondition(fault.DeadlinePassed, "This link has run out or was used already. Please ask for a new one.")
}

const sqlSignInLink = `
SELECT token_hash, email, browser_hash, code_hash, code_tries, next_path, expires_at, spent_at
  FROM sign_in_link
 WHERE token_hash = @token_hash`

func readLink(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs) (signInLink, error) {
	rows, _ := q.Query(ctx, sql, args) // CollectExactlyOneRow reports the error
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[signInLink])
	if pg.IsNoRows(err) {
		return signInLink{}, errLinkOver()
	}
	if err != nil {
		return signInLink{}, fmt.Errorf("read sign-in link: %w", err)
	}
	return l, nil
}

// OpenedLink is what the page behind a link may say before anybody presses the
// button.
type OpenedLink struct {
	// Email is who would be signed in.
	Email string
	// SameBrowser is false when the button will show a code instead.
	SameBrowser bool
	// Expires is when the link stops working.
	Expires time.Time
}

// OpenSignIn looks at a link and changes nothing, however often it is opened.
func (s *Service) OpenSignIn(ctx context.Context, token, browserSecret string) (OpenedLink, error) {
	l, err := readLink(ctx, s.db.Pool(), sqlSignInLink, pgx.StrictNamedArgs{"token_hash": hash(token)})
	if err != nil {
		return OpenedLink{}, err
	}
	if !l.live(s.now()) {
		return OpenedLink{}, errLinkOver()
	}
	return OpenedLink{Email: l.Email, SameBrowser: l.askedBy(browserSecret), Expires: l.ExpiresAt}, nil
}

// Spent is what came of spending a link, a code or a setup link.
type Spent struct {
	// Session goes into the browser's cookie; empty when Code is set.
	Session string
	// Person is who is signed in.
	Person uid.Person
	// Next is where to go now, one of our own paths or empty.
	Next string
	// Code is to be shown here and typed into the browser that asked; nobody is
	// signed in yet.
	Code string
}

const sqlLockSignInLink = sqlSignInLink + `
   FOR UPDATE`

const sqlShowCode = `
UPDATE sign_in_link
   SET code_hash = @code_hash
 WHERE token_hash = @token_hash`

// SpendSignIn spends a link, which only a POST may do. In the browser that asked
// for it the answer is a session; in any other it is a code for the first.
// browser is what the browser calls itself.
func (s *Service) SpendSignIn(ctx context.Context, token, browserSecret, browser string) (Spent, error) {
	var out Spent
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		l, err := readLink(ctx, tx, sqlLockSignInLink, pgx.StrictNamedArgs{"token_hash": hash(token)})
		if err != nil {
			return err
		}
		if !l.live(tx.Now) {
			return errLinkOver()
		}
		if l.askedBy(browserSecret) {
			out, err = spendTx(ctx, tx, l, browser)
			return err
		}
		out = Spent{Code: codeFor(token)}
		_, err = tx.Exec(ctx, sqlShowCode, pgx.StrictNamedArgs{
			"token_hash": l.TokenHash, "code_hash": codeHash(l.TokenHash, out.Code),
		})
		if err != nil {
			return fmt.Errorf("show code: %w", err)
		}
		return nil
	})
	if err != nil {
		return Spent{}, err
	}
	return out, nil
}

const sqlSpendLink = `
UPDATE sign_in_link
   SET spent_at = @now
 WHERE token_hash = @token_hash`

// spendTx signs the link's person in; the caller has locked the link.
func spendTx(ctx context.Context, tx *pg.Tx, l signInLink, browser string) (Spent, error) {
	if _, err := tx.Exec(ctx, sqlSpendLink, pgx.StrictNamedArgs{"token_hash": l.TokenHash, "now": tx.Now}); err != nil {
		return Spent{}, fmt.Errorf("spend link: %w", err)
	}
	p, err := ensurePersonTx(ctx, tx, l.Email, "")
	if err != nil {
		return Spent{}, err
	}
	session, err := startTx(ctx, tx, p.ID, browser)
	if err != nil {
		return Spent{}, err
	}
	return Spent{Session: session, Person: p.ID, Next: l.NextPath}, nil
}

const sqlCodeAddress = `
SELECT email
  FROM sign_in_link
 WHERE browser_hash = @browser_hash
   AND code_hash IS NOT NULL
   AND spent_at IS NULL
   AND expires_at > @now
 ORDER BY created_at DESC, token_hash
 LIMIT 1`

const sqlTakeTry = `
UPDATE sign_in_link
   SET code_tries = code_tries + 1
 WHERE token_hash = (
         SELECT token_hash
           FROM sign_in_link
          WHERE browser_hash = @browser_hash
            AND email = @email
            AND code_hash IS NOT NULL
            AND spent_at IS NULL
            AND expires_at > @now
          ORDER BY created_at DESC, token_hash
          LIMIT 1)
   AND code_tries < @per_link
   AND (SELECT sum(l.code_tries) FROM sign_in_link l WHERE l.email = @email AND l.created_at > @day_ago) < @per_day
RETURNING token_hash, email, browser_hash, code_hash, code_tries, next_path, expires_at, spent_at`

// SpendCode signs in with the code that another browser shows. A wrong code
// costs a try: five a link, twenty a day for one address, whatever the browsers.
func (s *Service) SpendCode(ctx context.Context, browserSecret, code, browser string) (Spent, error) {
	if !looksLikeSecret(browserSecret) {
		return Spent{}, errLinkOver()
	}
	var out Spent
	var refused error // a wrong try must be committed, so it is no error of the transaction
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		out, refused = Spent{}, nil
		l, err := takeTryTx(ctx, tx, hash(browserSecret))
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(l.CodeHash, codeHash(l.TokenHash, code)) != 1 {
			refused = fault.InvalidField("code", "code.wrong", "is not the code that the other browser shows")
			return nil
		}
		out, err = spendTx(ctx, tx, l, browser)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return Spent{}, err
	}
	return out, nil
}

// takeTryTx counts a try on the newest link that waits for a code from this
// browser. The address is locked, so parallel tries are counted one by one.
func takeTryTx(ctx context.Context, tx *pg.Tx, browserHash []byte) (signInLink, error) {
	var email string
	err := tx.QueryRow(ctx, sqlCodeAddress, pgx.StrictNamedArgs{"browser_hash": browserHash, "now": tx.Now}).Scan(&email)
	if pg.IsNoRows(err) {
		return signInLink{}, errLinkOver()
	}
	if err != nil {
		return signInLink{}, fmt.Errorf("find link: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlLockAddress, pgx.StrictNamedArgs{"email": email}); err != nil {
		return signInLink{}, fmt.Errorf("lock address: %w", err)
	}
	l, err := readLink(ctx, tx, sqlTakeTry, pgx.StrictNamedArgs{
		"browser_hash": browserHash, "email": email, "now": tx.Now, "day_ago": tx.Now.Add(-24 * time.Hour),
		"per_link": triesPerLink, "per_day": triesPerDay,
	})
	if fault.Is(err, fault.DeadlinePassed) {
		return signInLink{}, fault.TooMany(fault.RateLimited, 0, "Too many wrong codes. Please ask for a new link, or try again tomorrow.")
	}
	return l, err
}
