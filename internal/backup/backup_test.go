package backup

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
	"lanyard/internal/pgtest"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

var binDir = os.Getenv("LANYARD_PG_BIN")

// filled is the address of a database with an organisation, an event and a sold
// place in it.
func filled(t *testing.T) string {
	t.Helper()
	w := testworld.New(t)
	e := w.Event()
	w.Price(e, 12000, money.GBP)
	w.Sales(e, func(*booking.Sales) {})
	w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	return w.DB.Pool().Config().ConnString()
}

// text is all of a database as SQL. PostgreSQL drops brackets that mean nothing
// when it reads a condition back, so lines with conditions lose theirs.
func text(t *testing.T, url string) string {
	t.Helper()
	tool, err := pgserver.Tool(t.Context(), binDir, "pg_dump", 15)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := client(t.Context(), tool, url, nil, &out, "--no-owner", "--no-privileges"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "\\") && line != "\\.\n" {
			continue // \restrict has a random word
		}
		if strings.HasPrefix(line, "    CONSTRAINT ") || strings.HasPrefix(line, "CREATE ") {
			line = strings.NewReplacer("(", "", ")", "").Replace(line)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

func written(t *testing.T, url string, to ...age.Recipient) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := Write(t.Context(), url, binDir, file, to); err != nil {
		t.Fatal(err)
	}
	return file
}

func key(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRestore_GivesTheSameDatabase(t *testing.T) {
	t.Parallel()
	from, into, id := filled(t), pgtest.EmptyURL(t), key(t)
	file := written(t, from, id.Recipient())
	if err := Read(t.Context(), into, binDir, file, []age.Identity{id}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text(t, from), text(t, into)); diff != "" {
		t.Errorf("the copy differs (-original +copy):\n%s", diff)
	}
	db, err := pg.Open(t.Context(), into, pg.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := pg.Migrate(t.Context(), db); err != nil {
		t.Errorf("the program does not take the copy: %v", err)
	}
}

func TestCopy_CarriesEveryRow(t *testing.T) {
	t.Parallel()
	from, into := filled(t), pgtest.EmptyURL(t)
	carried, err := Copy(t.Context(), from, into, binDir)
	if err != nil {
		t.Fatal(err)
	}
	if carried["public.organisation"] == 0 {
		t.Errorf("carried %v", carried)
	}
	if diff := cmp.Diff(text(t, from), text(t, into)); diff != "" {
		t.Errorf("the copy differs (-original +copy):\n%s", diff)
	}
	if _, err := Copy(t.Context(), from, into, binDir); err == nil {
		t.Error("a copy went into a database that held one")
	}
}

func TestRestore_RefusesWhatIsNoWholeBackup(t *testing.T) {
	t.Parallel()
	from, into, id := pgtest.URL(t), pgtest.EmptyURL(t), key(t)
	plain, sealed := written(t, from), written(t, from, id.Recipient())
	for name, c := range map[string]struct {
		file   string
		change func(b []byte) []byte
		ids    []age.Identity
		want   string
	}{
		"cut short":               {plain, func(b []byte) []byte { return b[:len(b)/2] }, nil, "nothing was changed"},
		"something else":          {plain, func([]byte) []byte { return []byte("hello") }, nil, "no backup of Lanyard"},
		"nothing":                 {plain, func([]byte) []byte { return nil }, nil, "no backup of Lanyard"},
		"without the key":         {sealed, nil, nil, "name the file of its key with --identity"},
		"with another key":        {sealed, nil, []age.Identity{key(t)}, "encrypted for other keys"},
		"sealed, cut short":       {sealed, func(b []byte) []byte { return b[:len(b)/2] }, []age.Identity{id}, "nothing was changed"},
		"sealed, one bit flipped": {sealed, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, []age.Identity{id}, "nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				b = c.change(b)
			}
			file := filepath.Join(t.TempDir(), "backup")
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			err = Read(t.Context(), into, binDir, file, c.ids)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
			if counts, err := Count(t.Context(), into); err != nil || len(counts) > 0 {
				t.Errorf("the database holds %v (%v)", counts, err)
			}
		})
	}
}

func TestBackup_ReplacesNothing(t *testing.T) {
	t.Parallel()
	from := pgtest.URL(t)
	file := written(t, from)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), from, binDir, file, nil); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed (%v)", err)
	}
	if err := Read(t.Context(), from, binDir, file, nil); err == nil || !strings.Contains(err.Error(), ErrNotEmpty.Error()) {
		t.Errorf("restored over data: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("PGDMP\x01\x0e"))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 abc\n"))
	f.Add([]byte{})
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := open(bytes.NewReader(b), []age.Identity{id})
		if err != nil {
			return
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.HasPrefix(got, magicDump) {
			t.Errorf("took %q for a dump (%v)", got, err)
		}
	})
}
