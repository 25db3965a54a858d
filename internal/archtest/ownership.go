package archtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var ruleOneWriter = Rule{
	"one package writes a table; the others read it or call that package",
	"rules that span rows hold only where all writers know them; a second writer breaks them without noticing",
}

// writes finds what a statement writes. "FOR UPDATE" and "DO UPDATE" lock and
// resolve, and are no writes of their own.
var writes = regexp.MustCompile(`(?i)(\bFOR(?:\s+NO\s+KEY)?\s+|\bDO\s+|\bON\s+)?\b(?:INSERT\s+INTO|MERGE\s+INTO|DELETE\s+FROM|UPDATE|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?("?[a-z_][a-z0-9_.]*"?)`)

// Written lists the tables that a statement inserts into, updates or deletes
// from, in all of its parts.
func Written(sql string) []string {
	var tables []string
	for _, match := range writes.FindAllStringSubmatch(bareSQL(sql), -1) {
		table := strings.ToLower(strings.Trim(match[2], `"`))
		if match[1] != "" || slices.Contains([]string{"set", "of", "skip", "nowait"}, table) || slices.Contains(tables, table) {
			continue
		}
		tables = append(tables, table)
	}
	return tables
}

// Writers maps each table to the folders that write it, with one statement of
// each.
func Writers(t *Tree) map[string]map[string]Statement {
	all := map[string]map[string]Statement{}
	for _, s := range Statements(t) {
		for _, table := range Written(s.SQL) {
			if all[table] == nil {
				all[table] = map[string]Statement{}
			}
			if _, ok := all[table][s.Dir]; !ok {
				all[table][s.Dir] = s
			}
		}
	}
	return all
}

// CheckOwnership reports tables with two writers.
func CheckOwnership(t *Tree) []Finding {
	var found []Finding
	writers := Writers(t)
	for _, table := range slices.Sorted(maps.Keys(writers)) {
		dirs := slices.Sorted(maps.Keys(writers[table]))
		if len(dirs) < 2 {
			continue
		}
		var places []string
		for _, dir := range dirs {
			s := writers[table][dir]
			places = append(places, fmt.Sprintf("%s (%s)", s.Name, s.Where))
		}
		found = append(found, Finding{ruleOneWriter, table, "is written by " + strings.Join(places, " and ")})
	}
	return found
}

// noise is what must not be read as SQL: strings, comments.
var noise = regexp.MustCompile(`(?s)'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$`)

// bareSQL replaces strings and comments by a space each.
func bareSQL(sql string) string { return noise.ReplaceAllString(sql, " ") }
