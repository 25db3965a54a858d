package inventory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestTerms_BadInputNamesTheField(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, tt := range map[string]struct {
		change func(*inventory.Terms)
		field  string
	}{
		"no currency":                   {func(x *inventory.Terms) { x.Currency = "" }, "details.currency"},
		"no such currency":              {func(x *inventory.Terms) { x.Currency = "XXX" }, "details.currency"},
		"negative price":                {func(x *inventory.Terms) { x.Price = -1 }, "details.price_minor"},
		"huge price":                    {func(x *inventory.Terms) { x.Price = 100_000_000 }, "details.price_minor"},
		"a price of nothing":            {func(x *inventory.Terms) { x.Price = 0 }, "details.price_minor"},
		"what dinars cannot be":         {func(x *inventory.Terms) { x.Currency, x.Price = "KWD", 1_005 }, "details.price_minor"},
		"members pay more":              {func(x *inventory.Terms) { x.Member = ptr(x.Price + 1) }, "details.member_price_minor"},
		"members pay less than nothing": {func(x *inventory.Terms) { x.Member = ptr(int64(-1)) }, "details.member_price_minor"},
		"standard VAT of nothing":       {func(x *inventory.Terms) { x.VATRate = 0 }, "details.vat_rate"},
		"exempt with a rate":            {func(x *inventory.Terms) { x.VATCategory = inventory.VATExempt }, "details.vat_rate"},
		"VAT of 101 per cent":           {func(x *inventory.Terms) { x.VATRate = 10_100 }, "details.vat_rate"},
		"free with a price":             {func(x *inventory.Terms) { x.Pricing = inventory.Free }, "details.pricing"},
		"a donation at a price":         {func(x *inventory.Terms) { x.Kind = inventory.Donation }, "details.pricing"},
		"a ticket that needs one":       {func(x *inventory.Terms) { x.Needs = []uid.Product{s.Product} }, "details.needs_product_ids"},
		"needs what is not there": {func(x *inventory.Terms) {
			x.Kind, x.Needs = inventory.AddOn, []uid.Product{uid.New[uid.Product]()}
		}, "details.needs_product_ids"},
		"at least more than at most": {func(x *inventory.Terms) { x.MinPerOrder = 21 }, "details.min_per_order"},
		"sale ends before it starts": {func(x *inventory.Terms) { x.SellsFrom, x.SellsUntil = "2026-12-03", "2026-12-02" }, "details.sells_until_local"},
		"no such day":                {func(x *inventory.Terms) { x.SellsFrom = "2026-02-30" }, "details.sells_from_local"},
		"a group of one":             {func(x *inventory.Terms) { x.GroupFrom, x.GroupPercent = 1, 1000 }, "details.group_from"},
		"a group for nothing":        {func(x *inventory.Terms) { x.GroupFrom = 5 }, "details.group_percent"},
		"an endless phase":           {func(x *inventory.Terms) { x.Phases = []inventory.Phase{{Title: "Early", Price: 1}} }, "details.phases[0].ends_local"},
		"a phase without a name":     {func(x *inventory.Terms) { x.Phases = []inventory.Phase{{Price: 1, Places: ptr(1)}} }, "details.phases[0].title"},
		"a phase that pays":          {func(x *inventory.Terms) { x.Phases = []inventory.Phase{{Title: "E", Price: -1, Places: ptr(1)}} }, "details.phases[0].price_minor"},
		"somebody else's phase": {func(x *inventory.Terms) {
			x.Phases = []inventory.Phase{{ID: uid.New[uid.PricePhase](), Title: "E", Price: 1, Places: ptr(1)}}
		}, "details.phases"},
	} {
		t.Run(name, func(t *testing.T) {
			terms := pounds(1_000)
			tt.change(&terms)
			_, err := s.Stock.CreateProduct(t.Context(), s.Owner, replay.Key{}, inventory.ProductInput{
				Org: s.Org.ID, Event: s.ID, Title: "Ticket", MaxPerOrder: 20, Terms: terms,
			})
			f, ok := fault.As(err)
			if !ok || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, want a problem at %s", err, tt.field)
			}
		})
	}
}

func TestUpdateProduct_KeepsPhasesAtWhichSomethingWasSold(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.Phases = []inventory.Phase{{Title: "Early", Price: 1_000, Places: ptr(5)}, {Title: "Middle", Price: 2_000, Ends: "2026-12-03"}}
	id := s.sells("Ticket", terms)
	s.take(units(2, id))
	update := func(change func(*inventory.Terms)) (inventory.Product, error) {
		products, _, err := s.Stock.Inventory(t.Context(), s.Org.ID, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		p := products[len(products)-1]
		in := inventory.ProductInput{Org: s.Org.ID, Event: s.ID, Title: p.Title, Pools: p.Pools, MaxPerOrder: 20, Terms: p.Terms}
		change(&in.Terms)
		return s.Stock.UpdateProduct(t.Context(), s.Owner, replay.Key{}, id, p.Version, in)
	}

	for name, change := range map[string]func(*inventory.Terms){
		"left out":             func(x *inventory.Terms) { x.Phases = x.Phases[1:] },
		"fewer than were sold": func(x *inventory.Terms) { x.Phases[0].Places = ptr(1) },
	} {
		if f, ok := fault.As(func() error { _, err := update(change); return err }()); !ok || f.Fields[0].Path != "details.phases" {
			t.Errorf("%s: got %v", name, f)
		}
	}
	p, err := update(func(x *inventory.Terms) {
		x.Phases = []inventory.Phase{{Title: "Before", Price: 500, Places: ptr(1)}, x.Phases[0]}
		x.Phases[1].Places, x.Phases[1].Price = ptr(2), 1_100
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []inventory.Phase
	for _, ph := range p.Phases {
		ph.ID = uid.PricePhase{}
		got = append(got, ph)
	}
	want := []inventory.Phase{{Title: "Before", Price: 500, Places: ptr(1)}, {Title: "Early", Price: 1_100, Places: ptr(2), Taken: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("phases (-want +got)\n%s", diff)
	}
}

func TestClone_TakesPricesAlongAtTheSameDistance(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.SellsUntil = "2026-12-05"
	terms.Phases = []inventory.Phase{{Title: "By date", Price: 1_000, Ends: "2026-12-01"}, {Title: "First ten", Price: 2_000, Ends: "2026-12-03T18:00", Places: ptr(10)}}
	ticket := s.sells("Ticket", terms)
	dinner := pounds(500)
	dinner.Kind, dinner.Needs = inventory.AddOn, []uid.Product{ticket}
	s.sells("Dinner", dinner)

	e, err := s.Events.Clone(t.Context(), s.Owner, replay.Key{}, catalog.CloneInput{
		Org: s.Org.ID, Event: s.ID, Title: "Next year", StartsLocal: "2027-12-10T10:00",
	})
	if err != nil {
		t.Fatal(err)
	}
	products, _, err := s.Stock.Inventory(t.Context(), s.Org.ID, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	byTitle := map[string]inventory.Product{}
	for _, p := range products {
		byTitle[p.Title] = p
	}
	got := byTitle["Ticket"]
	if len(got.Phases) != 2 || got.Phases[0].Ends != "2027-12-01" || got.Phases[1].Ends != "2027-12-03T18:00" || got.SellsUntil != "2027-12-05" || got.Price != 3_000 {
		t.Errorf("the copy's ticket is %+v", got.Terms)
	}
	if needs := byTitle["Dinner"].Needs; len(needs) != 1 || needs[0] != got.ID {
		t.Errorf("the copy's dinner goes with %v, its ticket is %s", needs, got.ID)
	}
}

func TestCode_BadInputNamesTheField(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.code(inventory.Code{Text: "TAKEN", Effect: inventory.PercentOff, Percent: 1000})
	for name, tt := range map[string]struct {
		code  inventory.Code
		field string
	}{
		"too short":         {inventory.Code{Text: "A-", Effect: inventory.PercentOff, Percent: 1}, "details.text"},
		"taken":             {inventory.Code{Text: "ta ken", Effect: inventory.PercentOff, Percent: 1}, "details.text"},
		"no effect":         {inventory.Code{Text: "CODE"}, "details.effect"},
		"nothing off":       {inventory.Code{Text: "CODE", Effect: inventory.PercentOff}, "details.percent"},
		"too much off":      {inventory.Code{Text: "CODE", Effect: inventory.PercentOff, Percent: 10_001}, "details.percent"},
		"no money off":      {inventory.Code{Text: "CODE", Effect: inventory.MoneyOff, Currency: "GBP"}, "details.amount_minor"},
		"money of nowhere":  {inventory.Code{Text: "CODE", Effect: inventory.MoneyOff, Amount: 5}, "details.currency"},
		"opens nothing":     {inventory.Code{Text: "CODE", Effect: inventory.AccessOnly}, "details.unlocks"},
		"no uses":           {inventory.Code{Text: "CODE", Effect: inventory.PercentOff, Percent: 1, MaxUses: ptr(0)}, "details.max_uses"},
		"an empty budget":   {inventory.Code{Text: "CODE", Effect: inventory.PercentOff, Percent: 1, Currency: "GBP", Budget: ptr(int64(0))}, "details.budget_minor"},
		"ends first":        {inventory.Code{Text: "CODE", Effect: inventory.PercentOff, Percent: 1, ValidFrom: "2026-12-02", ValidUntil: "2026-12-01"}, "details.valid_until_local"},
		"another's product": {inventory.Code{Text: "CODE", Effect: inventory.PercentOff, Percent: 1, Products: []uid.Product{uid.New[uid.Product]()}}, "details.product_ids"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.code.Org, tt.code.Event = s.Org.ID, s.ID
			_, err := s.Stock.CreateCode(t.Context(), s.Owner, replay.Key{}, tt.code)
			f, ok := fault.As(err)
			if !ok || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, want a problem at %s", err, tt.field)
			}
		})
	}
	if c := s.code(inventory.Code{Effect: inventory.PercentOff, Percent: 1}); len(c.Text) != 9 || len(inventory.FoldCode(c.Text)) != 8 {
		t.Errorf("the made-up code is %q", c.Text)
	}
}

func TestCompany_IsFoundByTheClosestDomain(t *testing.T) {
	t.Parallel()
	s := open(t)
	n, err := s.Stock.ImportCompanies(t.Context(), s.Owner, replay.Key{}, s.Org.ID,
		"Name, Domains, Membership\nUniversity of Leeds, @Leeds.ac.uk, Academic\n\"Spin-out, Ltd\", spin.leeds.ac.uk münchen.example, Gold\n")
	if err != nil || n != (inventory.Imported{Added: 2}) {
		t.Fatal(n, err)
	}
	if n, err = s.Stock.ImportCompanies(t.Context(), s.Owner, replay.Key{}, s.Org.ID, "university of leeds;leeds.ac.uk\nNew;new.example\n\"Spin-out, Ltd\";two.example"); err != nil || n != (inventory.Imported{Added: 1, Changed: 1, Same: 1}) {
		t.Fatal(n, err)
	}
	for email, want := range map[string]string{
		"a@leeds.ac.uk": "University of Leeds", "a@LEEDS.ac.uk": "University of Leeds", "a@med.leeds.ac.uk": "University of Leeds",
		"a@x.spin.leeds.ac.uk": "Spin-out, Ltd", "a@xn--mnchen-3ya.example": "Spin-out, Ltd", "a@münchen.example": "Spin-out, Ltd", "a@two.example": "Spin-out, Ltd",
		"a@notleeds.ac.uk": "", "a@ac.uk": "", "a@leeds.ac.uk.evil.example": "", "leeds.ac.uk": "", "@leeds.ac.uk": "", "": "", "a@b@leeds.ac.uk": "University of Leeds",
	} {
		var c inventory.Company
		err := s.DB.InTx(t.Context(), func(tx *pg.Tx) error {
			var err error
			c, _, err = s.Stock.CompanyOfDomainTx(t.Context(), tx, s.Org.ID, email)
			return err
		})
		if err != nil || c.Name != want {
			t.Errorf("%q belongs to %q, %v; want %q", email, c.Name, err, want)
		}
	}
}

func TestImportCompanies_RefusesAllOrNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.member("Acme", "acme.example")
	for name, text := range map[string]string{
		"anybody's domain":  "New, new.example\nOther, gmail.com",
		"a suffix":          "New, co.uk",
		"no domain":         "New, what?",
		"another's domain":  "New, acme.example",
		"one domain twice":  "New, new.example\nOther, new.example",
		"no name":           ", new.example",
		"nothing":           "\n\n",
		"an unclosed quote": "New, \"new.example\nOther",
	} {
		_, err := s.Stock.ImportCompanies(t.Context(), s.Owner, replay.Key{}, s.Org.ID, text)
		if f, ok := fault.As(err); !ok || len(f.Fields) == 0 || f.Fields[0].Path != "text" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if all, err := s.Stock.Companies(t.Context(), s.Org.ID); err != nil || len(all) != 1 {
		t.Errorf("%d companies, %v", len(all), err)
	}
}

func TestQuote_AFormerMemberPaysTheFullPrice(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(1_000)
	terms.Member = ptr(int64(0))
	p := s.sells("Ticket", terms)
	acme := s.member("Acme", "acme.example")
	if q, err := s.ask(inventory.QuoteInput{Units: units(1, p), Company: acme.ID}); err != nil || q.Total != money.New(0, money.GBP) {
		t.Fatal(q, err)
	}
	acme.Archived = true
	if _, err := s.Stock.SaveCompany(t.Context(), s.Owner, replay.Key{}, acme); err != nil {
		t.Fatal(err)
	}
	if q, err := s.ask(inventory.QuoteInput{Units: units(1, p), Company: acme.ID}); err != nil || q.Total != money.New(1_000, money.GBP) {
		t.Error(q, err)
	}
}
