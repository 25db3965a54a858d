package account

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Audit is one act for the log.
type Audit struct {
	// Org is the organisation whose log it belongs to.
	Org uid.Org
	// Actor is the Actor's ID.
	Actor string
	// Action is a dotted word in the form thing.verb, such as "event.publish".
	Action string
	// Subject is the text form of the id of what it was done to.
	Subject string
	// Before and After are the changed values, marshalled to JSON; nil when there are none.
	Before, After any
}

const sqlInsertAudit = `
INSERT INTO audit_entry (org_id, id, at, actor, action, subject, before, after)
VALUES (@org_id, @id, @now, @actor, @action, @subject, @before, @after)`

// AuditTx records an act in the transaction that carries it out, so that
// neither is there without the other. Entries are never changed or removed.
func AuditTx(ctx context.Context, tx *pg.Tx, a Audit) error {
	before, err := jsonOrNull(a.Before)
	if err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	after, err := jsonOrNull(a.After)
	if err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	_, err = tx.Exec(ctx, sqlInsertAudit, pgx.StrictNamedArgs{
		"org_id": a.Org, "id": uid.New[uid.Audit](), "now": tx.Now, "actor": a.Actor,
		"action": a.Action, "subject": a.Subject, "before": before, "after": after,
	})
	if err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	return nil
}

// jsonOrNull returns nil, SQL's NULL, for nil.
func jsonOrNull(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}
