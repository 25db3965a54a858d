package checkin

import (
	"context"
	"log/slog"
	"sync"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// Service is everything this package does. It is safe for concurrent use. Close
// ends its worker.
type Service struct {
	// Badge draws a badge as PDF for print jobs; nil leaves that to the station.
	Badge func(j PrintJob) ([]byte, error)

	db       *pg.DB
	accounts *account.Service
	events   *catalog.Service
	bookings *booking.Service
	mint     *ticketcode.Mint
	log      *slog.Logger
	clock    clock.Clock
	counts   counter
	configs  configs
	door     *inventory.Committer[*arrival, *Result]

	epochOnce sync.Mutex
	epoch     string
}

// Deps are what the service stands on.
type Deps struct {
	Accounts *account.Service
	Events   *catalog.Service
	Bookings *booking.Service
	// Secret is what ticket numbers and keys follow from.
	Secret [32]byte
	// Log may be nil.
	Log *slog.Logger
	// Clock is the database's in tests; nil means the machine's.
	Clock clock.Clock
}

// New makes the service.
func New(db *pg.DB, d Deps) *Service {
	s := &Service{
		db: db, accounts: d.Accounts, events: d.Events, bookings: d.Bookings, mint: ticketcode.NewMint(d.Secret), log: d.Log,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock = d.Clock; s.clock == nil {
		s.clock = clock.System
	}
	s.counts.read = s.readCounts
	s.door = inventory.NewCommitter(s.letInTogether)
	return s
}

// reach refuses a list that is not the tablet's: it answers as if there were no
// such list, and the organiser hears of it.
func (s *Service) reach(ctx context.Context, d *account.Device, list uid.CheckInList) error {
	if d.Reaches(list) {
		return nil
	}
	if err := s.accounts.Alarm(ctx, d.Org, d.ID, account.AlarmOtherList, map[string]any{"list": list}); err != nil {
		return err
	}
	return fault.NotFound("check-in list")
}
