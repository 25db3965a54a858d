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

// PrintJob is one badge to print.
type PrintJob struct {
	ID           uid.PrintJob
	Ticket       uid.Registration
	List         uid.CheckInList
	Name         string
	Organisation string
	Product      string
	Segment      string
	Gate         string
	Reprint      bool
	// Badges are words to show, and Code is what the QR says.
	Badges []string
	Code   string
	// EventTitle is for the badge's head.
	EventTitle string
	// Paper is what it is printed on.
	Paper Paper
	// PDF is the drawn badge; empty where the station draws it.
	PDF []byte
}

const sqlPrintFirst = `
INSERT INTO print_job (org_id, id, event_id, list_id, registration_id, gate, asked_by, created_at)
VALUES (@org_id, @id, @event_id, @list_id, @registration_id, @gate, @device_id, @now)
ON CONFLICT (org_id, registration_id) WHERE reprint_key IS NULL DO NOTHING`

// printFirstTx asks for a ticket's badge, unless one was ever asked for.
func (r *run) printFirstTx(ctx context.Context, tx *pg.Tx, list List, id uid.Registration) error {
	_, err := tx.Exec(ctx, sqlPrintFirst, pgx.StrictNamedArgs{
		"org_id": r.d.Org, "id": uid.New[uid.PrintJob](), "event_id": r.d.Event, "list_id": list.ID, "registration_id": id,
		"gate": r.d.Gate, "device_id": r.d.ID, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("ask for a badge: %w", err)
	}
	return nil
}

const sqlReprint = `
INSERT INTO print_job (org_id, id, event_id, list_id, registration_id, gate, reprint_key, reason, asked_by, created_at)
SELECT @org_id, @id, @event_id, @list_id, r.id, @gate, @key, @reason, @device_id, @now
  FROM registration r
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND r.id = @ticket_id
   AND r.state = 'confirmed'
ON CONFLICT (org_id, reprint_key) WHERE reprint_key IS NOT NULL DO NOTHING`

const sqlReprintOf = `
SELECT id
  FROM print_job
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND reprint_key = @key`

// Reprint asks for a badge once more, with a reason for the audit log. The same
// key asks once.
func (s *Service) Reprint(ctx context.Context, d *account.Device, key string, list uid.CheckInList, ticket uid.Registration, reason string) (uid.PrintJob, error) {
	if err := s.reach(ctx, d, list); err != nil {
		return uid.PrintJob{}, err
	}
	key = d.ID.String() + " " + key
	var id uid.PrintJob
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		tag, err := tx.Exec(ctx, sqlReprint, pgx.StrictNamedArgs{
			"org_id": d.Org, "id": uid.New[uid.PrintJob](), "event_id": d.Event, "list_id": list, "ticket_id": ticket, "gate": d.Gate,
			"key": key, "reason": reason, "device_id": d.ID, "now": tx.Now,
		})
		if err != nil {
			return fmt.Errorf("ask for a badge again: %w", err)
		}
		err = tx.QueryRow(ctx, sqlReprintOf, pgx.StrictNamedArgs{"org_id": d.Org, "event_id": d.Event, "key": key}).Scan(&id)
		if pg.IsNoRows(err) {
			return fault.NotFound("ticket")
		}
		if err != nil {
			return fmt.Errorf("read print job: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: d.Org, Actor: d.ID.String(), Action: "badge.reprint", Subject: ticket.String(), After: map[string]any{"reason": reason},
		})
	})
	return id, err
}

// claimLife is how long a station has for a badge before another may take it.
const claimLife = time.Minute

const sqlClaim = `
UPDATE print_job j
   SET claimed_at = @now,
       claimed_by = @device_id,
       attempts = attempts + 1
 WHERE (j.org_id, j.id) IN (SELECT w.org_id, w.id
                              FROM print_job w
                             WHERE w.org_id = @org_id
                               AND w.event_id = @event_id
                               AND w.list_id = ANY (@lists)
                               AND w.printed_at IS NULL
                               AND (w.claimed_at IS NULL OR w.claimed_at < @lapsed)
                               AND (@all_gates OR w.gate = @gate)
                             ORDER BY w.created_at, w.id
                             LIMIT @size
                               FOR UPDATE SKIP LOCKED)
RETURNING j.id`

const sqlJobs = `
SELECT j.id, j.registration_id, j.list_id, r.name, r.organisation, p.title, r.segment, j.gate, j.reprint_key IS NOT NULL
  FROM print_job j
  JOIN registration r ON r.org_id = j.org_id AND r.id = j.registration_id
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
 WHERE j.org_id = @org_id
   AND j.id = ANY (@ids)
 ORDER BY j.created_at, j.id`

// ClaimJobs gives a print station badges that wait, the oldest first. A claim
// that is not finished within a minute lapses.
func (s *Service) ClaimJobs(ctx context.Context, d *account.Device, most int, allGates bool) ([]PrintJob, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return nil, err
	}
	var jobs []PrintJob
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, _ := tx.Query(ctx, sqlClaim, pgx.StrictNamedArgs{ // CollectRows reports the error
			"org_id": d.Org, "event_id": d.Event, "device_id": d.ID, "lists": d.Lists, "gate": d.Gate, "all_gates": allGates, "size": most,
			"now": tx.Now, "lapsed": tx.Now.Add(-claimLife),
		})
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.PrintJob])
		if err != nil {
			return fmt.Errorf("claim badges: %w", err)
		}
		rows, _ = tx.Query(ctx, sqlJobs, pgx.StrictNamedArgs{"org_id": d.Org, "ids": ids}) // CollectRows reports the error
		jobs, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (PrintJob, error) {
			j := PrintJob{EventTitle: r.c.title, Paper: r.c.settings.Paper}
			err := row.Scan(&j.ID, &j.Ticket, &j.List, &j.Name, &j.Organisation, &j.Product, &j.Segment, &j.Gate, &j.Reprint)
			j.Code = r.numbers.Of(j.Ticket).Short()
			if word, ok := segmentWords[j.Segment]; ok {
				j.Badges = append(j.Badges, word)
			}
			return j, err
		})
		if err != nil {
			return fmt.Errorf("read badges: %w", err)
		}
		return nil
	})
	if err != nil || s.Badge == nil {
		return jobs, err
	}
	for i := range jobs {
		if jobs[i].PDF, err = s.Badge(jobs[i]); err != nil {
			return nil, fmt.Errorf("draw badge: %w", err)
		}
	}
	return jobs, nil
}

const sqlFinish = `
UPDATE print_job
   SET printed_at = CASE WHEN @failed THEN NULL ELSE coalesce(printed_at, @now) END,
       claimed_at = CASE WHEN @failed THEN NULL ELSE claimed_at END
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND claimed_by = @device_id
   AND (printed_at IS NULL OR NOT @failed)`

// FinishJob reports a claimed badge as printed, or gives it back.
func (s *Service) FinishJob(ctx context.Context, d *account.Device, id uid.PrintJob, failed bool) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		tag, err := tx.Exec(ctx, sqlFinish, pgx.StrictNamedArgs{
			"org_id": d.Org, "event_id": d.Event, "id": id, "device_id": d.ID, "failed": failed, "now": tx.Now,
		})
		if err != nil {
			return fmt.Errorf("finish badge: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("print job")
		}
		return nil
	})
}
