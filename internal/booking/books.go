package booking

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// invoiceKey names the one invoice of an order in the ledger.
func invoiceKey(order uid.Order) string { return "inv:" + order.String() }

// sellTx books a confirmed order (J1) and issues its invoice: once per order, on
// the day of confirmation, which is the tax point. A free order has neither.
func (s *Service) sellTx(ctx context.Context, tx *pg.Tx, o sale) error {
	if o.due().Minor == 0 {
		return nil
	}
	today, err := ledger.TodayTx(ctx, tx, o.Org)
	if err != nil {
		return err
	}
	supplier, err := readSupplier(ctx, tx, o.Org)
	if err != nil {
		return err
	}
	doc := ledger.Document{
		Org: o.Org, SourceKey: invoiceKey(o.ID), Kind: ledger.KindFor(o.due(), o.Payer != (Payer{})), IssuedOn: today, TaxPoint: today,
		Order: o.ID, Currency: o.Currency, Supplier: supplier.party(), Customer: o.customer(),
		PurchaseOrder: o.Payer.PurchaseOrder, Note: "Order " + o.Code, Actor: account.System.ID(),
	}
	if o.DueAt != nil {
		zone, err := zoneOf(ctx, tx, o.Org, o.Event)
		if err != nil {
			return err
		}
		doc.DueOn = ledger.Day(*o.DueAt, zone)
	}
	for _, l := range o.Lines {
		doc.Lines = append(doc.Lines, ledger.DocumentLine{
			Description: l.Title, Quantity: 1, UnitNet: l.List.Minor - l.Rate.Included(l.List.Minor), Discount: max(l.List.Minor-l.Gross.Minor, 0),
			Net: l.Net.Minor, VAT: l.VAT.Minor, Gross: l.Gross.Minor, Rate: l.Rate, Category: l.Category, Reason: noVATReason(l.Category),
		})
	}
	_, vat := lineTotals(o.Currency, o.Lines)
	if doc.Sterling, err = s.sterlingTx(ctx, tx, o.Org, vat); err != nil {
		return err
	}
	issued, err := s.books.IssueTx(ctx, tx, doc)
	if err != nil {
		return err
	}
	_, err = s.books.PostTx(ctx, tx, ledger.Sold(ledger.SaleOf(issued, o.Event)))
	return err
}

func noVATReason(category string) string {
	switch category {
	case "exempt":
		return "Exempt from VAT"
	case "outside":
		return "Outside the scope of UK VAT"
	}
	return ""
}

func (s Supplier) party() ledger.Party {
	p := ledger.Party{Name: s.Name, Address: textLines(s.Address), VATNumber: s.VATNumber, Payment: textLines(s.BankDetails)}
	return p
}

func (o sale) customer() ledger.Party {
	p := ledger.Party{
		Name: o.Buyer.Name, Organisation: o.Payer.Company, Address: textLines(o.Payer.Address), Country: o.Payer.Country,
		VATNumber: o.Payer.VATNumber, Email: o.Buyer.Email,
	}
	if o.Payer.Postcode != "" {
		p.Address = append(p.Address, o.Payer.Postcode)
	}
	return p
}

func textLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// crediting takes amounts of lines back.
type crediting struct {
	lines  []Line
	shares []int64 // of each line's price, in minor units
	reason string
	source payment.Source
	actor  account.Actor
}

const sqlCreditLine = `
UPDATE order_line
   SET credited_minor = credited_minor + @amount
 WHERE org_id = @org_id
   AND id = @id`

// creditTx lowers lines' prices, issues the credit note, books it (J4), and asks
// for what was paid too much by then to be sent back. It returns how much that is.
func (s *Service) creditTx(ctx context.Context, tx *pg.Tx, o *sale, c crediting) (int64, error) {
	var total int64
	for _, share := range c.shares {
		total += share
	}
	if total == 0 {
		return 0, nil
	}
	if err := s.creditNoteTx(ctx, tx, *o, c); err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	credited := map[uid.Line]int64{}
	for i, l := range c.lines {
		if c.shares[i] > 0 {
			credited[l.ID] = c.shares[i]
			batch.Queue(sqlCreditLine, pgx.StrictNamedArgs{"org_id": o.Org, "id": l.ID, "amount": c.shares[i]})
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return 0, fmt.Errorf("credit lines: %w", err)
	}
	for i := range o.Lines {
		o.Lines[i].Credited.Minor += credited[o.Lines[i].ID]
	}
	owed, err := s.owedTx(ctx, tx, *o)
	if err != nil {
		return 0, err
	}
	if err := s.evenTx(ctx, tx, *o, owed); err != nil {
		return 0, err
	}
	back := min(max(-owed, 0), total)
	if back == 0 {
		return 0, nil // it was not paid yet: the invoice is lower now
	}
	return back, s.refundTx(ctx, tx, *o, back, c.reason, c.source, c.actor)
}

func (s *Service) creditNoteTx(ctx context.Context, tx *pg.Tx, o sale, c crediting) error {
	today, err := ledger.TodayTx(ctx, tx, o.Org)
	if err != nil {
		return err
	}
	documents, err := s.books.Documents(ctx, tx, o.Org, o.ID)
	if err != nil {
		return err
	}
	var invoice uid.Document
	for _, d := range documents {
		if d.Kind != ledger.CreditNote {
			invoice = d.ID
		}
	}
	source := "credit:" + uid.New[uid.Fact]().String()
	in := ledger.CreditInput{Org: o.Org, Invoice: invoice, Reason: c.reason, On: today, Actor: c.actor.ID(), SourceKey: source}
	for i, l := range c.lines {
		if c.shares[i] > 0 {
			in.Lines = append(in.Lines, ledger.CreditLine{Line: l.Position + 1, Gross: c.shares[i]})
		}
	}
	note, err := s.books.CreditTx(ctx, tx, in)
	if err != nil {
		return err
	}
	_, err = s.books.PostTx(ctx, tx, ledger.Credited(ledger.SaleOf(note, o.Event)))
	return err
}

// DocumentPDF returns a document of an organisation as PDF, and how to call the
// file. The one that counts is kept in the moment after it was issued; whoever is
// faster gets the same figures, drawn for them.
func (s *Service) DocumentPDF(ctx context.Context, org uid.Org, id uid.Document) (name string, pdf []byte, err error) {
	d, err := s.books.Document(ctx, s.db.Pool(), org, id)
	if err != nil {
		return "", nil, err
	}
	pdf, err = s.books.File(ctx, s.db.Pool(), org, id)
	if fault.Is(err, fault.NoSuchThing) && s.draw != nil {
		pdf, err = s.draw(d)
	} else if fault.Is(err, fault.NoSuchThing) {
		return "", nil, fault.Down(fault.Unavailable, "The document is being drawn. Please try again in a moment.")
	}
	return d.Number + ".pdf", pdf, err
}

// MyDocument is DocumentPDF for the buyer of the order it belongs to.
func (s *Service) MyDocument(ctx context.Context, secret string, id uid.Document) (name string, pdf []byte, err error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return "", nil, err
	}
	d, err := s.books.Document(ctx, s.db.Pool(), ref.Org, id)
	if err != nil {
		return "", nil, err
	}
	if d.Order != uid.Order(ref.ID) {
		return "", nil, fault.NotFound("document")
	}
	return s.DocumentPDF(ctx, ref.Org, id)
}
