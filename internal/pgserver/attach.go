package pgserver

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Attached is a private server that another Lanyard process runs. It is used
// and never stopped.
type Attached struct {
	info runtimeInfo
	pass string
}

// Attach finds the server that runs on a data directory; empty means
// DefaultDir. It fails with a *StartError when none does.
func Attach(dir string) (*Attached, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	pg := filepath.Join(dir, "pg")
	none := unusable("no lanyard runs on %s; start \"lanyard serve\" there, or set DATABASE_URL", dir)
	lock, err := os.Open(filepath.Join(pg, "owner.lock"))
	if err != nil {
		return nil, none.because(err)
	}
	defer lock.Close()
	if !lockedElsewhere(lock) {
		return nil, none
	}
	changing := unusable("lanyard is starting or stopping on %s; try again in a moment", dir)
	note, err := os.Open(filepath.Join(pg, "runtime.json"))
	if err != nil {
		return nil, changing.because(err)
	}
	defer note.Close()
	if !lockedElsewhere(note) {
		return nil, changing // a killed program left it, and the next one is not ready
	}
	text, err := io.ReadAll(note)
	if err != nil {
		return nil, changing.because(err)
	}
	a := &Attached{}
	if err := json.Unmarshal(text, &a.info); err != nil {
		return nil, fmt.Errorf("database: read runtime.json: %w", err)
	}
	pass, err := os.ReadFile(filepath.Join(pg, "password"))
	if err != nil {
		return nil, unusable("cannot read %s; run this as the user that runs lanyard", filepath.Join(pg, "password")).because(err)
	}
	a.pass = strings.TrimSpace(string(pass))
	return a, nil
}

// URL is how the program connects; it contains the password.
func (a *Attached) URL() string { return address("lanyard", a.pass, a.info.Socket, "lanyard") }

// AdminURL connects to database as the superuser; it contains the password.
func (a *Attached) AdminURL(database string) string {
	return address("postgres", a.pass, a.info.Socket, database)
}

// Version is the server's version, such as "15.18".
func (a *Attached) Version() string { return a.info.Version }

// PID is the number of the process that owns the server.
func (a *Attached) PID() int { return a.info.PID }
