package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// acts finds what is written into the audit log: in the struct, or as an argument
// of a function that writes it there.
var acts = regexp.MustCompile(`Action:\s*"([a-z_]+\.[a-z_.]+)"|[aA]udit\w*\([^"\n]*"([a-z_]+\.[a-z_]+)"`)

func TestAuditLog_SaysEveryActInWords(t *testing.T) {
	t.Parallel()
	words, err := os.ReadFile("../../web/src/console/audit-words.ts")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range acts.FindAllSubmatch(text, -1) {
			seen[string(m[1])+string(m[2])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for act := range seen {
		if !strings.Contains(string(words), `"`+act+`": "`) {
			t.Errorf("the console's audit log has no words for %q; they are in web/src/console/audit-words.ts", act)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d acts were found; does the pattern still fit the code?", len(seen))
	}
}
