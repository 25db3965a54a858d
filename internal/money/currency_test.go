package money_test

import (
	"testing"

	"lanyard/internal/money"
)

func TestCurrency_CountsMinorUnitsAsStripeDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code              money.Currency
		exponent          int
		multiple, minimum int64
	}{
		{"GBP", 2, 1, 30},
		{"EUR", 2, 1, 50},
		{"USD", 2, 1, 50},
		{"JPY", 0, 1, 50},
		{"MGA", 0, 1, 1},
		{"KWD", 3, 10, 10},
		{"ISK", 2, 100, 100},
		{"UGX", 2, 100, 100},
		{"HUF", 2, 1, 17500},
		{"TWD", 2, 1, 1},
	} {
		if e, m, low := tt.code.Exponent(), tt.code.Multiple(), tt.code.Minimum(); e != tt.exponent || m != tt.multiple || low != tt.minimum {
			t.Errorf("%s: exponent %d, multiple %d, minimum %d; want %+v", tt.code, e, m, low, tt)
		}
	}
	if n := len(money.Currencies()); n < 130 {
		t.Errorf("only %d currencies", n)
	}
	for _, c := range money.Currencies() {
		if c.Minimum()%c.Multiple() != 0 {
			t.Errorf("%s: the minimum %d cannot be charged", c, c.Minimum())
		}
	}
}

func TestParseCurrency_ReadsCodesOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Currency{
		"GBP": "GBP", " eur ": "EUR", "kwd": "KWD", "": "", "£": "", "XXX": "", "GBPP": "", "BTC": "",
	} {
		got, err := money.ParseCurrency(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzParseCurrency(f *testing.F) {
	for _, s := range []string{"GBP", "jpy", "ſek", " isk\n", "G B P"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := money.ParseCurrency(text)
		if (err == nil) != c.Valid() {
			t.Fatalf("%q became %q, %v", text, c, err)
		}
		if again, err2 := money.ParseCurrency(string(c)); err == nil && (err2 != nil || again != c) {
			t.Fatalf("%q is not read again: %v", c, err2)
		}
	})
}
