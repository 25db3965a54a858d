package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Max is the largest amount that text may say, in minor units either way.
const Max = 1_000_000_000_000_000

// Errors of Parse. Their texts are safe to show after a field's name.
var (
	ErrNotAmount   = errors.New("is not an amount such as 12.50")
	ErrTooLarge    = errors.New("is too large")
	ErrNegative    = errors.New("must not be negative")
	ErrOtherAmount = errors.New("is in another currency")
)

// Parse reads what people type: "12.50", "£12.50", "GBP 12.50", "1,234.5",
// "-3". A point separates decimals; commas may only group thousands, so that
// "12,50" is refused and not read as 1250. More decimals than the currency has
// are refused, never rounded.
func Parse(text string, c Currency) (Amount, error) {
	if !c.Valid() {
		return Amount{}, ErrNotCharged
	}
	body, negative, err := strip(text, c)
	if err != nil {
		return Amount{}, err
	}
	whole, decimals, point := strings.Cut(body, ".")
	if whole, err = ungroup(whole); err != nil {
		return Amount{}, err
	}
	if point && decimals == "" || !digits(whole) || point && !digits(decimals) {
		return Amount{}, ErrNotAmount
	}
	e := c.Exponent()
	if len(decimals) > e {
		if strings.Trim(decimals[e:], "0") != "" || e > 0 {
			return Amount{}, fmt.Errorf("has more than the %d decimal places of %s", e, c)
		}
		decimals = ""
	}
	number := strings.TrimLeft(whole+decimals+strings.Repeat("0", e-len(decimals)), "0")
	if len(number) > len(strconv.Itoa(Max)) {
		return Amount{}, ErrTooLarge
	}
	var minor int64
	for _, d := range []byte(number) {
		minor = minor*10 + int64(d-'0')
	}
	if minor > Max {
		return Amount{}, ErrTooLarge
	}
	if negative {
		minor = -minor
	}
	return Amount{minor, c}, nil
}

// ParsePrice is Parse for an amount that must not be negative.
func ParsePrice(text string, c Currency) (Amount, error) {
	a, err := Parse(text, c)
	if err == nil && a.Minor < 0 {
		return Amount{}, ErrNegative
	}
	return a, err
}

// strip takes the sign and the currency's code or symbol off, one of each at
// most.
func strip(text string, c Currency) (body string, negative bool, err error) {
	body = strings.TrimSpace(text)
	body, negative = cutSign(body)
	upper := strings.ToUpper(body)
	switch symbol := table[c].symbol; {
	case strings.HasPrefix(upper, string(c)):
		body = body[len(c):]
	case strings.HasSuffix(upper, string(c)):
		body = body[:len(body)-len(c)]
	case symbol != "" && strings.HasPrefix(body, symbol):
		body = body[len(symbol):]
	default:
		if _, other := table[Currency(upper[:min(3, len(upper))])]; other {
			return "", false, ErrOtherAmount
		}
		for _, s := range symbols {
			if strings.HasPrefix(body, s) {
				return "", false, ErrOtherAmount
			}
		}
	}
	body = strings.TrimSpace(body)
	if !negative {
		body, negative = cutSign(body)
	}
	return body, negative, nil
}

func cutSign(s string) (string, bool) {
	for _, sign := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return s, false
}

// ungroup removes commas that group thousands.
func ungroup(whole string) (string, error) {
	groups := strings.Split(whole, ",")
	if len(groups) == 1 {
		return whole, nil
	}
	for i, g := range groups {
		if i == 0 && (len(g) < 1 || len(g) > 3) || i > 0 && len(g) != 3 {
			return "", ErrNotAmount
		}
	}
	return strings.Join(groups, ""), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// String is the amount for logs and files: "GBP 12.50", "JPY -1250". Parse
// reads it back.
func (a Amount) String() string { return string(a.Currency) + " " + a.Decimal() }

// Decimal is the bare number with all decimals of the currency and no grouping,
// for CSV: "12.50".
func (a Amount) Decimal() string {
	whole, rest := parts(a)
	s := strconv.FormatUint(whole, 10) + rest
	if a.Minor < 0 {
		return "-" + s
	}
	return s
}

// Format is the amount for people who read British English: "£12.50",
// "€1,250.00", "¥1,250", "KWD 1.500", "−£3.00".
func (a Amount) Format() string {
	symbol := table[a.Currency].symbol
	if symbol == "" {
		symbol = string(a.Currency) + "\u00a0"
	}
	number, negative := strings.CutPrefix(a.Number(), "−")
	if negative {
		return "−" + symbol + number
	}
	return symbol + number
}

// Number is Format without the currency, for tables that name it once:
// "1,250.00".
func (a Amount) Number() string {
	whole, rest := parts(a)
	if a.Currency.Multiple() == 100 && strings.Trim(rest, ".0") == "" {
		rest = ""
	}
	number := group(strconv.FormatUint(whole, 10)) + rest
	if a.Minor < 0 {
		return "−" + number
	}
	return number
}

// parts splits |a| at the point: 12 and ".50".
func parts(a Amount) (whole uint64, rest string) {
	n, unit := magnitude(a.Minor), uint64(a.Currency.unit())
	if unit == 1 {
		return n, ""
	}
	return n / unit, fmt.Sprintf(".%0*d", a.Currency.Exponent(), n%unit)
}

func group(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
