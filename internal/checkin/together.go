package checkin

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// arrival is one entry that waits to share a transaction with the others of its
// organisation. What is below in is filled in by the transaction.
type arrival struct {
	run  *run
	list List
	x    shown
	in   ScanInput

	ticket *Ticket
	before admission
	row    scanRow
	now    Admission
	first  bool
	let    bool
}

// asOne lets a guest in together with all who wait, in one transaction: one
// question and one write for a scan, one begin and one commit for them all. Only
// the ordinary entry is answered so. False says that the scan is to be judged by
// itself: because its code is not this event's, the judgement was not to admit, an
// answer or money came with it, it was sent before, or another gate was faster.
func (r *run) asOne(ctx context.Context, in ScanInput) (Result, bool, error) {
	list, ok := r.c.list(in.List)
	if !ok || in.Kind != Entry || in.CashTaken || len(in.Answers) > 0 {
		return Result{}, false, nil
	}
	x, code := r.read(in)
	if x.code == NoCode || x.sign == InvalidSignature || code.Signed && code.Mark != r.c.mark {
		return Result{}, false, nil
	}
	// One queue for an event: larger batches wait for fewer commits.
	out, err := r.s.door.Do(ctx, r.d.Org, r.d.Event, &arrival{run: r, list: list, x: x, in: in})
	if err != nil || out == nil {
		return Result{}, false, err
	}
	return *out, true, nil
}

// letInTogether carries out a batch of arrivals of one organisation; nil is the
// outcome of those that are to be judged by themselves.
func (s *Service) letInTogether(ctx context.Context, _ uid.Org, batch []*arrival) ([]inventory.Outcome[*Result], error) {
	order := slices.Clone(batch)
	slices.SortStableFunc(order, func(a, b *arrival) int { // all batches lock tickets in one order
		return bytes.Compare(a.x.id[:], b.x.id[:])
	})
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		if err := lookTogetherTx(ctx, tx, order); err != nil {
			return err
		}
		return admitTogetherTx(ctx, tx, order)
	})
	if err != nil && !fault.Is(err, fault.Unavailable) && len(batch) == 1 {
		return make([]inventory.Outcome[*Result], 1), nil // it shall say itself what is wrong
	}
	if err != nil {
		return nil, err
	}
	out := make([]inventory.Outcome[*Result], len(batch))
	for i, a := range batch {
		if a.let {
			a.ticket.admit(a.now)
			result := a.run.result(&a.row, a.before)
			result.Ticket = a.ticket
			out[i].Answer = &result
			s.counts.moved(a.run.d.Org, a.run.d.Event)
		}
	}
	return out, nil
}

// sqlArrival asks everything about an arrival: its ticket, and what that did before.
// A scan that is known is found out when it is stored.
const sqlArrival = ticketColumns + `,
       coalesce(b.inside, false), coalesce(b.entries, 0), coalesce(b.first_at, 'epoch'), coalesce(b.first_gate, ''), b.first_device,
       coalesce(b.last_at, 'epoch'), b.last_device, coalesce(b.last_exit, false)` + ticketTables + `
  LEFT JOIN admission b ON b.org_id = r.org_id AND b.list_id = @list_id AND b.registration_id = r.id AND b.day = @day
 WHERE r.org_id = @org_id
   AND r.id = @id`

// lookTogetherTx looks at all arrivals in one round trip.
func lookTogetherTx(ctx context.Context, tx *pg.Tx, as []*arrival) error {
	var batch pgx.Batch
	for _, a := range as {
		r := a.run
		a.ticket, a.before = nil, admission{}
		a.row = r.row(a.in, a.list, a.x, tx.Now, tx.Now, a.in.Clock.Jumped)
		batch.Queue(sqlArrival, pgx.StrictNamedArgs{
			"org_id": r.d.Org, "id": a.x.id, "lists": r.d.Lists, "list_id": a.list.ID, "day": a.row.day,
		}).QueryRow(func(row pgx.Row) error {
			b := &a.before
			t, err := r.c.reader(r.numbers, r.d.Lists)(row, &b.inside, &b.entries, &b.firstAt, &b.firstGate, &b.firstDevice,
				&b.lastAt, &b.lastDevice, &b.lastExit)
			if pg.IsNoRows(err) {
				return nil
			}
			if t.Status != "" {
				a.ticket = &t
			}
			return err
		})
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("look at arrivals: %w", err)
	}
	return nil
}

func (a *arrival) spot() spot {
	return spot{a.run.d.Org, a.run.d.Event, a.list.ID, a.x.id, a.row.day}
}

// admitTogetherTx judges the arrivals and writes the admission and the scan of
// those that are let in, in one round trip. Where the admission's key decides for
// another gate nothing is written.
func admitTogetherTx(ctx context.Context, tx *pg.Tx, as []*arrival) error {
	var batch pgx.Batch
	for _, a := range as {
		a.let = false
		if a.ticket == nil {
			continue
		}
		f := a.run.facts(a.in, a.list, a.x, a.ticket, tx.Now)
		v := Judge(a.run.withPresence(f, a.before, tx.Now))
		if v.Outcome != Admitted {
			continue
		}
		a.row.outcome, a.row.basis, a.row.registration = v.Outcome, v.Basis, a.ticket.ID
		if err := a.queueEntry(&batch); err != nil {
			return err
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("let arrivals in: %w", err)
	}
	for _, a := range as {
		if a.let && a.first && a.list.PrintBadges {
			if err := a.run.printFirstTx(ctx, tx, a.list, a.ticket.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// sqlEnter is sqlAdmit and sqlInsertScan in one: the scan is stored where the
// admission was.
const sqlEnter = `
WITH let_in AS (` + sqlAdmit + `, inside, entries, first_at, first_gate, first_device),
stored AS (
INSERT INTO scan (` + scanColumns + `)
SELECT ` + scanValues + `
  FROM let_in
ON CONFLICT ON CONSTRAINT scan_pk DO NOTHING
RETURNING id)
SELECT l.first, l.inside, l.entries, l.first_at, l.first_gate, l.first_device, EXISTS (SELECT 1 FROM stored)
  FROM let_in l`

func (a *arrival) queueEntry(batch *pgx.Batch) error {
	p := a.spot()
	args, err := a.row.args(p.org, p.event)
	if err != nil {
		return err
	}
	args["at"], args["scan_id"], args["mode"] = a.row.effectiveAt, a.row.id, string(a.list.Mode)
	batch.Queue(sqlEnter, args).QueryRow(func(row pgx.Row) error {
		var stored bool
		now := Admission{List: p.list, Day: p.day}
		err := row.Scan(&a.first, &now.Inside, &now.Entries, &now.FirstAt, &now.FirstGate, &now.FirstDevice, &stored)
		switch {
		case pg.IsNoRows(err):
			return nil
		case err != nil:
			return err
		case !stored:
			return errSameScan
		}
		a.now, a.let = now, true
		return nil
	})
	return nil
}

// admit notes an admission among the ticket's, which are in the order of their
// lists and days.
func (t *Ticket) admit(a Admission) {
	i, found := slices.BinarySearchFunc(t.Admissions, a, func(x, a Admission) int {
		if c := bytes.Compare(x.List[:], a.List[:]); c != 0 {
			return c
		}
		return bytes.Compare([]byte(x.Day), []byte(a.Day))
	})
	if found {
		t.Admissions[i] = a
		return
	}
	t.Admissions = slices.Insert(t.Admissions, i, a)
}

// Close answers those who wait at the door and takes no more.
func (s *Service) Close() { s.door.Close() }
