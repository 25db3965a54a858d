package calendar_test

import (
	"testing"
	"time"

	"lanyard/internal/calendar"
)

func TestHash_ChangesWithWhatPeopleSee(t *testing.T) {
	t.Parallel()
	base := calendar.Hash(invitation())
	for name, c := range map[string]struct {
		seen   bool
		change func(*calendar.Invite)
	}{
		"title":           {true, func(i *calendar.Invite) { i.Summary += "!" }},
		"description":     {true, func(i *calendar.Invite) { i.Description = "" }},
		"place":           {true, func(i *calendar.Invite) { i.Location = "Leeds" }},
		"coordinates":     {true, func(i *calendar.Invite) { i.Geo = &calendar.Geo{} }},
		"page":            {true, func(i *calendar.Invite) { i.URL = "" }},
		"join link":       {true, func(i *calendar.Invite) { i.JoinURL += "2" }},
		"start":           {true, func(i *calendar.Invite) { i.Start = i.Start.Add(time.Minute) }},
		"end":             {true, func(i *calendar.Invite) { i.End = i.End.Add(time.Minute) }},
		"zone":            {true, func(i *calendar.Invite) { i.Zone = "Europe/Lisbon" }},
		"all day":         {true, func(i *calendar.Invite) { i.AllDay = true }},
		"method":          {true, func(i *calendar.Invite) { i.Method = calendar.Cancel }},
		"recipient":       {true, func(i *calendar.Invite) { i.Attendee.Email = "x@y.example" }},
		"name":            {true, func(i *calendar.Invite) { i.Attendee.Name = "X" }},
		"version":         {false, func(i *calendar.Invite) { i.Sequence++ }},
		"stamp":           {false, func(i *calendar.Invite) { i.Stamp = i.Stamp.Add(1) }},
		"identity":        {false, func(i *calendar.Invite) { i.UID = "x" }},
		"answer":          {false, func(i *calendar.Invite) { i.PartStat = calendar.Accepted }},
		"explicit status": {false, func(i *calendar.Invite) { i.Status = calendar.Confirmed }},
		"same instant":    {false, func(i *calendar.Invite) { i.Start = i.Start.In(time.FixedZone("", 3600)) }},
		"line ends":       {false, func(i *calendar.Invite) { i.Description += "\r\n" }},
	} {
		i := invitation()
		c.change(&i)
		if changed := calendar.Hash(i) != base; changed != c.seen {
			t.Errorf("%s: changed is %v", name, changed)
		}
	}
}

func TestSupersede_CountsVersionsAndKeepsAnswers(t *testing.T) {
	t.Parallel()
	first := invitation()
	first.PartStat = calendar.Accepted
	at := first.Stamp.Add(time.Hour)

	if same, changed := calendar.Supersede(first, invitation(), at); changed || same.Sequence != 0 || !same.Stamp.Equal(first.Stamp) {
		t.Errorf("a resend made a version: %+v", same)
	}

	renamed := invitation()
	renamed.Summary, renamed.UID, renamed.Organizer.Email = "New title", "other", "other@events.example.org"
	second, changed := calendar.Supersede(first, renamed, at)
	if !changed || second.Sequence != 1 || second.PartStat != calendar.Accepted || second.UID != first.UID || second.Organizer != first.Organizer {
		t.Errorf("a new title: %v %+v", changed, second)
	}

	moved := second
	moved.Start, moved.End = moved.Start.AddDate(0, 0, 1), moved.End.AddDate(0, 0, 1)
	third, changed := calendar.Supersede(second, moved, at)
	if !changed || third.Sequence != 2 || third.PartStat != calendar.NeedsAction {
		t.Errorf("a new time: %v %+v", changed, third)
	}
	if !third.Stamp.After(second.Stamp) {
		t.Errorf("two versions within a second have the stamps %v and %v", second.Stamp, third.Stamp)
	}

	gone := calendar.Withdraw(third, "Sorry.", at)
	if gone.Sequence != 3 || !gone.Stamp.After(third.Stamp) || gone.UID != first.UID {
		t.Errorf("a cancellation: %+v", gone)
	}
	if _, changed := calendar.Supersede(gone, first, at); changed {
		t.Error("something followed a cancellation")
	}
}

// Scenario 17, as far as it concerns values.
func TestNewUID_RegisteringAgainStartsAfresh(t *testing.T) {
	t.Parallel()
	first := invitation()
	first.UID = calendar.NewUID("Events.example.org")
	cancelled := event(t, mustBuild(t, calendar.Withdraw(first, "", first.Stamp)))

	again := invitation()
	again.UID = calendar.NewUID("Events.example.org")
	requested := event(t, mustBuild(t, again))

	if a, b := text(t, cancelled, "UID"), text(t, requested, "UID"); a == b || a != first.UID {
		t.Errorf("identities %s and %s", a, b)
	}
	if got := requested.Props.Get("SEQUENCE").Value; got != "0" {
		t.Errorf("the new invitation starts at version %s", got)
	}
}
