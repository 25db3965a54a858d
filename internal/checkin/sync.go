package checkin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// syncPage is how many tickets one answer carries.
const syncPage = 1000

// syncCursor says what a tablet has: everything that transactions before Since
// did. While a run of pages goes on, Until is where Since moves when it ends and
// After is the last ticket of the page before.
//
// Why transaction ids: a sequence number is drawn when a change is made and seen
// when it is committed, so whoever reads "all above N" in between misses it for
// ever. Here each row carries the transaction that changed it, and a run of pages
// moves the cursor to the oldest transaction that was still open when the run
// began. All that were older had ended and were seen; whatever is younger is asked
// for again. Rows may come twice, none is missed, and no change of a ticket waits
// for another one, as it would on a counter of the event.
type syncCursor struct {
	// Epoch names the database whose transactions are counted: one that was
	// restored from a backup counts anew.
	Epoch string `json:"e"`
	// Shape names what rows are made of besides registrations: what lists show and
	// ask, and how products are called. Another shape is a new beginning.
	Shape string            `json:"f"`
	Since uint64            `json:"s"`
	Until uint64            `json:"u,omitempty"`
	After *uid.Registration `json:"a,omitempty"`
}

func (c syncCursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("checkin: encode cursor: %v", err)) // strings and numbers
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor is false for what was not made here, for another database, and for
// rows of another shape.
func readCursor(text, epoch, shape string) (syncCursor, bool) {
	var c syncCursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Epoch != epoch || c.Shape != shape {
		return syncCursor{Epoch: epoch, Shape: shape}, false
	}
	return c, true
}

// shape names what the tablet's rows are made of.
func (r *run) shape() string {
	door := r.c.atDoor(r.d.Lists)
	b, err := json.Marshal([]any{door.show, door.ask, door.titles, r.d.Mode, r.d.Lists})
	if err != nil {
		panic(fmt.Sprintf("checkin: encode shape: %v", err)) // plain values
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// Synced is one page of changes.
type Synced struct {
	Tickets []Ticket
	Cursor  string
	// More says that another page is ready.
	More bool
	// Reset says that this page is the first of everything.
	Reset bool
	// Total is how many tickets there are, with the first page of everything.
	Total    int
	Settings *DoorSettings
	// Mark names the settings; SettingsMark of the request is compared with it.
	Mark   string
	Counts []ListCounts
	Now    time.Time
}

const sqlEpoch = `
SELECT s.system_identifier::text || '-' || c.timeline_id::text
  FROM pg_control_system() s, pg_control_checkpoint() c`

// epochOf names the database cluster and its history.
func (s *Service) epochOf(ctx context.Context) (string, error) {
	s.epochOnce.Lock()
	defer s.epochOnce.Unlock()
	if s.epoch == "" {
		if err := s.db.Pool().QueryRow(ctx, sqlEpoch).Scan(&s.epoch); err != nil {
			return "", fmt.Errorf("read the database's identity: %w", err)
		}
	}
	return s.epoch, nil
}

const sqlHorizon = `
SELECT pg_snapshot_xmin(pg_current_snapshot())::text`

// sqlChanged finds the tickets that changed since a transaction, or on which a
// scan happened, by id.
const sqlChanged = ticketFrom + `
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND r.id > @after
   AND r.state NOT IN ('held', 'lapsed')
   AND r.id IN (SELECT c.id
                  FROM registration c
                 WHERE c.org_id = @org_id AND c.event_id = @event_id AND c.touched >= @since::text::xid8
                 UNION
                SELECT s.registration_id
                  FROM scan s
                 WHERE s.org_id = @org_id AND s.event_id = @event_id AND s.touched >= @since::text::xid8)
 ORDER BY r.id
 LIMIT @size`

// sqlEverything is the same from the beginning.
const sqlEverything = ticketFrom + `
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND r.id > @after
   AND r.state NOT IN ('held', 'lapsed')
 ORDER BY r.id
 LIMIT @size`

const sqlTotal = `
SELECT count(*)
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND state NOT IN ('held', 'lapsed')`

// Sync returns a page of what changed since a cursor, with settings when the
// tablet's are others.
func (s *Service) Sync(ctx context.Context, d *account.Device, cursor, settingsMark string) (Synced, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return Synced{}, err
	}
	epoch, err := s.epochOf(ctx)
	if err != nil {
		return Synced{}, err
	}
	c, known := readCursor(cursor, epoch, r.shape())
	out := Synced{Reset: !known, Now: s.Now()}
	settings, err := r.settings(ctx)
	if err != nil {
		return Synced{}, err
	}
	if out.Mark = settings.mark(); out.Mark != settingsMark {
		out.Settings = &settings
	}
	if err := r.page(ctx, c, known, &out); err != nil {
		return Synced{}, err
	}
	if !out.More {
		out.Counts, err = s.CountsFor(ctx, d)
	}
	return out, err
}

// page reads one page. The horizon of a run is read before its first rows, so
// that it is never younger than what they show.
func (r *run) page(ctx context.Context, c syncCursor, known bool, out *Synced) error {
	q := r.s.db.Pool()
	if c.Until == 0 {
		var horizon string
		if err := q.QueryRow(ctx, sqlHorizon).Scan(&horizon); err != nil {
			return fmt.Errorf("read the oldest open transaction: %w", err)
		}
		if _, err := fmt.Sscan(horizon, &c.Until); err != nil {
			return fmt.Errorf("read the oldest open transaction: %w", err)
		}
	}
	args := pgx.StrictNamedArgs{
		"org_id": r.d.Org, "event_id": r.d.Event, "lists": r.d.Lists, "after": [16]byte{}, "size": syncPage + 1,
	}
	if c.After != nil {
		args["after"] = [16]byte(*c.After)
	}
	sql := sqlEverything
	if c.Since > 0 {
		sql, args["since"] = sqlChanged, fmt.Sprint(c.Since)
	}
	read := r.c.reader(r.numbers, r.d.Lists)
	rows, _ := q.Query(ctx, sql, args) // CollectRows reports the error
	tickets, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Ticket, error) { return read(row) })
	if err != nil {
		return fmt.Errorf("read tickets: %w", err)
	}
	if !known {
		args := pgx.StrictNamedArgs{"org_id": r.d.Org, "event_id": r.d.Event}
		if err := q.QueryRow(ctx, sqlTotal, args).Scan(&out.Total); err != nil {
			return fmt.Errorf("count tickets: %w", err)
		}
	}
	if out.More = len(tickets) > syncPage; out.More {
		tickets = tickets[:syncPage]
		c.After = &tickets[syncPage-1].ID
	} else {
		c = syncCursor{Epoch: c.Epoch, Shape: c.Shape, Since: max(c.Since, c.Until)}
	}
	out.Tickets, out.Cursor = tickets, c.String()
	return nil
}

// Now is the time that tablets compare their clocks with.
func (s *Service) Now() time.Time { return s.clock().UTC() }

// DoorSettings is everything on a tablet that is no ticket.
type DoorSettings struct {
	EventTitle string
	Timezone   string
	Mark       [4]byte
	Keys       []Key
	Lists      []List
	Products   []Product
	Sessions   []Slot
	Questions  []DoorQuestion
	Others     []OtherEvent
	Pins       []Pin
	Kiosk      Kiosk
	Paper      Paper
	Device     account.DeviceDetails
	DeviceID   uid.Device
	WipeAt     time.Time
	RotateAt   time.Time
	Spare      []SpareTicket
}

// DoorQuestion is a question that lists show or ask.
type DoorQuestion struct {
	ID      uid.Question
	Label   string
	Choices [][2]string // id and words
}

// SpareTicket is a ticket set aside for a walk-in.
type SpareTicket struct {
	ID   uid.Registration
	Code string
}

// mark names settings by their content.
func (d DoorSettings) mark() string {
	type pin struct {
		Pin
		Verifier []byte
	}
	pins := make([]pin, len(d.Pins))
	for i, p := range d.Pins {
		pins[i] = pin{p, p.Verifier}
	}
	b, err := json.Marshal(struct {
		DoorSettings
		Pins []pin
	}{d, pins})
	if err != nil {
		panic(fmt.Sprintf("checkin: encode settings: %v", err)) // plain values
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func (r *run) settings(ctx context.Context) (DoorSettings, error) {
	out := DoorSettings{
		EventTitle: r.c.title, Timezone: r.c.timezone, Mark: r.c.mark, Keys: r.c.keys, Products: r.c.products, Sessions: r.c.sessions, Others: r.c.others,
		Pins: r.c.settings.Pins, Kiosk: r.c.settings.Kiosk, Paper: r.c.settings.Paper, Device: r.d.DeviceDetails, DeviceID: r.d.ID,
		WipeAt: r.d.ExpiresAt, RotateAt: r.d.TokenIssuedAt.Add(account.DeviceTokenLife),
	}
	wanted := map[uid.Question]bool{}
	for _, l := range r.c.lists {
		if !r.d.Reaches(l.ID) {
			continue
		}
		out.Lists = append(out.Lists, l)
		for _, q := range append(append([]uid.Question{}, l.ShowQuestions...), l.AskQuestions...) {
			wanted[q] = true
		}
	}
	for _, q := range r.c.questions {
		if !wanted[q.ID] {
			continue
		}
		dq := DoorQuestion{ID: q.ID, Label: q.Label}
		for _, c := range q.Choices {
			dq.Choices = append(dq.Choices, [2]string{c.ID, c.Label})
		}
		out.Questions = append(out.Questions, dq)
	}
	if r.d.Mode != account.DeviceDoor {
		return out, nil
	}
	var err error
	out.Spare, err = r.spare(ctx)
	return out, err
}

// DoorSettings returns the settings of a tablet that was just paired.
func (s *Service) DoorSettings(ctx context.Context, d *account.Device) (DoorSettings, error) {
	r, err := s.run(ctx, d)
	if err != nil {
		return DoorSettings{}, err
	}
	return r.settings(ctx)
}

const sqlSpare = `
SELECT registration_id
  FROM spare_ticket
 WHERE org_id = @org_id
   AND device_id = @device_id
   AND used_at IS NULL
 ORDER BY registration_id`

const sqlAllot = `
INSERT INTO spare_ticket (org_id, registration_id, event_id, device_id, allotted_at)
SELECT @org_id, x.id, @event_id, @device_id, @now
  FROM unnest(@ids::uuid[]) AS x (id)`

// spareTickets is how many walk-ins a tablet can register without network.
const spareTickets = 20

// spare returns the tablet's spare tickets, and sets more aside when fewer than
// half are left.
func (r *run) spare(ctx context.Context) ([]SpareTicket, error) {
	args := pgx.StrictNamedArgs{"org_id": r.d.Org, "device_id": r.d.ID}
	read := func(q pg.Querier) ([]uid.Registration, error) {
		rows, _ := q.Query(ctx, sqlSpare, args) // CollectRows reports the error
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
		if err != nil {
			return nil, fmt.Errorf("read spare tickets: %w", err)
		}
		return ids, nil
	}
	ids, err := read(r.s.db.Pool())
	if err != nil {
		return nil, err
	}
	if len(ids) < spareTickets/2 {
		err := r.s.db.InTx(ctx, func(tx *pg.Tx) error {
			more := make([]uid.Registration, spareTickets-len(ids))
			for i := range more {
				more[i] = uid.New[uid.Registration]()
			}
			_, err := tx.Exec(ctx, sqlAllot, pgx.StrictNamedArgs{
				"org_id": r.d.Org, "event_id": r.d.Event, "device_id": r.d.ID, "ids": more, "now": tx.Now,
			})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("set spare tickets aside: %w", err)
		}
		if ids, err = read(r.s.db.Pool()); err != nil {
			return nil, err
		}
	}
	out := make([]SpareTicket, len(ids))
	for i, id := range ids {
		out[i] = SpareTicket{id, r.numbers.Of(id).Short()}
	}
	return out, nil
}

// SealKey is the key under which a kiosk holds what a ticket's card says.
func SealKey(n ticketcode.Number) [32]byte {
	return sha256.Sum256(append([]byte("lanyard sealed ticket"), n[:]...))
}
