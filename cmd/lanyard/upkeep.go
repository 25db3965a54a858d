package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"lanyard/internal/app"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
)

// migrateCommand brings the database up to date.
type migrateCommand struct{}

// Run implements the command. Opening the services migrates.
func (migrateCommand) Run(ctx context.Context, cfg *app.Config) error {
	cfg.NoMigrate = false
	_, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	done()
	fmt.Println("The database is up to date.")
	return nil
}

// doctorCommand checks an installation.
type doctorCommand struct{}

// Run implements the command. It repairs nothing.
func (doctorCommand) Run(ctx context.Context, cfg *app.Config) error {
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	fmt.Println("ok    settings are readable and the database answers")
	return diagnose(ctx, s.DB)
}

// diagnose prints what app.Check finds.
func diagnose(ctx context.Context, db *pg.DB) error {
	right, wrong, err := app.Check(ctx, db.Pool())
	if err != nil {
		return err
	}
	for _, line := range right {
		fmt.Println("ok   ", line)
	}
	for _, line := range wrong {
		fmt.Println("WRONG", line)
	}
	if len(wrong) > 0 {
		return errors.New("something is wrong that must never be; nothing was changed")
	}
	return nil
}

// signInLinkCommand lets somebody in who cannot get mail.
type signInLinkCommand struct {
	Email string        `arg:"" help:"The person's address."`
	For   time.Duration `help:"How long the link works." default:"15m"`
}

// Run implements the command.
func (c *signInLinkCommand) Run(ctx context.Context, cfg *app.Config) error {
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	p, err := s.Accounts.PersonByEmail(ctx, c.Email)
	if err != nil {
		return err
	}
	token, err := s.Accounts.MakeSetupLink(ctx, p.ID, c.For)
	if err != nil {
		return err
	}
	fmt.Println(s.Base.JoinPath("setup", token))
	return nil
}

// healthcheckCommand asks a running server.
type healthcheckCommand struct{}

// Run implements the command.
func (healthcheckCommand) Run(ctx context.Context, cfg *app.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.Listen+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", resp.Status)
	}
	fmt.Fprintln(os.Stdout, "ready")
	return nil
}

// prepareNPMPostgresCommand completes PostgreSQL binaries that came from npm.
type prepareNPMPostgresCommand struct {
	Dir string `arg:"" help:"The package's folder." type:"existingdir"`
}

// Run implements the command.
func (c *prepareNPMPostgresCommand) Run() error { return pgserver.PrepareNPM(c.Dir) }
