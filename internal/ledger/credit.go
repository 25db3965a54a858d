package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// CreditLine is how much of one invoice line is taken back.
type CreditLine struct {
	// Line is the invoice's line.
	Line int
	// Gross is the amount with VAT, in minor units; zero takes back all that is
	// left of the line.
	Gross int64
	// Quantity is how many pieces it stands for on paper; zero is one for a part
	// and the invoice's number for a whole line.
	Quantity int
}

// CreditInput is what a credit note is made of.
type CreditInput struct {
	Org     uid.Org
	Invoice uid.Document
	// Lines are what is taken back; none is all that is left of the invoice.
	Lines []CreditLine
	// Amount, when no lines are given, is a gross amount to be spread over what
	// is left of the lines, in proportion.
	Amount    int64
	Reason    string
	On        time.Time // the day of issue, midnight UTC
	Actor     string
	SourceKey string
}

const sqlCredited = `
SELECT l.corrects_line, sum(l.net)::bigint, sum(l.vat)::bigint
  FROM document n
  JOIN document_line l ON l.org_id = n.org_id AND l.document_id = n.id
 WHERE n.org_id = @org_id
   AND n.corrects = @invoice
 GROUP BY l.corrects_line`

const sqlLockInvoice = `
SELECT kind
  FROM document
 WHERE org_id = @org_id
   AND id = @invoice
   FOR NO KEY UPDATE`

// credited is what was taken back of a line.
type credited struct{ net, vat int64 }

func (c credited) gross() int64 { return c.net + c.vat }

// creditedTx sums an invoice's credit notes by line, and keeps new ones away
// until the transaction ends.
func (s *Service) creditedTx(ctx context.Context, tx *pg.Tx, org uid.Org, invoice uid.Document) (map[int]credited, error) {
	var kind DocumentKind
	err := tx.QueryRow(ctx, sqlLockInvoice, pgx.StrictNamedArgs{"org_id": org, "invoice": invoice}).Scan(&kind)
	switch {
	case pg.IsNoRows(err):
		return nil, fault.NotFound("invoice")
	case err != nil:
		return nil, fmt.Errorf("lock the invoice: %w", err)
	case kind == CreditNote:
		return nil, fault.Precondition(fault.WrongState, "A credit note cannot be credited.")
	}
	rows, err := tx.Query(ctx, sqlCredited, pgx.StrictNamedArgs{"org_id": org, "invoice": invoice})
	if err != nil {
		return nil, fmt.Errorf("read credit notes: %w", err)
	}
	sums := map[int]credited{}
	var line int
	var c credited
	if _, err := pgx.ForEachRow(rows, []any{&line, &c.net, &c.vat}, func() error { sums[line] = c; return nil }); err != nil {
		return nil, fmt.Errorf("read credit notes: %w", err)
	}
	return sums, nil
}

// withinInvoiceTx refuses a credit note that takes back more than is left of its
// invoice, which it returns.
func (s *Service) withinInvoiceTx(ctx context.Context, tx *pg.Tx, d Document) (invoice Document, err error) {
	before, err := s.creditedTx(ctx, tx, d.Org, d.Corrects)
	if err != nil {
		return invoice, err
	}
	invoice, err = s.Document(ctx, tx, d.Org, d.Corrects)
	if err != nil {
		return invoice, err
	}
	if invoice.Currency != d.Currency || invoice.Order != d.Order {
		return invoice, fmt.Errorf("credit %s: the invoice has another currency or order", invoice.Number)
	}
	for _, l := range d.Lines {
		if l.Corrects > len(invoice.Lines) {
			return invoice, fault.InvalidField("lines", "line.unknown", "line %d is not on invoice %s", l.Corrects, invoice.Number)
		}
		of, sum := invoice.Lines[l.Corrects-1], before[l.Corrects]
		sum.net, sum.vat = sum.net+l.Net, sum.vat+l.VAT
		before[l.Corrects] = sum
		if sum.net > of.Net || sum.vat > of.VAT {
			return invoice, beyond(invoice)
		}
	}
	return invoice, nil
}

func beyond(invoice Document) error {
	return fault.Precondition(fault.WrongState, "This is more than what is left of invoice %s.", invoice.Number)
}

// CreditTx issues a credit note over lines or amounts of an invoice. The VAT of
// a part is the cumulative share of the line's stored VAT, so that parts add up
// to the line whatever their sizes. It fails with WRONG_STATE when less is left
// than asked for, and returns the note issued before when the SourceKey is known.
func (s *Service) CreditTx(ctx context.Context, tx *pg.Tx, in CreditInput) (Document, error) {
	if found, err := s.issuedTx(ctx, tx, in.Org, in.SourceKey); err != nil {
		return Document{}, err
	} else if !found.IsZero() {
		return s.Document(ctx, tx, in.Org, found)
	}
	before, err := s.creditedTx(ctx, tx, in.Org, in.Invoice)
	if err != nil {
		return Document{}, err
	}
	invoice, err := s.Document(ctx, tx, in.Org, in.Invoice)
	if err != nil {
		return Document{}, err
	}
	asked, err := in.spread(invoice, before)
	if err != nil {
		return Document{}, err
	}
	note := Document{
		Org: in.Org, SourceKey: in.SourceKey, Kind: CreditNote, IssuedOn: in.On, TaxPoint: in.On,
		Order: invoice.Order, Corrects: invoice.ID, Currency: invoice.Currency,
		Supplier: invoice.Supplier, Customer: invoice.Customer,
		PurchaseOrder: invoice.PurchaseOrder, Reason: in.Reason, Actor: in.Actor,
	}
	for _, a := range asked {
		l, err := part(invoice, before, a)
		if err != nil {
			return Document{}, err
		}
		if l.Gross > 0 || invoice.Gross == 0 {
			note.Lines = append(note.Lines, l)
		}
	}
	if len(note.Lines) == 0 {
		return Document{}, fault.Precondition(fault.WrongState, "Nothing is left of invoice %s.", invoice.Number)
	}
	if s := invoice.Sterling; s != nil {
		total, sofar := int64(0), int64(0)
		for _, b := range before {
			sofar += b.vat
		}
		for _, l := range note.Lines {
			total += l.VAT
		}
		note.Sterling = &Sterling{money.RefundShare(s.VAT, invoice.VAT, sofar, sofar+total), s.Rate}
	}
	return s.IssueTx(ctx, tx, note)
}

// spread says what is asked of each line.
func (in CreditInput) spread(invoice Document, before map[int]credited) ([]CreditLine, error) {
	if len(in.Lines) > 0 {
		for _, l := range in.Lines {
			if l.Line < 1 || l.Line > len(invoice.Lines) || l.Gross < 0 || l.Quantity < 0 {
				return nil, fault.InvalidField("lines", "line.unknown", "line %d is not on invoice %s, or its amount is below zero", l.Line, invoice.Number)
			}
		}
		return in.Lines, nil
	}
	left, sum := make([]int64, len(invoice.Lines)), int64(0)
	for i, l := range invoice.Lines {
		left[i] = l.Gross - before[l.Line].gross()
		sum += left[i]
	}
	if in.Amount < 0 || in.Amount > sum {
		return nil, beyond(invoice)
	}
	if in.Amount > 0 {
		left = money.Split(in.Amount, left)
	}
	var lines []CreditLine
	for i := range left {
		if left[i] > 0 || invoice.Gross == 0 {
			lines = append(lines, CreditLine{Line: i + 1, Gross: left[i]})
		}
	}
	return lines, nil
}

// part makes the credit note's line and counts it as taken back.
func part(invoice Document, before map[int]credited, a CreditLine) (DocumentLine, error) {
	of, sofar := invoice.Lines[a.Line-1], before[a.Line]
	left := of.Gross - sofar.gross()
	if a.Gross == 0 {
		a.Gross = left
	}
	if a.Gross > left {
		return DocumentLine{}, beyond(invoice)
	}
	vat := money.RefundShare(of.VAT, of.Gross, sofar.gross(), sofar.gross()+a.Gross)
	// Notes issued by line figures may have taken more or less than their share.
	vat = min(max(vat, a.Gross-(of.Net-sofar.net)), of.VAT-sofar.vat)
	l := of
	l.Corrects, l.Discount = of.Line, 0
	l.Gross, l.VAT, l.Net = a.Gross, vat, a.Gross-vat
	if a.Gross < of.Gross {
		l.Quantity = max(a.Quantity, 1)
		l.UnitNet = l.Net / int64(l.Quantity)
	}
	before[a.Line] = credited{sofar.net + l.Net, sofar.vat + l.VAT}
	return l, nil
}
