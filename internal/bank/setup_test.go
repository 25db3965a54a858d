package bank_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// town is a world with a bank account and an event that costs 120 pounds.
type town struct {
	*testworld.World
	t       *testing.T
	event   testworld.Event
	account bank.Account
	second  account.Actor // another person who does the accounts
}

func setup(t *testing.T) *town {
	t.Helper()
	w := &town{World: testworld.New(t), t: t}
	w.event = w.Event(testworld.Capacity(20))
	w.Price(w.event, 12000, money.GBP)
	w.second = w.Person("second@example.org")
	w.account = w.open("GB29NWBK60161331926819", "GBP")
	return w
}

func (w *town) open(number, currency string) bank.Account {
	w.t.Helper()
	a, err := w.Bank.SaveAccount(w.t.Context(), w.Owner, replay.Key{}, bank.AccountInput{Org: w.Org.ID, Name: "Current", Number: number, Currency: currency})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func nov(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

func gbp(minor int64) money.Amount { return money.New(minor, money.GBP) }

// entry is a line of a statement; id may be empty.
type entry struct {
	day   int
	minor int64
	text  string
	id    string
}

// mt940 writes a statement of November 2026 that begins with opening and adds up.
func mt940(opening int64, first int, entries ...entry) []byte {
	var b strings.Builder
	amount := func(minor int64) string { return fmt.Sprintf("%d,%02d", minor/100, minor%100) }
	mark := func(minor int64) (string, string) {
		if minor < 0 {
			return "D", amount(-minor)
		}
		return "C", amount(minor)
	}
	at, last := opening, first
	m, a := mark(opening)
	fmt.Fprintf(&b, ":20:S\r\n:25:60161331926819\r\n:28C:1\r\n:60F:%s2611%02dGBP%s\r\n", m, first, a)
	for _, e := range entries {
		at, last = at+e.minor, max(last, e.day)
		m, a := mark(e.minor)
		id := ""
		if e.id != "" {
			id = "//" + e.id
		}
		fmt.Fprintf(&b, ":61:2611%02d%s%sNTRFNONREF%s\r\n:86:%s\r\n", e.day, m, a, id, e.text)
	}
	m, a = mark(at)
	fmt.Fprintf(&b, ":62F:%s2611%02dGBP%s\r\n", m, last, a)
	return []byte(b.String())
}

func (w *town) importing(content []byte) (bank.Imported, error) {
	w.t.Helper()
	return w.Bank.Import(w.t.Context(), w.Owner, replay.Key{}, bank.ImportInput{Org: w.Org.ID, FileName: "november.sta", Content: content})
}

func (w *town) imported(content []byte) bank.Imported {
	w.t.Helper()
	done, err := w.importing(content)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// lines lists the lines, the latest first.
func (w *town) lines(f bank.LineFilter) []bank.Line {
	w.t.Helper()
	lines, _, err := w.Bank.Lines(w.t.Context(), w.Org.ID, f)
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}

// only is the one line there is.
func (w *town) only() bank.Line {
	w.t.Helper()
	lines := w.lines(bank.LineFilter{})
	if len(lines) != 1 {
		w.t.Fatalf("there are %d lines", len(lines))
	}
	return lines[0]
}

// payout posts that a payout left Stripe's balance.
func (w *town) payout(id string, d int, minor int64) {
	w.t.Helper()
	row := ledger.Row{
		Source:   ledger.Source{Org: w.Org.ID, Key: "bt:" + id + fmt.Sprint(minor), On: nov(d), Actor: "system"},
		Currency: money.GBP, Gross: -minor,
	}
	err := w.DB.InTx(w.t.Context(), func(tx *pg.Tx) error {
		_, err := w.Books.PostTx(w.t.Context(), tx, ledger.PayoutMoved(row, id))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// balance is an account's balance in pounds for a reference, or in all.
func (w *town) balance(a ledger.Account, ref string) int64 {
	w.t.Helper()
	sums, err := w.Books.Balance(w.t.Context(), w.DB.Pool(), w.Org.ID, a, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return sums[money.GBP]
}

func (w *town) match(line bank.Line, parts ...bank.Part) (bank.Line, error) {
	w.t.Helper()
	return w.Bank.Match(w.t.Context(), w.Owner, replay.Key{}, bank.MatchInput{Org: w.Org.ID, Line: line.ID, Parts: parts})
}

func (w *town) matched(line bank.Line, parts ...bank.Part) bank.Line {
	w.t.Helper()
	l, err := w.match(line, parts...)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *town) unmatched(id uid.BankMatch) bank.Line {
	w.t.Helper()
	l, err := w.Bank.Unmatch(w.t.Context(), w.second, replay.Key{}, w.Org.ID, id, "it was another one")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}
