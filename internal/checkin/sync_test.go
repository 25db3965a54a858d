package checkin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/checkin"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// copyOf is a tablet's copy: what it has of the list and where to go on.
type copyOf struct {
	d      *door
	tablet *account.Device
	cursor string
	mark   string
	rows   map[uid.Registration]checkin.Ticket
	pages  int
}

func (d *door) copy(tablet *account.Device) *copyOf {
	return &copyOf{d: d, tablet: tablet, rows: map[uid.Registration]checkin.Ticket{}}
}

// sync runs pages to their end and returns the rows that came.
func (c *copyOf) sync() []checkin.Ticket {
	c.d.T.Helper()
	var came []checkin.Ticket
	for {
		page, err := c.d.s.Sync(c.d.T.Context(), c.tablet, c.cursor, c.mark)
		if err != nil {
			c.d.T.Fatal(err)
		}
		c.pages++
		if page.Reset {
			clear(c.rows)
		}
		for _, t := range page.Tickets {
			c.rows[t.ID] = t
		}
		came = append(came, page.Tickets...)
		c.cursor, c.mark = page.Cursor, page.Mark
		if !page.More {
			return came
		}
	}
}

// rest syncs until nothing comes any more. Rows come again while a transaction that
// is older than their change is under way anywhere on the server, as other tests'
// are; it fails when that never ends.
func (c *copyOf) rest() {
	c.d.T.Helper()
	for range 500 {
		if len(c.sync()) == 0 {
			return
		}
	}
	c.d.T.Fatal("syncs after no change go on bringing tickets")
}

func TestSync_CarriesWhatChangedAndNoMore(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(3)
	tablet := d.tablet("North")
	c := d.copy(tablet)
	if n := len(c.sync()); n != 3 {
		t.Fatalf("the first sync brings %d tickets, want 3", n)
	}
	c.rest()
	d.check(tablet, d.scan(gs[0]))
	d.cancel(gs[1])
	came := c.sync()
	if len(came) != 2 {
		t.Errorf("an admission and a cancellation bring %d tickets", len(came))
	}
	if a := c.rows[gs[0]].Admissions; len(a) != 1 || !a[0].Inside || a[0].FirstDevice != tablet.ID {
		t.Errorf("the admitted ticket has %+v", a)
	}
	if x := c.rows[gs[1]]; x.Status != checkin.StatusCancelled || x.Name != "" || x.WithdrawnAt.IsZero() {
		t.Errorf("the cancelled ticket is %+v", x)
	}
}

func TestSync_ATakenBackAdmissionReachesTheOthers(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	north := d.tablet("North")
	c := d.copy(d.tablet("South"))
	in := d.scan(g)
	d.check(north, in)
	c.sync()
	d.undo(north, in)
	c.sync()
	if a := c.rows[g].Admissions; len(a) != 0 {
		t.Errorf("the other tablet still has %+v", a)
	}
}

// A change that was begun before a sync and committed after it must not be
// missed, although younger changes were seen in between.
func TestSync_MissesNoChangeThatCommitsLate(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(2)
	c := d.copy(d.tablet("North"))
	c.sync()
	changed, finish := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- d.DB.InTx(t.Context(), func(tx *pg.Tx) error {
			_, err := tx.Exec(context.Background(), `UPDATE registration SET name = 'Late' WHERE id = $1`, gs[0])
			close(changed)
			<-finish
			return err
		})
	}()
	<-changed
	d.cancel(gs[1])
	c.sync()
	if c.rows[gs[0]].Name == "Late" {
		t.Fatal("the change was seen before it was committed")
	}
	if c.rows[gs[1]].Status != checkin.StatusCancelled {
		t.Fatal("the younger change was not seen")
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c.sync()
	if c.rows[gs[0]].Name != "Late" {
		t.Error("the change that was committed late was missed")
	}
}

func TestSync_GoesOnAfterACutAndTurnsPages(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.guests(1)
	_, err := d.DB.Pool().Exec(t.Context(), `
INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, name, registered_at, changed_at)
SELECT r.org_id, gen_random_uuid(), r.order_id, r.event_id, r.product_id, n, 'confirmed', 'Guest ' || n, r.registered_at, r.changed_at
  FROM registration r, generate_series(1, 2500) n`)
	if err != nil {
		t.Fatal(err)
	}
	tablet := d.tablet("North")
	c := d.copy(tablet)
	first, err := d.s.Sync(t.Context(), tablet, "", "")
	if err != nil || !first.More || first.Total != 2501 || !first.Reset {
		t.Fatalf("the first page has more=%v total=%d reset=%v, %v", first.More, first.Total, first.Reset, err)
	}
	for _, x := range first.Tickets {
		c.rows[x.ID] = x
	}
	c.cursor = first.Cursor // the tablet was cut off here and goes on
	c.sync()
	if len(c.rows) != 2501 || c.pages != 2 {
		t.Errorf("%d tickets came in %d more pages, want 2501 in 2", len(c.rows), c.pages)
	}
}

func TestSync_StartsAnewForAnotherDatabaseAndAnotherShape(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.guests(1)
	tablet := d.tablet("North")
	c := d.copy(tablet)
	c.sync()
	for _, bad := range []string{"nonsense", "eyJlIjoiYW5vdGhlciIsInMiOjl9"} {
		page, err := d.s.Sync(t.Context(), tablet, bad, "")
		if err != nil || !page.Reset || len(page.Tickets) != 1 {
			t.Errorf("cursor %q gives reset=%v with %d tickets, %v", bad, page.Reset, len(page.Tickets), err)
		}
	}
	form, err := d.Bookings.SaveForm(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, 0, []booking.DraftQuestion{{Key: "a", Type: booking.Text, Label: "Access needs"}})
	if err != nil {
		t.Fatal(err)
	}
	in := d.list.ListDetails
	in.AskQuestions = []uid.Question{form.Questions[0].ID}
	if _, err := d.s.UpdateList(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, d.list.ID, d.list.Version, in); err != nil {
		t.Fatal(err)
	}
	mark := c.mark
	if came := c.sync(); len(came) != 1 || len(came[0].Unanswered) != 1 || c.mark == mark {
		t.Errorf("after the list asks a question the sync brings %+v, new settings %v", came, c.mark != mark)
	}
}

func TestCheck_AsksAQuestionAndRemembersTheAnswer(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	form, err := d.Bookings.SaveForm(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, 0, []booking.DraftQuestion{{Key: "a", Type: booking.Text, Label: "Access needs"}})
	if err != nil {
		t.Fatal(err)
	}
	q := form.Questions[0].ID
	in := d.list.ListDetails
	in.AskQuestions, in.ShowQuestions = []uid.Question{q}, []uid.Question{q}
	if _, err := d.s.UpdateList(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, d.list.ID, d.list.Version, in); err != nil {
		t.Fatal(err)
	}
	tablet := d.tablet("North")
	r := d.check(tablet, d.scan(g))
	d.want(r, checkin.QuestionNeeded)
	if !slices.Equal(r.Ask, []uid.Question{q}) {
		t.Errorf("asked is %v", r.Ask)
	}
	answered := d.scan(g)
	answered.Answers = map[uid.Question]string{q: "A seat at the front"}
	r = d.check(tablet, answered)
	d.want(r, checkin.Admitted)
	if len(r.Ticket.Answers) != 1 || r.Ticket.Answers[0].Value != "A seat at the front" || len(r.Ticket.Unanswered) != 0 {
		t.Errorf("the card shows %+v, asks %v", r.Ticket.Answers, r.Ticket.Unanswered)
	}
}

func (d *door) walkIn(spare checkin.SpareTicket, told checkin.Outcome) checkin.WalkInInput {
	in := d.told(spare.ID, told, time.Minute)
	if told == "" {
		in = d.scan(spare.ID)
	}
	return checkin.WalkInInput{Ticket: spare.ID, List: d.list.ID, Product: d.event.Product, Name: "Zoë Walker", Scan: in}
}

func TestWalkIn_RegistersWithASpareTicketThatOtherTabletsThenKnow(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	lead, other := d.lead("Office"), d.tablet("South")
	set, err := d.s.DoorSettings(t.Context(), lead)
	if err != nil || len(set.Spare) != 20 {
		t.Fatalf("%d spare tickets, %v", len(set.Spare), err)
	}
	in := d.walkIn(set.Spare[0], checkin.Admitted)
	for range 2 { // the reply was lost once
		r, err := d.s.WalkIns(t.Context(), lead, []checkin.WalkInInput{in})
		if err != nil || !r[0].Registered || r[0].Scan.Outcome != checkin.Admitted {
			t.Fatalf("the walk-in is answered %+v, %v", r, err)
		}
	}
	badge := d.scan(uid.Registration{})
	badge.Code = set.Spare[0].Code
	r := d.check(other, badge)
	d.want(r, checkin.AlreadyIn)
	if r.Ticket == nil || r.Ticket.Name != "Zoë Walker" {
		t.Errorf("the badge scans as %+v", r.Ticket)
	}
	again, err := d.s.DoorSettings(t.Context(), lead)
	if err != nil || len(again.Spare) != 19 {
		t.Errorf("%d spare tickets are left, %v", len(again.Spare), err)
	}
	if _, err := d.s.WalkIn(t.Context(), d.tablet("West"), in); !fault.Is(err, fault.LeadNeeded) {
		t.Errorf("a steward's walk-in gives %v", err)
	}
	if _, err := d.s.WalkIn(t.Context(), d.lead("Two"), in); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("another tablet's spare ticket gives %v", err)
	}
}

func TestPins_TheKeyOfAPinMakesALead(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	set, err := d.s.SaveSettings(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, checkin.Settings{Pins: []checkin.Pin{
		{Label: "Lead", Role: account.Lead, Digits: "482913"}, {Label: "Helpers", Role: account.Steward, Digits: "1111"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tablet := d.tablet("North")
	door, err := d.s.DoorSettings(t.Context(), tablet)
	if err != nil {
		t.Fatal(err)
	}
	for i, digits := range map[int]string{0: "1111", 1: "482913", 2: "482914"} {
		in := d.walkIn(door.Spare[i], "")
		pin := set.Pins[map[int]int{0: 0, 1: 1, 2: 1}[i]]
		if in.StaffKey, err = checkin.PinKey(digits, pin.Salt, pin.Iterations); err != nil {
			t.Fatal(err)
		}
		r, err := d.s.WalkIn(t.Context(), tablet, in)
		if digits == "482913" && (err != nil || !r.Registered) || digits != "482913" && !fault.Is(err, fault.LeadNeeded) {
			t.Errorf("PIN %s gives %+v, %v", digits, r, err)
		}
	}
	kept, err := d.s.SaveSettings(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, checkin.Settings{Pins: []checkin.Pin{{Label: "Lead", Role: account.Lead}}})
	if err != nil || len(kept.Pins) != 1 || string(kept.Pins[0].Verifier) != string(set.Pins[1].Verifier) {
		t.Errorf("keeping a PIN gives %+v, %v", kept.Pins, err)
	}
}

func TestBadges_OneIsPrintedAtTheFirstAdmissionAndMoreOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.PrintBadges = true })
	g := d.guests(1)[0]
	tablet := d.lead("North")
	station := d.tabletWith(account.DeviceDetails{Name: "Printer", Gate: tablet.Gate, Mode: account.DevicePrintStation, RoleWithoutPin: account.Steward})
	in := d.scan(g)
	d.check(tablet, in)
	d.undo(tablet, in)
	d.Clock.Advance(time.Minute)
	d.check(tablet, d.scan(g))
	d.Clock.Advance(time.Minute)
	d.check(tablet, d.scan(g))
	claim := func() []checkin.PrintJob {
		t.Helper()
		jobs, err := d.s.ClaimJobs(t.Context(), station, 10, false)
		if err != nil {
			t.Fatal(err)
		}
		return jobs
	}
	jobs := claim()
	if len(jobs) != 1 || jobs[0].Ticket != g || jobs[0].Code == "" || jobs[0].Reprint {
		t.Fatalf("claimed are %+v", jobs)
	}
	if again := claim(); len(again) != 0 {
		t.Errorf("a claimed badge is given out again: %+v", again)
	}
	d.Clock.Advance(61 * time.Second)
	if again := claim(); len(again) != 1 {
		t.Error("a claim that was not finished did not lapse")
	}
	if err := d.s.FinishJob(t.Context(), station, jobs[0].ID, false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := d.s.Reprint(t.Context(), tablet, "reprint-000000001", d.list.ID, g, "smudged"); err != nil {
			t.Fatal(err)
		}
	}
	d.Clock.Advance(61 * time.Second)
	if jobs = claim(); len(jobs) != 1 || !jobs[0].Reprint {
		t.Errorf("after asking for one more, claimed are %+v", jobs)
	}
}

func TestBadgesPrinted_AreLeftOutOfTheNextFileAndAtTheDoor(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.PrintBadges = true })
	gs := d.guests(3)
	badges := func(onlyWithout bool) int {
		t.Helper()
		jobs, _, err := d.s.Badges(t.Context(), d.Org.ID, d.event.ID, d.list.ID, onlyWithout, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(jobs)
	}
	tablet := d.tablet("North")
	station := d.tabletWith(account.DeviceDetails{Name: "Printer", Gate: tablet.Gate, Mode: account.DevicePrintStation, RoleWithoutPin: account.Steward})
	d.check(tablet, d.scan(gs[0])) // asks the station for a badge
	d.Clock.Advance(time.Minute)
	if n := badges(true); n != 3 {
		t.Errorf("%d have no badge yet while one waits for the printer", n)
	}
	for range 2 {
		n, err := d.s.BadgesPrinted(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, d.list.ID, append(gs[:2:2], uid.New[uid.Registration]()))
		if err != nil || n != 2 {
			t.Fatalf("%d badges are noted, %v", n, err)
		}
	}
	d.check(tablet, d.scan(gs[1]))
	jobs, err := d.s.ClaimJobs(t.Context(), station, 10, false)
	if err != nil || len(jobs) != 0 {
		t.Errorf("the door prints second badges: %+v, %v", jobs, err)
	}
	if some, all := badges(true), badges(false); some != 1 || all != 3 {
		t.Errorf("%d of %d have no badge yet", some, all)
	}
}

func TestSavePaper_IsWhatBadgesArePrintedOnEverywhere(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.PrintBadges = true })
	tablet := d.tablet("North")
	station := d.tabletWith(account.DeviceDetails{Name: "Printer", Gate: tablet.Gate, Mode: account.DevicePrintStation, RoleWithoutPin: account.Steward})
	card := checkin.Paper{Width: 86, Height: 54}
	if _, err := d.s.SavePaper(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, card); err != nil {
		t.Fatal(err)
	}
	set, err := d.s.SaveSettings(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, checkin.Settings{Kiosk: checkin.Kiosk{Welcome: "Hello"}})
	if err != nil || set.Paper != card || set.Kiosk.Welcome != "Hello" {
		t.Errorf("saving the kiosk's settings leaves %+v, %v", set, err)
	}
	d.check(tablet, d.scan(d.guests(1)[0]))
	jobs, err := d.s.ClaimJobs(t.Context(), station, 10, false)
	door, _ := d.s.DoorSettings(t.Context(), tablet)
	if err != nil || len(jobs) != 1 || jobs[0].Paper != card || door.Paper != card {
		t.Errorf("the station prints %+v on %v, tablets on %v: %v", jobs, card, door.Paper, err)
	}
}

func TestMuster_KnowsWhoIsInsideAndWhoWasFound(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.Mode, l.Exits = checkin.ModeReEntry, true })
	gs := d.guests(3)
	tablet := d.tablet("North")
	for _, g := range gs[:2] {
		d.check(tablet, d.scan(g))
	}
	d.Clock.Advance(time.Minute)
	tick := checkin.Tick{ID: "tick-000000000001", List: d.list.ID, Ticket: gs[0], Safe: true, Clock: checkin.Clock{WallAt: d.Clock.Now(), OffsetKnown: true}}
	for range 2 {
		if err := d.s.RollCall(t.Context(), tablet, []checkin.Tick{tick}); err != nil {
			t.Fatal(err)
		}
	}
	muster, err := d.s.DoorMuster(t.Context(), d.tablet("South"), d.list.ID)
	if err != nil || len(muster) != 2 {
		t.Fatalf("%d are inside, %v", len(muster), err)
	}
	for _, m := range muster {
		if m.Safe != (m.Ticket == gs[0]) {
			t.Errorf("%s is safe: %v", m.Name, m.Safe)
		}
	}
	gone, err := d.s.NoShows(t.Context(), d.Org.ID, d.event.ID, d.list.ID)
	if err != nil || len(gone) != 1 || gone[0].Ticket != gs[2] {
		t.Errorf("missing are %+v, %v", gone, err)
	}
}

func TestFind_NeedsTheOrderCodeAndTheSurname(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	now := d.Clock.Now()
	d.Clock.Advance(-7 * 24 * time.Hour)
	guest := d.Guest()
	guest.Name = "Łukasz Żółć-Nowak"
	p, err := d.Order(d.event, guest)
	if err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(now.Sub(d.Clock.Now()))
	kiosk := d.tabletWith(account.DeviceDetails{Name: "Kiosk", Mode: account.DeviceKiosk, RoleWithoutPin: account.Steward})
	number, ticket, err := d.s.Find(t.Context(), kiosk, p.Code[:4]+"-"+p.Code[4:], "nowak")
	if err != nil || ticket.ID != p.Registrations[0].ID {
		t.Fatalf("the ticket is %+v, %v", ticket, err)
	}
	in := d.scan(uid.Registration{})
	in.Code = number.Short()
	d.want(d.check(kiosk, in), checkin.Admitted)
	_, _, wrongName := d.s.Find(t.Context(), kiosk, p.Code, "Kowalski")
	_, _, wrongCode := d.s.Find(t.Context(), kiosk, "000000000000", "Nowak")
	if !fault.Is(wrongName, fault.NoSuchThing) || wrongName.Error() != wrongCode.Error() {
		t.Errorf("a wrong name gives %v, a wrong code %v", wrongName, wrongCode)
	}
}
