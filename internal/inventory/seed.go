package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// StockTx gives a new event its first pools and products. An event that takes
// place in a room gets so many places, or no limit when places is 0; the online
// side of a hybrid event has no limit; an event that is only online gets places
// as a room would.
func (s *Service) StockTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, event uid.Event, places int, room, online bool) error {
	var size *int
	if places > 0 {
		size = &places
	}
	if !room || !online {
		return s.stockOneTx(ctx, tx, actor, PoolInput{Org: org, Event: event, Title: "Places", Size: size}, "Free place", online)
	}
	err := s.stockOneTx(ctx, tx, actor, PoolInput{Org: org, Event: event, Title: "Room", Size: size}, "In the room", false)
	if err != nil {
		return err
	}
	return s.stockOneTx(ctx, tx, actor, PoolInput{Org: org, Event: event, Title: "Online"}, "Online", true)
}

func (s *Service) stockOneTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in PoolInput, product string, online bool) error {
	pool, err := s.createPoolTx(ctx, tx, actor, in)
	if err != nil {
		return err
	}
	_, err = s.createProductTx(ctx, tx, actor, ProductInput{
		Org: in.Org, Event: in.Event, Title: product, Pools: []uid.Pool{pool}, MaxPerOrder: 1, Online: online,
		Terms: Terms{}.normal(),
	})
	return err
}

const sqlDaysBetween = `
SELECT t.starts_local::date - f.starts_local::date
  FROM event f, event t
 WHERE f.org_id = @org_id
   AND f.id = @from
   AND t.org_id = @org_id
   AND t.id = @to`

// CloneTx gives one event the pools and live products of another, with nothing
// taken. Sessions maps the old event's sessions to the new one's. Prices come
// along; the days of sale and of price phases keep their distances from the
// event's.
func (s *Service) CloneTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, from, to uid.Event, sessions map[uid.Session]uid.Session) error {
	pools, err := s.poolsTx(ctx, tx, org, from)
	if err != nil {
		return err
	}
	poolFor := map[uid.Pool]uid.Pool{}
	for _, p := range pools {
		session, live := sessions[p.Session]
		if !p.Session.IsZero() && !live {
			continue // the session was cancelled and not cloned
		}
		id, err := s.createPoolTx(ctx, tx, actor, PoolInput{Org: org, Event: to, Session: session, Title: p.Title, Size: p.Size})
		if err != nil {
			return err
		}
		poolFor[p.ID] = id
	}
	products, err := s.Products(ctx, tx, org, from)
	if err != nil {
		return err
	}
	var days int
	err = tx.QueryRow(ctx, sqlDaysBetween, pgx.StrictNamedArgs{"org_id": org, "from": from, "to": to}).Scan(&days)
	if err != nil {
		return fmt.Errorf("measure how much later the copy is: %w", err)
	}
	slices.SortStableFunc(products, func(a, b Product) int { return cmp.Compare(len(a.Needs), len(b.Needs)) }) // tickets before what goes with them
	ticketFor := map[uid.Product]uid.Product{}
	for _, p := range products {
		if p.Archived {
			continue
		}
		in := p.input()
		in.Event, in.Sessions, in.Pools, in.Terms = to, nil, nil, p.later(days)
		in.Needs = nil
		for _, old := range p.Needs {
			if id, ok := ticketFor[old]; ok {
				in.Needs = append(in.Needs, id)
			}
		}
		for _, old := range p.Sessions {
			if id, ok := sessions[old]; ok {
				in.Sessions = append(in.Sessions, id)
			}
		}
		for _, old := range p.Pools {
			in.Pools = append(in.Pools, poolFor[old])
		}
		if ticketFor[p.ID], err = s.createProductTx(ctx, tx, actor, in); err != nil {
			return err
		}
	}
	return nil
}

// later are a product's terms for an event that is so many days later.
func (p Product) later(days int) Terms {
	t := p.Terms
	move := func(text string, last bool) string {
		at := wall(text, last)
		if at == nil {
			return ""
		}
		moved := at.AddDate(0, 0, days)
		return sayWall(&moved, last)
	}
	t.SellsFrom, t.SellsUntil, t.Phases = move(t.SellsFrom, false), move(t.SellsUntil, true), nil
	for _, ph := range p.Phases {
		t.Phases = append(t.Phases, Phase{Title: ph.Title, Price: ph.Price, Ends: move(ph.Ends, true), Places: ph.Places})
	}
	return t
}
