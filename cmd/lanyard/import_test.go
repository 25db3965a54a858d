package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
)

func TestPrintReport_SaysWhatIsNotAsItWas(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := printReport(&out, catalog.ImportReport{
		Created: 1, Updated: 1, Unchanged: 1, Refused: 1, Ignored: []string{"price"}, Written: true,
		Rows: []catalog.ImportRow{
			{Line: 2, ExternalID: "a", Title: "Expo", Outcome: catalog.RowCreated},
			{Line: 3, ExternalID: "b", Title: "Fair", Outcome: catalog.RowUpdated, Changed: []string{"city", "url"}},
			{Line: 4, ExternalID: "c", Title: "Same", Outcome: catalog.RowUnchanged},
			{Line: 5, ExternalID: "d", Title: "Bad", Outcome: catalog.RowRefused, Problems: []catalog.RowProblem{
				{Column: "ends_on", Message: "is before the start"}, {Column: "title", Message: "is empty"},
			}},
		},
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("a refused row ends the command with %v", err)
	}
	want := `line 2: created Expo
line 3: updated Fair (city, url)
line 5: refused d: ends_on is before the start
line 5: refused d: title is empty
columns that mean nothing here: price
1 created, 1 updated, 1 unchanged, 1 refused
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPrintReport_SaysWhenNothingWasWritten(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := printReport(&out, catalog.ImportReport{Unchanged: 515}); err != nil {
		t.Errorf("nothing refused ends the command with %v", err)
	}
	if got, want := out.String(), "0 created, 0 updated, 515 unchanged, 0 refused; nothing was written\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
