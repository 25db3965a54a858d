package money

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Currency is an ISO 4217 code in upper case, such as "GBP".
type Currency string

// The currencies that the program itself names.
const (
	GBP Currency = "GBP"
	EUR Currency = "EUR"
	USD Currency = "USD"
)

// traits is what differs between currencies.
type traits struct {
	exponent int
	multiple int64  // amounts that can be charged are multiples of it
	minimum  int64  // smallest charge in minor units; zero where none is published
	symbol   string // what people write in front, where it is unmistakable in Britain
}

// ErrNotCharged is the error for a text that is no currency one can be paid in.
var ErrNotCharged = errors.New("is not the code of a currency that can be charged, such as GBP")

// twoDecimals are the currencies with hundredths and no peculiarity.
const twoDecimals = `USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP
BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL
HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN
MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS
SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH UYU UZS WST XCD XCG YER ZAR ZMW`

// noDecimals have no minor unit in Stripe's count, whatever their banks say.
const noDecimals = `BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF`

// threeDecimals are charged in thousandths whose last digit is zero.
const threeDecimals = `BHD JOD KWD OMR TND`

// wholeUnits lost their hundredths, but are still counted in them: the last two
// digits of a charge are zero. (HUF and TWD have that only in payouts.)
const wholeUnits = `ISK UGX`

// minimums are the smallest charges that Stripe publishes, in minor units.
var minimums = map[Currency]int64{
	"USD": 50, "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500,
	"DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000,
	"MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000,
}

var symbols = map[Currency]string{
	"GBP": "£", "EUR": "€", "USD": "US$", "JPY": "¥", "INR": "₹", "ILS": "₪", "KRW": "₩", "NGN": "₦", "VND": "₫",
	"AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "HKD": "HK$", "BRL": "R$", "UAH": "₴", "PHP": "₱",
}

var table = build()

func build() map[Currency]traits {
	t := map[Currency]traits{}
	add := func(codes string, exponent int, multiple int64) {
		for code := range strings.FieldsSeq(codes) {
			c := Currency(code)
			t[c] = traits{exponent, multiple, minimums[c], symbols[c]}
		}
	}
	add(twoDecimals, 2, 1)
	add(noDecimals, 0, 1)
	add(threeDecimals, 3, 10)
	add(wholeUnits, 2, 100)
	return t
}

// ParseCurrency reads a code in any case and with spaces around it. The text of
// its error is safe to show after a field's name.
func ParseCurrency(text string) (Currency, error) {
	c := Currency(strings.ToUpper(strings.TrimSpace(text)))
	if _, ok := table[c]; !ok {
		return "", ErrNotCharged
	}
	return c, nil
}

// Currencies lists every currency one can be paid in, in alphabetical order.
func Currencies() []Currency { return slices.Sorted(maps.Keys(table)) }

// Valid reports whether c is a currency that can be charged.
func (c Currency) Valid() bool {
	_, ok := table[c]
	return ok
}

// Exponent is the number of decimal places that minor units stand for: 2 for
// GBP, 0 for JPY, 3 for KWD.
func (c Currency) Exponent() int {
	if t, ok := table[c]; ok {
		return t.exponent
	}
	return 2
}

// Minimum is the smallest amount that can be charged, in minor units. Where
// Stripe publishes none it is the smallest amount that can be written.
func (c Currency) Minimum() int64 { return max(table[c].minimum, c.Multiple()) }

// Multiple is what a charge in minor units must be a multiple of: 10 for
// currencies with three decimals, 100 for ISK and UGX, 1 for the rest.
func (c Currency) Multiple() int64 { return max(table[c].multiple, 1) }

// unit is one major unit in minor units.
func (c Currency) unit() int64 {
	n := int64(1)
	for range c.Exponent() {
		n *= 10
	}
	return n
}
