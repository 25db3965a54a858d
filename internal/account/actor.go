package account

import (
	"context"
	"slices"

	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// Role is what a member of an organisation's team may do.
type Role string

// The roles, as they stand in table member.
const (
	RoleOwner     Role = "owner"
	RoleOrganiser Role = "organiser"
	RoleFinance   Role = "finance"
	RoleReviewer  Role = "reviewer"
	RoleCheckIn   Role = "check_in"
)

// Roles lists every role, the most powerful first.
var Roles = []Role{RoleOwner, RoleOrganiser, RoleFinance, RoleReviewer, RoleCheckIn}

// Known reports whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Membership is one person's place in one organisation's team.
type Membership struct {
	Org  uid.Org
	Role Role
	// Events are the only events that the role reaches; empty means all.
	Events []uid.Event
}

// Actor is who does something: a person with a sign-in, an attendee with a
// secret link, the program itself, or nobody (the zero Actor). It is a picture
// of the database at the start of the request and is not kept beyond it.
type Actor struct {
	// Person is who is signed in; zero for everybody else.
	Person uid.Person
	// SignIn is the browser the person uses; zero in tests and jobs.
	SignIn uid.SignIn
	// Name and Email are the person's.
	Name, Email string
	// Memberships are the person's teams as they are now.
	Memberships []Membership
	// Device is the tablet that acts; nil for everybody else.
	Device *Device
	// DeviceEnded says that a tablet's token was shown whose access has ended, so
	// that it can be told to wipe its copy. Such an actor is nobody.
	DeviceEnded bool

	other string // the id of an actor who is no person
}

// System is the program itself: periodic work and jobs.
var System = Actor{other: "system"}

// CommandLine is whoever may run commands on the server.
var CommandLine = Actor{other: "command line"}

// AttendeeActor is the holder of one registration's secret link.
func AttendeeActor(id uid.Registration) Actor { return Actor{other: id.String()} }

// PersonActor is a person with the given teams.
func PersonActor(id uid.Person, teams ...Membership) Actor {
	return Actor{Person: id, Memberships: teams}
}

// ID names the actor in the audit log and in request scopes: "per_…" for
// people, "reg_…" for attendees, "dev_…" for tablets, "system", "command line",
// or "" for nobody.
func (a Actor) ID() string {
	switch {
	case !a.Person.IsZero():
		return a.Person.String()
	case a.Device != nil:
		return a.Device.ID.String()
	}
	return a.other
}

// SignedIn reports whether the actor is a person.
func (a Actor) SignedIn() bool { return !a.Person.IsZero() }

// Member returns the actor's place in the team of org; false when there is none.
func (a Actor) Member(org uid.Org) (Membership, bool) {
	for _, m := range a.Memberships {
		if m.Org == org {
			return m, true
		}
	}
	return Membership{}, false
}

// LimitedTo returns the only events of org that the actor's role reaches, and
// true, when the role is limited. Lists filter by it.
func (a Actor) LimitedTo(org uid.Org) ([]uid.Event, bool) {
	m, _ := a.Member(org)
	return m.Events, len(m.Events) > 0
}

// Reaches reports whether the actor's membership of org, if any, is not limited
// to other events than this one. It says nothing about the role.
func (a Actor) Reaches(org uid.Org, event uid.Event) bool {
	only, limited := a.LimitedTo(org)
	return !limited || slices.Contains(only, event)
}

type actorKey struct{}

// WithActor returns a context in which a is the actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the context's actor; the zero Actor means nobody.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Require refuses unless the actor has one of the roles in org: not_found for
// strangers, permission_denied for other members. Pages that are not RPCs call
// it; RPCs are covered by the rules in the contract.
func (a Actor) Require(org uid.Org, roles ...Role) error {
	m, ok := a.Member(org)
	switch {
	case !a.SignedIn():
		return fault.Unauthenticated("Please sign in.")
	case !ok:
		return fault.NotFound("organisation")
	case !slices.Contains(roles, m.Role):
		return fault.Denied("Your role does not allow this.")
	}
	return nil
}
