//go:build linux

package pgserver

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCrash_ServerEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	o := runOwner(t, dir)
	write(t, attach(t, dir), 1)
	pid := postmaster(t, dir)
	o.kill()
	eventually(t, "the server is gone", func() bool { s := state(pid); return s == "" || s == "Z" })
	if got, _ := read(start(t, dir).URL()); len(got) != 1 {
		t.Fatalf("got %v, want [1]", got)
	}
}

// TestCrash_AttachIsNotMisledByWhatADeadOwnerLeft: the note of a killed program
// lies about until the next one has its server up.
func TestCrash_AttachIsNotMisledByWhatADeadOwnerLeft(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	o := runOwner(t, dir)
	o.kill()
	next, err := takeLock(t.Context(), filepath.Join(dir, "pg")) // where Start begins
	if err != nil {
		t.Fatal(err)
	}
	_, err = Attach(dir)
	wantStartError(t, err, CodeUnusable, "lanyard is starting or stopping on "+dir)
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	write(t, attach(t, dir), 1)
}

// TestCrash_BothKilled leaves what a killed container leaves: the number of a
// dead postmaster that still counts as a process, and the socket's lock.
func TestCrash_BothKilled(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	for round := range 3 {
		o := runOwner(t, dir)
		write(t, attach(t, dir), round)
		pid := postmaster(t, dir)
		kill(t, pid, syscall.SIGKILL)
		o.kill()
		eventually(t, "the postmaster is dead", func() bool { s := state(pid); return s == "" || s == "Z" })
	}
	s := start(t, dir)
	if got, _ := read(s.URL()); len(got) != 3 {
		t.Fatalf("got %v, want three acknowledged rows", got)
	}
}

// stale makes a directory in which a dead server seems to have the number pid.
func stale(t *testing.T, pid int) string {
	t.Helper()
	dir := clusterPlace(t)
	o := runOwner(t, dir)
	write(t, attach(t, dir), 1)
	old := postmaster(t, dir)
	data := dataDir(t, dir)
	kill(t, old, syscall.SIGKILL)
	o.kill()
	eventually(t, "its processes are gone", func() bool { return len(processesIn(data)) == 0 })
	for _, file := range []string{pidFile(t, dir), filepath.Join(dir, "pg", "sock", socketName+".lock")} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(file, []byte(strconv.Itoa(pid)+"\n"+rest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// stranger runs a process that has nothing to do with PostgreSQL, under the
// account that PostgreSQL runs as.
func stranger(t *testing.T) *exec.Cmd {
	t.Helper()
	as, err := accountFor(filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "600")
	as.prepare(cmd, false)
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be a zombie already
		_ = cmd.Wait()         // killed is what we want
	})
	return cmd
}

func TestCrash_NumberTakenByAnother(t *testing.T) {
	t.Parallel()
	for name, zombie := range map[string]bool{"a stranger": false, "a zombie": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := stranger(t)
			pid := other.Process.Pid
			if zombie {
				kill(t, pid, syscall.SIGKILL)
				eventually(t, "it is a zombie", func() bool { return state(pid) == "Z" })
			}
			dir := stale(t, pid)
			if out := plainStart(t, dir); !strings.Contains(out, "already exists") {
				t.Fatalf("control: without the guard PostgreSQL was expected to refuse, but said %s", out)
			}
			s := start(t, dir)
			if got, _ := read(s.URL()); len(got) != 1 {
				t.Fatalf("got %v, want [1]", got)
			}
			if !zombie && state(pid) == "" {
				t.Error("the stranger was killed")
			}
		})
	}
}

// plainStart runs PostgreSQL on dir as it is and returns what it says when it
// gives up; a server that comes up is stopped.
func plainStart(t *testing.T, dir string) string {
	t.Helper()
	s := quietServer(t, dir)
	p, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.await(t.Context(), p); err == nil {
		p.end(context.Background(), s.log)
		return "it started"
	}
	return p.output()
}

// quietServer is a Server that was never started.
func quietServer(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Config{Dir: clusterPlace(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.at.pg = filepath.Join(dir, "pg")
	s.at.data = dataDir(t, dir)
	s.at.home = filepath.Dir(s.at.data)
	s.at.sock = filepath.Join(s.at.pg, "sock")
	return s
}

// TestCrash_OldServerStillRuns is about a server that outlived its program, as
// after a death signal that was lost.
func TestCrash_OldServerStillRuns(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	s := quietServer(t, dir)
	p, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old server is ready", func() bool { return p.ready(s.at.data) })
	write(t, s.URL(), 1)
	fresh := start(t, dir)
	<-p.exited
	if got, _ := read(fresh.URL()); len(got) != 1 {
		t.Fatalf("got %v, want [1]", got)
	}
}

// TestCrash_OldBackendHoldsTheMemory: the number may be forged, the memory not.
// PostgreSQL must still see a backend that works on after its postmaster died.
func TestCrash_OldBackendHoldsTheMemory(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	o := runOwner(t, dir)
	write(t, attach(t, dir), 1)
	a, err := Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	backend := queryInt(t, a.AdminURL("postgres"), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`)
	kill(t, backend, syscall.SIGSTOP)
	kill(t, postmaster(t, dir), syscall.SIGKILL)
	o.kill()
	if out := plainStart(t, dir); !strings.Contains(out, "already exists") && !strings.Contains(out, "still in use") {
		t.Fatalf("control: PostgreSQL started beside an old backend: %s", out)
	}
	result := make(chan error, 1)
	go func() {
		s, err := Start(context.Background(), Config{Dir: dir})
		if err == nil {
			err = s.Stop(context.Background())
		}
		result <- err
	}()
	lock, err := os.Open(filepath.Join(dir, "pg", "owner.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	eventually(t, "the new program owns the directory", func() bool { return lockedElsewhere(lock) })
	select {
	case err := <-result:
		t.Fatalf("did not wait for the old backend: %v", err)
	default:
	}
	kill(t, backend, syscall.SIGCONT) // it notices that its postmaster is dead
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// TestCrash_WhileMakingTheCluster kills the program at several moments of the
// first start, each told by a file that has just appeared.
func TestCrash_WhileMakingTheCluster(t *testing.T) {
	t.Parallel()
	dir := emptyPlace(t)
	for _, sign := range []string{
		"password", "*/data.new-*", "*/data.new-*/PG_VERSION", "*/data.new-*/global/pg_control",
		"*/data.new-*/base/4", "*/data.new-*/postmaster.pid", "*/data",
	} {
		o := startOwner(t, dir)
		eventually(t, sign+" is there", func() bool {
			found, _ := filepath.Glob(filepath.Join(dir, "pg", sign))
			return len(found) > 0
		})
		o.kill()
	}
	s := start(t, dir)
	write(t, s.URL(), 1)
	if left, _ := filepath.Glob(filepath.Join(dir, "pg", "*", "data.new-*")); len(left) > 0 {
		t.Errorf("half-made clusters are left: %v", left)
	}
}

func TestCrash_ServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	s := start(t, dir)
	write(t, s.URL(), 1)
	kill(t, postmaster(t, dir), syscall.SIGKILL)
	eventually(t, "the server answers again", func() bool { got, ok := read(s.URL()); return ok && len(got) == 1 })
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

func TestCrash_GivesUpOnAServerThatKeepsDying(t *testing.T) {
	t.Parallel()
	dir := clusterPlace(t)
	s, err := Start(t.Context(), Config{Dir: dir, delay: []time.Duration{time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	var last int
	for range maxRestarts + 1 {
		old := last
		eventually(t, "a new postmaster is ready", func() bool {
			text, err := os.ReadFile(pidFile(t, dir))
			last = parsePID(string(text))
			return err == nil && last != old && strings.Contains(string(text), "ready")
		})
		kill(t, last, syscall.SIGKILL)
	}
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "PostgreSQL died 6 times") {
		t.Fatalf("got %v", err)
	}
	if _, err := Attach(dir); err == nil {
		t.Error("commands still attach")
	}
	// What gave up is not lost: the next program starts it, and frees its memory.
	start(t, dir)
}
