//go:build linux

package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// ownerVar makes the test binary a program that runs a server on a directory
// until its input ends: something that a test can kill.
const ownerVar = "LANYARD_TEST_OWNER"

// seed is a complete data directory that tests copy, because making one takes
// longer than everything else they do.
var seed = sync.OnceValues(func() (string, error) {
	dir, err := makePlace()
	if err != nil {
		return "", err
	}
	seedPlace = dir
	s, err := Start(context.Background(), Config{Dir: dir})
	if err != nil {
		return "", err
	}
	return dir, s.Stop(context.Background())
})

// seedPlace is what to remove in the end; empty when no test needed the seed.
var seedPlace string

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVar); dir != "" {
		os.Exit(own(dir))
	}
	// Orphans become our children and, as we do not wait for them, zombies when
	// they die: what happens in a container without an init process.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(seedPlace) // of "" it removes nothing
	os.Exit(code)
}

func own(dir string) int {
	s, err := Start(context.Background(), Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("running")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
	if err := s.Stop(context.Background()); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// makePlace makes an empty directory that every account can pass through.
func makePlace() (string, error) {
	base := "/dev/shm"
	if free, err := freeBytes(base); err != nil || free < 2<<30 {
		base = ""
	}
	dir, err := os.MkdirTemp(base, "lanyard-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

func emptyPlace(t *testing.T) string {
	t.Helper()
	dir, err := makePlace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// clusterPlace is a directory with a cluster in it that was stopped in order.
func clusterPlace(t *testing.T) string {
	t.Helper()
	from, err := seed()
	if err != nil {
		t.Fatal(err)
	}
	dir := emptyPlace(t)
	if out, err := exec.Command("cp", "-a", filepath.Join(from, "pg"), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// An owner is another process that runs a server.
type owner struct {
	cmd   *exec.Cmd
	input io.Closer
	lines *bufio.Scanner
}

// startOwner starts it and does not wait for its server.
func startOwner(t *testing.T, dir string) *owner {
	t.Helper()
	o := &owner{cmd: exec.Command(os.Args[0])}
	o.cmd.Env = append(os.Environ(), ownerVar+"="+dir)
	in, err := o.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o.input, o.lines = in, bufio.NewScanner(out)
	t.Cleanup(o.kill)
	return o
}

func runOwner(t *testing.T, dir string) *owner {
	t.Helper()
	o := startOwner(t, dir)
	if !o.lines.Scan() || o.lines.Text() != "running" {
		t.Fatalf("the owner says %q", o.lines.Text())
	}
	return o
}

// kill is kill -9; afterwards the process is gone.
func (o *owner) kill() {
	_ = o.cmd.Process.Kill() // it may be gone already
	_ = o.cmd.Wait()         // killed is an error here, and what we want
}

// postmaster reads the number from the cluster's pid file.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	pid, err := firstLine(pidFile(t, dir))
	if err != nil || pid == 0 {
		t.Fatalf("no postmaster in %s: %v", dir, err)
	}
	return pid
}

func pidFile(t *testing.T, dir string) string {
	t.Helper()
	return filepath.Join(dataDir(t, dir), "postmaster.pid")
}

func dataDir(t *testing.T, dir string) string {
	t.Helper()
	pg := filepath.Join(dir, "pg")
	return filepath.Join(pg, strconv.Itoa(clusterMajor(pg)), "data")
}

// state is the process's state letter; "" when there is no such process.
func state(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return after[:1]
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-limit:
			t.Fatalf("waited a minute until %s", what)
		case <-tick.C:
		}
	}
}

// write stores n in the server's database and returns when it is acknowledged.
func write(t *testing.T, url string, n int) {
	t.Helper()
	execute(t, url, `CREATE TABLE IF NOT EXISTS kept (n int)`)
	execute(t, url, `INSERT INTO kept VALUES (`+strconv.Itoa(n)+`)`)
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func queryInt(t *testing.T, url, sql string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// read returns what write stored; ok is false while the server does not answer.
func read(url string) (numbers []int, ok bool) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, false
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, `SELECT n FROM kept ORDER BY n`) // CollectRows reports the error
	numbers, err = pgx.CollectRows(rows, pgx.RowTo[int])
	return numbers, err == nil
}

// attach returns the address of a server that another process runs.
func attach(t *testing.T, dir string) string {
	t.Helper()
	a, err := Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a.URL()
}

func wantStartError(t *testing.T, err error, code int, parts ...string) {
	t.Helper()
	e, ok := errors.AsType[*StartError](err)
	if !ok || e.Code != code {
		t.Fatalf("got %v, want a StartError with code %d", err, code)
	}
	for _, part := range parts {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("%q does not say %q", e, part)
		}
	}
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatalf("signal %d: %v", pid, err)
	}
}
