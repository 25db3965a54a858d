package statement

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lanyard/internal/money"
)

// tidy makes one line of a text: white space of any length is one space, and what
// is too long is cut.
func tidy(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// parseAmount reads a number with the given decimal sign into minor units of c.
// Groups of three may be set off by a space, an apostrophe or the other of comma
// and point. It takes a sign before or after, and brackets for below zero.
func parseAmount(text string, decimal rune, c money.Currency) (int64, string) {
	t := strings.TrimSpace(text)
	negative := false
	switch {
	case strings.HasPrefix(t, "(") && strings.HasSuffix(t, ")"):
		negative, t = true, t[1:len(t)-1]
	case strings.HasPrefix(t, "-"), strings.HasPrefix(t, "−"), strings.HasPrefix(t, "–"):
		_, size := utf8.DecodeRuneInString(t)
		negative, t = true, t[size:]
	case strings.HasPrefix(t, "+"):
		t = t[1:]
	case strings.HasSuffix(t, "-"):
		negative, t = true, t[:len(t)-1]
	case strings.HasSuffix(t, "+"):
		t = t[:len(t)-1]
	}
	t = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(t), "£€$"))
	whole, fraction, _ := strings.Cut(t, string(decimal))
	digits, ok := ungroup(whole, decimal)
	if !ok || digits == "" && fraction == "" {
		return 0, "is not an amount: “" + clip(text) + "”"
	}
	minor, reason := toMinor(digits, fraction, c)
	if reason != "" {
		return 0, reason + ": “" + clip(text) + "”"
	}
	if negative {
		minor = -minor
	}
	return minor, ""
}

// ungroup takes the marks out of the whole part of a number. Marks must set off
// threes, so that a decimal sign taken for one is noticed.
func ungroup(whole string, decimal rune) (string, bool) {
	var digits strings.Builder
	since, marks := 0, 0
	for _, c := range whole {
		switch {
		case c >= '0' && c <= '9':
			digits.WriteRune(c)
			since++
		case (c == ' ' || c == '\'' || c == '’' || c == '\u00a0' || c == '\u202f' || c == ',' || c == '.') && c != decimal:
			if digits.Len() == 0 || since > 3 || marks > 0 && since != 3 {
				return "", false
			}
			since, marks = 0, marks+1
		default:
			return "", false
		}
	}
	return digits.String(), marks == 0 || since == 3
}

func toMinor(whole, fraction string, c money.Currency) (int64, string) {
	exponent := c.Exponent()
	for len(fraction) > exponent && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > exponent {
		return 0, "has more decimals than " + string(c)
	}
	fraction += strings.Repeat("0", exponent-len(fraction))
	var n int64
	for _, d := range whole + fraction {
		if d < '0' || d > '9' {
			return 0, "is not an amount"
		}
		if n > (math.MaxInt64-9)/10/1000 { // room for sums
			return 0, "is too large"
		}
		n = n*10 + int64(d-'0')
	}
	return n, ""
}

// clip shortens what is quoted back.
func clip(text string) string {
	text = tidy(text)
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// Years that a statement may be of. A two-digit year is of this span.
const (
	firstYear = 1980
	lastYear  = 2079
)

// day makes a date of three numbers; false when there is none such.
func day(y, m, d int) (time.Time, bool) {
	if y < 100 {
		y += 1900
		if y < firstYear {
			y += 100
		}
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == d && int(t.Month()) == m && y >= firstYear && y <= lastYear
}

// digits reads a text of n digits, nine at most, and nothing else.
func digits(text string, n int) (int, bool) {
	if len(text) != n || n > 9 || n == 0 {
		return 0, false
	}
	v := 0
	for i := range n {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		v = v*10 + int(text[i]-'0')
	}
	return v, true
}

// compactDay reads "20260331", or with short "260331".
func compactDay(text string, short bool) (time.Time, bool) {
	n := 4
	if short {
		n = 2
	}
	if len(text) != n+4 {
		return time.Time{}, false
	}
	y, ok1 := digits(text[:n], n)
	m, ok2 := digits(text[n:n+2], 2)
	d, ok3 := digits(text[n+2:], 2)
	if !ok1 || !ok2 || !ok3 {
		return time.Time{}, false
	}
	return day(y, m, d)
}

// isoDay reads the day of "2026-03-31" or "2026-03-31T10:00:00+01:00", as it is
// written: a bank's day is that of its own clock.
func isoDay(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) < 10 || len(text) > 10 && text[10] != 'T' && text[10] != 'Z' && text[10] != '+' && text[10] != '-' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, text[:10])
	return t, err == nil && t.Year() >= firstYear && t.Year() <= lastYear
}
