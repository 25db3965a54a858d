package catalog

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lanyard/internal/fault"
)

// Bounds of an import file. They keep a hostile file from costing more memory
// than a few times its size.
const (
	maxImportBytes = 10 << 20
	maxImportRows  = 20_000
	maxImportLine  = 64 << 10 // bytes of one physical line
	maxImportCell  = 2_000    // characters
	maxExternalID  = 200      // characters
)

// The columns of an import file.
const (
	colExternalID    = "external_id"
	colTitle         = "title"
	colMode          = "mode"
	colStartsOn      = "starts_on"
	colEndsOn        = "ends_on"
	colTimezone      = "timezone"
	colCity          = "city"
	colCountry       = "country"
	colLanguages     = "languages"
	colTopic         = "topic"
	colURL           = "url"
	colCodeOfConduct = "code_of_conduct_url"
	colCallURL       = "call_url"
	colCallClosesOn  = "call_closes_on"
)

var (
	requiredColumns = []string{colExternalID, colTitle, colMode, colStartsOn, colEndsOn, colTimezone}
	optionalColumns = []string{
		colCity, colCountry, colLanguages, colTopic, colURL, colCodeOfConduct, colCallURL, colCallClosesOn,
	}
)

// ImportFile is a file of events, read but not yet judged.
type ImportFile struct {
	// Ignored are the names of columns that mean nothing here.
	Ignored []string

	columns []string // known columns, in the file's order
	records []importRecord
}

// importRecord is one record of the file. A record with problems has none of
// the cells that they are about.
type importRecord struct {
	line     int // where it begins; the header is line 1
	cells    map[string]string
	problems []RowProblem
}

// has reports whether the file has the column.
func (f *ImportFile) has(column string) bool { return slices.Contains(f.columns, column) }

// Len is the number of records, refused ones included.
func (f *ImportFile) Len() int { return len(f.records) }

// ParseImport reads a CSV file (RFC 4180, UTF-8, with or without a byte order
// mark) whose first line names the columns. What is wrong with a single record
// is kept with the record; what makes the whole file unreadable is an error,
// with the line: a missing column, another encoding, more than a file may hold.
// It reads r as it goes and keeps only what it understands.
func ParseImport(r io.Reader) (*ImportFile, error) {
	guard := &lineGuard{src: bufio.NewReader(io.LimitReader(r, maxImportBytes+1)), line: 1}
	in := csv.NewReader(guard)
	in.FieldsPerRecord = -1
	in.ReuseRecord = true

	header, err := in.Read()
	if err != nil {
		return nil, unreadable(err, guard)
	}
	f, places, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	for {
		cells, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return f, nil
		case len(f.records) == maxImportRows:
			return nil, badFile("csv.too_many", "has more than %d rows; split it", maxImportRows)
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			f.records = append(f.records, brokenRecord(broken))
			continue
		}
		if err != nil {
			return nil, unreadable(err, guard)
		}
		line, _ := in.FieldPos(0)
		f.records = append(f.records, readRecord(line, cells, places))
	}
}

func badFile(rule, format string, args ...any) error {
	return fault.InvalidField("csv", rule, format, args...)
}

// unreadable says why the file could not be read to its end.
func unreadable(err error, at *lineGuard) error {
	if _, ok := fault.As(err); ok {
		return err
	}
	if errors.Is(err, io.EOF) {
		return badFile("csv.empty", "is empty; its first line must name the columns")
	}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		return badFile("csv.quote", "line %d: the header is not CSV: %s", broken.Line, quoteTrouble(broken))
	}
	return fmt.Errorf("read import file, line %d: %w", at.line, err)
}

// readHeader finds the known columns; places[i] is the column of the i-th cell,
// "" for ignored ones.
func readHeader(header []string) (*ImportFile, []string, error) {
	f := &ImportFile{}
	places := make([]string, len(header))
	for i, cell := range header {
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
			return nil, nil, badFile("csv.encoding", "line 1: the header is not text in UTF-8; save the file as CSV UTF-8")
		}
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case slices.Contains(f.columns, name):
			return nil, nil, badFile("csv.column", "line 1: column %q is there twice", name)
		case slices.Contains(requiredColumns, name), slices.Contains(optionalColumns, name):
			places[i] = name
			f.columns = append(f.columns, name)
		case name != "":
			f.Ignored = append(f.Ignored, short(name))
		}
	}
	var missing []string
	for _, name := range requiredColumns {
		if !f.has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return f, places, nil
	}
	hint := ""
	if len(header) == 1 && strings.Contains(header[0], ";") {
		hint = "; the columns seem to be separated by semicolons, but must be by commas"
	}
	return nil, nil, badFile("csv.column", "line 1: column %s is missing%s", strings.Join(missing, ", "), hint)
}

// readRecord keeps the known cells of a record and what is wrong with it.
func readRecord(line int, cells []string, places []string) importRecord {
	r := importRecord{line: line, cells: make(map[string]string, len(places))}
	switch {
	case len(cells) > len(places):
		r.refuse("", "has %d cells where the header has %d", len(cells), len(places))
	case len(cells) < len(places):
		r.refuse(places[len(cells)], "is missing: the line has %d cells where the header has %d", len(cells), len(places))
	}
	for i, cell := range cells {
		if i >= len(places) || places[i] == "" {
			continue
		}
		column := places[i]
		switch {
		case !utf8.ValidString(cell):
			r.refuse(column, "is not text in UTF-8")
		case strings.ContainsFunc(cell, unicode.IsControl):
			r.refuse(column, "contains a line break or another control character")
		case utf8.RuneCountInString(cell) > maxImportCell:
			r.refuse(column, "has more than %d characters", maxImportCell)
		default:
			r.cells[column] = strings.Clone(tidyText(cell)) // the reader's memory holds the whole record
		}
	}
	return r
}

func (r *importRecord) refuse(column, format string, args ...any) {
	r.problems = append(r.problems, RowProblem{Column: column, Message: fmt.Sprintf(format, args...)})
}

func brokenRecord(e *csv.ParseError) importRecord {
	r := importRecord{line: e.StartLine, cells: map[string]string{}}
	r.refuse("", "is not CSV at character %d: %s", e.Column, quoteTrouble(e))
	return r
}

func quoteTrouble(e *csv.ParseError) string {
	if errors.Is(e.Err, csv.ErrQuote) {
		return "a quoted cell does not end where it should; quotes inside are written twice"
	}
	return "a quote stands in a cell that does not begin with one"
}

// short cuts a text for messages.
func short(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

// lineGuard passes a file on and stops it where it is no such file: at another
// encoding's mark, at a line that is longer than any record, at its size limit.
type lineGuard struct {
	src   *bufio.Reader
	line  int
	run   int // bytes since the last line break
	total int
}

// Read implements io.Reader.
func (g *lineGuard) Read(p []byte) (int, error) {
	if g.total == 0 {
		if err := g.skipMark(); err != nil {
			return 0, err
		}
	}
	n, err := g.src.Read(p)
	for _, c := range p[:n] {
		g.run++
		if c == '\n' {
			g.line++
			g.run = 0
		}
		if g.run > maxImportLine {
			return 0, badFile("csv.line", "line %d has more than %d characters", g.line, maxImportLine)
		}
	}
	if g.total += n; g.total > maxImportBytes {
		return 0, badFile("csv.too_large", "is larger than %d MiB; split it", maxImportBytes>>20)
	}
	return n, err
}

// skipMark drops a UTF-8 byte order mark and refuses the marks of UTF-16.
func (g *lineGuard) skipMark() error {
	head, _ := g.src.Peek(3) // a shorter file has no mark; its error comes with Read
	switch {
	case string(head) == "\ufeff":
		_, err := g.src.Discard(len(head))
		return err
	case strings.HasPrefix(string(head), "\xff\xfe"), strings.HasPrefix(string(head), "\xfe\xff"):
		return badFile("csv.encoding", "line 1: the file is in UTF-16; save it as CSV UTF-8")
	}
	return nil
}
