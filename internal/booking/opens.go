package booking

import (
	"context"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Opens says which hidden products of an event a code opens, before anything is put
// into a basket. It fails, naming "code", when the code cannot be used now.
func (s *Service) Opens(ctx context.Context, org uid.Org, event uid.Event, code string) (map[uid.Product]bool, error) {
	var opened map[uid.Product]bool
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		opened, err = s.stock.OpensTx(ctx, tx, org, event, code)
		return err
	})
	return opened, err
}
