package statement

import (
	"errors"
	"fmt"
	"io"
	"time"

	"lanyard/internal/money"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	CAMT053 Format = "camt.053"
	OFX     Format = "ofx"
	MT940   Format = "mt940"
	BAI2    Format = "bai2"
	CSV     Format = "csv"
)

// Formats lists the formats, in the order in which people are asked.
var Formats = []Format{CAMT053, OFX, MT940, CSV, BAI2}

// Line is one movement on an account.
type Line struct {
	// Statement counts the statements of a file from 0.
	Statement int
	// Row is where it starts in the file, counted from 1.
	Row int
	// On is the day the bank booked it, ValueOn that from which it bears interest;
	// ValueOn is zero where the file does not say.
	On, ValueOn time.Time
	Amount      money.Amount
	// Text is all that the bank says about it, in one line.
	Text string
	// Reference is what the payer gave to be quoted, where a format keeps it apart.
	Reference string
	// Party is the name of the other side.
	Party string
	// BankID is the bank's own name for the movement, unique on the account; empty
	// where there is none.
	BankID string
}

// Balance is what an account came to on a day.
type Balance struct {
	On    time.Time
	Minor int64
}

// Statement is what a file says about one account.
type Statement struct {
	// Account is the number as the bank writes it, without spaces and signs: an
	// IBAN, or whatever its country uses. Compare with SameAccount.
	Account string
	// Number is the bank's number of the statement, if it has one.
	Number   string
	Currency money.Currency
	// From and To are the first and the last day that it covers.
	From, To time.Time
	// Opening and Closing are nil where the file does not say. When one is known
	// the other follows from the lines, and Checked is false; when both are known
	// they were compared, and Checked is true.
	Opening, Closing *Balance
	Checked          bool
	// Lines and Sum are how many lines there were and what they came to.
	Lines int
	Sum   int64
	// Pending is how many entries were left out because they are not booked.
	Pending int
}

// File is what a whole file says.
type File struct {
	Format     Format
	Encoding   Encoding
	Statements []Statement
}

// Options say how to read a file. The zero value finds everything out.
type Options struct {
	// Format is what the file is; empty finds out.
	Format Format
	// Encoding is how its text is written; empty finds out.
	Encoding Encoding
	// Profile says what the columns of a CSV file are; nil tries the known ones.
	Profile *Profile
	// Currency and Account are those of a file that does not say, such as most CSV
	// files. A file that says another is left as it is.
	Currency money.Currency
	Account  string
}

// What a file may have.
const (
	maxStatements = 1000
	maxLines      = 1_000_000
	maxText       = 2000 // bytes of Text that are kept
)

// Error is why a file is refused.
type Error struct {
	// Line is where in the file, counted from 1; 0 when it is about the whole.
	Line int
	// Field is what is wrong there, in people's words, such as "amount".
	Field string
	// Reason says what is wrong with it, as the rest of a sentence.
	Reason string
}

// Error is the sentence "line 12, amount: …".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Field + ": " + e.Reason
	}
	return fmt.Sprintf("line %d, %s: %s", e.Line, e.Field, e.Reason)
}

func bad(line int, field, reason string, args ...any) *Error {
	return &Error{Line: line, Field: field, Reason: fmt.Sprintf(reason, args...)}
}

// Read goes through a file and calls each for every booked line, in the file's
// order. It stops with each's error, or with an *Error that says what is wrong
// with the file; other errors are r's own.
func Read(r io.Reader, o Options, each func(Line) error) (File, error) {
	src, err := open(r, o.Encoding)
	if err != nil {
		return File{}, err
	}
	if o.Format == "" {
		o.Format, err = detect(src)
		if err != nil {
			return File{}, err
		}
	}
	b := &builder{options: o, each: each}
	b.file.Format = o.Format
	switch o.Format {
	case CAMT053:
		err = readCAMT(src, b)
	case OFX:
		err = readOFX(src, b)
	case MT940:
		err = readMT940(src, b)
	case BAI2:
		err = readBAI2(src, b)
	case CSV:
		err = readCSV(src, b)
	default:
		err = bad(0, "format", "%q is none that can be read", o.Format)
	}
	if err == nil {
		err = b.finish(src.line)
	}
	if src.err != nil && !errors.Is(src.err, io.EOF) {
		err = src.err // the bytes were wrong, whatever the reader made of the end
	}
	if err != nil {
		return File{}, err
	}
	b.file.Encoding = src.encoding
	return b.file, nil
}

// builder keeps count of what readers find.
type builder struct {
	options Options
	each    func(Line) error
	file    File
	lines   int

	open *Statement
	// first and last are the days of the open statement's lines.
	first, last time.Time
}

// begin starts a statement.
func (b *builder) begin(line int) error {
	if len(b.file.Statements) == maxStatements {
		return bad(line, "statement", "the file has more than %d", maxStatements)
	}
	b.open = &Statement{Account: CleanAccount(b.options.Account), Currency: b.options.Currency}
	b.first, b.last = time.Time{}, time.Time{}
	return nil
}

// add hands a line out.
func (b *builder) add(l Line) error {
	if b.lines++; b.lines > maxLines {
		return bad(l.Row, "file", "it has more than %d lines", maxLines)
	}
	s := b.open
	l.Statement = len(b.file.Statements)
	l.Text, l.Party, l.Reference = tidy(l.Text), tidy(l.Party), tidy(l.Reference)
	sum, err := money.New(s.Sum, l.Amount.Currency).Add(l.Amount)
	if err != nil {
		return bad(l.Row, "amount", "the lines come to more than can be counted")
	}
	s.Sum, s.Lines = sum.Minor, s.Lines+1
	if b.first.IsZero() || l.On.Before(b.first) {
		b.first = l.On
	}
	if l.On.After(b.last) {
		b.last = l.On
	}
	return b.each(l)
}

// end closes a statement: the account and the currency are known, and the
// balances agree.
func (b *builder) end(line int) error {
	s := b.open
	b.open = nil
	if s.Currency == "" {
		return bad(line, "currency", "the file does not say in which currency the account is kept")
	}
	if s.Opening != nil && s.Closing != nil {
		want, err := money.New(s.Opening.Minor, s.Currency).Add(money.New(s.Sum, s.Currency))
		if err != nil || want.Minor != s.Closing.Minor {
			return bad(line, "closing balance", "is %s, but the opening balance of %s and the lines come to %s",
				money.New(s.Closing.Minor, s.Currency).Format(), money.New(s.Opening.Minor, s.Currency).Format(), want.Format())
		}
		s.Checked = true
	}
	s.From, s.To = b.span(*s)
	switch {
	case s.Opening == nil && s.Closing != nil:
		s.Opening = &Balance{On: s.From, Minor: s.Closing.Minor - s.Sum}
	case s.Closing == nil && s.Opening != nil:
		s.Closing = &Balance{On: s.To, Minor: s.Opening.Minor + s.Sum}
	}
	b.file.Statements = append(b.file.Statements, *s)
	return nil
}

// span is what a statement covers: the days that it names, wider where lines lie
// outside of them.
func (b *builder) span(s Statement) (from, to time.Time) {
	from, to = s.From, s.To
	if from.IsZero() || !b.first.IsZero() && b.first.Before(from) {
		from = b.first
	}
	if b.last.After(to) {
		to = b.last
	}
	if to.IsZero() && s.Closing != nil {
		to = s.Closing.On
	}
	if from.IsZero() {
		from = to
	}
	return from, to
}

func (b *builder) finish(line int) error {
	if b.open != nil {
		return bad(line, "file", "it ends in the middle of a statement")
	}
	if len(b.file.Statements) == 0 {
		return bad(line, "file", "there is no statement in it")
	}
	return nil
}
