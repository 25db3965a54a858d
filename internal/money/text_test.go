package money_test

import (
	"errors"
	"testing"

	"lanyard/internal/money"
)

func TestParse_ReadsWhatPeopleType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     int64
	}{
		{"12.50", "GBP", 1250},
		{"£12.50", "GBP", 1250},
		{" £ 12.5 ", "GBP", 1250},
		{"GBP 12.50", "GBP", 1250},
		{"12.50 gbp", "GBP", 1250},
		{"1,234.5", "GBP", 123450},
		{"1,234,567", "EUR", 123456700},
		{"0", "GBP", 0},
		{"-3", "GBP", -300},
		{"−£3", "GBP", -300},
		{"£-3", "GBP", -300},
		{"1250", "JPY", 1250},
		{"¥1,250", "JPY", 1250},
		{"1250.0", "JPY", 1250},
		{"1.5", "KWD", 1500},
		{"1250", "ISK", 125000},
		{"10000000000000.00", "GBP", money.Max},
		{"0000000000000000000000012", "GBP", 1200},
	} {
		got, err := money.Parse(tt.text, tt.currency)
		if err != nil || got != money.New(tt.want, tt.currency) {
			t.Errorf("%q in %s: got %v, %v; want %d", tt.text, tt.currency, got, err, tt.want)
		}
	}
}

func TestParse_RefusesWhatCouldMeanSomethingElse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     error // nil: any
	}{
		{"", "GBP", money.ErrNotAmount},
		{"£", "GBP", money.ErrNotAmount},
		{"12,50", "GBP", money.ErrNotAmount},
		{"1,23,456", "GBP", money.ErrNotAmount},
		{",123", "GBP", money.ErrNotAmount},
		{"12.", "GBP", money.ErrNotAmount},
		{".50", "GBP", money.ErrNotAmount},
		{"1.2.3", "GBP", money.ErrNotAmount},
		{"--3", "GBP", money.ErrNotAmount},
		{"-£-3", "GBP", money.ErrNotAmount},
		{"1e3", "GBP", money.ErrNotAmount},
		{"NaN", "GBP", money.ErrNotAmount},
		{"١٢", "GBP", money.ErrNotAmount},
		{"£12 GBP", "GBP", money.ErrNotAmount},
		{"€12", "GBP", money.ErrOtherAmount},
		{"EUR 12", "GBP", money.ErrOtherAmount},
		{"12.505", "GBP", nil},
		{"12.500", "GBP", nil},
		{"12.5", "JPY", nil},
		{"1.0005", "KWD", nil},
		{"10000000000000.01", "GBP", money.ErrTooLarge},
		{"99999999999999999999999999", "GBP", money.ErrTooLarge},
		{"12", "XXX", money.ErrNotCharged},
	} {
		got, err := money.Parse(tt.text, tt.currency)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%q in %s: got %v, %v; want %v", tt.text, tt.currency, got, err, tt.want)
		}
	}
	if _, err := money.ParsePrice("-0.01", "GBP"); !errors.Is(err, money.ErrNegative) {
		t.Errorf("a negative price: %v", err)
	}
}

func TestAmount_IsWrittenForPeopleAndForFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount                  money.Amount
		people, machine, number string
	}{
		{money.New(1250, "GBP"), "£12.50", "GBP 12.50", "12.50"},
		{money.New(5, "EUR"), "€0.05", "EUR 0.05", "0.05"},
		{money.New(-300, "GBP"), "−£3.00", "GBP -3.00", "-3.00"},
		{money.New(123456789, "USD"), "US$1,234,567.89", "USD 1234567.89", "1234567.89"},
		{money.New(1250, "JPY"), "¥1,250", "JPY 1250", "1250"},
		{money.New(1500, "KWD"), "KWD\u00a01.500", "KWD 1.500", "1.500"},
		{money.New(125000, "ISK"), "ISK\u00a01,250", "ISK 1250.00", "1250.00"},
		{money.New(-1<<63, "GBP"), "−£92,233,720,368,547,758.08", "GBP -92233720368547758.08", "-92233720368547758.08"},
	} {
		if p, m, n := tt.amount.Format(), tt.amount.String(), tt.amount.Decimal(); p != tt.people || m != tt.machine || n != tt.number {
			t.Errorf("got %q, %q, %q; want %+v", p, m, n, tt)
		}
	}
}

func TestNumber_IsFormatWithoutTheCurrency(t *testing.T) {
	t.Parallel()
	for amount, want := range map[money.Amount]string{
		money.New(123450, "GBP"):  "1,234.50",
		money.New(-300, "EUR"):    "−3.00",
		money.New(125000, "ISK"):  "1,250",
		money.New(1234500, "KWD"): "1,234.500",
	} {
		if got := amount.Number(); got != want {
			t.Errorf("%s: got %q, want %q", amount, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12.50", "£1,234.5", "-0.01", "GBP -3", "¥1,250", "9999999999999999", "1,,000", "KWD1.500", "−€5"} {
		for i := range 5 {
			f.Add(s, i)
		}
	}
	all := money.Currencies()
	f.Fuzz(func(t *testing.T, text string, which int) {
		c := all[uint(which)%uint(len(all))]
		a, err := money.Parse(text, c)
		if err != nil {
			return
		}
		if a.Currency != c || a.Minor > money.Max || a.Minor < -money.Max {
			t.Fatalf("%q in %s became %v", text, c, a)
		}
		for _, written := range []string{a.String(), a.Format(), a.Decimal()} {
			if again, err := money.Parse(written, c); err != nil || again != a {
				t.Fatalf("%q became %v, written %q, read again as %v, %v", text, a, written, again, err)
			}
		}
	})
}
