package app

import (
	"context"
	"fmt"

	"lanyard/internal/ledger"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/printing"
	"lanyard/internal/uid"
)

// printDocument hears of issued documents and keeps each as PDF, once. Whoever
// wants to see one before that prints it from the same figures.
func (s *Services) printDocument(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	if f.Kind != ledger.FactDocumentIssued {
		return nil
	}
	d, err := s.Ledger.Document(ctx, tx, f.Org, uid.Document(f.Subject))
	if err != nil {
		return fmt.Errorf("read the document to print: %w", err)
	}
	pdf, err := printing.Document(d)
	if err != nil {
		return fmt.Errorf("print %s: %w", d.Number, err)
	}
	_, err = s.Ledger.StoreFileTx(ctx, tx, d.Org, d.ID, pdf)
	return err
}
