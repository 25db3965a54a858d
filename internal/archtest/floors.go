package archtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// testing is the floor of rooms that only tests (and the demo) use.
const testing = -1

// above is the floor of what is no room, such as the commands.
const above = 10

// floors is the floor plan: a room imports only rooms on lower floors.
var floors = map[string]int{
	"fault": 0, "money": 0, "uid": 0, "clock": 0, "ticketcode": 0, "calendar": 0, "fold": 0, "limit": 0,
	"pg": 1, "pgserver": 1, "outbox": 1, "replay": 1, "link": 1, "statement": 1,
	"account": 2, "catalog": 2, "backup": 2,
	"inventory": 3, "payment": 3, "ledger": 3,
	"booking": 4, "reconcile": 4, "bank": 4,
	"checkin": 5, "webinar": 5, "challenge": 5,
	"mail": 6, "printing": 6, "export": 6,
	"notify": 7, "webform": 7, "report": 7,
	"rpc": 8, "site": 8,
	"app": 9, "demo": 9, "bench": 9,
	"pgtest": testing, "stripesim": testing, "testworld": testing, "archtest": testing,
}

// beside lists what may be imported on one's own floor.
var beside = map[string][]string{
	"calendar": {"fault"},
	"fold":     {"fault"},
	"limit":    {"clock", "fault"},
	"money":    {"fault"},
	"outbox":   {"pg"},
	"replay":   {"pg"},
	"catalog":  {"account"},
	"payment":  {"ledger"},
	"app":      {"demo"},
}

// simulators may be used by the program itself, for its demonstration: app starts
// one when no key is set. What lies below them is for tests alone.
var simulators = map[string][]string{"lanyard/internal/stripesim": {"demo", "app"}}

var (
	ruleFloors = Rule{
		"a room imports only rooms on lower floors, or those that the plan puts beside it",
		"an import upwards makes two rooms one: neither can be tested, read or changed alone. Cut a cycle of meaning by a function field that app sets",
	}
	ruleKnownRoom = Rule{
		"every folder of internal/ has a floor in archtest's table",
		"a room that nobody placed is imported from everywhere before anybody asks where it belongs",
	}
	ruleTestRooms = Rule{
		"rooms for tests are imported by tests only",
		"what a test may do (start servers, make up people) the product must not be able to do by accident",
	}
)

// CheckFloors reports imports that go up or sideways.
func CheckFloors(t *Tree) []Finding {
	var found []Finding
	unplaced := map[string]bool{}
	for _, f := range t.Files {
		room := Room(f.Dir())
		floor, ok := floors[room]
		if room == "" { // commands stand above all floors
			room, floor, ok = f.Dir(), above, true
		}
		if !ok {
			if !unplaced[room] {
				found = append(found, Finding{ruleKnownRoom, "internal/" + room, "has no floor"})
			}
			unplaced[room] = true
			continue
		}
		if f.Test || floor == testing {
			continue
		}
		for _, spec := range f.AST.Imports {
			imported := importPath(spec.Path.Value)
			target := Room(strings.TrimPrefix(imported, "lanyard/"))
			if target == "" || target == room {
				continue
			}
			if rule, bad := floorBroken(room, floor, target, imported); bad {
				found = append(found, Finding{rule, t.Line(f, spec.Pos()),
					fmt.Sprintf("%s (floor %d) imports %s (floor %d)", room, floor, target, floors[target])})
			}
		}
	}
	return found
}

func floorBroken(room string, floor int, target, imported string) (Rule, bool) {
	to, ok := floors[target]
	switch {
	case !ok:
		return Rule{}, false // reported as a room without a floor
	case to == testing:
		return ruleTestRooms, !slices.Contains(simulators[imported], room)
	case to < floor:
		return Rule{}, false
	}
	return ruleFloors, !slices.Contains(beside[room], target)
}

func importPath(literal string) string {
	p, err := strconv.Unquote(literal)
	if err != nil {
		return "" // the parser has checked it
	}
	return p
}
