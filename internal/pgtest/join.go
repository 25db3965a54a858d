package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lanyard/internal/pgserver"
)

// generation changes when servers made by older versions of this package must
// not be used any more.
const generation = "1"

// join makes sure that the run's server is there and that it stays while this
// process lives. It returns the server's directory.
func join(ctx context.Context) (string, error) {
	dir, err := home()
	if err != nil {
		return "", err
	}
	starting, err := lock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer starting.Close()
	// Never closed: the lock ends with this process and tells the supervisor
	// that it may leave. While the supervisor is leaving, this waits.
	if member, err = lock(filepath.Join(dir, "clients.lock"), syscall.LOCK_SH); err != nil {
		return "", err
	}
	if _, err := pgserver.Attach(dir); err == nil {
		return dir, nil
	}
	return dir, spawn(ctx, dir)
}

// member is the lock that says that this process uses the server; being global
// it is never collected.
//
//lint:ignore U1000 holding it is all it is for
var member *os.File

// home is the directory of the server: in memory when there is room, and one
// per user and set of programs.
func home() (string, error) {
	base := os.TempDir()
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err == nil && st.Bavail*uint64(st.Bsize) >= 1<<30 {
		base = "/dev/shm"
	}
	sum := sha256.Sum256([]byte(generation + "\n" + os.Getenv("LANYARD_PG_BIN")))
	uid := os.Geteuid()
	dir := filepath.Join(base, "lanyard-pgtest-"+strconv.Itoa(uid)+"-"+hex.EncodeToString(sum[:4]))
	mode := os.FileMode(0o700)
	if uid == 0 {
		mode = 0o711 // the server runs as another user and passes through
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make a place for the test server: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("make a place for the test server: %w", err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(owner.Uid) != uid {
		return "", fmt.Errorf("%s is not a directory of this user", dir)
	}
	if err := os.Chmod(dir, mode); err != nil { // whatever the umask said
		return "", fmt.Errorf("make a place for the test server: %w", err)
	}
	return dir, nil
}

func lock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

// spawn starts the supervisor and waits until its server answers.
func spawn(ctx context.Context, dir string) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this test binary: %w", err)
	}
	name := filepath.Join(dir, "supervisor.log")
	// A file, not our output: `go test` waits until nobody holds that any more.
	log, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(exe)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), supervisorVar+"="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its log says why it ended
		close(gone)
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := pgserver.Attach(dir); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("start the test server: %w (see %s)", ctx.Err(), name)
		case <-gone:
			text, _ := os.ReadFile(name) // an empty reason is still a reason
			return fmt.Errorf("the test server did not start; `make test` brings PostgreSQL, and TEST_DATABASE_URL names a server to use instead:\n%s",
				strings.TrimSpace(string(text)))
		}
	}
}
