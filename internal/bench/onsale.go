package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/pgserver"
)

const (
	rounds    = 3
	loadFor   = 5 * time.Second
	crowdFew  = 64
	crowdMany = 256
)

// target is an event to register for.
type target struct{ event, product string }

// newTarget makes and publishes an event with so many places.
func (o *organiser) newTarget(ctx context.Context, title string, places int32) (target, error) {
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	made, err := o.events.CreateEvent(ctx, &catalogv1.CreateEventRequest{
		OrgId: o.org, RequestId: o.requestID(), Places: places,
		Details: &catalogv1.EventDetails{
			Title: title, Mode: catalogv1.EventMode_EVENT_MODE_IN_PERSON, Visibility: catalogv1.Visibility_VISIBILITY_PUBLIC,
			RegistrationMode: catalogv1.RegistrationMode_REGISTRATION_MODE_OPEN,
		},
		Schedule: &catalogv1.Schedule{StartsLocal: day + "T18:30", EndsLocal: day + "T20:00", Timezone: "Europe/London"},
	})
	if err != nil {
		return target{}, err
	}
	e := made.GetEvent()
	_, err = o.events.PublishEvent(ctx, &catalogv1.PublishEventRequest{OrgId: o.org, RequestId: o.requestID(), EventId: e.GetId(), Version: e.GetVersion()})
	if err != nil {
		return target{}, err
	}
	stock, err := o.stock.ListInventory(ctx, &inventoryv1.ListInventoryRequest{OrgId: o.org, EventId: e.GetId()})
	if err != nil {
		return target{}, err
	}
	return target{event: e.GetId(), product: stock.GetProducts()[0].GetId()}, nil
}

// load is what a crowd got in one round.
type load struct {
	placed, refused int
	took            []time.Duration
	lasted          time.Duration
}

func (l load) perSecond(n int) float64 { return float64(n) / l.lasted.Seconds() }

// rush lets n people register as fast as they get answers.
func (o *organiser) rush(ctx context.Context, s *server, t target, n int, name string) (load, error) {
	client := crowd(s, n)
	parts := make([]load, n)
	errs := make([]error, n)
	began := time.Now()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for k := 0; time.Since(began) < loadFor && errs[i] == nil; k++ {
				id := fmt.Sprintf("%s-%04d-%08d", name, i, k)
				sent := time.Now()
				_, err := client.PlaceOrder(ctx, &bookingv1.PlaceOrderRequest{
					OrgId: o.org, RequestId: id, EventId: t.event, ProductId: t.product,
					Attendees: []*bookingv1.AttendeeDetails{{
						Name: "Guest " + id, Email: id + "@example.org", Organisation: "Biotools", Segment: bookingv1.Segment_SEGMENT_BUSINESS,
					}},
				})
				parts[i].took = append(parts[i].took, time.Since(sent))
				switch {
				case err == nil:
					parts[i].placed++
				case connect.CodeOf(err) == connect.CodeFailedPrecondition:
					parts[i].refused++
				default:
					errs[i] = err
				}
			}
		})
	}
	all.Wait()
	sum := load{lasted: time.Since(began)}
	for i, p := range parts {
		if errs[i] != nil {
			return sum, fmt.Errorf("register: %w", errs[i])
		}
		sum.placed += p.placed
		sum.refused += p.refused
		sum.took = append(sum.took, p.took...)
	}
	return sum, nil
}

// check fails when what is there is not what was answered.
func (o *organiser) check(ctx context.Context, t target, placed int) error {
	stock, err := o.stock.ListInventory(ctx, &inventoryv1.ListInventoryRequest{OrgId: o.org, EventId: t.event})
	if err != nil {
		return err
	}
	list, err := o.people.ListRegistrations(ctx, &bookingv1.ListRegistrationsRequest{OrgId: o.org, EventId: t.event, PageSize: 1})
	if err != nil {
		return err
	}
	confirmed := 0
	for _, c := range list.GetCounts() {
		if c.GetState() == bookingv1.RegistrationState_REGISTRATION_STATE_CONFIRMED {
			confirmed = int(c.GetCount())
		}
	}
	if sold := int(stock.GetPools()[0].GetSold()); sold != placed || confirmed != placed {
		return fmt.Errorf("%d registrations were answered, %d seats are sold, %d people are on the list", placed, sold, confirmed)
	}
	return nil
}

// measureOnSale is one event, everyone at once.
func measureOnSale(ctx context.Context, s *server, o *organiser) error {
	var limit float64
	for _, n := range []int{crowdFew, crowdMany} {
		var rates, limits, p99s []float64
		for round := range rounds {
			one, err := singleInserts(ctx, s)
			if err != nil {
				return err
			}
			name := fmt.Sprintf("onsale-%d-%d", n, round)
			t, err := o.newTarget(ctx, name, 1_000_000)
			if err != nil {
				return err
			}
			l, err := o.rush(ctx, s, t, n, name)
			if err != nil {
				return err
			}
			if err := o.check(ctx, t, l.placed); err != nil {
				return err
			}
			rates, limits = append(rates, l.perSecond(l.placed)), append(limits, one)
			p99s = append(p99s, ms(percentile(l.took, 0.99)))
		}
		limit = median(limits)
		print(fmt.Sprintf("onsale_per_s_%d", n), median(rates), "registrations/s", fmt.Sprintf("%.2f", median(rates)/limit))
		print(fmt.Sprintf("register_p99_ms_%d", n), median(p99s), "ms", "-")
	}
	print("pg_single_insert_per_s", limit, "commits/s", "1.00")
	return nil
}

// measureSoldOut is the crowd after the last seat.
func measureSoldOut(ctx context.Context, s *server, o *organiser) error {
	var rates []float64
	for round := range rounds {
		name := fmt.Sprintf("soldout-%d", round)
		t, err := o.newTarget(ctx, name, 1)
		if err != nil {
			return err
		}
		l, err := o.rush(ctx, s, t, crowdFew, name)
		if err != nil {
			return err
		}
		if l.placed != 1 {
			return fmt.Errorf("%d people got the only seat", l.placed)
		}
		if err := o.check(ctx, t, 1); err != nil {
			return err
		}
		rates = append(rates, l.perSecond(l.refused))
	}
	print("soldout_per_s", median(rates), "refusals/s", "-")
	return nil
}

// sqlYardstick makes the table whose inserts are the limit.
const sqlYardstick = `
CREATE TABLE IF NOT EXISTS bench_insert (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)`

// singleInserts is the limit: how many single-row inserts the same PostgreSQL
// commits in a second, by pgbench where it is installed.
func singleInserts(ctx context.Context, s *server) (float64, error) {
	running, err := pgserver.Attach(s.dir)
	if err != nil {
		return 0, err
	}
	conn, err := pgx.Connect(ctx, running.URL())
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sqlYardstick); err != nil {
		return 0, err
	}
	tool := pgbench()
	if tool == "" {
		return insertLoop(ctx, running.URL())
	}
	return runPgbench(ctx, tool, filepath.Join(s.dir, "insert.sql"), yardstickInsert+";\n", "64", running.URL())
}

// runPgbench runs a script for three seconds with so many clients and returns its rate.
func runPgbench(ctx context.Context, tool, file, script, clients, url string) (float64, error) {
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, tool, "-n", "-M", "prepared", "-c", clients, "-j", "2", "-T", "3", "-f", file, url)
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, "tps = "); ok {
			return strconv.ParseFloat(strings.Fields(rest)[0], 64)
		}
	}
	return 0, fmt.Errorf("pgbench printed no rate: %s", out)
}

func pgbench() string {
	for _, dir := range []string{os.Getenv("LANYARD_PG_BIN"), ""} {
		if p, err := exec.LookPath(filepath.Join(dir, "pgbench")); err == nil {
			return p
		}
	}
	p, _ := exec.LookPath("pgbench") // "" when it is not there
	return p
}

// yardstickInsert goes into a table of the benchmark's own.
const yardstickInsert = `INSERT INTO bench_insert (name) VALUES ('Guest, guest@example.org')`

// insertLoop does what pgbench would.
func insertLoop(ctx context.Context, url string) (float64, error) {
	const n, lasts = 64, 3 * time.Second
	counts, errs := make([]int, n), make([]error, n)
	began := time.Now()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			conn, err := pgx.Connect(ctx, url)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close(ctx)
			for time.Since(began) < lasts && errs[i] == nil {
				_, errs[i] = conn.Exec(ctx, yardstickInsert)
				counts[i]++
			}
		})
	}
	all.Wait()
	sum := 0
	for i := range n {
		if errs[i] != nil {
			return 0, errs[i]
		}
		sum += counts[i]
	}
	return float64(sum) / time.Since(began).Seconds(), nil
}
