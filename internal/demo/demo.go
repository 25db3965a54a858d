// Package demo fills an empty installation with a living sample programme, built
// through the services like everything else. Dates are relative to today, so the
// programme never goes stale. It does nothing where there is an organisation.
package demo

import (
	"context"
	"fmt"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Services are what the programme is built with.
type Services struct {
	DB       *pg.DB
	Accounts *account.Service
	Events   *catalog.Service
	Stock    *inventory.Service
	Bookings *booking.Service
	// Lived says that Live has made the organisation, and the programme is still to
	// come.
	Lived bool
}

// Slug is the sample organisation's address.
const Slug = "midlands-life-sciences"

const zone = "Europe/London"

// Person is somebody who can sign in to the sample.
type Person struct {
	Role  account.Role
	Name  string
	Email string
	ID    uid.Person
}

// People are the team of the sample, one for each role.
func People() []Person {
	return []Person{
		{Role: account.RoleOwner, Name: "Olivia Okafor", Email: "owner@lanyard.example"},
		{Role: account.RoleOrganiser, Name: "Owen Prys", Email: "organiser@lanyard.example"},
		{Role: account.RoleFinance, Name: "Fiona Mac Giolla", Email: "finance@lanyard.example"},
		{Role: account.RoleReviewer, Name: "Ravi Subramaniam", Email: "reviewer@lanyard.example"},
	}
}

// sample returns the sample organisation; found is false before Fill or Live.
func sample(ctx context.Context, s Services) (o account.Organisation, found bool, err error) {
	o, err = s.Accounts.OrganisationBySlug(ctx, Slug)
	if fault.Is(err, fault.NoSuchThing) {
		return o, false, nil
	}
	return o, err == nil, err
}

// builder is one run of Fill or Live.
type builder struct {
	ctx   context.Context
	s     Services
	owner account.Actor
	org   uid.Org
	today time.Time // midnight in zone, as a wall time
	guest int
}

// Fill makes the sample programme and returns its team, with their ids. On a
// second run it only returns the team.
func Fill(ctx context.Context, s Services, now time.Time) ([]Person, error) {
	people, err := team(ctx, s)
	if err != nil {
		return nil, err
	}
	_, found, err := sample(ctx, s)
	if err != nil || found && !s.Lived {
		return people, err
	}
	local, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, s: s, today: dayOf(now, local)}
	for _, step := range []func([]Person) error{
		b.organisation, b.launch, b.tomorrow, b.soldOut, b.past, b.conference, b.showcase, b.challenge, b.draft,
	} {
		if err := step(people); err != nil {
			return nil, fmt.Errorf("sample programme: %w", err)
		}
	}
	return people, nil
}

func team(ctx context.Context, s Services) ([]Person, error) {
	people := People()
	for i, p := range people {
		made, err := s.Accounts.EnsurePerson(ctx, p.Email, p.Name)
		if err != nil {
			return nil, fmt.Errorf("sample person: %w", err)
		}
		people[i].ID = made.ID
	}
	return people, nil
}

// dayOf is midnight of a moment's day, as a wall time.
func dayOf(at time.Time, local *time.Location) time.Time {
	y, m, d := at.In(local).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// organisation makes the organisation and its team, or takes up those that Live
// has made.
func (b *builder) organisation(people []Person) error {
	owner, err := b.s.Accounts.ActorOf(b.ctx, people[0].ID)
	if err != nil {
		return err
	}
	o, found, err := sample(b.ctx, b.s)
	if err != nil || found {
		b.org, b.owner = o.ID, owner
		return err
	}
	o, err = b.s.Accounts.CreateOrganisation(b.ctx, owner, replay.Key{}, account.OrganisationDetails{
		Name: "Midlands Life Sciences", Slug: Slug, Timezone: zone, ContactEmail: "events@lanyard.example",
		About: "A regional association of academic, business and clinical people who turn health innovations into products that patients use.",
	})
	if err != nil {
		return err
	}
	b.org = o.ID
	for _, p := range people[1:] {
		if err := b.s.Accounts.AddMember(b.ctx, account.System, b.org, p.ID, account.Place{Role: p.Role}); err != nil {
			return err
		}
	}
	b.owner, err = b.s.Accounts.ActorOf(b.ctx, people[0].ID)
	return err
}

// at is a wall time so many days from today, or on the Monday after where that is
// a weekend; tomorrow stays tomorrow.
func (b *builder) at(days int, clock string) string {
	day := b.today.AddDate(0, 0, days)
	for days > 1 && (day.Weekday() == time.Saturday || day.Weekday() == time.Sunday) {
		day = day.AddDate(0, 0, 1)
	}
	return day.Format(time.DateOnly) + "T" + clock
}

// hours is a time of day so many days from today.
func (b *builder) hours(days int, from, to string) catalog.When {
	return catalog.When{StartsLocal: b.at(days, from), EndsLocal: b.at(days, to), Timezone: zone}
}

func (b *builder) create(d catalog.Details, when catalog.When, places int) (catalog.Event, error) {
	d.Visibility, d.Languages = catalog.Public, "EN"
	if d.RegistrationMode == "" {
		d.RegistrationMode = catalog.Open
	}
	if d.Mode.HasJoinPage() {
		d.JoinOpensMinutes = 15
	}
	if d.Mode.HasRoom() {
		d.Country = "United Kingdom"
	}
	return b.s.Events.Create(b.ctx, b.owner, replay.Key{}, catalog.CreateInput{Org: b.org, Details: d, When: when, Places: places})
}

func (b *builder) publish(e catalog.Event) error {
	fresh, err := b.s.Events.Get(b.ctx, b.org, e.ID)
	if err != nil {
		return err
	}
	_, err = b.s.Events.Publish(b.ctx, b.owner, replay.Key{}, catalog.Which{Org: b.org, Event: e.ID, Version: fresh.Version})
	return err
}

func (b *builder) ask(e catalog.Event, questions ...booking.DraftQuestion) error {
	_, err := b.s.Bookings.SaveForm(b.ctx, b.owner, replay.Key{}, b.org, e.ID, 0, questions)
	return err
}

// register lets the next n of the sample's guests register for a product.
func (b *builder) register(e catalog.Event, product uid.Product, n int, answer func(booking.EventForm, int) map[uid.Question][]string) ([]uid.Registration, error) {
	form, err := b.s.Bookings.EventForm(b.ctx, b.org, e.ID)
	if err != nil {
		return nil, err
	}
	var placed []uid.Registration
	for i := range n {
		a := guests[b.guest%len(guests)]
		b.guest++
		if answer != nil {
			a.Answers = answer(form, i)
		}
		p, err := b.s.Bookings.PlaceOrder(b.ctx, replay.Key{}, booking.OrderInput{
			Org: b.org, Event: e.ID, Product: product, Attendees: []booking.Attendee{a},
		})
		if err != nil {
			return nil, err
		}
		placed = append(placed, p.Registrations[0].ID)
	}
	return placed, nil
}

func (b *builder) products(e catalog.Event) ([]inventory.Product, error) {
	return b.s.Stock.Products(b.ctx, b.s.DB.Pool(), b.org, e.ID)
}
