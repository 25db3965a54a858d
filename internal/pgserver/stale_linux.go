package pgserver

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// impossiblePID is above every number the kernel gives out.
const impossiblePID = "2147483646"

// clearStale removes what makes PostgreSQL believe in a server that is gone.
// The caller holds the directory's lock, so no other Lanyard runs one here.
//
// PostgreSQL takes its predecessor for alive when any process has its number: a
// zombie that nobody reaps, or a stranger that got the number afterwards. What
// counts for us is whether a living process works in the data directory. One
// that does is told to stop. If there is none, the number in postmaster.pid is
// replaced by an impossible one. The file itself stays: it names the shared
// memory, by which PostgreSQL still notices an old backend, and which it frees.
func clearStale(dataDir, sockDir string, as *account) error {
	pidFile := filepath.Join(dataDir, "postmaster.pid")
	pid, err := firstLine(pidFile)
	if err != nil {
		return err
	}
	if err := waitForDead(dataDir, pid); err != nil {
		return err
	}
	if pid > 0 && exists(pid) {
		if err := replacePID(pidFile, as); err != nil {
			return err
		}
	}
	lock := filepath.Join(sockDir, socketName+".lock")
	pid, err = firstLine(lock)
	if err != nil {
		return err
	}
	if pid > 0 && exists(pid) && !worksIn(pid, dataDir) {
		if err := os.Remove(lock); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("database: %w", err)
		}
	}
	return nil
}

// waitForDead returns when no living process works in dataDir. The postmaster
// is asked to stop; its backends end by themselves when it is gone.
func waitForDead(dataDir string, postmaster int) error {
	deadline := time.Now().Add(stalePatience)
	asked := false
	for {
		alive := processesIn(dataDir)
		if len(alive) == 0 {
			return nil
		}
		if !asked && slices.Contains(alive, postmaster) {
			asked = true
			if err := syscall.Kill(postmaster, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
				return busy("PostgreSQL (pid %d) still runs in %s and cannot be stopped", postmaster, dataDir).because(err)
			}
		}
		if time.Now().After(deadline) {
			return busy("PostgreSQL still runs in %s (pid %s) and does not stop. End it and try again", dataDir, join(alive))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processesIn lists the living processes that work in dataDir.
func processesIn(dataDir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil // without /proc PostgreSQL's own checks must do
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && worksIn(pid, dataDir) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// worksIn reports whether process pid is alive and belongs to dataDir. A zombie
// has neither a working directory nor arguments. In a container root may not
// see the working directory of another user's process, but sees its arguments,
// where the postmaster names the directory.
func worksIn(pid int, dataDir string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err == nil {
		return cwd == dataDir
	}
	if !errors.Is(err, os.ErrPermission) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil {
		return false
	}
	args := bytes.Split(text, []byte{0})
	return filepath.Base(string(args[0])) == "postgres" && slices.ContainsFunc(args[1:], func(arg []byte) bool {
		return string(arg) == dataDir
	})
}

// firstLine reads the process number of a lock file; 0 means that there is no
// file or no number.
func firstLine(file string) (int, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("database: %w", err)
	}
	return parsePID(string(text)), nil
}

// parsePID reads the number on the first line; 0 means that there is none. A
// standalone PostgreSQL writes its own with a minus sign.
func parsePID(text string) int {
	line, _, _ := strings.Cut(text, "\n")
	pid, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(line), "-"), 10, 32)
	if err != nil || pid < 0 {
		return 0
	}
	return int(pid)
}

// exists is PostgreSQL's own test for a predecessor.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

func replacePID(file string, as *account) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil // an orderly shutdown was faster
	}
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	fresh := file + ".lanyard"
	if err := writeFile(fresh, []byte(impossiblePID+"\n"+rest), 0o600); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := as.own(fresh); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := os.Rename(fresh, file); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

func join(pids []int) string {
	words := make([]string, len(pids))
	for i, pid := range pids {
		words[i] = strconv.Itoa(pid)
	}
	return strings.Join(words, ", ")
}
