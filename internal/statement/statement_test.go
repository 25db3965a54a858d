package statement_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/money"
	"lanyard/internal/statement"
)

// read renders what a file says, a line per fact.
func read(name string, content []byte, o statement.Options) (string, error) {
	var lines []string
	file, err := statement.Read(strings.NewReader(string(content)), o, func(l statement.Line) error {
		value := "-"
		if !l.ValueOn.IsZero() {
			value = l.ValueOn.Format(time.DateOnly)
		}
		lines = append(lines, fmt.Sprintf("%d:%d %s %s %d %s id=%q ref=%q party=%q text=%q",
			l.Statement, l.Row, l.On.Format(time.DateOnly), value, l.Amount.Minor, l.Amount.Currency, l.BankID, l.Reference, l.Party, l.Text))
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	out := []string{fmt.Sprintf("%s %s", file.Format, file.Encoding)}
	for _, s := range file.Statements {
		out = append(out, fmt.Sprintf("%s no=%q %s %s..%s %s..%s checked=%t lines=%d sum=%d pending=%d", s.Account, s.Number, s.Currency,
			s.From.Format(time.DateOnly), s.To.Format(time.DateOnly), balance(s.Opening), balance(s.Closing), s.Checked, s.Lines, s.Sum, s.Pending))
	}
	return strings.Join(append(out, lines...), "\n"), nil
}

func balance(b *statement.Balance) string {
	if b == nil {
		return "?"
	}
	return fmt.Sprintf("%d@%s", b.Minor, b.On.Format("01-02"))
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var german = statement.Profile{
	Name: "Sparkasse", Separator: ';', Decimal: ',', Dates: statement.DayFirst, Skip: 1, Date: "Buchungstag", ValueDate: "wertstellung",
	Amount: "Betrag", Currency: "Währung", Text: []string{"Verwendungszweck"},
}

var bare = statement.Profile{Name: "Bare", Separator: '\t', NoHeading: true, Date: "#1", Amount: "#2", Text: []string{"#3"}, BankID: "#4"}

var files = []struct {
	name    string
	options statement.Options
	want    string
}{
	{"march.camt053-08.xml", statement.Options{}, `
camt.053 UTF-8
GB29NWBK60161331926819 no="2026-03-31/0063" GBP 2026-03-30..2026-03-31 1025000@03-30..1209487@03-31 checked=true lines=4 sum=184487 pending=1
0:14 2026-03-30 2026-03-30 123487 GBP id="NWB20260330000117" ref="STRIPE PAYOUT" party="STRIPE PAYMENTS UK LTD" text="STRIPE BIO PARTNERS"
0:26 2026-03-31 2026-03-31 40000 GBP id="NWB20260331000009/1" ref="" party="Great Ormond Street Hospital & Co" text="INV-2026-00017"
0:26 2026-03-31 2026-03-31 24000 GBP id="NWB20260331000009/2" ref="RF18539007547034" party="Universität Köln" text=""
0:46 2026-03-31 - -3000 GBP id="" ref="" party="" text="ACCOUNT CHARGES"`},
	{"overdrawn.camt053-02.xml", statement.Options{}, `
camt.053 Windows-1252
20000012345678 no="77" EUR 2025-12-31..2025-12-31 -1250@12-30..48750@12-31 checked=true lines=1 sum=50000 pending=0
0:6 2025-12-31 2026-01-02 50000 EUR id="A/1" ref="" party="Café Zürich" text="Order K7MPXD"`},
	{"march.ofx1.ofx", statement.Options{}, `
ofx Windows-1252
20000012345678 no="" GBP 2026-03-01..2026-03-31 1025000@03-01..1145487@03-31 checked=false lines=2 sum=120487 pending=0
0:17 2026-03-30 - 123487 GBP id="20260330000117" ref="" party="STRIPE PAYMENTS UK" text="STRIPE PAYMENTS UK STRIPE A&B"
0:19 2026-03-31 - -3000 GBP id="20260331000009" ref="000451" party="Café de l’Europe" text="Café de l’Europe"`},
	{"rent.ofx2.ofx", statement.Options{}, `
ofx UTF-8
GB33BUKB20201555555555 no="" EUR 2026-03-01..2026-03-31 ?..? checked=false lines=1 sum=-120050 pending=0
0:10 2026-03-02 2026-03-03 -120050 EUR id="A-1" ref="R-9" party="Žofia s.r.o." text="rent"`},
	{"march.mt940.sta", statement.Options{}, `
mt940 UTF-8
NWBKGB2L60161331926819 no="63/1" GBP 2026-01-02..2026-03-31 1025000@03-30..1185537@03-31 checked=true lines=4 sum=160537 pending=0
0:6 2026-03-30 2026-03-30 123487 GBP id="NWB30-117" ref="STRIPE" party="" text="STRIPE PAYMENTS STRIPE BIO PARTNERS PAYOUT"
0:10 2026-03-31 2026-03-31 40000 GBP id="NWB31-8" ref="INV-2026-00017" party="Great Ormond Street Hospital" text="GUTSCHRIFT Conference fee, two delegates"
0:19 2026-03-31 2026-03-31 -3000 GBP id="NWB31-9" ref="" party="NatWest" text="CHARGES Account charges March"
0:21 2026-01-02 2025-12-31 50 GBP id="" ref="" party="" text=""`},
	{"day.bai2", statement.Options{}, `
bai2 UTF-8
4426700112 no="" USD 2026-03-31..2026-03-31 500000@03-31..612345@03-31 checked=true lines=3 sum=112345 pending=0
0:5 2026-03-31 - 100000 USD id="0331ACH1" ref="STRIPE" party="" text="STRIPE TRANSFER, BIO PARTNERS second line of text"
0:7 2026-03-31 - -12345 USD id="0331CHK9" ref="000451" party="" text="CHECK PAID"
0:8 2026-03-31 - 24690 USD id="0331MISC" ref="" party="" text=""`},
	{"newest-first.lloyds.csv", statement.Options{Currency: money.GBP}, `
csv UTF-8
30000012345678 no="" GBP 2026-03-30..2026-03-31 1025000@03-30..1148487@03-31 checked=true lines=3 sum=123487 pending=0
0:2 2026-03-31 - -3000 GBP id="" ref="" party="" text="DD NATWEST, CHARGES"
0:3 2026-03-30 - 123487 GBP id="" ref="" party="" text="FPI STRIPE BIO PARTNERS"
0:4 2026-03-30 - 3000 GBP id="" ref="" party="" text="FPI INV-2026-00017"`},
	{"oldest-first.natwest.csv", statement.Options{Currency: money.GBP}, `
csv UTF-8
60161331926819 no="" GBP 2026-03-30..2026-03-31 1025000@03-30..1145487@03-31 checked=true lines=2 sum=120487 pending=0
0:2 2026-03-30 - 123487 GBP id="" ref="" party="" text="BAC STRIPE , BIO PARTNERS"
0:3 2026-03-31 - -3000 GBP id="" ref="" party="" text="D/D CHARGES"`},
	{"latin.german.csv", statement.Options{Profile: &german, Account: "DE89 3704 0044 0532 0130 00"}, `
csv Windows-1252
DE89370400440532013000 no="" EUR 2026-03-31..2026-03-31 ?..? checked=false lines=2 sum=122950 pending=0
0:3 2026-03-31 2026-04-01 123450 EUR id="" ref="" party="" text="Rechnung „K7MPXD“ – Müller"
0:4 2026-03-31 2026-03-31 -500 EUR id="" ref="" party="" text="Gebühr"`},
	{"wide.german.csv", statement.Options{Profile: &german}, `
csv UTF-16LE
 no="" EUR 2026-03-31..2026-03-31 ?..? checked=false lines=2 sum=122950 pending=0
0:3 2026-03-31 2026-04-01 123450 EUR id="" ref="" party="" text="Rechnung „K7MPXD“ – Müller"
0:4 2026-03-31 2026-03-31 -500 EUR id="" ref="" party="" text="Gebühr"`},
	{"bare.tsv", statement.Options{Profile: &bare, Currency: money.GBP}, `
csv UTF-8
 no="" GBP 2026-03-30..2026-03-31 ?..? checked=false lines=2 sum=120487 pending=0
0:1 2026-03-30 - 123487 GBP id="B-1" ref="" party="" text="STRIPE"
0:2 2026-03-31 - -3000 GBP id="B-2" ref="" party="" text="CHARGES"`},
}

func TestRead_TakesWhatBanksWrite(t *testing.T) {
	t.Parallel()
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(f.name, testdata(t, f.name), f.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(f.want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s\ngot:\n%s", diff, got)
			}
		})
	}
}
