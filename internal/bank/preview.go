package bank

import (
	"context"
	"errors"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

// ImportInput is a file with statements.
type ImportInput struct {
	Org uid.Org
	// Account is whose statement it is, for files that do not say; a file that says
	// another is refused. Zero takes the account that the file names.
	Account uid.BankAccount
	// FileName is what the person called it.
	FileName string
	// Content is the file, 32 MB at most.
	Content []byte
	// Format, Encoding and Profile are as in statement.Options.
	Format   statement.Format
	Encoding statement.Encoding
	Profile  *statement.Profile
}

// Imported is what an import did, or, for a preview, would do.
type Imported struct {
	Format     statement.Format
	Encoding   statement.Encoding
	Statements []ImportedStatement
	// New and Known are how many lines were taken, and how many were there already.
	New, Known int
	// Matched is how many of all open lines were matched at once; 0 in a preview.
	Matched int
	// Sample are the first lines of the file, at most 50.
	Sample []SampleLine
	// SHA256 is the file's, in hexadecimal.
	SHA256 string
	// Before is when the same file was imported already; zero if it never was.
	Before time.Time
}

// ImportedStatement is one statement of a file.
type ImportedStatement struct {
	// ID is zero in a preview.
	ID          uid.Statement
	Account     uid.BankAccount
	AccountName string
	Number      string
	From, To    time.Time
	// Opening and Closing have no currency where the statement says neither.
	Opening, Closing money.Amount
	Checked          bool
	Lines, New       int
	// Pending is how many entries were left out because the bank has not booked them.
	Pending int
	// Notes say in words what somebody should know, such as days that no statement
	// covers where balances cannot show whether lines are missing.
	Notes []string
}

// SampleLine is a line of a file that is looked at.
type SampleLine struct {
	statement.Line
	// Known is true when the line is there already.
	Known bool
}

// errPreview undoes what a preview has written.
var errPreview = errors.New("bank: a preview writes nothing")

// Preview says what importing a file would do, and changes nothing. It fails as
// Import would.
func (s *Service) Preview(ctx context.Context, in ImportInput) (Imported, error) {
	var out Imported
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		j := &importJob{s: s, tx: tx, in: in, preview: true}
		var err error
		if out, err = j.run(ctx); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err != nil {
		return Imported{}, shown(err)
	}
	return out, nil
}

// shown turns what is wrong with a file into a fault with the field and the line.
func shown(err error) error {
	if e, ok := errors.AsType[*statement.Error](err); ok {
		return fault.InvalidField("content", "statement", "%s", e.Error())
	}
	return err
}
