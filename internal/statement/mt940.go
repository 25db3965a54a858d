package statement

import (
	"strings"
	"time"

	"lanyard/internal/money"
)

// maxFieldLines is how many lines one field may have; the standard says 6.
const maxFieldLines = 60

// swift are the characters that SWIFT messages are made of (its set x), line ends
// aside.
const swift = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+{} "

// mt940 reads SWIFT statements, with or without the blocks of the network around
// each message. Long statements come as several messages; those are joined.
type mt940 struct {
	s *source
	b *builder

	tag   string
	row   int
	lines []string

	account, number string
	follows         bool  // the statement goes on in the next message
	line            *Line // waits for its :86:
}

func readMT940(s *source, b *builder) error {
	m := &mt940{s: s, b: b}
	for {
		text, row, ok, err := s.readLine()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := m.take(text, row); err != nil {
			return err
		}
	}
	if err := m.field(); err != nil {
		return err
	}
	if err := m.flush(); err != nil {
		return err
	}
	if m.follows || b.open != nil {
		return bad(s.line, "file", "it ends in the middle: the closing balance (:62F:) is missing")
	}
	return nil
}

// take sorts a line: the beginning of a field, more of it, or the network's.
func (m *mt940) take(text string, row int) error {
	text = strings.TrimRight(text, " \t")
	if strings.HasPrefix(text, "{") {
		_, text, _ = strings.Cut(text, "{4:")
	}
	if text == "-" || strings.HasPrefix(text, "-}") {
		return m.field()
	}
	if tag, rest, ok := cutTag(text); ok {
		if err := m.field(); err != nil {
			return err
		}
		m.tag, m.row, m.lines = tag, row, append(m.lines[:0], rest)
		return nil
	}
	if m.tag == "" {
		if strings.TrimSpace(text) != "" {
			return bad(row, "file", "a field such as :20: is expected here")
		}
		return nil
	}
	if len(m.lines) == maxFieldLines {
		return bad(row, ":"+m.tag+":", "has more than %d lines", maxFieldLines)
	}
	m.lines = append(m.lines, text)
	return nil
}

// cutTag splits ":60F:C26…" into the tag and the rest.
func cutTag(text string) (tag, rest string, ok bool) {
	if !strings.HasPrefix(text, ":") {
		return "", "", false
	}
	tag, rest, ok = strings.Cut(text[1:], ":")
	if !ok || len(tag) < 2 || len(tag) > 3 || tag[0] < '0' || tag[0] > '9' || tag[1] < '0' || tag[1] > '9' {
		return "", "", false
	}
	return tag, rest, len(tag) == 2 || tag[2] >= 'A' && tag[2] <= 'Z'
}

// field deals with the field that has just ended.
func (m *mt940) field() error {
	tag := m.tag
	if m.tag = ""; tag == "" {
		return nil
	}
	first := strings.TrimSpace(m.lines[0])
	if tag != "86" { // in :86:, and in what follows the first line of :61:, banks write what they like
		for _, text := range m.lines {
			if i := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune(swift, c) }); i >= 0 && tag != "61" {
				return bad(m.row, ":"+tag+":", "has the character “%c”, which SWIFT does not have", []rune(text[i:])[0])
			}
		}
		if err := m.flush(); err != nil {
			return err
		}
	}
	switch tag {
	case "25", "25P":
		m.account = first
	case "28C", "28":
		m.number = first
	case "60F", "60M":
		return m.opening(tag, first)
	case "61":
		return m.entry()
	case "86":
		m.describe()
	case "62F", "62M":
		return m.closing(tag, first)
	}
	return nil
}

// flush hands out the line that may have waited for its description.
func (m *mt940) flush() error {
	if m.line == nil {
		return nil
	}
	l := *m.line
	m.line = nil
	return m.b.add(l)
}

// balance reads "C260331GBP1234,56".
func (m *mt940) balance(tag, text string) (Balance, money.Currency, error) {
	field := ":" + tag + ":"
	if len(text) < 11 || text[0] != 'C' && text[0] != 'D' {
		return Balance{}, "", bad(m.row, field, "is not a balance: “%s”", clip(text))
	}
	on, ok := compactDay(text[1:7], true)
	if !ok {
		return Balance{}, "", bad(m.row, field, "has no date: “%s”", clip(text))
	}
	c, err := money.ParseCurrency(text[7:10])
	if err != nil {
		return Balance{}, "", bad(m.row, field, "names the currency “%s”, which is not known", clip(text[7:10]))
	}
	minor, reason := parseAmount(text[10:], ',', c)
	if reason != "" {
		return Balance{}, "", bad(m.row, field, "%s", reason)
	}
	if text[0] == 'D' {
		minor = -minor
	}
	return Balance{On: on, Minor: minor}, c, nil
}

func (m *mt940) opening(tag, text string) error {
	known, c, err := m.balance(tag, text)
	if err != nil {
		return err
	}
	account := strings.TrimSuffix(CleanAccount(m.account), string(c))
	st := m.b.open
	if m.follows {
		if account != st.Account || c != st.Currency || known.Minor != st.Opening.Minor+st.Sum {
			return bad(m.row, ":"+tag+":", "does not go on where the message before ended; a part of the statement is missing")
		}
		m.follows = false
		return nil
	}
	if tag == "60M" {
		return bad(m.row, ":60M:", "the first part of the statement is missing")
	}
	if st != nil {
		return bad(m.row, ":60F:", "the statement before has no closing balance")
	}
	if err := m.b.begin(m.row); err != nil {
		return err
	}
	st = m.b.open
	if account != "" {
		st.Account = account
	}
	st.Number, st.Currency, st.Opening = clip(m.number), c, &known
	return nil
}

func (m *mt940) closing(tag, text string) error {
	known, c, err := m.balance(tag, text)
	if err != nil {
		return err
	}
	st := m.b.open
	if st == nil || m.follows {
		return bad(m.row, ":"+tag+":", "there is no opening balance before it")
	}
	if c != st.Currency {
		return bad(m.row, ":"+tag+":", "is in %s, the opening balance in %s", c, st.Currency)
	}
	if tag == "62M" {
		if known.Minor != st.Opening.Minor+st.Sum {
			return bad(m.row, ":62M:", "is not what the opening balance and the lines come to")
		}
		m.follows = true
		return nil
	}
	st.Closing = &known
	return m.b.end(m.row)
}

// entry reads ":61:2603310401CR1234,56NTRFREF//BANKREF".
func (m *mt940) entry() error {
	if m.b.open == nil || m.follows {
		return bad(m.row, ":61:", "there is no opening balance before it")
	}
	text := strings.TrimSpace(m.lines[0])
	refuse := func(what string) error { return bad(m.row, ":61:", "%s: “%s”", what, clip(text)) }
	if len(text) < 7 {
		return refuse("is too short")
	}
	value, ok := compactDay(text[:6], true)
	if !ok {
		return refuse("does not begin with a date")
	}
	rest, on := text[6:], value
	if len(rest) >= 4 && rest[0] >= '0' && rest[0] <= '9' {
		if on, ok = entryDay(rest[:4], value); !ok {
			return refuse("has an entry date that is none")
		}
		rest = rest[4:]
	}
	sign, expected, rest, ok := cutMark(rest)
	if !ok {
		return refuse("says neither credit nor debit")
	}
	end := strings.IndexFunc(rest, func(c rune) bool { return c != ',' && (c < '0' || c > '9') })
	if end < 0 {
		end = len(rest)
	}
	if !strings.Contains(rest[:end], ",") {
		return refuse("has no amount with a comma")
	}
	st := m.b.open
	minor, reason := parseAmount(rest[:end], ',', st.Currency)
	if reason != "" {
		return refuse(reason)
	}
	rest = rest[end:]
	if len(rest) < 4 || rest[0] < 'A' || rest[0] > 'Z' || CleanAccount(rest[:4]) != rest[:4] {
		return refuse("has no type of transaction")
	}
	if expected {
		st.Pending++
		return nil
	}
	reference, bankRef, _ := strings.Cut(rest[4:], "//")
	if reference = strings.TrimSpace(reference); strings.EqualFold(reference, "NONREF") {
		reference = ""
	}
	m.line = &Line{
		Row: m.row, On: on, ValueOn: value, Amount: money.New(sign*minor, st.Currency), Reference: reference, BankID: clip64(bankRef),
		Text: strings.Join(m.lines[1:], " "),
	}
	return nil
}

// entryDay is the day of a month and a day that lies nearest to the value date.
func entryDay(text string, value time.Time) (time.Time, bool) {
	month, ok1 := digits(text[:2], 2)
	d, ok2 := digits(text[2:], 2)
	if !ok1 || !ok2 {
		return time.Time{}, false
	}
	best, found := time.Time{}, false
	for y := value.Year() - 1; y <= value.Year()+1; y++ {
		if t, ok := day(y, month, d); ok && (!found || t.Sub(value).Abs() < best.Sub(value).Abs()) {
			best, found = t, true
		}
	}
	return best, found
}

// cutMark reads C, D, RC, RD, EC or ED and a letter for the sort of money after it.
// What is reversed goes the other way; what is expected is not booked.
func cutMark(text string) (sign int64, expected bool, rest string, ok bool) {
	reversal := strings.HasPrefix(text, "R")
	expected = strings.HasPrefix(text, "E")
	if reversal || expected {
		text = text[1:]
	}
	switch {
	case strings.HasPrefix(text, "C"):
		sign = 1
	case strings.HasPrefix(text, "D"):
		sign = -1
	default:
		return 0, false, text, false
	}
	if reversal {
		sign = -sign
	}
	text = text[1:]
	if text != "" && text[0] >= 'A' && text[0] <= 'Z' {
		text = text[1:]
	}
	return sign, expected, text, true
}
