package webinar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/uid"
	"lanyard/internal/webinar"
)

const address = "https://rooms.example.net/secret-room"

var (
	start  = time.Date(2026, 11, 26, 18, 30, 0, 0, time.UTC)
	device = [32]byte{1, 2, 3}
)

// world is one confirmed place in one webinar of one session.
type world struct {
	t     *testing.T
	db    *pg.DB
	clk   *clock.Stepping
	keys  *link.Keys
	svc   *webinar.Service
	org   uid.Org
	event uid.Event
	reg   uid.Registration
	ses   uid.Session
}

// newWorld starts half an hour before the webinar, which lasts an hour.
func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewStepping(start.Add(-30 * time.Minute))
	db := pgtest.NewAt(t, clk.Now)
	keys := link.NewKeys([32]byte{7})
	w := &world{
		t: t, db: db, clk: clk, keys: keys, svc: webinar.New(db, keys, clk.Now),
		org: uid.New[uid.Org](), event: uid.New[uid.Event](), reg: uid.New[uid.Registration](), ses: uid.New[uid.Session](),
	}
	product, order := uid.New[uid.Product](), uid.New[uid.Order]()
	w.exec(`INSERT INTO organisation (id, slug, name, timezone, contact_email, created_at)
	        VALUES (@org, 'acme', 'Acme', 'Europe/London', 'hello@example.org', @now)`)
	w.exec(`INSERT INTO event (org_id, id, slug, title, mode, join_address, visibility, registration_mode,
	          registration_closes_at, state, timezone, all_day, starts_local, ends_local, starts_at, ends_at, search, created_at)
	        VALUES (@org, @event, 'launch', 'Launch', 'online', @address, 'public', 'open', @end, 'published',
	          'Europe/London', false, @start_local, @end_local, @start, @end, '', @now)`)
	w.exec(`INSERT INTO session (org_id, id, event_id, timezone, all_day, starts_local, ends_local, starts_at, ends_at)
	        VALUES (@org, @ses, @event, 'Europe/London', false, @start_local, @end_local, @start, @end)`)
	w.exec(`INSERT INTO product (org_id, id, event_id, title, online, position, created_at)
	        VALUES (@org, @product, @event, 'Online place', true, 1, @now)`, "product", product)
	w.exec(`INSERT INTO orders (org_id, id, event_id, code, state, request_id, request_hash, created_at)
	        VALUES (@org, @order, @event, 'AAAA', 'confirmed', 'r', '', @now)`, "order", order)
	w.exec(`INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, name, email, registered_at, changed_at)
	        VALUES (@org, @reg, @order, @event, @product, 0, 'confirmed', 'Amara Osei', 'amara@example.org', @now, @now)`,
		"order", order, "product", product)
	return w
}

// exec runs a statement with the world's ids and the given pairs.
func (w *world) exec(sql string, pairs ...any) {
	w.t.Helper()
	all := map[string]any{
		"org": w.org, "event": w.event, "reg": w.reg, "ses": w.ses, "now": w.clk.Now(), "address": address,
		"start": start, "end": start.Add(time.Hour), "start_local": start, "end_local": start.Add(time.Hour),
	}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1]
	}
	used := pgx.NamedArgs{}
	for k, v := range all {
		if strings.Contains(sql, "@"+k) {
			used[k] = v
		}
	}
	if _, err := w.db.Pool().Exec(w.t.Context(), sql, used); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) token() string { return w.keys.Make(link.Join, w.org, w.reg, 1) }

func (w *world) state(token string) webinar.State {
	w.t.Helper()
	p, err := w.svc.Open(w.t.Context(), token, w.ses)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.State
}

// traces counts the rows that a use leaves behind.
func (w *world) traces() (uses, attended int) {
	w.t.Helper()
	err := w.db.Pool().QueryRow(w.t.Context(),
		`SELECT (SELECT count(*) FROM join_event), (SELECT count(*) FROM attendance)`).Scan(&uses, &attended)
	if err != nil {
		w.t.Fatal(err)
	}
	return uses, attended
}

func (w *world) wantRefused(token string, reason fault.Reason) {
	w.t.Helper()
	target, err := w.svc.Join(w.t.Context(), token, w.ses, device)
	if !fault.Is(err, reason) {
		w.t.Errorf("join answered %q, %v, want %s", target, err, reason)
	}
	if target != "" || (err != nil && strings.Contains(err.Error(), "rooms.example.net")) {
		w.t.Error("the refusal discloses the address")
	}
	if uses, attended := w.traces(); uses != 0 || attended != 0 {
		w.t.Errorf("the refusal left %d uses and %d attendances behind", uses, attended)
	}
}

func TestScenario44_JoinOpensFifteenMinutesBeforeAndEndsWithTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	w.clk.Advance(14 * time.Minute) // start - 16
	if got := w.state(w.token()); got != webinar.TooEarly {
		t.Errorf("16 minutes before: %s", got)
	}
	w.wantRefused(w.token(), fault.SalesNotOpen)

	w.clk.Advance(76*time.Minute + time.Second) // end + 1 s
	if got := w.state(w.token()); got != webinar.Ended {
		t.Errorf("a second after the end: %s", got)
	}
	w.wantRefused(w.token(), fault.DeadlinePassed)

	w.clk.Advance(-75*time.Minute - time.Second) // start - 15
	if got := w.state(w.token()); got != webinar.Open {
		t.Errorf("15 minutes before: %s", got)
	}
	target, err := w.svc.Join(t.Context(), w.token(), w.ses, device)
	if err != nil || target != address {
		t.Fatalf("15 minutes before, join answered %q, %v", target, err)
	}
}

func TestScenario45_BadTokensAllLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	good := w.token()
	flipped := []byte(good)
	flipped[40] ^= 1
	for name, token := range map[string]string{
		"empty":           "",
		"truncated":       good[:66],
		"tampered":        string(flipped),
		"of another sort": w.keys.Make(link.Registration, w.org, w.reg, 1),
		"foreign tenant":  w.keys.Make(link.Join, uid.New[uid.Org](), w.reg, 1),
		"no such place":   w.keys.Make(link.Join, w.org, uid.New[uid.Registration](), 1),
	} {
		p, err := w.svc.Open(t.Context(), token, w.ses)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(webinar.Page{State: webinar.Unknown}, p); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		w.wantRefused(token, fault.NoSuchThing)
	}
}

func TestScenario45_AnOldVersionOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	w.exec(`UPDATE registration SET link_version = 2 WHERE id = @reg`)

	if got := w.state(w.token()); got != webinar.Replaced {
		t.Errorf("an old link is %s", got)
	}
	w.wantRefused(w.token(), fault.WrongState)
	if got := w.state(w.keys.Make(link.Join, w.org, w.reg, 2)); got != webinar.Open {
		t.Errorf("the new link is %s", got)
	}
}

func TestScenario46_AGivenUpPlaceOpensNothingAtOnce(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]webinar.State{
		"cancelled":         webinar.NotConfirmed,
		"declined":          webinar.NotConfirmed,
		"awaiting_approval": webinar.NotConfirmed,
		"transferred":       webinar.Replaced, // scenario 18
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.clk.Advance(29 * time.Minute)
			w.exec(`UPDATE registration SET state = @state WHERE id = @reg`, "state", state)
			w.clk.Advance(time.Minute)

			if got := w.state(w.token()); got != want {
				t.Errorf("the page is %s, want %s", got, want)
			}
			w.wantRefused(w.token(), fault.WrongState)
		})
	}
}

func TestOpen_NeverWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	for range 10 {
		w.state(w.token())
	}
	if uses, attended := w.traces(); uses != 0 || attended != 0 {
		t.Errorf("looking left %d uses and %d attendances behind", uses, attended)
	}
}

func TestOpen_ShowsWhatTheHolderRecognisesAndNotTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.svc.Open(t.Context(), w.token(), w.ses)
	if err != nil {
		t.Fatal(err)
	}
	want := webinar.Page{
		State: webinar.TooEarly, Name: "Amara O.", Registration: "confirmed", EventTitle: "Launch",
		OrgName: "Acme", OrgSlug: "acme", EventSlug: "launch", Contact: "hello@example.org",
		OpensAt: start.Add(-15 * time.Minute), StartsAt: start, EndsAt: start.Add(time.Hour),
		StartsLocal: start, EndsLocal: start.Add(time.Hour), Timezone: "Europe/London",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJoin_KeepsEveryUseWithItsDeviceAndOneAttendance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	first := w.clk.Now()
	for _, d := range [][32]byte{device, {9}} {
		if _, err := w.svc.Join(t.Context(), w.token(), w.ses, d); err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(time.Minute)
	}
	rows, err := w.db.Pool().Query(t.Context(), `SELECT device_hash FROM join_event ORDER BY at`)
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		t.Fatal(err)
	}
	other := [32]byte{9}
	if len(hashes) != 2 || !bytes.Equal(hashes[0], device[:]) || !bytes.Equal(hashes[1], other[:]) {
		t.Errorf("device hashes %x", hashes)
	}
	var level, source string
	var firstAt, lastAt time.Time
	err = w.db.Pool().QueryRow(t.Context(), `SELECT level, source, first_at, last_at FROM attendance`).Scan(&level, &source, &firstAt, &lastAt)
	if err != nil {
		t.Fatal(err)
	}
	if level != "link_used" || source != "join page" || !firstAt.Equal(first) || !lastAt.Equal(first.Add(time.Minute)) {
		t.Errorf("attendance %s from %s, %s to %s", level, source, firstAt, lastAt)
	}
}

func TestJoin_TheSessionsOwnAddressComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	w.exec(`UPDATE session SET join_address = 'https://other.example.net/room' WHERE id = @ses`)
	target, err := w.svc.Join(t.Context(), w.token(), w.ses, device)
	if err != nil || target != "https://other.example.net/room" {
		t.Errorf("join answered %q, %v", target, err)
	}
}

func TestJoin_OnlyForSessionsOfThePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clk.Advance(20 * time.Minute)
	second := uid.New[uid.Session]()
	w.exec(`INSERT INTO session (org_id, id, event_id, timezone, all_day, starts_local, ends_local, starts_at, ends_at)
	        VALUES (@org, @second, @event, 'Europe/London', false, @start_local, @end_local, @start, @end)`, "second", second)
	if p, err := w.svc.Open(t.Context(), w.token(), second); err != nil || p.State != webinar.Open {
		t.Errorf("a place in the whole event: %s, %v", p.State, err)
	}
	w.exec(`INSERT INTO product_session (org_id, product_id, session_id)
	        SELECT org_id, product_id, @ses FROM registration WHERE id = @reg`)
	if p, err := w.svc.Open(t.Context(), w.token(), second); err != nil || p.State != webinar.Unknown {
		t.Errorf("a place in the first session only: %s, %v", p.State, err)
	}
	w.exec(`UPDATE event SET mode = 'hybrid'`)
	w.exec(`UPDATE product SET online = false`)
	if got := w.state(w.token()); got != webinar.Unknown {
		t.Errorf("a place in the room only: %s", got)
	}
}
