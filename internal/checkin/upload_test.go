package checkin_test

import (
	"slices"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/uid"
)

func TestUpload_ALostReplyCountsOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tablet := d.tablet("North")
	var scans []checkin.ScanInput
	for _, g := range d.guests(8) {
		scans = append(scans, d.told(g, checkin.Admitted, time.Minute))
	}
	d.upload(tablet, scans...)
	for _, r := range d.upload(tablet, scans...) {
		d.want(r, checkin.Admitted)
	}
	if c := d.counts(); c.Admitted != 8 || c.Refused != 0 {
		t.Errorf("the numbers are %+v", c)
	}
	if len(d.conflicts()) != 0 {
		t.Errorf("sending again made conflicts: %+v", d.conflicts())
	}
}

// report is what remains to be seen of one ticket after all uploads: who came
// first, and the conflicts.
type report struct {
	first string
	kinds []checkin.Conflict
	scans []int
}

func (d *door) report(g uid.Registration) report {
	d.T.Helper()
	var r report
	lines, err := d.s.Attendance(d.T.Context(), d.Org.ID, d.event.ID, d.list.ID)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, l := range lines {
		if l.Ticket == g {
			r.first = l.Gate
		}
	}
	for _, c := range d.conflicts() {
		if c.Ticket == g {
			r.kinds, r.scans = append(r.kinds, c.Kind), append(r.scans, len(c.Scans))
		}
	}
	return r
}

func TestUpload_TheOrderOfUploadsDoesNotMatter(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(2)
	north, south, east := d.tablet("North"), d.tablet("South"), d.tablet("East")
	scans := func(g uid.Registration) []func() {
		a, b, c := d.told(g, checkin.Admitted, 30*time.Minute), d.told(g, checkin.Admitted, 30*time.Minute-4*time.Second), d.told(g, checkin.Admitted, 5*time.Minute)
		return []func(){func() { d.upload(north, a) }, func() { d.upload(south, b) }, func() { d.upload(east, c) }}
	}
	there, back := scans(gs[0]), scans(gs[1])
	slices.Reverse(back)
	for i := range there {
		there[i]()
		back[i]()
	}
	a, b := d.report(gs[0]), d.report(gs[1])
	want := report{"Gate North", []checkin.Conflict{checkin.Shared, checkin.Race}, []int{2, 2}}
	for _, r := range []report{a, b} {
		slices.Sort(r.kinds)
		slices.Sort(want.kinds)
		if r.first != want.first || !slices.Equal(r.kinds, want.kinds) || !slices.Equal(r.scans, want.scans) {
			t.Errorf("the report is %+v, want %+v", r, want)
		}
	}
	if c := d.counts(); c.Admitted != 2 || c.Inside != 2 {
		t.Errorf("the numbers are %+v", c)
	}
}

func TestUpload_AnEchoIsNoConflict(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	d.upload(d.tablet("North"), d.told(g, checkin.Admitted, time.Minute), d.told(g, checkin.AdmittedAgain, 58*time.Second), d.told(g, checkin.Admitted, 57*time.Second))
	if c := d.conflicts(); len(c) != 0 {
		t.Errorf("reading a ticket twice is reported: %+v", c)
	}
}

func TestUpload_WithdrawnTicketsAreInsideAndReported(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(2)
	before, after := d.told(gs[0], checkin.Admitted, 0), checkin.ScanInput{}
	d.Clock.Advance(time.Minute)
	d.cancel(gs[0])
	d.cancel(gs[1])
	d.Clock.Advance(time.Minute)
	after = d.told(gs[1], checkin.Admitted, 0)
	r := d.upload(d.tablet("North"), before, after)
	d.want(r[0], checkin.Admitted)
	d.want(r[1], checkin.OfflineConflict)
	if r[0].Conflict != checkin.RevokedAfter || r[1].Conflict != checkin.RevokedBefore {
		t.Errorf("the conflicts are %q and %q", r[0].Conflict, r[1].Conflict)
	}
	if c := d.counts(); c.Inside != 2 {
		t.Errorf("%d are inside, want both: a roll-call asks for people", c.Inside)
	}
	var kinds []checkin.Conflict
	for _, c := range d.conflicts() {
		kinds = append(kinds, c.Kind)
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []checkin.Conflict{checkin.RevokedAfter, checkin.RevokedBefore}) {
		t.Errorf("reported are %v", kinds)
	}
}

// A47: a scan log on a tablet was edited to add 500 check-ins.
func TestUpload_InventedTicketsAreNotCountedAndTheTabletIsNamed(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.guests(1)
	tablet := d.tablet("North")
	var scans []checkin.ScanInput
	for i := range 500 {
		in := d.told(uid.New[uid.Registration](), checkin.Admitted, time.Minute)
		if i%2 == 0 {
			in.Ticket, in.Code = uid.Registration{}, "AAAAAAAAAAAAAAAAAAAAAAAAAA"
		}
		scans = append(scans, in)
	}
	for _, r := range d.upload(tablet, scans...) {
		if r.Outcome != checkin.NotListed || r.Conflict != checkin.UnknownTicket {
			t.Fatalf("an invented ticket is answered %s %q", r.Outcome, r.Conflict)
		}
	}
	if c := d.counts(); c.Admitted != 0 || c.Inside != 0 {
		t.Errorf("the numbers are %+v", c)
	}
	if a := d.alarms(); !slices.Equal(a, []account.Alarm{account.AlarmUnknownTickets}) {
		t.Errorf("alarms are %v", a)
	}
	var named int
	err := d.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE action = 'device.alarm' AND subject = $1`, tablet.ID.String()).Scan(&named)
	if err != nil || named != 1 {
		t.Errorf("the audit log names the tablet %d times, %v", named, err)
	}
}

func TestUpload_ClocksAreBoundedAndFlagged(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tablet := d.tablet("North")
	now := d.Clock.Now()
	clockAt := func(wall time.Time, offset time.Duration, known bool) checkin.Clock {
		return checkin.Clock{WallAt: wall, Offset: offset, OffsetKnown: known}
	}
	gs := d.guests(5)
	for i, c := range []struct {
		name     string
		clock    checkin.Clock
		want     time.Time
		doubtful bool
	}{
		{"three hours fast, offset known", clockAt(now.Add(3*time.Hour-time.Minute), -3*time.Hour, true), now.Add(-time.Minute), false},
		{"1970 after a flat battery, offset known", clockAt(time.Unix(100, 0), now.Sub(time.Unix(100, 0))-time.Minute, true), now.Add(-time.Minute), false},
		{"1970 and never synced", clockAt(time.Unix(100, 0), 0, false), d.event.StartsAt.AddDate(0, 0, -1), true},
		{"in the future and never synced", clockAt(now.AddDate(3, 0, 0), 0, false), now, true},
		{"a blink ahead", clockAt(now.Add(time.Second), 0, true), now, false},
	} {
		in := d.told(gs[i], checkin.Admitted, 0)
		in.Clock = c.clock
		r := d.upload(tablet, in)[0]
		if !r.EffectiveAt.Equal(c.want) {
			t.Errorf("%s: it happened at %s, want %s", c.name, r.EffectiveAt, c.want)
		}
		log, _, err := d.s.Scans(t.Context(), checkin.ScanFilter{Org: d.Org.ID, Event: d.event.ID, Ticket: gs[i]}, nil, 1)
		if err != nil || len(log) != 1 || log[0].Doubtful != c.doubtful {
			t.Errorf("%s: the log says %+v, %v", c.name, log, err)
		}
	}
}

func TestUpload_AScanBeforeTheFirstSyncIsDatedByALaterOne(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	gs := d.guests(2)
	now := d.Clock.Now()
	early, late := d.told(gs[0], checkin.Admitted, 0), d.told(gs[1], checkin.Admitted, 0)
	early.Clock = checkin.Clock{WallAt: time.Unix(0, 0), Boot: "b", Monotonic: time.Minute}
	late.Clock = checkin.Clock{WallAt: now, OffsetKnown: true, Boot: "b", Monotonic: 11 * time.Minute}
	r := d.upload(d.tablet("North"), early, late)
	if want := now.Add(-10 * time.Minute); !r[0].EffectiveAt.Equal(want) {
		t.Errorf("the early scan happened at %s, want %s", r[0].EffectiveAt, want)
	}
}

func TestUndo_TakesAnOwnScanBackForTenMinutes(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	north, south, lead := d.tablet("North"), d.tablet("South"), d.lead("Office")
	in := d.scan(g)
	d.want(d.check(north, in), checkin.Admitted)
	d.want(d.undo(south, in), checkin.NotTaken)
	d.want(d.undo(north, in), checkin.Voided)
	d.want(d.undo(north, in), checkin.NotTaken)
	if c := d.counts(); c.Admitted != 0 || c.Inside != 0 {
		t.Errorf("after the undo the numbers are %+v", c)
	}
	d.Clock.Advance(time.Minute)
	second := d.scan(g)
	d.want(d.check(south, second), checkin.Admitted)
	d.Clock.Advance(10*time.Minute + time.Second)
	d.want(d.undo(south, second), checkin.NotTaken)
	d.want(d.undo(lead, second), checkin.Voided)
	log, _, err := d.s.Scans(t.Context(), checkin.ScanFilter{Org: d.Org.ID, Event: d.event.ID, Ticket: g}, nil, 50)
	if err != nil || len(log) != 5 {
		t.Errorf("%d scans are kept, %v; want both entries, both undos and the one that came too late", len(log), err)
	}
}

func TestUndo_LeavesTheOtherGatesEntry(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	north, south := d.tablet("North"), d.tablet("South")
	first, second := d.told(g, checkin.Admitted, 5*time.Minute), d.told(g, checkin.Admitted, 2*time.Minute)
	d.upload(north, first)
	d.want(d.upload(south, second)[0], checkin.OfflineConflict)
	d.want(d.undo(north, first), checkin.Voided)
	if r := d.report(g); r.first != "Gate South" || len(r.kinds) != 0 {
		t.Errorf("the report is %+v", r)
	}
}

func TestUpload_AnUndoTravelsWithItsScan(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	g := d.guests(1)[0]
	in := d.told(g, checkin.Admitted, time.Minute)
	void := d.told(uid.Registration{}, checkin.Voided, 30*time.Second)
	void.Kind, void.Voids, void.Reason = checkin.Void, in.ID, "wrong person"
	r := d.upload(d.tablet("North"), in, void)
	d.want(r[0], checkin.Admitted)
	d.want(r[1], checkin.Voided)
	if c := d.counts(); c.Admitted != 0 {
		t.Errorf("the numbers are %+v", c)
	}
}
