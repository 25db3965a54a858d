package checkin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// maxLists bounds the lists of one event.
const maxLists = 100

// ListDetails is what an organiser says about a list.
type ListDetails struct {
	Title string `json:"title"`
	// Products let in; empty means all that are no online places.
	Products []uid.Product `json:"product_ids"`
	// Sessions narrow it to holders of a place in one of them; empty does not.
	Sessions []uid.Session `json:"session_ids"`
	// OpensLocal and ClosesLocal are wall times in the event's zone,
	// "2026-11-26T18:30"; empty is no bound.
	OpensLocal  string `json:"opens_local"`
	ClosesLocal string `json:"closes_local"`
	Mode        Mode   `json:"mode"`
	// Exits says that people are scanned on their way out too.
	Exits         bool           `json:"exits"`
	Offline       Policy         `json:"offline"`
	ShowQuestions []uid.Question `json:"show_question_ids"`
	AskQuestions  []uid.Question `json:"ask_question_ids"`
	BadgeProducts []uid.Product  `json:"badge_product_ids"`
	PrintBadges   bool           `json:"print_badges"`
}

// List is a check-in list.
type List struct {
	ID    uid.CheckInList
	Event uid.Event
	ListDetails
	OpensAt, ClosesAt *time.Time
	Archived          bool
	Version           int64
	// Admits are the products that it lets in, worked out.
	Admits []uid.Product
}

// listFrom reads lists; scanList reads its rows.
const listFrom = `
SELECT l.id, l.event_id, l.title, l.product_ids, l.session_ids,
       coalesce(to_char(l.opens_local, 'YYYY-MM-DD"T"HH24:MI'), ''), coalesce(to_char(l.closes_local, 'YYYY-MM-DD"T"HH24:MI'), ''),
       l.opens_local AT TIME ZONE e.timezone, l.closes_local AT TIME ZONE e.timezone, l.mode, l.exits, l.offline, l.show_question_ids, l.ask_question_ids, l.badge_product_ids,
       l.print_badges, l.archived_at IS NOT NULL, l.version,
       ARRAY(SELECT x.product_id FROM check_in_list_product x WHERE x.org_id = l.org_id AND x.list_id = l.id ORDER BY x.product_id)
  FROM check_in_list l
  JOIN event e ON e.org_id = l.org_id AND e.id = l.event_id`

func scanList(row pgx.CollectableRow) (List, error) {
	var l List
	err := row.Scan(&l.ID, &l.Event, &l.Title, &l.Products, &l.Sessions, &l.OpensLocal, &l.ClosesLocal, &l.OpensAt, &l.ClosesAt,
		&l.Mode, &l.Exits, &l.Offline, &l.ShowQuestions, &l.AskQuestions, &l.BadgeProducts, &l.PrintBadges, &l.Archived, &l.Version, &l.Admits)
	return l, err
}

const sqlLists = listFrom + `
 WHERE l.org_id = @org_id
   AND l.event_id = @event_id
 ORDER BY l.archived_at IS NOT NULL, l.id`

// Lists returns an event's lists in the order of their making, archived ones last.
func (s *Service) Lists(ctx context.Context, org uid.Org, event uid.Event) ([]List, error) {
	return readLists(ctx, s.db.Pool(), org, event)
}

func readLists(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) ([]List, error) {
	rows, _ := q.Query(ctx, sqlLists, pgx.StrictNamedArgs{"org_id": org, "event_id": event}) // CollectRows reports the error
	lists, err := pgx.CollectRows(rows, scanList)
	if err != nil {
		return nil, fmt.Errorf("read check-in lists: %w", err)
	}
	return lists, nil
}

const sqlList = listFrom + `
 WHERE l.org_id = @org_id
   AND l.event_id = @event_id
   AND l.id = @id`

func readList(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event, id uid.CheckInList) (List, error) {
	rows, _ := q.Query(ctx, sqlList, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id}) // CollectExactlyOneRow reports the error
	l, err := pgx.CollectExactlyOneRow(rows, scanList)
	if pg.IsNoRows(err) {
		return List{}, fault.NotFound("check-in list")
	}
	if err != nil {
		return List{}, fmt.Errorf("read check-in list: %w", err)
	}
	return l, nil
}

const sqlInsertList = `
INSERT INTO check_in_list (org_id, id, event_id, title, product_ids, session_ids, opens_local, closes_local,
                           mode, exits, offline, show_question_ids, ask_question_ids, badge_product_ids, print_badges, created_at)
VALUES (@org_id, @id, @event_id, @title, @product_ids, @session_ids, @opens_local, @closes_local,
        @mode, @exits, @offline, @show_question_ids, @ask_question_ids, @badge_product_ids, @print_badges, @now)`

// CreateList adds a list.
func (s *Service) CreateList(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, in ListDetails) (List, error) {
	defer s.forget(event)
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (List, error) {
		args, err := s.listArgsTx(ctx, tx, org, event, in)
		if err != nil {
			return List{}, err
		}
		lists, err := readLists(ctx, tx, org, event)
		if err != nil {
			return List{}, err
		}
		if len(lists) >= maxLists {
			return List{}, fault.Precondition(fault.WrongState, "This event has as many check-in lists as an event can have.")
		}
		id := uid.New[uid.CheckInList]()
		args["id"], args["now"] = id, tx.Now
		if _, err := tx.Exec(ctx, sqlInsertList, args); err != nil {
			return List{}, fmt.Errorf("insert check-in list: %w", err)
		}
		err = account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "check_in_list.create", Subject: id.String(), After: in})
		if err != nil {
			return List{}, err
		}
		return readList(ctx, tx, org, event, id)
	})
}

const sqlUpdateList = `
UPDATE check_in_list
   SET title = @title,
       product_ids = @product_ids,
       session_ids = @session_ids,
       opens_local = @opens_local,
       closes_local = @closes_local,
       mode = @mode,
       exits = @exits,
       offline = @offline,
       show_question_ids = @show_question_ids,
       ask_question_ids = @ask_question_ids,
       badge_product_ids = @badge_product_ids,
       print_badges = @print_badges,
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version`

// UpdateList replaces what is said about a list. How often a ticket comes in can
// only be changed while nobody has come.
func (s *Service) UpdateList(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.CheckInList, version int64, in ListDetails) (List, error) {
	defer s.forget(event)
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (List, error) {
		before, err := readList(ctx, tx, org, event, id)
		if err != nil {
			return List{}, err
		}
		args, err := s.listArgsTx(ctx, tx, org, event, in)
		if err != nil {
			return List{}, err
		}
		if before.Mode != in.Mode {
			if err := refuseUsedTx(ctx, tx, org, id); err != nil {
				return List{}, err
			}
		}
		args["id"], args["version"] = id, version
		return s.changeListTx(ctx, tx, actor, sqlUpdateList, args, "check_in_list.update", before, in)
	})
}

const sqlUsed = `
SELECT EXISTS (SELECT 1 FROM admission WHERE org_id = @org_id AND list_id = @id)`

func refuseUsedTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.CheckInList) error {
	var used bool
	if err := tx.QueryRow(ctx, sqlUsed, pgx.StrictNamedArgs{"org_id": org, "id": id}).Scan(&used); err != nil {
		return fmt.Errorf("look for admissions: %w", err)
	}
	if used {
		return fault.Precondition(fault.WrongState, "Somebody has come in by this list, so how often a ticket comes in cannot be changed. Make another list.")
	}
	return nil
}

const sqlArchiveList = `
UPDATE check_in_list
   SET archived_at = coalesce(archived_at, @now),
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version`

// ArchiveList ends a list; its scans and admissions stay.
func (s *Service) ArchiveList(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.CheckInList, version int64) (List, error) {
	defer s.forget(event)
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (List, error) {
		before, err := readList(ctx, tx, org, event, id)
		if err != nil {
			return List{}, err
		}
		args := pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id, "version": version, "now": tx.Now}
		return s.changeListTx(ctx, tx, actor, sqlArchiveList, args, "check_in_list.archive", before, nil)
	})
}

func (s *Service) changeListTx(ctx context.Context, tx *pg.Tx, actor account.Actor, sql string, args pgx.StrictNamedArgs, action string, before List, after any) (List, error) {
	org, ok := args["org_id"].(uid.Org)
	if !ok {
		panic("checkin: a list is changed without its organisation")
	}
	tag, err := tx.Exec(ctx, sql, args)
	if err != nil {
		return List{}, fmt.Errorf("%s: %w", action, err)
	}
	if tag.RowsAffected() == 0 {
		return List{}, fault.Conflict(fault.StaleVersion, "Somebody else changed this list meanwhile. Please look at it again.")
	}
	err = account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: action, Subject: before.ID.String(), Before: before.ListDetails, After: after,
	})
	if err != nil {
		return List{}, err
	}
	return readList(ctx, tx, org, before.Event, before.ID)
}

const sqlForeignParts = `
SELECT (SELECT count(*) FROM product WHERE org_id = @org_id AND event_id = @event_id AND id = ANY (@products)) < cardinality(@products::uuid[]),
       (SELECT count(*) FROM session WHERE org_id = @org_id AND event_id = @event_id AND id = ANY (@sessions)) < cardinality(@sessions::uuid[]),
       (SELECT count(*) FROM question WHERE org_id = @org_id AND event_id = @event_id AND id = ANY (@questions)) < cardinality(@questions::uuid[])`

// listArgsTx checks details and turns them into columns.
func (s *Service) listArgsTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, in ListDetails) (pgx.StrictNamedArgs, error) {
	if _, err := s.events.GetTx(ctx, tx, org, event); err != nil {
		return nil, err
	}
	var bad []fault.Field
	opens, closes := wall(&bad, "details.opens_local", in.OpensLocal), wall(&bad, "details.closes_local", in.ClosesLocal)
	if opens != nil && closes != nil && !closes.After(*opens) {
		bad = append(bad, fault.Field{Path: "details.closes_local", Rule: "list.order", Message: "must be after the doors open"})
	}
	var products, sessions, questions bool
	err := tx.QueryRow(ctx, sqlForeignParts, pgx.StrictNamedArgs{
		"org_id": org, "event_id": event, "products": compact(in.Products, in.BadgeProducts), "sessions": compact(in.Sessions),
		"questions": compact(in.ShowQuestions, in.AskQuestions),
	}).Scan(&products, &sessions, &questions)
	if err != nil {
		return nil, fmt.Errorf("check the list's parts: %w", err)
	}
	for path, foreign := range map[string]bool{"details.product_ids": products, "details.session_ids": sessions, "details.show_question_ids": questions} {
		if foreign {
			bad = append(bad, fault.Field{Path: path, Rule: "list.foreign", Message: "must be of this event"})
		}
	}
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	return pgx.StrictNamedArgs{
		"org_id": org, "event_id": event, "title": strings.TrimSpace(in.Title), "product_ids": compact(in.Products),
		"session_ids": compact(in.Sessions), "opens_local": opens, "closes_local": closes,
		"mode": in.Mode, "exits": in.Exits, "offline": in.Offline, "show_question_ids": compact(in.ShowQuestions),
		"ask_question_ids": compact(in.AskQuestions), "badge_product_ids": compact(in.BadgeProducts), "print_badges": in.PrintBadges,
	}, nil
}

// wall reads a wall time without zone; empty is none.
func wall(bad *[]fault.Field, path, text string) *time.Time {
	if text == "" {
		return nil
	}
	t, err := time.Parse(wallLayout, text)
	if err != nil {
		*bad = append(*bad, fault.Field{Path: path, Rule: "list.time", Message: "must be a date and time"})
		return nil
	}
	return &t
}

const wallLayout = "2006-01-02T15:04"

// compact joins lists of ids without repeats; never nil, because columns are not.
func compact[I ~[16]byte](lists ...[]I) []I {
	out := []I{}
	for _, l := range lists {
		for _, id := range l {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}
