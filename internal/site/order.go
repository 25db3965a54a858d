package site

import (
	"context"
	"crypto/sha256"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func (s *Site) orderRoutes(m *router) {
	m.page("GET /order/{secret}", s.orderPage)
	m.page("POST /order/{secret}/pay", s.payPost)
	m.page("GET /order/{secret}/paid", s.paidPage)
	m.page("GET /order/{secret}/documents/{file}", s.orderDocument)
	m.page("GET /order/{secret}/cancel", s.giveUpPage)
	m.page("POST /order/{secret}/cancel", s.giveUpPost)
	m.page("GET /order/{secret}/seats/{seat}", s.seatPage)
	m.page("POST /order/{secret}/seats/{seat}", s.seatPost)
	m.page("GET /seat/{token}", s.invitedPage)
	m.page("POST /seat/{token}", s.invitedPost)
}

// purchase is an order with what surrounds it on its pages.
type purchase struct {
	booking.Order
	on   happening
	path string
}

// purchased reads the order behind the link in the address.
func (s *Site) purchased(w http.ResponseWriter, r *http.Request) (purchase, error) {
	return s.purchasedBy(w, r, s.Booking.MyOrder)
}

func (s *Site) purchasedBy(w http.ResponseWriter, r *http.Request, read func(context.Context, string) (booking.Order, error)) (purchase, error) {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return purchase{}, err
	}
	o, err := read(r.Context(), r.PathValue("secret"))
	if fault.Is(err, fault.NoSuchThing) {
		return purchase{}, fault.NotFound("order: the link may be incomplete, or a newer one was sent")
	}
	if err != nil {
		return purchase{}, err
	}
	h, err := s.eventByID(r.Context(), o.Org, o.Event)
	return purchase{Order: o, on: h, path: orderPath(r.PathValue("secret"))}, err
}

// orderPath is the path of an order's own page.
func orderPath(secret string) string { return "/order/" + url.PathEscape(secret) }

// orderPage is the receipt right after paying, and afterwards the page on which
// the buyer sees what was ordered, paid and given back.
func (s *Site) orderPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.purchased(w, r)
	if err != nil {
		return err
	}
	return s.renderOrder(w, r, http.StatusOK, p, orderSaid(p, r.URL.Query()))
}

// paidPage is where the payment page returns to. The word of the payment provider
// counts, not that somebody came here.
func (s *Site) paidPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.purchasedBy(w, r, s.Booking.SyncMyOrder)
	if f, shown := fault.As(err); shown && f.Kind == fault.KindUnavailable {
		p, err = s.purchased(w, r) // the provider does not answer; the page says that we wait
	}
	if err != nil {
		return err
	}
	redirect(w, r, p.path+"?from=payment")
	return nil
}

// payPost leads to the payment page.
func (s *Site) payPost(w http.ResponseWriter, r *http.Request) error {
	p, err := s.purchased(w, r)
	if err != nil {
		return err
	}
	if err := s.slowDown(r, limit.Order); err != nil {
		return err
	}
	return s.leadToPayment(w, r, p.path, r.PathValue("secret"))
}

// leadToPayment sends the buyer on to the payment page, or back to the order's own
// page with the reason why not: the order stands all the same.
func (s *Site) leadToPayment(w http.ResponseWriter, r *http.Request, path, secret string) error {
	target, err := s.Booking.StartPayment(r.Context(), strings.TrimSuffix(s.BaseURL.String(), "/"), secret)
	f, shown := fault.As(err)
	switch {
	case shown && f.Reason == fault.PaymentPending:
		redirect(w, r, path+"?from=pending")
	case shown && f.Kind == fault.KindUnavailable:
		if cause := f.Unwrap(); cause != nil {
			s.Log.ErrorContext(r.Context(), "payment could not be started", "request_id", requestID(r.Context()), "error", cause)
		}
		redirect(w, r, path+"?from=outage")
	case shown && f.Kind == fault.KindPrecondition:
		redirect(w, r, path+"?from=refused")
	case err != nil:
		return err
	case !s.paysAt(target):
		s.Log.ErrorContext(r.Context(), "the payment page is at an address that no page may lead to", "request_id", requestID(r.Context()))
		redirect(w, r, path+"?from=outage")
	default:
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
	return nil
}

// paysAt reports whether an address is one of the payment page's.
func (s *Site) paysAt(target string) bool {
	u, err := url.Parse(target)
	if err != nil || u.User != nil {
		return false
	}
	origin := u.Scheme + "://" + u.Host
	return origin == stripeOrigin || s.PayOrigin != "" && origin == s.PayOrigin
}

// orderDocument is an invoice or credit note.
func (s *Site) orderDocument(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return err
	}
	var id uid.Document
	name, isPDF := strings.CutSuffix(r.PathValue("file"), ".pdf")
	if !isPDF || id.UnmarshalText([]byte(name)) != nil {
		return fault.NotFound("document")
	}
	file, pdf, err := s.Booking.MyDocument(r.Context(), r.PathValue("secret"), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": strings.Map(plainName, file)}))
	_, _ = w.Write(pdf) // a client that has gone away is no error of ours
	return nil
}

// formKey identifies a form without a message of its own in the contract, so that
// sending it twice does it once. An id that is none of ours identifies nothing.
func formKey(what string, values url.Values, parts ...string) replay.Key {
	id := values.Get("request_id")
	if len(id) < 16 || len(id) > 64 {
		return replay.Key{}
	}
	return replay.Key{Scope: "page " + what, RequestID: id, Hash: sha256.Sum256([]byte(strings.Join(parts, "\x00")))}
}

// renderOrderPage writes a page about an order.
func (s *Site) renderOrderPage(w http.ResponseWriter, r *http.Request, status int, name, title string, h happening, body any) error {
	return s.render(w, r, status, name, page{
		Title: title + " · " + h.Title, Hidden: true, Contact: h.organiser.ContactEmail,
		Brand: brand{Name: h.OrgName, Path: "/o/" + h.OrgSlug}, Body: body,
	})
}
