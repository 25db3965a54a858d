package account

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// touchEvery bounds how often the use of a sign-in is written down.
const touchEvery = time.Minute

// sqlAuthenticate finds a living sign-in with its person and teams, and writes
// down that it is used when that was not done in the last minute. The update and
// the look see the same moment, so a use never brings an idle sign-in back.
const sqlAuthenticate = `
WITH live AS (
  SELECT s.id, s.person_id, s.last_used_at
    FROM sign_in s
   WHERE s.token_hash = @token_hash
     AND` + aliveCondition + `
), touched AS (
  UPDATE sign_in s
     SET last_used_at = @now
    FROM live
   WHERE s.id = live.id
     AND s.last_used_at < @touched_before
), seen AS (
  UPDATE person p
     SET last_seen_at = @now
    FROM live
   WHERE p.id = live.person_id
     AND live.last_used_at < @touched_before
)
SELECT live.id, p.id, p.email, p.name,
       coalesce(array_agg(m.org_id ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}'),
       coalesce(array_agg(m.role ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}'),
       coalesce(array_agg(array_to_string(m.event_ids, ',') ORDER BY m.org_id) FILTER (WHERE m.org_id IS NOT NULL), '{}')
  FROM live
  JOIN person p ON p.id = live.person_id
  LEFT JOIN member m ON m.person_id = p.id
 GROUP BY live.id, p.id`

// Actor returns who the session belongs to, with the roles as they are now. A
// session that is unknown, over or revoked belongs to nobody: the zero Actor.
func (s *Service) Actor(ctx context.Context, session string) (Actor, error) {
	if !looksLikeSecret(session) {
		return Actor{}, nil
	}
	now := s.now()
	args := aliveArgs(now)
	args["token_hash"], args["touched_before"] = hash(session), now.Add(-touchEvery)
	var a Actor
	var m memberships
	err := s.db.Pool().QueryRow(ctx, sqlAuthenticate, args).
		Scan(&a.SignIn, &a.Person, &a.Email, &a.Name, &m.orgs, &m.roles, &m.events)
	if pg.IsNoRows(err) {
		return Actor{}, nil
	}
	if err == nil {
		a.Memberships, err = m.read()
	}
	if err != nil {
		return Actor{}, fmt.Errorf("look up sign-in: %w", err)
	}
	return a, nil
}

// memberships are a person's teams as the query gives them, one per index.
type memberships struct {
	orgs   []uid.Org
	roles  []string
	events []string // bare UUIDs with commas in between
}

func (m memberships) read() ([]Membership, error) {
	out := make([]Membership, len(m.orgs))
	for i := range m.orgs {
		out[i] = Membership{Org: m.orgs[i], Role: Role(m.roles[i])}
		for text := range strings.SplitSeq(m.events[i], ",") {
			if text == "" {
				continue
			}
			id, err := uuid.Parse(text)
			if err != nil {
				return nil, fmt.Errorf("event of a membership: %w", err)
			}
			out[i].Events = append(out[i].Events, uid.Event(id))
		}
	}
	return out, nil
}

// Authenticate puts the actor into the context of every request that carries a
// tablet's token or a session. It costs requests without one nothing, and those
// with one a query. A request with a token is the tablet's, whatever cookies come
// with it.
func (s *Service) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, shown, err := s.actorOf(r)
		switch {
		case !shown:
		case err != nil && r.Context().Err() != nil: // the client has gone
			return
		case err != nil:
			s.log.ErrorContext(r.Context(), "sign-in could not be looked up", "error", err)
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Sign-ins cannot be looked up just now. Please try again in a moment.", http.StatusServiceUnavailable)
			return
		case a.SignedIn(), a.Device != nil, a.DeviceEnded:
			r = r.WithContext(WithActor(r.Context(), a))
		}
		next.ServeHTTP(w, r)
	})
}

// actorOf looks up who asks; false when the request shows nothing to look up.
func (s *Service) actorOf(r *http.Request) (Actor, bool, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		a, err := s.DeviceActor(r.Context(), token)
		return a, true, err
	}
	c, err := r.Cookie(s.sessionCookie())
	if err != nil { // there is none
		return Actor{}, false, nil
	}
	a, err := s.Actor(r.Context(), c.Value)
	return a, true, err
}

// sessionCookie is the cookie's name. The prefix makes browsers insist that this
// very host set it over https.
func (s *Service) sessionCookie() string {
	if s.secure {
		return "__Host-sid"
	}
	return "sid"
}

// browserCookie is the name of the cookie by which a browser is known while
// somebody signs in.
func (s *Service) browserCookie() string {
	if s.secure {
		return "__Host-browser"
	}
	return "browser"
}

func (s *Service) cookie(name, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// SetCookie gives the browser its session.
func (s *Service) SetCookie(w http.ResponseWriter, session string) {
	http.SetCookie(w, s.cookie(s.sessionCookie(), session, WholeLife))
}

// ClearCookie takes the session from the browser, and its secret with it: the
// next person at this machine starts afresh.
func (s *Service) ClearCookie(w http.ResponseWriter) {
	for _, name := range []string{s.sessionCookie(), s.browserCookie()} {
		c := s.cookie(name, "", 0)
		c.MaxAge = -1
		http.SetCookie(w, c)
	}
}

// BrowserCookie returns the secret by which this browser is known while somebody
// signs in, and gives it one when it has none. Call it on the page that asks for
// the address, so that the cookie is there when the form comes back.
func (s *Service) BrowserCookie(w http.ResponseWriter, r *http.Request) string {
	if secret := s.BrowserSecret(r); secret != "" {
		return secret
	}
	secret := NewSecret()
	http.SetCookie(w, s.cookie(s.browserCookie(), secret, 24*time.Hour))
	return secret
}

// BrowserSecret returns the secret by which this browser is known, or "".
func (s *Service) BrowserSecret(r *http.Request) string {
	c, err := r.Cookie(s.browserCookie())
	if err != nil || !looksLikeSecret(c.Value) {
		return ""
	}
	return c.Value
}

const sqlForgetLinks = `DELETE FROM sign_in_link WHERE created_at < @day_ago`

const sqlForgetSignIns = `
DELETE FROM sign_in
 WHERE expires_at < @month_ago
    OR revoked_at < @month_ago`

const sqlForgetSetupLinks = `DELETE FROM setup_link WHERE expires_at < @day_ago`

// ForgetTx removes links that can count for nothing any more and sign-ins that
// ended a month ago; a periodic job calls it. It returns how many rows went.
func ForgetTx(ctx context.Context, tx *pg.Tx) (int64, error) {
	dayAgo, monthAgo := tx.Now.Add(-25*time.Hour), tx.Now.AddDate(0, -1, 0)
	var n int64
	for sql, args := range map[string]pgx.StrictNamedArgs{
		sqlForgetLinks:      {"day_ago": dayAgo},
		sqlForgetSignIns:    {"month_ago": monthAgo},
		sqlForgetSetupLinks: {"day_ago": dayAgo},
	} {
		tag, err := tx.Exec(ctx, sql, args)
		if err != nil {
			return 0, fmt.Errorf("forget sign-ins: %w", err)
		}
		n += tag.RowsAffected()
	}
	return n, nil
}
