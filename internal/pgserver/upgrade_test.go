//go:build linux

package pgserver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestUpgrade_WithNothingNewerChangesNothing(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	found, _ := Find(t.Context(), os.Getenv("LANYARD_PG_BIN"))
	_, err := Upgrade(t.Context(), Config{Dir: dir}, found[len(found)-1], func(context.Context, *Server, *Server) error {
		t.Error("something was carried")
		return nil
	})
	wantStartError(t, err, CodeUnusable, "there is nothing to upgrade to")
	start(t, dir)
}

// TestUpgrade_AFailureLeavesTheOldCluster lies about the version of the new
// programs, so that one installation is enough.
func TestUpgrade_AFailureLeavesTheOldCluster(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	found, _ := Find(t.Context(), os.Getenv("LANYARD_PG_BIN"))
	to := found[0]
	to.Major++
	broken := errors.New("the link broke")
	_, err := Upgrade(t.Context(), Config{Dir: dir, Volatile: true}, to, func(_ context.Context, from, into *Server) error {
		write(t, from.URL(), 1)
		write(t, into.URL(), 2)
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pg", "upgrade")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an upgrade is left: %v", err)
	}
	if got, _ := read(start(t, dir).URL()); !slices.Equal(got, []int{1}) {
		t.Fatalf("got %v, want what the old cluster held", got)
	}
}

func TestUpgrade_TheNewClusterIsUsedAndTheOldOneStays(t *testing.T) {
	t.Parallel()
	found, _ := Find(t.Context(), "")
	first, last := found[len(found)-1], found[0]
	if first.Major == last.Major {
		t.Skip("needs two major versions of PostgreSQL")
	}
	dir := emptyPlace(t)
	old, err := Start(t.Context(), Config{Dir: dir, BinDir: first.Dir})
	if err != nil {
		t.Fatal(err)
	}
	write(t, old.URL(), 1)
	if err := old.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = Upgrade(t.Context(), Config{Dir: dir}, last, func(_ context.Context, _, into *Server) error {
		write(t, into.URL(), 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, dir)
	if got, _ := read(s.URL()); s.bins.Major != last.Major || !slices.Equal(got, []int{2}) {
		t.Fatalf("PostgreSQL %s holds %v", s.Version(), got)
	}
	if clusterMajor(filepath.Join(dir, "pg")) != last.Major {
		t.Error("the next start would take the old cluster")
	}
	if _, err := os.Stat(filepath.Join(dir, "pg", "15", "data")); first.Major == 15 && err != nil {
		t.Errorf("the old cluster is gone: %v", err)
	}
}
