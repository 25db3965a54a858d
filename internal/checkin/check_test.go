package checkin_test

import (
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestCheck_LetsATicketInOnceAndSaysWhereItCameIn(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	north, south := d.tablet("North"), d.tablet("South")
	in := d.scan(g)
	first := d.check(north, in)
	d.want(first, checkin.Admitted)
	if first.Ticket == nil || first.Ticket.Name == "" || len(first.Ticket.Admissions) != 1 || !first.Ticket.Admissions[0].Inside {
		t.Errorf("the ticket on the card is %+v", first.Ticket)
	}
	came := d.Clock.Now()
	d.Clock.Advance(2 * time.Second)
	d.want(d.check(north, d.scan(g)), checkin.AdmittedAgain)
	d.Clock.Advance(28 * time.Second)
	again := d.check(south, d.scan(g))
	d.want(again, checkin.AlreadyIn)
	if !again.FirstAt.Equal(came) || again.FirstGate != "Gate North" || again.FirstHere {
		t.Errorf("it came in at %s, gate %q, here %v", again.FirstAt, again.FirstGate, again.FirstHere)
	}
	if repeat := d.check(north, in); repeat.Outcome != checkin.Admitted {
		t.Errorf("the same scan sent again is answered %s", repeat.Outcome)
	}
	if c := d.counts(); c.Admitted != 1 || c.Inside != 1 || c.Expected != 1 || c.Refused != 1 {
		t.Errorf("the numbers are %+v", c)
	}
}

// race has each of n tablets check one ticket at the same moment and counts the
// admissions that were answered.
func (d *door) race(n int, g uid.Registration) int {
	d.T.Helper()
	tablets := make([]*account.Device, n)
	scans := make([]checkin.ScanInput, n)
	for i := range tablets {
		tablets[i], scans[i] = d.tablet("T"), d.scan(g)
	}
	var admitted atomic.Int64
	errs := testworld.Race(n, func(i int) error {
		r, err := d.s.Check(d.T.Context(), tablets[i], scans[i])
		if r.Outcome == checkin.Admitted {
			admitted.Add(1)
		}
		return err
	})
	for _, err := range errs {
		d.T.Error(err)
	}
	return int(admitted.Load())
}

func TestCheck_AHundredTabletsAdmitOneTicketOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	if n := d.race(100, g); n != 1 {
		t.Errorf("%d of 100 tablets let the ticket in, want 1", n)
	}
	if c := d.counts(); c.Admitted != 1 || c.Inside != 1 {
		t.Errorf("the numbers are %+v", c)
	}
}

// The control: on a list without the guard the same race admits more than once,
// so the test above is able to fail.
func TestCheck_ControlWithoutTheGuardAdmitsMoreThanOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.Mode = checkin.ModeFree })
	if n := d.race(20, d.guests(1)[0]); n < 2 {
		t.Errorf("%d of 20 tablets let the ticket in: the race races nothing", n)
	}
}

func TestCheck_RefusesForgedForeignAndWithdrawnTickets(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(5)
	tablet := d.tablet("North")
	other := d.Event(testworld.Titled("Another evening"), testworld.At("2026-12-03T18:30", "2026-12-03T20:00"))
	foreign := d.Registered(other).ID
	stranger := testworld.New(t)
	strangeEvent := stranger.Event()
	strange := stranger.Registered(strangeEvent).ID
	strangers := checkin.New(stranger.DB, checkin.Deps{
		Accounts: stranger.Accounts, Events: stranger.Events, Bookings: stranger.Bookings, Secret: [32]byte{10}, Clock: stranger.Clock.Now,
	})
	codes := func(s *checkin.Service, org uid.Org, event uid.Event, id uid.Registration) checkin.Codes {
		c, err := s.Codes(t.Context(), org, event, id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := codes(d.s, d.Org.ID, d.event.ID, gs[0])
	flipped := []byte(good.Signed)
	flipped[100] = map[bool]byte{true: 'B', false: 'A'}[flipped[100] == 'A']
	d.cancel(gs[1])
	for name, c := range map[string]struct {
		code    string
		outcome checkin.Outcome
		event   string
	}{
		"signed":                       {good.Signed, checkin.Admitted, ""},
		"short":                        {codes(d.s, d.Org.ID, d.event.ID, gs[2]).Short, checkin.Admitted, ""},
		"flipped bit":                  {string(flipped), checkin.BadSignature, ""},
		"no ticket":                    {"https://example.org/", checkin.Unreadable, ""},
		"made up short code":           {"AAAAAAAAAAAAAAAAAAAAAAAAAA", checkin.NotListed, ""},
		"other event":                  {codes(d.s, d.Org.ID, other.ID, foreign).Signed, checkin.WrongEvent, "Another evening"},
		"other event's short code":     {codes(d.s, d.Org.ID, other.ID, foreign).Short, checkin.WrongEvent, "Another evening"},
		"other organisation":           {codes(strangers, stranger.Org.ID, strangeEvent.ID, strange).Signed, checkin.WrongEvent, ""},
		"other organisation's short":   {codes(strangers, stranger.Org.ID, strangeEvent.ID, strange).Short, checkin.NotListed, ""},
		"cancelled":                    {codes(d.s, d.Org.ID, d.event.ID, gs[1]).Signed, checkin.Cancelled, ""},
		"cancelled, by its short code": {codes(d.s, d.Org.ID, d.event.ID, gs[1]).Short, checkin.Cancelled, ""},
	} {
		in := d.scan(uid.Registration{})
		in.Code = c.code
		r := d.check(tablet, in)
		if r.Outcome != c.outcome || r.OtherEvent != c.event {
			t.Errorf("%s: outcome is %s %q, want %s %q", name, r.Outcome, r.OtherEvent, c.outcome, c.event)
		}
	}
	log, _, err := d.s.Scans(t.Context(), checkin.ScanFilter{Org: d.Org.ID, Event: d.event.ID, Refused: true}, nil, 50)
	if err != nil || len(log) != 9 {
		t.Errorf("%d refusals are in the log, %v; want 9", len(log), err)
	}
}

func TestCheck_AForgedNumberUnderAnotherEventsMarkIsNoBetter(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	other := d.Event(testworld.Titled("Another evening"), testworld.At("2026-12-03T18:30", "2026-12-03T20:00"))
	c, err := d.s.Codes(t.Context(), d.Org.ID, other.ID, g) // signed by the other event's key, for this event's ticket
	if err != nil {
		t.Fatal(err)
	}
	in := d.scan(uid.Registration{})
	in.Code = c.Signed
	d.want(d.check(d.tablet("North"), in), checkin.WrongEvent)
}

func TestRotateKey_OldTicketsStayGoodUntilTheirKeyIsRetired(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(3)
	tablet := d.tablet("North")
	code := func(g uid.Registration) string {
		c, err := d.s.Codes(t.Context(), d.Org.ID, d.event.ID, g)
		if err != nil {
			t.Fatal(err)
		}
		return c.Signed
	}
	rotate := func(retire bool) {
		if _, err := d.s.RotateKey(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, retire); err != nil {
			t.Fatal(err)
		}
	}
	show := func(code string) checkin.Result {
		in := d.scan(uid.Registration{})
		in.Code = code
		return d.check(tablet, in)
	}
	oldCode := code(gs[0])
	second := code(gs[1])
	rotate(false)
	d.want(show(oldCode), checkin.Admitted)
	newCode := code(gs[1])
	if newCode == second {
		t.Fatal("the new key signs the same code")
	}
	rotate(true)
	d.want(show(newCode), checkin.BadSignature)
	d.want(show(code(gs[1])), checkin.Admitted)
}

func TestCheck_ATabletReachesItsOwnListsOnly(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	vip := d.newList(once(func(l *checkin.ListDetails) { l.Title = "Dinner" }))
	tablet := d.tablet("North", vip.ID)
	_, err := d.s.Check(t.Context(), tablet, d.scan(g))
	made := d.scan(g)
	made.List = uid.New[uid.CheckInList]()
	_, none := d.s.Check(t.Context(), tablet, made)
	if !fault.Is(err, fault.NoSuchThing) || err.Error() != none.Error() {
		t.Errorf("another list gives %v, a made-up one %v", err, none)
	}
	if a := d.alarms(); len(a) != 1 || a[0] != account.AlarmOtherList {
		t.Errorf("alarms are %v", a)
	}
	if r := d.upload(tablet, d.told(g, checkin.Admitted, 0))[0]; r.Outcome != checkin.NotTaken {
		t.Errorf("an upload for another list is answered %s", r.Outcome)
	}
	if c := d.counts(); c.Admitted != 0 {
		t.Errorf("%d were admitted by a tablet of another list", c.Admitted)
	}
}

func TestCheck_KeepsToTheDoorsHours(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.OpensLocal, l.ClosesLocal = "2026-11-26T18:00", "2026-11-26T19:00" })
	gs := d.guests(3)
	tablet := d.tablet("North")
	open := *d.list.OpensAt
	d.Clock.Advance(open.Add(-3 * time.Minute).Sub(d.Clock.Now()))
	d.want(d.check(tablet, d.scan(gs[0])), checkin.TooEarly)
	d.Clock.Advance(90 * time.Second)
	d.want(d.check(tablet, d.scan(gs[0])), checkin.Admitted)
	d.Clock.Advance(2 * time.Hour)
	d.want(d.check(tablet, d.scan(gs[1])), checkin.TooLate)
}

func TestCheck_SaysThatATicketIsForAnotherDay(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	next, err := d.Events.CreateSession(t.Context(), d.Owner, replay.Key{}, catalog.SessionInput{
		Org: d.Org.ID, Event: d.event.ID, Details: catalog.SessionDetails{Title: "Second day"}, When: catalog.When{
			Timezone: "Europe/London", StartsLocal: "2026-11-27T09:00", EndsLocal: "2026-11-27T17:00",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	second := next.Session
	const forSecond = `INSERT INTO product_session (org_id, product_id, session_id) SELECT org_id, product_id, $2 FROM registration WHERE id = $1`
	if _, err := d.DB.Pool().Exec(t.Context(), forSecond, g, second); err != nil {
		t.Fatal(err)
	}
	tablet := d.tablet("North")
	d.want(d.check(tablet, d.scan(g)), checkin.WrongDay)
	set, err := d.s.DoorSettings(t.Context(), tablet)
	if err != nil || len(set.Sessions) != 2 || len(set.Products[0].Sessions) != 1 || set.Products[0].Sessions[0] != second {
		t.Errorf("tablets are told of sessions %+v and products %+v, %v", set.Sessions, set.Products, err)
	}
	d.Clock.Advance(15 * time.Hour)
	d.want(d.check(tablet, d.scan(g)), checkin.Admitted)
}

func TestCheck_ReEntryNeedsAnExit(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.Mode, l.Exits = checkin.ModeReEntry, true })
	g := d.guests(1)[0]
	tablet := d.tablet("North")
	exit := func() checkin.ScanInput {
		in := d.scan(g)
		in.Kind = checkin.Exit
		return in
	}
	step := func(in checkin.ScanInput, want checkin.Outcome) {
		t.Helper()
		d.Clock.Advance(time.Minute)
		in.Clock.WallAt = d.Clock.Now()
		d.want(d.check(tablet, in), want)
	}
	step(exit(), checkin.NotInside)
	step(d.scan(g), checkin.Admitted)
	step(d.scan(g), checkin.AlreadyIn)
	step(exit(), checkin.Exited)
	step(exit(), checkin.NotInside)
	step(d.scan(g), checkin.Admitted)
	if c := d.counts(); c.Inside != 1 || c.Admitted != 1 {
		t.Errorf("the numbers are %+v", c)
	}
}

func TestCheck_OnceADayStartsAnewAtMidnightInTheEventsZone(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.Mode = checkin.ModeOncePerDay })
	g := d.guests(1)[0]
	tablet := d.tablet("North")
	d.Clock.Advance(time.Date(2026, 11, 26, 23, 59, 50, 0, time.UTC).Sub(d.Clock.Now()))
	d.want(d.check(tablet, d.scan(g)), checkin.Admitted)
	d.Clock.Advance(9 * time.Second)
	d.want(d.check(tablet, d.scan(g)), checkin.AlreadyIn)
	d.Clock.Advance(time.Second)
	d.want(d.check(tablet, d.scan(g)), checkin.Admitted)
	if c := d.counts(); c.Admitted != 1 || c.Inside != 1 {
		t.Errorf("the numbers are %+v", c)
	}
}
