package catalog

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Rehearse asks for a test mail with the event's invitation, to the actor's own
// address and nobody else's. It changes nothing about the event.
func (s *Service) Rehearse(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated("Please sign in: the test goes to your own address.")
	}
	return replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		if _, err := s.GetTx(ctx, tx, org, event); err != nil {
			return err
		}
		return s.box.AppendTx(ctx, tx, outbox.Fact{
			Org: org, Kind: FactRehearsal, Subject: event, Detail: Rehearsal{Person: actor.Person},
		})
	})
}
