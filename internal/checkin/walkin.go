package checkin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// WalkInInput is somebody at the door without a registration.
type WalkInInput struct {
	// Ticket is a spare ticket of the tablet; the same one sent twice counts once.
	Ticket       uid.Registration
	List         uid.CheckInList
	Product      uid.Product
	Name         string
	Organisation string
	Email        string
	// Scan is their first scan.
	Scan ScanInput
	// StaffKey is a shift lead's.
	StaffKey []byte
}

// WalkInResult is the answer.
type WalkInResult struct {
	Ticket       uid.Registration
	Registered   bool
	OverCapacity bool
	// Message says why not.
	Message string
	Scan    Result
}

// WalkIn registers somebody at the door and checks them in.
func (s *Service) WalkIn(ctx context.Context, d *account.Device, in WalkInInput) (WalkInResult, error) {
	if err := s.reach(ctx, d, in.List); err != nil {
		return WalkInResult{}, err
	}
	if _, err := s.needLead(ctx, d, in.StaffKey); err != nil {
		return WalkInResult{}, err
	}
	return s.walkIn(ctx, d, in)
}

// WalkIns takes those that were registered without network. One that cannot be
// taken is answered with a sentence and holds up no other.
func (s *Service) WalkIns(ctx context.Context, d *account.Device, ins []WalkInInput) ([]WalkInResult, error) {
	out := make([]WalkInResult, len(ins))
	for i, in := range ins {
		var err error
		if out[i], err = s.WalkIn(ctx, d, in); err == nil {
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind == fault.KindUnavailable || f.Kind == fault.KindConflict {
			return nil, err
		}
		out[i] = WalkInResult{Ticket: in.Ticket, Message: f.Message, Scan: notTaken(in.Scan, f.Message)}
	}
	return out, nil
}

const sqlUseSpare = `
UPDATE spare_ticket
   SET used_at = @now
 WHERE org_id = @org_id
   AND device_id = @device_id
   AND registration_id = @id
   AND used_at IS NULL`

const sqlSpareState = `
SELECT used_at IS NOT NULL, over_capacity
  FROM spare_ticket
 WHERE org_id = @org_id
   AND device_id = @device_id
   AND registration_id = @id`

const sqlOverCapacity = `
UPDATE spare_ticket
   SET over_capacity = true
 WHERE org_id = @org_id
   AND registration_id = @id`

func (s *Service) walkIn(ctx context.Context, d *account.Device, in WalkInInput) (WalkInResult, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return WalkInResult{}, err
	}
	out := WalkInResult{Ticket: in.Ticket, Registered: true}
	err = r.inTx(ctx, func(tx *pg.Tx) error {
		over, err := r.registerTx(ctx, tx, in)
		if err != nil {
			return err
		}
		out.OverCapacity = over
		scan := in.Scan
		scan.List, scan.Ticket, scan.Code, scan.StaffKey = in.List, in.Ticket, "", in.StaffKey
		at, doubtful := tx.Now, scan.Clock.Jumped
		if scan.Told != "" {
			at, doubtful = effective(scan.Clock, tx.Now, r.c.startsAt)
		}
		out.Scan, err = r.scanTx(ctx, tx, scan, at, doubtful)
		return err
	})
	if err != nil {
		return WalkInResult{}, err
	}
	return out, r.finish(ctx)
}

// registerTx makes the registration, unless an earlier call did.
func (r *run) registerTx(ctx context.Context, tx *pg.Tx, in WalkInInput) (over bool, err error) {
	args := pgx.StrictNamedArgs{"org_id": r.d.Org, "device_id": r.d.ID, "id": in.Ticket}
	var used bool
	err = tx.QueryRow(ctx, sqlSpareState, args).Scan(&used, &over)
	if pg.IsNoRows(err) {
		return false, fault.NotFound("spare ticket")
	}
	if err != nil {
		return false, fmt.Errorf("read spare ticket: %w", err)
	}
	if used {
		return over, nil
	}
	list, _ := r.c.list(in.List)
	if !list.admits(in.Product) {
		return false, fault.Precondition(fault.WrongState, "This list does not let holders of that ticket in.")
	}
	args["now"] = tx.Now
	tag, err := tx.Exec(ctx, sqlUseSpare, args)
	if err != nil {
		return false, fmt.Errorf("use spare ticket: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, errSameScan // another call with the same walk-in was faster
	}
	w, err := r.s.bookings.WalkInTx(ctx, tx, account.Actor{Device: r.d}, booking.WalkInInput{
		Org: r.d.Org, Event: r.d.Event, Product: in.Product, ID: in.Ticket,
		Attendee: booking.Attendee{Name: in.Name, Organisation: in.Organisation, Email: in.Email},
	})
	if err != nil || !w.OverCapacity {
		return false, err
	}
	if _, err := tx.Exec(ctx, sqlOverCapacity, pgx.StrictNamedArgs{"org_id": r.d.Org, "id": in.Ticket}); err != nil {
		return false, fmt.Errorf("note a place too many: %w", err)
	}
	return true, nil
}
