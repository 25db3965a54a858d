package pgtest

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
)

// templateLock is the advisory lock under which templates are made.
const templateLock = 7_241_905_318_622_048

const (
	// keepFor is how long databases that nobody drops are kept.
	keepFor = time.Hour
	// keepTemplateFor is longer: tests of another state of the tree may be running.
	keepTemplateFor = 24 * time.Hour
)

// makeTemplate returns the database that all others are copied from: migrated
// and without connections. One process makes it, for all that have the same
// migrations.
func (s *server) makeTemplate(ctx context.Context) (string, error) {
	hash, err := pg.SchemaHash()
	if err != nil {
		return "", err
	}
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return "", fmt.Errorf("connect to the server: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("wait for the template: %w", err)
	}
	defer conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(templateLock)) // on failure the connection goes, and the lock with it

	rows, _ := conn.Query(ctx, "SELECT datname FROM pg_database ORDER BY datname") // CollectRows reports the error
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("list the databases: %w", err)
	}
	suffix := "_" + hash[:16]
	found := ""
	for _, name := range names {
		if strings.HasPrefix(name, "template_") && strings.HasSuffix(name, suffix) {
			found = name
		} else if s.leftover(name) {
			if err := s.drop(ctx, name); err != nil {
				return "", err
			}
		}
	}
	if found != "" {
		return found, nil
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	wip, template := "wip_"+stamp+suffix, "template_"+stamp+suffix
	if err := s.drop(ctx, wip); err != nil {
		return "", err
	}
	if err := s.clone(ctx, wip, "template0"); err != nil {
		return "", err
	}
	if err := migrate(ctx, s.url(wip)); err != nil {
		return "", err
	}
	if err := s.rename(ctx, wip, template); err != nil {
		return "", err
	}
	return template, nil
}

func migrate(ctx context.Context, url string) error {
	db, err := pg.Open(ctx, url, pg.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	return pg.Migrate(ctx, db)
}

var ourName = regexp.MustCompile(`^(test|failed|wip|template)_([0-9]+)_([0-9]*)`)

// leftover reports whether a database of ours has no use any more: it is old,
// or the process that would have dropped it is gone. On a server that other
// machines use too, process numbers say nothing.
func (s *server) leftover(name string) bool {
	match := ourName.FindStringSubmatch(name)
	if match == nil {
		return false
	}
	made, err := strconv.ParseInt(match[2], 10, 64)
	if err != nil {
		return false
	}
	keep := keepFor
	if match[1] == "template" {
		keep = keepTemplateFor
	}
	if time.Since(time.Unix(made, 0)) > keep {
		return true
	}
	pid, err := strconv.Atoi(match[3])
	return match[1] == "test" && s.private && err == nil && syscall.Kill(pid, 0) == syscall.ESRCH
}
