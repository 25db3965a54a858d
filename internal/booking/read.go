package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// registrationFrom reads registrations with what they belong to; every query of
// whole registrations starts with it and scanRegistration reads its rows.
const registrationFrom = `
SELECT r.org_id, r.id, r.order_id, o.code, r.event_id, r.product_id, p.title, r.state, r.name, r.email,
       r.organisation, r.segment, r.timezone, r.answers, r.predecessor, r.link_version, r.note,
       r.registered_at, r.changed_at, r.version,
       EXISTS (SELECT 1 FROM suppression x
                WHERE x.org_id = r.org_id AND x.email = lower(r.email) AND x.scope = 'all')
       OR coalesce((SELECT m.state IN ('bounced', 'failed')
                      FROM message m
                     WHERE m.org_id = r.org_id AND m.registration_id = r.id AND m.state IN ('sent', 'bounced', 'failed')
                       AND lower(m.recipient) = lower(r.email)
                     ORDER BY m.created_at DESC, m.id DESC
                     LIMIT 1), false)
  FROM registration r
  JOIN orders o ON o.org_id = r.org_id AND o.id = r.order_id
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id`

func scanRegistration(row pgx.CollectableRow) (Registration, error) {
	var r Registration
	var answers []byte
	a := &r.Attendee
	err := row.Scan(&r.Org, &r.ID, &r.Order, &r.OrderCode, &r.Event, &r.Product, &r.ProductTitle, &r.State, &a.Name, &a.Email,
		&a.Organisation, &a.Segment, &a.Timezone, &answers, &r.Predecessor, &r.LinkVersion, &r.Note,
		&r.RegisteredAt, &r.ChangedAt, &r.Version, &r.Undeliverable)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(answers, &a.Answers)
}

const sqlRegistration = registrationFrom + `
 WHERE r.org_id = @org_id
   AND r.id = @id`

// Registration returns one registration by id, in whatever state.
func (s *Service) Registration(ctx context.Context, org uid.Org, id uid.Registration) (Registration, error) {
	return readRegistration(ctx, s.db.Pool(), org, id)
}

// RegistrationTx is Registration inside the caller's transaction.
func (s *Service) RegistrationTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Registration) (Registration, error) {
	return readRegistration(ctx, tx, org, id)
}

func readRegistration(ctx context.Context, q pg.Querier, org uid.Org, id uid.Registration) (Registration, error) {
	rows, err := q.Query(ctx, sqlRegistration, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return Registration{}, fmt.Errorf("read registration: %w", err)
	}
	return oneRegistration(rows)
}

func oneRegistration(rows pgx.Rows) (Registration, error) {
	r, err := pgx.CollectExactlyOneRow(rows, scanRegistration)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NotFound("registration")
	}
	if err != nil {
		return r, fmt.Errorf("read registration: %w", err)
	}
	return r, nil
}

const sqlLockRegistration = registrationFrom + `
 WHERE r.org_id = @org_id
   AND r.id = @id
   FOR NO KEY UPDATE OF r`

// lockTx reads a registration and keeps others from changing it. Whoever
// changes registrations and seats locks the registration first.
func lockTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Registration) (Registration, error) {
	rows, err := tx.Query(ctx, sqlLockRegistration, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return Registration{}, fmt.Errorf("lock registration: %w", err)
	}
	return oneRegistration(rows)
}

const sqlSetState = `
UPDATE registration
   SET state = @state,
       note = @note,
       link_version = link_version + @revoke,
       changed_at = @now,
       version = version + 1
 WHERE org_id = @org_id
   AND id = @id`

// setStateTx moves a locked registration on. With revoke its links end.
func setStateTx(ctx context.Context, tx *pg.Tx, r *Registration, to State, note string, revoke bool) error {
	step := 0
	if revoke {
		step = 1
	}
	_, err := tx.Exec(ctx, sqlSetState, pgx.StrictNamedArgs{
		"org_id": r.Org, "id": r.ID, "state": string(to), "note": note, "revoke": step, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("set registration %s: %w", to, err)
	}
	r.State, r.Note, r.LinkVersion, r.ChangedAt, r.Version = to, note, r.LinkVersion+step, tx.Now, r.Version+1
	return nil
}
