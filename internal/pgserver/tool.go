package pgserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Tool finds one of PostgreSQL's client programs, such as pg_dump, of the
// lowest major version that is not below atLeast: a client reads servers of its
// own and earlier versions, and what it writes is read by its own and later
// ones. A binDir is looked in besides the usual places. The error is a
// *StartError.
func Tool(ctx context.Context, binDir, name string, atLeast int) (string, error) {
	type tool struct {
		path  string
		major int
	}
	var found []tool
	for _, dir := range append([]string{binDir}, candidates(ctx)...) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); dir == "" || err != nil {
			continue
		}
		out, err := run(ctx, path, "--version")
		match := versionText.FindStringSubmatch(out)
		if err != nil || match == nil {
			continue
		}
		if major, _ := strconv.Atoi(match[2]); major >= atLeast { // digits, by the pattern
			found = append(found, tool{path, major})
		}
	}
	if len(found) == 0 {
		return "", unusable("no %s of PostgreSQL %d or newer found; it comes with PostgreSQL's client programs (%s)", name, atLeast, clientHint)
	}
	return slices.MinFunc(found, func(a, b tool) int { return a.major - b.major }).path, nil
}

var clientHint = fmt.Sprintf("%q / %q", "apt install postgresql-client", "dnf install postgresql")
