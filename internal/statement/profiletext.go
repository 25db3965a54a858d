package statement

import (
	"strconv"
	"strings"
)

// role is the column that a name in a profile's text stands for, or nil.
func (p *Profile) role(name string) *string {
	switch name {
	case "date":
		return &p.Date
	case "value date":
		return &p.ValueDate
	case "amount":
		return &p.Amount
	case "paid out", "debit":
		return &p.Debit
	case "paid in", "credit":
		return &p.Credit
	case "balance":
		return &p.Balance
	case "currency":
		return &p.Currency
	case "name":
		return &p.Party
	case "reference":
		return &p.Reference
	case "id":
		return &p.BankID
	}
	return nil
}

// separatorNames are the ways to name what is between columns.
var separatorNames = map[string]rune{",": ',', "comma": ',', ";": ';', "semicolon": ';', "tab": '\t', "|": '|', "bar": '|'}

// orderNames are the ways to name the order of a date.
var orderNames = map[string]DateOrder{"day first": DayFirst, "month first": MonthFirst, "year first": YearFirst}

// ParseProfile reads what people write to say what the columns of their bank's CSV
// files are: a line each, such as "date: Buchungstag", "paid out: Soll" or
// "dates: day first". Text and account may come several times. Columns are named
// as in the heading, or by their place: "amount: #3".
func ParseProfile(text string) (Profile, error) {
	p := Profile{Name: "As described"}
	row := 0
	for line := range strings.Lines(text) {
		row++
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.ToLower(tidy(name)), tidy(value)
		if !ok || value == "" {
			return Profile{}, bad(row, "columns", "say what a column is as in “date: Booking date”")
		}
		if err := p.set(row, name, value); err != nil {
			return Profile{}, err
		}
	}
	return p, p.check()
}

func (p *Profile) set(row int, name, value string) error {
	if field := p.role(name); field != nil {
		if *field != "" {
			return bad(row, name, "is said twice")
		}
		*field = value
		return nil
	}
	known := true
	switch name {
	case "text":
		p.Text = append(p.Text, value)
	case "account":
		p.Account = append(p.Account, value)
	case "separator":
		p.Separator, known = separatorNames[strings.ToLower(value)], separatorNames[strings.ToLower(value)] != 0
	case "decimal":
		p.Decimal = []rune(value)[0]
		known = value == "." || value == ","
	case "dates":
		p.Dates, known = orderNames[strings.ToLower(value)], orderNames[strings.ToLower(value)] != ""
	case "skip":
		n, err := strconv.Atoi(value)
		p.Skip, known = n, err == nil
	case "heading":
		p.NoHeading, known = strings.EqualFold(value, "no"), strings.EqualFold(value, "no") || strings.EqualFold(value, "yes")
	default:
		return bad(row, clip(name), "is no column or setting; known are date, value date, amount, paid out, paid in, balance, currency, text, name, "+
			"reference, id, account, separator, decimal, dates, skip and heading")
	}
	if !known {
		return bad(row, name, "cannot be “%s”", clip(value))
	}
	return nil
}
