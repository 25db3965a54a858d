package site

import (
	"strings"
	"time"

	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

// cardView is an event as a row of the programme.
type cardView struct {
	Path, Title, Summary string
	Tile                 tile
	Time                 string
	Place, PlaceIcon     string
	Topic, Organisation  string
	Past, Cancelled      bool
	Badge                *badgeView
	Places               placesView
	Price                string // of what can be had; empty when nothing can
}

type badgeView struct{ Class, Text string }

// placesView says whether there is room, in words, with a colour when it matters.
type placesView struct{ Class, Icon, Text string }

// The things to say about room.
var (
	placesOpen      = placesView{"places--open", "good", "Places left"}
	placesNone      = placesView{"places--none", "", "None left"}
	placesCancelled = placesView{"places--none", "", "Cancelled"}
	placesOver      = placesView{"places--none", "", "Over"}
	placesClosed    = placesView{"places--none", "", "Registration closed"}
	placesElsewhere = placesView{"", "link", "Own website"}
	placesApply     = placesView{"", "edit", "By application"}
)

// applySoon is how long before the end of an application period it is pointed out.
const applySoon = 14 * 24 * time.Hour

// eventCard is an event's row, with the organisation's name where several are listed.
func eventCard(e catalog.Listed, prices map[uid.Event]inventory.PriceSpan, withOrg bool, now time.Time) cardView {
	w := sayWhen(e.Schedule)
	c := cardView{
		Path: eventPath(e), Title: e.Title, Summary: e.Summary, Tile: dateTile(e.Schedule), Time: w.TimeInZone(),
		Place: placeWords(e), PlaceIcon: modeIcon(e.Mode), Topic: topicWord(e.Topic),
		Past: e.State == catalog.StateEnded, Cancelled: e.State == catalog.StateCancelled, Places: roomWords(e, now),
	}
	if withOrg {
		c.Organisation = e.OrgName
	}
	if span, ok := prices[e.ID]; ok {
		c.Price = spanWords(span)
	}
	switch left := e.RegistrationClosesAt.Sub(now); {
	case c.Cancelled:
		c.Past = true
		c.Badge = &badgeView{"badge--state badge--bad", "Cancelled"}
	case c.Places == placesApply && left < applySoon:
		c.Badge = &badgeView{"badge--warm", "Applications close " + soon(left)}
	}
	return c
}

// soon is how long until something, in whole days as people count them.
func soon(left time.Duration) string {
	switch days := int(left.Hours() / 24); {
	case left < time.Hour:
		return "within the hour"
	case days < 1:
		return "in " + count(int(left.Hours()), "hour")
	default:
		return "in " + count(days, "day")
	}
}

// spanWords says what tickets cost, on one short line.
func spanWords(p inventory.PriceSpan) string {
	switch least := p.Least.Format(); {
	case p.Open && p.Least.IsZero():
		return "Pay what you want"
	case p.Most.IsZero():
		return "Free"
	case p.Least.IsZero():
		return "Free and paid"
	case p.Open || p.Least != p.Most:
		return "From " + least
	default:
		return least
	}
}

// priced lists the events that show a price: those in which one can take part.
func priced(list []catalog.Listed, now time.Time) []inventory.EventOf {
	var out []inventory.EventOf
	for _, e := range list {
		if room := roomWords(e, now); room == placesOpen || room == placesApply {
			out = append(out, inventory.EventOf{Org: e.Org, Event: e.ID})
		}
	}
	return out
}

// roomWords says whether one can still take part.
func roomWords(e catalog.Listed, now time.Time) placesView {
	switch {
	case e.State == catalog.StateCancelled:
		return placesCancelled
	case e.State == catalog.StateEnded:
		return placesOver
	case e.RegistrationMode == catalog.External:
		return placesElsewhere
	case e.State != catalog.StatePublished || !now.Before(e.RegistrationClosesAt):
		return placesClosed
	case e.RegistrationMode == catalog.Approval:
		return placesApply
	case e.PlacesLeft:
		return placesOpen
	}
	return placesNone
}

// eventPath is the path of an event's page.
func eventPath(e catalog.Listed) string { return "/o/" + e.OrgSlug + "/" + e.Slug }

// placeWords says where, on one line.
func placeWords(e catalog.Listed) string {
	town := joinWords(", ", e.City, e.Country)
	if town == "" {
		town = joinWords(", ", e.Venue, e.Address)
	}
	switch {
	case e.Mode == catalog.Online:
		return "Online"
	case e.Mode == catalog.Hybrid && town == "":
		return "On site and online"
	case e.Mode == catalog.Hybrid:
		return town + ", and online"
	case town == "":
		return "Place to be announced"
	}
	return town
}

// joinWords joins what is not empty.
func joinWords(sep string, words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, sep)
}
