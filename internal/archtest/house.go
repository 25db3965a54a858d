package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var (
	rulePackageComment = Rule{
		"each package has exactly one package comment, which starts with its name",
		"it is where a stranger learns what the package is for, which tables it owns and what it refuses to do; two comments contradict each other sooner or later",
	}
	ruleFolderNames = Rule{
		"no folder is called model, types, util, common, helpers, service, repository, handler or pkg",
		"such a name says how code is shaped and not what it is about, and so attracts everything",
	}
	ruleTopLevel = Rule{
		"the top level holds only proto, gen, cmd, internal and web",
		"whoever opens the repository sees at once where things are; a new heap beside them is found by nobody",
	}
)

var bannedNames = []string{
	"model", "models", "type", "types", "util", "utils", "common", "helper", "helpers",
	"service", "services", "repository", "repositories", "handler", "handlers", "pkg",
}

var topLevel = []string{"proto", "gen", "cmd", "internal", "web"}

// CheckFolders reports folders whose name says nothing.
func CheckFolders(t *Tree) []Finding {
	var found []Finding
	for _, dir := range t.Dirs {
		if slices.Contains(bannedNames, strings.ToLower(path.Base(dir))) {
			found = append(found, Finding{ruleFolderNames, dir, "is a folder of that name"})
		}
		if dir != "." && !strings.Contains(dir, "/") && !slices.Contains(topLevel, dir) {
			found = append(found, Finding{ruleTopLevel, dir, "is not one of them"})
		}
	}
	return found
}

// CheckPackageComments reports packages with no package comment or several.
func CheckPackageComments(t *Tree) []Finding {
	packages := map[string][]*File{}
	var order []string
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		if packages[f.Dir()] == nil {
			order = append(order, f.Dir())
		}
		packages[f.Dir()] = append(packages[f.Dir()], f)
	}
	var found []Finding
	for _, dir := range order {
		var with []string
		for _, f := range packages[dir] {
			if f.AST.Doc == nil {
				continue
			}
			with = append(with, path.Base(f.Path))
			want := "Package " + f.AST.Name.Name + " "
			if f.AST.Name.Name == "main" {
				want = "Command " + path.Base(dir) + " "
			}
			text := strings.ReplaceAll(f.AST.Doc.Text(), "\n", " ")
			if !strings.HasPrefix(text, want) {
				found = append(found, Finding{rulePackageComment, f.Path, fmt.Sprintf("the comment does not start with %q", want)})
			}
		}
		if len(with) != 1 {
			found = append(found, Finding{rulePackageComment, dir, fmt.Sprintf("%d package comments %v", len(with), with)})
		}
	}
	return found
}
