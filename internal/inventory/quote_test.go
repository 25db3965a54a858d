package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// shop is an event with things for sale.
type shop struct {
	*testworld.World
	testworld.Event
}

func open(t *testing.T) shop {
	w := testworld.New(t)
	return shop{w, w.Event(testworld.At("2026-12-10T10:00", "2026-12-10T17:00"))}
}

// sells adds a product; up to 20 of it go into one order.
func (s shop) sells(title string, terms inventory.Terms) uid.Product {
	s.T.Helper()
	in := inventory.ProductInput{Org: s.Org.ID, Event: s.ID, Title: title, MaxPerOrder: 20, Terms: terms}
	if terms.Kind != inventory.Donation {
		in.Pools = []uid.Pool{s.Event.Pool}
	}
	p, err := s.Stock.CreateProduct(s.T.Context(), s.Owner, replay.Key{}, in)
	if err != nil {
		s.T.Fatal(err)
	}
	return p.ID
}

// code adds a code.
func (s shop) code(c inventory.Code) inventory.Code {
	s.T.Helper()
	c.Org, c.Event = s.Org.ID, s.ID
	made, err := s.Stock.CreateCode(s.T.Context(), s.Owner, replay.Key{}, c)
	if err != nil {
		s.T.Fatal(err)
	}
	return made
}

func (s shop) member(name string, domains ...string) inventory.Company {
	s.T.Helper()
	c, err := s.Stock.SaveCompany(s.T.Context(), s.Owner, replay.Key{}, inventory.Company{Org: s.Org.ID, Name: name, Domains: domains})
	if err != nil {
		s.T.Fatal(err)
	}
	return c
}

// ask quotes and takes nothing.
func (s shop) ask(in inventory.QuoteInput) (q inventory.Quote, err error) {
	s.T.Helper()
	in.Org, in.Event = s.Org.ID, s.ID
	err = s.DB.InTx(s.T.Context(), func(tx *pg.Tx) error {
		q, err = s.Stock.QuoteTx(s.T.Context(), tx, in)
		return err
	})
	return q, err
}

func units(n int, p uid.Product) []inventory.Wanted {
	return inventoryUnits(0, n, p)
}

func inventoryUnits(choice, n int, p uid.Product) []inventory.Wanted {
	all := make([]inventory.Wanted, n)
	for i := range all {
		all[i] = inventory.Wanted{Product: p, Choice: choice}
	}
	return all
}

// bill is a quote in short: each unit's price and why, then total and VAT.
func bill(q inventory.Quote) string {
	var lines []string
	for _, u := range q.Units {
		line := u.Gross.Format()
		for _, d := range u.Discounts {
			line += " -" + d.Off.Decimal() + " " + d.Reason
		}
		lines = append(lines, line)
	}
	all := strings.Join(lines, "; ") + " = " + q.Total.Format() + " with " + q.VAT.Format()
	return strings.ReplaceAll(all, "\u00a0", " ")
}

func pounds(minor int64) inventory.Terms {
	return inventory.Terms{Pricing: inventory.Fixed, Currency: money.GBP, Price: minor, VATRate: 2000, VATCategory: inventory.VATStandard}
}

func ptr[T any](v T) *T { return &v }

func TestQuote_AppliesPhaseMemberCodeAndGroupInThisOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	acme := s.member("Acme", "acme.example")
	rich := pounds(10_000)
	rich.Member, rich.GroupFrom, rich.GroupPercent = ptr(int64(8_000)), 3, 1000
	rich.Phases = []inventory.Phase{{Title: "Early bird", Price: 9_000, Ends: "2026-11-30"}}
	full, early := pounds(10_000), s.sells("Early", rich)
	full.GroupFrom, full.GroupPercent, full.Member = 3, 1000, ptr(int64(8_000))
	plain := s.sells("Plain", full)
	odd := pounds(999)
	odd.GroupFrom, odd.GroupPercent = 2, 1500
	odds := s.sells("Odd", odd)
	s.code(inventory.Code{Text: "HALF", Effect: inventory.PercentOff, Percent: 5000})
	s.code(inventory.Code{Text: "TENTH", Effect: inventory.PercentOff, Percent: 1000, Stacks: true})
	s.code(inventory.Code{Text: "FIVER", Effect: inventory.MoneyOff, Amount: 500, Currency: money.GBP})
	s.code(inventory.Code{Text: "SIXTY", Effect: inventory.SetPrice, Amount: 6_000, Currency: money.GBP})
	s.code(inventory.Code{Text: "GUEST", Effect: inventory.PercentOff, Percent: 10_000})
	s.code(inventory.Code{Text: "POT", Effect: inventory.PercentOff, Percent: 5000, Currency: money.GBP, Budget: ptr(int64(7_001))})
	for name, tt := range map[string]struct {
		in   inventory.QuoteInput
		want string
	}{
		"the price":                                      {inventory.QuoteInput{Units: units(1, plain)}, "£100.00 = £100.00 with £16.67"},
		"a phase":                                        {inventory.QuoteInput{Units: units(1, early)}, "£90.00 -10.00 phase = £90.00 with £15.00"},
		"a member after a phase":                         {inventory.QuoteInput{Units: units(1, early), Company: acme.ID}, "£80.00 -10.00 phase -10.00 member = £80.00 with £13.33"},
		"a group of members in a phase":                  {inventory.QuoteInput{Units: units(3, early), Company: acme.ID}, "£72.00 -10.00 phase -10.00 member -8.00 group; £72.00 -10.00 phase -10.00 member -8.00 group; £72.00 -10.00 phase -10.00 member -8.00 group = £216.00 with £36.00"},
		"too few for the group":                          {inventory.QuoteInput{Units: units(2, plain)}, "£100.00; £100.00 = £200.00 with £33.34"},
		"a code":                                         {inventory.QuoteInput{Units: units(1, plain), Code: "half"}, "£50.00 -50.00 code = £50.00 with £8.33"},
		"a code instead of a member price":               {inventory.QuoteInput{Units: units(1, plain), Code: "HALF", Company: acme.ID}, "£50.00 -50.00 code = £50.00 with £8.33"},
		"a member price instead of a worse code":         {inventory.QuoteInput{Units: units(1, plain), Code: "FIVER", Company: acme.ID}, "£80.00 -20.00 member = £80.00 with £13.33"},
		"a code that stacks":                             {inventory.QuoteInput{Units: units(1, plain), Code: "TENTH", Company: acme.ID}, "£72.00 -20.00 member -8.00 code = £72.00 with £12.00"},
		"a set price":                                    {inventory.QuoteInput{Units: units(1, plain), Code: "SIXTY"}, "£60.00 -40.00 code = £60.00 with £10.00"},
		"a set price above the price":                    {inventory.QuoteInput{Units: units(1, odds), Code: "SIXTY"}, "£9.99 = £9.99 with £1.67"},
		"nothing left to pay":                            {inventory.QuoteInput{Units: units(1, plain), Code: "GUEST"}, "£0.00 -100.00 code = £0.00 with £0.00"},
		"a budget's rest by largest remainder":           {inventory.QuoteInput{Units: units(2, plain), Code: "POT"}, "£64.99 -35.01 code; £65.00 -35.00 code = £129.99 with £21.66"},
		"an odd group discount by largest remainder":     {inventory.QuoteInput{Units: units(2, odds)}, "£8.49 -1.50 group; £8.49 -1.50 group = £16.98 with £2.84"},
		"case, spaces and dashes of codes do not matter": {inventory.QuoteInput{Units: units(1, plain), Code: " h-a L f"}, "£50.00 -50.00 code = £50.00 with £8.33"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := s.ask(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := bill(q); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestQuote_CountsAsTheCurrencyDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		price    int64
		want     string
	}{
		{"JPY", 1_001, "¥667 -334 code = ¥667 with ¥111"},
		{"KWD", 10_010, "KWD 6.670 -3.340 code = KWD 6.670 with KWD 1.112"},
	} {
		s := open(t)
		terms := pounds(tt.price)
		terms.Currency = tt.currency
		p := s.sells("Ticket", terms)
		s.code(inventory.Code{Text: "THIRD", Effect: inventory.PercentOff, Percent: 3334})

		q, err := s.ask(inventory.QuoteInput{Units: units(1, p), Code: "third"})

		if err != nil || bill(q) != tt.want {
			t.Errorf("got %s, %v; want %s", bill(q), err, tt.want)
		}
	}
}

func TestQuote_RefusesAndNamesTheField(t *testing.T) {
	t.Parallel()
	s := open(t)
	ticket := s.sells("Ticket", pounds(1_000))
	late := pounds(1_000)
	late.SellsFrom = "2026-11-20"
	gone := pounds(1_000)
	gone.SellsUntil = "2026-11-18"
	pair := pounds(1_000)
	pair.MinPerOrder = 2
	secret := pounds(1_000)
	secret.Hidden = true
	dinner := pounds(3_000)
	dinner.Kind, dinner.Needs = inventory.AddOn, []uid.Product{ticket}
	gift := inventory.Terms{Kind: inventory.Donation, Pricing: inventory.Open, Currency: money.GBP, Minimum: 200}
	lateID, goneID, pairID, secretID := s.sells("Late", late), s.sells("Gone", gone), s.sells("Pair", pair), s.sells("Secret", secret)
	dinnerID, giftID := s.sells("Dinner", dinner), s.sells("Gift", gift)
	other := s.sells("Other", pounds(1_000))
	s.code(inventory.Code{Text: "OPENS", Effect: inventory.AccessOnly, Unlocks: true, Products: []uid.Product{secretID}})
	s.code(inventory.Code{Text: "TOMORROW", Effect: inventory.PercentOff, Percent: 1000, ValidFrom: "2026-11-20"})
	s.code(inventory.Code{Text: "YESTERDAY", Effect: inventory.PercentOff, Percent: 1000, ValidUntil: "2026-11-18"})
	s.code(inventory.Code{Text: "OTHERS", Effect: inventory.PercentOff, Percent: 1000, Products: []uid.Product{other}})
	s.code(inventory.Code{Text: "NEARLY", Effect: inventory.PercentOff, Percent: 9900})
	off := s.code(inventory.Code{Text: "OFF", Effect: inventory.PercentOff, Percent: 1000})
	off.Disabled = true
	if _, err := s.Stock.UpdateCode(t.Context(), s.Owner, replay.Key{}, off.Version, off); err != nil {
		t.Fatal(err)
	}
	anyDinner := dinner
	anyDinner.Needs = nil
	loose := s.sells("Loose dinner", anyDinner)
	archived := s.sells("Archived", pounds(1_000))
	product := s.product(archived)
	if _, err := s.Stock.ArchiveProduct(t.Context(), s.Owner, replay.Key{}, s.Org.ID, s.ID, archived, product.Version); err != nil {
		t.Fatal(err)
	}
	s.code(inventory.Code{Text: "SPENT", Effect: inventory.PercentOff, Percent: 1000, MaxUses: ptr(1)})
	if _, err := s.use("SPENT", units(1, ticket)); err != nil {
		t.Fatal(err)
	}
	donate := func(amount int64) []inventory.Wanted { return []inventory.Wanted{{Product: giftID, Amount: amount}} }
	for name, tt := range map[string]struct {
		units  []inventory.Wanted
		code   string
		reason fault.Reason
		field  string
	}{
		"nothing at all":                  {nil, "", fault.InvalidInput, "choices"},
		"far too much":                    {units(201, ticket), "", fault.InvalidInput, "choices"},
		"more than one order may have":    {units(21, ticket), "", fault.InvalidInput, "choices[0].quantity"},
		"less than one order must have":   {append(units(1, ticket), inventoryUnits(1, 1, pairID)...), "", fault.InvalidInput, "choices[1].quantity"},
		"a product that is archived":      {units(1, archived), "", fault.InvalidInput, "choices[0].product_id"},
		"a code that was used up":         {units(1, ticket), "spent", fault.CodeUsedUp, "code"},
		"an add-on beside a gift alone":   {append(donate(500), inventoryUnits(1, 1, loose)...), "", fault.InvalidInput, "choices[1].product_id"},
		"an add-on beside an add-on":      {append(units(1, loose), inventoryUnits(1, 1, dinnerID)...), "", fault.InvalidInput, "choices[0].product_id"},
		"a product of nobody":             {units(1, uid.New[uid.Product]()), "", fault.InvalidInput, "choices[0].product_id"},
		"before its sale":                 {units(1, lateID), "", fault.SalesNotOpen, "choices[0].product_id"},
		"after its sale":                  {units(1, goneID), "", fault.SalesClosed, "choices[0].product_id"},
		"hidden, without a code":          {units(1, secretID), "", fault.CodeInvalid, "code"},
		"hidden, with another code":       {units(1, secretID), "nearly", fault.CodeInvalid, "code"},
		"no such code":                    {units(1, ticket), "NONE", fault.CodeInvalid, "code"},
		"no code but signs":               {units(1, ticket), "---", fault.CodeInvalid, "code"},
		"a code too early":                {units(1, ticket), "tomorrow", fault.CodeInvalid, "code"},
		"a code too late":                 {units(1, ticket), "yesterday", fault.CodeInvalid, "code"},
		"a disabled code":                 {units(1, ticket), "off", fault.CodeInvalid, "code"},
		"a code for other products":       {units(1, ticket), "others", fault.CodeInvalid, "code"},
		"an access code for other things": {units(1, ticket), "opens", fault.CodeInvalid, "code"},
		"an add-on without its ticket":    {append(units(1, other), inventoryUnits(1, 1, dinnerID)...), "", fault.InvalidInput, "choices[1].product_id"},
		"more add-ons than tickets":       {append(units(1, ticket), inventoryUnits(1, 2, dinnerID)...), "", fault.InvalidInput, "choices[1].quantity"},
		"a gift below its minimum":        {donate(199), "", fault.InvalidInput, "choices[0].amount_minor"},
		"a negative gift":                 {donate(-500), "", fault.InvalidInput, "choices[0].amount_minor"},
		"a huge gift":                     {donate(1 << 62), "", fault.InvalidInput, "choices[0].amount_minor"},
		"an amount for a fixed price":     {[]inventory.Wanted{{Product: ticket, Amount: 1}}, "", fault.InvalidInput, "choices[0].amount_minor"},
		"more than can be paid at once":   {append(donate(99_999_999), units(1, ticket)...), "", fault.InvalidInput, "choices"},
		"S38: 0.10 left after a discount": {units(1, ticket), "nearly", fault.BelowMinimum, "code"},
		"a code on what the buyer prices": {donate(500), "nearly", fault.CodeInvalid, "code"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := s.ask(inventory.QuoteInput{Units: tt.units, Code: tt.code})
			f, ok := fault.As(err)
			if !ok || f.Reason != tt.reason || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, %v, want %s at %s", q, err, tt.reason, tt.field)
			}
		})
	}
	for name, tt := range map[string]struct {
		units []inventory.Wanted
		code  string
		want  string
	}{
		"a gift alone":                   {donate(200), "", "£2.00 = £2.00 with £0.00"},
		"hidden, with its code":          {units(1, secretID), "opens", "£10.00 = £10.00 with £1.67"},
		"an add-on with its ticket":      {append(units(1, ticket), inventoryUnits(1, 1, dinnerID)...), "", "£10.00; £30.00 = £40.00 with £6.67"},
		"free things have no currency":   {units(1, s.Product), "", " 0.00 =  0.00 with  0.00"},
		"free things beside priced ones": {append(units(1, s.Product), inventoryUnits(1, 1, ticket)...), "", "£0.00; £10.00 = £10.00 with £1.67"},
		"two that are only had in twos":  {units(2, pairID), "", "£10.00; £10.00 = £20.00 with £3.34"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := s.ask(inventory.QuoteInput{Units: tt.units, Code: tt.code})
			if err != nil {
				t.Fatal(err)
			}
			if got := bill(q); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if (tt.code != "") != (!q.Code.IsZero()) {
				t.Errorf("the code is %s", q.Code)
			}
		})
	}
}

func TestQuote_WhatTheBuyerNamesCanBeCharged(t *testing.T) {
	t.Parallel()
	s := open(t)
	gift := s.sells("Gift", inventory.Terms{Kind: inventory.Donation, Pricing: inventory.Open, Currency: "KWD", Minimum: 1_000})

	_, err := s.ask(inventory.QuoteInput{Units: []inventory.Wanted{{Product: gift, Amount: 5_005}}})

	f, ok := fault.As(err)
	if !ok || len(f.Fields) != 1 || f.Fields[0].Rule != "amount.multiple" {
		t.Errorf("5.005 dinars: got %v, want a fault, since Stripe takes them in tens of fils", err)
	}
}

// product is a product as it is now.
func (s shop) product(id uid.Product) inventory.Product {
	s.T.Helper()
	all, _, err := s.Stock.Inventory(s.T.Context(), s.Org.ID, s.ID)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, p := range all {
		if p.ID == id {
			return p
		}
	}
	s.T.Fatalf("there is no product %s", id)
	return inventory.Product{}
}

func TestQuote_PhasesEndByTimeOrByCountWhicheverComesFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.Phases = []inventory.Phase{
		{Title: "First two", Price: 1_000, Ends: "2026-11-30", Places: ptr(2)},
		{Title: "Early", Price: 2_000, Ends: "2026-12-03"},
	}
	p := s.sells("Ticket", terms)
	price := func() string {
		t.Helper()
		q, err := s.ask(inventory.QuoteInput{Units: units(1, p)})
		if err != nil {
			t.Fatal(err)
		}
		return q.Units[0].PhaseTitle + " " + q.Total.Format()
	}
	var got []string
	got = append(got, price())
	taken := s.take(units(3, p))
	got = append(got, bill(taken), price())
	s.giveBack(taken)
	got = append(got, price())
	s.Clock.Advance(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(s.Clock.Now()))
	got = append(got, price())
	s.Clock.Advance(time.Date(2026, 12, 3, 23, 59, 58, 0, time.UTC).Sub(s.Clock.Now()))
	got = append(got, price())
	s.Clock.Advance(time.Second)
	got = append(got, price())

	want := []string{
		"First two £10.00", "£10.00 -20.00 phase; £10.00 -20.00 phase; £20.00 -10.00 phase = £40.00 with £6.67", "Early £20.00",
		"First two £10.00", "Early £20.00", "Early £20.00", " £30.00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prices (-want +got)\n%s", diff)
	}
}

// take quotes and takes the places of phases.
func (s shop) take(wanted []inventory.Wanted) (q inventory.Quote) {
	s.T.Helper()
	err := s.DB.InTx(s.T.Context(), func(tx *pg.Tx) error {
		var err error
		q, err = s.Stock.QuoteTx(s.T.Context(), tx, inventory.QuoteInput{Org: s.Org.ID, Event: s.ID, Units: wanted, Taking: true})
		if err != nil {
			return err
		}
		return s.Stock.TakePhasesTx(s.T.Context(), tx, s.Org.ID, q)
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return q
}

func (s shop) giveBack(q inventory.Quote) {
	s.T.Helper()
	counts := map[uid.PricePhase]int{}
	for _, u := range q.Units {
		counts[u.Phase]++
	}
	err := s.DB.InTx(s.T.Context(), func(tx *pg.Tx) error {
		return s.Stock.ReturnPhasesTx(s.T.Context(), tx, s.Org.ID, counts)
	})
	if err != nil {
		s.T.Fatal(err)
	}
}

func TestPrices_SayWhatIsShown(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.Member = ptr(int64(1_500))
	terms.Phases = []inventory.Phase{{Title: "Early bird", Price: 2_000, Ends: "2026-12-03", Places: ptr(12)}}
	p := s.sells("Ticket", terms)
	s.take(units(2, p))
	var prices map[uid.Product]inventory.PriceNow
	err := s.DB.InTx(t.Context(), func(tx *pg.Tx) error {
		var err error
		prices, err = s.Stock.PricesTx(t.Context(), tx, s.Org.ID, s.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	member := money.New(1_500, money.GBP)
	want := inventory.PriceNow{
		Kind: inventory.Ticket, Pricing: inventory.Fixed, Price: money.New(2_000, money.GBP), List: money.New(3_000, money.GBP),
		Minimum: money.New(0, money.GBP), PhaseTitle: "Early bird", PhaseEndsAt: time.Date(2026, 12, 3, 23, 59, 59, 0, time.UTC),
		PhaseLeft: ptr(10), MemberPrice: &member, Rate: 2000, Category: inventory.VATStandard, Needs: []uid.Product{},
		MinPerOrder: 1, MaxPerOrder: 20,
	}
	if diff := cmp.Diff(want, prices[p]); diff != "" {
		t.Errorf("price (-want +got)\n%s", diff)
	}
}
