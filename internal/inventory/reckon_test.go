package inventory

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

var morning = time.Date(2026, 11, 19, 9, 0, 0, 0, time.UTC)

// drawShop makes up products of one currency, a basket and perhaps a code.
func drawShop(t *rapid.T) *reckoning {
	c := rapid.SampledFrom([]money.Currency{"GBP", "EUR", "JPY", "KWD", "ISK", "HUF"}).Draw(t, "currency")
	step := c.Multiple()
	price := func(label string, most int64) int64 { return rapid.Int64Range(0, most/step).Draw(t, label) * step }
	r := &reckoning{now: morning, products: map[uid.Product]*priced{}}
	for i := range rapid.IntRange(1, 4).Draw(t, "products") {
		p := &priced{ID: uid.Product{byte(i + 1)}, Title: fmt.Sprint("Product ", i), MaxPerOrder: 50}
		p.Terms = Terms{Pricing: Fixed, Currency: c, Price: price("price", 200_000)}.normal()
		p.Terms.VATRate = money.Rate(rapid.SampledFrom([]int{0, 500, 1750, 2000, 10000}).Draw(t, "vat"))
		if rapid.Bool().Draw(t, "for members") {
			member := price("member price", p.Terms.Price)
			p.Terms.Member = &member
		}
		if rapid.Bool().Draw(t, "for groups") {
			p.Terms.GroupFrom, p.Terms.GroupPercent = rapid.IntRange(2, 5).Draw(t, "group from"), money.Rate(rapid.IntRange(1, 10_000).Draw(t, "group percent"))
		}
		if rapid.Bool().Draw(t, "early") {
			places := rapid.IntRange(0, 6).Draw(t, "places")
			p.phases = []livePhase{{Phase: Phase{ID: uid.PricePhase{byte(i + 1)}, Title: "Early", Price: price("early price", 200_000), Places: &places}}}
		}
		r.products[p.ID] = p
		for range rapid.IntRange(1, 6).Draw(t, "units") {
			r.units = append(r.units, Wanted{Product: p.ID, Choice: i})
		}
	}
	if rapid.Bool().Draw(t, "is member") {
		r.company = "Acme"
	}
	if rapid.Bool().Draw(t, "with code") {
		r.code = drawCode(t, c, price)
	}
	return r
}

func drawCode(t *rapid.T, c money.Currency, price func(string, int64) int64) *Code {
	code := &Code{ID: uid.Code{1}, Text: "SAVE", Currency: c, Stacks: rapid.Bool().Draw(t, "stacks")}
	code.Effect = rapid.SampledFrom([]Effect{PercentOff, MoneyOff, SetPrice}).Draw(t, "effect")
	if code.Effect == PercentOff {
		code.Percent = money.Rate(rapid.IntRange(1, 10_000).Draw(t, "percent"))
	} else {
		code.Amount = price("code amount", 200_000)
	}
	if rapid.Bool().Draw(t, "with budget") {
		budget := price("budget", 100_000) + c.Multiple()
		code.Budget, code.BudgetUsed = &budget, rapid.Int64Range(0, budget/c.Multiple()-1).Draw(t, "used")*c.Multiple()
	}
	return code
}

func TestReckon_LinesSumToTotalsWhateverIsSold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := drawShop(rt)
		q, err := r.reckon()
		if err != nil {
			if !fault.Is(err, fault.BelowMinimum) {
				rt.Fatalf("refused: %v", err)
			}
			return
		}
		var total, vat, byCode int64
		for i, u := range q.Units {
			off := int64(0)
			for _, d := range u.Discounts {
				if d.Off.Minor <= 0 {
					rt.Fatalf("unit %d has a discount of %d", i, d.Off.Minor)
				}
				off += d.Off.Minor
				if d.Reason == OffByCode {
					byCode += d.Off.Minor
				}
			}
			if u.List.Minor-off != u.Gross.Minor || u.Net.Minor+u.VAT.Minor != u.Gross.Minor || u.Gross.Minor < 0 || u.Net.Minor < 0 {
				rt.Fatalf("unit %d does not add up: %+v", i, u)
			}
			if u.Gross.Minor%q.Currency.Multiple() != 0 {
				rt.Fatalf("unit %d costs %s, which nobody can pay", i, u.Gross)
			}
			total, vat = total+u.Gross.Minor, vat+u.VAT.Minor
		}
		if total != q.Total.Minor || vat != q.VAT.Minor || byCode != q.CodeOff.Minor {
			rt.Fatalf("the lines sum to %d, %d VAT and %d off; the quote says %s, %s and %s", total, vat, byCode, q.Total, q.VAT, q.CodeOff)
		}
		if (byCode > 0) != (q.Code == uid.Code{1}) {
			rt.Fatalf("the code took %d off and is %s", byCode, q.Code)
		}
		if r.code != nil && r.code.Budget != nil && byCode > *r.code.Budget-r.code.BudgetUsed {
			rt.Fatalf("the code took %d off a budget of %d with %d used", byCode, *r.code.Budget, r.code.BudgetUsed)
		}
	})
}

func TestReckon_ACodeNeverMakesAnOrderDearer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := drawShop(rt)
		bare := reckoning{now: r.now, products: r.products, units: r.units, company: r.company}
		without, err := bare.reckon()
		if err != nil {
			return
		}
		with, err := r.reckon()
		if err == nil && with.Total.Minor > without.Total.Minor {
			rt.Fatalf("%s with the code, %s without", with.Total, without.Total)
		}
	})
}

func TestReckon_PhasesGiveNoMorePlacesThanTheyHave(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := drawShop(rt)
		q, err := r.reckon()
		if err != nil {
			return
		}
		given := map[uid.PricePhase]int{}
		for _, u := range q.Units {
			if !u.Phase.IsZero() {
				given[u.Phase]++
			}
		}
		for _, p := range r.products {
			for _, ph := range p.phases {
				if n := len(r.byUnit[p.ID]); given[ph.ID] != min(n, *ph.Places) {
					rt.Fatalf("%d of %d units have the price of a phase with %d places", given[ph.ID], n, *ph.Places)
				}
			}
		}
	})
}

func FuzzFoldCode(f *testing.F) {
	for _, s := range []string{"EARLY-2026", " early 2026 ", "ﬁne", "ſtraße", "İstanbul", "\xff\x00", "---", "日本 語"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := FoldCode(text)
		if again := FoldCode(once); again != once {
			t.Fatalf("%q folds to %q and that to %q", text, once, again)
		}
	})
}

func FuzzFoldDomain(f *testing.F) {
	for _, s := range []string{"example.org", "@Example.ORG.", "münchen.example", "ox.ac.uk", "co.uk", "gmail.com", "a..b", "xn--a", "-.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := FoldDomain(text)
		if err != nil {
			return
		}
		if again, err := FoldDomain(d); err != nil || again != d {
			t.Fatalf("%q folds to %q and that to %q, %v", text, d, again, err)
		}
	})
}

func FuzzParseCompanies(f *testing.F) {
	for _, s := range []string{"Acme, acme.example, Gold", "Name;Domains\nAcme;acme.example", "\"A, B\"\tacme.test", "\"", "=cmd(),x.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		companies, err := ParseCompanies(uid.Org{1}, text)
		if err != nil {
			return
		}
		for _, c := range companies {
			var p problems
			c.tidy(&p)
			if len(p.fields) > 0 {
				t.Fatalf("%q gave %+v, which is refused: %v", text, c, p.fields)
			}
		}
	})
}
