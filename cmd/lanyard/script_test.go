package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"lanyard/internal/account"
	"lanyard/internal/app"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/stripesim/honest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lanyard": main})
}

// TestScripts runs the command line's stories, each on a database of its own with
// one organisation, "northern".
func TestScripts(t *testing.T) {
	t.Parallel()
	sim, stripe := honest.Start(t, stripesim.Options{Seed: 3})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			url := pgtest.URL(t)
			data := env.Getenv("WORK") + "/data"
			env.Setenv("DATABASE_URL", url)
			env.Setenv("LANYARD_DATA_DIR", data)
			env.Setenv("LANYARD_LOG_LEVEL", "error")
			env.Setenv("STRIPE_ADDRESS", stripe)
			env.Setenv("STRIPE_SECRET", sim.Key())
			return northern(t.Context(), &app.Config{DatabaseURL: url, DataDir: data, Listen: "127.0.0.1:8080", MailFrom: "events@lanyard.example", LogLevel: "error"})
		},
	})
}

// northern makes the organisation through the services.
func northern(ctx context.Context, cfg *app.Config) error {
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	p, err := s.Accounts.EnsurePerson(ctx, "owner@example.org", "Olivia")
	if err != nil {
		return err
	}
	_, err = s.Accounts.CreateOrganisation(ctx, account.PersonActor(p.ID), replay.Key{}, account.OrganisationDetails{
		Name: "Northern", Slug: "northern", Timezone: "Europe/London", ContactEmail: "hello@example.org",
	})
	if err != nil {
		return fmt.Errorf("make the organisation: %w", err)
	}
	return os.WriteFile(cfg.DataDir+"/ready", nil, 0o600)
}
