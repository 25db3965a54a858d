package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldestMajor is the first PostgreSQL that Lanyard runs on.
const oldestMajor = 15

// Binaries is one installation of the PostgreSQL server.
type Binaries struct {
	// Dir holds initdb and postgres, with symbolic links resolved.
	Dir string
	// Version is what postgres calls itself, such as "15.18".
	Version string
	// Major is the version's first number; clusters are compatible within it.
	Major int
}

// Find looks for installations of PostgreSQL 15 or newer, newest first. With a
// binDir it looks only there. The second result lists each place it looked in,
// with the reason when something was there that cannot be used.
func Find(ctx context.Context, binDir string) ([]Binaries, []string) {
	dirs := []string{binDir}
	if binDir == "" {
		dirs = candidates(ctx)
	}
	var found []Binaries
	var looked []string
	seen := map[string]bool{}
	for _, dir := range dirs {
		resolved := resolve(dir)
		if seen[resolved] {
			continue
		}
		seen[resolved] = true
		b, problem := examine(ctx, resolved)
		switch {
		case problem != "":
			looked = append(looked, resolved+" ("+problem+")")
		case b.Major < oldestMajor:
			looked = append(looked, fmt.Sprintf("%s (%s, too old)", resolved, b.Version))
		default:
			looked = append(looked, resolved)
			found = append(found, b)
		}
	}
	slices.SortStableFunc(found, func(a, b Binaries) int { return b.Major - a.Major })
	return found, looked
}

// candidates are the places where systems and people put PostgreSQL.
func candidates(ctx context.Context) []string {
	var dirs []string
	if exe, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Join(filepath.Dir(exe), "pg", "bin"))
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil && filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	if out, err := run(ctx, "pg_config", "--bindir"); err == nil {
		dirs = append(dirs, out)
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		`C:\Program Files\PostgreSQL\*\bin`,
	} {
		matches, _ := filepath.Glob(pattern) // the patterns are valid
		if len(matches) == 0 {
			matches = []string{pattern}
		}
		dirs = append(dirs, matches...)
	}
	return dirs
}

// resolve follows the links to the program itself: /usr/local/bin/postgres may
// be a link into an installation that has initdb beside it.
func resolve(dir string) string {
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
		return filepath.Dir(real)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// examine asks the programs in dir for their version; problem is empty when
// they can be used.
func examine(ctx context.Context, dir string) (b Binaries, problem string) {
	for _, program := range []string{"postgres", "initdb"} {
		path := filepath.Join(dir, program)
		if _, err := os.Stat(path); err != nil {
			return b, "no " + program
		}
		out, err := run(ctx, path, "--version")
		if err != nil {
			return b, fmt.Sprintf("%s does not run: %v", program, err)
		}
		match := versionText.FindStringSubmatch(out)
		if match == nil {
			return b, program + " does not say its version"
		}
		major, _ := strconv.Atoi(match[2]) // digits, by the pattern
		if program == "initdb" && major != b.Major {
			return b, "postgres and initdb differ in version"
		}
		b = Binaries{Dir: dir, Version: match[1], Major: major}
	}
	return b, ""
}

// run returns the trimmed output of a program that answers at once.
func run(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil && text != "" {
		return "", fmt.Errorf("%w: %s", err, text)
	}
	return text, err
}

// choose picks the installation for the directory: the cluster's own major
// version, or the newest when there is no cluster yet.
func choose(ctx context.Context, pgDir, binDir string) (Binaries, error) {
	found, looked := Find(ctx, binDir)
	if len(found) == 0 {
		return Binaries{}, unusable("no PostgreSQL %d+ found (looked in: %s). Install it (%s) or set DATABASE_URL",
			oldestMajor, strings.Join(looked, ", "), installHint)
	}
	major := clusterMajor(pgDir)
	if major == 0 {
		return found[0], nil
	}
	var majors []string
	for _, b := range found {
		if b.Major == major {
			return b, nil
		}
		if m := strconv.Itoa(b.Major); !slices.Contains(majors, m) {
			majors = append(majors, m)
		}
	}
	advice := fmt.Sprintf("Install %d", major)
	if found[0].Major > major {
		advice = fmt.Sprintf("Install %d beside it and run \"lanyard db upgrade\"", major)
	}
	return Binaries{}, unusable("data in %s was made by PostgreSQL %d; found only %s. Nothing was changed. %s",
		filepath.Join(pgDir, strconv.Itoa(major)), major, strings.Join(majors, ", "), advice)
}

const installHint = `"apt install postgresql" / "dnf install postgresql-server" / "apk add postgresql" / "brew install postgresql@18"`

// clusterMajor returns the newest major version that has a cluster in pgDir, or 0.
func clusterMajor(pgDir string) int {
	newest := 0
	files, _ := filepath.Glob(filepath.Join(pgDir, "*", "data", "PG_VERSION"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
