package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/clock"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Service keeps events. It is safe for concurrent use. The function fields are
// set once, before the first call; they run inside the transaction of the change.
type Service struct {
	// StockTx gives a new event its first places: as many as given, or no limit
	// when 0. It is not called for imported events.
	StockTx func(ctx context.Context, tx *pg.Tx, actor account.Actor, e Event, places int) error
	// CloneTx gives a copy what other domains keep about the original: pools,
	// products, the form. Sessions maps the original's sessions to the copy's;
	// cancelled ones are not in it.
	CloneTx func(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, from, to uid.Event, sessions map[uid.Session]uid.Session) error

	db     *pg.DB
	box    *outbox.Box
	now    clock.Clock
	facets *facetCache
}

// New returns a service on db that appends its facts to box. Lists take "now"
// from clk, changes from the database.
func New(db *pg.DB, box *outbox.Box, clk clock.Clock) *Service {
	return &Service{db: db, box: box, now: clk, facets: newFacetCache(clk)}
}

// Get returns an event with its sessions, cancelled ones included, in any state.
func (s *Service) Get(ctx context.Context, org uid.Org, id uid.Event) (Event, error) {
	e, err := load(ctx, s.db.Pool(), org, id)
	if err != nil {
		return Event{}, err
	}
	return e.at(s.now()), nil
}

// GetTx is Get inside the caller's transaction and by its clock.
func (s *Service) GetTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Event) (Event, error) {
	e, err := load(ctx, tx, org, id)
	if err != nil {
		return Event{}, err
	}
	return e.at(tx.Now), nil
}

// Sessions returns an event's sittings by start, cancelled ones included; none
// when there is no such event.
func (s *Service) Sessions(ctx context.Context, org uid.Org, event uid.Event) ([]Session, error) {
	return sessions(ctx, s.db.Pool(), org, event)
}

const sqlSearchTexts = `
SELECT ` + eventColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE e.org_id = @org_id`

const sqlSetSearch = `
UPDATE event
   SET search = f.search
  FROM unnest(@ids::uuid[], @texts::text[]) AS f (id, search)
 WHERE event.org_id = @org_id
   AND event.id = f.id
   AND event.search <> f.search`

// RenamedTx makes events findable by their organisation's new name. Whoever
// renames an organisation calls it in the same transaction.
func (s *Service) RenamedTx(ctx context.Context, tx *pg.Tx, org uid.Org) error {
	if err := lockOrgTx(ctx, tx, &Event{Org: org}); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sqlSearchTexts, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return fmt.Errorf("read events to fold: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[eventRow])
	if err != nil {
		return fmt.Errorf("read events to fold: %w", err)
	}
	ids, texts := make([]uid.Event, len(list)), make([]string, len(list))
	for i, r := range list {
		ids[i], texts[i] = r.ID, r.event().searchText()
	}
	if _, err := tx.Exec(ctx, sqlSetSearch, pgx.StrictNamedArgs{"org_id": org, "ids": ids, "texts": texts}); err != nil {
		return fmt.Errorf("fold events again: %w", err)
	}
	s.facets.forget()
	return nil
}
