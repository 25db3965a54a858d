package bank_test

import (
	"fmt"
	"strings"
	"testing"

	"lanyard/internal/bank"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/replay"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

func TestImport_BooksEachLineAndWhatTheBankSaysIsWhatTheBooksSay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	content := mt940(100000, 2, entry{2, 5000, "RENT BACK", "A1"}, entry{3, -1250, "BANK CHARGES", ""})

	seen, err := w.Bank.Preview(t.Context(), bank.ImportInput{Org: w.Org.ID, Content: content})
	if err != nil || seen.New != 2 || len(seen.Sample) != 2 || !seen.Statements[0].ID.IsZero() || seen.Statements[0].Closing != gbp(103750) {
		t.Fatalf("preview: %+v, %v", seen, err)
	}
	if lines := w.lines(bank.LineFilter{}); len(lines) != 0 || w.balance(ledger.Bank, "") != 0 {
		t.Fatalf("a preview kept %d lines", len(lines))
	}
	done := w.imported(content)

	if done.New != 2 || done.Known != 0 || done.Format != statement.MT940 || !done.Statements[0].Checked {
		t.Errorf("%+v", done)
	}
	lines := w.lines(bank.LineFilter{})
	if len(lines) != 2 || lines[0].Amount != gbp(-1250) || lines[0].Open != gbp(-1250) || lines[0].State != bank.LineOpen {
		t.Fatalf("%+v", lines)
	}
	if got := w.balance(ledger.Bank, w.account.ID.String()); got != 3750 {
		t.Errorf("the bank account moved by %d", got)
	}
	if got := w.balance(ledger.BankSuspense, lines[1].ID.String()); got != -5000 {
		t.Errorf("the line's suspense is %d", got)
	}
	accounts, err := w.Bank.Accounts(t.Context(), w.Org.ID)
	if err != nil || accounts[0].Balance != gbp(103750) || !accounts[0].Known || accounts[0].Open != 2 || accounts[0].OpenAmount != gbp(3750) || !accounts[0].CoveredUntil.Equal(nov(3)) {
		t.Errorf("%+v, %v", accounts, err)
	}
	closings, err := w.Bank.Closings(t.Context(), w.DB.Pool(), w.Org.ID, nov(30))
	if err != nil || len(closings) != 1 || closings[0].Stated != closings[0].Booked || closings[0].Stated != gbp(103750) {
		t.Errorf("%+v, %v", closings, err)
	}
}

func TestScenario56_TheSameStatementTwiceAndOverlappingOnesGiveNoDuplicates(t *testing.T) {
	t.Parallel()
	w := setup(t)
	equal := entry{2, 1000, "TICKET", ""}
	first := []entry{{1, 700, "A", "A1"}, equal, equal, {3, -200, "B", ""}}
	w.imported(mt940(0, 1, first...))

	again := w.imported(mt940(0, 1, first...))
	if again.New != 0 || again.Known != 4 || again.Before.IsZero() {
		t.Errorf("the same file: %+v", again)
	}
	// The second begins with the second day and goes on to the fourth.
	overlap := w.imported(mt940(700, 2, equal, equal, entry{3, -200, "B", ""}, entry{4, 5, "C", ""}))
	if overlap.New != 1 || overlap.Known != 3 {
		t.Errorf("overlap: %+v", overlap)
	}
	// One that lies within what is there says nothing new.
	if within := w.imported(mt940(700, 2, equal, equal)); within.New != 0 {
		t.Errorf("within: %+v", within)
	}
	if got := w.balance(ledger.Bank, ""); got != 2505 {
		t.Errorf("the bank account moved by %d, want 2505", got)
	}
	if n := len(w.lines(bank.LineFilter{})); n != 5 {
		t.Errorf("%d lines, want 5", n)
	}
}

func TestScenario57_AStatementAfterAMissingDayIsRefused(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 1, entry{1, 700, "A", ""}))

	_, err := w.importing(mt940(900, 3, entry{3, 100, "C", ""})) // the second brought 200
	wantInvalid(t, err, "content", "begins with £9.00 on 3 November 2026, but the statements before end with £7.00 on 1 November 2026: a statement between them is missing")
	if n := len(w.lines(bank.LineFilter{})); n != 1 {
		t.Errorf("%d lines were kept of what was refused", n)
	}
	w.imported(mt940(700, 2, entry{2, 200, "B", ""}))
	w.imported(mt940(900, 3, entry{3, 100, "C", ""}))
	if got := w.balance(ledger.Bank, ""); got != 1000 {
		t.Errorf("the bank account moved by %d", got)
	}
}

func TestImport_RefusesLinesThatEarlierStatementsOfTheDayDidNotHave(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 1, entry{1, 700, "A", ""}, entry{5, 100, "E", ""}))

	_, err := w.importing(mt940(700, 2, entry{2, 50, "B", ""}))
	wantInvalid(t, err, "content", "has 1 line on days up to 2 November 2026 that the statements imported before do not have")
	_, err = w.importing(mt940(0, 1, entry{1, 700, "A", ""}, entry{5, 200, "E", ""}))
	wantInvalid(t, err, "content", "does not fit what was imported before: with its new lines the account comes to £10.00, and the statement says £9.00")
}

func TestImport_TakesAStatementFromBeforeTheFirst(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(5000, 10, entry{10, 700, "A", ""}))
	w.imported(mt940(4000, 8, entry{9, 1000, "B", ""}))

	accounts, err := w.Bank.Accounts(t.Context(), w.Org.ID)
	if err != nil || accounts[0].Balance != gbp(5700) || !accounts[0].CoveredUntil.Equal(nov(10)) {
		t.Errorf("%+v, %v", accounts, err)
	}
	_, err = w.importing(mt940(4000, 6, entry{7, 500, "C", ""}))
	wantInvalid(t, err, "content", "that the statements imported before do not have")
}

func wantInvalid(t *testing.T, err error, field, message string) {
	t.Helper()
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.KindInvalid || len(f.Fields) != 1 || f.Fields[0].Path != field || !strings.Contains(f.Fields[0].Message, message) {
		t.Errorf("got  %v\nwant %s: %s", err, field, message)
	}
}

func TestImport_RefusesABadFileAsAWholeWithFieldAndReason(t *testing.T) {
	t.Parallel()
	w := setup(t)
	euros := w.open("DE89370400440532013000", "EUR")
	good := string(mt940(0, 1, entry{1, 700, "A", ""}, entry{2, 100, "B", ""}))
	csv := "Date,Amount,Description\n2026-11-01,7.00,A\n"
	for claim, c := range map[string]struct{ content, field, want string }{
		"cut off":                 {good[:len(good)-22], "content", "line 9, file: it ends in the middle: the closing balance (:62F:) is missing"},
		"a wrong balance":         {strings.Replace(good, ":62F:C261102GBP8,00", ":62F:C261102GBP8,01", 1), "content", "line 9, closing balance: is £8.01, but the opening balance of £0.00 and the lines come to £8.00"},
		"a wrong encoding":        {"\xef\xbb\xbf" + strings.Replace(good, ":86:A", ":86:\xe4", 1), "content", "line 6, encoding: the byte 0xe4 is not UTF-8"},
		"a currency of no accout": {strings.ReplaceAll(good, "GBP", "USD"), "content", "is in USD, but the account Current is kept in GBP"},
		"an unknown account":      {strings.Replace(good, ":25:60161331926819", ":25:20000099999999", 1), "content", "is a statement of the account 20000099999999, which is not the one chosen or none of yours"},
		"commas":                  {strings.Repeat(",", 10<<20), "content", "line 1, columns: there are more than 200 in one line"},
		"a bad amount":            {strings.Replace(good, "C7,00N", "C7,0a0N", 1), "content", "line 5, :61::"},
		"no account":              {csv, "content", "line 2, currency: the file does not say in which currency the account is kept"},
	} {
		t.Run(claim, func(t *testing.T) {
			_, err := w.importing([]byte(c.content))
			wantInvalid(t, err, c.field, c.want)
			if lines := w.lines(bank.LineFilter{}); len(lines) != 0 {
				t.Errorf("%d lines were kept", len(lines))
			}
		})
	}
	done, err := w.Bank.Import(t.Context(), w.Owner, replay.Key{}, bank.ImportInput{Org: w.Org.ID, Account: euros.ID, Content: []byte(csv)})
	if err != nil || done.New != 1 || len(done.Statements[0].Notes) != 1 || done.Statements[0].Account != euros.ID {
		t.Errorf("a file without account and balances, for a chosen account: %+v, %v", done, err)
	}
	_, err = w.Bank.Import(t.Context(), w.Owner, replay.Key{}, bank.ImportInput{Org: w.Org.ID, Account: uid.New[uid.BankAccount](), Content: []byte(csv)})
	if !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("an account of nobody: %v", err)
	}
}

func TestImport_ReadsACSVFileAsItsAccountSays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Bank.SaveAccount(t.Context(), w.Owner, replay.Key{}, bank.AccountInput{
		Org: w.Org.ID, Name: "A", Number: "20-00-00 12345678", Currency: "GBP", CSVColumns: "date: Wann\namount: Wieviel\ndecimals: ,",
	})
	wantInvalid(t, err, "csv_columns", "line 3, decimals: is no column or setting")
	a, err := w.Bank.SaveAccount(t.Context(), w.Owner, replay.Key{}, bank.AccountInput{
		Org: w.Org.ID, ID: w.account.ID, Version: 1, Name: "Current", Number: w.account.Number, Currency: "GBP",
		CSVColumns: "date: Wann\namount: Wieviel\ntext: Was\ndecimal: ,\ndates: month first",
	})
	if err != nil || a.CSVColumns == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	w.imported([]byte("Wann;Was;Wieviel\n11/05/2026;Miete;-1.234,50\n"))
	if l := w.only(); l.Amount != gbp(-123450) || !l.On.Equal(nov(5)) || l.Text != "Miete" {
		t.Errorf("%+v", l)
	}
}

func TestImport_ALongStatementComesInWhole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var entries []entry
	for i := range 1203 {
		entries = append(entries, entry{1 + i/50, int64(i%7)*100 - 250, fmt.Sprintf("LINE %d", i/3), ""})
	}
	content := mt940(1_000_000, 1, entries...)
	if done := w.imported(content); done.New != 1203 {
		t.Fatalf("%+v", done)
	}
	if again := w.imported(content); again.New != 0 || again.Known != 1203 {
		t.Errorf("again: %d new, %d known", again.New, again.Known)
	}
	n := 0
	var after *bank.AfterLine
	for {
		page, next, err := w.Bank.Lines(t.Context(), w.Org.ID, bank.LineFilter{Open: true, Size: 500, After: after})
		if err != nil {
			t.Fatal(err)
		}
		n += len(page)
		if after = next; after == nil {
			break
		}
	}
	if n != 1203 {
		t.Errorf("the pages have %d lines", n)
	}
}

func TestLines_AreFound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 1, entry{1, 123450, "Leeds Labs PO-4711", ""}, entry{2, -500, "Charges", ""}))
	for query, want := range map[string]int{"leeds labs": 1, "1,234.50": 1, "£1234.5": 1, "5": 1, "nothing": 0, "": 2, "%": 0} {
		if got := len(w.lines(bank.LineFilter{Query: query})); got != want {
			t.Errorf("%q: %d lines, want %d", query, got, want)
		}
	}
	if got := len(w.lines(bank.LineFilter{From: nov(2), Until: nov(3), Account: w.account.ID, Open: true})); got != 1 {
		t.Errorf("a day: %d", got)
	}
	if got := len(w.lines(bank.LineFilter{Explained: true})); got != 0 {
		t.Errorf("explained: %d", got)
	}
}

func TestSaveAccount_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	save := func(in bank.AccountInput) error {
		in.Org = w.Org.ID
		_, err := w.Bank.SaveAccount(t.Context(), w.Owner, replay.Key{}, in)
		return err
	}
	wantInvalid(t, save(bank.AccountInput{Name: " ", Number: "20-00-00 12345678", Currency: "GBP"}), "name", "needs 1 to 100")
	wantInvalid(t, save(bank.AccountInput{Name: "A", Number: "GB28NWBK60161331926819", Currency: "GBP"}), "number", "check digits")
	wantInvalid(t, save(bank.AccountInput{Name: "A", Number: "123", Currency: "GBP"}), "number", "sort code")
	wantInvalid(t, save(bank.AccountInput{Name: "A", Number: "20-00-00 12345678", Currency: "XYZ"}), "currency", "")
	if err := save(bank.AccountInput{Name: "A", Number: "GB29 NWBK 6016 1331 9268 19", Currency: "gbp"}); !fault.Is(err, fault.AlreadyExists) {
		t.Errorf("the same account twice: %v", err)
	}
	w.imported(mt940(0, 1, entry{1, 1, "A", ""}))
	wantInvalid(t, save(bank.AccountInput{ID: w.account.ID, Version: 1, Name: "A", Number: "20-00-00 12345678", Currency: "GBP"}), "number", "stays as it is")
	if err := save(bank.AccountInput{ID: w.account.ID, Version: 1, Name: "Savings", Number: w.account.Number, Currency: "GBP"}); err != nil {
		t.Error(err)
	}
	if err := save(bank.AccountInput{ID: w.account.ID, Version: 1, Name: "Again", Number: w.account.Number, Currency: "GBP"}); !fault.Is(err, fault.StaleVersion) {
		t.Errorf("a stale copy: %v", err)
	}
}
