package money_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/money"
)

func TestAmount_ArithmeticIsChecked(t *testing.T) {
	t.Parallel()
	gbp, eur, most := money.New(100, "GBP"), money.New(1, "EUR"), money.New(math.MaxInt64, "GBP")
	for name, tt := range map[string]struct {
		do   func() (money.Amount, error)
		want error
	}{
		"mixed sum":           {func() (money.Amount, error) { return gbp.Add(eur) }, money.ErrMixed},
		"mixed difference":    {func() (money.Amount, error) { return gbp.Sub(eur) }, money.ErrMixed},
		"sum too large":       {func() (money.Amount, error) { return most.Add(gbp) }, money.ErrOverflow},
		"difference too low":  {func() (money.Amount, error) { return most.Neg().Sub(gbp) }, money.ErrOverflow},
		"minus the lowest":    {func() (money.Amount, error) { return gbp.Sub(money.New(math.MinInt64, "GBP")) }, money.ErrOverflow},
		"product too large":   {func() (money.Amount, error) { return most.Mul(2) }, money.ErrOverflow},
		"product wraps to 0":  {func() (money.Amount, error) { return money.New(1<<32, "GBP").Mul(1 << 32) }, money.ErrOverflow},
		"mixed list":          {func() (money.Amount, error) { return money.Sum("GBP", gbp, eur) }, money.ErrMixed},
		"list that overflows": {func() (money.Amount, error) { return money.Sum("GBP", most, gbp) }, money.ErrOverflow},
	} {
		if got, err := tt.do(); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if _, err := gbp.Cmp(eur); !errors.Is(err, money.ErrMixed) {
		t.Errorf("compared pounds with euros: %v", err)
	}
	sum, err1 := gbp.Add(money.New(-101, "GBP"))
	diff, err2 := gbp.Sub(money.New(-1, "GBP"))
	product, err3 := gbp.Mul(-3)
	if err := errors.Join(err1, err2, err3); err != nil || sum.Minor != -1 || diff.Minor != 101 || product.Minor != -300 {
		t.Errorf("got %v, %v, %v, %v", sum, diff, product, err)
	}
}

func TestRate_RoundsHalfUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rate         money.Rate
		in           int64
		included, on int64
		text         string
	}{
		{2000, 12000, 2000, 2400, "20 %"},
		{2000, 100, 17, 20, "20 %"}, // 16.67
		{2000, 3, 1, 1, "20 %"},     // exactly one half, and 0.6
		{500, 30, 1, 2, "5 %"},      // 1.43 and exactly 1.5
		{550, 1000, 52, 55, "5.5 %"},
		{2000, -3, -1, -1, "20 %"},
		{0, 999, 0, 0, "0 %"},
		{1250, 900, 100, 113, "12.5 %"},
		{5, 10000, 5, 5, "0.05 %"},
		{2000, math.MaxInt64, 1537228672809129301, 1844674407370955161, "20 %"},
	} {
		if i, o, s := tt.rate.Included(tt.in), tt.rate.On(tt.in), tt.rate.String(); i != tt.included || o != tt.on || s != tt.text {
			t.Errorf("%d in %d: included %d, on %d, %q; want %+v", tt.rate, tt.in, i, o, s, tt)
		}
	}
	if got := money.Rate(1500).Of(money.New(2490, "GBP")); got != money.New(374, "GBP") { // 373.5
		t.Errorf("15 %% of GBP 24.90 is %v", got)
	}
}

func TestSplit_GivesTheOddPennyToTheLargestRemainder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total         int64
		weights, want []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{10, []int64{1, 2, 4}, []int64{1, 3, 6}}, // 1.43, 2.86, 5.71
		{-10, []int64{1, 2, 4}, []int64{-1, -3, -6}},
		{5, []int64{0, 0}, []int64{3, 2}},
		{5, []int64{0, 7}, []int64{0, 5}},
		{5, []int64{-9, 7}, []int64{0, 5}},
		{0, []int64{3, 4}, []int64{0, 0}},
		{7, nil, nil},
	} {
		if diff := cmp.Diff(tt.want, money.Split(tt.total, tt.weights)); diff != "" {
			t.Errorf("%d by %v: %s", tt.total, tt.weights, diff)
		}
	}
}

func TestSplit_PartsAlwaysSumAndStayWithinAUnitOfTheirShare(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		weights := make([]int64, 1+r.IntN(8))
		sum := int64(0)
		for i := range weights {
			weights[i] = r.Int64N(1 << (1 + r.IntN(55)))
			sum += weights[i]
		}
		total := r.Int64N(1 << (1 + r.IntN(60)))
		left := total
		for i, part := range money.Split(total, weights) {
			left -= part
			if sum == 0 {
				continue
			}
			floor := new(big.Int).Div(new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])), big.NewInt(sum)).Int64()
			if part < floor || part > floor+1 || total <= sum && part > weights[i] {
				t.Fatalf("%d by %v: part %d is %d, its share is %d", total, weights, i, part, floor)
			}
		}
		if left != 0 {
			t.Fatalf("%d by %v: %d is left over", total, weights, left)
		}
	}
	huge := []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}
	if parts := money.Split(math.MaxInt64, huge); parts[0]+parts[1]+parts[2] != math.MaxInt64 {
		t.Errorf("huge weights: %v", parts)
	}
}

// TestRefundShare_ChainsAddUpExactly refunds 200,000 random totals in random
// steps. No step may give back more than its own refund or less than nothing,
// and a full chain gives back exactly the VAT.
func TestRefundShare_ChainsAddUpExactly(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		total := 1 + r.Int64N(100_000)
		vat := money.Rate(r.IntN(3000)).Included(total)
		marks := make([]int64, r.IntN(10))
		for i := range marks {
			marks[i] = r.Int64N(total + 1)
		}
		slices.Sort(marks)
		before, back := int64(0), int64(0)
		for _, after := range append(marks, total) {
			share := money.RefundShare(vat, total, before, after)
			if share < 0 || share > after-before {
				t.Fatalf("%d of %d: from %d to %d gives %d back", vat, total, before, after, share)
			}
			back += share
			before = after
		}
		if back != vat {
			t.Fatalf("%d of %d refunded in steps %v: %d back", vat, total, marks, back)
		}
	}
}

// TestControl_RoundingEachRefundByItselfGoesAstray is what RefundShare avoids.
func TestControl_RoundingEachRefundByItselfGoesAstray(t *testing.T) {
	t.Parallel()
	byItself, cumulative := int64(0), int64(0)
	for i := range int64(62) {
		byItself += money.RefundShare(10, 62, 0, 1) // round(10 / 62) = 0, each time
		cumulative += money.RefundShare(10, 62, i, i+1)
	}
	if byItself == 10 || cumulative != 10 {
		t.Errorf("by itself %d, cumulative %d, of 10", byItself, cumulative)
	}
}
