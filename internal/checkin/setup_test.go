package checkin_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// door is a world on the evening of an event, with one list and tablets.
type door struct {
	*testworld.World
	event testworld.Event
	s     *checkin.Service
	list  checkin.List
	scans atomic.Int64
}

// once is a list that lets every ticket in once.
func once(change ...func(*checkin.ListDetails)) checkin.ListDetails {
	l := checkin.ListDetails{Title: "Main entrance", Mode: checkin.ModeOnce, Offline: checkin.PolicySignedOrListed}
	for _, c := range change {
		c(&l)
	}
	return l
}

func newDoor(t testing.TB, change ...func(*checkin.ListDetails)) *door {
	t.Helper()
	d := &door{World: testworld.New(t)}
	d.event = d.Event()
	d.Clock.Advance(d.event.StartsAt.Sub(d.Clock.Now()))
	d.s = checkin.New(d.DB, checkin.Deps{
		Accounts: d.Accounts, Events: d.Events, Bookings: d.Bookings, Secret: [32]byte{9}, Clock: d.Clock.Now,
	})
	t.Cleanup(d.s.Close)
	d.list = d.newList(once(change...))
	return d
}

func (d *door) newList(in checkin.ListDetails) checkin.List {
	d.T.Helper()
	l, err := d.s.CreateList(d.T.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, in)
	if err != nil {
		d.T.Fatal(err)
	}
	return l
}

// guests registers n people before the evening.
func (d *door) guests(n int) []uid.Registration {
	d.T.Helper()
	now := d.Clock.Now()
	d.Clock.Advance(testworld.Noon.Sub(now))
	defer func() { d.Clock.Advance(now.Sub(testworld.Noon)) }()
	out := make([]uid.Registration, n)
	for i := range out {
		out[i] = d.Registered(d.event).ID
	}
	return out
}

// tablet pairs a tablet for the given lists, or for the door's list.
func (d *door) tablet(name string, lists ...uid.CheckInList) *account.Device {
	d.T.Helper()
	return d.tabletWith(account.DeviceDetails{Name: name, Gate: "Gate " + name, Lists: lists, Mode: account.DeviceDoor, RoleWithoutPin: account.Steward})
}

func (d *door) tabletWith(in account.DeviceDetails) *account.Device {
	d.T.Helper()
	if len(in.Lists) == 0 {
		in.Lists = []uid.CheckInList{d.list.ID}
	}
	p, err := d.s.CreateDevice(d.T.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, in)
	if err != nil {
		d.T.Fatal(err)
	}
	token, _, err := d.Accounts.Pair(d.T.Context(), p.Code, "1")
	if err != nil {
		d.T.Fatal(err)
	}
	a, err := d.Accounts.DeviceActor(d.T.Context(), token)
	if err != nil || a.Device == nil {
		d.T.Fatalf("the tablet's token gives %+v, %v", a, err)
	}
	return a.Device
}

// lead is a tablet on which everything may be done without a PIN.
func (d *door) lead(name string) *account.Device {
	d.T.Helper()
	return d.tabletWith(account.DeviceDetails{Name: name, Gate: "Gate " + name, Mode: account.DeviceDoor, RoleWithoutPin: account.Lead})
}

// scan is a fresh entry of a ticket on the door's list, now.
func (d *door) scan(id uid.Registration) checkin.ScanInput {
	n := d.scans.Add(1)
	return checkin.ScanInput{
		ID: fmt.Sprintf("scan-%016d", n), Kind: checkin.Entry, List: d.list.ID, Ticket: id, Sequence: n,
		Clock: checkin.Clock{WallAt: d.Clock.Now(), OffsetKnown: true},
	}
}

// told is a scan that the tablet has answered without network, some time ago.
func (d *door) told(id uid.Registration, what checkin.Outcome, ago time.Duration) checkin.ScanInput {
	in := d.scan(id)
	in.Told, in.Basis, in.Clock.WallAt = what, checkin.BasisLocal, d.Clock.Now().Add(-ago)
	return in
}

func (d *door) check(tablet *account.Device, in checkin.ScanInput) checkin.Result {
	d.T.Helper()
	r, err := d.s.Check(d.T.Context(), tablet, in)
	if err != nil {
		d.T.Fatal(err)
	}
	return r
}

func (d *door) upload(tablet *account.Device, in ...checkin.ScanInput) []checkin.Result {
	d.T.Helper()
	r, err := d.s.Upload(d.T.Context(), tablet, in)
	if err != nil {
		d.T.Fatal(err)
	}
	return r
}

func (d *door) undo(tablet *account.Device, of checkin.ScanInput) checkin.Result {
	d.T.Helper()
	in := d.scan(uid.Registration{})
	in.Kind, in.Voids, in.Reason = checkin.Void, of.ID, "by mistake"
	r, err := d.s.Undo(d.T.Context(), tablet, in)
	if err != nil {
		d.T.Fatal(err)
	}
	return r
}

func (d *door) want(r checkin.Result, outcome checkin.Outcome) {
	d.T.Helper()
	if r.Outcome != outcome {
		d.T.Errorf("outcome is %s %s (conflict %q), want %s", r.Outcome, r.Message, r.Conflict, outcome)
	}
}

// counts are the numbers of the door's list.
func (d *door) counts() checkin.ListCounts {
	d.T.Helper()
	all, err := d.s.Counts(d.T.Context(), d.Org.ID, d.event.ID)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, c := range all {
		if c.List == d.list.ID {
			return c
		}
	}
	d.T.Fatal("the list has no numbers")
	return checkin.ListCounts{}
}

func (d *door) conflicts() []checkin.Contradiction {
	d.T.Helper()
	c, err := d.s.Conflicts(d.T.Context(), d.Org.ID, d.event.ID, uid.CheckInList{})
	if err != nil {
		d.T.Fatal(err)
	}
	return c
}

// alarms are those of all tablets.
func (d *door) alarms() []account.Alarm {
	d.T.Helper()
	devices, err := d.Accounts.Devices(d.T.Context(), d.Org.ID, d.event.ID)
	if err != nil {
		d.T.Fatal(err)
	}
	var out []account.Alarm
	for _, x := range devices {
		out = append(out, x.Alarms...)
	}
	return out
}

// cancel takes a guest's place back.
func (d *door) cancel(id uid.Registration) {
	d.T.Helper()
	_, err := d.Bookings.Cancel(d.T.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, id, "")
	if err != nil {
		d.T.Fatal(err)
	}
}
