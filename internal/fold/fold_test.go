package fold_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"lanyard/internal/fold"
)

func TestText_FoldsWhatPeopleTypeDifferently(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"José García", "jose garcia"},
		{"O’Brien, D'Arcy", "obrien darcy"},
		{"Ångström", "angstrom"},
		{"Straße Ærø Łódź Đorđe Diyarbakır İzmir", "strasse aero lodz dorde diyarbakir izmir"},
		{"ﬁnance ２０２６ ①", "finance 2026 1"},
		{"C++ / R&D -- AI\u00a0Airlock", "c r d ai airlock"},
		{"Ελένη ΟΔΥΣΣΕΎΣ", "ελενη οδυσσευσ"},
		{"中国市场 EFEC", "中 国 市 场 efec"},
		{"서울 컨퍼런스", "서울 컨퍼런스"},
		{"zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"},
		{"a\x00b\xffc", "a b c"},
		{" \t\n", ""},
	} {
		if got := fold.Text(c.in); got != c.want {
			t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestText_JoinsPartsWithoutLooseSpaces(t *testing.T) {
	t.Parallel()
	if got, want := fold.Text("", "AI ", "", " Expo"), "ai expo"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrefixQuery_QuotesEachWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"José gar", "'jose':* & 'gar':*"},
		{`x' | !y \ & :* <-> ('`, "'x':* & 'y':*"},
		{"%_';--", ""},
		{"", ""},
	} {
		if got := fold.PrefixQuery(c.in); got != c.want {
			t.Errorf("PrefixQuery(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Whatever comes in, the result is made of letters, digits and single spaces,
// and folding it again changes nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{"José", "ß'\\:*", "中a국", "\xff\x00", "İıſK", "ᾳ̈́", "ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := fold.Text(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Text(%q) = %q is not UTF-8", s, got)
		}
		if strings.Contains(got, "  ") || strings.TrimSpace(got) != got {
			t.Fatalf("Text(%q) = %q has loose spaces", s, got)
		}
		for _, r := range got {
			if r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				t.Fatalf("Text(%q) = %q holds %q", s, got, r)
			}
		}
		if again := fold.Text(got); again != got {
			t.Fatalf("Text(%q) = %q, again %q", s, got, again)
		}
	})
}

func TestWithoutTitle_LeavesTheName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Dr Wilhelmina Cholmondeley": "Wilhelmina Cholmondeley",
		" Prof. Dr.  Ana Díaz ":      "Ana Díaz",
		"Amara Osei":                 "Amara Osei",
		"Drew Lordan":                "Drew Lordan",
		"Dr":                         "Dr",
		"李慧":                         "李慧",
		"محمد الفارسي":               "محمد الفارسي",
		"":                           "",
	} {
		if got := fold.WithoutTitle(name); got != want {
			t.Errorf("%q is left of %q, want %q", got, name, want)
		}
	}
}
