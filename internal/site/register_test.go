package site

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

// person fills in a registration form for one attendee.
func (b *browser) person(name, email string) *browser {
	b.t.Helper()
	return b.fill("Full name", name).fill("E-mail address", email).fill("Organisation", "Osei Diagnostics").choose("Business")
}

// wait lets the clock run while somebody types.
func (b *browser) wait(w *testworld.World) *browser {
	w.Clock.Advance(40 * time.Second)
	return b
}

// people is who has registered for an event.
func people(t *testing.T, w *testworld.World, e testworld.Event) []booking.Registration {
	t.Helper()
	list, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID}, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const launch = "/o/northern/launch-webinar"

func TestRegister_WithoutAScriptFromTheEventToTheConfirmation(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Online("https://rooms.example.net/1"))
	b := serve(t, w)

	b.open(launch).follow("Keep my place").want(200, "Keep your place", "Launch webinar", "18:30 to 20:00", "UK time")
	b.wait(w).person("Amara Osei", "amara@example.org").press("Keep my place")
	b.want(200, "Your place is kept, Amara", "amara@example.org", "Check your mail", "Order code", "Join page")

	if !strings.HasPrefix(b.url.Path, "/r/") || b.header.Get("Cache-Control") != "no-store" || b.header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("the confirmation is at %s with %v", b.url.Path, b.header)
	}
	list := people(t, w, e)
	if len(list) != 1 || list[0].Attendee.Name != "Amara Osei" || list[0].Attendee.Segment != booking.SegmentBusiness || list[0].State != booking.StateConfirmed {
		t.Errorf("registered: %+v", list)
	}
}

func TestRegister_NamesWhatIsWrongAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b := serve(t, w).open(launch + "/register").wait(w)

	b.fill("Full name", "Amara Osei").press("Keep my place")
	b.want(422, "Two things to put right", "Enter your e-mail address", "Choose academic, business or clinical")
	if got := b.value("attendees[0].name"); got != "Amara Osei" {
		t.Errorf("the name is %q now", got)
	}
	summary := find(b.page, "a")
	linked := false
	for _, a := range summary {
		if attr(a, "href") == "#attendees-0-email" {
			linked = true
		}
	}
	if !linked {
		t.Error("the summary does not lead to the field")
	}
	if n := len(people(t, w, e)); n != 0 {
		t.Errorf("%d people are registered", n)
	}
	b.fill("E-mail address", "amara@example.org").choose("Clinical").press("Keep my place").want(200, "Your place is kept")
}

func TestRegister_BadInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field, value string
		status       int
		says         string
		kept         string // what the registration holds when it goes through
	}{
		"CR LF in the name":         {"name", "Eve\r\nBcc: all@example.org", 422, "Full name contains a line break", ""},
		"quotes":                    {"name", `Siân O'Brien, "Pat": MBE`, 200, "Your place is kept", `Siân O'Brien, "Pat": MBE`},
		"emoji":                     {"name", "Łukasz 🦊", 200, "Your place is kept, Łukasz", "Łukasz 🦊"},
		"markup":                    {"name", "<script>alert(1)</script>", 200, "Your place is kept", "<script>alert(1)</script>"},
		"10,000 characters":         {"name", strings.Repeat("a", 10_000), 422, "Full name is too long: at most 200 characters fit", ""},
		"only spaces":               {"name", "   ", 422, "Enter your full name", ""},
		"NUL":                       {"name", "a\x00b", 422, "Full name contains a line break", ""},
		"no UTF-8":                  {"name", "a\xffb", 422, "Full name has characters that we cannot read", ""},
		"IDN address":               {"email", "eva@bücher.example", 200, "Your place is kept", "eva@bücher.example"},
		"IDN before the @":          {"email", "用户@例子.中国", 200, "Your place is kept", "用户@例子.中国"},
		"header injection":          {"email", "a@example.org\r\nBcc: b@example.org", 422, "Enter an e-mail address such as", ""},
		"two addresses":             {"email", "a@example.org,b@example.org", 422, "Enter an e-mail address such as", ""},
		"a display name":            {"email", "Eve <a@example.org>", 422, "Enter an e-mail address such as", ""},
		"a host without a dot":      {"email", "a@localhost", 422, "Enter an e-mail address such as", ""},
		"a segment that is none":    {"segment", "SEGMENT_MILITARY", 422, "Choose academic, business or clinical", ""},
		"a zone that is none":       {"timezone", "Mars/Olympus", 422, "Enter a time zone", ""},
		"a long organisation":       {"organisation", strings.Repeat("b", 10_000), 422, "Organisation is too long", ""},
		"spreadsheet formula":       {"organisation", "=HYPERLINK(1)", 200, "Your place is kept", "=HYPERLINK(1)"},
		"a field that there is not": {"price", "-1", 200, "Your place is kept", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			e := w.Event()
			b := serve(t, w).open(launch + "/register").wait(w)
			b.person("Amara Osei", "amara@example.org")
			b.typed["attendees[0]."+c.field] = []string{c.value}
			b.press("Keep my place").want(c.status, c.says)
			list := people(t, w, e)
			if c.status != 200 {
				if len(list) != 0 {
					t.Errorf("registered: %+v", list)
				}
				return
			}
			if len(list) != 1 {
				t.Fatalf("%d people are registered", len(list))
			}
			a := list[0].Attendee
			if c.kept != "" && c.kept != a.Name && c.kept != a.Email && c.kept != a.Organisation {
				t.Errorf("registered as %+v", a)
			}
		})
	}
}

func TestRegister_SeveralPeopleAreAddedAndRemovedByButtons(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	allowSeveral(t, w, e, 3)
	b := serve(t, w).open(launch + "/register").wait(w)

	b.person("First", "first@example.org").press("Add another person").want(200, "Attendee 1", "Attendee 2")
	b.press("Add another person").want(200, "Attendee 3")
	if strings.Contains(b.text, "Add another person") {
		t.Error("a fourth person can be added")
	}
	b.typed["attendees[1].name"] = []string{"Second"}
	b.typed["attendees[2].name"] = []string{"Third"}
	b.typed["attendees[2].email"] = []string{"third@example.org"}
	b.typed["attendees[2].segment"] = []string{"SEGMENT_CLINICAL"}
	b.pressNth("Remove", 1).want(200, "Attendee 2")
	if b.value("attendees[0].name") != "First" || b.value("attendees[1].name") != "Third" {
		t.Fatalf("left: %q and %q", b.value("attendees[0].name"), b.value("attendees[1].name"))
	}
	b.press("Keep 2 places").want(200, "You registered 2 people")
	if n := len(people(t, w, e)); n != 2 {
		t.Errorf("%d people are registered", n)
	}
}

// allowSeveral lets one order have up to n attendees.
func allowSeveral(t *testing.T, w *testworld.World, e testworld.Event, n int) {
	t.Helper()
	products, _, err := w.Stock.Inventory(t.Context(), e.Org, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := products[0]
	in := inventory.ProductInput{
		Org: p.Org, Event: p.Event, Title: p.Title, Description: p.Description, Sessions: p.Sessions, Pools: p.Pools, MaxPerOrder: n, Online: p.Online,
	}
	if _, err := w.Stock.UpdateProduct(t.Context(), w.Owner, replay.Key{}, p.ID, p.Version, in); err != nil {
		t.Fatal(err)
	}
}

func TestRegister_SentTwiceRegistersOnce(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b := serve(t, w).open(launch+"/register").wait(w).person("Amara Osei", "amara@example.org")
	values := url.Values{"request_id": {b.value("request_id")}, "product_id": {b.value("product_id")}}
	for name, v := range b.typed {
		values[name] = v
	}
	b.post("", values).want(200, "Your place is kept")
	first := b.url.Path
	b.open(launch+"/register").post("", values).want(200, "Your place is kept")
	if b.url.Path != first || len(people(t, w, e)) != 1 {
		t.Errorf("the second sending led to %s, not %s", b.url.Path, first)
	}

	values.Set("attendees[0].name", "Somebody Else")
	b.open(launch+"/register").post("", values).want(409, "You have sent this form before, with other details")
	if got := b.value("attendees[0].name"); got != "Somebody Else" {
		t.Errorf("the name is %q now", got)
	}
	if n := len(people(t, w, e)); n != 1 {
		t.Fatalf("%d people are registered", n)
	}
	b.press("Keep my place").want(200, "Your place is kept, Somebody")
	if n := len(people(t, w, e)); n != 2 {
		t.Errorf("%d people are registered", n)
	}
}

func TestHold_PressedTwiceIsOneBasket(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(4))
	b := serve(t, w)
	press := func(id string) string {
		t.Helper()
		b.open(launch).post(launch+"/hold", url.Values{"product": {e.Product.String()}, "quantity": {"1"}, "request_id": {id}}).want(200, "is kept until")
		return b.url.Path
	}
	first := press("one")
	if again := press("one"); again != first {
		t.Errorf("the second press led to %s, not %s", again, first)
	}
	if other := press("two"); other == first {
		t.Error("somebody else's press led to the same basket")
	}
	if pool := w.Pool(e); pool.Held != 2 {
		t.Fatalf("%d places are held, want 2", pool.Held)
	}
	b.post(first+"/release", url.Values{}).want(200)
	if anew := press("one"); anew == first {
		t.Error("after it was released a press led to the old basket")
	}
}

func TestRegister_QuestionsThatFollowFromAnswers(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	ask(t, w, e)
	b := serve(t, w).open(launch + "/register").wait(w)
	b.want(200, "How far are you?", "I agree to the photographs")
	if strings.Contains(b.text, "What evidence") {
		t.Fatal("the page shows a question that nothing asks for yet")
	}
	b.person("Amara Osei", "amara@example.org").choose("A prototype").press("Keep my place")
	b.want(200, "One more question", "What evidence do you have?")
	b.press("Keep my place").want(422, "Answer this question: What evidence do you have?", "Tick the box to go on: I agree to the photographs")
	b.fill("What evidence", "A trial.\r\nTwo sites.").choose("I agree").press("Keep my place").want(200, "Your place is kept")

	list := people(t, w, e)
	_, questions, _, err := w.Bookings.History(t.Context(), e.Org, e.ID, list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	r, _, _, _ := w.Bookings.History(t.Context(), e.Org, e.ID, list[0].ID)
	got := map[string]string{}
	for _, q := range questions {
		got[q.Label] = strings.Join(r.Attendee.Answers[q.ID], "|")
	}
	if got["How far are you?"] != "prototype" || got["What evidence do you have?"] != "A trial.\nTwo sites." || got["I agree to the photographs"] != "yes" {
		t.Errorf("answers: %v", got)
	}
	b.want(200, "A prototype", "A trial.")
}

func TestRegister_AnswersToQuestionsThatAreNotAskedAreNamed(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b := serve(t, w).open(launch+"/register").wait(w).person("Amara Osei", "amara@example.org")
	b.typed["attendees[0].answers.qst_00000000000000000000000001"] = []string{"x"}
	b.press("Keep my place").want(422, "One of the answers belongs to a question that is not asked")
	if n := len(people(t, w, e)); n != 0 {
		t.Errorf("%d people are registered", n)
	}
	b.press("Keep my place").want(200, "Your place is kept")
}

// ask puts a choice, a question that depends on it and a consent on the form.
func ask(t *testing.T, w *testworld.World, e testworld.Event) {
	t.Helper()
	_, err := w.Bookings.SaveForm(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, 0, []booking.DraftQuestion{
		{Key: "stage", Type: booking.SingleChoice, Label: "How far are you?", Required: true,
			Choices: []booking.Choice{{ID: "idea", Label: "An idea"}, {ID: "prototype", Label: "A prototype"}}},
		{Key: "evidence", Type: booking.LongText, Label: "What evidence do you have?", Required: true, ConditionKey: "stage", AnyOf: []string{"prototype"}},
		{Key: "photos", Type: booking.Consent, Label: "I agree to the photographs", Required: true},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRegister_WhoIsTooFastOrFillsInTheHiddenFieldPressesOnceMore(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b := serve(t, w).open(launch+"/register").person("Amara Osei", "amara@example.org")
	b.press("Keep my place").want(200, "Please press the button once more")
	if n := len(people(t, w, e)); n != 0 {
		t.Fatalf("%d people are registered", n)
	}
	b.press("Keep my place").want(200, "Your place is kept, Amara")

	b.open(launch+"/register").wait(w).person("Bot", "bot@example.org")
	b.typed["fax"] = []string{"1"}
	b.press("Keep my place").want(200, "Please press the button once more")
}

func TestHold_KeepsPlacesWhileTheFormIsFilledIn(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	b := serve(t, w)

	b.open(launch).press("Keep my place").want(200, "Your place is kept until 12:20, UK time", "20:00")
	if !strings.HasPrefix(b.url.Path, "/h/") {
		t.Fatalf("at %s", b.url.Path)
	}
	b.again().open(launch).want(200, "All places are in baskets")

	b.wait(w).press("Keep my place").want(422, "Enter your full name", "Your place is kept until 12:20")
	b.person("Amara Osei", "amara@example.org").press("Keep my place").want(200, "Your place is kept, Amara")
	if n := len(people(t, w, e)); n != 1 {
		t.Errorf("%d people are registered", n)
	}
	b.open(launch).want(200, "Sold out")
	b.open(launch+"/register").want(200, "Sold out")
}

func TestHold_CanBeLetGo(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	w.Event(testworld.Capacity(1))
	b := serve(t, w).open(launch).press("Keep my place").want(200, "Your place is kept until")
	b.press("Let it go").want(200, "Keep my place")
	if b.url.Path != launch {
		t.Errorf("at %s", b.url.Path)
	}
}

func TestHold_LapsedTellsSoAndLosesNothing(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	b := serve(t, w).open(launch).press("Keep my place").want(200, "Your place is kept until")
	basket := b.url.Path
	b.person("Amara Osei", "amara@example.org")
	w.Clock.Advance(21 * time.Minute)

	// Somebody else takes the place in the meantime.
	w.Registered(e)
	b.press("Keep my place").want(409, "Your places were released", "What you entered is still here")
	if got := b.value("attendees[0].name"); got != "Amara Osei" {
		t.Errorf("the name is %q now", got)
	}
	b.press("Keep my place").want(409, "Sold out", "What you entered is still here")
	b.open(basket).want(410, "Your places are no longer kept")
}

func TestHold_OfTwoMayBeUsedForOne(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(5))
	allowSeveral(t, w, e, 3)
	b := serve(t, w).open(launch)
	b.typed["quantity"] = []string{"2"}
	b.press("Keep my place").want(200, "Your 2 places are kept until", "Attendee 2").wait(w)
	b.press("Remove").want(200, "About you", "Add another person")
	b.person("Amara Osei", "amara@example.org").press("Keep my place").want(200, "Your place is kept")
	if n := len(people(t, w, e)); n != 1 {
		t.Errorf("%d people are registered", n)
	}
}

func TestRegister_ByApplication(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.ByApproval)
	b := serve(t, w).open(launch).follow("Apply").want(200, "Apply for a place").wait(w)
	b.person("Amara Osei", "amara@example.org").press("Send my application")
	b.want(200, "Your application is in, Amara", "The organiser decides", "Withdraw your application")
	if strings.Contains(b.text, "Order code") {
		t.Error("an application looks like a ticket")
	}
	if list := people(t, w, e); len(list) != 1 || list[0].State != booking.StateAwaitingApproval {
		t.Errorf("registered: %+v", list)
	}
}

func TestRegister_ClosedAndUnknown(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b := serve(t, w)
	b.open(launch + "/register")
	typed := b.wait(w).person("Amara Osei", "amara@example.org").typed
	w.Clock.Advance(8 * 24 * time.Hour)
	b.typed = typed
	b.press("Keep my place").want(409, "This event is over")
	if n := len(people(t, w, e)); n != 0 {
		t.Errorf("%d people are registered", n)
	}
	b.open(launch+"/register").want(200, "This event is over")
	b.open("/o/northern/nothing/register").want(404, "We cannot find that")
	b.open("/h/"+strings.Repeat("A", 67)).want(404, "We cannot find that")
	if _, err := w.Bookings.OpenHold(t.Context(), "x"); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("open hold: %v", err)
	}
}
