package statement

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// DateOrder is how a bank writes a date in numbers.
type DateOrder string

// The orders. Dates that begin with a year, or name the month, need none.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
	YearFirst  DateOrder = "ymd"
)

// Profile says what the columns of a CSV file are. A column is named as in the
// file's heading, whatever its case, or by its place: "#3". Either Amount is given,
// or Debit and Credit.
type Profile struct {
	// Name is for people, such as "NatWest".
	Name string
	// Separator is between columns; 0 finds out.
	Separator rune
	// Decimal is '.' or ','; 0 is '.'.
	Decimal rune
	// Dates is the order of day, month and year; empty takes only dates that can be
	// read in one way.
	Dates DateOrder
	// Skip is how many lines come before the heading (or, with NoHeading, before
	// the first line).
	Skip      int
	NoHeading bool

	Date, ValueDate       string
	Amount, Debit, Credit string
	Balance               string
	Currency              string
	Text                  []string
	Party, Reference      string
	BankID                string
	// Account are the columns that make up the account's number, such as a sort
	// code and a number.
	Account []string
}

// Profiles are known files, tried in this order by their headings. The last is
// none of a bank: it knows what columns are usually called.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "Lloyds, Halifax, Bank of Scotland", Dates: DayFirst, Date: "Transaction Date", Debit: "Debit Amount", Credit: "Credit Amount",
			Balance: "Balance", Text: []string{"Transaction Type", "Transaction Description"}, Account: []string{"Sort Code", "Account Number"},
		},
		{
			Name: "NatWest, Royal Bank of Scotland", Dates: DayFirst, Date: "Date", Amount: "Value", Balance: "Balance",
			Text: []string{"Type", "Description"}, Account: []string{"Account Number"},
		},
		{
			Name: "Barclays", Dates: DayFirst, Date: "Date", Amount: "Amount", Text: []string{"Subcategory", "Memo"}, Account: []string{"Account"},
		},
		{
			Name: "Starling", Dates: DayFirst, Date: "Date", Amount: "Amount (GBP)", Balance: "Balance (GBP)", Party: "Counter Party",
			Reference: "Reference", Text: []string{"Counter Party", "Reference", "Type"},
		},
	}
}

// usual are headings that mean the same at most banks, in lower case.
var usual = map[string][]string{
	"date":      {"date", "transaction date", "booking date", "posting date", "posted date", "completed date", "buchungstag", "buchungsdatum"},
	"value":     {"value date", "valuta", "wertstellung"},
	"amount":    {"amount", "transaction amount", "net amount", "betrag"},
	"debit":     {"debit", "debit amount", "paid out", "money out", "withdrawals", "out"},
	"credit":    {"credit", "credit amount", "paid in", "money in", "deposits", "in"},
	"balance":   {"balance", "running balance", "closing balance", "saldo"},
	"currency":  {"currency", "ccy", "account currency", "währung"},
	"text":      {"description", "details", "transaction description", "narrative", "memo", "text", "verwendungszweck"},
	"party":     {"name", "payee", "counterparty", "counter party", "merchant", "payer"},
	"reference": {"reference", "payment reference", "customer reference"},
	"id":        {"id", "transaction id", "bank reference", "unique id"},
}

// usualProfile makes a profile of a heading with usual names.
func usualProfile(heading []string) Profile {
	find := func(what string) string {
		for _, name := range usual[what] {
			if slices.ContainsFunc(heading, func(h string) bool { return foldHeading(h) == name }) {
				return name
			}
		}
		return ""
	}
	p := Profile{
		Name: "Usual headings", Date: find("date"), ValueDate: find("value"), Amount: find("amount"), Balance: find("balance"),
		Currency: find("currency"), Party: find("party"), Reference: find("reference"), BankID: find("id"),
	}
	if p.Amount == "" {
		p.Debit, p.Credit = find("debit"), find("credit")
	}
	for _, what := range []string{"text", "party", "reference"} {
		if name := find(what); name != "" {
			p.Text = append(p.Text, name)
		}
	}
	return p
}

func foldHeading(h string) string { return strings.ToLower(tidy(h)) }

// fits reports whether a heading has every column that a profile names.
func (p Profile) fits(heading []string) bool {
	for _, name := range p.names() {
		if p.column(heading, name) < 0 {
			return false
		}
	}
	return p.Date != "" && (p.Amount != "" || p.Debit != "" && p.Credit != "")
}

func (p Profile) names() []string {
	all := append([]string{p.Date, p.ValueDate, p.Amount, p.Debit, p.Credit, p.Balance, p.Currency, p.Party, p.Reference, p.BankID}, p.Text...)
	all = append(all, p.Account...)
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

// column is the place of a column, or -1.
func (p Profile) column(heading []string, name string) int {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(heading) {
			return -1
		}
		return n - 1
	}
	if name == "" || p.NoHeading {
		return -1
	}
	return slices.IndexFunc(heading, func(h string) bool { return foldHeading(h) == foldHeading(name) })
}

// check says what a profile lacks.
func (p Profile) check() error {
	switch {
	case p.Date == "":
		return bad(0, "date", "say which column has the date")
	case p.Amount == "" && (p.Debit == "" || p.Credit == ""):
		return bad(0, "amount", "say which column has the amount, or which two have what went out and what came in")
	case p.Amount != "" && (p.Debit != "" || p.Credit != ""):
		return bad(0, "amount", "there is either one column, or one for each direction")
	case p.Decimal != 0 && p.Decimal != '.' && p.Decimal != ',':
		return bad(0, "decimal sign", "is a point or a comma")
	case p.Separator != 0 && !strings.ContainsRune(separators, p.Separator):
		return bad(0, "separator", "is a comma, a semicolon, a tab or a bar")
	case p.Dates != "" && p.Dates != DayFirst && p.Dates != MonthFirst && p.Dates != YearFirst:
		return bad(0, "order of dates", "is day, month or year first")
	case p.Skip < 0 || p.Skip > 100:
		return bad(0, "lines before the heading", "are between 0 and 100")
	}
	return nil
}

// months are the names that dates may have, cut to three letters.
const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// parseDay reads a date in numbers, or with the month's English name.
func parseDay(text string, order DateOrder) (time.Time, string) {
	none := "is not a date: “" + clip(text) + "”"
	text, _, _ = strings.Cut(strings.TrimSpace(text), "T")
	parts := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("/.-, ", c) })
	if len(parts) > 3 && strings.Contains(parts[3], ":") {
		parts = parts[:3] // the time of day
	}
	if len(parts) == 1 && len(parts[0]) == 8 {
		if t, ok := compactDay(parts[0], false); ok {
			return t, ""
		}
	}
	if len(parts) != 3 {
		return time.Time{}, none
	}
	var n [3]int
	named := -1
	for i, part := range parts {
		v, ok := digits(part, len(part))
		if !ok && len(part) >= 3 && named < 0 {
			if at := strings.Index(months, strings.ToLower(part[:3])); at >= 0 && at%3 == 0 {
				v, ok, named = at/3+1, true, i
			}
		}
		if !ok || len(part) > 9 {
			return time.Time{}, none
		}
		n[i] = v
	}
	switch {
	case len(parts[0]) == 4:
		order = YearFirst
	case named == 1:
		order = DayFirst
	case named == 0:
		order = MonthFirst
	case order == "" && n[0] == n[1], order == "" && n[0] > 12:
		order = DayFirst
	case order == "" && n[1] > 12:
		order = MonthFirst
	case order == "":
		return time.Time{}, "could have the day or the month first: “" + clip(text) + "”; say which"
	}
	y, m, d := n[2], n[1], n[0]
	switch order {
	case MonthFirst:
		m, d = n[0], n[1]
	case YearFirst:
		y, m, d = n[0], n[1], n[2]
	}
	t, ok := day(y, m, d)
	if !ok {
		return time.Time{}, none
	}
	return t, ""
}
