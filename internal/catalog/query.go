package catalog

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fold"
	"lanyard/internal/uid"
)

// maxPage bounds one page of a list.
const maxPage = 200

// planEach makes the server plan a list for the values at hand. A prepared plan
// for any values would look up a word that most events have in the word index,
// and sort thousands of rows to show fifty.
const planEach = pgx.QueryExecModeCacheDescribe

// Page says which part of a list is wanted.
type Page struct {
	Size  int     // 0: 50; at most 200
	After *Cursor // from the last page's Next; nil: the first page
}

// limit is the number of rows to ask for: one more than the page holds, to know
// whether another page follows.
func (p Page) limit() int { return p.size() + 1 }

func (p Page) size() int {
	if p.Size <= 0 {
		return 50
	}
	return min(p.Size, maxPage)
}

// Cursor is a place in a list ordered by start: behind this event.
type Cursor struct {
	StartsAt time.Time `json:"starts_at"`
	ID       uid.Event `json:"id"`
}

// cut splits what was read into the page and the place where the next begins.
func cut[T any](rows []T, p Page, at func(T) Cursor) ([]T, *Cursor) {
	if len(rows) <= p.size() {
		return rows, nil
	}
	rows = rows[:p.size()]
	next := at(rows[len(rows)-1])
	return rows, &next
}

// query assembles the conditions of a list from fixed pieces of SQL. Whatever a
// caller says travels as an argument, never as text of the statement.
type query struct {
	conditions []string
	args       pgx.StrictNamedArgs
}

func newQuery() *query { return &query{args: pgx.StrictNamedArgs{}} }

// and adds a condition with the arguments it names.
func (q *query) and(condition string, args pgx.StrictNamedArgs) {
	q.conditions = append(q.conditions, condition)
	for name, v := range args {
		q.args[name] = v
	}
}

// storable reports whether a text can be in the database at all. Others cannot
// even be asked for.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// search adds the condition that every word begins a word of the event's.
func (q *query) search(words string) {
	if words = strings.TrimSpace(words); words == "" {
		return
	}
	ts := fold.PrefixQuery(words)
	if ts == "" { // something was typed, and no event has words like that
		q.and("false", nil)
		return
	}
	q.and("e.words @@ to_tsquery('simple', @words)", pgx.StrictNamedArgs{"words": ts})
}

// from adds the condition and the order of a page of a list by start.
func (q *query) from(p Page, latestFirst bool) (order string) {
	sign, way := ">", ""
	if latestFirst {
		sign, way = "<", " DESC"
	}
	if p.After != nil {
		q.and(fmt.Sprintf("(e.starts_at, e.id) %s (@after_start, @after_id)", sign),
			pgx.StrictNamedArgs{"after_start": p.After.StartsAt, "after_id": p.After.ID})
	}
	q.args["limit"] = p.limit()
	return fmt.Sprintf("\n ORDER BY e.starts_at%s, e.id%s\n LIMIT @limit", way, way)
}

func (q *query) where() string { return "\n WHERE " + strings.Join(q.conditions, "\n   AND ") }
