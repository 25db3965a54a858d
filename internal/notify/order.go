package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/mail"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// askAfter is how long after going on to pay a buyer is asked for the money by
// mail. Most have paid by then; the place is kept for at least as long again.
const askAfter = 5 * time.Minute

// AskArgs names an order that may still have to be paid, and the fact that it was placed.
type AskArgs struct {
	Org   uid.Org   `json:"org"`
	Order uid.Order `json:"order"`
	Fact  uid.Fact  `json:"fact"`
}

// Kind is River's name for the job.
func (AskArgs) Kind() string { return "ask_to_pay" }

// AskWorker asks buyers to pay who went to the payment page and did not.
type AskWorker struct {
	river.WorkerDefaults[AskArgs]
	Service *Service
}

// Work asks for one order, unless it was paid or cannot be paid any more.
func (w *AskWorker) Work(ctx context.Context, job *river.Job[AskArgs]) error {
	a := job.Args
	return w.Service.db.InTx(ctx, func(tx *pg.Tx) error {
		return w.Service.orderNewsTx(ctx, tx, outbox.Recorded{Org: a.Org, ID: a.Fact, Kind: booking.FactOrderPlaced, Subject: a.Order})
	})
}

// orderPlacedTx asks for the money: at once those who waited for a decision, and
// later those who are at the payment page just now.
func (s *Service) orderPlacedTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	var d booking.PlacedDetail
	if err := json.Unmarshal(f.Detail, &d); err != nil {
		return fmt.Errorf("read how the order was placed: %w", err)
	}
	if d.Approved {
		return s.orderNewsTx(ctx, tx, f)
	}
	args := AskArgs{Org: f.Org, Order: uid.Order(f.Subject), Fact: f.ID}
	if _, err := s.jobs.InsertTx(ctx, tx.Tx, args, &river.InsertOpts{ScheduledAt: f.At.Add(askAfter)}); err != nil {
		return fmt.Errorf("plan to ask for the money: %w", err)
	}
	return nil
}

// orderNewsTx tells the buyer what became of an order that costs something.
func (s *Service) orderNewsTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	o, err := s.bookings.OrderTx(ctx, tx, f.Org, uid.Order(f.Subject))
	if err != nil {
		return err
	}
	org, err := s.accounts.Organisation(ctx, f.Org)
	if err != nil {
		return err
	}
	e, err := s.events.GetTx(ctx, tx, f.Org, o.Event)
	if err != nil {
		return err
	}
	loc, err := time.LoadLocation(e.Timezone)
	if err != nil {
		return fmt.Errorf("load the event's zone: %w", err)
	}
	news, ok, err := sayOrder(f, o, loc)
	if err != nil || !ok || o.Buyer.Email == "" {
		return err
	}
	news.Frame = mail.Frame{Organisation: org.Name, HomeURL: s.url("o", org.Slug)}
	news.Name, news.Event, news.Code = o.Buyer.Name, o.EventTitle, o.Code
	news.OrderURL = s.url("order", o.Secret)
	_, err = s.postTx(ctx, tx, outgoing{
		org: f.Org, key: f.Kind + ":" + f.ID.String(), kind: mail.KindOrder, order: o.ID, urgency: urgent, data: news,
		to: mail.Address{Name: o.Buyer.Name, Email: o.Buyer.Email}, from: mail.Address{Name: org.Name, Email: s.From},
		replyTo: mail.Address{Email: org.ContactEmail},
	})
	return err
}

// sayOrder finds the words for a fact about an order, as the order stands now;
// false says that there is nothing left to say.
func sayOrder(f outbox.Recorded, o booking.Order, loc *time.Location) (mail.Order, bool, error) {
	switch f.Kind {
	case booking.FactOrderPlaced:
		if o.State != booking.OrderPlaced || !o.CanPay {
			return mail.Order{}, false, nil
		}
		return mail.Order{
			Title: "Please pay for your places", Action: "Pay " + o.Balance.Format(),
			Text: fmt.Sprintf("We keep your places until %s. They are yours once %s is paid.",
				o.ExpiresAt.In(loc).Format("15:04 on Monday 2 January 2006"), o.Balance.Format()),
		}, true, nil
	case booking.FactOrderConfirmed:
		return confirmedOrder(o), o.State == booking.OrderConfirmed, nil
	case booking.FactOrderExpired:
		text := "Your order was not paid in time, so the places went back to others. Nothing was taken from your card."
		if o.State == booking.OrderCancelled {
			text = "Your order was cancelled before it was paid. Nothing was taken from your card."
		}
		return mail.Order{Title: "Your order has ended", Text: text}, o.Paid.IsZero(), nil
	case booking.FactOrderUnplaced:
		return mail.Order{
			Title: "Your payment came after your places had gone",
			Text:  "We have your money, but the time to pay was over and the places went to other people. We are looking for places; otherwise you get everything back.",
		}, true, nil
	case booking.FactOrderUnderpaid:
		return mail.Order{
			Title: "Your payment was not enough", Text: fmt.Sprintf("%s is still missing. Your places are yours once it is paid.", o.Balance.Format()), Action: "See your order",
		}, true, nil
	case booking.FactOrderProcessing:
		return mail.Order{
			Title: "Your bank payment is on its way",
			Text:  "Bank payments take some days. We keep your places, and you get the tickets when the money is there. There is nothing more to do.",
		}, true, nil
	case booking.FactOrderPaymentFailed:
		return mail.Order{
			Title: "Your bank payment failed", Action: "Pay another way",
			Text: "Your bank did not send the money. Please pay another way to keep your places.",
		}, o.CanPay, nil
	case booking.FactOrderRefunded:
		var d booking.RefundedDetail
		if err := json.Unmarshal(f.Detail, &d); err != nil {
			return mail.Order{}, false, fmt.Errorf("read the refund: %w", err)
		}
		return mail.Order{
			Title: "Your money is on its way back",
			Text:  fmt.Sprintf("We are sending %s back the way it was paid. Banks take 5 to 10 working days.", money.New(d.Minor, o.Currency).Format()),
		}, true, nil
	}
	return mail.Order{}, false, nil
}

func confirmedOrder(o booking.Order) mail.Order {
	m := mail.Order{Title: "Your order is confirmed", Action: "See your order", Text: "Thank you. Everyone who was named gets a mail of their own with the details."}
	for _, l := range o.Lines {
		if !l.Cancelled {
			m.Lines = append(m.Lines, l.Title+", "+l.Gross.Format())
		}
	}
	if !o.Total.IsZero() {
		m.Lines = append(m.Lines, fmt.Sprintf("Total %s, of which VAT %s", o.Total.Format(), o.VAT.Format()))
	}
	if o.OnInvoice && o.Balance.Minor > 0 {
		m.Text = fmt.Sprintf("Thank you. Your places are booked; the invoice is due on %s. You can also pay it by card.", o.DueAt.Format("2 January 2006"))
	}
	if n := o.Unnamed(); n > 0 {
		m.Text += fmt.Sprintf(" Please say who comes on the %d %s without a name.", n, plural(n, "seat", "seats"))
	}
	return m
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// companyCodeTx mails the code that proves a work address.
func (s *Service) companyCodeTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	email, code, err := s.bookings.CompanyCodeTx(ctx, tx, f.Org, uid.Order(f.Subject))
	if err != nil {
		return err
	}
	org, err := s.accounts.Organisation(ctx, f.Org)
	if err != nil {
		return err
	}
	_, err = s.postTx(ctx, tx, outgoing{
		org: f.Org, key: f.Kind + ":" + f.ID.String(), kind: mail.KindCompanyCode, urgency: urgent, notAfter: f.At.Add(time.Hour),
		to: mail.Address{Email: email}, from: mail.Address{Name: org.Name, Email: s.From},
		data: mail.CompanyCode{Frame: mail.Frame{Organisation: org.Name, HomeURL: s.url("o", org.Slug)}, Code: code},
	})
	return err
}
