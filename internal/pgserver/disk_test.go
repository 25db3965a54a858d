//go:build linux

package pgserver

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestDiskFull_ServerRecoversOnItsReserve fills a small disk under a running server. PostgreSQL panics and
// cannot recover for want of room, until the reserve is given up.
func TestDiskFull_ServerRecoversOnItsReserve(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small disk")
	}
	t.Parallel()
	dir := emptyPlace(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=760m,mode=755"); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := start(t, dir)
	write(t, s.URL(), 1)
	fill(t, dir)

	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	for err == nil { // until the write-ahead log cannot grow, which is a panic
		_, err = conn.Exec(t.Context(), `SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000))`)
	}
	conn.Close(t.Context())
	eventually(t, "the reserve is given up", func() bool {
		space, err := s.FreeSpace()
		return err == nil && space.BallastSpent
	})
	eventually(t, "the server answers again", func() bool { _, ok := read(s.URL()); return ok })
	got, _ := read(s.URL())
	if len(got) == 0 || got[0] != 1 {
		t.Fatalf("the acknowledged row is lost: %v", got[:min(len(got), 5)])
	}
	if _, err := os.Stat(filepath.Join(dir, "pg", "ballast")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the reserve is still there: %v", err)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

// fill takes all but 40 MB of the disk.
func fill(t *testing.T, dir string) {
	t.Helper()
	free, err := freeBytes(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := allocate(f, int64(free)-40<<20); err != nil {
		t.Fatal(err)
	}
}
