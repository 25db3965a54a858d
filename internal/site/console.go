package site

import (
	"net/http"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/web"
)

func (s *Site) consoleRoutes(m *router) {
	if s.RPC != nil {
		m.handle("/rpc/", s.Account.Authenticate(s.RPC))
	}
	m.member("GET /console/{path...}", s.console)
}

// console serves the one document in which the organisers' console lives; the
// script shows what the path asks for. Whoever is not signed in is sent to sign
// in first, so that nobody sees an empty shell.
func (s *Site) console(w http.ResponseWriter, r *http.Request) error {
	if !account.ActorFrom(r.Context()).SignedIn() {
		return fault.Unauthenticated("Please sign in first.")
	}
	return s.render(w, r, http.StatusOK, "console.html", page{Title: "Console", Hidden: true, Entry: web.Console})
}
