package checkin

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// verdicts is the golden table that the tablet's program runs too.
type verdicts struct {
	Defaults json.RawMessage `json:"defaults"`
	Cases    []struct {
		Name  string          `json:"name"`
		Facts json.RawMessage `json:"facts"`
		Want  Verdict         `json:"want"`
	} `json:"cases"`
	Periods []struct {
		Name     string    `json:"name"`
		Mode     Mode      `json:"mode"`
		At       time.Time `json:"at"`
		Timezone string    `json:"timezone"`
		Day      string    `json:"day"`
	} `json:"periods"`
	Days []struct {
		Name     string      `json:"name"`
		Timezone string      `json:"timezone"`
		Now      time.Time   `json:"now"`
		Ticket   []tableSlot `json:"ticket"`
		List     []tableSlot `json:"list"`
		Event    []tableSlot `json:"event"`
		Other    string      `json:"other_day"`
	} `json:"days"`
}

// tableSlot is when a session begins and ends.
type tableSlot [2]time.Time

func slotsOf(of []tableSlot) []Slot {
	var out []Slot
	for _, s := range of {
		out = append(out, Slot{StartsAt: s[0], EndsAt: s[1]})
	}
	return out
}

func readVerdicts(t *testing.T) verdicts {
	t.Helper()
	raw, err := os.ReadFile("testdata/verdicts.json")
	if err != nil {
		t.Fatal(err)
	}
	var v verdicts
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJudge_AnswersAsTheGoldenTableSays(t *testing.T) {
	t.Parallel()
	v := readVerdicts(t)
	seen := map[Outcome]bool{}
	for _, c := range v.Cases {
		t.Run(c.Name, func(t *testing.T) {
			var f Facts
			for _, raw := range []json.RawMessage{v.Defaults, c.Facts} {
				if err := json.Unmarshal(raw, &f); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(c.Want, Judge(f)); d != "" {
				t.Errorf("verdict (-want +got):\n%s", d)
			}
		})
		seen[c.Want.Outcome] = true
	}
	for _, o := range []Outcome{
		Unreadable, BadSignature, WrongEvent, Replaced, Cancelled, Refunded, Blocked, OfflineStopped, NotListed, WrongDay, WrongList, TooEarly,
		TooLate, Unpaid, Unapproved, AlreadyIn, NotInside, QuestionNeeded, Admitted, AdmittedAgain, AdmittedUnconfirmed, Exited,
	} {
		if !seen[o] {
			t.Errorf("no case of the table gives %s", o)
		}
	}
}

func TestPeriod_IsTheDayInTheEventsZone(t *testing.T) {
	t.Parallel()
	for _, p := range readVerdicts(t).Periods {
		t.Run(p.Name, func(t *testing.T) {
			zone, err := time.LoadLocation(p.Timezone)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Mode.Period(p.At, zone); got != p.Day {
				t.Errorf("day is %q, want %q", got, p.Day)
			}
		})
	}
}

func TestOtherDay_IsTheDayOfATicketAtAnotherDaysDoor(t *testing.T) {
	t.Parallel()
	for _, d := range readVerdicts(t).Days {
		t.Run(d.Name, func(t *testing.T) {
			zone, err := time.LoadLocation(d.Timezone)
			if err != nil {
				t.Fatal(err)
			}
			if got := otherDay(d.Now, zone, slotsOf(d.Ticket), slotsOf(d.List), slotsOf(d.Event)); got != d.Other {
				t.Errorf("the other day is %q, want %q", got, d.Other)
			}
		})
	}
}
