package pgtest

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pgserver"
)

// Cluster starts a PostgreSQL that belongs to this test alone and, unlike the
// shared one, keeps what it acknowledged: for tests that crash it. It takes
// about a second. The address it has is that of an empty database.
func Cluster(t testing.TB) *pgserver.Server {
	t.Helper()
	base := ""
	if dir, err := home(); err == nil && strings.HasPrefix(dir, "/dev/shm/") {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "lanyard-cluster-")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if os.Geteuid() == 0 {
		if err := os.Chmod(dir, 0o711); err != nil { // the server runs as another user
			t.Fatalf("pgtest: %v", err)
		}
	}
	s, err := pgserver.Start(t.Context(), pgserver.Config{Dir: dir, BinDir: os.Getenv("LANYARD_PG_BIN")})
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s
}

// Crash kills PostgreSQL as a power cut does to it: at once, with nothing
// flushed that was not flushed before. Its owner starts it again by itself.
func Crash(t testing.TB, s *pgserver.Server) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer conn.Close(ctx)
	var file string
	if err := conn.QueryRow(ctx, "SELECT pg_read_file('postmaster.pid')").Scan(&file); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	first, _, _ := strings.Cut(file, "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("pgtest: kill PostgreSQL: %v", err)
	}
}
