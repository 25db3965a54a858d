package booking_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestCancelMine_FreesTheSeatOnce(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	r := w.Registered(e)

	m, err := w.Bookings.CancelMine(t.Context(), key("cancel-the-place-01"), r.LinkSecret, nil)
	if err != nil || m.Registration.State != booking.StateCancelled {
		t.Fatalf("%s, %v", m.Registration.State, err)
	}
	if _, err := w.Bookings.CancelMine(t.Context(), key("cancel-the-place-01"), r.LinkSecret, nil); err != nil {
		t.Errorf("the repeat of the request got %v", err)
	}
	if _, err := w.Bookings.CancelMine(t.Context(), key("cancel-the-place-02"), r.LinkSecret, nil); !fault.Is(err, fault.AlreadyCancelled) {
		t.Errorf("cancelling twice got %v, want ALREADY_CANCELLED", err)
	}
	w.Registered(e)
	w.CheckSeats()
}

func TestHandOver_KeepsTheSeatTakenAndEndsTheOldLink(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	r := w.Registered(e)

	if _, err := w.Bookings.HandOver(t.Context(), replay.Key{}, r.LinkSecret, 1, w.Guest()); err != nil {
		t.Fatal(err)
	}

	if p := w.Pool(e); p.Sold != 1 {
		t.Errorf("%d seats are sold, want 1", p.Sold)
	}
	if _, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, r.LinkSecret, nil); !fault.Is(err, fault.WrongState) {
		t.Errorf("the old link still cancels: %v", err)
	}
	list, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID, State: booking.StateConfirmed}, nil, 10)
	if err != nil || len(list) != 1 || list[0].Predecessor != r.ID {
		t.Fatalf("the list shows %+v, %v", list, err)
	}
	w.CheckSeats()
}

func TestPlaceOrder_RepeatAfterHandOverDoesNotGiveTheNewLinkAway(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	place := func() (booking.Placed, error) {
		return w.Bookings.PlaceOrder(t.Context(), key("placed-then-given-1"), booking.OrderInput{
			Org: e.Org, Event: e.ID, Product: e.Product,
			Attendees: []booking.Attendee{{Name: "A", Email: "a@example.org", Segment: booking.SegmentBusiness}},
		})
	}
	first, err := place()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bookings.HandOver(t.Context(), replay.Key{}, first.Registrations[0].LinkSecret, 1, w.Guest()); err != nil {
		t.Fatal(err)
	}

	again, err := place()

	if err != nil || len(again.Registrations) != 1 || again.Registrations[0].ID != first.Registrations[0].ID {
		t.Fatalf("the repeat got %+v, %v", again, err)
	}
}

func TestCorrect_StaleAndBadInputChangeNothing(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	a := w.Guest()
	r := w.Registered(e, a)
	for name, tt := range map[string]struct {
		version int64
		spoil   func(*booking.Attendee)
		check   func(error) bool
	}{
		"stale version": {7, func(*booking.Attendee) {}, func(err error) bool { return fault.Is(err, fault.StaleVersion) }},
		"line break":    {1, func(a *booking.Attendee) { a.Name = "a\nb" }, func(err error) bool { return strings.Contains(err.Error(), "attendee.name") }},
	} {
		t.Run(name, func(t *testing.T) {
			changed := a
			changed.Organisation = "Elsewhere"
			tt.spoil(&changed)
			_, err := w.Bookings.Correct(t.Context(), replay.Key{}, r.LinkSecret, tt.version, changed)
			if err == nil || !tt.check(err) {
				t.Fatalf("got %v", err)
			}
		})
	}
	if got, err := w.Bookings.Registration(t.Context(), e.Org, r.ID); err != nil || got.Attendee.Organisation != a.Organisation || got.Version != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestMine_ChangesEndWhenTheEventBegins(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	r := w.Registered(e)
	w.Clock.Advance(e.StartsAt.Sub(w.Clock.Now()))

	_, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, r.LinkSecret, nil)

	if !fault.Is(err, fault.DeadlinePassed) {
		t.Fatalf("got %v, want DEADLINE_PASSED", err)
	}
}

func TestMine_LinksOfOthersAreNotFound(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	r := w.Registered(e)
	forged := r.LinkSecret[:66] + "A"
	if forged == r.LinkSecret {
		forged = r.LinkSecret[:66] + "E"
	}
	for _, secret := range []string{"", forged, strings.Repeat("A", 67)} {
		if _, err := w.Bookings.Mine(t.Context(), secret); !fault.Is(err, fault.NoSuchThing) {
			t.Errorf("%q opens with %v, want NOT_FOUND", secret, err)
		}
	}
}

func TestCancelEvent_WaitsForRegistrationsUnderWay(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()

	failed := testworld.Race(21, func(i int) error {
		if i == 0 {
			_, err := w.Events.Cancel(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "No speaker.")
			return err
		}
		_, err := w.Order(e)
		return err
	})

	for _, err := range failed {
		if !fault.Is(err, fault.SalesClosed) {
			t.Errorf("a late registration got %v, want SALES_CLOSED", err)
		}
	}
	placed := 20 - len(failed)
	told := 0
	for _, m := range w.Mails() {
		if m.Kind == "event_cancelled" {
			told++
		}
	}
	if told != placed {
		t.Fatalf("%d people got a place and %d were told that it is cancelled", placed, told)
	}
}

func TestSaveForm_KeepsAnsweredQuestionsAndMakesChangedTypesNew(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	save := func(version int64, drafts ...booking.DraftQuestion) booking.EventForm {
		t.Helper()
		f, err := w.Bookings.SaveForm(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, version, drafts)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := save(0, booking.DraftQuestion{Key: "a", Type: booking.Text, Label: "Answered"}, booking.DraftQuestion{Key: "b", Type: booking.Text, Label: "Never answered"})
	a := w.Guest()
	a.Answers = map[uid.Question][]string{first.Questions[0].ID: {"yes"}}
	w.Registered(e, a)

	second := save(first.Version, booking.DraftQuestion{Key: first.Questions[0].ID.String(), Type: booking.Number, Label: "Answered"})

	if len(second.Questions) != 2 || second.Questions[0].ID == first.Questions[0].ID || !second.Questions[1].Archived || second.Questions[1].ID != first.Questions[0].ID {
		t.Fatalf("the form is %+v", second.Questions)
	}
	if _, err := w.Bookings.SaveForm(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, first.Version, nil); !fault.Is(err, fault.StaleVersion) {
		t.Fatalf("a stale save got %v", err)
	}
}

func TestSaveForm_BadInputNamesTheField(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	for name, tt := range map[string]struct {
		drafts []booking.DraftQuestion
		field  string
	}{
		"no choices":        {[]booking.DraftQuestion{{Key: "a", Type: booking.SingleChoice, Label: "A"}}, "questions[0].choices"},
		"no label":          {[]booking.DraftQuestion{{Key: "a", Type: booking.Text}}, "questions[0].label"},
		"same key twice":    {[]booking.DraftQuestion{{Key: "a", Type: booking.Text, Label: "A"}, {Key: "a", Type: booking.Text, Label: "B"}}, "questions[1].id"},
		"later condition":   {[]booking.DraftQuestion{{Key: "a", Type: booking.Text, Label: "A", ConditionKey: "b", AnyOf: []string{"yes"}}, {Key: "b", Type: booking.YesNo, Label: "B"}}, "questions[0].condition.question_id"},
		"condition on text": {[]booking.DraftQuestion{{Key: "a", Type: booking.Text, Label: "A"}, {Key: "b", Type: booking.Text, Label: "B", ConditionKey: "a", AnyOf: []string{"x"}}}, "questions[1].condition.question_id"},
		"impossible answer": {[]booking.DraftQuestion{{Key: "a", Type: booking.YesNo, Label: "A"}, {Key: "b", Type: booking.Text, Label: "B", ConditionKey: "a", AnyOf: []string{"perhaps"}}}, "questions[1].condition.any_of[0]"},
		"unknown question":  {[]booking.DraftQuestion{{Key: uid.New[uid.Question]().String(), Type: booking.Text, Label: "A"}}, "questions[0].id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Bookings.SaveForm(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, 0, tt.drafts)
			f, ok := fault.As(err)
			if !ok || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, want one problem at %s", err, tt.field)
			}
		})
	}
}

func TestDecide_OverCapacityIsAllowedWhenAskedFor(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.ByApproval, testworld.Capacity(1))
	first, second := w.Registered(e), w.Registered(e)

	d, err := w.Bookings.Decide(t.Context(), w.Owner, replay.Key{}, booking.DecideInput{
		Org: e.Org, Event: e.ID, Registrations: []uid.Registration{first.ID, second.ID, first.ID}, Approve: true, OverCapacity: true,
	})

	if err != nil || d[0].Reason != "" || d[1].Reason != "" || d[2].Reason != fault.AlreadyDecided {
		t.Fatalf("%+v, %v", d, err)
	}
	if p := w.Pool(e); p.Sold != 2 || p.Over() != 1 {
		t.Fatalf("%d sold, %d over", p.Sold, p.Over())
	}
	w.CheckSeats()
}

func TestStaff_AnotherEventsRegistrationIsNotFound(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e, other := w.Event(), w.Event(testworld.Titled("Another"))
	r := w.Registered(e)
	if _, err := w.Bookings.Cancel(t.Context(), w.Owner, replay.Key{}, e.Org, other.ID, r.ID, ""); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("cancelling got %v", err)
	}
	if err := w.Bookings.Resend(t.Context(), w.Owner, replay.Key{}, e.Org, other.ID, r.ID); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("resending got %v", err)
	}
	if _, _, _, err := w.Bookings.History(t.Context(), e.Org, other.ID, r.ID); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("looking got %v", err)
	}
}

func TestList_FindsPeopleWhateverTheirAccentsAndPages(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	for _, name := range []string{"Łukasz Wójcik", "José García", "Siân O'Brien", "Ελένη Παπαδοπούλου"} {
		a := w.Guest()
		a.Name = name
		w.Registered(e, a)
		w.Clock.Advance(time.Minute)
	}
	for query, want := range map[string]int{"lukasz": 1, "garcia jose": 1, "obrien": 1, "ελενη": 1, "guest": 4, "nobody": 0, "' | !": 4, "wojcik & garcia": 0} {
		found, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID, Query: query}, nil, 10)
		if err != nil || len(found) != want {
			t.Errorf("%q finds %d people, %v; want %d", query, len(found), err, want)
		}
	}
	found, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID}, nil, 1)
	if err != nil || len(found) != 1 {
		t.Fatal(err)
	}
	code := found[0].OrderCode
	for _, query := range []string{code, code[:4] + "-" + code[4:8] + "-" + code[8:], code[:4] + " " + strings.ToLower(code[4:6])} {
		found, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID, Query: query}, nil, 10)
		if err != nil || len(found) != 1 {
			t.Errorf("the order code written %q finds %d people, %v", query, len(found), err)
		}
	}
	var names []string
	var after *booking.After
	for {
		page, next, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: e.Org, Event: e.ID}, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			names = append(names, r.Attendee.Name)
		}
		if after = next; after == nil {
			break
		}
	}
	if len(names) != 4 || names[0] != "Ελένη Παπαδοπούλου" || names[3] != "Łukasz Wójcik" {
		t.Fatalf("paging gives %v", names)
	}
}

func TestMine_SaysWhatGivingABoughtPlaceUpBringsBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	secret := w.Keys.Make(link.Registration, o.Org, o.Lines[0].Registration, 1)

	m, err := w.Bookings.Mine(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	want := &booking.Bought{Refund: o.Lines[0].RefundNow, SelfService: true} // somebody else ordered
	if diff := cmp.Diff(want, m.Bought); diff != "" || !m.CanGiveUp() || want.Refund.Minor == 0 {
		t.Fatalf("the holder is told, -want +got:\n%s", diff)
	}
	other := want.Refund.Minor + 1
	if _, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, secret, &other); !fault.Is(err, fault.PriceChanged) {
		t.Fatalf("a refund that was not shown: %v", err)
	}
	m, err = w.Bookings.CancelMine(t.Context(), replay.Key{}, secret, &want.Refund.Minor)
	if err != nil || m.Bought != nil {
		t.Fatalf("%+v, %v", m.Bought, err)
	}
	after, err := w.Bookings.Order(t.Context(), o.Org, o.ID)
	if err != nil || after.Refunded != want.Refund {
		t.Fatalf("%v went back, %v", after.Refunded, err)
	}
}

func TestCancelMine_KeepsToTermsOfSaleWithoutSelfService(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	w.Sales(e, func(s *booking.Sales) { s.SelfService = false })
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	secret := w.Keys.Make(link.Registration, o.Org, o.Lines[0].Registration, 1)

	if m, err := w.Bookings.Mine(t.Context(), secret); err != nil || m.CanGiveUp() || !m.CanChange {
		t.Errorf("give up %t, change %t, %v", m.CanGiveUp(), m.CanChange, err)
	}
	if _, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, secret, nil); !fault.Is(err, fault.NotAllowed) {
		t.Fatalf("the place was given up: %v", err)
	}
}
