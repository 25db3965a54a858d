package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Rule is something that holds for the whole tree, and why.
type Rule struct {
	// Name says what must hold, in one sentence.
	Name string
	// Reason says what goes wrong otherwise.
	Reason string
}

// A Finding is one place where a rule is broken.
type Finding struct {
	Rule  Rule
	Where string // a file with its line, or a folder
	What  string
}

// String is what a failing test prints.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s\n\trule:   %s\n\treason: %s", f.Where, f.What, f.Rule.Name, f.Rule.Reason)
}

// A File is one parsed Go file.
type File struct {
	Path string // slash-separated, from the repository's root
	Test bool
	AST  *ast.File
}

// Dir is the folder that the file is in.
func (f *File) Dir() string { return path.Dir(f.Path) }

// A Tree is the repository as the rules see it. Generated code and what does
// not parse is left out: the first is not ours, the second fails to build.
type Tree struct {
	Files []*File
	Dirs  []string
	fset  *token.FileSet
}

// Line is where a finding is.
func (t *Tree) Line(f *File, pos token.Pos) string {
	return fmt.Sprintf("%s:%d", f.Path, t.fset.Position(pos).Line)
}

// Load reads the tree below the root of a repository.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if foreign(name) {
				return fs.SkipDir
			}
			t.Dirs = append(t.Dirs, name)
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil // the compiler says it better
		}
		t.Files = append(t.Files, &File{Path: name, Test: strings.HasSuffix(name, "_test.go"), AST: parsed})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	return t, nil
}

// foreign tells folders that are not written by us.
func foreign(dir string) bool {
	base := path.Base(dir)
	return dir != "." && (strings.HasPrefix(base, ".") || dir == "gen" ||
		slices.Contains([]string{"node_modules", "dist", "testdata", "bin"}, base) || dir == "web/src/gen")
}

// Room is the first folder below internal that dir belongs to, or "".
func Room(dir string) string {
	rest, ok := strings.CutPrefix(dir, "internal/")
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}
