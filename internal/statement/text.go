package statement

import "strings"

// maxLine is how many bytes a line of a line-based format may have.
const maxLine = 4096

// readLine reads a line without its end; false at the end of the file. row is the
// line's number.
func (s *source) readLine() (text string, row int, ok bool, err error) {
	row = s.line
	var b strings.Builder
	for {
		c, more := s.read()
		switch {
		case !more:
			return b.String(), row, b.Len() > 0, nil
		case c == '\n':
			return b.String(), row, true, nil
		case b.Len() > maxLine:
			return "", row, false, bad(row, "line", "is longer than %d characters", maxLine)
		}
		b.WriteRune(c)
	}
}
