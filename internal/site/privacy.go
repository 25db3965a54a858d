package site

import (
	"net/http"
	"time"

	"lanyard/internal/account"
)

func (s *Site) privacyRoutes(m *router) { m.page("GET /privacy", s.privacyPage) }

// privacyView has the figures of the page that are settings elsewhere.
type privacyView struct{ DeviceDays, IdleHours int }

// privacyPage says what is kept about people. Whoever makes the program keep
// something else changes it in the same commit.
func (s *Site) privacyPage(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "privacy.html", page{
		Title: "Privacy", Canonical: s.absolute("/privacy"),
		Description: "What is kept about you when you register for an event, why, for how long, and whom to ask.",
		Body:        privacyView{DeviceDays: int(deviceLife / (24 * time.Hour)), IdleHours: int(account.IdleLife / time.Hour)},
	})
}
