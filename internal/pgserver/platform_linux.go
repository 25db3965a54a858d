package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// supported says whether this system's processes are understood well enough to
// look after a database.
const supported = true

// lockFile takes the exclusive lock on f without waiting.
func lockFile(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// lockedElsewhere reports whether somebody holds the exclusive lock on f.
func lockedElsewhere(f *os.File) bool {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // closing f would do it too
	}
	return errors.Is(err, syscall.EWOULDBLOCK)
}

// prepare makes cmd a child that dies with this program, apart from its
// terminal, under the account. The kernel sends the signal when the thread that
// started the child ends, so the caller keeps that thread: see launch.
func (a *account) prepare(cmd *exec.Cmd, gently bool) {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if gently {
		attr.Pdeathsig = syscall.SIGINT // PostgreSQL's "fast shutdown"
	}
	if a.other {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	cmd.SysProcAttr = attr
}

// own gives path to the account.
func (a *account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// accountFor decides who runs the server. PostgreSQL refuses to run as root, so
// root lends it an account: the one that owns the cluster, or "postgres", or
// "nobody". A number without a line in the passwd file will not do, because
// initdb looks itself up.
func accountFor(dataDir string) (*account, error) {
	if os.Geteuid() != 0 {
		return &account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	if info, err := os.Stat(dataDir); err == nil {
		uid := info.Sys().(*syscall.Stat_t).Uid
		u, err := user.LookupId(strconv.Itoa(int(uid)))
		if err != nil || uid == 0 {
			return nil, unusable("%s belongs to uid %d, which is no account that PostgreSQL can run as", dataDir, uid).because(err)
		}
		return borrowed(u)
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return borrowed(u)
		}
	}
	return nil, unusable("running as root, and there is no user postgres or nobody that PostgreSQL could run as. Add one, or run lanyard as an ordinary user")
}

func borrowed(u *user.User) (*account, error) {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, fmt.Errorf("uid of %s: %w", u.Username, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, fmt.Errorf("gid of %s: %w", u.Username, err)
	}
	return &account{name: u.Username, uid: uid, gid: gid, other: true}, nil
}

// freeBytes is the room left for ordinary users on the file system of dir.
func freeBytes(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// allocate reserves size bytes for f on the disk.
func allocate(f *os.File, size int64) error {
	return syscall.Fallocate(int(f.Fd()), 0, 0, size)
}

// sharedMemoryIsSmall reports whether /dev/shm is too small for PostgreSQL's
// parallel queries; containers get 64 MB.
func sharedMemoryIsSmall() bool {
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err != nil {
		return true
	}
	return st.Blocks*uint64(st.Bsize) < 256<<20
}

// ownedPrivately reports whether info is a directory of the account that nobody
// else can enter.
func ownedPrivately(info os.FileInfo, a *account) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && info.Mode().Perm() == 0o700 && int(st.Uid) == a.uid
}
