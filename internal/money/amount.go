package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Amount is a sum of money. The zero Amount has no currency and is not the same
// as nothing in GBP.
type Amount struct {
	// Minor is the number of minor units (pence for GBP); it may be negative.
	Minor int64
	// Currency is what they are units of.
	Currency Currency
}

// ErrOverflow is the error of a sum that does not fit.
var ErrOverflow = errors.New("money: the amount is too large")

// ErrMixed is the error of arithmetic with two currencies.
var ErrMixed = errors.New("money: two different currencies")

// New is an amount of minor units.
func New(minor int64, c Currency) Amount { return Amount{minor, c} }

// Add is a + b; it fails with ErrMixed or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrMixed, a.Currency, b.Currency)
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, ErrOverflow
	}
	return Amount{sum, a.Currency}, nil
}

// Sub is a - b; it fails with ErrMixed or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrMixed, a.Currency, b.Currency)
	}
	diff := a.Minor - b.Minor
	if (diff < a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, ErrOverflow
	}
	return Amount{diff, a.Currency}, nil
}

// Mul is a times n, for a number of equal tickets; it fails with ErrOverflow.
func (a Amount) Mul(n int64) (Amount, error) {
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(n))
	if hi != 0 || lo > math.MaxInt64 {
		return Amount{}, ErrOverflow
	}
	product := int64(lo)
	if (a.Minor < 0) != (n < 0) {
		product = -product
	}
	return Amount{product, a.Currency}, nil
}

// Neg is -a. The most negative amount, which has no counterpart, becomes the
// largest; amounts that were parsed or summed from such are far from it.
func (a Amount) Neg() Amount {
	if a.Minor == math.MinInt64 {
		return Amount{math.MaxInt64, a.Currency}
	}
	return Amount{-a.Minor, a.Currency}
}

// Cmp is -1, 0 or 1 as a is less than, equal to or more than b; it fails with
// ErrMixed.
func (a Amount) Cmp(b Amount) (int, error) {
	if a.Currency != b.Currency {
		return 0, fmt.Errorf("%w: %s and %s", ErrMixed, a.Currency, b.Currency)
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// IsZero reports whether a is nothing, in whichever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Sum adds amounts of one currency; no amounts at all are zero of c.
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	total := Amount{0, c}
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// magnitude is |n| without the overflow of the most negative number.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
