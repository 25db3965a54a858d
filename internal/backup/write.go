package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"lanyard/internal/pgserver"
)

// Write dumps the database at url into a new file, encrypted for the recipients
// if there are any. The file appears when it is whole and has been read back;
// an existing one is never replaced. It returns the file's size in bytes. BinDir
// is a place to look for PostgreSQL's client programs besides the usual ones.
func Write(ctx context.Context, url, binDir, file string, to []age.Recipient) (int64, error) {
	if _, err := os.Lstat(file); err == nil {
		return 0, fmt.Errorf("backup: %s is there already; nothing was written", file)
	}
	major, err := serverMajor(ctx, url)
	if err != nil {
		return 0, err
	}
	dump, err := pgserver.Tool(ctx, binDir, "pg_dump", major)
	if err != nil {
		return 0, err
	}
	out, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	defer os.Remove(out.Name()) // does nothing after the rename
	err = errors.Join(write(ctx, dump, url, out, to), out.Sync())
	info, serr := out.Stat()
	if err := errors.Join(err, serr, out.Close()); err != nil {
		return 0, fmt.Errorf("backup: nothing was written: %w", err)
	}
	if err := os.Link(out.Name(), file); err != nil { // unlike Rename it replaces nothing
		return 0, fmt.Errorf("backup: nothing was written: %w", err)
	}
	return info.Size(), nil
}

// write sends the dump into out, and past a pg_restore that reads all of it.
func write(ctx context.Context, dump, url string, out io.Writer, to []age.Recipient) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sealed := nopCloser{out}
	var into io.WriteCloser = sealed
	if len(to) > 0 {
		var err error
		if into, err = age.Encrypt(out, to...); err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
	}
	reread, feed := io.Pipe()
	read := make(chan error, 1)
	go func() {
		err := client(ctx, filepath.Join(filepath.Dir(dump), "pg_restore"), "", reread, io.Discard, "--file=-")
		reread.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // ends the dump when this ended early
		read <- err
	}()
	err := client(ctx, dump, url, nil, io.MultiWriter(into, feed), "--format=custom", "--no-owner", "--no-privileges")
	feed.CloseWithError(err)
	if rerr := <-read; err == nil && rerr != nil {
		err = fmt.Errorf("read the backup back: %w", rerr)
	}
	return errors.Join(err, into.Close())
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// client runs one of PostgreSQL's client programs on the database at url, or on
// none. The password is in its environment, where other users do not see it.
func client(ctx context.Context, program, url string, in io.Reader, out io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if url != "" {
		address, password := splitPassword(url)
		cmd.Args = append(cmd.Args, "--dbname="+address)
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	var said strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, strings.TrimSpace(said.String()))
	}
	return nil
}
