package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// FillBasket quotes what is wanted and keeps it for twenty minutes at the quoted
// prices: all of it, or nothing. Applications are quoted and take no seats. It
// fails like Hold, and with faults under choices[i] and code.
func (s *Service) FillBasket(ctx context.Context, key replay.Key, in BasketInput) (Basket, error) {
	if s.Paused != nil {
		if err := s.Paused(); err != nil {
			return Basket{}, err
		}
	}
	if err := checkChoices(in.Choices); err != nil {
		return Basket{}, err
	}
	var b Basket
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		id, err := replay.Do(ctx, tx, key, func() (uid.Order, error) {
			return s.fillTx(ctx, tx, filling{BasketInput: in, requestID: requestID(key), hash: key.Hash, until: tx.Now.Add(holdFor)})
		})
		if err != nil {
			return err
		}
		b, err = s.basketTx(ctx, tx, in.Org, id)
		return err
	})
	return b, err
}

func checkChoices(choices []BasketChoice) error {
	total := 0
	for i, c := range choices {
		field := fmt.Sprintf("choices[%d]", i)
		switch {
		case c.Quantity < 1 || c.Quantity > maxPerOrder:
			return fault.InvalidField(field+".quantity", "quantity", "must be from 1 to %d", maxPerOrder)
		case c.AmountMinor < 0:
			return fault.InvalidField(field+".amount_minor", "amount", "must not be negative")
		case len(c.ForTickets) > 0 && len(c.ForTickets) != c.Quantity:
			return fault.InvalidField(field+".for_tickets", "for_tickets", "must name one ticket for each")
		}
		total += c.Quantity
	}
	if total < 1 || total > maxPerOrder {
		return fault.InvalidField("choices", "quantity", "must be from 1 to %d in all", maxPerOrder)
	}
	return nil
}

// filling is a basket on its way.
type filling struct {
	BasketInput
	requestID string
	hash      [32]byte
	until     time.Time
	company   uid.Company
	companyAs string
	proved    string
}

// unit is one of what is wanted, tickets first.
type unit struct {
	choice int
	wanted inventory.Wanted
	ticket int // of an add-on: whose it is
}

// fillTx makes the order, its lines and places. The prices are those of this moment.
func (s *Service) fillTx(ctx context.Context, tx *pg.Tx, f filling) (uid.Order, error) {
	byApproval, err := s.openForSaleTx(ctx, tx, f.Org, f.Event)
	if err != nil {
		return uid.Order{}, err
	}
	in := inventory.QuoteInput{Org: f.Org, Event: f.Event, Code: f.Code, Company: f.company, Taking: !byApproval}
	var units []unit
	for i, c := range f.Choices {
		for n := range c.Quantity {
			u := unit{choice: i, wanted: inventory.Wanted{Product: c.Product, Choice: i, Amount: c.AmountMinor}}
			if len(c.ForTickets) > 0 {
				u.ticket = c.ForTickets[n]
			} else {
				u.ticket = n
			}
			units = append(units, u)
			in.Units = append(in.Units, u.wanted)
		}
	}
	quote, err := s.stock.QuoteTx(ctx, tx, in)
	if err != nil {
		return uid.Order{}, err
	}
	if quote.Currency == "" {
		quote.Currency = money.GBP // nothing in it has a price
	}
	o := sale{
		Org: f.Org, ID: uid.New[uid.Order](), Event: f.Event, Code: newOrderCode(), State: OrderBasket, ExpiresAt: &f.until,
		Currency: quote.Currency, Choices: f.Choices, CodeID: quote.Code, CodeText: quote.CodeText, CompanyID: f.company, Company: f.companyAs,
		ProveEmail: f.proved, PhasesTaken: !byApproval,
	}
	if o.Lines, err = linesOf(quote, units); err != nil {
		return o.ID, err
	}
	if _, err := s.sterlingTx(ctx, tx, o.Org, quote.VAT); err != nil {
		return o.ID, err
	}
	if !byApproval {
		ask := o.ask()
		ask.Expires = f.until
		if err := s.takeTx(ctx, tx, o.Org, ask); err != nil {
			return o.ID, err
		}
		if err := s.stock.TakePhasesTx(ctx, tx, o.Org, quote); err != nil {
			return o.ID, err
		}
	}
	return o.ID, insertSaleTx(ctx, tx, o, f.requestID, f.hash)
}

// takeTx takes the seats of one ask.
func (s *Service) takeTx(ctx context.Context, tx *pg.Tx, org uid.Org, ask inventory.Ask) error {
	if len(ask.Parts) == 0 {
		return nil // nothing but donations
	}
	refusals, err := s.stock.TakeTx(ctx, tx, org, []inventory.Ask{ask})
	if err != nil {
		return err
	}
	return refusals[0]
}

// openForSaleTx says whether an event sells at all, and whether a person decides
// first. It keeps the event from being cancelled meanwhile.
func (s *Service) openForSaleTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) (byApproval bool, err error) {
	var id uid.Event
	var e eventFacts
	err = tx.QueryRow(ctx, sqlEventFacts, pgx.StrictNamedArgs{"org_id": org, "events": []uid.Event{event}}).
		Scan(&id, &e.State, &e.RegistrationMode, &e.ClosesAt)
	if errors.Is(err, pgx.ErrNoRows) || e.State == "draft" || e.State == "archived" {
		return false, fault.NotFound("event")
	}
	if err != nil {
		return false, fmt.Errorf("read event: %w", err)
	}
	return e.RegistrationMode == "approval", salesClosed(e, tx.Now, false)
}

// linesOf makes the lines of a quote, tickets first so that add-ons can name theirs.
func linesOf(q inventory.Quote, units []unit) ([]Line, error) {
	lines := make([]Line, len(units))
	var tickets []uid.Registration
	for i, u := range q.Units {
		lines[i] = Line{
			ID: uid.New[uid.Line](), Product: u.Product, Kind: u.Kind, Title: u.Title, Position: i, Phase: u.Phase, PhaseTitle: u.PhaseTitle,
			List: u.List, Gross: u.Gross, Net: u.Net, VAT: u.VAT, Rate: u.Rate, Category: u.Category, Discounts: u.Discounts,
			Credited: money.New(0, q.Currency),
		}
		if u.Kind == inventory.Ticket {
			lines[i].Registration = uid.New[uid.Registration]()
			tickets = append(tickets, lines[i].Registration)
		}
	}
	for i, u := range q.Units {
		if u.Kind != inventory.AddOn {
			continue
		}
		if units[i].ticket >= len(tickets) {
			return nil, fault.InvalidField(fmt.Sprintf("choices[%d].for_tickets", units[i].choice), "for_tickets", "names a ticket that is not in the basket")
		}
		lines[i].Registration = tickets[units[i].ticket]
	}
	return lines, nil
}

// ChangeBasket replaces a basket's contents or code: the new one has its own
// secret and the old one's time, or a new time when the old one had lapsed. When
// it cannot be filled, the old one stays.
func (s *Service) ChangeBasket(ctx context.Context, key replay.Key, secret string, choices []BasketChoice, code string) (Basket, error) {
	if err := checkChoices(choices); err != nil {
		return Basket{}, err
	}
	return s.refill(ctx, key, secret, func(tx *pg.Tx, old sale, f *filling) error {
		f.Choices, f.Code = choices, code
		return nil
	})
}

// refill replaces a basket by one that fn describes.
func (s *Service) refill(ctx context.Context, key replay.Key, secret string, fn func(tx *pg.Tx, old sale, f *filling) error) (Basket, error) {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return Basket{}, fault.NotFound("basket")
	}
	key.Scope += " " + uid.Order(ref.ID).String()
	var b Basket
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		id, err := replay.Do(ctx, tx, key, func() (uid.Order, error) {
			old, err := lockSaleTx(ctx, tx, ref.Org, uid.Order(ref.ID))
			if err != nil {
				return old.ID, notFoundAs(err, "basket")
			}
			if old.State != OrderBasket && old.State != OrderExpired || old.PlacedAt != nil {
				return old.ID, fault.Precondition(fault.WrongState, "This basket was used already.")
			}
			f := filling{
				BasketInput: BasketInput{Org: old.Org, Event: old.Event, Choices: old.Choices, Code: old.CodeText},
				requestID:   requestID(key), hash: key.Hash, until: *old.ExpiresAt,
				company: old.CompanyID, companyAs: old.Company, proved: old.ProveEmail,
			}
			if old.lapsed(tx.Now) {
				f.until = tx.Now.Add(holdFor)
			}
			if err := fn(tx, old, &f); err != nil {
				return old.ID, err
			}
			if old.State == OrderBasket {
				if err := s.endSaleTx(ctx, tx, &old, OrderExpired); err != nil {
					return old.ID, err
				}
			}
			return s.fillTx(ctx, tx, f)
		})
		if err != nil {
			return err
		}
		b, err = s.basketTx(ctx, tx, ref.Org, id)
		return err
	})
	return b, err
}

// notFoundAs names what the caller looked for.
func notFoundAs(err error, what string) error {
	if fault.Is(err, fault.NoSuchThing) {
		return fault.NotFound(what)
	}
	return err
}

// lapsed reports that a basket's time is over.
func (o sale) lapsed(now time.Time) bool {
	return o.State != OrderBasket || !o.ExpiresAt.After(now)
}

// Basket returns the basket behind a secret, lapsed ones too. One that was
// placed fails with WRONG_STATE.
func (s *Service) Basket(ctx context.Context, secret string) (Basket, error) {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return Basket{}, fault.NotFound("basket")
	}
	var b Basket
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		b, err = s.basketTx(ctx, tx, ref.Org, uid.Order(ref.ID))
		return notFoundAs(err, "basket")
	})
	return b, err
}

func (s *Service) basketTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) (Basket, error) {
	o, err := readSale(ctx, tx, org, id)
	if err != nil {
		return Basket{}, err
	}
	if o.PlacedAt != nil {
		return Basket{}, fault.Precondition(fault.WrongState, "This basket was used already.")
	}
	sales, err := readSales(ctx, tx, org, o.Event)
	if err != nil {
		return Basket{}, err
	}
	total, vat := lineTotals(o.Currency, o.Lines)
	return Basket{
		Secret: s.keys.Make(link.Hold, org, id, 1), Org: org, Event: o.Event, Order: id, ExpiresAt: *o.ExpiresAt, Lapsed: o.lapsed(tx.Now),
		Lines: o.Lines, Currency: o.Currency, Total: total, VAT: vat, Code: o.CodeText, Company: o.Company,
		OnInvoice: sales.OnInvoice && total.Minor > 0, Terms: sales.Terms, Choices: o.Choices, ByApproval: !o.PhasesTaken,
	}, nil
}

const sqlAddSale = `
INSERT INTO orders (org_id, id, event_id, code, state, request_id, request_hash, expires_at, created_at)
VALUES (@org_id, @id, @event_id, @code, 'basket', @request_id, @hash, @expires_at, @now)`

const sqlAddTerms = `
INSERT INTO order_terms (org_id, order_id, event_id, currency, choices, code_id, code_text, code_off, phases_taken,
                         company_id, company, prove_email)
VALUES (@org_id, @id, @event_id, @currency, @choices, @code_id, @code_text, @code_off, @phases_taken,
        @company_id, @company, @prove_email)`

const sqlAddHeld = `
INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, registered_at, changed_at)
VALUES (@org_id, @id, @order_id, @event_id, @product_id, @line, 'held', @now, @now)`

const sqlAddLine = `
INSERT INTO order_line (org_id, id, order_id, event_id, position, product_id, kind, registration_id, title, phase_id, phase_title,
                        currency, list_minor, discounts, gross_minor, net_minor, vat_minor, vat_rate, vat_category)
VALUES (@org_id, @id, @order_id, @event_id, @position, @product_id, @kind, @registration_id, @title, @phase_id, @phase_title,
        @currency, @list, @discounts, @gross, @net, @vat, @rate, @category)`

func insertSaleTx(ctx context.Context, tx *pg.Tx, o sale, requestID string, hash [32]byte) error {
	choices, err := json.Marshal(o.Choices)
	if err != nil {
		return fmt.Errorf("encode choices: %w", err)
	}
	batch := &pgx.Batch{}
	batch.Queue(sqlAddSale, pgx.StrictNamedArgs{
		"org_id": o.Org, "id": o.ID, "event_id": o.Event, "code": o.Code, "request_id": requestID, "hash": hash[:],
		"expires_at": o.ExpiresAt, "now": tx.Now,
	})
	batch.Queue(sqlAddTerms, pgx.StrictNamedArgs{
		"org_id": o.Org, "id": o.ID, "event_id": o.Event, "currency": o.Currency, "choices": string(choices), "code_id": o.CodeID,
		"code_text": o.CodeText, "code_off": codeOff(o.Lines), "phases_taken": o.PhasesTaken, "company_id": o.CompanyID, "company": o.Company,
		"prove_email": o.ProveEmail,
	})
	for _, l := range o.Lines {
		if l.Kind == inventory.Ticket {
			batch.Queue(sqlAddHeld, pgx.StrictNamedArgs{
				"org_id": o.Org, "id": l.Registration, "order_id": o.ID, "event_id": o.Event, "product_id": l.Product, "line": l.Position, "now": tx.Now,
			})
		}
	}
	for _, l := range o.Lines {
		discounts, err := encodeDiscounts(l.Discounts)
		if err != nil {
			return err
		}
		batch.Queue(sqlAddLine, pgx.StrictNamedArgs{
			"org_id": o.Org, "id": l.ID, "order_id": o.ID, "event_id": o.Event, "position": l.Position, "product_id": l.Product,
			"kind": string(l.Kind), "registration_id": l.Registration, "title": l.Title, "phase_id": l.Phase, "phase_title": l.PhaseTitle,
			"currency": o.Currency, "list": l.List.Minor, "discounts": discounts, "gross": l.Gross.Minor, "net": l.Net.Minor,
			"vat": l.VAT.Minor, "rate": l.Rate, "category": l.Category,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write basket: %w", err)
	}
	return nil
}

func encodeDiscounts(discounts []inventory.Discount) (string, error) {
	stored := make([]storedDiscount, len(discounts))
	for i, d := range discounts {
		stored[i] = storedDiscount{Reason: d.Reason, Label: d.Label, Off: d.Off.Minor}
	}
	b, err := json.Marshal(stored)
	if err != nil {
		return "", fmt.Errorf("encode discounts: %w", err)
	}
	return string(b), nil
}

// codeOff is how much the code took off in all.
func codeOff(lines []Line) int64 {
	var off int64
	for _, l := range lines {
		for _, d := range l.Discounts {
			if d.Reason == inventory.OffByCode {
				off += d.Off.Minor
			}
		}
	}
	return off
}
