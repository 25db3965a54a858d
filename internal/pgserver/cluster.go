package pgserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// An account is who the server runs as.
type account struct {
	name     string
	uid, gid int
	other    bool // not the account this program runs as
}

// maxSocketPath is the longest path that every system accepts for a socket.
const maxSocketPath = 103

const socketName = ".s.PGSQL.5432"

// prepareDirs makes the directories that the server writes to and checks that
// its account can reach them.
func (s *Server) prepareDirs(ctx context.Context) error {
	s.at.sock = s.at.file("sock")
	if len(filepath.Join(s.at.sock, socketName)) > maxSocketPath {
		sum := sha256.Sum256([]byte(s.at.pg))
		s.at.sock = filepath.Join(os.TempDir(), "lanyard-"+hex.EncodeToString(sum[:8]))
	}
	for _, dir := range []string{s.at.home, s.at.sock} {
		if err := os.Mkdir(dir, 0o700); err == nil {
			err = s.as.own(dir)
			if err != nil {
				return unusable("cannot give %s to user %s", dir, s.as.name).because(err)
			}
		} else if !errors.Is(err, os.ErrExist) {
			return unusable("cannot make %s", dir).because(err)
		}
		info, err := os.Lstat(dir)
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
		if !ownedPrivately(info, s.as) {
			return unusable("%s must be a directory of the account that PostgreSQL runs as (uid %d), with mode 0700", dir, s.as.uid)
		}
	}
	if _, err := s.child(ctx, "", "initdb", "--version"); err != nil {
		return unusable("PostgreSQL's programs in %s do not run as uid %d in %s. Each directory above must be open to that user: name another place with --data-dir",
			s.bins.Dir, s.as.uid, s.at.home).because(err)
	}
	return nil
}

// ensureCluster makes the cluster and its password unless they are there.
func (s *Server) ensureCluster(ctx context.Context) error {
	leftovers, _ := filepath.Glob(filepath.Join(s.at.home, "data.new-*")) // the pattern is valid
	for _, dir := range leftovers {
		_ = os.RemoveAll(dir) // a dying initdb may still write there; the next start tries again
	}
	_, err := os.Stat(s.at.data)
	fresh := errors.Is(err, os.ErrNotExist)
	if err != nil && !fresh {
		return fmt.Errorf("database: %w", err)
	}
	if s.pass, err = password(s.at.file("password"), fresh); err != nil {
		return err
	}
	if !fresh {
		return nil
	}
	return s.initialise(ctx)
}

// password reads the password, or makes one when the cluster is new.
func password(file string, fresh bool) (string, error) {
	text, err := os.ReadFile(file)
	switch {
	case err == nil && len(strings.TrimSpace(string(text))) > 0:
		return strings.TrimSpace(string(text)), nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return "", unusable("cannot read %s", file).because(err)
	case !fresh:
		return "", unusable("%s is missing, and the data beside it cannot be opened without it. Restore the file; nothing was changed", file)
	}
	pass := rand.Text()
	if err := writeFile(file, []byte(pass+"\n"), 0o600); err != nil {
		return "", unusable("cannot write %s", file).because(err)
	}
	return pass, nil
}

// initialise makes a cluster under a name of its own and renames it when it is
// complete, so a crash leaves either all of it or nothing that counts.
func (s *Server) initialise(ctx context.Context) error {
	dir := filepath.Join(s.at.home, "data.new-"+rand.Text()[:10])
	pwfile := dir + ".pw"
	if err := writeFile(pwfile, []byte(s.pass+"\n"), 0o600); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer os.Remove(pwfile)
	if err := s.as.own(pwfile); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	// Locale C: sort order comes from PostgreSQL itself, so that an upgrade of
	// the system's C library cannot make indexes wrong.
	args := []string{"-D", dir, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256",
		"--pwfile=" + pwfile, "--data-checksums", "--no-instructions"}
	if s.bins.Major >= 17 {
		args = append(args, "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
	}
	if s.cfg.Volatile {
		args = append(args, "--no-sync")
	}
	if out, err := s.child(ctx, "", "initdb", args...); err != nil {
		_ = os.RemoveAll(dir) // best effort: leftovers are removed at the next start
		return unusable("initdb failed in %s: %s", s.at.home, lastLine(out)).because(err)
	}
	// Just-in-time compilation costs our short statements more than it gives.
	if err := appendTo(filepath.Join(dir, "postgresql.conf"), "\njit = off\n"); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	roles := fmt.Sprintf("CREATE ROLE lanyard LOGIN PASSWORD '%s'\nCREATE DATABASE lanyard OWNER lanyard\n", s.pass)
	if out, err := s.child(ctx, roles, "postgres", "--single", "-D", dir, "-c", "exit_on_error=true", "postgres"); err != nil {
		_ = os.RemoveAll(dir) // best effort, as above
		return unusable("making the database failed in %s: %s", s.at.home, lastLine(out)).because(err)
	}
	if err := os.Rename(dir, s.at.data); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return syncDir(s.at.home)
}

// child runs one of PostgreSQL's programs to its end as the server's account.
// It is killed when this program dies.
func (s *Server) child(ctx context.Context, stdin, program string, args ...string) (string, error) {
	runtime.LockOSThread() // the death signal belongs to this thread
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bins.Dir, program), args...)
	cmd.Dir = s.at.home
	cmd.Env = environment()
	if stdin != "" {
		cmd.Stdin = strings.NewReader(stdin)
	}
	s.as.prepare(cmd, false)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environment is ours without what would redirect PostgreSQL or its messages.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return append(env, "LC_ALL=C")
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// writeFile replaces a file as a whole: after a crash the old or the new one is
// there, and its bytes are on the disk.
func writeFile(name string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing after the rename
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}
