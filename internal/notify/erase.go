package notify

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlEraseMessages = `
UPDATE message m
   SET recipient = '',
       subject = '',
       raw = '',
       last_error = '',
       state = CASE m.state WHEN 'waiting' THEN 'skipped' ELSE m.state END
 WHERE m.org_id = @org_id
   AND (m.order_id = @order_id
        OR m.registration_id IN (SELECT r.id
                                   FROM registration r
                                  WHERE r.org_id = @org_id
                                    AND r.order_id = @order_id))`

const sqlEraseInvites = `
DELETE FROM calendar_invite c
 USING registration r
 WHERE c.org_id = @org_id
   AND r.org_id = c.org_id
   AND r.id = c.registration_id
   AND r.order_id = @order_id`

// eraseTx takes the words of the mails about an order, and whom they went to. That
// they were sent, and when, stays. An address that takes no mail any more is kept
// apart from orders, so that nobody writes to it again.
func eraseTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) error {
	args := pgx.StrictNamedArgs{"org_id": org, "order_id": order}
	for _, sql := range []string{sqlEraseMessages, sqlEraseInvites} {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return fmt.Errorf("erase mails: %w", err)
		}
	}
	return nil
}
