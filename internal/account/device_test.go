package account_test

import (
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// door is a world with an event and a tablet that waits to be paired.
type door struct {
	*testworld.World
	event testworld.Event
	id    uid.Device
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{World: testworld.New(t)}
	d.event = d.Event()
	id, err := d.Accounts.CreateDevice(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, account.DeviceDetails{
		Name: "Tablet 1", Gate: "North", Lists: []uid.CheckInList{uid.New[uid.CheckInList]()}, Mode: account.DeviceDoor, RoleWithoutPin: account.Steward,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.id = id
	return d
}

func (d *door) code() string {
	d.T.Helper()
	p, err := d.Accounts.RenewPairing(d.T.Context(), d.Owner, d.Org.ID, d.event.ID, d.id)
	if err != nil {
		d.T.Fatal(err)
	}
	return p.Code
}

func (d *door) pair() string {
	d.T.Helper()
	token, _, err := d.Accounts.Pair(d.T.Context(), d.code(), "1")
	if err != nil {
		d.T.Fatal(err)
	}
	return token
}

func (d *door) actor(token string) account.Actor {
	d.T.Helper()
	a, err := d.Accounts.DeviceActor(d.T.Context(), token)
	if err != nil {
		d.T.Fatal(err)
	}
	return a
}

func (d *door) alarms() []account.Alarm {
	d.T.Helper()
	devices, err := d.Accounts.Devices(d.T.Context(), d.Org.ID, d.event.ID)
	if err != nil || len(devices) != 1 {
		d.T.Fatalf("%d tablets, %v", len(devices), err)
	}
	return devices[0].Alarms
}

func (d *door) wantAlarm(want ...account.Alarm) {
	d.T.Helper()
	got := d.alarms()
	if len(got) != len(want) {
		d.T.Fatalf("alarms are %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			d.T.Fatalf("alarms are %v, want %v", got, want)
		}
	}
}

func TestPair_ACodeWorksOnceAndTheOrganiserHearsOfASecondTry(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	code := d.code()
	token, device, err := d.Accounts.Pair(t.Context(), code, "1")
	if err != nil || device.ID != d.id || d.actor(token).Device == nil {
		t.Fatalf("pairing gives %+v, %v", device, err)
	}
	d.wantAlarm()
	_, _, err = d.Accounts.Pair(t.Context(), code, "1")
	wantReason(t, err, fault.PairingCodeInvalid)
	d.wantAlarm(account.AlarmCodeReused)
	if d.actor(token).Device == nil {
		t.Error("the second try put the tablet out of work")
	}
}

func TestPair_ACodeRunsOut(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	code := d.code()
	d.Clock.Advance(account.PairingLife)
	_, _, err := d.Accounts.Pair(t.Context(), code, "1")
	wantReason(t, err, fault.PairingCodeInvalid)
	d.wantAlarm(account.AlarmCodeReused)
}

func TestPair_ANewCodeEndsTheOldOneAndTheOldToken(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token, old := d.pair(), d.code()
	if a := d.actor(token); a.Device != nil || !a.DeviceEnded {
		t.Errorf("the old token gives %+v", a)
	}
	d.code()
	_, _, err := d.Accounts.Pair(t.Context(), old, "1")
	wantReason(t, err, fault.PairingCodeInvalid)
}

func TestDeviceActor_EndsADayAfterTheEventAndFollowsIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := d.pair()
	end := d.event.EndsAt.Add(account.DeviceAfterEvent)
	d.Clock.Advance(end.Sub(d.Clock.Now()) - time.Second)
	if d.actor(token).Device == nil {
		t.Fatal("the tablet ended early")
	}
	d.Clock.Advance(time.Second)
	if a := d.actor(token); a.Device != nil || !a.DeviceEnded {
		t.Errorf("a day after the event the token gives %+v", a)
	}
}

func TestDeviceActor_RevokedTabletsAreToldAndTheOrganiserToo(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := d.pair()
	if _, err := d.Accounts.RevokeDevice(t.Context(), d.Owner, replay.Key{}, d.Org.ID, d.event.ID, d.id); err != nil {
		t.Fatal(err)
	}
	if a := d.actor(token); a.Device != nil || !a.DeviceEnded || a.ID() != "" {
		t.Errorf("the token gives %+v", a)
	}
	d.wantAlarm(account.AlarmUsedAfterEnd)
	for _, none := range []string{"", "x", account.NewSecret()} {
		if a := d.actor(none); a.Device != nil || a.DeviceEnded {
			t.Errorf("a token that was never made gives %+v", a)
		}
	}
}

func TestRotateToken_TheOldTokenWorksForAnHourMore(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	first := d.pair()
	second, _, err := d.Accounts.RotateToken(t.Context(), d.actor(first).Device)
	if err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(48 * time.Hour)
	if d.actor(first).Device == nil {
		t.Fatal("the old token ended before the new one was used: a lost answer would put the tablet out of work")
	}
	if d.actor(second).Device == nil {
		t.Fatal("the new token does not work")
	}
	d.Clock.Advance(account.DeviceTokenOverlap - time.Second)
	if d.actor(first).Device == nil {
		t.Fatal("the old token ended within the hour")
	}
	d.wantAlarm()
	d.Clock.Advance(time.Second)
	if a := d.actor(first); a.Device != nil || !a.DeviceEnded {
		t.Errorf("after the hour the old token gives %+v", a)
	}
	d.wantAlarm(account.AlarmTokenReused)
	if d.actor(second).Device == nil {
		t.Error("the alarm put the new token out of work")
	}
}

func TestRotateToken_ALostAnswerIsForgotten(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	first := d.pair()
	lost, _, err := d.Accounts.RotateToken(t.Context(), d.actor(first).Device)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := d.Accounts.RotateToken(t.Context(), d.actor(first).Device)
	if err != nil || d.actor(second).Device == nil {
		t.Fatalf("the repeat fails: %v", err)
	}
	if d.actor(lost).Device != nil {
		t.Error("a token that nobody received works")
	}
	_, _, err = d.Accounts.RotateToken(t.Context(), d.actor(first).Device)
	wantReason(t, err, fault.WrongState)
	d.wantAlarm(account.AlarmTokenReused)
}

func TestAudit_NamesTheTabletThatActed(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.pair()
	entries, _, err := d.Accounts.Audit(t.Context(), account.AuditQuery{Org: d.Org.ID, Limit: 1})
	if err != nil || len(entries) != 1 || entries[0].Action != "device.pair" || entries[0].ActorName != "Tablet 1" {
		t.Fatalf("the log says %+v, %v", entries, err)
	}
}
