package site

import (
	"context"
	"net/http"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/printing"
)

// pdfKind is the type of PDF files.
const pdfKind = "application/pdf"

func (s *Site) ticketRoutes(m *router) {
	m.page("GET /r/{secret}/ticket.pdf", s.ticketFile)
	m.page("GET /order/{secret}/tickets.pdf", s.ticketsFile)
}

// ticketFile is the holder's ticket on paper.
func (s *Site) ticketFile(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	return s.writeTickets(w, r, []booking.Mine{m})
}

// ticketsFile is every ticket of an order, for whoever bought it.
func (s *Site) ticketsFile(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return err
	}
	places, err := s.Booking.MyTickets(r.Context(), r.PathValue("secret"))
	if err != nil {
		return err
	}
	return s.writeTickets(w, r, places)
}

// writeTickets answers with a page for each place that is shown at a door.
func (s *Site) writeTickets(w http.ResponseWriter, r *http.Request, places []booking.Mine) error {
	var tickets []printing.Ticket
	for _, m := range places {
		if !s.hasTicket(m) {
			continue
		}
		t, err := s.paperTicket(r.Context(), m)
		if err != nil {
			return err
		}
		tickets = append(tickets, t)
	}
	if len(tickets) == 0 {
		return fault.Precondition(fault.WrongState, "There is no ticket to print: nothing here is a confirmed place at a door.")
	}
	file, err := printing.Tickets(tickets)
	if err != nil {
		return err
	}
	name := "ticket-"
	if len(tickets) > 1 {
		name = "tickets-"
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+places[0].Event.Slug+`.pdf"`)
	w.Header().Set("Content-Type", pdfKind)
	_, _ = w.Write(file) // a client that has gone away is no error of ours
	return nil
}

// hasTicket reports whether a place has a code for the door: places without a
// room need none.
func (s *Site) hasTicket(m booking.Mine) bool {
	return s.Door != nil && m.JoinToken == "" && m.Registration.State == booking.StateConfirmed && m.Event.State != catalog.StateCancelled
}

// paperTicket puts a place into the words of its ticket.
func (s *Site) paperTicket(ctx context.Context, m booking.Mine) (printing.Ticket, error) {
	reg, facts := m.Registration, mineFacts(m)
	codes, err := s.Door.Codes(ctx, reg.Org, reg.Event, reg.ID)
	if err != nil {
		return printing.Ticket{}, err
	}
	by, err := s.Account.Organisation(ctx, reg.Org)
	if err != nil {
		return printing.Ticket{}, err
	}
	t := printing.Ticket{
		Event: facts.Title, Organiser: by.Name, When: []string{facts.When.Day, facts.When.TimeInZone()}, Where: facts.Where,
		Name: reg.Attendee.Name, Organisation: reg.Attendee.Organisation, Product: m.ProductTitle, OrderCode: spaced(reg.OrderCode),
		Code: codes.Signed, GoodToKnow: m.GoodToKnow, At: reg.ChangedAt,
	}
	if facts.Dateless {
		t.When = []string{"New date to be announced"}
	}
	if len(m.Sessions) == 1 && m.Sessions[0].Title == "" {
		return t, nil // it says nothing that the event does not
	}
	for _, ses := range m.Sessions {
		if !ses.Live() {
			continue
		}
		at := sayWhen(ses.Schedule)
		t.Sessions = append(t.Sessions, printing.TicketSession{
			Title: ses.Title, When: joinWords(", ", at.Day, at.TimeInZone()), Place: ses.Place,
		})
	}
	return t, nil
}
