package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"lanyard/internal/pgserver"
)

// A server is where this process makes its databases.
type server struct {
	admin    *pgxpool.Pool
	url      func(database string) string
	owner    string // of new databases; "" when admin is to own them
	private  bool   // no other machine uses it
	template string
}

// patience bounds the wait for the shared server and its template.
const patience = 2 * time.Minute

// shared connects this process to the run's server, once.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, adminURL, err := locate(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(adminURL)
	if err != nil {
		return nil, fmt.Errorf("read the server's address: %w", err)
	}
	cfg.MaxConns = 4
	if s.admin, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	if s.template, err = s.makeTemplate(ctx); err != nil {
		return nil, err
	}
	return s, nil
})

// locate finds the server: the one that TEST_DATABASE_URL names, or our own.
func locate(ctx context.Context) (*server, string, error) {
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return &server{url: func(db string) string { return withDatabase(given, db) }}, given, nil
	}
	dir, err := join(ctx)
	if err != nil {
		return nil, "", err
	}
	a, err := pgserver.Attach(dir)
	if err != nil {
		return nil, "", err
	}
	return &server{
		url:     func(db string) string { return withDatabase(a.URL(), db) },
		owner:   "lanyard",
		private: true,
	}, a.AdminURL("postgres"), nil
}

// withDatabase returns the address with another database in it.
func withDatabase(address, database string) string {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return address + " dbname=" + database // keyword=value: the last one counts
	}
	u, err := url.Parse(address)
	if err != nil {
		return address // connecting will say what is wrong with it
	}
	u.Path = "/" + database
	return u.String()
}
