package export

import (
	"context"
	"slices"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Service makes reports. It is safe for concurrent use.
type Service struct {
	db       *pg.DB
	events   *catalog.Service
	bookings *booking.Service
}

// New returns a service.
func New(db *pg.DB, events *catalog.Service, bookings *booking.Service) *Service {
	return &Service{db: db, events: events, bookings: bookings}
}

// File is a finished report.
type File struct {
	Name  string
	Bytes []byte
}

// pageSize is how many registrations are read at a time.
const pageSize = 1000

// Registrations lists an event's registrations with their answers, one column
// for each question, latest first; state "" means all. That it was taken, and by
// whom, goes into the audit log.
func (s *Service) Registrations(ctx context.Context, actor account.Actor, org uid.Org, event uid.Event, state booking.State) (File, error) {
	e, err := s.events.Get(ctx, org, event)
	if err != nil {
		return File{}, err
	}
	form, err := s.bookings.EventForm(ctx, org, event)
	if err != nil {
		return File{}, err
	}
	zone, err := time.LoadLocation(e.Timezone)
	if err != nil {
		return File{}, err
	}
	out := newSheet()
	head := []string{"Order", "State", "Name", "E-mail address", "Organisation", "Segment", "Product", "Registered (" + e.Timezone + ")", "Note"}
	for _, q := range form.Questions {
		head = append(head, q.Label)
	}
	out.row(head...)
	var after *booking.After
	for {
		page, next, err := s.bookings.List(ctx, booking.ListFilter{Org: org, Event: event, State: state}, after, pageSize)
		if err != nil {
			return File{}, err
		}
		for _, r := range page {
			out.row(registrationRow(r, form.Questions, zone)...)
		}
		if after = next; after == nil {
			break
		}
	}
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "registration.export", Subject: event.String(), After: map[string]any{"state": state},
		})
	})
	return File{Name: e.Slug + "-registrations.csv", Bytes: out.b.Bytes()}, err
}

func registrationRow(r booking.Registration, questions []booking.Question, zone *time.Location) []string {
	a := r.Attendee
	cells := []string{
		r.OrderCode, string(r.State), a.Name, a.Email, a.Organisation, a.Segment, r.ProductTitle,
		r.RegisteredAt.In(zone).Format(time.DateTime), r.Note,
	}
	for _, q := range questions {
		cells = append(cells, strings.Join(inWords(q, a.Answers[q.ID]), "; "))
	}
	return cells
}

// inWords replaces choice ids by what people read.
func inWords(q booking.Question, values []string) []string {
	out := slices.Clone(values)
	for i, v := range values {
		for _, c := range q.Choices {
			if c.ID == v {
				out[i] = c.Label
			}
		}
	}
	return out
}
