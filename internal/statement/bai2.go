package statement

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"lanyard/internal/money"
)

// maxRecord is how many bytes one BAI2 record may have with its continuations.
const maxRecord = 16 << 10

// Types of amounts that are told apart; between 100 and 399 is money in, between
// 400 and 699 money out.
const (
	baiOpening = 10
	baiClosing = 15
)

// bai2 reads cash management files of North American banks.
type bai2 struct {
	s *source
	b *builder

	row        int
	record     []byte
	day        time.Time
	currency   string // of the group
	total      int64  // of the amounts in the account's records
	allTotal   int64  // of the file's accounts
	allRecords int
	size       int // lines of the record
	records    int // lines of the account
	inGroup    bool
	ended      bool
	pendingRec bool
}

func readBAI2(s *source, b *builder) error {
	f := &bai2{s: s, b: b}
	for {
		text, row, ok, err := s.readLine()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := f.take(strings.TrimSpace(text), row); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	if !f.ended {
		return bad(s.line, "file", "it ends in the middle: the last record (99) is missing")
	}
	return nil
}

// take joins a line to the record before, or begins the next.
func (f *bai2) take(text string, row int) error {
	if text == "" {
		return nil
	}
	if f.ended && !f.pendingRec {
		return bad(row, "file", "there is something after the last record (99)")
	}
	if more, ok := strings.CutPrefix(text, "88,"); ok {
		if !f.pendingRec {
			return bad(row, "record 88", "there is nothing that it could continue")
		}
		f.size++
		if len(f.record)+len(more) > maxRecord {
			return bad(row, "record", "is longer than %d characters", maxRecord)
		}
		glue := byte(',')
		if bytes.HasPrefix(f.record, []byte("16,")) {
			glue = ' '
		}
		f.record = append(append(bytes.TrimSuffix(f.record, []byte("/")), glue), more...)
		return nil
	}
	if err := f.flush(); err != nil {
		return err
	}
	f.row, f.record, f.size, f.pendingRec = row, append(f.record[:0], text...), 1, true
	return nil
}

func (f *bai2) flush() error {
	if !f.pendingRec {
		return nil
	}
	f.pendingRec = false
	kind, rest, _ := strings.Cut(string(f.record), ",")
	if kind != "16" {
		rest = strings.TrimSuffix(rest, "/")
	}
	f.records, f.allRecords = f.records+f.size, f.allRecords+f.size
	switch kind {
	case "01":
		return nil
	case "02":
		return f.group(strings.Split(rest, ","))
	case "03":
		return f.account(strings.Split(rest, ","))
	case "16":
		return f.entry(rest)
	case "49":
		return f.accountEnd(strings.Split(rest, ","))
	case "98":
		if f.b.open != nil || !f.inGroup {
			return bad(f.row, "record 98", "does not end a group")
		}
		f.inGroup = false
		return nil
	case "99":
		if f.inGroup {
			return bad(f.row, "record 99", "comes before the end of the group (98)")
		}
		f.ended = true
		return f.compare(strings.Split(rest, ","), 0, f.allTotal, 2, f.allRecords)
	}
	return bad(f.row, "record", "“%s” is none of this format", clip(kind))
}

func at(fields []string, i int) string {
	if i >= len(fields) {
		return ""
	}
	return strings.TrimSpace(fields[i])
}

func (f *bai2) group(fields []string) error {
	on, ok := compactDay(at(fields, 3), true)
	if !ok {
		return bad(f.row, "date of the group", "is not a date: “%s”", clip(at(fields, 3)))
	}
	f.day, f.currency, f.inGroup = on, at(fields, 5), true
	return nil
}

func (f *bai2) account(fields []string) error {
	if f.b.open != nil || !f.inGroup {
		return bad(f.row, "record 03", "comes before the end of the account before (49)")
	}
	if err := f.b.begin(f.row); err != nil {
		return err
	}
	st := f.b.open
	st.Account = CleanAccount(at(fields, 0))
	code := at(fields, 1)
	if code == "" {
		code = f.currency
	}
	if code == "" && st.Currency == "" {
		code = "USD" // what the format says where a file does not
	}
	if code != "" {
		c, err := money.ParseCurrency(code)
		if err != nil {
			return bad(f.row, "currency", "“%s” is not one that is known", clip(code))
		}
		st.Currency = c
	}
	f.total, f.records = 0, f.size
	st.From, st.To = f.day, f.day
	return f.summaries(fields)
}

// summaries reads the balances: groups of type, amount, count and availability.
func (f *bai2) summaries(fields []string) error {
	st := f.b.open
	for i := 2; i+1 < len(fields); {
		kind, amount := at(fields, i), at(fields, i+1)
		used := fundsFields(fields, i+3)
		if kind != "" && amount != "" {
			minor, err := f.minor(amount)
			if err != nil {
				return err
			}
			f.total += minor
			switch n, _ := strconv.Atoi(kind); n {
			case baiOpening:
				st.Opening = &Balance{On: f.day, Minor: minor}
			case baiClosing:
				st.Closing = &Balance{On: f.day, Minor: minor}
			}
		}
		i += 3 + used
	}
	return nil
}

// fundsFields is how many fields the availability takes that begins at i.
func fundsFields(fields []string, i int) int {
	switch at(fields, i) {
	case "S":
		return 4
	case "V":
		return 3
	case "D":
		n, ok := digits(at(fields, i+1), len(at(fields, i+1)))
		if !ok || n > maxFields {
			return 2
		}
		return 2 + 2*n
	}
	return 1
}

func (f *bai2) minor(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil || n > 1e15 || n < -1e15 {
		return 0, bad(f.row, "amount", "is not an amount: “%s”", clip(text))
	}
	return n, nil
}

func (f *bai2) entry(rest string) error {
	st := f.b.open
	if st == nil {
		return bad(f.row, "record 16", "comes before an account (03)")
	}
	fields := strings.Split(rest, ",")
	kind, ok := digits(at(fields, 0), 3)
	if !ok || kind < 100 || kind > 699 {
		if kind == 890 { // a notice without money
			return nil
		}
		return bad(f.row, "type of transaction", "“%s” is none", clip(at(fields, 0)))
	}
	minor, err := f.minor(at(fields, 1))
	if err != nil {
		return err
	}
	f.total += minor
	if kind >= 400 {
		minor = -minor
	}
	next := 2 + fundsFields(fields, 2)
	l := Line{Row: f.row, On: f.day, Amount: money.New(minor, st.Currency)}
	trim := func(i int) string { return strings.TrimSuffix(at(fields, i), "/") }
	l.BankID, l.Reference = clip64(trim(next)), trim(next+1)
	if next+2 < len(fields) {
		l.Text = strings.TrimSuffix(strings.Join(fields[next+2:], ","), "/")
	}
	return f.b.add(l)
}

// accountEnd compares the control total and the number of records.
func (f *bai2) accountEnd(fields []string) error {
	if f.b.open == nil {
		return bad(f.row, "record 49", "does not end an account")
	}
	if err := f.compare(fields, 0, f.total, 1, f.records); err != nil {
		return err
	}
	f.allTotal += f.total
	return f.b.end(f.row)
}

// compare checks a total and a number of records against what they are of.
func (f *bai2) compare(fields []string, totalAt int, total int64, recordsAt, records int) error {
	said, err := f.minor(at(fields, totalAt))
	if err != nil {
		return err
	}
	if said != total {
		return bad(f.row, "control total", "is %d, but the records come to %d", said, total)
	}
	if n, ok := digits(at(fields, recordsAt), len(at(fields, recordsAt))); !ok || n != records {
		return bad(f.row, "number of records", "is “%s”, but there are %d", clip(at(fields, recordsAt)), records)
	}
	return nil
}
