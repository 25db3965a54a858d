package checkin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Kind is what a scan reports.
type Kind string

// The kinds of scan.
const (
	Entry Kind = "entry"
	Exit  Kind = "exit"
	Void  Kind = "void"
)

// Clock says when a scan happened, by a tablet's clocks.
type Clock struct {
	// WallAt is what the tablet's wall clock showed.
	WallAt time.Time
	// Offset is the server's time minus the wall clock at the last comparison.
	Offset      time.Duration
	OffsetKnown bool
	// Monotonic counts from when the page that Boot names was loaded.
	Monotonic time.Duration
	Boot      string
	// Jumped says that the wall clock moved against the monotonic one since then.
	Jumped bool
}

// ScanInput is one scan as a tablet reports it.
type ScanInput struct {
	// ID is made by the tablet; the same scan sent twice counts once.
	ID   string
	Kind Kind
	List uid.CheckInList
	// Code is what was read; empty when the ticket was picked from the list.
	Code     string
	Ticket   uid.Registration
	Sequence int64
	Clock    Clock
	// Told is what the tablet answered; empty when it asks first.
	Told    Outcome
	Basis   Basis
	ListAge time.Duration
	// Voids is the scan that is taken back, and Reason why.
	Voids, Reason string
	Answers       map[uid.Question]string
	CashTaken     bool
	// StaffKey follows from a PIN; see PinKey.
	StaffKey []byte
}

// Result is the answer to one scan.
type Result struct {
	ScanID  string
	Outcome Outcome
	Basis   Basis
	// Ticket is nil where there is none.
	Ticket    *Ticket
	FirstAt   time.Time
	FirstGate string
	FirstHere bool
	// OtherEvent is the title of the event that the ticket is for.
	OtherEvent  string
	Conflict    Conflict
	EffectiveAt time.Time
	Ask         []uid.Question
	Message     string
}

// scanRow is one row of table scan.
type scanRow struct {
	id           string
	list         uid.CheckInList
	registration uid.Registration
	day          string
	kind         Kind
	told         Outcome
	outcome      Outcome
	basis        Basis
	conflict     Conflict
	device       uid.Device
	gate         string
	staff        string
	sequence     int64
	wallAt       time.Time
	effectiveAt  time.Time
	receivedAt   time.Time
	doubtful     bool
	listAge      time.Duration
	voids        string
	reason       string
	code         string
	answers      map[uid.Question]string
	cashTaken    bool
	otherEvent   string
}

// scanColumns and scanValues are what is written of a scan; see args.
const (
	scanColumns = `org_id, event_id, id, list_id, registration_id, day, kind, told, outcome, basis, conflict, device_id, gate, staff,
                  sequence, wall_at, effective_at, received_at, clock_doubtful, list_age, voids, reason, code, answers, cash_taken, other_event`
	scanValues = `@org_id, @event_id, @id, @list_id, @registration_id, @day, @kind, @told, @outcome, @basis, @conflict, @device_id, @gate, @staff,
        @sequence, @wall_at, @effective_at, @received_at, @doubtful, @list_age, @voids, @reason, @code, @answers, @cash_taken, @other_event`
)

const sqlInsertScan = `
INSERT INTO scan (` + scanColumns + `)
VALUES (` + scanValues + `)
ON CONFLICT ON CONSTRAINT scan_pk DO NOTHING`

// storeTx writes a scan; false when another call with the same scan was faster.
func (r scanRow) storeTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) (bool, error) {
	args, err := r.args(org, event)
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, sqlInsertScan, args)
	if err != nil {
		return false, fmt.Errorf("store scan: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func (r scanRow) args(org uid.Org, event uid.Event) (pgx.StrictNamedArgs, error) {
	answers, err := json.Marshal(r.answers)
	if r.answers == nil {
		answers, err = []byte("{}"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("encode answers: %w", err)
	}
	return pgx.StrictNamedArgs{
		"org_id": org, "event_id": event, "id": r.id, "list_id": r.list, "registration_id": r.registration, "day": r.day, "kind": r.kind,
		"told": r.told, "outcome": r.outcome, "basis": r.basis, "conflict": r.conflict, "device_id": r.device, "gate": r.gate, "staff": r.staff,
		"sequence": r.sequence, "wall_at": r.wallAt, "effective_at": r.effectiveAt, "received_at": r.receivedAt, "doubtful": r.doubtful,
		"list_age": int(r.listAge.Seconds()), "voids": r.voids, "reason": r.reason, "code": r.code, "answers": string(answers),
		"cash_taken": r.cashTaken, "other_event": r.otherEvent,
	}, nil
}

const sqlScan = `
SELECT list_id, registration_id, day, kind, outcome, basis, conflict, device_id, gate, staff, effective_at, other_event, reason
  FROM scan
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id`

// readScan returns a stored scan; nil when there is none.
func readScan(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event, id string) (*scanRow, error) {
	r := scanRow{id: id}
	err := q.QueryRow(ctx, sqlScan, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id}).
		Scan(&r.list, &r.registration, &r.day, &r.kind, &r.outcome, &r.basis, &r.conflict, &r.device, &r.gate, &r.staff, &r.effectiveAt, &r.otherEvent, &r.reason)
	if pg.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for scan: %w", err)
	}
	return &r, nil
}

// clockSlack is how far a clock may be ahead before it is worth a remark.
const clockSlack = 2 * time.Second

// effective says when a scan happened, as far as can be known, and whether that
// is doubtful. A tablet's clock may be wrong by years: it counts only with its
// offset, and never outside the time from a day before the doors open to now.
func effective(c Clock, received, opens time.Time) (time.Time, bool) {
	at, doubtful := c.WallAt, !c.OffsetKnown || c.Jumped
	if c.OffsetKnown {
		at = at.Add(c.Offset)
	}
	if at.After(received) {
		doubtful = doubtful || at.Sub(received) > clockSlack
		return received, doubtful
	}
	if floor := opens.AddDate(0, 0, -1); at.Before(floor) && floor.Before(received) {
		return floor, true
	}
	return at.UTC().Truncate(time.Microsecond), doubtful
}

// inSequence keeps a tablet's scans in the order in which it counted them, where
// its clock was set back between two.
func inSequence(at []time.Time) {
	for i := 1; i < len(at); i++ {
		if at[i].Before(at[i-1]) {
			at[i] = at[i-1]
		}
	}
}

// settleClocks gives scans without an offset the one of another scan of the same
// run of the page: the monotonic clock says how long before it they were.
func settleClocks(scans []ScanInput) {
	known := map[string]Clock{}
	for _, s := range scans {
		if c := s.Clock; c.OffsetKnown && !c.Jumped && c.Boot != "" {
			known[c.Boot] = c
		}
	}
	for i := range scans {
		c := &scans[i].Clock
		k, ok := known[c.Boot]
		if c.OffsetKnown && !c.Jumped || !ok {
			continue
		}
		at := k.WallAt.Add(k.Offset).Add(c.Monotonic - k.Monotonic)
		c.Offset, c.OffsetKnown, c.Jumped = at.Sub(c.WallAt), true, false
	}
}
