package checkin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// uploadChunk is how many scans share a transaction: enough to spare commits, few
// enough that two tablets rarely wait for each other.
const uploadChunk = 25

// Upload stores scans that happened. It answers each one by itself and refuses
// none: a scan that contradicts others, or makes no sense, is stored and reported.
func (s *Service) Upload(ctx context.Context, d *account.Device, scans []ScanInput) ([]Result, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return nil, err
	}
	settleClocks(scans)
	out := make([]Result, len(scans))
	for from := 0; from < len(scans); from += uploadChunk {
		to := min(from+uploadChunk, len(scans))
		changed := r.changed
		err := r.inTx(ctx, func(tx *pg.Tx) error { return r.chunkTx(ctx, tx, scans[from:to], out[from:to]) })
		if err != nil {
			return nil, err
		}
		r.changed = r.changed || changed
	}
	r.lookForInventions(out)
	return out, r.finish(ctx)
}

func (r *run) chunkTx(ctx context.Context, tx *pg.Tx, scans []ScanInput, out []Result) error {
	at := make([]time.Time, len(scans))
	doubtful := make([]bool, len(scans))
	for i, in := range scans {
		opens := r.c.startsAt
		if l, ok := r.c.list(in.List); ok && l.OpensAt != nil {
			opens = *l.OpensAt
		}
		at[i], doubtful[i] = effective(in.Clock, tx.Now, opens)
		if in.Clock.Jumped {
			r.alarms[account.AlarmClockJumped] = nil
		}
	}
	inSequence(at)
	for i, in := range scans {
		var err error
		switch {
		case !r.d.Reaches(in.List):
			r.alarms[account.AlarmOtherList] = map[string]any{"list": in.List}
			out[i] = notTaken(in, "This tablet does not check in for that list.")
		case in.Kind == Void:
			out[i], err = r.voidTx(ctx, tx, in, at[i])
		default:
			out[i], err = r.scanTx(ctx, tx, in, at[i], doubtful[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// notTaken answers a scan that cannot even be stored under its list.
func notTaken(in ScanInput, message string) Result {
	return Result{ScanID: in.ID, Outcome: NotTaken, Basis: BasisLive, Message: message}
}

// inventions is how many scans of tickets that do not exist one upload may hold
// before the organiser hears of it: a stray one is a torn badge.
const inventions = 3

func (r *run) lookForInventions(results []Result) {
	n := 0
	for _, x := range results {
		if x.Conflict == UnknownTicket {
			n++
		}
	}
	if n >= inventions {
		r.alarms[account.AlarmUnknownTickets] = map[string]any{"scans": n}
	}
}

// happenedTx stores a scan of which the tablet has told the guest the answer.
// Whoever was let in is inside, whatever the server would have said: the roll-call
// must know. What was refused stays refused.
func (r *run) happenedTx(ctx context.Context, tx *pg.Tx, in ScanInput, list List, x shown, row *scanRow) (Result, error) {
	t, err := r.c.ticket(ctx, tx, r.numbers, r.d.Lists, x.id)
	if err != nil {
		return Result{}, err
	}
	if t != nil && !x.otherEvent && x.sign != InvalidSignature {
		row.registration = t.ID
	}
	p := spot{r.d.Org, r.d.Event, list.ID, row.registration, row.day}
	switch {
	case !in.Told.lets():
		row.outcome = in.Told
		return r.keepTx(ctx, tx, list, row, t, admission{}, false)
	case row.registration.IsZero():
		row.outcome, row.conflict = Judge(r.facts(in, list, x, nil, row.effectiveAt)).Outcome, UnknownTicket
		return r.keepTx(ctx, tx, list, row, nil, admission{}, false)
	case in.Told == AdmittedAgain:
		row.outcome, row.conflict = AdmittedAgain, Echo
		return r.keepTx(ctx, tx, list, row, t, admission{}, false)
	case in.Kind == Exit:
		row.outcome = Exited
		return r.passedTx(ctx, tx, list, row, t, p, admission{}, false)
	}
	by := passage{scan: in.ID, device: r.d.ID, gate: row.gate, sequence: row.sequence, at: row.effectiveAt}
	before, was, err := scanAdmission(tx.QueryRow(ctx, sqlLockAdmission, p.args()))
	if err != nil {
		return Result{}, err
	}
	row.outcome = Admitted
	switch {
	case !was:
		if was, err = r.claimTx(ctx, tx, p, by); err != nil {
			return Result{}, err
		}
		if !was {
			return Result{}, errAgain // another gate was faster; look at what it did
		}
		return r.passedTx(ctx, tx, list, row, t, p, admission{}, true)
	case list.Mode == ModeFree, list.Mode == ModeReEntry && !before.inside:
	default:
		row.outcome, row.conflict = OfflineConflict, classify(before.passage(), by)
		if row.conflict == Echo {
			row.outcome = AdmittedAgain
			return r.keepTx(ctx, tx, list, row, t, before, false)
		}
	}
	return r.passedTx(ctx, tx, list, row, t, p, before, false)
}

// passage is the admission's first entry.
func (a admission) passage() passage {
	return passage{scan: a.firstScan, device: a.firstDevice, gate: a.firstGate, at: a.firstAt}
}

// claimTx writes the first entry at a spot; false when another gate was faster.
func (r *run) claimTx(ctx context.Context, tx *pg.Tx, p spot, by passage) (bool, error) {
	entered, _, err := enterTx(ctx, tx, p, ModeOnce, by)
	return entered, err
}

// passedTx stores a scan that went through the door and works the admission out
// anew from all of them, so that the order of uploads does not matter.
func (r *run) passedTx(ctx context.Context, tx *pg.Tx, list List, row *scanRow, t *Ticket, p spot, before admission, first bool) (Result, error) {
	if t.Status.withdrawn() && row.kind == Entry {
		row.conflict = RevokedAfter
		if row.effectiveAt.After(t.WithdrawnAt) {
			row.outcome, row.conflict = OfflineConflict, RevokedBefore
		}
	}
	if row.kind == Exit {
		if _, _, err := scanAdmission(tx.QueryRow(ctx, sqlLockAdmission, p.args())); err != nil {
			return Result{}, err
		}
	}
	out, err := r.keepTx(ctx, tx, list, row, t, before, first)
	if err != nil {
		return Result{}, err
	}
	if err := settleTx(ctx, tx, p, list.Mode); err != nil {
		return Result{}, err
	}
	out.Ticket, err = r.c.ticket(ctx, tx, r.numbers, r.d.Lists, t.ID)
	return out, err
}

// undoOwn is how long whoever scanned may take a scan back without a lead.
const undoOwn = 10 * time.Minute

// Undo takes a scan back: an own one of the last ten minutes, and for a shift
// lead any of the tablet's lists. Both scans stay in the log.
func (s *Service) Undo(ctx context.Context, d *account.Device, in ScanInput) (Result, error) {
	if err := s.reach(ctx, d, in.List); err != nil {
		return Result{}, err
	}
	r, err := s.run(ctx, d)
	if err != nil {
		return Result{}, err
	}
	var out Result
	err = r.inTx(ctx, func(tx *pg.Tx) error {
		out, err = r.voidTx(ctx, tx, in, tx.Now)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return out, r.finish(ctx)
}

const sqlVoided = `
SELECT EXISTS (SELECT 1
                 FROM scan
                WHERE org_id = @org_id
                  AND event_id = @event_id
                  AND voids = @id
                  AND voids <> ''
                  AND outcome = 'VOIDED')`

// voidTx takes one scan back. What may not be taken back is answered NOT_TAKEN
// with a sentence, because the tablet may report it long after.
func (r *run) voidTx(ctx context.Context, tx *pg.Tx, in ScanInput, at time.Time) (Result, error) {
	known, err := readScan(ctx, tx, r.d.Org, r.d.Event, in.ID)
	if err != nil {
		return Result{}, err
	}
	if known != nil {
		return r.repeat(ctx, tx, known)
	}
	target, err := readScan(ctx, tx, r.d.Org, r.d.Event, in.Voids)
	if err != nil {
		return Result{}, err
	}
	list, _ := r.c.list(in.List)
	row := r.row(in, list, shown{code: PickedTicket}, tx.Now, at, in.Clock.Jumped)
	row.outcome, row.voids = Voided, in.Voids
	p := spot{org: r.d.Org, event: r.d.Event}
	message := r.mayVoid(in, target, at)
	if message == "" {
		row.registration, row.day = target.registration, target.day
		p.list, p.ticket, p.day = target.list, target.registration, target.day
		if _, _, err := scanAdmission(tx.QueryRow(ctx, sqlLockAdmission, p.args())); err != nil {
			return Result{}, err
		}
		var twice bool
		args := pgx.StrictNamedArgs{"org_id": r.d.Org, "event_id": r.d.Event, "id": in.Voids}
		if err := tx.QueryRow(ctx, sqlVoided, args).Scan(&twice); err != nil {
			return Result{}, fmt.Errorf("look for an earlier undo: %w", err)
		}
		if twice {
			message = "That scan was taken back before."
		}
	}
	if message != "" {
		row.outcome = NotTaken
		out, err := r.keepTx(ctx, tx, list, &row, nil, admission{}, false)
		out.Message = message
		return out, err
	}
	if _, err := r.keepTx(ctx, tx, list, &row, nil, admission{}, false); err != nil {
		return Result{}, err
	}
	if err := settleTx(ctx, tx, p, list.Mode); err != nil {
		return Result{}, err
	}
	out := r.result(&row, admission{})
	out.Ticket, err = r.c.ticket(ctx, tx, r.numbers, r.d.Lists, p.ticket)
	return out, err
}

// mayVoid says why a scan may not be taken back, or "".
func (r *run) mayVoid(in ScanInput, target *scanRow, at time.Time) string {
	switch {
	case target == nil || target.list != in.List || target.kind == Void:
		return "There is no such scan on this list."
	case !target.outcome.lets() || target.registration.IsZero():
		return "That scan let nobody through."
	case staffOf(r.d, r.c.settings.Pins, in.StaffKey).role == account.Lead:
		return ""
	case target.device != r.d.ID || at.Sub(target.effectiveAt) > undoOwn:
		return "Only a shift lead may take back a scan of another tablet, or one older than ten minutes."
	}
	return ""
}

// CheckInOrder judges several tickets of one order, each by itself.
func (s *Service) CheckInOrder(ctx context.Context, d *account.Device, order string, scans []ScanInput) ([]Result, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, in := range scans {
		if err := s.reach(ctx, d, in.List); err != nil {
			return nil, err
		}
		if in.Kind == Void {
			return nil, fault.InvalidField("scans", "scan.kind", "must be entries or exits")
		}
	}
	out := make([]Result, len(scans))
	err = r.inTx(ctx, func(tx *pg.Tx) error {
		for i, in := range scans {
			in.Told, in.Basis, in.Code = "", BasisLive, ""
			if err := r.ofOrderTx(ctx, tx, order, in.Ticket); err != nil {
				return err
			}
			if out[i], err = r.scanTx(ctx, tx, in, tx.Now, in.Clock.Jumped); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, r.finish(ctx)
}

const sqlOrderOf = `
SELECT EXISTS (SELECT 1
                 FROM registration r
                 JOIN orders o ON o.org_id = r.org_id AND o.id = r.order_id
                WHERE r.org_id = @org_id
                  AND r.event_id = @event_id
                  AND r.id = @id
                  AND o.code = @code)`

func (r *run) ofOrderTx(ctx context.Context, tx *pg.Tx, code string, id uid.Registration) error {
	var of bool
	args := pgx.StrictNamedArgs{"org_id": r.d.Org, "event_id": r.d.Event, "id": id, "code": code}
	if err := tx.QueryRow(ctx, sqlOrderOf, args).Scan(&of); err != nil {
		return fmt.Errorf("look for the order: %w", err)
	}
	if !of {
		return fault.NotFound("ticket")
	}
	return nil
}
