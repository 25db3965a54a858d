package site

import (
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
)

// cardBox is the box with the button: what can be had, or why nothing can.
type cardBox struct {
	Headline  string
	Before    string // the full price, where the present one is lower
	Places    *placesView
	Text      string
	Offers    []offerView
	Choose    bool   // there is a list of tickets on the page
	Elsewhere string // the address at which to register
	Note      string
}

// offerView is one product. HoldPath keeps a place first, FormPath goes straight
// to the form; without either there is nothing to press.
type offerView struct {
	Product, Title, Description string
	Places                      *placesView
	Label                       string
	HoldPath, FormPath          string
	Quantities                  []int // to choose from, when more than one may be had
}

// cardFor decides what the box says.
func cardFor(h happening) cardBox {
	switch {
	case h.State == catalog.StateCancelled:
		return cardBox{Headline: "Cancelled", Text: "It will not take place. Everybody who registered has been told."}
	case h.State == catalog.StatePostponed:
		return cardBox{Headline: "Postponed", Text: "Registration opens again when there is a new date."}
	case h.State == catalog.StateEnded:
		return cardBox{Headline: "This event is over", Text: "See what else is on."}
	case h.RegistrationMode == catalog.External:
		return elsewhere(h)
	case h.form.ClosedMessage != "":
		return cardBox{Headline: "Registration is closed", Text: h.form.ClosedMessage}
	}
	return cardOf(h)
}

func elsewhere(h happening) cardBox {
	if to := webLink(h.Website); to != "" {
		return cardBox{Headline: "Register elsewhere", Text: "The event’s own website takes registrations.", Elsewhere: to}
	}
	return cardBox{Headline: "Ask the organiser", Text: "Registration is not on this site."}
}

// cardOf is the box of an event that takes registrations.
func cardOf(h happening) cardBox {
	offers := onOffer(h.form.Offers)
	if sells(offers) {
		return cardOfSale(h, offers)
	}
	box := cardBox{Headline: "Free", Note: "Takes under a minute. No account needed."}
	switch {
	case len(offers) == 0:
		return cardBox{Headline: "Registration is not open yet", Text: "No places are on offer so far. Please look again later."}
	case all(offers, booking.OfferSoldOut):
		return cardBox{Headline: "Sold out", Text: "Every place is taken. If somebody gives one up, it shows here at once."}
	case all(offers, booking.OfferClosed):
		return cardBox{Headline: "Registration is closed"}
	case !some(offers, booking.OfferAvailable) && some(offers, booking.OfferAllInBaskets):
		return cardBox{Headline: "All places are in baskets", Text: "Look again " + lookAgain(offers, h.now) + ": some may come free."}
	case h.RegistrationMode == catalog.Approval:
		box = cardBox{Headline: "By application", Note: "The organiser decides and writes to you. No account needed."}
	}
	for _, o := range offers {
		box.Offers = append(box.Offers, offerFor(h, o))
	}
	if len(box.Offers) == 1 { // its words belong to the whole event
		only := &box.Offers[0]
		box.Places, only.Places, only.Title = only.Places, nil, ""
	}
	return box
}

// onOffer leaves out what has no places to give, but for donations, which need none.
func onOffer(list []booking.Offer) []booking.Offer {
	var out []booking.Offer
	for _, o := range list {
		if o.State != booking.OfferNotSellable || o.Price.Kind == inventory.Donation {
			out = append(out, o)
		}
	}
	return out
}

func all(offers []booking.Offer, state booking.OfferState) bool {
	for _, o := range offers {
		if o.State != state {
			return false
		}
	}
	return true
}

func some(offers []booking.Offer, state booking.OfferState) bool {
	for _, o := range offers {
		if o.State == state {
			return true
		}
	}
	return false
}

// lookAgain is when the first basket lapses, in words.
func lookAgain(offers []booking.Offer, now time.Time) string {
	var soonest time.Time
	for _, o := range offers {
		if o.State == booking.OfferAllInBaskets && (soonest.IsZero() || o.LookAgainAt.Before(soonest)) {
			soonest = o.LookAgainAt
		}
	}
	if soonest.IsZero() {
		return "in a few minutes"
	}
	return "in " + wait(soonest.Sub(now))
}

// offerFor says what one product offers and where its button leads.
func offerFor(h happening, o booking.Offer) offerView {
	v := offerView{Product: o.Product.String(), Title: o.Title, Description: o.Description, Label: "Keep my place"}
	if h.RegistrationMode == catalog.Approval {
		v.Label = "Apply"
	}
	switch o.State {
	case booking.OfferAvailable:
		v.Places = roomLeft(h, o)
		if o.Limited {
			v.HoldPath = eventPath(h.Listed) + "/hold"
			v.Quantities = upTo(o)
		} else {
			v.FormPath = eventPath(h.Listed) + "/register?product=" + v.Product
		}
	case booking.OfferAllInBaskets:
		v.Places = &placesView{"places--few", "clock", "All in baskets; look again " + lookAgain([]booking.Offer{o}, h.now)}
	case booking.OfferSoldOut:
		v.Places = &placesNone
	default:
		v.Places = &placesClosed
	}
	return v
}

// roomLeft says how much room there is, in a number only when it is small.
func roomLeft(h happening, o booking.Offer) *placesView {
	switch {
	case h.RegistrationMode == catalog.Approval:
		return nil
	case o.FewLeft > 0:
		return &placesView{"places--few", "people", count(o.FewLeft, "place") + " left"}
	}
	return &placesOpen
}

// upTo lists how many places one may take, when that is more than one.
func upTo(o booking.Offer) []int {
	most := o.MaxPerOrder
	if o.FewLeft > 0 {
		most = min(most, o.FewLeft)
	}
	if most < 2 {
		return nil
	}
	out := make([]int, most)
	for i := range out {
		out[i] = i + 1
	}
	return out
}
