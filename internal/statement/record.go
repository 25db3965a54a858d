package statement

import "strings"

// What a CSV record may have.
const (
	maxFields = 200
	maxField  = 4096
)

// records reads CSV (RFC 4180) a record at a time. Every field and the number of
// fields have a bound, and the fields' memory is used again.
type records struct {
	s         *source
	separator rune
	row       int // where the latest record begins
	fields    []string
	field     strings.Builder
}

// next reads a record; false at the end. Lines with nothing on them are passed over.
// The slice is good until the next call.
func (r *records) next() ([]string, bool, error) {
	for {
		r.row = r.s.line
		more, err := r.record()
		if err != nil || !more {
			return nil, false, err
		}
		if len(r.fields) > 1 || strings.TrimSpace(r.fields[0]) != "" {
			return r.fields, true, nil
		}
	}
}

func (r *records) record() (bool, error) {
	r.fields = r.fields[:0]
	for {
		end, err := r.one()
		if err != nil {
			return false, err
		}
		if end == endOfFile && len(r.fields) == 0 && r.field.Len() == 0 {
			return false, nil
		}
		if len(r.fields) == maxFields {
			return false, bad(r.row, "columns", "there are more than %d in one line", maxFields)
		}
		r.fields = append(r.fields, r.field.String())
		if end != r.separator {
			return true, nil
		}
	}
}

// endOfFile stands for the end where a character is returned.
const endOfFile = rune(-1)

// one reads a field into r.field, and returns what ended it.
func (r *records) one() (rune, error) {
	r.field.Reset()
	quoted := false
	if c, ok := r.s.peek(); ok && c == '"' {
		r.s.read()
		quoted = true
	}
	for {
		c, ok := r.s.read()
		switch {
		case !ok && quoted:
			return 0, bad(r.row, "file", "it ends inside of quotes")
		case !ok:
			return endOfFile, nil
		case quoted && c == '"':
			if next, ok := r.s.peek(); !ok || next != '"' {
				return r.afterQuotes()
			}
			r.s.read()
		case !quoted && (c == r.separator || c == '\n'):
			return c, nil
		}
		if r.field.Len() >= maxField {
			return 0, bad(r.row, "column", "has more than %d characters", maxField)
		}
		r.field.WriteRune(c)
	}
}

func (r *records) afterQuotes() (rune, error) {
	for {
		c, ok := r.s.read()
		switch {
		case !ok:
			return endOfFile, nil
		case c == r.separator || c == '\n':
			return c, nil
		case c != ' ':
			return 0, bad(r.row, "column", "goes on after its closing quotes")
		}
	}
}

// separators are the signs between columns that are looked for.
const separators = ",;\t|"

// guessSeparator takes the sign that is most frequent in the first line that has any.
func guessSeparator(s *source, skip int) rune {
	lines := strings.Split(strings.ReplaceAll(s.head(), "\r\n", "\n"), "\n")
	if skip < len(lines) {
		lines = lines[skip:]
	}
	for _, line := range lines {
		best, most := ',', 0
		for _, c := range separators {
			if n := strings.Count(line, string(c)); n > most {
				best, most = c, n
			}
		}
		if most > 0 {
			return best
		}
	}
	return ','
}
