package checkin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/booking"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// Ticket is one row of a tablet's copy: as little as the door needs.
type Ticket struct {
	ID     uid.Registration
	Number ticketcode.Number
	Status Status
	// WithdrawnAt is since when it is no good any more; zero while it is.
	WithdrawnAt  time.Time
	Product      uid.Product
	Name         string
	Organisation string
	OrderCode    string
	Badges       []string
	Answers      []DoorAnswer
	// Unanswered are questions that some list asks at the door.
	Unanswered []uid.Question
	Note       string
	// DueMinor is still to be paid, in minor units of DueCurrency.
	DueMinor    int64
	DueCurrency string
	Admissions  []Admission
}

// DoorAnswer is an answer that the card shows, in words.
type DoorAnswer struct {
	Question uid.Question
	Value    string
}

// Admission is what is known of one ticket on one list.
type Admission struct {
	List        uid.CheckInList
	Day         string
	Inside      bool
	Entries     int
	FirstAt     time.Time
	FirstGate   string
	FirstDevice uid.Device
}

// statusOf is what a registration is worth as a ticket; false for baskets, which
// are none. refunded says that its money went back.
func statusOf(state booking.State, refunded bool) (Status, bool) {
	switch state {
	case booking.StateConfirmed:
		return StatusValid, true
	case booking.StateAwaitingApproval, booking.StateDeclined:
		return StatusUnapproved, true
	case booking.StateCancelled:
		if refunded {
			return StatusRefunded, true
		}
		return StatusCancelled, true
	case booking.StateTransferred:
		return StatusReplaced, true
	case booking.StateAwaitingPayment:
		return StatusUnpaid, true
	}
	return "", false
}

// withdrawn reports whether a ticket will never be good again.
func (s Status) withdrawn() bool {
	return s == StatusReplaced || s == StatusCancelled || s == StatusRefunded || s == StatusBlocked
}

// ticketMoney is what is due for a ticket that was sold: what its lines cost, as
// far as its order is not paid, or all of it while a bank disputes the payment.
const ticketMoney = `
    SELECT t.currency, t.disputed,
           CASE WHEN t.disputed
                THEN sum(l.gross_minor - l.credited_minor)
                ELSE least(sum(l.gross_minor - l.credited_minor),
                           (SELECT coalesce(sum(x.gross_minor - x.credited_minor), 0)
                              FROM order_line x
                             WHERE x.org_id = r.org_id AND x.order_id = r.order_id)
                           - (SELECT coalesce(sum(p.amount_minor), 0)
                                FROM payment p
                               WHERE p.org_id = r.org_id AND p.order_id = r.order_id AND p.currency = t.currency)
                           - t.transferred_minor
                           + (SELECT coalesce(sum(f.amount_minor), 0)
                                FROM payment_refund f
                               WHERE f.org_id = r.org_id AND f.order_id = r.order_id AND f.currency = t.currency
                                 AND f.state NOT IN ('failed', 'canceled')))
            END AS due,
           sum(l.credited_minor) > 0
           AND (t.sent_back_minor > 0
                OR EXISTS (SELECT 1
                             FROM payment_refund f
                            WHERE f.org_id = r.org_id AND f.order_id = r.order_id
                              AND f.state NOT IN ('failed', 'canceled'))) AS refunded
      FROM order_line l
      JOIN order_terms t ON t.org_id = l.org_id AND t.order_id = l.order_id
     WHERE l.org_id = r.org_id
       AND l.registration_id = r.id
     GROUP BY t.org_id, t.order_id`

// ticketColumns are a ticket with its admissions on some lists. Nothing is due any
// more once somebody took the money at the door.
const ticketColumns = `
SELECT r.id, r.event_id, r.state, r.product_id, r.name, r.organisation, r.segment, r.answers, r.changed_at, o.code,
       coalesce((SELECT json_agg(json_build_object('list', a.list_id, 'day', a.day, 'inside', a.inside, 'entries', a.entries,
                                                   'at', a.first_at, 'gate', a.first_gate, 'device', a.first_device)
                                 ORDER BY a.list_id, a.day)
                   FROM admission a
                  WHERE a.org_id = r.org_id AND a.registration_id = r.id AND a.list_id = ANY (@lists)), '[]'),
       coalesce((SELECT json_object_agg(x.key, x.value)
                   FROM scan s, jsonb_each_text(s.answers) x
                  WHERE s.org_id = r.org_id AND s.event_id = r.event_id AND s.registration_id = r.id AND s.answers <> '{}'), '{}'),
       coalesce(m.currency, ''), coalesce(m.disputed, false), coalesce(m.refunded, false),
       CASE WHEN m.due > 0 AND r.state IN ('confirmed', 'awaiting_payment')
            THEN CASE WHEN EXISTS (SELECT 1
                                     FROM scan s
                                    WHERE s.org_id = r.org_id AND s.event_id = r.event_id AND s.registration_id = r.id AND s.cash_taken
                                      AND s.outcome IN ('ADMITTED', 'ADMITTED_UNCONFIRMED', 'ADMITTED_OFFLINE_CONFLICT')
                                      AND NOT EXISTS (SELECT 1
                                                        FROM scan v
                                                       WHERE v.org_id = s.org_id AND v.event_id = s.event_id AND v.voids = s.id AND v.voids <> ''
                                                         AND v.outcome = 'VOIDED'))
                      THEN 0
                      ELSE m.due
                  END
            ELSE 0
        END`

const ticketTables = `
  FROM registration r
  JOIN orders o ON o.org_id = r.org_id AND o.id = r.order_id
  LEFT JOIN LATERAL (` + ticketMoney + `) m ON true`

const ticketFrom = ticketColumns + ticketTables

// sqlTicket reads one ticket, so that the database plans it once for a connection:
// planning takes several times as long as the answer does. The event is compared by
// the reader, so that no plan looks through an event's tickets for one of them.
const sqlTicket = ticketFrom + `
 WHERE r.org_id = @org_id
   AND r.id = @id`

// admissionJSON is an admission as ticketFrom writes it.
type admissionJSON struct {
	List    bareID    `json:"list"`
	Day     string    `json:"day"`
	Inside  bool      `json:"inside"`
	Entries int       `json:"entries"`
	At      time.Time `json:"at"`
	Gate    string    `json:"gate"`
	Device  bareID    `json:"device"`
}

// ticket reads one ticket; nil when the event has none of this id.
func (c *config) ticket(ctx context.Context, q pg.Querier, numbers ticketcode.Numbers, lists []uid.CheckInList, id uid.Registration) (*Ticket, error) {
	t, err := c.reader(numbers, lists)(q.QueryRow(ctx, sqlTicket, pgx.StrictNamedArgs{"org_id": c.org, "id": id, "lists": lists}))
	switch {
	case pg.IsNoRows(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read ticket: %w", err)
	case t.Status == "":
		return nil, nil
	}
	return &t, nil
}

// reader turns rows of ticketFrom, and what stands behind them, into tickets. A row
// that is no ticket of the event has no status, and one that is no good any more no name.
func (c *config) reader(numbers ticketcode.Numbers, lists []uid.CheckInList) func(row pgx.Row, more ...any) (Ticket, error) {
	door := c.atDoor(lists)
	return func(row pgx.Row, more ...any) (Ticket, error) {
		var t Ticket
		var event uid.Event
		var state booking.State
		var segment string
		var answers, admissions, given []byte
		var changed time.Time
		var disputed, refunded bool
		err := row.Scan(append([]any{&t.ID, &event, &state, &t.Product, &t.Name, &t.Organisation, &segment, &answers, &changed, &t.OrderCode, &admissions,
			&given, &t.DueCurrency, &disputed, &refunded, &t.DueMinor}, more...)...)
		if err != nil {
			return t, err
		}
		if event != c.event {
			return Ticket{}, nil
		}
		t.Number = numbers.Of(t.ID)
		t.Status, _ = statusOf(state, refunded)
		var as []admissionJSON
		if err := json.Unmarshal(admissions, &as); err != nil {
			return t, fmt.Errorf("read admissions: %w", err)
		}
		for _, a := range as {
			t.Admissions = append(t.Admissions, Admission{
				List: uid.CheckInList(a.List), Day: a.Day, Inside: a.Inside, Entries: a.Entries, FirstAt: a.At.UTC(), FirstGate: a.Gate, FirstDevice: uid.Device(a.Device),
			})
		}
		if t.Status == "" || t.Status.withdrawn() {
			t.WithdrawnAt = changed
			t.Name, t.Organisation, t.OrderCode, t.DueMinor, t.DueCurrency = "", "", "", 0, ""
			return t, nil
		}
		if t.DueMinor == 0 {
			t.DueCurrency = ""
		}
		if disputed {
			t.Note = "The payment for this ticket is disputed: please call a shift lead."
		}
		return t, door.fill(&t, segment, answers, given)
	}
}

// bareID reads a UUID as PostgreSQL writes it into JSON.
type bareID [16]byte

// UnmarshalText reads the canonical form.
func (b *bareID) UnmarshalText(text []byte) error {
	id, err := uuid.ParseBytes(text)
	*b = bareID(id)
	return err
}

// atDoor is what some lists show and ask.
type atDoor struct {
	show, ask []booking.Question
	titles    map[uid.Product]string
}

func (c *config) atDoor(lists []uid.CheckInList) atDoor {
	d := atDoor{titles: map[uid.Product]string{}}
	var show, ask []uid.Question
	var badges []uid.Product
	for _, l := range c.lists {
		if slices.Contains(lists, l.ID) {
			show, ask, badges = append(show, l.ShowQuestions...), append(ask, l.AskQuestions...), append(badges, l.BadgeProducts...)
		}
	}
	for _, q := range c.questions {
		if slices.Contains(show, q.ID) {
			d.show = append(d.show, q)
		}
		if slices.Contains(ask, q.ID) {
			d.ask = append(d.ask, q)
		}
	}
	for _, p := range c.products {
		if slices.Contains(badges, p.ID) {
			d.titles[p.ID] = p.Title
		}
	}
	return d
}

// fill adds what the card shows.
func (d atDoor) fill(t *Ticket, segment string, answers, given []byte) error {
	if title, ok := d.titles[t.Product]; ok {
		t.Badges = append(t.Badges, title)
	}
	if word, ok := segmentWords[segment]; ok {
		t.Badges = append(t.Badges, word)
	}
	if len(d.show) == 0 && len(d.ask) == 0 {
		return nil
	}
	byQuestion := map[uid.Question][]string{}
	if err := json.Unmarshal(answers, &byQuestion); err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	atDoor := map[uid.Question]string{}
	if err := json.Unmarshal(given, &atDoor); err != nil {
		return fmt.Errorf("read answers given at the door: %w", err)
	}
	for id, v := range atDoor {
		byQuestion[id] = []string{v}
	}
	for _, q := range d.show {
		if words := inWords(q, byQuestion[q.ID]); words != "" {
			t.Answers = append(t.Answers, DoorAnswer{q.ID, words})
		}
	}
	for _, q := range d.ask {
		if len(byQuestion[q.ID]) == 0 {
			t.Unanswered = append(t.Unanswered, q.ID)
		}
	}
	return nil
}

var segmentWords = map[string]string{
	booking.SegmentAcademic: "Academic", booking.SegmentBusiness: "Business", booking.SegmentClinical: "Clinical",
}

// inWords says an answer as people read it.
func inWords(q booking.Question, values []string) string {
	var out string
	for _, v := range values {
		for _, c := range q.Choices {
			if c.ID == v {
				v = c.Label
			}
		}
		if out != "" {
			out += ", "
		}
		out += v
	}
	return out
}
