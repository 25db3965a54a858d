package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"lanyard/internal/pgserver"
)

// ErrNotEmpty means that the database to restore into holds tables.
var ErrNotEmpty = errors.New("the database is not empty; nothing was changed. Restore into an empty one: name another with DATABASE_URL, or another place with --data-dir")

// The first bytes of what Write makes.
var (
	magicDump = []byte("PGDMP")
	magicAge  = []byte("age-encryption.org/v1")
)

// Read restores a file that Write made into the empty database at url: all of it
// or nothing. An encrypted file needs an identity of one of its recipients.
func Read(ctx context.Context, url, binDir, file string, ids []age.Identity) error {
	in, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer in.Close()
	plain, err := open(in, ids)
	if err != nil {
		return fmt.Errorf("restore: %s: %w", file, err)
	}
	counts, err := Count(ctx, url)
	if err != nil {
		return err
	}
	if len(counts) > 0 {
		return fmt.Errorf("restore: %w", ErrNotEmpty)
	}
	major, err := serverMajor(ctx, url)
	if err != nil {
		return err
	}
	tool, err := pgserver.Tool(ctx, binDir, "pg_restore", major)
	if err != nil {
		return err
	}
	if err := load(ctx, tool, url, plain); err != nil {
		return fmt.Errorf("restore: nothing was changed: %w", err)
	}
	return nil
}

// load has pg_restore take a dump in, in one transaction.
func load(ctx context.Context, tool, url string, dump io.Reader) error {
	return client(ctx, tool, url, dump, nil, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
}

// open returns the dump in r, decrypted if need be.
func open(r io.Reader, ids []age.Identity) (io.Reader, error) {
	head := bufio.NewReader(r)
	first, err := head.Peek(len(magicAge))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.HasPrefix(first, magicAge) {
		return dump(head, "it is no backup of Lanyard")
	}
	if len(ids) == 0 {
		return nil, errors.New("it is encrypted; name the file of its key with --identity")
	}
	plain, err := age.Decrypt(head, ids...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, errors.New("it was encrypted for other keys than those of --identity")
	}
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	return dump(bufio.NewReader(plain), "what is encrypted in it is no backup of Lanyard")
}

func dump(r *bufio.Reader, otherwise string) (io.Reader, error) {
	if first, err := r.Peek(len(magicDump)); err != nil || !bytes.Equal(first, magicDump) {
		return nil, errors.New(otherwise)
	}
	return r, nil
}
