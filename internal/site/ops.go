package site

import (
	"net/http"
	"slices"
	"strings"

	"lanyard/internal/account"
	"lanyard/internal/fault"
)

// opsPolicy is the content policy of the job queue's pages alone. They are
// River's own: their script sets style attributes and writes HTML in ways that
// trusted types would stop. Scripts still come from here only.
const opsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Site) opsRoutes(m *router) {
	if s.Jobs != nil {
		m.member("/ops/jobs/", s.jobs)
	}
	if s.Payment != nil {
		m.member("GET /ops/money", s.moneyPage)
		m.member("POST /ops/money", s.moneyPost)
	}
}

// jobs shows the job queue to operators.
func (s *Site) jobs(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.operator(r); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", opsPolicy)
	s.Jobs.ServeHTTP(w, r)
	return nil
}

// operator is who asks, when they look after the installation. To everybody else
// who is signed in, there is no such page.
func (s *Site) operator(r *http.Request) (account.Actor, error) {
	actor := account.ActorFrom(r.Context())
	if !actor.SignedIn() {
		return actor, fault.Unauthenticated("Please sign in first.")
	}
	if !s.operates(actor) {
		return actor, fault.NotFound("page")
	}
	return actor, nil
}

// operates reports whether the actor looks after the installation itself.
func (s *Site) operates(a account.Actor) bool {
	return a.Email != "" && slices.Contains(s.Operators, strings.ToLower(a.Email))
}
