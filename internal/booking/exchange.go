package booking

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// ExchangeRate says what one unit of a currency is worth in pounds. A British
// seller's invoice in another currency names its VAT in pounds, at the rate of the
// tax point; the document keeps the rate, so that changing it here changes no
// document.
type ExchangeRate struct {
	Currency money.Currency
	// Pounds is a decimal, "0.8512".
	Pounds string
	// Source says where it is from, "HMRC, November 2026"; may be empty.
	Source string
}

var (
	rateLine   = regexp.MustCompile(`^([A-Za-z]{3})\s*=?\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\s+(.{1,100}))?$`)
	rateOfZero = regexp.MustCompile(`^[0.]+$`)
)

// maxRates is how many rates an organisation keeps at most.
const maxRates = 100

// ParseExchangeRates reads lines of "EUR 0.8512 HMRC, November 2026". Its fault
// is under supplier.exchange_rates and names the line.
func ParseExchangeRates(text string) ([]ExchangeRate, error) {
	var rates []ExchangeRate
	var bad []fault.Field
	seen := map[money.Currency]bool{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		refuse := func(rule, message string) {
			bad = append(bad, fault.Field{Path: "supplier.exchange_rates", Rule: rule, Message: fmt.Sprintf("line %d %s", n, message)})
		}
		m := rateLine.FindStringSubmatch(line)
		if m == nil {
			refuse("rate", "is not a rate such as EUR 0.8512")
			continue
		}
		r := ExchangeRate{Currency: money.Currency(strings.ToUpper(m[1])), Pounds: m[2], Source: strings.TrimSpace(m[3])}
		switch {
		case !r.Currency.Valid() || r.Currency == money.GBP:
			refuse("currency", "names no other currency that is sold in")
		case rateOfZero.MatchString(r.Pounds):
			refuse("rate", "must be more than nothing")
		case seen[r.Currency]:
			refuse("unique", "names a currency a second time")
		case len(rates) == maxRates:
			refuse("max", "is one too many")
		default:
			seen[r.Currency] = true
			rates = append(rates, r)
		}
	}
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	return rates, nil
}

// pence is what minor units of the rate's currency are worth, half a penny rounded up.
func (r ExchangeRate) pence(minor int64) int64 {
	rate, ok := new(big.Rat).SetString(r.Pounds)
	if !ok {
		return 0 // ParseExchangeRates lets no such rate through
	}
	worth := new(big.Rat).Mul(rate, new(big.Rat).SetInt64(minor*100))
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.Currency.Exponent())), nil)
	worth.Quo(worth, new(big.Rat).SetInt(unit))
	worth.Add(worth, big.NewRat(1, 2))
	return new(big.Int).Quo(worth.Num(), worth.Denom()).Int64()
}

// String is the rate as documents show it.
func (r ExchangeRate) String() string {
	s := fmt.Sprintf("1 %s = %s GBP", r.Currency, r.Pounds)
	if r.Source != "" {
		s += " (" + r.Source + ")"
	}
	return s
}

// sterlingTx is VAT of another currency in pounds. Without a rate nothing with VAT
// can be sold in that currency, because no lawful invoice could be written: it
// fails with NOT_SELLABLE.
func (s *Service) sterlingTx(ctx context.Context, tx *pg.Tx, org uid.Org, vat money.Amount) (*ledger.Sterling, error) {
	if vat.Currency == money.GBP || vat.Minor == 0 {
		return nil, nil
	}
	supplier, err := readSupplier(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	rates, err := ParseExchangeRates(supplier.ExchangeRates)
	if err != nil {
		return nil, err
	}
	for _, r := range rates {
		if r.Currency == vat.Currency {
			return &ledger.Sterling{VAT: r.pence(vat.Minor), Rate: r.String()}, nil
		}
	}
	return nil, fault.Precondition(fault.NotSellable, "This cannot be sold in %s yet: the organiser has to enter what one %s is worth in pounds, for the VAT on the invoice.", vat.Currency, vat.Currency)
}
