package site

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/money"
)

// orderView is an order's own page.
type orderView struct {
	Heading, Lede  string
	Mark, MarkIcon string
	Badges         []badgeView
	Notices        []notice
	Again          int // seconds after which the page is worth loading again; 0 never
	AgainPath      string
	Path           string
	Event          factsView
	Code           string
	Pay            *payView
	Bill           breakdown
	Sums           []sumRow
	TicketsFirst   bool // the places are given, so that they matter more than the bill
	Seats          []seatRow
	ToName         string // how many seats have no name yet, in words
	Tickets        string // path of the tickets on paper
	Payments       []moneyRow
	Refunds        []moneyRow
	Documents      []documentRow
	Details        []answerView
	Why            []string
	GiveUp         bool
	GiveUpText     string
}

type (
	// payView is the button that leads to the payment page.
	payView struct{ Action, Label, Text string }
	// sumRow is one line of what was paid and is owed.
	sumRow struct {
		Label, Amount string
		Strong        bool
	}
	// seatRow is one place of the order.
	seatRow struct {
		Title, Name, Path, Invite string
		ID                        string
		Own                       string // path of the buyer's own place
		AddOns                    []string
		Given                     bool
	}
	// moneyRow is money that came or went.
	moneyRow struct{ Amount, When, Text, State, Class, Hint string }
	// documentRow is an invoice or a credit note.
	documentRow struct{ Path, Name, Number, When, Amount string }
)

// renderOrder writes the order's own page.
func (s *Site) renderOrder(w http.ResponseWriter, r *http.Request, status int, p purchase, say *notice) error {
	v := s.orderView(p)
	if err := v.addTickets(r.Context(), s, p); err != nil {
		return err
	}
	if say != nil {
		v.Notices = append([]notice{*say}, v.Notices...)
	}
	if p.State == booking.OrderPlaced && r.URL.Query().Get("from") == "payment" && p.Money != booking.MoneyProcessing {
		v.Again, v.AgainPath = 4, p.path+"/paid"
	}
	return s.renderOrderPage(w, r, status, "order.html", v.Heading, p.on, v)
}

func (s *Site) orderView(p purchase) orderView {
	v := orderView{
		Path: p.path, Event: eventFacts(p.on), Code: spaced(p.Code), Why: p.Explanations,
		Bill: breakDown(p.Lines, p.Total),
	}
	v.say(p)
	v.addMoney(p)
	v.addSeats(s, p)
	v.addDetails(p)
	if p.CanPay && p.Balance.Minor > 0 {
		v.Pay = &payView{Action: p.path + "/pay", Label: "Pay " + p.Balance.Format(), Text: "You are taken to the payment page and come back here."}
	}
	for _, n := range notices(p.on.PublicEvent) {
		v.Notices = append(v.Notices, notice(n))
	}
	v.GiveUp = mayGiveUp(p)
	v.GiveUpText = "Choose what you give up; you see what you get back before you decide."
	if p.State == booking.OrderPlaced {
		v.GiveUpText = "Nothing was paid. The places go to others at once."
	}
	return v
}

// say chooses the words for the state of the order and of its money.
func (v *orderView) say(p purchase) {
	zone, now := p.on.Timezone, p.on.now
	v.Mark, v.MarkIcon = "confirmed__mark--waiting", "clock"
	switch p.State {
	case booking.OrderConfirmed, booking.OrderClosed:
		v.TicketsFirst = p.State == booking.OrderConfirmed
		v.Mark, v.MarkIcon = "", "check"
		v.Heading, v.Lede = "Your order is confirmed", "Everybody named below gets a confirmation with a calendar invitation by mail."
		v.Badges = append(v.Badges, badgeView{"badge--good", "Confirmed"})
		if !hasTickets(p.Lines) {
			v.Heading, v.Lede = "Thank you", "Your receipt is below, and in your mail."
		}
	case booking.OrderPlaced:
		v.waiting(p)
	case booking.OrderExpired:
		v.Mark, v.MarkIcon = "confirmed__mark--over", "clock"
		v.Heading, v.Lede = "This order was not paid in time", "The places have gone back. If there are some left, you can order again on the event’s page."
		v.Badges = append(v.Badges, badgeView{"badge--bad", "Not paid in time"})
		if kept := p.Paid.Minor - p.Refunded.Minor; kept > 0 {
			v.Heading, v.Lede = "Your money came after your places had gone", ""
			v.Notices = append(v.Notices, notice{"notice--warning", "warn", "We have your " + money.New(kept, p.Currency).Format() + " and no places for you yet",
				"The organiser has been told. Either places are found for you, or the whole amount goes back to you by itself within 48 hours. You hear by mail either way and need do nothing."})
		}
	case booking.OrderDeclined:
		v.Mark, v.MarkIcon = "confirmed__mark--over", "info"
		v.Heading, v.Lede = "The organiser has declined this application", "Nothing was charged."
		v.Badges = append(v.Badges, badgeView{"badge--bad", "Declined"})
	case booking.OrderCancelled:
		v.Mark, v.MarkIcon = "confirmed__mark--over", "cross"
		v.Heading, v.Lede = "This order was cancelled", "There are no places behind it any more."
		v.Badges = append(v.Badges, badgeView{"badge--bad", "Cancelled"})
	case booking.OrderBasket:
		v.Heading = "This order was not completed"
	}
	v.sayMoney(p, zone, now)
}

// waiting is an order that was placed and not confirmed yet.
func (v *orderView) waiting(p purchase) {
	switch {
	case p.Money == booking.MoneyProcessing:
		v.Heading = "Your payment is on its way"
		v.Lede = "Bank payments take a few days. Your places stay kept until it is settled, however long that takes, and you hear by mail."
		v.Badges = append(v.Badges, badgeView{"badge--caution", "Payment on its way"})
	case p.CanPay && p.State == booking.OrderPlaced:
		v.Heading = "Your order is waiting for payment"
		v.Lede = "Your places are kept for you."
		if !p.ExpiresAt.IsZero() {
			v.Lede = "Your places are kept until " + deadline(p.ExpiresAt, p.on.Timezone, p.on.now) + ", " + zoneWords(p.on.Timezone) + "."
		}
		v.Badges = append(v.Badges, badgeView{"badge--caution", "To be paid"})
	case p.on.RegistrationMode == catalog.Approval:
		v.Heading = "Your application is in"
		v.Lede = "The organiser decides and writes to you. Nothing is charged before that."
		v.Badges = append(v.Badges, badgeView{"badge--caution", "Awaiting a decision"})
	default:
		v.Heading = "Your order is waiting"
		v.Lede = "The time to pay it is over, and we make sure that no payment is under way. Please look again in a minute."
		v.Badges = append(v.Badges, badgeView{"badge--caution", "Waiting"})
	}
}

// sayMoney adds what there is to say about money beyond the state.
func (v *orderView) sayMoney(p purchase, zone string, now time.Time) {
	over := money.New(-p.Balance.Minor, p.Currency).Format()
	switch p.Money {
	case booking.MoneyPaid:
		v.Badges = append(v.Badges, badgeView{"badge--good", "Paid"})
	case booking.MoneyPartPaid:
		v.Badges = append(v.Badges, badgeView{"badge--caution", "Paid in part"})
		v.Notices = append(v.Notices, notice{"notice--warning", "warn", p.Balance.Format() + " is still owed",
			"What you have paid is kept in your name. Pay the rest, or ask the organiser to send it back."})
	case booking.MoneyOverPaid:
		v.Badges = append(v.Badges, badgeView{"badge--caution", "Paid too much"})
		if p.State != booking.OrderExpired {
			v.Notices = append(v.Notices, notice{"", "info", "You have paid " + over + " more than is due", "The organiser has been told and sends it back. Your places are safe."})
		}
	case booking.MoneyInDispute:
		v.Badges = append(v.Badges, badgeView{"badge--caution", "In dispute"})
		v.Notices = append(v.Notices, notice{"notice--warning", "warn", "The bank has been asked to take this payment back",
			"While that is open, nothing can be refunded here. If it was a mistake, tell your bank, and let the organiser know."})
	case booking.MoneyRefunded:
		v.Badges = append(v.Badges, badgeView{"", "Refunded"})
	case booking.MoneyDue:
		if p.State == booking.OrderConfirmed {
			text := "Your places are yours. Please pay the invoice below"
			if !p.DueAt.IsZero() {
				text += " by " + lastDay(p.DueAt, zone, now)
			}
			v.Badges = append(v.Badges, badgeView{"badge--caution", "To be paid"})
			v.Notices = append(v.Notices, notice{"", "info", p.Balance.Format() + " is owed", text + "."})
		}
	case booking.MoneyNone, booking.MoneyProcessing:
	}
	if p.Late && p.State == booking.OrderConfirmed {
		v.Notices = append(v.Notices, notice{"", "info", "Your payment came late", "There were still places, so we gave them to you all the same."})
	}
	for _, f := range p.Refunds {
		if f.State == "failed" {
			v.Notices = append(v.Notices, notice{"notice--warning", "warn", "A refund of " + f.Amount.Format() + " did not reach you",
				"Your bank sent it back, for instance because the card has ended. The organiser has been told and will ask you for another way."})
		}
	}
}

// lastDay names the day on which something is due at the latest.
func lastDay(at time.Time, zone string, now time.Time) string {
	day, _, _ := strings.Cut(deadline(at, zone, now), ",")
	return day
}

func hasTickets(lines []booking.Line) bool {
	for _, l := range lines {
		if l.Kind == inventory.Ticket {
			return true
		}
	}
	return false
}

// addMoney lists what came, what went back, and the documents.
func (v *orderView) addMoney(p purchase) {
	zone := p.on.Timezone
	if p.Paid.Minor > 0 {
		v.Sums = append(v.Sums, sumRow{"Paid", p.Paid.Format(), false})
	}
	if p.Refunded.Minor > 0 {
		v.Sums = append(v.Sums, sumRow{"Given back", p.Refunded.Format(), false})
	}
	switch {
	case p.State == booking.OrderPlaced || p.State == booking.OrderConfirmed:
		if p.Balance.Minor > 0 {
			v.Sums = append(v.Sums, sumRow{"Owed", p.Balance.Format(), true})
		}
	case p.Balance.Minor < 0:
		v.Sums = append(v.Sums, sumRow{"Due to you", money.New(-p.Balance.Minor, p.Currency).Format(), true})
	}
	for _, m := range p.Payments {
		v.Payments = append(v.Payments, moneyRow{Amount: m.Amount.Format(), When: dayWords(m.CapturedAt, zone), Text: m.Method})
	}
	for _, f := range p.Refunds {
		row := moneyRow{Amount: f.Amount.Format(), When: dayWords(f.RequestedAt, zone), Text: f.Reason}
		row.State, row.Class, row.Hint = refundWords(f.State)
		v.Refunds = append(v.Refunds, row)
	}
	for _, d := range p.Documents {
		v.Documents = append(v.Documents, documentRow{
			Path: p.path + "/documents/" + d.ID.String() + ".pdf", Name: documentWords(d.Kind), Number: d.Number,
			When: d.IssuedOn.Format("2 January 2006"), Amount: d.Gross.Format(),
		})
	}
}

func dayWords(at time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil {
		at = at.In(loc)
	}
	return at.Format("2 January 2006")
}

// refundWords says where a refund is.
func refundWords(state string) (text, class, hint string) {
	switch state {
	case "succeeded":
		return "Sent back", "badge--good", "Your bank shows it within 5 to 10 days."
	case "failed":
		return "Did not arrive", "badge--bad", ""
	case "canceled":
		return "Stopped", "", ""
	}
	return "On its way", "badge--caution", "Banks take 5 to 10 days."
}

func documentWords(kind string) string {
	switch kind {
	case "credit_note":
		return "Credit note"
	case "simplified":
		return "VAT receipt"
	}
	return "Invoice"
}

// addSeats lists the places, with a link for each that has no name yet.
func (v *orderView) addSeats(s *Site, p purchase) {
	unnamed := 0
	for _, l := range p.Lines {
		if l.Kind != inventory.Ticket {
			continue
		}
		row := seatRow{ID: l.Registration.String(), Title: l.Title, Name: l.Attendee, Given: l.Cancelled}
		if l.SeatSecret != "" && seatsOpen(p) {
			unnamed++
			row.Path = p.path + "/seats/" + row.ID
			row.Invite = s.absolute("/seat/" + l.SeatSecret)
		}
		for _, other := range p.Lines {
			if other.Kind == inventory.AddOn && other.Registration == l.Registration && !other.Cancelled {
				row.AddOns = append(row.AddOns, other.Title)
			}
		}
		v.Seats = append(v.Seats, row)
	}
	if unnamed > 0 {
		v.ToName = count(unnamed, "place")
	}
}

// addTickets leads to the tickets on paper, and the buyer to the page of their own
// place. Those of others are nobody else's.
func (v *orderView) addTickets(ctx context.Context, s *Site, p purchase) error {
	if p.State != booking.OrderConfirmed {
		return nil
	}
	places, err := s.Booking.MyTickets(ctx, p.Secret)
	if err != nil {
		return err
	}
	for _, m := range places {
		reg := m.Registration
		if s.hasTicket(m) {
			v.Tickets = p.path + "/tickets.pdf"
		}
		for i := range v.Seats {
			if v.Seats[i].ID == reg.ID.String() && strings.EqualFold(reg.Attendee.Email, p.Buyer.Email) {
				v.Seats[i].Own = "/r/" + s.Keys.Make(link.Registration, reg.Org, reg.ID, reg.LinkVersion)
			}
		}
	}
	return nil
}

// seatsOpen reports whether people can still be named.
func seatsOpen(p purchase) bool {
	return p.State == booking.OrderConfirmed && p.on.State != catalog.StateCancelled && p.on.State != catalog.StateEnded
}

func (v *orderView) addDetails(p purchase) {
	add := func(label string, texts ...string) {
		var kept []string
		for _, t := range texts {
			for line := range strings.SplitSeq(t, "\n") {
				if line = strings.TrimSpace(line); line != "" {
					kept = append(kept, line)
				}
			}
		}
		if len(kept) > 0 {
			v.Details = append(v.Details, answerView{label, kept})
		}
	}
	add("Ordered by", p.Buyer.Name, p.Buyer.Email)
	add("Billed to", p.Payer.Company, p.Payer.Address, p.Payer.Postcode, p.Payer.Country)
	add("VAT number", p.Payer.VATNumber)
	add("Purchase order number", p.Payer.PurchaseOrder)
	add("Member price for", p.Company)
	add("Code", p.DiscountCode)
	if !p.PlacedAt.IsZero() {
		add("Ordered on", dayWords(p.PlacedAt, p.on.Timezone))
	}
}

// orderSaid is what the address says has just happened, as far as the order bears
// it out: anybody can write an address.
func orderSaid(p purchase, query url.Values) *notice {
	settled := p.State == booking.OrderConfirmed || p.State == booking.OrderClosed
	waits := p.State == booking.OrderPlaced && p.Money != booking.MoneyProcessing
	switch from := query.Get("from"); {
	case from == "payment" && waits:
		return &notice{"", "clock", "We wait for the word of the payment provider",
			"This takes a few seconds as a rule. If your card was declined, nothing was taken: try again below, with another card if you like."}
	case from == "payment" && settled && p.Money == booking.MoneyPaid:
		return &notice{"notice--success", "good", "Thank you, your payment has arrived", "The receipt is below and on its way to " + p.Buyer.Email + "."}
	case query.Get("cancelled") != "" && waits && p.CanPay:
		return &notice{"", "info", "You came back without paying", "Nothing was taken. Your places are still kept; pay whenever you are ready."}
	case from == "pending" && !settled:
		return &notice{"", "clock", "A payment is under way already", "There is no need to pay twice. This page shows it as soon as it is settled."}
	case from == "outage" && p.Balance.Minor > 0:
		return &notice{"notice--warning", "warn", "The payment page cannot be reached at the moment", "Your order stands and your places are kept. Please try again in a minute."}
	case from == "refused" && p.Balance.Minor > 0:
		return &notice{"notice--warning", "warn", "This cannot be paid just now", "Nothing was taken. Please try again in a minute; if it goes on, ask the organiser."}
	case query.Get("done") == "named":
		return &notice{"notice--success", "good", "Saved", "They get a confirmation with a calendar invitation by mail."}
	case query.Get("done") == "given-up" && (settled || p.State == booking.OrderCancelled):
		return &notice{"notice--success", "good", "Done: the places are given up", "Money that is due to you goes back the way it came."}
	}
	return nil
}
