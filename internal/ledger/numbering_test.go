package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"lanyard/internal/pg"
)

// TestL10_NumbersHaveNoGaps has 8 writers issue 100 documents each and roll
// every fifth back.
func TestL10_NumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	undone := errors.New("undone")
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 100 {
				err := b.db.InTx(t.Context(), func(tx *pg.Tx) error {
					if _, err := b.IssueTx(t.Context(), tx, b.invoice(fmt.Sprintf("inv:%d:%d", w, i), line("Delegate", 1, 1200))); err != nil {
						return err
					}
					if i%5 == 4 {
						return undone
					}
					return nil
				})
				if err != nil && !errors.Is(err, undone) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	var count, lowest, highest int
	err := b.db.Pool().QueryRow(t.Context(), `SELECT count(*), min(sequence), max(sequence) FROM document WHERE series = 'INV-2026'`).Scan(&count, &lowest, &highest)
	if err != nil || count != 640 || lowest != 1 || highest != 640 {
		t.Errorf("%d documents, numbered %d to %d: %v", count, lowest, highest, err)
	}
}

func TestL10_OnlyADocumentCounts(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	issued := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	copied := fmt.Sprintf(`INSERT INTO document (org_id, id, source_key, kind, series, sequence, number, issued_on, tax_point, booked_on, order_id, currency, net, vat, gross, supplier, customer, actor, issued_at, xid)
		SELECT org_id, '%s', source_key, kind, 'INV', 77, 'INV-2026-00077', issued_on, tax_point, booked_on, order_id, currency, net, vat, gross, supplier, customer, actor, issued_at, xid
		  FROM document WHERE id = '%s'`, someID, issued.ID.UUID())
	withLine := func(sql string) []string {
		return []string{sql, fmt.Sprintf(`INSERT INTO document_line SELECT org_id, '%s', line, NULL, description, quantity, unit_net, discount, net, rate, vat, gross, category, reason FROM document_line WHERE document_id = '%s'`, someID, issued.ID.UUID())}
	}
	b.refused("L10_gapless",
		attack{"a counter moved by hand", []string{`UPDATE document_series SET last = last + 5`}, seriesOff},
		attack{"a counter made by hand", []string{fmt.Sprintf(`INSERT INTO document_series VALUES ('%s', 'INV-2030', 3)`, b.org.UUID())}, seriesOff},
		attack{"a number burnt by ON CONFLICT DO NOTHING", []string{copied + ` ON CONFLICT DO NOTHING`}, seriesOff})
	forged := strings.Replace(copied, "source_key, kind, 'INV', 77", "'inv:forged', kind, 'INV', 77", 1)
	b.mustRun(withLine(forged)...)
	var number string
	if err := b.db.Pool().QueryRow(t.Context(), `SELECT number FROM document WHERE source_key = 'inv:forged'`).Scan(&number); err != nil || number != "INV-2026-00002" {
		t.Errorf("a forged number became %q, %v", number, err)
	}
}

func (b *books) mustRun(statements ...string) {
	b.Helper()
	if err := b.run(statements...); err != nil {
		b.Fatal(err)
	}
}

func TestDocument_IsTheSumOfItsLines(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	issued := b.mustIssue(b.invoice("inv:1", line("Delegate", 1, 1200)))
	doc := func(kind, corrects string, net, vat int) string {
		return fmt.Sprintf(`INSERT INTO document (org_id, id, source_key, kind, series, sequence, number, issued_on, tax_point, booked_on, order_id, corrects, currency, net, vat, gross, supplier, customer, actor, issued_at, xid)
		SELECT org_id, '%s', 'x', '%s', 'X', 0, '', issued_on, tax_point, booked_on, order_id, %s, currency, %d, %d, %d, supplier, customer, actor, issued_at, xid
		  FROM document WHERE id = '%s'`, someID, kind, corrects, net, vat, net+vat, issued.ID.UUID())
	}
	row := func(corrects string, net, vat int) string {
		return fmt.Sprintf(`INSERT INTO document_line VALUES ('%s', '%s', 1, %s, 'x', 1, 0, 0, %d, 2000, %d, %d, 'GB-standard', '')`,
			b.org.UUID(), someID, corrects, net, vat, net+vat)
	}
	off := `ALTER TABLE document DISABLE TRIGGER document_adds_up; ALTER TABLE document_line DISABLE TRIGGER document_line_adds_up`
	note := "'" + issued.ID.UUID().String() + "'"
	b.refused("document_is_its_lines",
		attack{"no lines", []string{doc("invoice", "NULL", 100, 20)}, off},
		attack{"other sums", []string{doc("invoice", "NULL", 100, 20), row("NULL", 100, 21)}, off},
		attack{"a credit note that names no line", []string{doc("credit_note", note, 100, 20), row("NULL", 100, 20)}, off})
	b.refused("credit_within_invoice",
		attack{"more than the invoice's line", []string{doc("credit_note", note, 1001, 200), row("1", 1001, 200)}, off},
		attack{"a line that is not there", []string{doc("credit_note", note, 100, 20), row("9", 100, 20)}, off})
}
