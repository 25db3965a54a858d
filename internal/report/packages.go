package report

import (
	"strings"
	"time"

	"lanyard/internal/money"
)

// entry is one journal as an accounts package gets it.
type entry struct {
	Number    string
	On        time.Time
	Narration string
	Lines     []entryLine
}

// entryLine is one line of it: a debit above zero, a credit below.
type entryLine struct {
	To     MappingLine
	Amount int64
	Text   string
	Ref    string
}

// britishDate is how the three packages want dates from a British organisation.
const britishDate = "02/01/2006"

// write makes the file of a package. The layouts are the packages' own; none takes
// a byte order mark.
func (s System) write(entries []entry, c money.Currency) []byte {
	f := &csvFile{}
	f.texts(packageHeads[s]...)
	for _, e := range entries {
		for _, l := range e.Lines {
			switch s {
			case Xero:
				xeroLine(f, e, l, c)
			case QuickBooks:
				quickBooksLine(f, e, l, c)
			case Sage:
				sageLine(f, e, l, c)
			}
		}
	}
	return f.b.Bytes()
}

var packageHeads = map[System][]string{
	Xero:       {"*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount", "TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2"},
	QuickBooks: {"Journal No", "Journal Date", "Account Name", "Debits", "Credits", "Description", "Name"},
	Sage:       {"Type", "Account Reference", "Nominal A/C Ref", "Department Code", "Date", "Reference", "Details", "Net Amount", "Tax Code", "Tax Amount"},
}

// xeroLine writes a line of Xero's manual journal: amounts are signed, and the
// lines of one narration and date are one journal.
func xeroLine(f *csvFile, e entry, l entryLine, c money.Currency) {
	name, option, _ := strings.Cut(l.To.Extra, ":")
	f.text(e.Number + " " + e.Narration)
	f.raw(e.On.Format(britishDate))
	f.text(l.Text)
	f.text(l.To.Code)
	f.text(l.To.Tax)
	f.raw(decimal(l.Amount, c))
	f.texts(strings.TrimSpace(name), strings.TrimSpace(option), "", "")
}

// quickBooksLine writes a line of QuickBooks Online's journal entry, whose account
// is named in full, with its parents.
func quickBooksLine(f *csvFile, e entry, l entryLine, c money.Currency) {
	debit, credit := "", ""
	if l.Amount > 0 {
		debit = decimal(l.Amount, c)
	} else {
		credit = decimal(-l.Amount, c)
	}
	f.text(e.Number)
	f.raw(e.On.Format(britishDate))
	f.text(l.To.Code)
	f.raw(debit)
	f.raw(credit)
	f.texts(l.Text, l.To.Extra)
}

// sageLine writes a line of Sage 50's audit trail: JD debits and JC credits a
// nominal account, and the amount has no sign.
func sageLine(f *csvFile, e entry, l entryLine, c money.Currency) {
	kind, amount := "JD", l.Amount
	if amount < 0 {
		kind, amount = "JC", -amount
	}
	f.raw(kind)
	f.raw("")
	f.raw(l.To.Code)
	f.raw(l.To.Extra)
	f.raw(e.On.Format(britishDate))
	f.text(clip(e.Number, 30))
	f.text(clip(l.Text, 60))
	f.raw(decimal(amount, c))
	f.raw(l.To.Tax)
	f.raw(decimal(0, c))
	f.end()
}

// clip shortens text to at most n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
