package site

import (
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
)

// The parts of schema.org's Event that search engines read.
type (
	ldEvent struct {
		Context     string    `json:"@context"`
		Type        string    `json:"@type"`
		Name        string    `json:"name"`
		Description string    `json:"description"`
		URL         string    `json:"url"`
		Image       []string  `json:"image"`
		StartDate   string    `json:"startDate"`
		EndDate     string    `json:"endDate"`
		Status      string    `json:"eventStatus"`
		Attendance  string    `json:"eventAttendanceMode"`
		Location    []any     `json:"location"`
		Organizer   ldOrg     `json:"organizer"`
		Languages   []string  `json:"inLanguage,omitempty"`
		Free        *bool     `json:"isAccessibleForFree,omitempty"`
		Offers      []ldOffer `json:"offers,omitempty"`
	}
	ldOrg struct {
		Type string `json:"@type"`
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	ldPlace struct {
		Type    string    `json:"@type"`
		Name    string    `json:"name"`
		Address ldAddress `json:"address"`
	}
	ldAddress struct {
		Type    string `json:"@type"`
		Street  string `json:"streetAddress,omitempty"`
		City    string `json:"addressLocality,omitempty"`
		Country string `json:"addressCountry,omitempty"`
	}
	ldVirtual struct {
		Type string `json:"@type"`
		URL  string `json:"url"`
	}
	ldOffer struct {
		Type         string `json:"@type"`
		Name         string `json:"name"`
		Price        string `json:"price"`
		Currency     string `json:"priceCurrency"`
		Availability string `json:"availability"`
		URL          string `json:"url"`
		ValidFrom    string `json:"validFrom,omitempty"`
		ValidThrough string `json:"validThrough,omitempty"`
	}
)

const schemaOrg = "https://schema.org/"

// structured is the event as schema.org data. Where it takes place online is the
// event's page: the address of the meeting is for those who registered.
func (s *Site) structured(h happening, description string) ldEvent {
	address := s.absolute(eventPath(h.Listed))
	w := sayWhen(h.Schedule)
	e := ldEvent{
		Context: "https://schema.org", Type: "Event", Name: h.Title, Description: description, URL: address,
		Image: []string{s.absolute(shareImagePath(h.PublicEvent))}, StartDate: w.Start, EndDate: w.End,
		Status: schemaOrg + "EventScheduled", Languages: languageCodes(h.Languages),
		Organizer: ldOrg{Type: "Organization", Name: h.OrgName, URL: s.absolute("/o/" + h.OrgSlug)},
	}
	switch h.State {
	case catalog.StateCancelled:
		e.Status = schemaOrg + "EventCancelled"
	case catalog.StatePostponed:
		e.Status = schemaOrg + "EventPostponed"
	}
	switch h.Mode {
	case catalog.Online:
		e.Attendance = schemaOrg + "OnlineEventAttendanceMode"
	case catalog.InPerson:
		e.Attendance = schemaOrg + "OfflineEventAttendanceMode"
	case catalog.Hybrid:
		e.Attendance = schemaOrg + "MixedEventAttendanceMode"
	}
	if h.Mode.HasRoom() {
		name := h.Venue
		if name == "" {
			name = joinWords(", ", h.City, h.Country)
		}
		e.Location = append(e.Location, ldPlace{"Place", name, ldAddress{"PostalAddress", h.Address, h.City, h.Country}})
	}
	if h.Mode.HasJoinPage() {
		e.Location = append(e.Location, ldVirtual{"VirtualLocation", address})
	}
	if len(h.form.Offers) > 0 {
		free := !sells(h.form.Offers)
		e.Free = &free
		e.Offers = s.structuredOffers(h)
	}
	return e
}

func (s *Site) structuredOffers(h happening) []ldOffer {
	var out []ldOffer
	for _, o := range onOffer(h.form.Offers) {
		if o.Price.Hidden || o.Price.Kind == inventory.Donation {
			continue
		}
		ld := ldOffer{
			Type: "Offer", Name: o.Title, Price: "0", Currency: "GBP", URL: s.absolute(eventPath(h.Listed)),
			Availability: schemaOrg + availability(o), ValidThrough: h.RegistrationClosesAt.Format(rfc3339),
		}
		if p := o.Price.Price; p.Currency != "" {
			ld.Price, ld.Currency = p.Decimal(), string(p.Currency)
		}
		if h.PublishedAt != nil {
			ld.ValidFrom = h.PublishedAt.Format(rfc3339)
		}
		out = append(out, ld)
	}
	return out
}

// rfc3339 with whole seconds, in UTC.
const rfc3339 = "2006-01-02T15:04:05Z"

func availability(o booking.Offer) string {
	switch {
	case o.State == booking.OfferAvailable && o.FewLeft > 0:
		return "LimitedAvailability"
	case o.State == booking.OfferAvailable:
		return "InStock"
	}
	return "SoldOut"
}
