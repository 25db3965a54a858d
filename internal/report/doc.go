// Package report reads the books for people who keep them, and writes them down.
//
// A report is a table whose rows each say from which journals they were summed,
// so that a person can go from any figure down to its postings. Sales figures
// come from documents, money from postings; both are dated by the day on which
// they count.
//
// A table becomes a CSV or XLSX file. The journals of a period become a file for
// Xero, QuickBooks Online or Sage 50, in that package's own layout and with its
// own account codes: an account without one is refused, by name. Every file that
// leaves is kept with the hash of what it says. A journal that a package has been
// given is left out of the next file for it, unless somebody asks for it again;
// then the file says how much of it is not new.
//
// Reports can be mailed by themselves, each week or month, for the week or month
// before.
//
// Tables: report_mapping, report_schedule, report_export, report_export_journal,
// and the view journal_origin.
// It refuses to change the books, and to guess an account code.
package report

import (
	"context"

	"lanyard/internal/ledger"
	"lanyard/internal/pg"
)

// Service makes reports and exports. It is safe for concurrent use.
type Service struct {
	db    *pg.DB
	books *ledger.Service
	// Mail sends a scheduled report in the transaction that makes it. Without it
	// nothing is sent and schedules wait.
	Mail func(ctx context.Context, tx *pg.Tx, m Mailing) error
}

// New makes the service.
func New(db *pg.DB, books *ledger.Service) *Service { return &Service{db: db, books: books} }
