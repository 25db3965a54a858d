package archtest

import (
	"go/ast"
	"go/token"
)

var ruleDocumented = Rule{
	"every exported name has a comment",
	"the comment is the contract: units, ownership, what errors mean; without it readers must read the code, and guess",
}

// CheckDocumented reports exported names without a comment. A comment above a
// group of constants or variables counts for each of them.
func CheckDocumented(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		report := func(pos token.Pos, name string) {
			found = append(found, Finding{ruleDocumented, t.Line(f, pos), name + " has none"})
		}
		for _, decl := range f.AST.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					report(d.Pos(), d.Name.Name)
				}
			case *ast.GenDecl:
				checkGroup(d, report)
			}
		}
	}
	return found
}

func checkGroup(d *ast.GenDecl, report func(token.Pos, string)) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			single := !d.Lparen.IsValid()
			if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && (!single || d.Doc == nil) {
				report(s.Pos(), s.Name.Name)
			}
		case *ast.ValueSpec:
			if d.Doc != nil || s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					report(name.Pos(), name.Name)
				}
			}
		}
	}
}

// exportedReceiver reports whether strangers can see the method's type; a plain
// function has none and counts as seen.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return true
		}
	}
}
