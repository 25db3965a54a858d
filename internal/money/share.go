package money

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Rate is a percentage in hundredths of a percent: 2000 is 20 %.
type Rate int32

// RateMax is 100 %, the largest rate that a price or a discount may have.
const RateMax Rate = 10_000

// Valid reports whether r is between nothing and 100 %.
func (r Rate) Valid() bool { return r >= 0 && r <= RateMax }

// String is the rate with as many decimals as it needs: "20 %", "5.5 %".
func (r Rate) String() string {
	s := strconv.FormatFloat(float64(r)/100, 'f', 2, 64) // two decimals of an int32 are exact
	return strings.TrimRight(strings.TrimRight(s, "0"), ".") + " %"
}

// Included is the tax that a gross amount contains, rounded half up (half away
// from zero below zero): gross × r / (100 % + r).
func (r Rate) Included(gross int64) int64 { return mulDiv(gross, int64(r), 10_000+int64(r)) }

// On is the tax to add to a net amount, rounded half up: net × r.
func (r Rate) On(net int64) int64 { return mulDiv(net, int64(r), 10_000) }

// Of is r per cent of an amount, rounded half up: what a discount takes off.
func (r Rate) Of(a Amount) Amount { return Amount{mulDiv(a.Minor, int64(r), 10_000), a.Currency} }

// RefundShare is the part of vat that belongs to the refund that brings what
// was refunded of total from before to after. The parts of a chain of refunds
// add up to vat exactly when the refunds add up to total, because each is the
// difference of two rounded running sums and not rounded by itself.
func RefundShare(vat, total, before, after int64) int64 {
	if total == 0 {
		return 0
	}
	return mulDiv(vat, after, total) - mulDiv(vat, before, total)
}

// Split divides total in proportion to weights; the parts always add up to
// total. Units left over go to the largest remainders, earlier parts first
// among equals. Negative weights count as zero; when all are zero the parts are
// equal. While total is no more than the weights' sum, no part exceeds its
// weight. Without weights there are no parts.
func Split(total int64, weights []int64) []int64 {
	n := len(weights)
	if n == 0 {
		return nil
	}
	w, sum := scaled(weights)
	whole := magnitude(total)
	parts, remainders, order := make([]int64, n), make([]uint64, n), make([]int, n)
	left := whole
	for i := range w {
		hi, lo := bits.Mul64(whole, w[i])
		q, rem := bits.Div64(hi, lo, sum) // q <= whole since w[i] <= sum
		parts[i], remainders[i], order[i] = int64(q), rem, i
		left -= q
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		}
		return 0
	})
	for i := range left {
		parts[order[i]]++
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts
}

// scaled gives usable weights and their sum, which fits.
func scaled(weights []int64) ([]uint64, uint64) {
	w := make([]uint64, len(weights))
	shift, bound := 0, uint64(math.MaxInt64)/uint64(len(weights))
	for i, v := range weights {
		w[i] = uint64(max(v, 0))
		for w[i]>>shift > bound {
			shift++
		}
	}
	sum := uint64(0)
	for i := range w {
		w[i] >>= shift
		sum += w[i]
	}
	if sum > 0 {
		return w, sum
	}
	for i := range w {
		w[i] = 1
	}
	return w, uint64(len(w))
}

// mulDiv is a × b / c, rounded half away from zero, with a 128-bit product. A
// result that does not fit becomes the nearest number that does.
func mulDiv(a, b, c int64) int64 {
	negative := (a < 0) != (b < 0) != (c < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	d := magnitude(c)
	if d == 0 || hi >= d {
		return saturated(negative)
	}
	q, rem := bits.Div64(hi, lo, d)
	if rem >= d-rem {
		q++
	}
	if q > math.MaxInt64 {
		return saturated(negative)
	}
	if negative {
		return -int64(q)
	}
	return int64(q)
}

func saturated(negative bool) int64 {
	if negative {
		return -math.MaxInt64
	}
	return math.MaxInt64
}
