package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	"lanyard/internal/link"
	"lanyard/internal/pgserver"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

const (
	doorGuests  = 10_000
	doorTablets = 16
	searched    = 100_000
)

// measureDoor is an event's entrance: a first sync of ten thousand people, sixteen
// tablets that scan signed codes as fast as they are answered, and one code shown
// to all of them at once.
func measureDoor(ctx context.Context, s *server, o *organiser) error {
	t, err := o.newTarget(ctx, "door", doorGuests)
	if err != nil {
		return err
	}
	guests, err := s.crowdOf(ctx, o, t, doorGuests)
	if err != nil {
		return err
	}
	d := door{organiser: o, server: s, target: t}
	if d.codes, err = s.codes(o.org, t.event, guests); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	if err := d.measureSync(ctx); err != nil {
		return err
	}
	if err := d.measureScans(ctx); err != nil {
		return err
	}
	return d.showToAll(ctx)
}

// door is an entrance with its tablets.
type door struct {
	*organiser
	*server
	target
	list    string
	tablets []checkinv1connect.DoorServiceClient
	// codes are the guests'; the last one is left for the end.
	codes []string
}

// bearer sends a tablet's token with each call.
type bearer struct {
	token string
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// open makes a list and pairs the tablets with it.
func (d *door) open(ctx context.Context) error {
	made, err := d.doors.CreateCheckInList(ctx, &checkinv1.CreateCheckInListRequest{
		OrgId: d.org, RequestId: d.requestID(), EventId: d.event, Details: &checkinv1.CheckInListDetails{
			Title: "Main entrance", Mode: checkinv1.ListMode_LIST_MODE_ONCE, Offline: checkinv1.OfflinePolicy_OFFLINE_POLICY_SIGNED_OR_LISTED,
		},
	})
	if err != nil {
		return fmt.Errorf("make a list: %w", err)
	}
	d.list = made.GetList().GetId()
	for i := range doorTablets {
		made, err := d.doors.CreateDevice(ctx, &checkinv1.CreateDeviceRequest{
			OrgId: d.org, RequestId: d.requestID(), EventId: d.event, Details: &checkinv1.DeviceDetails{
				Name: fmt.Sprintf("Tablet %d", i), Gate: fmt.Sprintf("Gate %d", i%4), ListIds: []string{d.list},
				Mode: checkinv1.DeviceMode_DEVICE_MODE_DOOR, RoleWithoutPin: checkinv1.StaffRole_STAFF_ROLE_STEWARD,
			},
		})
		if err != nil {
			return fmt.Errorf("make a tablet: %w", err)
		}
		_, code, _ := strings.Cut(made.GetPairingUrl(), "#")
		t := &http.Transport{MaxIdleConnsPerHost: 2}
		paired, err := checkinv1connect.NewDoorServiceClient(&http.Client{Transport: t, Timeout: time.Minute}, d.base+"/rpc").
			Pair(ctx, &checkinv1.PairRequest{Code: code, AppVersion: "bench"})
		if err != nil {
			return fmt.Errorf("pair a tablet: %w", err)
		}
		client := &http.Client{Transport: bearer{paired.GetDeviceToken(), t}, Timeout: time.Minute}
		d.tablets = append(d.tablets, checkinv1connect.NewDoorServiceClient(client, d.base+"/rpc"))
	}
	return nil
}

// measureSync is a tablet's first copy of the list, read to its end.
func (d *door) measureSync(ctx context.Context) error {
	var took []float64
	for round := range rounds {
		began := time.Now()
		n, cursor := 0, ""
		for {
			page, err := d.tablets[round].Sync(ctx, &checkinv1.SyncRequest{Cursor: cursor, AppVersion: "bench"})
			if err != nil {
				return fmt.Errorf("sync: %w", err)
			}
			n, cursor = n+len(page.GetTickets()), page.GetCursor()
			if !page.GetMore() {
				break
			}
		}
		if n != doorGuests {
			return fmt.Errorf("%d of %d tickets were synced", n, doorGuests)
		}
		took = append(took, time.Since(began).Seconds())
	}
	fmt.Printf("sync_10k_s %.3f s -\n", median(took))
	return nil
}

func (d *door) scan(code, id string) *checkinv1.CheckRequest {
	return &checkinv1.CheckRequest{Scan: &checkinv1.Scan{
		ScanId: id, Kind: checkinv1.ScanKind_SCAN_KIND_ENTRY, ListId: d.list, Code: code,
		Clock: &checkinv1.ScanClock{WallMs: time.Now().UnixMilli(), OffsetKnown: true},
	}}
}

// measureScans lets every tablet scan its share of the guests, each guest once.
func (d *door) measureScans(ctx context.Context) error {
	limit, err := d.singleUpdates(ctx)
	if err != nil {
		return err
	}
	queue := make(chan string, len(d.codes))
	for _, code := range d.codes[:len(d.codes)-1] {
		queue <- code
	}
	close(queue)
	took, admitted, errs := make([][]time.Duration, doorTablets), make([]int, doorTablets), make([]error, doorTablets)
	began := time.Now()
	var all sync.WaitGroup
	for i, tablet := range d.tablets {
		all.Go(func() {
			for n := 0; time.Since(began) < loadFor; n++ {
				code, ok := <-queue
				if !ok {
					return
				}
				sent := time.Now()
				r, err := tablet.Check(ctx, d.scan(code, fmt.Sprintf("bench-%03d-%08d", i, n)))
				if err != nil {
					errs[i] = err
					return
				}
				took[i] = append(took[i], time.Since(sent))
				if r.GetResult().GetOutcome() == checkinv1.Outcome_OUTCOME_ADMITTED {
					admitted[i]++
				}
			}
		})
	}
	all.Wait()
	lasted := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	sum, scans := 0, slices.Concat(took...)
	for _, n := range admitted {
		sum += n
	}
	if sum != len(scans) {
		return fmt.Errorf("%d of %d guests were let in", sum, len(scans))
	}
	if err := d.checkCounts(ctx, sum); err != nil {
		return err
	}
	rate := float64(len(scans)) / lasted.Seconds()
	print("scans_per_s", rate, "scans/s", fmt.Sprintf("%.2f", rate/limit))
	print("scan_online_p99_ms", ms(percentile(scans, 0.99)), "ms", "-")
	print("pg_single_update_per_s", limit, "commits/s", "1.00")
	return nil
}

// showToAll shows one code to every tablet at the same moment: it must be let in
// once.
func (d *door) showToAll(ctx context.Context) error {
	before, err := d.admitted(ctx)
	if err != nil {
		return err
	}
	outcomes, errs := make([]checkinv1.Outcome, doorTablets), make([]error, doorTablets)
	var all sync.WaitGroup
	for i, tablet := range d.tablets {
		all.Go(func() {
			r, err := tablet.Check(ctx, d.scan(d.codes[len(d.codes)-1], fmt.Sprintf("bench-hot-%08d", i)))
			outcomes[i], errs[i] = r.GetResult().GetOutcome(), err
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("scan one code: %w", err)
	}
	in := 0
	for _, o := range outcomes {
		if o == checkinv1.Outcome_OUTCOME_ADMITTED {
			in++
		}
	}
	if in != 1 {
		return fmt.Errorf("one code was let in %d times: %v", in, outcomes)
	}
	return d.checkCounts(ctx, before+1)
}

func (d *door) admitted(ctx context.Context) (int, error) {
	r, err := d.doors.GetLiveCounts(ctx, &checkinv1.GetLiveCountsRequest{OrgId: d.org, EventId: d.event})
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	for _, c := range r.GetCounts() {
		if c.GetListId() == d.list {
			return int(c.GetAdmitted()), nil
		}
	}
	return 0, errors.New("the list has no counts")
}

// checkCounts waits a moment for the numbers, which are counted once a second.
func (d *door) checkCounts(ctx context.Context, want int) error {
	var got int
	for range 30 {
		var err error
		if got, err = d.admitted(ctx); err != nil || got == want {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("%d people were let in, %d are counted", want, got)
}

// singleUpdates is the limit: how many updates of one row each the same PostgreSQL
// commits in a second with as many clients as there are tablets.
func (s *server) singleUpdates(ctx context.Context) (float64, error) {
	conn, url, err := s.database(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	const table = `
CREATE TABLE bench_update (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO bench_update SELECT i, 0 FROM generate_series(1, 10000) i`
	if _, err := conn.Exec(ctx, table); err != nil {
		return 0, err
	}
	tool := pgbench()
	if tool == "" {
		return 0, errors.New("pgbench is not installed")
	}
	script := "\\set id random(1, 10000)\nUPDATE bench_update SET n = n + 1 WHERE id = :id;\n"
	return runPgbench(ctx, tool, filepath.Join(s.dir, "update.sql"), script, strconv.Itoa(doorTablets), url)
}

func (s *server) database(ctx context.Context) (*pgx.Conn, string, error) {
	running, err := pgserver.Attach(s.dir)
	if err != nil {
		return nil, "", err
	}
	conn, err := pgx.Connect(ctx, running.URL())
	return conn, running.URL(), err
}

// codes signs the guests' codes as the program does, with its master key.
func (s *server) codes(org, event string, guests []uid.Registration) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "master.key"))
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("the master key is not one: %w", err)
	}
	var o uid.Org
	if err := parseID(org, &o); err != nil {
		return nil, err
	}
	var e uid.Event
	if err := parseID(event, &e); err != nil {
		return nil, err
	}
	mint := ticketcode.NewMint([32]byte(link.Derive([32]byte(raw), "lanyard tickets")))
	signer, numbers := mint.Signer(o, e, 1), mint.Numbers(o)
	codes := make([]string, len(guests))
	for i, g := range guests {
		codes[i] = signer.Sign(numbers.Of(g))
	}
	return codes, nil
}

// measureSearch looks for people by the beginnings of their names among a hundred
// thousand.
func measureSearch(ctx context.Context, s *server, o *organiser) error {
	t, err := o.newTarget(ctx, "search", searched)
	if err != nil {
		return err
	}
	if _, err := s.crowdOf(ctx, o, t, searched); err != nil {
		return err
	}
	const readers, each = 4, 100
	took, errs := make([][]time.Duration, readers), make([]error, readers)
	var all sync.WaitGroup
	for i := range readers {
		all.Go(func() {
			for range each {
				name := []rune(guestName(rand.IntN(searched)))
				sent := time.Now()
				list, err := o.people.ListRegistrations(ctx, &bookingv1.ListRegistrationsRequest{
					OrgId: o.org, EventId: t.event, PageSize: 20, Query: string(name[:len(name)-1]),
				})
				if err == nil && len(list.GetRegistrations()) == 0 {
					err = connect.NewError(connect.CodeNotFound, fmt.Errorf("%s is not found", string(name)))
				}
				if errs[i] = err; err != nil {
					return
				}
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	print("search_100k_p99_ms", ms(percentile(slices.Concat(took...), 0.99)), "ms", "-")
	return nil
}
