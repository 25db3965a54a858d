package inventory_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// holdTime is any time for which a basket keeps its seats.
const holdTime = 20 * time.Minute

// use quotes with a code and takes it, as placing an order does.
func (s shop) use(code string, wanted []inventory.Wanted) (q inventory.Quote, err error) {
	err = s.DB.InTx(s.T.Context(), func(tx *pg.Tx) error {
		q, err = s.Stock.QuoteTx(s.T.Context(), tx, inventory.QuoteInput{Org: s.Org.ID, Event: s.ID, Units: wanted, Code: code})
		if err != nil {
			return err
		}
		return s.Stock.UseCodeTx(s.T.Context(), tx, s.Org.ID, q)
	})
	return q, err
}

func (s shop) theCode() inventory.Code {
	s.T.Helper()
	codes, err := s.Stock.Codes(s.T.Context(), s.Org.ID, s.ID)
	if err != nil || len(codes) != 1 {
		s.T.Fatal(codes, err)
	}
	return codes[0]
}

func TestUseCode_TheLastUseGoesToOneOfFifty(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.sells("Ticket", pounds(1_000))
	s.code(inventory.Code{Text: "ONCE", Effect: inventory.PercentOff, Percent: 5000, MaxUses: ptr(1)})

	failed := testworld.Race(50, func(int) error { _, err := s.use("once", units(1, p)); return err })

	for _, err := range failed {
		if f, ok := fault.As(err); !ok || f.Reason != fault.CodeUsedUp || f.Fields[0].Path != "code" {
			t.Errorf("a loser got %v", err)
		}
	}
	if c := s.theCode(); len(failed) != 49 || c.Uses != 1 {
		t.Errorf("%d of 50 were refused and %d uses counted", len(failed), c.Uses)
	}
}

// The control does what UseCodeTx must not: it looks, and then it writes. With
// the constraint gone as well, all who looked in time have the one use.
func TestControl_LookingBeforeTakingUsesACodeTooOften(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.sells("Ticket", pounds(1_000))
	c := s.code(inventory.Code{Text: "ONCE", Effect: inventory.PercentOff, Percent: 5000, MaxUses: ptr(1)})
	if _, err := s.DB.Pool().Exec(t.Context(), "ALTER TABLE code DROP CONSTRAINT code_uses_kept"); err != nil {
		t.Fatal(err)
	}
	const racers = 3
	var looked sync.WaitGroup
	looked.Add(racers)

	failed := testworld.Race(racers, func(int) error {
		return s.DB.InTx(t.Context(), func(tx *pg.Tx) error {
			var left bool
			err := tx.QueryRow(t.Context(), "SELECT uses < max_uses FROM code WHERE id = @id", pgx.StrictNamedArgs{"id": c.ID}).Scan(&left)
			looked.Done()
			looked.Wait()
			if err != nil || !left {
				return err
			}
			_, err = tx.Exec(t.Context(), "UPDATE code SET uses = uses + 1 WHERE id = @id", pgx.StrictNamedArgs{"id": c.ID})
			return err
		})
	})

	if now := s.theCode(); len(failed) != 0 || now.Uses != racers {
		t.Errorf("%d uses of one, %v: the race that the guard is for does not happen", now.Uses, failed)
	}
}

func TestUseCode_ABudgetIsNeverOverspent(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.sells("Ticket", pounds(1_000))
	s.code(inventory.Code{Text: "POT", Effect: inventory.PercentOff, Percent: 5000, Currency: money.GBP, Budget: ptr(int64(2_300))})
	var mu sync.Mutex
	var off int64

	failed := testworld.Race(20, func(int) error {
		q, err := s.use("pot", units(1, p))
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			off += q.CodeOff.Minor
		}
		return err
	})

	for _, err := range failed {
		if !fault.Is(err, fault.CodeUsedUp) {
			t.Errorf("a loser got %v", err)
		}
	}
	if c := s.theCode(); c.BudgetUsed != off || off > 2_300 || off < 2_000 {
		t.Errorf("%d of 2300 spent, %d given", c.BudgetUsed, off)
	}
	last, err := s.use("pot", units(1, p))
	if c := s.theCode(); c.BudgetUsed == 2_300 && err == nil && last.CodeOff.Minor == 0 {
		t.Error("an empty pot gave something")
	}
	if c := s.theCode(); c.BudgetUsed != 2_300 {
		t.Errorf("the rest of the pot was not given: %d used", c.BudgetUsed)
	}
}

func TestReturnCode_GivesUseAndMoneyBackOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.sells("Ticket", pounds(1_000))
	s.code(inventory.Code{Text: "POT", Effect: inventory.PercentOff, Percent: 5000, Currency: money.GBP, Budget: ptr(int64(600)), MaxUses: ptr(1)})
	q, err := s.use("pot", units(1, p))
	if err != nil {
		t.Fatal(err)
	}
	back := func() error {
		return s.DB.InTx(t.Context(), func(tx *pg.Tx) error { return s.Stock.ReturnCodeTx(t.Context(), tx, s.Org.ID, q.Code, q.CodeOff) })
	}

	if err := back(); err != nil {
		t.Fatal(err)
	}
	if c := s.theCode(); c.Uses != 0 || c.BudgetUsed != 0 {
		t.Errorf("%d uses and %d used are left", c.Uses, c.BudgetUsed)
	}
	if err := back(); !strings.HasPrefix(pg.Constraint(err), "code_") {
		t.Errorf("the second time got %v", err)
	}
	if _, err := s.use("pot", units(1, p)); err != nil {
		t.Errorf("what was given back cannot be had: %v", err)
	}
}

func TestTakePhases_TheLastEarlyPlaceGoesToOneOfMany(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.Phases = []inventory.Phase{{Title: "Early", Price: 1_000, Places: ptr(1)}}
	p := s.sells("Ticket", terms)
	var mu sync.Mutex
	totals := map[int64]int{}

	failed := testworld.Race(20, func(int) error {
		var q inventory.Quote
		err := s.DB.InTx(t.Context(), func(tx *pg.Tx) error {
			var err error
			if q, err = s.Stock.QuoteTx(t.Context(), tx, inventory.QuoteInput{Org: s.Org.ID, Event: s.ID, Units: units(1, p), Taking: true}); err != nil {
				return err
			}
			return s.Stock.TakePhasesTx(t.Context(), tx, s.Org.ID, q)
		})
		mu.Lock()
		defer mu.Unlock()
		totals[q.Total.Minor]++
		return err
	})

	if len(failed) != 0 || totals[1_000] != 1 || totals[3_000] != 19 {
		t.Errorf("totals %v, refusals %v: want one early price and nineteen full ones", totals, failed)
	}
}

func TestTakePhases_AStaleQuoteIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	terms := pounds(3_000)
	terms.Phases = []inventory.Phase{{Title: "Early", Price: 1_000, Places: ptr(1)}}
	p := s.sells("Ticket", terms)
	stale, err := s.ask(inventory.QuoteInput{Units: units(1, p)})
	if err != nil {
		t.Fatal(err)
	}
	s.take(units(1, p))

	err = s.DB.InTx(t.Context(), func(tx *pg.Tx) error { return s.Stock.TakePhasesTx(t.Context(), tx, s.Org.ID, stale) })

	if !fault.Is(err, fault.PriceChanged) {
		t.Errorf("got %v", err)
	}
}

func TestProduct_AnEventHasOneCurrencyWhoeverRaces(t *testing.T) {
	t.Parallel()
	s := open(t)
	all := []money.Currency{"GBP", "EUR", "USD", "JPY"}

	failed := testworld.Race(12, func(i int) error {
		terms := pounds(3_000)
		terms.Currency = all[i%len(all)]
		_, err := s.Stock.CreateProduct(t.Context(), s.Owner, replay.Key{}, inventory.ProductInput{
			Org: s.Org.ID, Event: s.ID, Title: "Ticket", MaxPerOrder: 1, Terms: terms,
		})
		return err
	})

	for _, err := range failed {
		if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Path != "details.currency" {
			t.Errorf("a loser got %v", err)
		}
	}
	products, _, err := s.Stock.Inventory(t.Context(), s.Org.ID, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	found := map[money.Currency]int{}
	for _, p := range products {
		found[p.Currency]++
	}
	delete(found, "") // the free product that each event begins with
	if len(found) != 1 || len(failed) != 9 {
		t.Errorf("the products are priced in %v, %d were refused", found, len(failed))
	}
}

func TestProduct_TheOnlyPricedOneMayChangeItsCurrency(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.sells("Ticket", pounds(3_000))
	change := func(c money.Currency) error {
		products, _, err := s.Stock.Inventory(t.Context(), s.Org.ID, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range products {
			if p.ID != id {
				continue
			}
			terms := p.Terms
			terms.Currency = c
			_, err = s.Stock.UpdateProduct(t.Context(), s.Owner, replay.Key{}, id, p.Version, inventory.ProductInput{
				Org: s.Org.ID, Event: s.ID, Title: p.Title, MaxPerOrder: 1, Terms: terms,
			})
		}
		return err
	}

	if err := change("EUR"); err != nil {
		t.Fatal(err)
	}
	euros := pounds(100)
	euros.Currency = "EUR"
	s.sells("Dinner", euros)
	if f, ok := fault.As(change("GBP")); !ok || f.Fields[0].Path != "details.currency" {
		t.Errorf("a second currency got %v", f)
	}
}

func TestTake_OneAskSpansProductsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	pool := func(title string, size int) uid.Pool {
		p, err := s.Stock.CreatePool(t.Context(), s.Owner, replay.Key{}, inventory.PoolInput{Org: s.Org.ID, Event: s.ID, Title: title, Size: &size})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	product := func(title string, kind inventory.Kind, pools ...uid.Pool) uid.Product {
		p, err := s.Stock.CreateProduct(t.Context(), s.Owner, replay.Key{}, inventory.ProductInput{
			Org: s.Org.ID, Event: s.ID, Title: title, MaxPerOrder: 5, Pools: pools, Terms: inventory.Terms{Kind: kind},
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	room, table := pool("Room", 3), pool("Table", 1)
	ticket, dinner, other := product("Ticket", inventory.Ticket, room), product("Dinner", inventory.AddOn, table), product("Other", inventory.Ticket, room)
	take := func(a inventory.Ask) error {
		var answer error
		err := s.DB.InTx(t.Context(), func(tx *pg.Tx) error {
			answers, err := s.Stock.TakeTx(t.Context(), tx, s.Org.ID, []inventory.Ask{a})
			if err == nil {
				answer = answers[0]
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	seats := func() string {
		pools, err := s.Stock.Pools(t.Context(), s.Org.ID, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range pools {
			if p.ID == room || p.ID == table {
				all = append(all, p.Title+strings.Repeat(" sold", p.Sold)+strings.Repeat(" held", p.Held))
			}
		}
		return strings.Join(all, ", ")
	}
	regs := func(n int) []uid.Registration {
		ids := make([]uid.Registration, n)
		for i := range ids {
			ids[i] = uid.New[uid.Registration]()
		}
		return ids
	}
	people, addOns := regs(2), regs(2)
	soon := s.Clock.Now().Add(holdTime)

	if err := take(inventory.Ask{Parts: []inventory.Part{{ticket, people}, {dinner, addOns}}, Expires: soon}); !fault.Is(err, fault.SoldOut) || seats() != "Room, Table" {
		t.Fatalf("two dinners at one table got %v; %s", err, seats())
	}
	if err := take(inventory.Ask{Parts: []inventory.Part{{ticket, people}, {other, regs(2)}}, Expires: soon}); !fault.Is(err, fault.SoldOut) || seats() != "Room, Table" {
		t.Fatalf("four in a room of three got %v; %s", err, seats())
	}
	basket := []inventory.Part{{ticket, people}, {dinner, addOns[:1]}}
	if err := take(inventory.Ask{Parts: basket, Expires: soon}); err != nil || seats() != "Room held held, Table held" {
		t.Fatalf("got %v; %s", err, seats())
	}
	s.Clock.Advance(holdTime - 1)
	if err := take(inventory.Ask{Parts: basket, Expires: soon.Add(holdTime), Again: true}); err != nil || seats() != "Room held held, Table held" {
		t.Fatalf("asking again got %v; %s", err, seats())
	}
	s.Clock.Advance(2)
	if err := take(inventory.Ask{Parts: []inventory.Part{{dinner, regs(1)}}}); !fault.Is(err, fault.AllInBaskets) {
		t.Fatalf("the table was given away although its basket was prolonged: %v", err)
	}
	if err := take(inventory.Ask{Parts: basket}); err != nil || seats() != "Room sold sold, Table sold" {
		t.Fatalf("placing got %v; %s", err, seats())
	}
	if err := take(inventory.Ask{Parts: basket, Expires: soon, Again: true}); err != nil || seats() != "Room sold sold, Table sold" {
		t.Fatalf("what was sold went back into a basket: %v; %s", err, seats())
	}
	s.CheckSeats()
}
