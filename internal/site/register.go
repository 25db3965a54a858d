package site

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func (s *Site) registerRoutes(m *router) {
	m.page("GET /o/{org}/{event}/register", s.registerPage)
	m.page("POST /o/{org}/{event}/register", s.registerPost)
	m.page("POST /o/{org}/{event}/hold", s.holdPost)
	m.page("GET /h/{secret}", s.heldPage)
	m.page("POST /h/{secret}", s.heldPost)
	m.page("POST /h/{secret}/release", s.releasePost)
}

// visit is one request to a registration form: what it is for, and what was sent.
type visit struct {
	happening
	offer  booking.Offer // the chosen one
	hold   booking.Hold  // its Secret is empty without a basket
	path   string        // where the form is sent to
	values url.Values
	places int // how many attendees the form has room for
}

// registerPage shows the form, or what there is to choose from, or why there is
// nothing to be had.
func (s *Site) registerPage(w http.ResponseWriter, r *http.Request) error {
	v, done, err := s.openVisit(w, r, r.URL.Query().Get("product"))
	if done || err != nil {
		return err
	}
	v.values = url.Values{"request_id": {newRequestID()}, "began": {strconv.FormatInt(s.Clock().Unix(), 10)}}
	return s.renderForm(w, r, http.StatusOK, v, nil, nil)
}

// registerPost takes the form, places the order and leads to the confirmation.
func (s *Site) registerPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v, done, err := s.openVisit(w, r, r.PostForm.Get("product_id"))
	if done || err != nil {
		return err
	}
	v.values = r.PostForm
	return s.submit(w, r, v)
}

// openVisit reads the event and finds the product. done means that a page or a
// redirect has been written in its place.
func (s *Site) openVisit(w http.ResponseWriter, r *http.Request, product string) (v visit, done bool, err error) {
	private(w)
	h, err := s.readEvent(r.Context(), r.PathValue("org"), r.PathValue("event"))
	if err != nil {
		return v, false, err
	}
	v = visit{happening: h, path: eventPath(h.Listed) + "/register"}
	if h.Former {
		redirect(w, r, eventPath(h.Listed)+"/register")
		return v, true, nil
	}
	offers, card := onOffer(h.form.Offers), cardFor(h)
	if sells(offers) {
		redirect(w, r, eventPath(h.Listed)+"/basket")
		return v, true, nil
	}
	for _, o := range offers {
		chosen := o.Product.String() == product || len(offers) == 1 && product == ""
		// A form that was filled in goes on to booking whatever the state, so that
		// its content comes back with the answer.
		if chosen && (r.Method == http.MethodPost || o.State == booking.OfferAvailable) {
			v.offer, v.places = o, o.MaxPerOrder
			return v, false, nil
		}
	}
	if len(card.Offers) > 0 {
		return v, true, s.renderChoice(w, r, h, card)
	}
	status := http.StatusOK
	if r.Method == http.MethodPost {
		status = http.StatusConflict
	}
	return v, true, s.renderClosed(w, r, status, h, card.Headline, card.Text)
}

// holdPost keeps places while a form is filled in.
func (s *Site) holdPost(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := readForm(r); err != nil {
		return err
	}
	if err := s.slowDown(r, limit.Order); err != nil {
		return err
	}
	h, err := s.readEvent(r.Context(), r.PathValue("org"), r.PathValue("event"))
	if err != nil {
		return err
	}
	if sells(onOffer(h.form.Offers)) {
		redirect(w, r, eventPath(h.Listed)+"/basket")
		return nil
	}
	var product uid.Product
	if product.UnmarshalText([]byte(r.PostForm.Get("product"))) != nil {
		return fault.NotFound("product")
	}
	quantity, err := strconv.Atoi(orOne(r.PostForm.Get("quantity")))
	if err != nil {
		return fault.InvalidField("quantity", "number", "The number of places is not a number")
	}
	hold, err := s.holdOnce(r, booking.HoldInput{Org: h.Org, Event: h.ID, Product: product, Quantity: quantity})
	if f, ok := fault.As(err); ok && f.Kind == fault.KindPrecondition {
		title, text := refusedPlaces(f)
		return s.renderClosed(w, r, http.StatusConflict, h, title, text)
	}
	if err != nil {
		return err
	}
	redirect(w, r, "/h/"+hold.Secret)
	return nil
}

// holdOnce keeps places, the same for a button that was pressed twice. The event's
// page is the same for everybody, so its script makes up the request's id; without
// a script each press counts. When the basket of an earlier press is over, the press
// means a new one.
func (s *Site) holdOnce(r *http.Request, in booking.HoldInput) (booking.Hold, error) {
	id := cut(r.PostForm.Get("request_id"), 64)
	if id == "" {
		return s.Booking.Hold(r.Context(), replay.Key{}, in)
	}
	what := strings.Join([]string{"hold", id, in.Event.String(), in.Product.String(), strconv.Itoa(in.Quantity)}, " ")
	hold, err := s.Booking.Hold(r.Context(), replay.Key{Scope: "page", RequestID: what, Hash: sha256.Sum256([]byte(what))}, in)
	if err != nil {
		return hold, err
	}
	if _, err := s.Booking.OpenHold(r.Context(), hold.Secret); fault.Is(err, fault.HoldExpired) || fault.Is(err, fault.WrongState) {
		return s.Booking.Hold(r.Context(), replay.Key{}, in)
	}
	return hold, nil
}

// heldPage continues a basket, on this device or another.
func (s *Site) heldPage(w http.ResponseWriter, r *http.Request) error {
	v, done, err := s.openHeld(w, r)
	if done || err != nil {
		return err
	}
	v.values = url.Values{"request_id": {newRequestID()}, "began": {strconv.FormatInt(s.Clock().Unix(), 10)}}
	for i := range v.hold.Quantity {
		v.values.Set(attendeePath(i)+".present", "1")
	}
	return s.renderForm(w, r, http.StatusOK, v, nil, nil)
}

func (s *Site) heldPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	v, done, err := s.openHeld(w, r)
	if done || err != nil {
		return err
	}
	v.values = r.PostForm
	return s.submit(w, r, v)
}

// openHeld reads the basket with its event. A form that is sent after the basket
// lapsed still goes to booking, which gives the places back to it if they are
// still there.
func (s *Site) openHeld(w http.ResponseWriter, r *http.Request) (v visit, done bool, err error) {
	private(w)
	hold, err := s.Booking.OpenHold(r.Context(), r.PathValue("secret"))
	lapsed := fault.Is(err, fault.HoldExpired)
	if err != nil && !lapsed {
		return v, false, err
	}
	h, err := s.eventByID(r.Context(), hold.Org, hold.Event)
	if err != nil {
		return v, false, err
	}
	if lapsed && r.Method == http.MethodGet {
		return v, true, s.renderClosed(w, r, http.StatusGone, h, "Your places are no longer kept",
			"We kept them for you until a moment ago, and then let others have them. There may still be some: please start again.")
	}
	v = visit{happening: h, hold: hold, path: "/h/" + hold.Secret, places: hold.Quantity}
	for _, o := range h.form.Offers {
		if o.Product == hold.Product {
			v.offer = o
			return v, false, nil
		}
	}
	return v, true, s.renderClosed(w, r, http.StatusConflict, h, "Registration is closed", h.form.ClosedMessage)
}

// releasePost gives a basket's places back at once and returns to the event.
func (s *Site) releasePost(w http.ResponseWriter, r *http.Request) error {
	private(w)
	hold, err := s.Booking.OpenHold(r.Context(), r.PathValue("secret"))
	if err != nil && !fault.Is(err, fault.HoldExpired) {
		return err
	}
	if err := s.Booking.ReleaseHold(r.Context(), hold.Secret); err != nil {
		return err
	}
	h, err := s.eventByID(r.Context(), hold.Org, hold.Event)
	if err != nil {
		return err
	}
	redirect(w, r, eventPath(h.Listed))
	return nil
}

// eventByID reads an event that somebody has to do with already.
func (s *Site) eventByID(ctx context.Context, org uid.Org, id uid.Event) (happening, error) {
	var e catalog.PublicEvent
	err := s.DB.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		e, err = s.Catalog.PublicEventByIDTx(ctx, tx, org, id)
		return err
	})
	if err != nil {
		return happening{}, err
	}
	h := happening{PublicEvent: e, now: s.Clock()}
	if h.organiser, err = s.Account.Organisation(ctx, org); err != nil {
		return h, err
	}
	h.form, err = s.Booking.RegistrationForm(ctx, org, id)
	return h, err
}

// refusedPlaces says in words why no places can be had.
func refusedPlaces(f *fault.Error) (title, text string) {
	switch f.Reason {
	case fault.SoldOut:
		return "Sold out", "The last place has just gone. If somebody gives one up, it shows on the event’s page at once."
	case fault.AllInBaskets:
		text = "The last places are in other people’s baskets. Some may come free in a few minutes."
		if f.RetryAfter > 0 {
			text = "The last places are in other people’s baskets. Look again in " + wait(f.RetryAfter) + ": some may come free."
		}
		return "All places are in baskets", text
	case fault.SalesClosed:
		return "Registration is closed", f.Message
	}
	return "That cannot be had at the moment", f.Message
}

// readForm reads a posted form within the size limit.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return fault.Invalid(fault.Field{Path: "form", Rule: "form.size", Message: "is larger than we take"})
	}
	if err != nil {
		return fault.InvalidField("form", "form.encoding", "cannot be read").Because(err)
	}
	return nil
}

// private keeps a page out of caches and search engines; its address is a secret
// or its content somebody's own.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
}

// slowDown spends from the budgets of whoever sent the request.
func (s *Site) slowDown(r *http.Request, class limit.Class) error {
	client := s.Limiter.Client(r)
	if class == limit.Order {
		if wait, ok := s.Limiter.Allow(limit.OrderAddress, limit.Address(client)); !ok {
			return fault.TooMany(fault.RateLimited, wait, "That was very often in a short time. Please wait a moment.")
		}
	}
	if wait, ok := s.Limiter.Allow(class, limit.Network(client)); !ok {
		return fault.TooMany(fault.RateLimited, wait, "That was very often in a short time. Please wait a moment.")
	}
	return nil
}

func orOne(s string) string {
	if strings.TrimSpace(s) == "" {
		return "1"
	}
	return strings.TrimSpace(s)
}
