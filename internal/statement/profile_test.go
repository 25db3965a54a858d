package statement_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/statement"
)

func TestParseProfile_ReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	got, err := statement.ParseProfile(`
Date: Buchungstag
value date:  Wertstellung
Amount: Betrag
currency: Währung
text: Verwendungszweck
Text: Buchungstext
name: #4
account: Kontonummer
separator: semicolon
decimal: ,
dates: Day first
skip: 1
heading: yes
`)
	want := statement.Profile{
		Name: "As described", Separator: ';', Decimal: ',', Dates: statement.DayFirst, Skip: 1, Date: "Buchungstag", ValueDate: "Wertstellung",
		Amount: "Betrag", Currency: "Währung", Party: "#4", Text: []string{"Verwendungszweck", "Buchungstext"}, Account: []string{"Kontonummer"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
}

func TestParseProfile_RefusesWithLineAndReason(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"date: A":                              "amount: say which column has the amount",
		"amount: B":                            "date: say which column has the date",
		"date: A\namount: B\npaid in: C":       "amount: there is either one column, or one for each direction",
		"date: A\ndate: B":                     "line 2, date: is said twice",
		"date A":                               "line 1, columns: say what a column is as in",
		"date: A\n\nsum: B":                    "line 3, sum: is no column or setting",
		"date: A\namount: B\nseparator: x":     "line 3, separator: cannot be “x”",
		"date: A\namount: B\ndecimal: ;":       "line 3, decimal: cannot be “;”",
		"date: A\namount: B\ndates: backwards": "line 3, dates: cannot be “backwards”",
		"date: A\namount: B\nskip: -1":         "lines before the heading: are between 0 and 100",
		"date: A\namount: B\nheading: perhaps": "line 3, heading: cannot be “perhaps”",
	} {
		_, err := statement.ParseProfile(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add("date: A\namount: B\ndates: day first\nskip: 3\nseparator: tab\ndecimal: ,")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := statement.ParseProfile(text)
		if err == nil && (p.Date == "" || p.Amount == "" && (p.Debit == "" || p.Credit == "")) {
			t.Errorf("%q became %+v", text, p)
		}
	})
}
