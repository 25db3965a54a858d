package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fold"
	"lanyard/internal/uid"
)

var (
	forenames = []string{"Łukasz", "Zoë", "Ioannis", "María", "Søren", "Aoife", "Chinedu", "Mei", "Fatima", "Oliver"}
	surnames  = []string{"Żółć", "O’Neill", "Papadopoulos", "García", "Nørgaard", "Byrne", "Okafor", "Li", "Haddad", "Smith"}
	employers = []string{"University of Leeds", "Biotools Ltd", "St Mary’s Hospital", "Acme Devices plc"}
)

// guestName is different for each number.
func guestName(i int) string {
	return fmt.Sprintf("%s %s%s", forenames[i%10], surnames[i/10%10], letters(i/100))
}

// letters writes a number in letters, as names have no digits.
func letters(n int) string {
	var b []byte
	for ; n > 0; n /= 26 {
		b = append(b, byte('a'+n%26))
	}
	return string(b)
}

// crowdOf writes n confirmed registrations straight into the tables: making them is
// not what is measured.
func (s *server) crowdOf(ctx context.Context, o *organiser, t target, n int) ([]uid.Registration, error) {
	conn, _, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	var org uid.Org
	if err := parseID(o.org, &org); err != nil {
		return nil, err
	}
	var event uid.Event
	if err := parseID(t.event, &event); err != nil {
		return nil, err
	}
	var product uid.Product
	if err := parseID(t.product, &product); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	orders, guests := make([]uid.Order, n), make([]uid.Registration, n)
	for i := range n {
		orders[i], guests[i] = uid.New[uid.Order](), uid.New[uid.Registration]()
	}
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"orders"},
		[]string{"org_id", "id", "event_id", "code", "state", "request_id", "request_hash", "created_at", "placed_at"},
		pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			id := orders[i].String()
			return []any{org, orders[i], event, id[len(id)-12:], "confirmed", "bench-" + id, []byte{1}, now, now}, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("write orders: %w", err)
	}
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"registration"},
		[]string{"org_id", "id", "order_id", "event_id", "product_id", "line", "state", "name", "email", "organisation", "segment", "search", "registered_at", "changed_at"},
		pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			name, employer := guestName(i), employers[i%len(employers)]
			email := fmt.Sprintf("guest%d@example.org", i)
			return []any{org, guests[i], orders[i], event, product, 0, "confirmed", name, email, employer, "business",
				fold.Text(name, email, employer), now, now}, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("write registrations: %w", err)
	}
	_, err = conn.Exec(ctx, "ANALYZE orders, registration")
	return guests, err
}

// parseID reads an identifier as the contract writes it.
func parseID[K uid.Kind](text string, into *uid.ID[K]) error {
	id, err := uid.Parse[K](text)
	*into = id
	return err
}
