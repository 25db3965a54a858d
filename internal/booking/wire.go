package booking

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Wire lets events be made and cloned together with what inventory and booking
// keep about them. Whoever builds the program calls it once.
func Wire(events *catalog.Service, stock *inventory.Service, bookings *Service) {
	events.StockTx = func(ctx context.Context, tx *pg.Tx, actor account.Actor, e catalog.Event, places int) error {
		return stock.StockTx(ctx, tx, actor, e.Org, e.ID, places, e.Mode.HasRoom(), e.Mode.HasJoinPage())
	}
	events.CloneTx = func(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, from, to uid.Event, sessions map[uid.Session]uid.Session) error {
		if err := stock.CloneTx(ctx, tx, actor, org, from, to, sessions); err != nil {
			return err
		}
		return bookings.CloneFormTx(ctx, tx, org, from, to)
	}
}
