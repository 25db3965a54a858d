package stripesim

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A currencyRule is what the simulator knows about a currency.
type currencyRule struct {
	exponent int   // how many decimals the minor unit has
	minimum  int64 // of a charge, in minor units; 0 where Stripe names none
	perPound int64 // millionths of the currency that one pound buys
}

var currencies = map[string]currencyRule{
	"aed": {2, 200, 4_660_000}, "aud": {2, 50, 1_930_000}, "bgn": {2, 100, 2_290_000},
	"brl": {2, 50, 6_400_000}, "cad": {2, 50, 1_730_000}, "chf": {2, 50, 1_120_000},
	"czk": {2, 1500, 29_500_000}, "dkk": {2, 250, 8_730_000}, "eur": {2, 50, 1_170_000},
	"gbp": {2, 30, 1_000_000}, "hkd": {2, 400, 9_900_000}, "huf": {2, 17500, 465_000_000},
	"inr": {2, 50, 106_000_000}, "isk": {2, 0, 175_000_000}, "jpy": {0, 50, 190_000_000},
	"krw": {0, 0, 1_750_000_000}, "kwd": {3, 0, 390_000}, "mxn": {2, 1000, 21_800_000},
	"nok": {2, 300, 13_600_000}, "nzd": {2, 50, 2_100_000}, "pln": {2, 200, 5_000_000},
	"ron": {2, 200, 5_820_000}, "sek": {2, 300, 13_400_000}, "sgd": {2, 50, 1_700_000},
	"twd": {2, 0, 40_500_000}, "ugx": {2, 0, 4_750_000_000}, "usd": {2, 50, 1_270_000},
	"zar": {2, 0, 23_300_000},
}

// mostAmount is the largest amount that Stripe takes in most currencies.
const mostAmount = 99_999_999

// display writes an amount for people: the number with its decimals, and the code.
func display(amount int64, currency string) string {
	exp := currencies[currency].exponent
	sign, digits := "", strconv.FormatInt(amount, 10)
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	if exp > 0 {
		if short := exp + 1 - len(digits); short > 0 {
			digits = strings.Repeat("0", short) + digits
		}
		digits = digits[:len(digits)-exp] + "." + digits[len(digits)-exp:]
	}
	if currency == "gbp" {
		return sign + "£" + digits
	}
	return sign + digits + " " + strings.ToUpper(currency)
}

// A rate turns one currency's major units into another's: millionths.
type rate int64

// rateBetween is the day's rate. It moves by up to one and a half percent from
// day to day, so that a refund rarely costs what the sale brought.
func (s *Sim) rateBetween(from, to string, day int64) rate {
	if from == to {
		return 1_000_000
	}
	base := new(big.Int).Mul(big.NewInt(currencies[to].perPound), big.NewInt(1_000_000))
	wobble := int64(s.hash("rate", from, to, strconv.FormatInt(day, 10))[0]) - 128 // of 128 parts
	base.Mul(base, big.NewInt(1_000_000+wobble*15_000/128))
	base.Quo(base, big.NewInt(currencies[from].perPound))
	return rate(base.Quo(base, big.NewInt(1_000_000)).Int64())
}

// convert applies a rate to minor units, rounding half away from zero.
func (r rate) convert(amount int64, from, to string) int64 {
	if from == to {
		return amount
	}
	n := new(big.Int).Mul(big.NewInt(amount), big.NewInt(int64(r)))
	d := big.NewInt(1_000_000)
	for range currencies[to].exponent {
		n.Mul(n, big.NewInt(10))
	}
	for range currencies[from].exponent {
		d.Mul(d, big.NewInt(10))
	}
	half := new(big.Int).Quo(d, big.NewInt(2))
	if n.Sign() < 0 {
		half.Neg(half)
	}
	return n.Add(n, half).Quo(n, d).Int64()
}

// number writes the rate as Stripe does.
func (r rate) number() json.Number {
	text := fmt.Sprintf("%d.%06d", r/1_000_000, r%1_000_000)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// percentage takes hundredths of a percent of an amount, rounding half up.
func percentage(amount, basisPoints int64) int64 { return (amount*basisPoints + 5_000) / 10_000 }
