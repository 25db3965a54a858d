package account

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

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

const sqlTeamsOf = `
SELECT org_id
  FROM member
 WHERE person_id = @person_id
 ORDER BY org_id`

// auditPersonTx records what concerns a person and no one organisation, such as
// a sign-in, in the logs of all the person's organisations.
func auditPersonTx(ctx context.Context, tx *pg.Tx, person uid.Person, a Audit) error {
	rows, _ := tx.Query(ctx, sqlTeamsOf, pgx.StrictNamedArgs{"person_id": person}) // CollectRows reports the error
	orgs, err := pgx.CollectRows(rows, pgx.RowTo[uid.Org])
	if err != nil {
		return fmt.Errorf("read teams of person: %w", err)
	}
	a.Subject = person.String()
	for _, a.Org = range orgs {
		if err := AuditTx(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// RecordDenied writes into the organisation's log that a member called
// something that the member's role does not allow.
func (s *Service) RecordDenied(ctx context.Context, actor Actor, org uid.Org, procedure string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		return AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "rpc.denied", Subject: procedure})
	})
}

// changes returns the fields in which two values of one struct type differ, by
// their names in JSON.
func changes(before, after any) (was, is map[string]any) {
	b, a := fieldsOf(before), fieldsOf(after)
	was, is = map[string]any{}, map[string]any{}
	for name, v := range a {
		if !reflect.DeepEqual(v, b[name]) {
			was[name], is[name] = b[name], v
		}
	}
	return was, is
}

func fieldsOf(v any) map[string]any {
	m := map[string]any{}
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil { // only for types that no caller here has
		panic(fmt.Sprintf("account: fields of %T: %v", v, err))
	}
	return m
}
