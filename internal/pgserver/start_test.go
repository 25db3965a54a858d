//go:build linux

package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestStart_MakesAClusterAsPromised(t *testing.T) {
	t.Parallel()
	dir := emptyPlace(t)
	s := start(t, dir)
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	got := map[string]string{}
	for name, sql := range map[string]string{
		"tcp":       `SHOW listen_addresses`,
		"encoding":  `SHOW server_encoding`,
		"checksums": `SHOW data_checksums`,
		"zone":      `SHOW timezone`,
		"fsync":     `SHOW fsync`,
		"superuser": `SHOW is_superuser`,
		"owner":     `SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()`,
		"collation": `SELECT datcollate FROM pg_database WHERE datname = current_database()`,
		"password":  `SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = 'lanyard'`,
	} {
		reader := conn
		if name == "password" {
			if reader, err = pgx.Connect(t.Context(), s.AdminURL("lanyard")); err != nil {
				t.Fatal(err)
			}
			defer reader.Close(context.Background())
		}
		var value string
		if err := reader.QueryRow(t.Context(), sql).Scan(&value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got[name] = value
	}
	want := map[string]string{
		"tcp": "", "encoding": "UTF8", "checksums": "on", "zone": "UTC", "fsync": "on",
		"superuser": "off", "owner": "lanyard", "collation": "C", "password": "SCRAM-SHA-256",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, mode := range map[string]os.FileMode{"password": 0o600, "runtime.json": 0o600, "sock": 0o700, "postgres.log": 0o600} {
		info, err := os.Stat(filepath.Join(dir, "pg", name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, want mode %o (%v)", name, info, mode, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "pg", "ballast")); err != nil || info.Size() != ballastSize {
		t.Errorf("no room is set aside: %v", err)
	}
}

func TestStart_KeepsTheDataOfTheLastRun(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	s := start(t, dir)
	write(t, s.URL(), 7)
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Err(); err != nil {
		t.Fatalf("after Stop: %v", err)
	}
	s = start(t, dir)
	if got, _ := read(s.URL()); len(got) != 1 || got[0] != 7 {
		t.Fatalf("got %v, want [7]", got)
	}
}

func TestStart_RefusesASecondOwner(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	start(t, dir)
	_, err := Start(t.Context(), Config{Dir: dir})
	wantStartError(t, err, CodeBusy, fmt.Sprintf("another lanyard process (pid %d) owns %s/pg;", os.Getpid(), dir))
}

func TestAttach_ReachesARunningServer(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	if _, err := Attach(dir); err == nil {
		t.Fatal("attached to a server that does not run")
	}
	o := runOwner(t, dir)
	a, err := Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	write(t, a.URL(), 1)
	if a.PID() != o.cmd.Process.Pid {
		t.Errorf("owner is %d, want %d", a.PID(), o.cmd.Process.Pid)
	}
	o.input.Close()
	if err := o.cmd.Wait(); err != nil {
		t.Fatalf("the owner did not stop in order: %v", err)
	}
	_, err = Attach(dir)
	wantStartError(t, err, CodeUnusable, "no lanyard runs on "+dir)
}

func TestStart_RefusesAClusterOfAnotherMajor(t *testing.T) {
	t.Parallel()
	dir := emptyPlace(t)
	data := filepath.Join(dir, "pg", "99", "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	wantStartError(t, err, CodeUnusable, "data in "+dir+"/pg/99 was made by PostgreSQL 99; found only", "Nothing was changed. Install 99")
	if left, _ := filepath.Glob(filepath.Join(dir, "pg", "*", "*")); len(left) != 1 || left[0] != data {
		t.Errorf("something was changed: %v", left)
	}
}

func TestStart_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	t.Run("no PostgreSQL", func(t *testing.T) {
		t.Parallel()
		empty := emptyPlace(t)
		_, err := Start(t.Context(), Config{Dir: emptyPlace(t), BinDir: empty})
		wantStartError(t, err, CodeUnusable, "no PostgreSQL 15+ found (looked in: "+empty+" (no postgres))", "apt install postgresql", "or set DATABASE_URL")
	})
	t.Run("the password", func(t *testing.T) {
		t.Parallel()
		dir := clusterPlace(t)
		if err := os.Remove(filepath.Join(dir, "pg", "password")); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Config{Dir: dir})
		wantStartError(t, err, CodeUnusable, dir+"/pg/password is missing")
	})
	t.Run("the right password", func(t *testing.T) {
		t.Parallel()
		dir := clusterPlace(t)
		if err := os.WriteFile(filepath.Join(dir, "pg", "password"), []byte("other\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Config{Dir: dir})
		wantStartError(t, err, CodeUnusable, "does not let us in")
		if pids := processesIn(dataDir(t, dir)); len(pids) != 0 {
			t.Errorf("the server still runs: %v", pids)
		}
	})
	t.Run("a setting that PostgreSQL understands", func(t *testing.T) {
		t.Parallel()
		dir := clusterPlace(t)
		if err := appendTo(filepath.Join(dataDir(t, dir), "postgresql.conf"), "shared_buffers = 'lots'\n"); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Config{Dir: dir})
		wantStartError(t, err, CodeUnusable, "PostgreSQL did not start", "postgres.log")
	})
}

func TestStart_AsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root")
	}
	t.Parallel()
	t.Run("lends the server another account", func(t *testing.T) {
		t.Parallel()
		dir := clusterPlace(t)
		start(t, dir)
		info, err := os.Stat(fmt.Sprintf("/proc/%d", postmaster(t, dir)))
		if err != nil {
			t.Fatal(err)
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 {
			t.Fatal("PostgreSQL runs as root")
		}
	})
	t.Run("says that the account cannot pass", func(t *testing.T) {
		t.Parallel()
		dir := emptyPlace(t)
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Config{Dir: dir})
		wantStartError(t, err, CodeUnusable, "Each directory above must be open to that user")
	})
	t.Run("refuses a cluster of an unknown account", func(t *testing.T) {
		t.Parallel()
		dir := clusterPlace(t)
		if err := os.Chown(dataDir(t, dir), 54321, 54321); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Config{Dir: dir})
		wantStartError(t, err, CodeUnusable, "uid 54321")
	})
}

// TestAsOrdinaryUser runs all of this package's tests again without privileges.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is the run without privileges")
	}
	t.Parallel()
	dir := emptyPlace(t)
	binary := filepath.Join(dir, "pgserver.test")
	if out, err := exec.Command("cp", os.Args[0], binary).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(binary, "-test.v")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "\n--- PASS"); n < 10 {
		t.Fatalf("only %d tests passed:\n%s", n, out)
	}
}

func TestStart_MovesTheSocketWhenThePathIsTooLong(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(emptyPlace(t), strings.Repeat("long-", 20))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir)
	t.Cleanup(func() { os.RemoveAll(s.at.sock) })
	write(t, s.URL(), 1)
	if len(s.at.sock) > maxSocketPath || strings.HasPrefix(s.at.sock, dir) {
		t.Errorf("the socket is in %s", s.at.sock)
	}
}

func TestStart_KeepsClearOfTheTerminal(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	start(t, dir)
	group, err := syscall.Getpgid(postmaster(t, dir))
	if err != nil || group == syscall.Getpgrp() {
		t.Fatalf("group %d is ours: Ctrl-C would stop the server before the program is done with it (%v)", group, err)
	}
}

func TestStop_InAHurryStillLosesNothing(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	s := start(t, dir)
	write(t, s.URL(), 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = s.Stop(ctx) // it says that there was no final checkpoint, or was quick enough
	if got, _ := read(start(t, dir).URL()); len(got) != 1 {
		t.Fatalf("got %v, want [3]", got)
	}
}

func TestFind_ReportsEachPlaceOnce(t *testing.T) {
	t.Parallel()
	found, looked := Find(t.Context(), "")
	if len(found) == 0 {
		t.Fatalf("no PostgreSQL among %v", looked)
	}
	seen := map[string]bool{}
	for _, b := range found {
		if seen[b.Dir] || b.Major < oldestMajor || !strings.HasPrefix(b.Version, strconv.Itoa(b.Major)) {
			t.Errorf("bad or repeated: %+v", b)
		}
		seen[b.Dir] = true
	}
}

func TestFind_FollowsLinksToTheInstallation(t *testing.T) {
	t.Parallel()
	found, _ := Find(t.Context(), "")
	if len(found) == 0 {
		t.Fatal("no PostgreSQL")
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(found[0].Dir, "postgres"), filepath.Join(dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	got, _ := Find(t.Context(), dir)
	if diff := cmp.Diff(found[:1], got); diff != "" {
		t.Error(diff)
	}
}
