package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// RefundStep is what a cancellation gives back until some hours before the start.
type RefundStep struct {
	// HoursBefore is the least number of hours before the start.
	HoursBefore int `json:"hours_before"`
	// Percent of the price goes back.
	Percent int `json:"percent"`
}

// LatePolicy is what happens with money that comes after an order lapsed.
type LatePolicy string

// The policies.
const (
	// LatePlace gives the places while there are some; else staff have 48 hours.
	LatePlace LatePolicy = "place"
	// LateAsk leaves every case to staff.
	LateAsk LatePolicy = "ask"
)

// OverduePolicy is what happens to a confirmed order whose invoice is not paid when
// the days of grace are over.
type OverduePolicy string

// The policies.
const (
	// OverdueAsk leaves the places and asks staff.
	OverdueAsk OverduePolicy = "ask"
	// OverdueEnd ends the places and takes the invoice back by a credit note, as long
	// as nothing was paid and the event has not begun; else staff are asked.
	OverdueEnd OverduePolicy = "end"
)

// Sales is an event's terms of sale. Orders keep those they were placed on.
type Sales struct {
	OnInvoice      bool
	InvoiceDays    int
	GraceDays      int // working days
	DelayedMethods bool
	PayWindow      time.Duration // after an approval
	SelfService    bool
	RefundSteps    []RefundStep
	Late           LatePolicy
	Overdue        OverduePolicy
	Terms          string
	Version        int64
}

// defaultSales holds until an organiser says otherwise.
func defaultSales() Sales {
	return Sales{
		InvoiceDays: 14, GraceDays: 2, PayWindow: 72 * time.Hour, SelfService: true, Late: LatePlace, Overdue: OverdueAsk,
		RefundSteps: []RefundStep{{HoursBefore: 14 * 24, Percent: 100}, {HoursBefore: 48, Percent: 50}},
	}
}

const sqlSales = `
SELECT on_invoice, invoice_days, grace_days, delayed_methods, pay_window_hours, self_service, refund_steps, late, overdue, terms, version
  FROM sales_terms
 WHERE org_id = @org_id
   AND event_id = @event_id`

func readSales(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) (Sales, error) {
	var s Sales
	var hours int
	var steps []byte
	err := q.QueryRow(ctx, sqlSales, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).
		Scan(&s.OnInvoice, &s.InvoiceDays, &s.GraceDays, &s.DelayedMethods, &hours, &s.SelfService, &steps, &s.Late, &s.Overdue, &s.Terms, &s.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return defaultSales(), nil
	}
	if err != nil {
		return s, fmt.Errorf("read terms of sale: %w", err)
	}
	s.PayWindow = time.Duration(hours) * time.Hour
	return s, json.Unmarshal(steps, &s.RefundSteps)
}

// Sales returns an event's terms of sale.
func (s *Service) Sales(ctx context.Context, org uid.Org, event uid.Event) (Sales, error) {
	return readSales(ctx, s.db.Pool(), org, event)
}

const sqlSaveSales = `
INSERT INTO sales_terms AS t (org_id, event_id, on_invoice, invoice_days, grace_days, delayed_methods, pay_window_hours,
                              self_service, refund_steps, late, overdue, terms, version)
VALUES (@org_id, @event_id, @on_invoice, @invoice_days, @grace_days, @delayed_methods, @pay_window_hours,
        @self_service, @refund_steps, @late, @overdue, @terms, 1)
ON CONFLICT ON CONSTRAINT sales_terms_pk DO UPDATE
   SET on_invoice = excluded.on_invoice,
       invoice_days = excluded.invoice_days,
       grace_days = excluded.grace_days,
       delayed_methods = excluded.delayed_methods,
       pay_window_hours = excluded.pay_window_hours,
       self_service = excluded.self_service,
       refund_steps = excluded.refund_steps,
       late = excluded.late,
       overdue = excluded.overdue,
       terms = excluded.terms,
       version = t.version + 1
 WHERE t.version = @version`

// SaveSales replaces an event's terms of sale; in.Version is the one that was
// read, 0 for the defaults. Orders placed before keep their terms.
func (s *Service) SaveSales(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, in Sales) (Sales, error) {
	for i := 1; i < len(in.RefundSteps); i++ {
		if in.RefundSteps[i].HoursBefore >= in.RefundSteps[i-1].HoursBefore {
			return in, fault.InvalidField(fmt.Sprintf("sales.refund_steps[%d].hours_before", i), "order", "must be fewer hours than the step before")
		}
	}
	steps, err := json.Marshal(in.RefundSteps)
	if err != nil {
		return in, fmt.Errorf("encode refund steps: %w", err)
	}
	var after Sales
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			before, err := readSales(ctx, tx, org, event)
			if err != nil {
				return struct{}{}, err
			}
			if before.Version != in.Version {
				return struct{}{}, stale()
			}
			tag, err := tx.Exec(ctx, sqlSaveSales, pgx.StrictNamedArgs{
				"org_id": org, "event_id": event, "on_invoice": in.OnInvoice, "invoice_days": in.InvoiceDays, "grace_days": in.GraceDays,
				"delayed_methods": in.DelayedMethods, "pay_window_hours": int(in.PayWindow.Hours()), "self_service": in.SelfService,
				"refund_steps": string(steps), "late": string(in.Late), "overdue": string(in.Overdue), "terms": in.Terms, "version": in.Version,
			})
			if pg.Constraint(err) == "sales_terms_event_fk" {
				return struct{}{}, fault.NotFound("event")
			}
			if err != nil {
				return struct{}{}, fmt.Errorf("save terms of sale: %w", err)
			}
			if tag.RowsAffected() == 0 {
				return struct{}{}, stale()
			}
			return struct{}{}, account.AuditTx(ctx, tx, account.Audit{
				Org: org, Actor: actor.ID(), Action: "sales.save", Subject: event.String(), Before: before, After: in,
			})
		})
		if err != nil {
			return err
		}
		after, err = readSales(ctx, tx, org, event)
		return err
	})
	return after, err
}

func stale() error {
	return fault.Conflict(fault.StaleVersion, "This was changed meanwhile. Please look at it again.")
}

// Supplier is who sells, as documents name it.
type Supplier struct {
	Name, Address, VATNumber, BankDetails string
	// ExchangeRates are lines for ParseExchangeRates.
	ExchangeRates string
	// NoReminders stops mails about invoices that are not paid.
	NoReminders bool
	Version     int64
}

// An organisation that said nothing yet sells under its own name.
const sqlSupplier = `
SELECT coalesce(s.name, o.name), coalesce(s.address, ''), coalesce(s.vat_number, ''), coalesce(s.bank_details, ''), coalesce(s.exchange_rates, ''),
       coalesce(s.no_reminders, false), coalesce(s.version, 0)
  FROM organisation o
  LEFT JOIN supplier s ON s.org_id = o.id
 WHERE o.id = @org_id`

func readSupplier(ctx context.Context, q pg.Querier, org uid.Org) (Supplier, error) {
	var s Supplier
	err := q.QueryRow(ctx, sqlSupplier, pgx.StrictNamedArgs{"org_id": org}).
		Scan(&s.Name, &s.Address, &s.VATNumber, &s.BankDetails, &s.ExchangeRates, &s.NoReminders, &s.Version)
	if err != nil {
		return s, fmt.Errorf("read supplier: %w", err)
	}
	return s, nil
}

// Supplier returns who sells for an organisation.
func (s *Service) Supplier(ctx context.Context, org uid.Org) (Supplier, error) {
	return readSupplier(ctx, s.db.Pool(), org)
}

const sqlSaveSupplier = `
INSERT INTO supplier AS s (org_id, name, address, vat_number, bank_details, exchange_rates, no_reminders, version)
VALUES (@org_id, @name, @address, @vat_number, @bank_details, @exchange_rates, @no_reminders, 1)
ON CONFLICT ON CONSTRAINT supplier_pk DO UPDATE
   SET name = excluded.name,
       address = excluded.address,
       vat_number = excluded.vat_number,
       bank_details = excluded.bank_details,
       exchange_rates = excluded.exchange_rates,
       no_reminders = excluded.no_reminders,
       version = s.version + 1
 WHERE s.version = @version`

// SaveSupplier replaces who sells; in.Version is the one that was read.
// Documents issued before stay as they are.
func (s *Service) SaveSupplier(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, in Supplier) (Supplier, error) {
	if _, err := ParseExchangeRates(in.ExchangeRates); err != nil {
		return in, err
	}
	var after Supplier
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			before, err := readSupplier(ctx, tx, org)
			if err != nil {
				return struct{}{}, err
			}
			if before.Version != in.Version {
				return struct{}{}, stale()
			}
			tag, err := tx.Exec(ctx, sqlSaveSupplier, pgx.StrictNamedArgs{
				"org_id": org, "name": in.Name, "address": in.Address, "vat_number": in.VATNumber, "bank_details": in.BankDetails,
				"exchange_rates": in.ExchangeRates, "no_reminders": in.NoReminders, "version": in.Version,
			})
			if err != nil {
				return struct{}{}, fmt.Errorf("save supplier: %w", err)
			}
			if tag.RowsAffected() == 0 {
				return struct{}{}, stale()
			}
			return struct{}{}, account.AuditTx(ctx, tx, account.Audit{
				Org: org, Actor: actor.ID(), Action: "supplier.save", Subject: org.String(), Before: before, After: in,
			})
		})
		if err != nil {
			return err
		}
		after, err = readSupplier(ctx, tx, org)
		return err
	})
	return after, err
}

// refundPercent is what the steps give back so long before the start.
func refundPercent(steps []RefundStep, before time.Duration) int {
	for _, s := range steps {
		if before >= time.Duration(s.HoursBefore)*time.Hour {
			return s.Percent
		}
	}
	return 0
}
