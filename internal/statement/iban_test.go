package statement_test

import (
	"testing"

	"lanyard/internal/statement"
)

func TestIsIBAN_ChecksTheDigits(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{
		"GB29 NWBK 6016 1331 9268 19": true, "gb29nwbk60161331926819": true, "DE89370400440532013000": true, "NO9386011117947": true,
		"GB28NWBK60161331926819": false, "GB29NWBK6016133192681": false, "60161331926819": false, "": false, "GB29-NWBK60161331926819": false,
		"G129NWBK60161331926819": false,
	} {
		if got := statement.IsIBAN(number); got != want {
			t.Errorf("%q: %t", number, got)
		}
	}
}

func TestSameAccount_KnowsAnAccountInEachFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"GB29NWBK60161331926819", "60-16-13 31926819", true},
		{"31926819", "GB29 NWBK 6016 1331 9268 19", true},
		{"NWBKGB2L/60161331926819", "60161331926819", true},
		{"60161331926819", "60161331926810", false},
		{"6819", "60161331926819", false},
		{"6819", "6819", true},
		{"", "60161331926819", false},
		{"", "", false},
	} {
		if statement.SameAccount(c.a, c.b) != c.want || statement.SameAccount(c.b, c.a) != c.want {
			t.Errorf("%q and %q: want %t", c.a, c.b, c.want)
		}
	}
}
