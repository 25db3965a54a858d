package pgserver

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lockPatience is how long a lock may stay taken by an owner that was killed:
// the kernel needs a moment to take it down.
const lockPatience = 3 * time.Second

// takeLock becomes the only owner of pgDir until the file is closed or the
// program ends, however it ends.
func takeLock(ctx context.Context, pgDir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(pgDir, "owner.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable("cannot write in %s; run lanyard as its owner, or name another place with --data-dir", pgDir).because(err)
	}
	deadline := time.Now().Add(lockPatience)
	for {
		ok, err := lockFile(f)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("database: lock %s: %w", f.Name(), err)
		}
		if ok {
			break
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			pid := readPID(f)
			f.Close()
			return nil, busy("another lanyard process (pid %s) owns %s; commands attach to it, \"serve\" does not", pid, pgDir)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(io.NewOffsetWriter(f, 0), os.Getpid()) // for the message only
	}
	return f, nil
}

func readPID(f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 20))
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return pid
	}
	return "unknown"
}
