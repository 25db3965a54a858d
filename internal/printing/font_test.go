package printing

import (
	"bytes"
	"slices"
	"testing"
)

// TestPrinting_LeavesTheFontsAsTheyAre: several files are drawn at once from the
// same fonts, and the PDF library writes into those that it is given.
func TestPrinting_LeavesTheFontsAsTheyAre(t *testing.T) {
	t.Parallel()
	fonts := map[string][]byte{"regular": regular, "bold": bold, "East Asian": eastAsian()}
	before := map[string][]byte{}
	for name, font := range fonts {
		before[name] = slices.Clone(font)
	}
	if _, err := Tickets([]Ticket{{Event: "Conference", Name: "李 Łukasz محمد", When: []string{"Today"}, Where: []string{"Here"}, Code: "AB12"}}); err != nil {
		t.Fatal(err)
	}
	for name, font := range fonts {
		if !bytes.Equal(font, before[name]) {
			t.Errorf("the %s font has changed", name)
		}
	}
}
