package pgserver

import (
	"fmt"
	"testing"
)

func FuzzParsePID(f *testing.F) {
	for _, seed := range []string{"", "812\n/data\n", "-812\n", "--1", "99999999999999999999", "x\n7", " 42 \n", "-9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pid := parsePID(text)
		if pid < 0 {
			t.Fatalf("%q gives %d, which would signal a whole group", text, pid)
		}
		if again := parsePID(fmt.Sprintf("%d\n%s", pid, text)); again != pid {
			t.Fatalf("%d is read back as %d", pid, again)
		}
	})
}
