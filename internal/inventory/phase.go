package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlLockPhases = `
SELECT id
  FROM price_phase
 WHERE org_id = @org_id
   AND product_id = ANY (@products)
 ORDER BY id
   FOR NO KEY UPDATE`

// lockPhasesTx keeps everybody else from taking places at these products' phases
// until the transaction ends.
func lockPhasesTx(ctx context.Context, tx *pg.Tx, org uid.Org, products []uid.Product) error {
	if _, err := tx.Exec(ctx, sqlLockPhases, pgx.StrictNamedArgs{"org_id": org, "products": products}); err != nil {
		return fmt.Errorf("lock price phases: %w", err)
	}
	return nil
}

const sqlTakePhases = `
UPDATE price_phase ph
   SET taken = ph.taken + c.n
  FROM unnest(@ids::uuid[], @counts::int[]) AS c (id, n)
 WHERE ph.org_id = @org_id
   AND ph.id = c.id
   AND (ph.places IS NULL OR ph.taken + c.n <= ph.places)`

// TakePhasesTx counts a quote's places against their phases, in the transaction
// that takes the seats. It fails with PRICE_CHANGED when a phase has fewer places
// left; it cannot after a quote that was made for Taking in this transaction.
//
// Phases are locked before pools: quote, then TakeTx.
func (s *Service) TakePhasesTx(ctx context.Context, tx *pg.Tx, org uid.Org, q Quote) error {
	counts := map[uid.PricePhase]int{}
	var products []uid.Product
	for _, u := range q.Units {
		if !u.Phase.IsZero() {
			counts[u.Phase]++
			products = append(products, u.Product)
		}
	}
	if len(counts) == 0 {
		return nil
	}
	if err := lockPhasesTx(ctx, tx, org, products); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, sqlTakePhases, phaseArgs(org, counts))
	if err != nil {
		return fmt.Errorf("take places of price phases: %w", err)
	}
	if int(tag.RowsAffected()) != len(counts) {
		return fault.Precondition(fault.PriceChanged, "The price has just changed: the last places at the lower one are gone.")
	}
	return nil
}

const sqlReturnPhases = `
UPDATE price_phase ph
   SET taken = ph.taken - c.n
  FROM unnest(@ids::uuid[], @counts::int[]) AS c (id, n)
 WHERE ph.org_id = @org_id
   AND ph.id = c.id`

// ReturnPhasesTx gives places back to their phases, in the transaction that gives
// back the seats. Giving back more than was taken is an error.
func (s *Service) ReturnPhasesTx(ctx context.Context, tx *pg.Tx, org uid.Org, counts map[uid.PricePhase]int) error {
	if len(counts) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlReturnPhases, phaseArgs(org, counts)); err != nil {
		return fmt.Errorf("return places of price phases: %w", err)
	}
	return nil
}

func phaseArgs(org uid.Org, counts map[uid.PricePhase]int) pgx.StrictNamedArgs {
	ids := slices.SortedFunc(maps.Keys(counts), func(a, b uid.PricePhase) int { return slices.Compare(a[:], b[:]) })
	ns := make([]int, len(ids))
	for i, id := range ids {
		ns[i] = counts[id]
	}
	return pgx.StrictNamedArgs{"org_id": org, "ids": ids, "counts": ns}
}

const sqlUpdatePhases = `
UPDATE price_phase ph
   SET position = c.position,
       title = c.title,
       price_minor = c.price_minor,
       ends_local = c.ends_local,
       places = c.places
  FROM unnest(@ids::uuid[], @positions::int[], @titles::text[], @prices::bigint[], @ends::timestamp[], @places::int[])
    AS c (id, position, title, price_minor, ends_local, places)
 WHERE ph.org_id = @org_id
   AND ph.product_id = @product
   AND ph.id = c.id`

const sqlInsertPhases = `
INSERT INTO price_phase (org_id, id, product_id, position, title, price_minor, ends_local, places)
SELECT @org_id, id, @product, position, title, price_minor, ends_local, places
  FROM unnest(@ids::uuid[], @positions::int[], @titles::text[], @prices::bigint[], @ends::timestamp[], @places::int[])
    AS c (id, position, title, price_minor, ends_local, places)`

const sqlDropPhases = `
DELETE FROM price_phase
 WHERE org_id = @org_id
   AND product_id = @product
   AND id <> ALL (@keep)
   AND taken = 0`

const sqlKeptPhases = `
SELECT count(*)
  FROM price_phase
 WHERE org_id = @org_id
   AND product_id = @product
   AND id <> ALL (@keep)`

// savePhasesTx makes a product's phases those of the input. A phase at whose price
// something was sold stays; only its end can change.
func (s *Service) savePhasesTx(ctx context.Context, tx *pg.Tx, org uid.Org, product uid.Product, phases []Phase) error {
	if err := lockPhasesTx(ctx, tx, org, []uid.Product{product}); err != nil {
		return err
	}
	known, fresh := phaseRows{}, phaseRows{}
	keep := []uid.PricePhase{}
	for i, ph := range phases {
		rows := &known
		if ph.ID.IsZero() {
			ph.ID, rows = uid.New[uid.PricePhase](), &fresh
		}
		rows.add(i, ph)
		keep = append(keep, ph.ID)
	}
	var left int
	args := pgx.StrictNamedArgs{"org_id": org, "product": product, "keep": keep}
	if _, err := tx.Exec(ctx, sqlDropPhases, args); err != nil {
		return fmt.Errorf("drop price phases: %w", err)
	}
	if err := tx.QueryRow(ctx, sqlKeptPhases, args).Scan(&left); err != nil {
		return fmt.Errorf("count price phases: %w", err)
	}
	if left > 0 {
		return fault.InvalidField("details.phases", "phase.sold", "must keep the phases at whose price something was sold; end them instead")
	}
	tag, err := tx.Exec(ctx, sqlUpdatePhases, known.args(org, product))
	switch {
	case pg.Constraint(err) == "price_phase_never_over":
		return fault.InvalidField("details.phases", "phase.places", "must have at least as many places as were sold at the price")
	case err != nil:
		return fmt.Errorf("update price phases: %w", err)
	case int(tag.RowsAffected()) != len(known.ids):
		return fault.InvalidField("details.phases", "phase.unknown", "names a phase that this product does not have")
	}
	if _, err := tx.Exec(ctx, sqlInsertPhases, fresh.args(org, product)); err != nil {
		return fmt.Errorf("insert price phases: %w", err)
	}
	return nil
}

// phaseRows are phases as the arrays that statements unnest.
type phaseRows struct {
	ids       []uid.PricePhase
	positions []int
	titles    []string
	prices    []int64
	ends      []*time.Time
	places    []*int
}

func (r *phaseRows) add(position int, ph Phase) {
	r.ids, r.positions, r.titles = append(r.ids, ph.ID), append(r.positions, position), append(r.titles, ph.Title)
	r.prices, r.ends, r.places = append(r.prices, ph.Price), append(r.ends, wall(ph.Ends, true)), append(r.places, ph.Places)
}

func (r *phaseRows) args(org uid.Org, product uid.Product) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"org_id": org, "product": product, "ids": r.ids, "positions": r.positions, "titles": r.titles,
		"prices": r.prices, "ends": r.ends, "places": r.places,
	}
}
