package site

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// sale is an event with a paid ticket in an early phase, an add-on, a hidden
// ticket, a donation and two codes.
type sale struct {
	testworld.Event
	ticket, workshop, speaker, gift uid.Product
}

func sell(t *testing.T, w *testworld.World, options ...testworld.EventOption) sale {
	t.Helper()
	s := sale{Event: w.Event(append([]testworld.EventOption{testworld.Capacity(20)}, options...)...)}
	products, err := w.Stock.Products(t.Context(), w.DB.Pool(), s.Org, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	p, places, member := products[0], 12, int64(9000)
	s.ticket = p.ID
	standard := inventory.Terms{Pricing: inventory.Fixed, Currency: money.GBP, VATCategory: inventory.VATStandard, VATRate: 2000}
	day := standard
	day.Price, day.Member = 12000, &member
	day.Phases = []inventory.Phase{{Title: "Early bird", Price: 9600, Ends: "2026-11-22", Places: &places}}
	in := inventory.ProductInput{Org: s.Org, Event: s.ID, Title: "Conference day", Pools: p.Pools, MaxPerOrder: 10, Terms: day}
	if _, err := w.Stock.UpdateProduct(t.Context(), w.Owner, replay.Key{}, p.ID, p.Version, in); err != nil {
		t.Fatal(err)
	}
	add := func(title string, terms inventory.Terms, pools []uid.Pool) uid.Product {
		made, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{
			Org: s.Org, Event: s.ID, Title: title, Pools: pools, MaxPerOrder: 10, Terms: terms,
		})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	size := 5
	room, err := w.Stock.CreatePool(t.Context(), w.Owner, replay.Key{}, inventory.PoolInput{Org: s.Org, Event: s.ID, Title: "Workshop room", Size: &size})
	if err != nil {
		t.Fatal(err)
	}
	workshop := standard
	workshop.Kind, workshop.Price, workshop.Needs = inventory.AddOn, 3000, []uid.Product{p.ID}
	s.workshop = add("Workshop", workshop, []uid.Pool{room.ID})
	speaker := standard
	speaker.Price, speaker.Hidden = 1000, true
	s.speaker = add("Speaker", speaker, p.Pools)
	gift := inventory.Terms{Kind: inventory.Donation, Pricing: inventory.Open, Currency: money.GBP, Price: 1000, Minimum: 100}
	s.gift = add("Bursary fund", gift, nil)
	for _, c := range []inventory.Code{
		{Org: s.Org, Event: s.ID, Text: "WELCOME10", Effect: inventory.PercentOff, Percent: 1000},
		{Org: s.Org, Event: s.ID, Text: "SPEAKERS", Effect: inventory.AccessOnly, Unlocks: true, Products: []uid.Product{s.speaker}},
	} {
		if _, err := w.Stock.CreateCode(t.Context(), w.Owner, replay.Key{}, c); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// many asks for a number of a product.
func (b *browser) many(p uid.Product, n string) *browser {
	b.typed["n."+p.String()] = []string{n}
	return b
}

// buyer fills in who orders.
func (b *browser) buyer(name, email string) *browser {
	b.t.Helper()
	return b.fill("Your name", name).fill("Your e-mail address", email).fill("Organisation", "Osei Diagnostics").choose("Business")
}

// onInvoice lets buyers of an event pay later.
func onInvoice(t *testing.T, w *testworld.World, s sale) {
	t.Helper()
	terms, err := w.Bookings.Sales(t.Context(), s.Org, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	terms.OnInvoice, terms.Terms = true, "You may cancel until two weeks before."
	if _, err := w.Bookings.SaveSales(t.Context(), w.Owner, replay.Key{}, s.Org, s.ID, terms); err != nil {
		t.Fatal(err)
	}
}

func TestSale_TheEventSaysWhatThingsCost(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	sell(t, w)
	b := serve(t, w).open(launch)
	b.want(200, "£96.00", "Full price £120.00", "Early bird until 22 November, 12 left", "£90.00 for member companies", "Workshop", "£30.00",
		"Bursary fund", "Many give £10.00", "Your donation in GBP")
	for _, offer := range []string{`"price":"96.00","priceCurrency":"GBP"`, `"price":"30.00","priceCurrency":"GBP"`, `"isAccessibleForFree":false`} {
		if !strings.Contains(b.body, offer) {
			t.Errorf("search engines are not told %s", offer)
		}
	}
	for _, hidden := range []string{"Speaker", "Keep my place"} {
		if containsWord(b, hidden) {
			t.Errorf("the page says %q", hidden)
		}
	}
}

func containsWord(b *browser, word string) bool {
	for _, n := range []string{"h3", "button", "a"} {
		for _, e := range find(b.page, n) {
			if words(e) == word {
				return true
			}
		}
	}
	return false
}

func TestSale_FromTheChoiceToThePaymentPage(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b := serve(t, w).open(launch)

	b.many(s.ticket, "0").press("Continue").want(422, "One thing to put right", "Choose at least one ticket")
	b.many(s.ticket, "2").many(s.workshop, "1").fill("Your donation", "5").fill("Code", "welcome10").press("Continue")
	b.want(200, "Your basket", "Your places and prices are kept until 12:20, UK time", "Conference day", "2 at £120.00 each", "Early bird", "−£48.00",
		"Code WELCOME10", "VAT at 20%", "Bursary fund", "Who is this ticket for?", "Ticket 2: Conference day")
	b.want(200, "Pay £204.80") // 2 × 96.00 less 10 %, 27.00 for the workshop, 5.00
	if pool := w.Pool(s.Event); pool.Held != 2 {
		t.Errorf("%d places are held, want 2", pool.Held)
	}

	b.typed["seat.1"] = []string{"other"}
	b.press("Pay £204.80").want(422, "Enter your name", "Enter your e-mail address", "Ticket 1: Choose academic, business or clinical", "Ticket 2: Enter the full name")
	b.buyer("Amara Osei", "amara@example.org")
	b.typed["seat.1"] = []string{"later"}
	b.press("Pay £204.80").want(200, "Your order is waiting for payment", "Your places are kept until", "The payment page cannot be reached at the moment", "£204.80")
	if got := b.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the order may be kept: %q", got)
	}
}

func TestSale_OnInvoiceGivesThePlacesAtOnce(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := serve(t, w).open(launch).many(s.ticket, "2").press("Continue")
	b.want(200, "How would you like to pay?", "Terms of sale", "You may cancel until two weeks before.")
	b.buyer("Amara Osei", "amara@example.org").choose("On invoice")
	b.typed["seat.1"] = []string{"later"}
	b.press("Pay £192.00").want(422, "Address")
	b.typed["payer.company"] = []string{"Osei Diagnostics Ltd"}
	b.typed["payer.address"] = []string{"1 Park Row\r\nLeeds"}
	b.typed["payer.country"] = []string{"gb"}
	b.press("Pay £192.00").want(200, "Your order is confirmed", "£192.00 is owed", "Osei Diagnostics Ltd", "1 Park Row", "Amara Osei", "No name yet", "1 place without a name so far")
	order := b.url.Path

	b.follow("Name this person").want(200, "Who is coming?")
	b.press("Save").want(422, "Enter their full name")
	b.person("Kofi Mensah", "kofi@example.org").press("Save").want(200, "Saved", "Kofi Mensah")
	if b.url.Path != order {
		t.Errorf("at %s", b.url.Path)
	}
	if n := len(people(t, w, s.Event)); n != 2 {
		t.Errorf("%d people are registered", n)
	}

	// Whoever gives one of the places up by its own link is told what becomes of the money.
	b.follow("Your place").follow("Give up my place").want(200, "Nothing was paid for it; what is owed goes down")
	b.press("Give up my place").want(200, "Given up")
}

func TestSale_WhatCannotBeHadIsSaidAndNothingIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields map[string]string // by the sale's products: "ticket", "workshop", "speaker", "gift"; "code"
		status int
		says   string
	}{
		"nothing":                         {map[string]string{}, 422, "Choose at least one ticket"},
		"a negative number":               {map[string]string{"n.ticket": "-1"}, 422, "The number must be a number from 0 to 50"},
		"a huge number":                   {map[string]string{"n.ticket": "99999999999999999999"}, 422, "The number must be a number from 0 to 50"},
		"more than one order may have":    {map[string]string{"n.ticket": "11"}, 422, "must be at most 10"},
		"no number":                       {map[string]string{"n.ticket": "two"}, 422, "The number must be a number from 0 to 50"},
		"an add-on without its ticket":    {map[string]string{"n.workshop": "1"}, 422, "This goes with Conference day, which is not in your basket"},
		"more add-ons than tickets":       {map[string]string{"n.ticket": "1", "n.workshop": "2"}, 422, "must be at most 1"},
		"a negative donation":             {map[string]string{"amount.gift": "-5"}, 422, "The amount must not be negative"},
		"a donation below the least":      {map[string]string{"amount.gift": "0.10"}, 422, "The amount must be at least £1.00"},
		"a comma for a point":             {map[string]string{"amount.gift": "5,50"}, 422, "The amount is not an amount such as 12.50"},
		"another currency":                {map[string]string{"amount.gift": "€5"}, 422, "The amount is in another currency"},
		"words for an amount":             {map[string]string{"amount.gift": "<b>five</b>"}, 422, "The amount is not an amount"},
		"a code that there is not":        {map[string]string{"n.ticket": "1", "code": "NOSUCH"}, 409, "There is no such code"},
		"a code of 10,000 characters":     {map[string]string{"n.ticket": "1", "code": strings.Repeat("A", 10_000)}, 409, "There is no such code"},
		"a hidden ticket, seen by nobody": {map[string]string{"n.speaker": "1"}, 422, "Choose at least one ticket"},
		"a code for something else":       {map[string]string{"n.ticket": "1", "code": "SPEAKERS"}, 409, "This code is not for what you have chosen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			s := sell(t, w)
			b := serve(t, w).open(launch)
			values := url.Values{}
			for field, v := range c.fields {
				values.Set(s.field(field), v)
			}
			b.post(launch+"/basket", values).want(c.status, "Choose your tickets", c.says)
			if n, ok := c.fields["n.ticket"]; ok && n == "1" && !strings.Contains(b.body, `<option value="1" selected>`) {
				t.Error("the number of tickets is gone")
			}
			if amount, ok := c.fields["amount.gift"]; ok && b.value(s.field("amount.gift")) != amount {
				t.Errorf("the amount is %q now", b.value(s.field("amount.gift")))
			}
			if pool := w.Pool(s.Event); pool.Held != 0 {
				t.Errorf("%d places are held", pool.Held)
			}
		})
	}
}

func TestSale_TheOnlyTicketIsChosenOnceFromTheStart(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b := serve(t, w).open(launch)
	chosen := func(when, ticket, workshop string) {
		t.Helper()
		if got := [2]string{b.value(s.field("n.ticket")), b.value(s.field("n.workshop"))}; got != [2]string{ticket, workshop} {
			t.Errorf("%s %v of ticket and workshop are chosen, want %s and %s", when, got, ticket, workshop)
		}
	}
	chosen("on the event's page", "1", "0")
	b.open(launch + "/basket")
	chosen("on the list of tickets", "1", "0")
	b.many(s.ticket, "0").press("Continue").want(422, "Choose at least one ticket")
	chosen("after choosing none", "0", "0")
	b.open(launch+"/basket").many(s.ticket, "3").fill("Code", "speakers").press("Use code").want(200, "Speaker")
	chosen("after a code opened more", "3", "0")

	second := inventory.ProductInput{
		Org: s.Org, Event: s.ID, Title: "Student", Pools: []uid.Pool{s.Pool}, MaxPerOrder: 10,
		Terms: inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Free},
	}
	if _, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, second); err != nil {
		t.Fatal(err)
	}
	b.open(launch + "/basket")
	chosen("with two tickets to choose from", "0", "0")
}

// field is the name of a control, "n.ticket" being that of the ticket's number.
func (s sale) field(name string) string {
	kind, product, ok := strings.Cut(name, ".")
	if !ok {
		return name
	}
	return kind + "." + map[string]uid.Product{"ticket": s.ticket, "workshop": s.workshop, "speaker": s.speaker, "gift": s.gift}[product].String()
}

func TestSale_ACodeOpensWhatIsHidden(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b := serve(t, w).open(launch)
	b.fill("Code", "nothing").press("Use code").want(422, "There is no such code")
	b.fill("Code", "speakers").press("Use code").want(200, "It opens more below", "Speaker", "£10.00")
	if n := b.value(s.field("n.ticket")); n != "0" {
		t.Errorf("%s conference days are still chosen, with another ticket to choose from", n)
	}
	b.fill("How many of Speaker", "1").press("Continue").want(200, "Your basket", "Pay £10.00", "The code SPEAKERS is in use")
	b.open(launch+"/basket?code=SPEAKERS").want(200, "Speaker")
	b.open(launch+"/basket?code=wrong").want(200, "Conference day")
	if containsWord(b, "Speaker") {
		t.Error("a wrong code opens it")
	}
}

func TestSale_WhatIsChangedCountsBeforeAnythingIsPaid(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := serve(t, w).open(launch).many(s.ticket, "1").press("Continue").want(200, "Pay £96.00")
	first := b.url.Path

	// Nothing typed yet: the new basket is a page of its own.
	b.many(s.ticket, "2").press("Update the basket").want(200, "Pay £192.00")
	if b.url.Path == first {
		t.Error("the changed basket has the old one's address")
	}

	// Something typed: it stays, and the button means the price that was seen.
	b.buyer("Amara Osei", "amara@example.org").many(s.ticket, "1")
	b.press("Pay £192.00").want(200, "Your basket is up to date", "The total is £96.00", "Pay £96.00")
	if got := b.value("buyer.name"); got != "Amara Osei" {
		t.Fatalf("the name is %q now", got)
	}
	b.fill("Code", "nosuch").press("Pay £96.00").want(409, "There is no such code")
	if got := b.value("buyer.name"); got != "Amara Osei" {
		t.Fatalf("the name is %q now", got)
	}
	b.fill("Code", "WELCOME10").press("Pay £96.00").want(200, "Pay £86.40")
	b.press("Take it out").want(200, "Pay £96.00")
	if got := b.value("attendees[0].organisation"); got != "Osei Diagnostics" {
		t.Errorf("the organisation is %q now", got)
	}
	if pool := w.Pool(s.Event); pool.Held != 1 {
		t.Errorf("%d places are held, want 1", pool.Held)
	}
}

func TestSale_ALapsedBasketIsHadAnewAtThePriceOfToday(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b := serve(t, w).open(launch).many(s.ticket, "1").press("Continue").want(200, "Pay £96.00")
	basket := b.url.Path
	b.buyer("Amara Osei", "amara@example.org")
	typed := b.typed
	w.Clock.Advance(4 * 24 * time.Hour) // the early bird is over

	b.open(basket).want(200, "Your places are no longer kept", "Look again")
	b.typed = typed
	b.press("Pay £96.00").want(409, "Your places had been released; we have got them again", "was £96.00", "Pay £120.00")
	if got := b.value("buyer.name"); got != "Amara Osei" {
		t.Errorf("the name is %q now", got)
	}
	if pool := w.Pool(s.Event); pool.Held != 1 {
		t.Errorf("%d places are held, want 1", pool.Held)
	}
}

func TestSale_WhoKeepsTheLastPlaceCanBuyIt(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w, testworld.Capacity(2))
	onInvoice(t, w, s)
	b := serve(t, w).open(launch).many(s.ticket, "2").many(s.workshop, "1").press("Continue").want(200, "Your basket", "2 at £120.00 each")
	if strings.Contains(b.text, "All in baskets") || strings.Contains(b.text, "None left") {
		t.Error("who keeps the last places is told that there are none")
	}
	b.buyer("Amara Osei", "amara@example.org").choose("On invoice")
	b.typed["payer.address"] = []string{"1 Park Row"}
	b.press("Pay").want(200, "Your order is confirmed", "1 place without a name")
}

func TestSale_SoldOutWhileTheFormIsFilledIn(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w, testworld.Capacity(2))
	b := serve(t, w).open(launch).many(s.ticket, "1").press("Continue").want(200, "Pay £96.00")
	other := b.again().open(launch).many(s.ticket, "1").press("Continue").want(200, "Pay £96.00")
	b.buyer("Amara Osei", "amara@example.org").many(s.ticket, "2").press("Update the basket").want(409, "All places are in baskets")
	if got := b.value("buyer.name"); got != "Amara Osei" {
		t.Errorf("the name is %q now", got)
	}
	other.press("Let them go").want(200, "Tickets")
	if other.url.Path != launch {
		t.Errorf("at %s", other.url.Path)
	}
	b.many(s.ticket, "2").press("Update the basket").want(200, "Pay £192.00")
}

func TestOrder_GivingUpShowsTheAmountFirst(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := ordered(t, w, s, "2")
	order := b.url.Path
	b.follow("Give places up").want(200, "What are you giving up?", "Conference day, Amara Osei")
	b.press("Show what I get back").want(422, "Choose what you give up")
	b.choose("Conference day, Amara Osei").press("Show what I get back").want(200, "Give this up?", "The place goes to somebody else at once")
	b.press("Give up").want(200, "Done: the places are given up", "Given up")
	if b.url.Path != order {
		t.Errorf("at %s", b.url.Path)
	}
	if pool := w.Pool(s.Event); pool.Sold != 1 {
		t.Errorf("%d places are sold, want 1", pool.Sold)
	}
	w.CheckSeats()
}

// ordered buys n tickets on invoice; the second and later have no name.
func ordered(t *testing.T, w *testworld.World, s sale, n string) *browser {
	t.Helper()
	b := serve(t, w).open(launch).many(s.ticket, n).press("Continue").want(200, "Your basket")
	b.buyer("Amara Osei", "amara@example.org").choose("On invoice")
	b.typed["seat.1"], b.typed["seat.2"] = []string{"later"}, []string{"later"}
	b.typed["payer.company"], b.typed["payer.address"] = []string{"Osei Diagnostics Ltd"}, []string{"1 Park Row\r\nLeeds"}
	return b.press("Pay").want(200, "Your order is confirmed")
}

func TestOrder_ASeatIsFilledInByWhoeverWasSentItsLink(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := ordered(t, w, s, "3")
	page, link := b.url.Path, ""
	for _, n := range find(b.page, "input") {
		if strings.Contains(attr(n, "value"), "/seat/") && link == "" {
			link = strings.TrimPrefix(attr(n, "value"), b.base)
		}
	}
	guest := b.again().open(link).want(200, "Your place is waiting for you", "Amara Osei has ordered it for you", "Conference day")
	for _, secret := range []string{"amara@", "Park Row", "£", page} {
		if strings.Contains(guest.body, secret) {
			t.Errorf("the guest reads %q", secret)
		}
	}
	guest.press("Take my place").want(422, "Enter your full name")
	guest.person("Kofi Mensah", "kofi@example.org").press("Take my place").want(200, "Kofi Mensah")
	if !strings.HasPrefix(guest.url.Path, "/r/") {
		t.Errorf("the guest ends at %s, not at their own place", guest.url.Path)
	}
	guest.open(link).want(410, "This link has done its work")
	b.open(page).want(200, "Kofi Mensah", "1 place without a name")
}

func TestOrder_LinksOpenOnlyWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := ordered(t, w, s, "1")
	secret := strings.TrimPrefix(b.url.Path, "/order/")
	for _, path := range []string{"/basket/" + secret, "/seat/" + secret, "/r/" + secret, "/order/" + strings.Repeat("A", 67), "/order/x", "/basket/x", "/seat/x"} {
		b.open(path).want(404)
	}
	for _, path := range []string{"/documents/doc_00000000000000000000000001.pdf", "/documents/x.pdf", "/documents/x", "/seats/x", "/seats/reg_00000000000000000000000001"} {
		b.open("/order/" + secret + path).want(404)
	}
	b.open("/order/" + secret).follow("PDF")
	if b.status != 200 || b.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(b.body, "%PDF") {
		t.Errorf("the invoice answered %d with %s", b.status, b.header.Get("Content-Type"))
	}
}

func TestBasket_ThatWasPlacedLeadsToItsOrder(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := serve(t, w).open(launch).many(s.ticket, "1").press("Continue")
	basket := b.url.Path
	b.buyer("Amara Osei", "amara@example.org").choose("On invoice")
	b.typed["payer.address"] = []string{"1 Park Row"}
	placed := b.press("Pay").want(200, "Your order is confirmed").url.Path
	if b.open(basket).want(200, "Your order is confirmed"); b.url.Path != placed {
		t.Errorf("the basket leads to %s, not %s", b.url.Path, placed)
	}
}

func TestHeaders_FormsMayEndAtThePaymentPage(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.PayOrigin = "http://127.0.0.1:12111" })
	if got := b.get(t, "/").Header().Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' http://127.0.0.1:12111 https://checkout.stripe.com;") {
		t.Errorf("the policy is %s", got)
	}
	for target, want := range map[string]bool{
		"https://checkout.stripe.com/c/pay/cs_1": true, "http://127.0.0.1:12111/c/pay/cs_1": true,
		"https://checkout.stripe.com.evil.example/c": false, "https://u@checkout.stripe.com/": false, "": false, "//checkout.stripe.com/x": false,
		"javascript:alert(1)": false, "http://checkout.stripe.com/": false,
	} {
		if got := b.paysAt(target); got != want {
			t.Errorf("%q: %v", target, got)
		}
	}
}

// checkedOut fills a basket with n tickets and goes on to pay; it returns the path
// of the order and the browser at the redirect to the payment page.
func checkedOut(t *testing.T, w *testworld.World, s sale, n string) (b *browser, order string) {
	t.Helper()
	b = serve(t, w, func(d *Deps) { d.PayOrigin = w.StripeURL })
	b.open(launch).many(s.ticket, n).press("Continue").want(200, "Your basket").buyer("Amara Osei", "amara@example.org")
	b.typed["seat.1"], b.typed["seat.2"] = []string{"later"}, []string{"later"}
	basket := b.url.Path
	b.press("Pay").want(303)
	if to := b.header.Get("Location"); !strings.HasPrefix(to, w.StripeURL+"/") {
		t.Fatalf("the payment page is at %q", to)
	}
	payment := b.header.Get("Location")
	b.open(basket).want(200, "Your order is waiting for payment")
	order = b.url.Path
	b.payment = payment
	return b, order
}

// session is the payment that the last redirect led to.
func (b *browser) session() string { return b.payment[strings.LastIndexByte(b.payment, '/')+1:] }

func TestPayment_ReturnPageConfirmsBeforeAnyWebhook(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b, order := checkedOut(t, w, s, "2")
	if _, err := w.Stripe.Pay(b.session(), stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	b.open(order+"/paid").want(200, "Your order is confirmed", "Thank you, your payment has arrived", "amara@example.org", "Paid", "£192.00")
	if b.url.Path != order {
		t.Errorf("at %s", b.url.Path)
	}
	b.open(order+"/paid").want(200, "Your order is confirmed")
	w.Told()
	b.open(order).want(200, "Your order is confirmed", "1 place without a name")
	if pool := w.Pool(s.Event); pool.Sold != 2 || pool.Held != 0 {
		t.Errorf("%d places are sold and %d held", pool.Sold, pool.Held)
	}
}

func TestPayment_DeclinedAndAbandonedKeepTheOrder(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b, order := checkedOut(t, w, s, "1")
	if _, err := w.Stripe.Pay(b.session(), stripesim.CardDeclined); err != nil {
		t.Fatal(err)
	}
	b.open(order+"/paid").want(200, "Your order is waiting for payment", "We wait for the word of the payment provider", "Look again")
	b.open(order+"?cancelled=1").want(200, "You came back without paying", "Nothing was taken", "Pay £96.00")
	first := b.payment
	b.press("Pay £96.00").want(303)
	if again := b.header.Get("Location"); again != first {
		t.Errorf("a second payment page is open: %s and %s", first, again)
	}
	if _, err := w.Stripe.Pay(b.session(), stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	b.open(order+"/paid").want(200, "Your order is confirmed", "Thank you, your payment has arrived")
}

func TestPayment_ABankDebitIsToldAsOnItsWay(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w, testworld.At("2026-12-17T09:30", "2026-12-17T17:00"))
	terms, err := w.Bookings.Sales(t.Context(), s.Org, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	terms.DelayedMethods = true
	if _, err := w.Bookings.SaveSales(t.Context(), w.Owner, replay.Key{}, s.Org, s.ID, terms); err != nil {
		t.Fatal(err)
	}
	b, order := checkedOut(t, w, s, "1")
	if _, err := w.Stripe.Pay(b.session(), stripesim.BacsDebit); err != nil {
		t.Fatal(err)
	}
	b.open(order+"/paid").want(200, "Your payment is on its way", "Payment on its way")
	if strings.Contains(b.text, "Pay £") {
		t.Error("it can be paid twice")
	}
	if _, err := w.Stripe.SettleAsync(b.session(), true); err != nil {
		t.Fatal(err)
	}
	w.Told()
	b.open(order).want(200, "Your order is confirmed")
}

func TestPayment_LateMoneyWithoutPlacesIsToldPlainly(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	b, order := checkedOut(t, w, s, "1")
	b.follow("Give places up").want(200, "Cancel this order?").press("Cancel the order").want(200, "This order was cancelled")
	if b.url.Path != order {
		t.Errorf("at %s", b.url.Path)
	}
	if pool := w.Pool(s.Event); pool.Held+pool.Sold != 0 {
		t.Errorf("%d places are held, %d sold", pool.Held, pool.Sold)
	}
}

func TestPayment_SelfServiceRefundIsTheOneThatWasShown(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w, testworld.At("2026-12-17T09:30", "2026-12-17T17:00"))
	b, order := checkedOut(t, w, s, "2")
	if _, err := w.Stripe.Pay(b.session(), stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	b.open(order+"/paid").follow("Give places up").want(200, "£96.00 back")
	b.choose("Conference day, Amara Osei").press("Show what I get back").want(200, "You get £96.00 back, the way you paid")
	sure := b.url.Path

	// The terms give half from two weeks before: the amount is shown anew.
	w.Clock.Advance(15 * 24 * time.Hour)
	b.press("Give up and get £96.00 back").want(409, "What you get back has changed", "You get £48.00 back")
	if b.url.Path != sure {
		t.Errorf("at %s", b.url.Path)
	}
	b.press("Give up and get £48.00 back").want(200, "Done: the places are given up", "£48.00", "On its way", "Credit note")
	w.Told()
	b.open(order).want(200, "Sent back")
	w.CheckSeats()
}

func TestSale_APlaceSaysWhatGoesWithIt(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	s := sell(t, w)
	onInvoice(t, w, s)
	b := serve(t, w).open(launch).many(s.ticket, "1").many(s.workshop, "1").press("Continue")
	b.buyer("Amara Osei", "amara@example.org").choose("On invoice")
	for field, value := range map[string]string{"company": "Osei Diagnostics Ltd", "address": "1 Park Row", "country": "gb"} {
		b.typed["payer."+field] = []string{value}
	}
	b.press("Pay £126.00").want(200, "Your order is confirmed")
	b.follow("Your place").want(200, "Conference day, with Workshop")
	b.follow("Give up my place").want(200, "With it goes: Workshop.")
}
