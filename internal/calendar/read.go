package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A line is one unfolded content line, as its bytes say and not as the library
// understands them.
type line struct {
	number int // of its first physical line, from 1
	name   string
	params []parameter
	value  string
}

type parameter struct {
	name   string
	values []string
}

// param returns the first value of a parameter, without its quotes.
func (l line) param(name string) string {
	for _, p := range l.params {
		if p.name == name && len(p.values) > 0 {
			return strings.Trim(p.values[0], `"`)
		}
	}
	return ""
}

// A part is a component with its lines and sub-components.
type part struct {
	name  string
	at    int
	lines []line
	parts []*part
}

// all returns the lines with this name.
func (p *part) all(name string) []line {
	var out []line
	for _, l := range p.lines {
		if l.name == name {
			out = append(out, l)
		}
	}
	return out
}

// value returns the value of the first line with this name, or "".
func (p *part) value(name string) string {
	for _, l := range p.lines {
		if l.name == name {
			return l.value
		}
	}
	return ""
}

func (p *part) only(name string) []*part {
	var out []*part
	for _, c := range p.parts {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// physical checks the bytes line by line and returns the unfolded lines. Readers
// forgive most of this, each something else.
func physical(b []byte, report func(int, string, string)) []line {
	var out []line
	var text strings.Builder
	began, n := 0, 0
	flush := func() {
		if text.Len() == 0 {
			return
		}
		l, err := splitLine(text.String())
		if err != nil {
			report(began, "syntax", err.Error())
		}
		l.number = began
		out = append(out, l)
		text.Reset()
	}
	for rest := b; len(rest) > 0; {
		n++
		raw, after, ended := bytes.Cut(rest, []byte("\n"))
		rest = after
		raw, crlf := bytes.CutSuffix(raw, []byte("\r"))
		if !ended || !crlf {
			report(n, "line-ending", "the line does not end in CR LF")
		}
		if len(raw) > 75 {
			report(n, "line-length", fmt.Sprintf("the line has %d octets, more than 75", len(raw)))
		}
		if !utf8.Valid(raw) {
			report(n, "utf-8", "the line is not valid UTF-8 by itself")
		}
		if i := bytes.IndexFunc(raw, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }); i >= 0 {
			report(n, "control", "the line holds a control character")
		}
		if len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t') && n > 1 {
			text.Write(raw[1:])
			continue
		}
		flush()
		began = n
		if len(raw) == 0 {
			report(n, "syntax", "the line is empty")
		}
		text.Write(raw)
	}
	flush()
	return out
}

// splitLine takes a content line apart. Parameter values keep their quotes.
func splitLine(s string) (line, error) {
	var l line
	end := strings.IndexAny(s, ";:")
	if end < 1 || !isToken(s[:end]) {
		return l, fmt.Errorf("%.40q is no property", s)
	}
	l.name = strings.ToUpper(s[:end])
	for s = s[end:]; s[0] == ';'; {
		name, after, ok := strings.Cut(s[1:], "=")
		if !ok || !isToken(name) {
			return l, fmt.Errorf("%s has a parameter without a name", l.name)
		}
		p := parameter{name: strings.ToUpper(name)}
		s = "," + after
		for s != "" && s[0] == ',' {
			n, ok := valueEnd(s[1:])
			if !ok {
				return l, fmt.Errorf("%s;%s has a value that is quoted wrongly", l.name, p.name)
			}
			p.values = append(p.values, s[1:1+n])
			s = s[1+n:]
		}
		l.params = append(l.params, p)
		if s == "" {
			break
		}
	}
	if s == "" || s[0] != ':' {
		return l, fmt.Errorf("%s has no value", l.name)
	}
	l.value = s[1:]
	return l, nil
}

// valueEnd returns the length of the parameter value at the start of s.
func valueEnd(s string) (int, bool) {
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexAny(s, `;:,"`)
		return n, n >= 0 && s[n] != '"'
	}
	n := strings.IndexByte(s[1:], '"') + 2
	if n < 2 || n >= len(s) || strings.IndexByte(";:,", s[n]) < 0 {
		return 0, false
	}
	return n, true
}

func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return s != ""
}

// nest builds the tree of components; it returns the calendar or nil.
func nest(lines []line, report func(int, string, string)) *part {
	root := &part{}
	stack := []*part{root}
	for _, l := range lines {
		top := stack[len(stack)-1]
		switch l.name {
		case "BEGIN":
			p := &part{name: strings.ToUpper(l.value), at: l.number}
			top.parts = append(top.parts, p)
			stack = append(stack, p)
		case "END":
			if len(stack) == 1 || top.name != strings.ToUpper(l.value) {
				report(l.number, "nesting", "END:"+l.value+" closes nothing")
				return nil
			}
			stack = stack[:len(stack)-1]
		default:
			top.lines = append(top.lines, l)
		}
	}
	if len(stack) != 1 || len(root.parts) != 1 || root.parts[0].name != "VCALENDAR" || len(root.lines) != 0 {
		report(1, "nesting", "there must be exactly one VCALENDAR, begun and ended")
		return nil
	}
	return root.parts[0]
}
