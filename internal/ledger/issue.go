package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// FactDocumentIssued is the outbox fact of a new document; its subject is the
// document's id.
const FactDocumentIssued = "document.issued"

const sqlLockSource = `SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))`

const sqlDocumentBySource = `
SELECT id
  FROM document
 WHERE org_id = @org_id
   AND source_key = @source`

const sqlInsertDocument = `
INSERT INTO document (org_id, id, source_key, kind, series, sequence, number, issued_on, tax_point, booked_on, due_on,
                      order_id, corrects, currency, net, vat, gross, supplier, customer, sterling_vat, sterling_rate,
                      purchase_order, note, reason, actor, issued_at, xid)
VALUES (@org_id, @id, @source, @kind, @series, 0, '', @issued_on, @tax_point, @booked_on, @due_on,
        @order_id, @corrects, @currency, @net, @vat, @gross, @supplier, @customer, @sterling_vat, @sterling_rate,
        @purchase_order, @note, @reason, @actor, @now, '0'::xid8)
RETURNING series, number`

const sqlInsertLines = `
INSERT INTO document_line (org_id, document_id, line, corrects_line, description, quantity, unit_net, discount, net, rate, vat, gross, category, reason)
SELECT @org_id, @id, line, nullif(corrects, 0), description, quantity, unit_net, discount, net, rate, vat, gross, category, reason
  FROM unnest(@lines::smallint[], @corrects::smallint[], @descriptions::text[], @quantities::int[], @unit_nets::bigint[], @discounts::bigint[],
              @nets::bigint[], @rates::int[], @vats::bigint[], @grosses::bigint[], @categories::text[], @reasons::text[])
    AS l (line, corrects, description, quantity, unit_net, discount, net, rate, vat, gross, category, reason)`

// IssueTx gives a document its number and keeps it for good; it returns it with
// what it was given. A SourceKey that was issued before returns that document and writes
// nothing. It fails with WRONG_STATE for a credit note that takes back more than
// its invoice has left. Sums are taken from the lines; lines that do not add up
// are a bug of the caller.
//
// The number's series stays locked until the transaction ends, so IssueTx
// belongs near its end.
func (s *Service) IssueTx(ctx context.Context, tx *pg.Tx, d Document) (Document, error) {
	if err := d.prepare(); err != nil {
		return Document{}, fmt.Errorf("issue %s: %w", d.SourceKey, err)
	}
	found, err := s.issuedTx(ctx, tx, d.Org, d.SourceKey)
	if err != nil || !found.IsZero() {
		if err == nil {
			d, err = s.Document(ctx, tx, d.Org, found)
		}
		return d, err
	}
	if d.Kind == CreditNote {
		invoice, err := s.withinInvoiceTx(ctx, tx, d)
		if err != nil {
			return Document{}, err
		}
		d.CorrectsNumber, d.CorrectsIssuedOn = invoice.Number, invoice.IssuedOn
	}
	if d.BookedOn, err = s.EnsureTx(ctx, tx, d.Org, d.BookedOn); err != nil {
		return Document{}, err
	}
	if err := s.insertTx(ctx, tx, &d); err != nil {
		return Document{}, err
	}
	if err := s.box.AppendTx(ctx, tx, outbox.Fact{Org: d.Org, Kind: FactDocumentIssued, Subject: d.ID}); err != nil {
		return Document{}, err
	}
	return d, nil
}

// issuedTx finds the document of a source, and keeps others from issuing one
// meanwhile.
func (s *Service) issuedTx(ctx context.Context, tx *pg.Tx, org uid.Org, source string) (id uid.Document, err error) {
	batch := &pgx.Batch{}
	batch.Queue(sqlLockSource, pgx.StrictNamedArgs{"key": "document " + org.String() + " " + source})
	batch.Queue(sqlDocumentBySource, pgx.StrictNamedArgs{"org_id": org, "source": source}).QueryRow(func(row pgx.Row) error {
		if err := row.Scan(&id); !pg.IsNoRows(err) {
			return err
		}
		return nil
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return id, fmt.Errorf("find the document of a source: %w", err)
	}
	return id, nil
}

func (s *Service) insertTx(ctx context.Context, tx *pg.Tx, d *Document) error {
	d.ID = uid.New[uid.Document]()
	var sterlingVAT *int64
	rate := ""
	if d.Sterling != nil {
		sterlingVAT, rate = &d.Sterling.VAT, d.Sterling.Rate
	}
	var dueOn *time.Time
	if !d.DueOn.IsZero() {
		dueOn = &d.DueOn
	}
	batch := &pgx.Batch{}
	batch.Queue(sqlInsertDocument, pgx.StrictNamedArgs{
		"org_id": d.Org, "id": d.ID, "source": d.SourceKey, "kind": d.Kind, "series": d.Series,
		"issued_on": d.IssuedOn, "tax_point": d.TaxPoint, "booked_on": d.BookedOn, "due_on": dueOn,
		"order_id": d.Order, "corrects": d.Corrects, "currency": d.Currency, "net": d.Net, "vat": d.VAT, "gross": d.Gross,
		"supplier": d.Supplier, "customer": d.Customer, "sterling_vat": sterlingVAT, "sterling_rate": rate,
		"purchase_order": d.PurchaseOrder, "note": d.Note, "reason": d.Reason, "actor": d.Actor, "now": tx.Now,
	}).QueryRow(func(row pgx.Row) error { return row.Scan(&d.Series, &d.Number) })
	queueLines(batch, d)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("insert the document: %w", err)
	}
	return nil
}

func queueLines(batch *pgx.Batch, d *Document) {
	n := len(d.Lines)
	lines, corrects := make([]int16, n), make([]int16, n)
	descriptions, categories, reasons := make([]string, n), make([]string, n), make([]string, n)
	quantities, rates := make([]int32, n), make([]int32, n)
	unitNets, discounts, nets, vats, grosses := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, l := range d.Lines {
		lines[i], corrects[i], quantities[i], rates[i] = int16(l.Line), int16(l.Corrects), int32(l.Quantity), int32(l.Rate)
		descriptions[i], categories[i], reasons[i] = l.Description, l.Category, l.Reason
		unitNets[i], discounts[i], nets[i], vats[i], grosses[i] = l.UnitNet, l.Discount, l.Net, l.VAT, l.Gross
	}
	batch.Queue(sqlInsertLines, pgx.StrictNamedArgs{
		"org_id": d.Org, "id": d.ID, "lines": lines, "corrects": corrects, "descriptions": descriptions,
		"quantities": quantities, "unit_nets": unitNets, "discounts": discounts, "nets": nets, "rates": rates,
		"vats": vats, "grosses": grosses, "categories": categories, "reasons": reasons,
	})
}

const sqlStoreFile = `
INSERT INTO document_file (org_id, document_id, pdf, sha256, stored_at)
VALUES (@org_id, @id, @pdf, @sha256, @now)
    ON CONFLICT (org_id, document_id) DO NOTHING`

// StoreFileTx keeps the rendered document. The first rendering stays; storing
// another does nothing and stored is false.
func (s *Service) StoreFileTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Document, pdf []byte) (stored bool, err error) {
	sum := sha256.Sum256(pdf)
	tag, err := tx.Exec(ctx, sqlStoreFile, pgx.StrictNamedArgs{"org_id": org, "id": id, "pdf": pdf, "sha256": sum[:], "now": tx.Now})
	if pg.Constraint(err) == "document_file_document_fk" {
		return false, fault.NotFound("document")
	}
	if err != nil {
		return false, fmt.Errorf("store the document's file: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

const sqlFile = `
SELECT pdf
  FROM document_file
 WHERE org_id = @org_id
   AND document_id = @id`

// File is the stored rendering of a document; it fails with NOT_FOUND when none
// is stored yet.
func (s *Service) File(ctx context.Context, q pg.Querier, org uid.Org, id uid.Document) ([]byte, error) {
	var pdf []byte
	err := q.QueryRow(ctx, sqlFile, pgx.StrictNamedArgs{"org_id": org, "id": id}).Scan(&pdf)
	if pg.IsNoRows(err) {
		return nil, fault.NotFound("document file")
	}
	if err != nil {
		return nil, fmt.Errorf("read the document's file: %w", err)
	}
	return pdf, nil
}
