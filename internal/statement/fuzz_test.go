package statement_test

import (
	"bytes"
	"testing"
	"time"
	"unicode/utf8"

	"lanyard/internal/money"
	"lanyard/internal/statement"
)

// fuzz checks what holds for anything that Read takes.
func fuzz(f *testing.F, format statement.Format, profile *statement.Profile, seeds ...string) {
	f.Helper()
	for _, name := range seeds {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		sums := map[int]int64{}
		file, err := statement.Read(bytes.NewReader(content), statement.Options{Format: format, Profile: profile, Currency: money.GBP}, func(l statement.Line) error {
			if !utf8.ValidString(l.Text) || !utf8.ValidString(l.BankID) || len(l.Text) > 2000 || !l.Amount.Currency.Valid() || !l.On.Equal(l.On.Truncate(24*time.Hour)) {
				t.Errorf("line %+v", l)
			}
			sums[l.Statement] += l.Amount.Minor
			return nil
		})
		if err != nil {
			return
		}
		for i, s := range file.Statements {
			if s.Sum != sums[i] || s.From.After(s.To) || s.Checked && s.Opening.Minor+s.Sum != s.Closing.Minor {
				t.Errorf("statement %+v, lines come to %d", s, sums[i])
			}
		}
	})
}

func FuzzRead_CAMT053(f *testing.F) {
	fuzz(f, statement.CAMT053, nil, "march.camt053-08.xml", "overdrawn.camt053-02.xml")
}

func FuzzRead_OFX(f *testing.F) { fuzz(f, statement.OFX, nil, "march.ofx1.ofx", "rent.ofx2.ofx") }

func FuzzRead_MT940(f *testing.F) { fuzz(f, statement.MT940, nil, "march.mt940.sta") }

func FuzzRead_BAI2(f *testing.F) { fuzz(f, statement.BAI2, nil, "day.bai2") }

func FuzzRead_CSV(f *testing.F) {
	fuzz(f, statement.CSV, nil, "newest-first.lloyds.csv", "oldest-first.natwest.csv")
}

func FuzzRead_CSVOfAProfile(f *testing.F) {
	fuzz(f, statement.CSV, &german, "latin.german.csv", "wide.german.csv")
}

func FuzzRead_Anything(f *testing.F) {
	fuzz(f, "", nil, "march.camt053-08.xml", "march.ofx1.ofx", "march.mt940.sta", "day.bai2", "newest-first.lloyds.csv")
}
