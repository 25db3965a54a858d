package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/ledger"
	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// InvoiceArgs asks for the mails about invoices that are due or overdue.
type InvoiceArgs struct{}

// Kind is River's name for the job.
func (InvoiceArgs) Kind() string { return "remind_invoices" }

// InvoiceWorker sends them.
type InvoiceWorker struct {
	river.WorkerDefaults[InvoiceArgs]
	Service *Service
}

// Work does one round.
func (w *InvoiceWorker) Work(ctx context.Context, _ *river.Job[InvoiceArgs]) error {
	_, err := w.Service.RemindInvoices(ctx)
	return err
}

// nudge is one step of asking for an invoice's money. From and until are days
// after the due day; between them it is sent once.
type nudge struct {
	name        string
	from, until int
	title       string
	text        string // of the invoice's number, the amount owed, and the due day
}

var nudges = []nudge{
	{"soon", -3, 0, "Your invoice is due soon",
		"This is to remind you that %s, of which %s is open, is due on %s. If the money is on its way already: thank you, there is nothing more to do."},
	{"first", 2, 8, "Your invoice is overdue",
		"We have not seen the money for %s yet: %s was due on %s. Payments and mails often cross; if yours is on its way, please take no notice of this one."},
	{"second", 9, 20, "Your invoice is still open",
		"%s is still open: %s was due on %s. Please pay it, or answer this mail if something about it is not clear or not right."},
	{"last", 21, 35, "Please see to your invoice",
		"This is the last mail by which we ask for %s: %s was due on %s. Please pay it now, or answer this mail, so that we find a way together."},
}

// freshFor is how long nobody is reminded of an order that was just placed.
const freshFor = 24 * time.Hour

// Mails about money are sent on working days, within these hours of the event's zone.
const (
	officeOpens  = 9
	officeCloses = 17
)

// dueInvoice is an order whose invoice is in the span of a nudge.
type dueInvoice struct {
	OrgID   uid.Org
	OrderID uid.Order
	DueAt   time.Time
}

const sqlDueInvoices = `
SELECT o.org_id, o.id AS order_id, t.due_at
  FROM order_terms t
  JOIN orders o ON o.org_id = t.org_id AND o.id = t.order_id
  JOIN event e ON e.org_id = o.org_id AND e.id = o.event_id
 WHERE t.on_invoice
   AND t.due_at > @from
   AND t.due_at <= @to
   AND (t.due_at, o.id) > (@after_at, @after_id::uuid)
   AND o.state = 'confirmed'
   AND o.placed_at < @placed_before
   AND e.state <> 'cancelled'
   AND NOT EXISTS (SELECT 1 FROM supplier s WHERE s.org_id = o.org_id AND s.no_reminders)
   AND NOT EXISTS (
         SELECT 1 FROM suppression x
          WHERE x.org_id = o.org_id AND x.email = lower(t.buyer_email) AND x.scope = 'all')
   AND NOT EXISTS (
         SELECT 1 FROM message m
          WHERE m.org_id = o.org_id
            AND m.dedupe_key = 'invoice:' || @step || ':' || o.id)
 ORDER BY t.due_at, o.id
 LIMIT @limit`

// RemindInvoices asks for the money of invoices that are about to be due or are
// overdue, except for organisations that want none sent, and returns how many
// mails it made. Each step is sent once, none after
// the money has come, and after a pause of the program only the latest.
func (s *Service) RemindInvoices(ctx context.Context) (int, error) {
	made := 0
	for _, n := range nudges {
		last := dueInvoice{DueAt: time.Unix(0, 0)}
		for {
			found, err := s.dueInvoices(ctx, n, last)
			if err != nil {
				return made, err
			}
			for _, d := range found {
				sent := false
				err := s.db.InTx(ctx, func(tx *pg.Tx) (err error) {
					sent, err = s.nudgeTx(ctx, tx, n, d)
					return err
				})
				if err != nil {
					return made, fmt.Errorf("remind of the invoice of %s: %w", d.OrderID, err)
				}
				if sent {
					made++
				}
			}
			if len(found) < dueAtOnce {
				break
			}
			last = found[len(found)-1]
		}
	}
	return made, nil
}

func (s *Service) dueInvoices(ctx context.Context, n nudge, after dueInvoice) ([]dueInvoice, error) {
	var found []dueInvoice
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlDueInvoices, pgx.StrictNamedArgs{
			"from": tx.Now.AddDate(0, 0, -n.until-1), "to": tx.Now.AddDate(0, 0, -n.from+1), "placed_before": tx.Now.Add(-freshFor),
			"after_at": after.DueAt, "after_id": after.OrderID.UUID(), "step": n.name, "limit": dueAtOnce,
		})
		if err != nil {
			return fmt.Errorf("look for due invoices: %w", err)
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByName[dueInvoice])
		return err
	})
	return found, err
}

// nudgeTx makes one mail, if it is the hour for it and money is still to come.
func (s *Service) nudgeTx(ctx context.Context, tx *pg.Tx, n nudge, d dueInvoice) (bool, error) {
	o, err := s.bookings.OrderTx(ctx, tx, d.OrgID, d.OrderID)
	if err != nil {
		return false, err
	}
	if o.Balance.Minor <= 0 || o.Money == booking.MoneyProcessing || o.Money == booking.MoneyInDispute || o.Buyer.Email == "" || o.Payer.Address == "" {
		return false, nil // paid, on its way, or sold at the door, where nobody was sent an invoice
	}
	e, err := s.events.GetTx(ctx, tx, d.OrgID, o.Event)
	if err != nil {
		return false, err
	}
	loc, err := time.LoadLocation(e.Timezone)
	if err != nil {
		return false, fmt.Errorf("load the event's zone: %w", err)
	}
	if !n.isNow(tx.Now, d.DueAt, loc) {
		return false, nil
	}
	org, err := s.accounts.Organisation(ctx, d.OrgID)
	if err != nil {
		return false, err
	}
	supplier, err := s.bookings.Supplier(ctx, d.OrgID)
	if err != nil {
		return false, err
	}
	news := n.say(o, d.DueAt.In(loc), supplier)
	news.Frame = mail.Frame{Organisation: org.Name, HomeURL: s.url("o", org.Slug)}
	news.OrderURL = s.url("order", o.Secret)
	return s.postTx(ctx, tx, outgoing{
		org: d.OrgID, key: fmt.Sprintf("invoice:%s:%s", n.name, o.ID.UUID()), kind: mail.KindOrder, order: o.ID, urgency: bulk, data: news,
		to: mail.Address{Name: o.Buyer.Name, Email: o.Buyer.Email}, from: mail.Address{Name: org.Name, Email: s.From},
		replyTo: mail.Address{Email: org.ContactEmail},
	})
}

// isNow reports whether a step is due: counted in calendar days where the event is,
// on a working day and in office hours.
func (n nudge) isNow(now, due time.Time, loc *time.Location) bool {
	local := now.In(loc)
	if wd := local.Weekday(); wd == time.Saturday || wd == time.Sunday || local.Hour() < officeOpens || local.Hour() >= officeCloses {
		return false
	}
	days := int(ledger.Day(now, loc).Sub(ledger.Day(due, loc)).Hours() / 24)
	return days >= n.from && days <= n.until
}

func (n nudge) say(o booking.Order, due time.Time, supplier booking.Supplier) mail.Order {
	number := ""
	for _, d := range o.Documents {
		if d.Kind != string(ledger.CreditNote) {
			number = d.Number
		}
	}
	m := mail.Order{
		Name: o.Buyer.Name, Event: o.EventTitle, Code: o.Code, Title: n.title, Action: "See the invoice, or pay by card",
		Text: fmt.Sprintf(n.text, "invoice "+number, o.Balance.Format(), due.Format("2 January 2006")),
	}
	m.Text = strings.ToUpper(m.Text[:1]) + m.Text[1:]
	if bank := strings.TrimSpace(supplier.BankDetails); bank != "" {
		for line := range strings.Lines(bank) {
			if line = strings.TrimSpace(line); line != "" {
				m.Lines = append(m.Lines, line)
			}
		}
		m.Lines = append(m.Lines, "Please quote "+number)
	}
	return m
}
