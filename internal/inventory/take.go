package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Ask is one order's wish: a seat for each registration of each part in every
// pool of the part's product, all of them or none.
type Ask struct {
	Parts []Part
	// Expires is when the seats lapse; zero takes them for good. Seats that the
	// registrations hold already are made permanent, and lapsed ones are taken
	// anew while there is room.
	Expires time.Time
	// Again says that the registrations may hold seats already, where Expires is
	// set: these then lapse at Expires, and those that lapsed and went to others
	// are taken anew while there is room. Asks for good always do so. Seats taken
	// for good stay so.
	Again bool
	// Over takes seats beyond the pools' sizes and from closed pools; the caller
	// has checked the right and records the act.
	Over bool
}

// Part is the share of an ask that concerns one product.
type Part struct {
	Product uid.Product
	// Registrations each get a place. An add-on has no registration of its own:
	// the id of its order line stands here, and no other part repeats it. A
	// donation takes no seat and has no part.
	Registrations []uid.Registration
}

// stock is a locked pool with the counts as they will be written.
type stock struct {
	id         uid.Pool
	size       *int
	ceiling    *int
	closed     bool
	sold, held int
	swept      bool
	nextFree   time.Time // when the next basket lapses; zero when unknown
}

// taking is one TakeTx under way.
type taking struct {
	ctx    context.Context
	tx     *pg.Tx
	org    uid.Org
	pools  map[uid.Pool]*stock
	draws  map[uid.Product][]uid.Pool
	have   map[claimKey]*time.Time // claims that the asks' registrations have already
	add    []claim
	settle []claim
}

type claimKey struct {
	pool uid.Pool
	reg  uid.Registration
}

type claim struct {
	claimKey
	expires *time.Time
}

// TakeTx answers asks of one organisation in their order. The result has an
// entry for each ask: nil when its seats are taken, else a fault with reason
// SOLD_OUT, ALL_IN_BASKETS (RetryAfter says when the next basket lapses),
// SALES_CLOSED or NOT_SELLABLE. The second result is an error that concerns
// them all. Pools are locked in ascending id until the transaction ends.
func (s *Service) TakeTx(ctx context.Context, tx *pg.Tx, org uid.Org, asks []Ask) ([]error, error) {
	t := &taking{ctx: ctx, tx: tx, org: org, pools: map[uid.Pool]*stock{}}
	if err := t.lock(asks); err != nil {
		return nil, err
	}
	if err := t.existing(asks); err != nil {
		return nil, err
	}
	answers := make([]error, len(asks))
	for i, a := range asks {
		refusal, err := t.decide(a)
		if err != nil {
			return nil, err
		}
		answers[i] = refusal
		if !fault.Is(refusal, fault.SoldOut) {
			continue
		}
		for _, part := range a.Parts {
			if t.nothingLeft(part.Product) {
				s.full.mark(part.Product)
			}
		}
	}
	return answers, t.write()
}

const sqlDraws = `
SELECT pp.product_id, pp.pool_id
  FROM product_pool pp
  JOIN product p ON p.org_id = pp.org_id AND p.id = pp.product_id
 WHERE pp.org_id = @org_id
   AND pp.product_id = ANY (@products)
   AND p.archived_at IS NULL
 ORDER BY pp.product_id, pp.pool_id`

const sqlLockPools = `
SELECT id, size, ceiling, closed, sold, held
  FROM pool
 WHERE org_id = @org_id
   AND id = ANY (@pools)
 ORDER BY id
   FOR NO KEY UPDATE`

// lock finds the pools that the asks draw on and locks them.
func (t *taking) lock(asks []Ask) error {
	var products []uid.Product
	for _, a := range asks {
		for _, part := range a.Parts {
			if !slices.Contains(products, part.Product) {
				products = append(products, part.Product)
			}
		}
	}
	rows, err := t.tx.Query(t.ctx, sqlDraws, pgx.StrictNamedArgs{"org_id": t.org, "products": products})
	if err != nil {
		return fmt.Errorf("find pools: %w", err)
	}
	t.draws = map[uid.Product][]uid.Pool{}
	var product uid.Product
	var pool uid.Pool
	if _, err := pgx.ForEachRow(rows, []any{&product, &pool}, func() error {
		t.draws[product] = append(t.draws[product], pool)
		t.pools[pool] = nil
		return nil
	}); err != nil {
		return fmt.Errorf("find pools: %w", err)
	}
	return t.lockPools()
}

func (t *taking) lockPools() error {
	ids := make([]uid.Pool, 0, len(t.pools))
	for id := range t.pools {
		ids = append(ids, id)
	}
	rows, err := t.tx.Query(t.ctx, sqlLockPools, pgx.StrictNamedArgs{"org_id": t.org, "pools": ids})
	if err != nil {
		return fmt.Errorf("lock pools: %w", err)
	}
	locked, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stock, error) {
		p := &stock{}
		return p, row.Scan(&p.id, &p.size, &p.ceiling, &p.closed, &p.sold, &p.held)
	})
	if err != nil {
		return fmt.Errorf("lock pools: %w", err)
	}
	for _, p := range locked {
		t.pools[p.id] = p
	}
	return nil
}

const sqlExisting = `
SELECT pool_id, registration_id, expires_at
  FROM claim
 WHERE org_id = @org_id
   AND registration_id = ANY (@registrations)`

// existing reads the seats that the asks' registrations may have already. Their
// pools are locked, so nobody else changes them.
func (t *taking) existing(asks []Ask) error {
	t.have = map[claimKey]*time.Time{}
	var regs []uid.Registration
	for _, a := range asks {
		if !a.Expires.IsZero() && !a.Again {
			continue
		}
		for _, part := range a.Parts {
			regs = append(regs, part.Registrations...)
		}
	}
	if len(regs) == 0 {
		return nil
	}
	rows, err := t.tx.Query(t.ctx, sqlExisting, pgx.StrictNamedArgs{"org_id": t.org, "registrations": regs})
	if err != nil {
		return fmt.Errorf("read claims: %w", err)
	}
	var k claimKey
	var expires *time.Time
	_, err = pgx.ForEachRow(rows, []any{&k.pool, &k.reg, &expires}, func() error {
		t.have[k] = expires
		return nil
	})
	if err != nil {
		return fmt.Errorf("read claims: %w", err)
	}
	return nil
}

// decide answers one ask and, when there is room in every pool, notes its seats.
func (t *taking) decide(a Ask) (refusal, err error) {
	for _, part := range a.Parts {
		if len(t.draws[part.Product]) == 0 {
			return fault.Precondition(fault.NotSellable, "This cannot be had at present."), nil
		}
	}
	for _, part := range a.Parts {
		for _, id := range t.draws[part.Product] {
			if refusal, err := t.hasRoom(t.pools[id], a); refusal != nil || err != nil {
				return refusal, err
			}
		}
	}
	for _, part := range a.Parts {
		for _, id := range t.draws[part.Product] {
			t.take(t.pools[id], part, a.Expires)
		}
	}
	return nil, nil
}

// hasRoom refuses when a pool has not what the whole ask needs of it.
func (t *taking) hasRoom(p *stock, a Ask) (refusal, err error) {
	need := t.need(p, a)
	switch {
	case need == 0 || a.Over:
		return nil, nil
	case p.closed:
		return fault.Precondition(fault.SalesClosed, "Registration for this is closed."), nil
	case p.size == nil || p.sold+p.held+need <= *p.size:
		return nil, nil
	}
	if err := t.sweep(p); err != nil {
		return nil, err
	}
	if p.sold+p.held+need > *p.size {
		return t.refuse(p, need), nil
	}
	return nil, nil
}

// nothingLeft reports that whoever asks next for a product is refused too, even
// for one seat.
func (t *taking) nothingLeft(product uid.Product) bool {
	for _, id := range t.draws[product] {
		if p := t.pools[id]; p.size != nil && p.sold >= *p.size {
			return true
		}
	}
	return false
}

// need is how many seats of p the ask does not have yet.
func (t *taking) need(p *stock, a Ask) int {
	n := 0
	for _, part := range a.Parts {
		if !slices.Contains(t.draws[part.Product], p.id) {
			continue
		}
		for _, reg := range part.Registrations {
			if _, ok := t.have[claimKey{p.id, reg}]; !ok {
				n++
			}
		}
	}
	return n
}

func (t *taking) refuse(p *stock, need int) error {
	if p.sold+need > *p.size {
		return fault.Precondition(fault.SoldOut, "%s", soldOutMessage(*p.size-p.sold))
	}
	f := fault.Precondition(fault.AllInBaskets,
		"The last places are in other people's baskets. Some may become free again: please look again in a few minutes.")
	if !p.nextFree.IsZero() {
		f.RetryAfter = max(p.nextFree.Sub(t.tx.Now), time.Second)
	}
	return f
}

func soldOutMessage(left int) string {
	switch {
	case left <= 0:
		return "All places are taken."
	case left == 1:
		return "Only one place is left."
	}
	return fmt.Sprintf("Only %d places are left.", left)
}

// take notes the seats of a part in one pool.
func (t *taking) take(p *stock, part Part, expires time.Time) {
	until := &expires
	if expires.IsZero() {
		until = nil
	}
	for _, reg := range part.Registrations {
		k := claimKey{p.id, reg}
		was, ok := t.have[k]
		switch {
		case ok && was == nil: // taken for good already
			continue
		case ok:
			t.settle = append(t.settle, claim{k, until})
		default:
			t.add = append(t.add, claim{k, until})
			p.held++
		}
		if until == nil {
			p.held--
			p.sold++
		}
		t.have[k] = until
	}
	if p.ceiling != nil && p.sold+p.held > *p.ceiling {
		used := p.sold + p.held
		p.ceiling = &used
	}
}

const sqlSweep = `
DELETE FROM claim
 WHERE org_id = @org_id
   AND pool_id = @pool
   AND expires_at <= @now
   AND registration_id <> ALL (@keep)
RETURNING registration_id`

const sqlNextFree = `
SELECT min(expires_at)
  FROM claim
 WHERE org_id = @org_id
   AND pool_id = @pool
   AND expires_at IS NOT NULL`

// sweep removes lapsed baskets from a pool that looks full, once per taking. A
// lapsed seat of somebody who is just now placing the order is let be: nobody
// was given it meanwhile.
func (t *taking) sweep(p *stock) error {
	if p.swept {
		return nil
	}
	p.swept = true
	keep := make([]uid.Registration, 0, len(t.have))
	for k := range t.have {
		keep = append(keep, k.reg)
	}
	rows, err := t.tx.Query(t.ctx, sqlSweep, pgx.StrictNamedArgs{"org_id": t.org, "pool": p.id, "now": t.tx.Now, "keep": keep})
	if err != nil {
		return fmt.Errorf("sweep lapsed claims: %w", err)
	}
	gone, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
	if err != nil {
		return fmt.Errorf("sweep lapsed claims: %w", err)
	}
	p.held -= len(gone)
	var next *time.Time
	if err := t.tx.QueryRow(t.ctx, sqlNextFree, pgx.StrictNamedArgs{"org_id": t.org, "pool": p.id}).Scan(&next); err != nil {
		return fmt.Errorf("find the next basket to lapse: %w", err)
	}
	if next != nil {
		p.nextFree = *next
	}
	return nil
}

const sqlAddClaims = `
INSERT INTO claim (org_id, pool_id, registration_id, expires_at)
SELECT @org_id, pool_id, registration_id, expires_at
  FROM unnest(@pools::uuid[], @registrations::uuid[], @expiries::timestamptz[])
    AS c (pool_id, registration_id, expires_at)`

const sqlSettleClaims = `
UPDATE claim c
   SET expires_at = k.expires_at
  FROM unnest(@pools::uuid[], @registrations::uuid[], @expiries::timestamptz[])
    AS k (pool_id, registration_id, expires_at)
 WHERE c.org_id = @org_id
   AND c.pool_id = k.pool_id
   AND c.registration_id = k.registration_id`

// write puts the noted seats and the pools' counts into the database, the
// counts last.
func (t *taking) write() error {
	batch := &pgx.Batch{}
	if len(t.add) > 0 {
		batch.Queue(sqlAddClaims, t.columns(t.add))
	}
	if len(t.settle) > 0 {
		batch.Queue(sqlSettleClaims, t.columns(t.settle))
	}
	queueCounts(batch, t.org, t.pools)
	if err := t.tx.SendBatch(t.ctx, batch).Close(); err != nil {
		return fmt.Errorf("write seats: %w", err)
	}
	return nil
}

// columns turns claims into the arrays that statements unnest.
func (t *taking) columns(claims []claim) pgx.StrictNamedArgs {
	n := len(claims)
	pools, regs, expiries := make([]uid.Pool, n), make([]uid.Registration, n), make([]*time.Time, n)
	for i, c := range claims {
		pools[i], regs[i], expiries[i] = c.pool, c.reg, c.expires
	}
	return pgx.StrictNamedArgs{"org_id": t.org, "pools": pools, "registrations": regs, "expiries": expiries}
}

const sqlCounts = `
UPDATE pool q
   SET sold = c.sold,
       held = c.held,
       ceiling = c.ceiling
  FROM unnest(@ids::uuid[], @sold::int[], @held::int[], @ceilings::int[]) AS c (id, sold, held, ceiling)
 WHERE q.org_id = @org_id
   AND q.id = c.id`

func queueCounts(batch *pgx.Batch, org uid.Org, pools map[uid.Pool]*stock) {
	n := len(pools)
	if n == 0 {
		return
	}
	ids, sold, held, ceilings := make([]uid.Pool, 0, n), make([]int, 0, n), make([]int, 0, n), make([]*int, 0, n)
	for id, p := range pools {
		ids, sold, held, ceilings = append(ids, id), append(sold, p.sold), append(held, p.held), append(ceilings, p.ceiling)
	}
	batch.Queue(sqlCounts, pgx.StrictNamedArgs{"org_id": org, "ids": ids, "sold": sold, "held": held, "ceilings": ceilings})
}
