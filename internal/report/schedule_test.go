package report_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/report"
)

func (b *books) schedule(c report.Schedule) report.Schedule {
	b.T.Helper()
	c, err := b.reports.SaveSchedule(b.T.Context(), b.Owner, replay.Key{}, b.Org.ID, c)
	if err != nil {
		b.T.Fatal(err)
	}
	return c
}

func monthly() report.Schedule {
	return report.Schedule{
		Report: report.Events, Format: report.FormatCSV, Every: report.EveryMonth, Day: 3, Recipients: []string{" Books@Example.org ", "books@example.org"},
	}
}

// outbox collects what would be mailed.
type outbox struct {
	sent []report.Mailing
	err  error
}

func (o *outbox) mail(_ context.Context, _ *pg.Tx, m report.Mailing) error {
	if o.err == nil {
		o.sent = append(o.sent, m)
	}
	return o.err
}

// until lets time pass.
func (b *books) until(t time.Time) { b.Clock.Advance(t.Sub(b.Clock.Now())) }

func (b *books) due() {
	b.T.Helper()
	if err := b.reports.MailDue(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
}

func TestSchedule_MailsTheMonthBeforeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var box outbox
	b.reports.Mail = box.mail
	b.sold(b.priced("Summit"), 1)
	c := b.schedule(monthly())
	if want := time.Date(2026, 12, 3, 6, 0, 0, 0, time.UTC); !c.NextAt.Equal(want) {
		t.Fatalf("the first is mailed at %s, want %s", c.NextAt, want)
	}
	b.due()
	b.until(c.NextAt)
	b.due()
	b.due()
	if len(box.sent) != 1 {
		t.Fatalf("%d mails, want 1", len(box.sent))
	}
	m := box.sent[0]
	got := []string{m.Title, m.From.Format(time.DateOnly), m.Last.Format(time.DateOnly), m.FileName}
	if d := cmp.Diff([]string{"Events", "2026-11-01", "2026-11-30", "lanyard-events-2026-11.csv"}, got); d != "" {
		t.Errorf("mail (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"books@example.org"}, m.To); d != "" {
		t.Errorf("recipients (-want +got):\n%s", d)
	}
	_, file, err := b.reports.File(t.Context(), b.Org.ID, m.Export)
	if err != nil || !cmp.Equal(file, m.File) || m.Rows != 1 {
		t.Errorf("the mailed file is not the kept one, %v", err)
	}
	all, err := b.reports.Schedules(t.Context(), b.Org.ID)
	if err != nil || len(all) != 1 || !all[0].NextAt.Equal(time.Date(2027, 1, 3, 6, 0, 0, 0, time.UTC)) || all[0].LastAt.IsZero() {
		t.Errorf("afterwards the schedule is %+v, %v", all, err)
	}
}

func TestSchedule_ThatCannotBeMailedIsTriedAgainAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	box := outbox{err: errors.New("full")}
	b.reports.Mail = box.mail
	c := b.schedule(monthly())
	b.until(c.NextAt)
	if err := b.reports.MailDue(t.Context()); err == nil {
		t.Fatal("a mail that failed went unnoticed")
	}
	if all, _, err := b.reports.Exports(t.Context(), b.Org.ID, nil, 10); err != nil || len(all) != 0 {
		t.Errorf("%d exports remain of a mail that failed, %v", len(all), err)
	}
	box.err = nil
	b.due()
	if len(box.sent) != 1 {
		t.Errorf("%d mails after another try, want 1", len(box.sent))
	}
}

func TestSchedule_OfAWeekFollowsTheClocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := monthly()
	c.Every, c.Day = report.EveryWeek, 1
	c = b.schedule(c) // on a Thursday
	if want := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC); !c.NextAt.Equal(want) {
		t.Errorf("the first is mailed at %s, want Monday %s", c.NextAt, want)
	}
	b.until(time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC)) // the night after, clocks go forward
	c = b.schedule(c)
	if want := time.Date(2027, 3, 29, 5, 0, 0, 0, time.UTC); !c.NextAt.Equal(want) {
		t.Errorf("in summer time the first is mailed at %s, want %s", c.NextAt, want)
	}
	var box outbox
	b.reports.Mail = box.mail
	b.until(c.NextAt.Add(50 * time.Hour)) // nobody looked until Wednesday
	b.due()
	if len(box.sent) != 1 || box.sent[0].From.Format(time.DateOnly) != "2027-03-22" || box.sent[0].Last.Format(time.DateOnly) != "2027-03-28" {
		t.Errorf("mailed %+v, want the week before", box.sent)
	}
}

func TestSchedule_PausedAndDroppedOnesStaySilent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var box outbox
	b.reports.Mail = box.mail
	paused := monthly()
	paused.Paused = true
	b.schedule(paused)
	gone := b.schedule(monthly())
	for range 2 {
		if err := b.reports.DropSchedule(t.Context(), b.Owner, b.Org.ID, gone.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.Clock.Advance(60 * 24 * time.Hour)
	b.due()
	if len(box.sent) != 0 {
		t.Errorf("%d mails, want none", len(box.sent))
	}
}

func TestSchedule_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, change := range map[string]func(*report.Schedule){
		"details.report":        func(c *report.Schedule) { c.Report = "horoscope" },
		"details.format":        func(c *report.Schedule) { c.Format = "pdf" },
		"details.every":         func(c *report.Schedule) { c.Every = "hour" },
		"details.day":           func(c *report.Schedule) { c.Day = 29 },
		"details.recipients":    func(c *report.Schedule) { c.Recipients = nil },
		"details.recipients[0]": func(c *report.Schedule) { c.Recipients[0] = "Books <books@example.org>" },
	} {
		c := monthly()
		change(&c)
		_, err := b.reports.SaveSchedule(t.Context(), b.Owner, replay.Key{}, b.Org.ID, c)
		if f, ok := fault.As(err); !ok || f.Fields[0].Path != path {
			t.Errorf("%v, want a complaint about %s", err, path)
		}
	}
	c := b.schedule(monthly())
	c.Version = 7
	if _, err := b.reports.SaveSchedule(t.Context(), b.Owner, replay.Key{}, b.Org.ID, c); !fault.Is(err, fault.StaleVersion) {
		t.Errorf("a change of an old version gave %v", err)
	}
}
