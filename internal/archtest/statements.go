package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Statement is a package-level constant that holds SQL.
type Statement struct {
	Name  string
	SQL   string
	Where string
	Dir   string
}

// Statements collects the constants of the product that are called sql*.
func Statements(t *Tree) []Statement {
	literals := constants(t)
	var all []Statement
	for _, f := range t.Files {
		if f.Test || floors[Room(f.Dir())] == testing {
			continue
		}
		eachConstant(f, func(name *ast.Ident, value ast.Expr) {
			if !isStatementName(name.Name) {
				return
			}
			if text, ok := evaluate(value, literals[f.Dir()]); ok {
				all = append(all, Statement{name.Name, text, t.Line(f, name.Pos()), f.Dir()})
			}
		})
	}
	return all
}

// isStatementName tells sqlTakeSeats from sqlite.
func isStatementName(name string) bool {
	rest, ok := strings.CutPrefix(name, "sql")
	return ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
}

// constants maps each folder's constants to their expressions.
func constants(t *Tree) map[string]map[string]ast.Expr {
	all := map[string]map[string]ast.Expr{}
	for _, f := range t.Files {
		if all[f.Dir()] == nil {
			all[f.Dir()] = map[string]ast.Expr{}
		}
		eachConstant(f, func(name *ast.Ident, value ast.Expr) { all[f.Dir()][name.Name] = value })
	}
	return all
}

func eachConstant(f *File, do func(*ast.Ident, ast.Expr)) {
	for _, decl := range f.AST.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			s := spec.(*ast.ValueSpec) // a constant group holds nothing else
			for i, name := range s.Names {
				if i < len(s.Values) {
					do(name, s.Values[i])
				}
			}
		}
	}
}

// evaluate gives the text of a constant that is put together from literals and
// other constants of its package.
func evaluate(e ast.Expr, names map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.ParenExpr:
		return evaluate(e.X, names)
	case *ast.BinaryExpr:
		left, ok1 := evaluate(e.X, names)
		right, ok2 := evaluate(e.Y, names)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	case *ast.Ident:
		if value, ok := names[e.Name]; ok {
			return evaluate(value, names)
		}
	}
	return "", false
}

var (
	ruleColumns = Rule{
		"statements name their columns: no SELECT *, no RETURNING *",
		"a column added for something else would change what every reader gets",
	}
	ruleClock = Rule{
		"statements take @now and never ask the clock themselves",
		"one transaction has one moment, tests set it, and deadlines must not differ between two statements",
	}
	ruleStrict = Rule{
		"named arguments are pgx.StrictNamedArgs",
		"pgx.NamedArgs turns a misspelt name into NULL",
	}
	ruleConstant = Rule{
		"static SQL is a package-level constant called sql*",
		"only those are prepared against the migrated database by this package's test, and only those show who writes a table",
	}
)

var (
	starColumns = regexp.MustCompile(`(?i)\b(SELECT|RETURNING)\s+(DISTINCT\s+)?(\w+\.)?\*`)
	ownClock    = regexp.MustCompile(`(?i)\b(now\(\)|clock_timestamp\(\)|statement_timestamp\(\)|current_timestamp\b|current_date\b|localtimestamp\b)`)
	looksLike   = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\s`)
)

// CheckStatements reports SQL that is not written as the house writes it.
func CheckStatements(t *Tree) []Finding {
	var found []Finding
	for _, s := range Statements(t) {
		bare := bareSQL(s.SQL)
		if m := starColumns.FindString(bare); m != "" {
			found = append(found, Finding{ruleColumns, s.Where, fmt.Sprintf("%s says %s", s.Name, m)})
		}
		if m := ownClock.FindString(bare); m != "" {
			found = append(found, Finding{ruleClock, s.Where, fmt.Sprintf("%s says %s", s.Name, m)})
		}
	}
	for _, f := range t.Files {
		if f.Test || floors[Room(f.Dir())] == testing {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "pgx" && n.Sel.Name == "NamedArgs" {
					found = append(found, Finding{ruleStrict, t.Line(f, n.Pos()), "uses pgx.NamedArgs"})
				}
			case *ast.CallExpr:
				if pos, ok := inlineSQL(n); ok {
					found = append(found, Finding{ruleConstant, t.Line(f, pos), "has SQL in a call"})
				}
			}
			return true
		})
	}
	return found
}

// inlineSQL finds a literal statement among the arguments of a query.
func inlineSQL(call *ast.CallExpr) (token.Pos, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Exec", "Query", "QueryRow", "Queue"}, sel.Sel.Name) {
		return 0, false
	}
	for _, arg := range call.Args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && looksLike.MatchString(text) {
				return lit.Pos(), true
			}
		}
	}
	return 0, false
}
