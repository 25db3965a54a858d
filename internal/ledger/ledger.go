package ledger

import (
	"context"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Service keeps the ledger.
type Service struct {
	db  *pg.DB
	box *outbox.Box
}

// New makes the service. Issued documents are announced through box.
func New(db *pg.DB, box *outbox.Box) *Service { return &Service{db: db, box: box} }

// Posting is one line of a journal.
type Posting struct {
	Account Account
	// Amount is a debit above zero and a credit below.
	Amount money.Amount
	// Ref is what the line is about, such as "ord_…" or "ch_…"; never empty.
	Ref string
}

// Journal is one entry to be made.
type Journal struct {
	Org uid.Org
	// SourceKey says what the entry was made of, such as "pay:ch_123". An
	// organisation has one journal per key; posting it again changes nothing.
	SourceKey string
	Kind      Kind
	// On is the calendar day the entry belongs to, as midnight UTC.
	On time.Time
	// Actor is who or what caused it: account.Actor's id, or "system".
	Actor string
	// Memo is free text for people.
	Memo     string
	Postings []Posting
}

// Posted is a journal as it was booked.
type Posted struct {
	Journal
	ID uid.Journal
	// PostedAt is when it entered the books, by the database's clock.
	PostedAt time.Time
	// Reverses is the journal that this one takes back; zero for most.
	Reverses uid.Journal
}

// Day is the calendar day of a moment in a place, as midnight UTC: the form in
// which the ledger takes dates.
func Day(at time.Time, loc *time.Location) time.Time {
	y, m, d := at.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// TodayTx is the calendar day where an organisation is.
func TodayTx(ctx context.Context, tx *pg.Tx, org uid.Org) (time.Time, error) {
	zone, err := account.Zone(ctx, tx, org)
	if err != nil {
		return time.Time{}, err
	}
	return Day(tx.Now, zone), nil
}

// Month is the first day of a day's month.
func Month(day time.Time) time.Time {
	y, m, _ := day.Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}
