package statement

import (
	"io"
	"slices"
	"strings"

	"lanyard/internal/money"
)

// csvFile is a CSV statement under way. Without a heading, heading is the first
// line, and says how many columns there are.
type csvFile struct {
	r       records
	b       *builder
	p       Profile
	heading []string

	date, value, amount, debit, credit, balance, currency, party, reference, id int
	text, account                                                               []int

	run running
}

func readCSV(s *source, b *builder) error {
	f := &csvFile{b: b}
	if err := f.open(s); err != nil {
		return err
	}
	if err := b.begin(1); err != nil {
		return err
	}
	fields, more, err := f.heading, true, error(nil)
	if !f.p.NoHeading {
		fields, more, err = f.r.next()
	}
	for more && err == nil {
		if err = f.line(fields); err == nil {
			fields, more, err = f.r.next()
		}
	}
	if err != nil {
		return err
	}
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	if b.open.Lines == 0 {
		return bad(s.line, "file", "there is no line in it")
	}
	f.run.close(b)
	return b.end(s.line)
}

// open reads the heading and finds the columns.
func (f *csvFile) open(s *source) error {
	given := f.b.options.Profile
	if given != nil {
		f.p = *given
		if err := f.p.check(); err != nil {
			return err
		}
	}
	f.r = records{s: s, separator: f.p.Separator}
	if f.r.separator == 0 {
		f.r.separator = guessSeparator(s, f.p.Skip)
	}
	for range f.p.Skip {
		if _, _, _, err := s.readLine(); err != nil {
			return err
		}
	}
	first, more, err := f.r.next()
	if err != nil {
		return err
	}
	if !more {
		return bad(s.line, "file", "there is no line in it")
	}
	heading := slices.Clone(first)
	f.heading = heading
	if given == nil {
		all := append(Profiles(), usualProfile(heading))
		at := slices.IndexFunc(all, func(p Profile) bool { return p.fits(heading) })
		if at < 0 {
			return bad(f.r.row, "columns", "which of them is the date and which the amount is not known: “%s”; say which", clip(strings.Join(heading, ", ")))
		}
		f.p = all[at]
	}
	if f.p.Decimal == 0 {
		f.p.Decimal = '.'
	}
	return f.columns(heading)
}

func (f *csvFile) columns(heading []string) error {
	var missing error
	at := func(name string) int {
		i := f.p.column(heading, name)
		if i < 0 && name != "" && missing == nil {
			missing = bad(f.r.row, "columns", "there is no “%s”", clip(name))
		}
		return i
	}
	p := f.p
	f.date, f.value, f.amount, f.debit, f.credit = at(p.Date), at(p.ValueDate), at(p.Amount), at(p.Debit), at(p.Credit)
	f.balance, f.currency, f.party, f.reference, f.id = at(p.Balance), at(p.Currency), at(p.Party), at(p.Reference), at(p.BankID)
	for _, name := range p.Text {
		f.text = append(f.text, at(name))
	}
	for _, name := range p.Account {
		f.account = append(f.account, at(name))
	}
	return missing
}

func cell(fields []string, at int) string {
	if at < 0 || at >= len(fields) {
		return ""
	}
	text := strings.TrimSpace(fields[at])
	if inner, ok := strings.CutPrefix(text, `="`); ok { // how some banks keep spreadsheets from rounding
		text = strings.TrimSuffix(inner, `"`)
	}
	return text
}

func (f *csvFile) line(fields []string) error {
	row, st := f.r.row, f.b.open
	if len(fields) < len(f.heading) {
		if extra := strings.Join(f.heading[len(fields):], ""); strings.TrimSpace(extra) != "" {
			return bad(row, "columns", "there are %d, the heading has %d; the file may have been cut off", len(fields), len(f.heading))
		}
	}
	if err := f.whose(fields, row); err != nil {
		return err
	}
	l := Line{Row: row, Party: cell(fields, f.party), Reference: cell(fields, f.reference), BankID: clip64(cell(fields, f.id))}
	var reason string
	if l.On, reason = parseDay(cell(fields, f.date), f.p.Dates); reason != "" {
		return bad(row, "date", "%s", reason)
	}
	if text := cell(fields, f.value); text != "" {
		if l.ValueOn, reason = parseDay(text, f.p.Dates); reason != "" {
			return bad(row, "value date", "%s", reason)
		}
	}
	minor, err := f.minor(fields, row, st.Currency)
	if err != nil {
		return err
	}
	l.Amount = money.New(minor, st.Currency)
	var texts []string
	for _, at := range f.text {
		texts = append(texts, cell(fields, at))
	}
	l.Text = strings.Join(texts, " ")
	if text := cell(fields, f.balance); text != "" {
		known, reason := parseAmount(text, f.p.Decimal, st.Currency)
		if reason != "" {
			return bad(row, "balance", "%s", reason)
		}
		if !f.run.known(Balance{On: l.On, Minor: known}, minor) {
			return bad(row, "balance", "does not follow from the line before; a line is missing or was changed")
		}
	} else {
		f.run.unknown(minor)
	}
	return f.b.add(l)
}

// whose takes the account and the currency from a line, and refuses a second one.
func (f *csvFile) whose(fields []string, row int) error {
	st := f.b.open
	first := st.Lines == 0
	if text := cell(fields, f.currency); text != "" {
		c, err := money.ParseCurrency(text)
		if err != nil {
			return bad(row, "currency", "“%s” is not one that is known", clip(text))
		}
		if !first && c != st.Currency {
			return bad(row, "currency", "is %s, but the lines before are in %s", c, st.Currency)
		}
		st.Currency = c
	}
	if st.Currency == "" {
		return bad(row, "currency", "the file does not say in which currency the account is kept")
	}
	number := ""
	for _, at := range f.account {
		number += CleanAccount(cell(fields, at))
	}
	if number == "" {
		return nil
	}
	if !first && number != st.Account {
		return bad(row, "account", "is %s, but the lines before are of %s", clip(number), clip(st.Account))
	}
	st.Account = number
	return nil
}

func (f *csvFile) minor(fields []string, row int, c money.Currency) (int64, error) {
	if f.amount >= 0 {
		minor, reason := parseAmount(cell(fields, f.amount), f.p.Decimal, c)
		if reason != "" {
			return 0, bad(row, "amount", "%s", reason)
		}
		return minor, nil
	}
	var both [2]int64
	given := 0
	for i, at := range []int{f.debit, f.credit} {
		text := cell(fields, at)
		if text == "" {
			continue
		}
		minor, reason := parseAmount(text, f.p.Decimal, c)
		if reason != "" {
			return 0, bad(row, []string{"debit", "credit"}[i], "%s", reason)
		}
		both[i] = max(minor, -minor)
		given++
	}
	switch {
	case given == 0:
		return 0, bad(row, "amount", "is missing: neither column has one")
	case both[0] != 0 && both[1] != 0:
		return 0, bad(row, "amount", "both columns have one")
	}
	return both[1] - both[0], nil
}

// running follows a column with the balance after each line. Files have the oldest
// line first or the newest; both are thought possible until one is not.
type running struct {
	any                 bool
	first, last         Balance
	firstSum            int64 // amounts up to the first balance
	lastSum             int64 // amounts from the last balance's line on
	forward, backward   int64 // what the next balance would have to be
	notForward, notBack bool
}

func (r *running) known(b Balance, minor int64) bool {
	r.forward += minor
	if !r.any {
		r.any, r.first = true, b
		r.firstSum += minor
	} else {
		r.notForward = r.notForward || r.forward != b.Minor
		r.notBack = r.notBack || r.backward != b.Minor
	}
	r.last, r.lastSum = b, minor
	r.forward, r.backward = b.Minor, b.Minor-minor
	return !r.notForward || !r.notBack
}

func (r *running) unknown(minor int64) {
	if !r.any {
		r.firstSum += minor
	}
	r.forward += minor
	r.backward -= minor
	r.lastSum += minor
}

// close gives the statement its balances. Where a file could be read in both
// orders, the dates decide.
func (r *running) close(b *builder) {
	if !r.any {
		return
	}
	st := b.open
	if r.notForward || !r.notBack && r.first.On.After(r.last.On) {
		st.Opening = &Balance{On: b.first, Minor: r.last.Minor - r.lastSum}
		st.Closing = &Balance{On: b.last, Minor: st.Opening.Minor + st.Sum}
		return
	}
	st.Opening = &Balance{On: b.first, Minor: r.first.Minor - r.firstSum}
	st.Closing = &Balance{On: b.last, Minor: st.Opening.Minor + st.Sum}
}
