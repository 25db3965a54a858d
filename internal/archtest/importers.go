package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// A door is a dependency that only some rooms may open.
type door struct {
	prefix string   // of the import path
	open   []string // folders that may import it, with what is below them
	rule   Rule
}

// atTheEdge are the folders where the wire's types are at home.
var atTheEdge = []string{
	"internal/rpc", "internal/site", "internal/app", "internal/demo", "internal/bench", "internal/webform", "cmd", "web",
	"internal/testworld", "internal/archtest",
}

var doors = []door{
	{"github.com/arran4/golang-ical", []string{"internal/calendar"}, Rule{
		"only internal/calendar imports golang-ical",
		"the library has faults that calendar works round; a second user would send invitations with them",
	}},
	{"github.com/stripe/stripe-go", []string{"internal/payment/stripegw", "internal/stripesim"}, Rule{
		"only internal/payment/stripegw imports stripe-go (and the simulator that is tested with it)",
		"the rest of the product speaks of attempts and refunds, so that the API version and its habits are one room's business",
	}},
	{"github.com/stripe/stripe-mock", honestOnly, stripesSpecification},
	{"github.com/getkin/kin-openapi", honestOnly, stripesSpecification},
	{"lanyard/gen/", atTheEdge, protoStops},
	{"google.golang.org/protobuf/types/", atTheEdge, protoStops},
	{"connectrpc.com/", atTheEdge, protoStops},
	{"database/sql", nil, Rule{
		"nobody imports database/sql",
		"it repeats a statement whose reply was lost and reports no error: one INSERT became two rows",
	}},
}

var honestOnly = []string{"internal/stripesim/honest"}

var stripesSpecification = Rule{
	"only internal/stripesim/honest imports stripe-mock and the reader of Stripe's specification",
	"they carry Stripe's whole specification, which the program must not; tests reach them through honest",
}

var protoStops = Rule{
	"proto types stop at the edge: rpc, site, app, demo and what serves them",
	"domains are called from jobs, webhooks, commands and tests; a request's shape is no way to talk to them",
}

// CheckImporters reports imports of what is one room's business.
func CheckImporters(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, spec := range f.AST.Imports {
			target := importPath(spec.Path.Value)
			for _, d := range doors {
				if !inPackage(target, d.prefix) {
					continue
				}
				if !slices.ContainsFunc(d.open, func(dir string) bool { return inPackage(f.Dir(), dir) }) {
					found = append(found, Finding{d.rule, t.Line(f, spec.Pos()), fmt.Sprintf("imports %s", target)})
				}
			}
		}
	}
	return found
}

// inPackage reports whether p is parent or lies below it.
func inPackage(p, parent string) bool {
	return strings.HasPrefix(p+"/", strings.TrimSuffix(parent, "/")+"/")
}
