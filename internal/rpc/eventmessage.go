package rpc

import (
	"context"
	"net/url"

	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	"lanyard/internal/catalog"
	"lanyard/internal/uid"
)

// which reads the event that a request is about.
func which(req interface {
	GetOrgId() string
	GetEventId() string
}, version int64) (catalog.Which, error) {
	var d reader
	w := catalog.Which{Version: version}
	readID(&d, "org_id", req.GetOrgId(), &w.Org)
	readID(&d, "event_id", req.GetEventId(), &w.Event)
	return w, d.err()
}

func readDetails(m *catalogv1.EventDetails) catalog.Details {
	return catalog.Details{
		Title: m.GetTitle(), Slug: m.GetSlug(), Summary: m.GetSummary(), Description: m.GetDescription(),
		Mode: modes.domain(m.GetMode()), Venue: m.GetVenue(), Address: m.GetAddress(), City: m.GetCity(), Country: m.GetCountry(),
		JoinAddress: m.GetJoinAddress(), JoinOpensMinutes: int(m.GetJoinOpensMinutes()),
		Topic: m.GetTopic(), Languages: m.GetLanguages(), Website: m.GetWebsite(),
		CodeOfConductURL: m.GetCodeOfConductUrl(), CallURL: m.GetCallUrl(), CallClosesOn: m.GetCallClosesOn(),
		Visibility: visibilities.domain(m.GetVisibility()), RegistrationMode: registrationModes.domain(m.GetRegistrationMode()),
		RegistrationClosesLocal: m.GetRegistrationClosesLocal(), GoodToKnow: m.GetGoodToKnow(),
	}
}

func detailsMessage(d catalog.Details) *catalogv1.EventDetails {
	return &catalogv1.EventDetails{
		Title: d.Title, Slug: d.Slug, Summary: d.Summary, Description: d.Description,
		Mode: modes.message(d.Mode), Venue: d.Venue, Address: d.Address, City: d.City, Country: d.Country,
		JoinAddress: d.JoinAddress, JoinOpensMinutes: int32(d.JoinOpensMinutes),
		Topic: d.Topic, Languages: d.Languages, Website: d.Website,
		CodeOfConductUrl: d.CodeOfConductURL, CallUrl: d.CallURL, CallClosesOn: d.CallClosesOn,
		Visibility: visibilities.message(d.Visibility), RegistrationMode: registrationModes.message(d.RegistrationMode),
		RegistrationClosesLocal: d.RegistrationClosesLocal, GoodToKnow: d.GoodToKnow,
	}
}

func readSchedule(m *catalogv1.Schedule) catalog.When {
	return catalog.When{
		StartsLocal: m.GetStartsLocal(), EndsLocal: m.GetEndsLocal(), Timezone: m.GetTimezone(), AllDay: m.GetAllDay(),
		StartsSecond: m.GetStartsSecond(), EndsSecond: m.GetEndsSecond(),
	}
}

func scheduleMessage(s catalog.Schedule) *catalogv1.Schedule {
	w := s.When()
	return &catalogv1.Schedule{
		StartsLocal: w.StartsLocal, EndsLocal: w.EndsLocal, Timezone: w.Timezone, AllDay: w.AllDay,
		StartsSecond: w.StartsSecond, EndsSecond: w.EndsSecond,
		StartsAt: timestamp(s.StartsAt), EndsAt: timestamp(s.EndsAt),
	}
}

func readSession(w catalog.Which, m *catalogv1.SessionDetails) catalog.SessionInput {
	return catalog.SessionInput{
		Org: w.Org, Event: w.Event, Version: w.Version,
		Details: catalog.SessionDetails{Title: m.GetTitle(), Place: m.GetPlace(), JoinAddress: m.GetJoinAddress()},
		When:    readSchedule(m.GetSchedule()),
	}
}

func sessionMessages(sessions []catalog.Session) []*catalogv1.Session {
	var out []*catalogv1.Session
	for _, s := range sessions {
		out = append(out, &catalogv1.Session{
			Id: s.ID.String(), Title: s.Title, Schedule: scheduleMessage(s.Schedule), Place: s.Place,
			JoinAddress: s.JoinAddress, Cancelled: !s.Live(), Version: s.Version,
		})
	}
	return out
}

// message returns a function that turns a domain's answer, error included, into
// the contract's event.
func (s *eventService) message(ctx context.Context) func(catalog.Event, error) (*catalogv1.Event, error) {
	return func(e catalog.Event, err error) (*catalogv1.Event, error) {
		if err != nil {
			return nil, err
		}
		out, err := s.messages(ctx, e.Org, e)
		if err != nil {
			return nil, err
		}
		return out[0], nil
	}
}

// messages are events of one organisation with the numbers of those who come.
func (s *eventService) messages(ctx context.Context, org uid.Org, events ...catalog.Event) ([]*catalogv1.Event, error) {
	ids := make([]uid.Event, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	numbers, err := s.bookings.EventNumbers(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*catalogv1.Event, len(events))
	for i, e := range events {
		out[i] = &catalogv1.Event{
			Id: e.ID.String(), OrgId: e.Org.String(), Details: detailsMessage(e.Details), Schedule: scheduleMessage(e.Schedule),
			State: eventStates.message(e.State), Sessions: sessionMessages(e.Sessions), PublicUrl: eventURL(s.base, e),
			StateReason: e.StateReason, ExternalId: e.ExternalID, Version: e.Version,
			Registered: int32(numbers[e.ID].Confirmed), AwaitingApproval: int32(numbers[e.ID].AwaitingApproval),
		}
	}
	return out, nil
}

// eventURL is the event's public page.
func eventURL(base *url.URL, e catalog.Event) string {
	return base.JoinPath("o", e.OrgSlug, e.Slug).String()
}

func listedEvent(e catalog.Listed, base *url.URL) *catalogv1.ProgrammeEvent {
	return &catalogv1.ProgrammeEvent{
		Id: e.ID.String(), OrgSlug: e.OrgSlug, OrgName: e.OrgName, Slug: e.Slug, Title: e.Title, Summary: e.Summary,
		Mode: modes.message(e.Mode), Schedule: scheduleMessage(e.Schedule), State: eventStates.message(e.State),
		Venue: e.Venue, Address: e.Address, City: e.City, Country: e.Country, Topic: e.Topic, Languages: e.Languages,
		Website: e.Website, PublicUrl: eventURL(base, e.Event), PlacesLeft: e.PlacesLeft,
		RegistrationMode: registrationModes.message(e.RegistrationMode),
	}
}

// programmeEvent is one event as everybody may see it.
func programmeEvent(e catalog.PublicEvent, base *url.URL) *catalogv1.ProgrammeEvent {
	m := listedEvent(e.Listed, base)
	m.DescriptionHtml = catalog.DescriptionHTML(e.Description)
	m.Sessions = sessionMessages(e.Sessions)
	return m
}

func importReport(r catalog.ImportReport) *catalogv1.ImportEventsResponse {
	resp := &catalogv1.ImportEventsResponse{
		Created: int32(r.Created), Updated: int32(r.Updated), Unchanged: int32(r.Unchanged), Refused: int32(r.Refused),
		Written: r.Written,
	}
	for _, row := range r.Rows {
		m := &catalogv1.ImportRow{
			Line: int32(row.Line), ExternalId: row.ExternalID, Title: row.Title,
			Outcome: importOutcomes.message(row.Outcome), Changed: row.Changed,
		}
		for _, p := range row.Problems {
			m.Problems = append(m.Problems, &catalogv1.ImportProblem{Column: p.Column, Message: p.Message})
		}
		resp.Rows = append(resp.Rows, m)
	}
	return resp
}

var modes = words[catalog.Mode, catalogv1.EventMode]{
	catalog.Online:   catalogv1.EventMode_EVENT_MODE_ONLINE,
	catalog.InPerson: catalogv1.EventMode_EVENT_MODE_IN_PERSON,
	catalog.Hybrid:   catalogv1.EventMode_EVENT_MODE_HYBRID,
}

var eventStates = words[catalog.State, catalogv1.EventState]{
	catalog.StateDraft:       catalogv1.EventState_EVENT_STATE_DRAFT,
	catalog.StatePublished:   catalogv1.EventState_EVENT_STATE_PUBLISHED,
	catalog.StateSalesClosed: catalogv1.EventState_EVENT_STATE_SALES_CLOSED,
	catalog.StatePostponed:   catalogv1.EventState_EVENT_STATE_POSTPONED,
	catalog.StateCancelled:   catalogv1.EventState_EVENT_STATE_CANCELLED,
	catalog.StateEnded:       catalogv1.EventState_EVENT_STATE_ENDED,
	catalog.StateArchived:    catalogv1.EventState_EVENT_STATE_ARCHIVED,
}

var visibilities = words[catalog.Visibility, catalogv1.Visibility]{
	catalog.Public:   catalogv1.Visibility_VISIBILITY_PUBLIC,
	catalog.Unlisted: catalogv1.Visibility_VISIBILITY_UNLISTED,
}

var registrationModes = words[catalog.RegistrationMode, catalogv1.RegistrationMode]{
	catalog.Open:     catalogv1.RegistrationMode_REGISTRATION_MODE_OPEN,
	catalog.Approval: catalogv1.RegistrationMode_REGISTRATION_MODE_APPROVAL,
	catalog.External: catalogv1.RegistrationMode_REGISTRATION_MODE_EXTERNAL,
}

var importOutcomes = words[catalog.Outcome, catalogv1.ImportOutcome]{
	catalog.RowCreated:   catalogv1.ImportOutcome_IMPORT_OUTCOME_CREATED,
	catalog.RowUpdated:   catalogv1.ImportOutcome_IMPORT_OUTCOME_UPDATED,
	catalog.RowUnchanged: catalogv1.ImportOutcome_IMPORT_OUTCOME_UNCHANGED,
	catalog.RowRefused:   catalogv1.ImportOutcome_IMPORT_OUTCOME_REFUSED,
}
