package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const documentColumns = `
SELECT d.org_id, d.id, d.source_key, d.kind, d.series, d.number, d.issued_on, d.tax_point, d.booked_on, d.due_on,
       d.order_id, d.corrects, coalesce(i.number, '') AS corrects_number, i.issued_on AS corrects_issued_on,
       d.currency, d.net, d.vat, d.gross, d.supplier, d.customer,
       d.sterling_vat, d.sterling_rate, d.purchase_order, d.note, d.reason, d.actor
  FROM document d
  LEFT JOIN document i ON i.org_id = d.org_id AND i.id = d.corrects
 WHERE d.org_id = @org_id`

const sqlDocuments = documentColumns + `
   AND (@ids::uuid[] IS NULL OR d.id = ANY (@ids))
   AND (@order_id::uuid IS NULL OR d.order_id = @order_id)
   AND (@corrects::uuid IS NULL OR d.corrects = @corrects)
   AND (@from::date IS NULL OR d.booked_on >= @from)
   AND (@until::date IS NULL OR d.booked_on < @until)
   AND (@after::uuid IS NULL OR (d.booked_on, d.id) > (SELECT a.booked_on, a.id FROM document a WHERE a.org_id = @org_id AND a.id = @after))
 ORDER BY d.booked_on, d.id
 LIMIT @limit`

const sqlLines = `
SELECT document_id, line, coalesce(corrects_line, 0), description, quantity, unit_net, discount, net, rate, vat, gross, category, reason
  FROM document_line
 WHERE org_id = @org_id
   AND document_id = ANY (@ids)
 ORDER BY document_id, line`

// DocumentFilter narrows a list of documents; its zero value is all of them.
type DocumentFilter struct {
	IDs      []uid.Document
	Order    uid.Order
	Corrects uid.Document
	// From and Until bound the day the documents count on; Until is exclusive.
	From, Until time.Time
	// After is the last document of the page before.
	After uid.Document
	Limit int
}

// List is the documents of a filter with their lines, in the order of the days
// they count on.
func (s *Service) List(ctx context.Context, q pg.Querier, org uid.Org, f DocumentFilter) ([]Document, error) {
	var limit *int
	if f.Limit > 0 {
		limit = &f.Limit
	}
	rows, err := q.Query(ctx, sqlDocuments, pgx.StrictNamedArgs{
		"org_id": org, "ids": f.IDs, "order_id": f.Order, "corrects": f.Corrects,
		"from": dayOrNull(f.From), "until": dayOrNull(f.Until), "after": f.After, "limit": limit,
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	docs, err := pgx.CollectRows(rows, scanDocument)
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return docs, s.addLines(ctx, q, org, docs)
}

func dayOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func scanDocument(row pgx.CollectableRow) (Document, error) {
	var d Document
	var dueOn, correctsOn *time.Time
	var sterlingVAT *int64
	var sterlingRate string
	var supplier, customer json.RawMessage
	err := row.Scan(&d.Org, &d.ID, &d.SourceKey, &d.Kind, &d.Series, &d.Number, &d.IssuedOn, &d.TaxPoint, &d.BookedOn, &dueOn,
		&d.Order, &d.Corrects, &d.CorrectsNumber, &correctsOn, &d.Currency, &d.Net, &d.VAT, &d.Gross, &supplier, &customer,
		&sterlingVAT, &sterlingRate, &d.PurchaseOrder, &d.Note, &d.Reason, &d.Actor)
	if err != nil {
		return d, err
	}
	if dueOn != nil {
		d.DueOn = *dueOn
	}
	if correctsOn != nil {
		d.CorrectsIssuedOn = *correctsOn
	}
	if sterlingVAT != nil {
		d.Sterling = &Sterling{*sterlingVAT, sterlingRate}
	}
	if err := json.Unmarshal(supplier, &d.Supplier); err != nil {
		return d, fmt.Errorf("supplier of %s: %w", d.Number, err)
	}
	if err := json.Unmarshal(customer, &d.Customer); err != nil {
		return d, fmt.Errorf("customer of %s: %w", d.Number, err)
	}
	return d, nil
}

func (s *Service) addLines(ctx context.Context, q pg.Querier, org uid.Org, docs []Document) error {
	if len(docs) == 0 {
		return nil
	}
	index, ids := map[uid.Document]*Document{}, make([]uid.Document, len(docs))
	for i := range docs {
		index[docs[i].ID], ids[i] = &docs[i], docs[i].ID
	}
	rows, err := q.Query(ctx, sqlLines, pgx.StrictNamedArgs{"org_id": org, "ids": ids})
	if err != nil {
		return fmt.Errorf("read documents' lines: %w", err)
	}
	var id uid.Document
	var l DocumentLine
	_, err = pgx.ForEachRow(rows, []any{
		&id, &l.Line, &l.Corrects, &l.Description, &l.Quantity, &l.UnitNet, &l.Discount,
		&l.Net, &l.Rate, &l.VAT, &l.Gross, &l.Category, &l.Reason,
	}, func() error {
		index[id].Lines = append(index[id].Lines, l)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read documents' lines: %w", err)
	}
	return nil
}

// Documents lists an order's documents, oldest first.
func (s *Service) Documents(ctx context.Context, q pg.Querier, org uid.Org, order uid.Order) ([]Document, error) {
	if order.IsZero() {
		return nil, nil
	}
	return s.List(ctx, q, org, DocumentFilter{Order: order})
}

// Document reads one document; it fails with NOT_FOUND.
func (s *Service) Document(ctx context.Context, q pg.Querier, org uid.Org, id uid.Document) (Document, error) {
	docs, err := s.List(ctx, q, org, DocumentFilter{IDs: []uid.Document{id}})
	if err != nil {
		return Document{}, err
	}
	if len(docs) == 0 {
		return Document{}, fault.NotFound("document")
	}
	return docs[0], nil
}
