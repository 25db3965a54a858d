package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/link"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// mostInvites is up to how many sessions a person gets a calendar entry for each
// by mail. For more, the confirmation links to one file with all of them.
const mostInvites = 3

// subject is a registration with everything that its mails tell about.
type subject struct {
	registration booking.Registration
	event        catalog.Event
	org          account.Organisation
	place        booking.Place
}

// readTx gathers what mails about a registration need.
func (s *Service) readTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Registration) (subject, error) {
	r, err := s.bookings.RegistrationTx(ctx, tx, org, id)
	if err != nil {
		return subject{}, err
	}
	e, err := s.events.GetTx(ctx, tx, org, r.Event)
	if err != nil {
		return subject{}, err
	}
	place, err := booking.PlaceOf(ctx, tx, e, r.Product)
	if err != nil {
		return subject{}, err
	}
	o, err := s.accounts.Organisation(ctx, org)
	return subject{registration: r, event: e, org: o, place: place}, err
}

// takesPlace reports whether a session is to stand in calendars.
func (x subject) takesPlace(session catalog.Session) bool {
	switch x.event.State {
	case catalog.StatePublished, catalog.StateSalesClosed, catalog.StateEnded:
		return session.Live()
	}
	return false
}

// live are the sessions of the place that take place.
func (x subject) live() []catalog.Session {
	return slices.DeleteFunc(slices.Clone(x.place.Sessions), func(session catalog.Session) bool { return !x.takesPlace(session) })
}

// joinURL is the personal join page of a session; empty without one.
func (s *Service) joinURL(x subject, session catalog.Session) string {
	if !x.place.Online {
		return ""
	}
	token := s.keys.Make(link.Join, x.registration.Org, x.registration.ID, x.registration.LinkVersion)
	return s.Base.JoinPath("j", token, session.ID.String()).String()
}

// where is the place of a session in words; empty online.
func (x subject) where(session catalog.Session) string {
	if x.place.Online {
		return ""
	}
	parts := []string{session.Place, x.event.Venue, x.event.Address, x.event.City, x.event.Country}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// title names a session for somebody who sees nothing else.
func (x subject) title(session catalog.Session) string {
	if session.Title == "" || len(x.event.Sessions) == 1 {
		return x.event.Title
	}
	return x.event.Title + ": " + session.Title
}

// content is a session as it is to stand in the person's calendar. It holds the
// join page and never the link that changes the booking: people share calendars.
func (s *Service) content(x subject, session catalog.Session) calendar.Invite {
	description := x.event.Summary
	if description != "" {
		description += "\n\n"
	}
	description += "Organised by " + x.org.Name + "."
	return calendar.Invite{
		Method: calendar.Request,
		Entry: calendar.Entry{
			Organizer:   calendar.Person{Name: x.org.Name, Email: s.From},
			Zone:        session.Timezone,
			Start:       session.StartsAt,
			End:         session.EndsAt,
			AllDay:      session.AllDay,
			Summary:     x.title(session),
			Description: description,
			Location:    x.where(session),
			URL:         s.eventURL(x),
		},
		Attendee: calendar.Person{Name: x.registration.Attendee.Name, Email: x.registration.Attendee.Email},
		JoinURL:  s.joinURL(x, session),
	}
}

// entry is a person's stored calendar entry.
type entry struct {
	id      uid.Invite
	session uid.Session
	last    calendar.Invite
}

// change is a new version of somebody's entry, to be sent to whom it names.
type change struct {
	session catalog.Session
	before  *calendar.Invite // nil for a new entry
	invite  calendar.Invite
}

// key makes a message about this version unique.
func (c change) key() string { return fmt.Sprintf("invite:%s:%d", c.invite.UID, c.invite.Sequence) }

const sqlEntries = `
SELECT id, session_id, version
  FROM calendar_invite
 WHERE org_id = @org_id
   AND registration_id = @registration_id
   AND method = 'REQUEST'
 ORDER BY session_id
   FOR UPDATE`

func entriesTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Registration) (map[uid.Session]entry, error) {
	rows, err := tx.Query(ctx, sqlEntries, pgx.StrictNamedArgs{"org_id": org, "registration_id": id})
	if err != nil {
		return nil, fmt.Errorf("read calendar entries: %w", err)
	}
	entries := map[uid.Session]entry{}
	var e entry
	var version []byte
	_, err = pgx.ForEachRow(rows, []any{&e.id, &e.session, &version}, func() error {
		e.last = calendar.Invite{}
		if err := json.Unmarshal(version, &e.last); err != nil {
			return err
		}
		entries[e.session] = e
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read calendar entries: %w", err)
	}
	return entries, nil
}

// reconcileTx compares what stands in a person's calendar with what is true, and
// stores and returns the versions to send, by session. Reason goes into
// cancellations.
func (s *Service) reconcileTx(ctx context.Context, tx *pg.Tx, x subject, reason string) ([]change, error) {
	entries, err := entriesTx(ctx, tx, x.registration.Org, x.registration.ID)
	if err != nil {
		return nil, err
	}
	comes := x.registration.State == booking.StateConfirmed
	invites := len(x.live()) <= mostInvites
	var changes []change
	for _, session := range x.place.Sessions {
		have, ok := entries[session.ID]
		delete(entries, session.ID)
		want := comes && x.takesPlace(session)
		switch {
		case ok && !want, ok && have.last.Attendee.Email != x.registration.Attendee.Email:
			c, err := s.withdrawTx(ctx, tx, x, have, session, reason)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
			ok = false
		case ok:
			next, changed := calendar.Supersede(have.last, s.content(x, session), tx.Now)
			if !changed {
				continue
			}
			if err := storeEntryTx(ctx, tx, x, have.id, session.ID, next); err != nil {
				return nil, err
			}
			changes = append(changes, change{session: session, before: &have.last, invite: next})
		}
		if want && !ok && invites && session.EndsAt.After(tx.Now) {
			first := s.content(x, session)
			first.UID, first.Stamp, first.Created = calendar.NewUID(s.host()), tx.Now, tx.Now
			if err := storeEntryTx(ctx, tx, x, uid.New[uid.Invite](), session.ID, first); err != nil {
				return nil, err
			}
			changes = append(changes, change{session: session, invite: first})
		}
	}
	for _, left := range entries { // the product no longer includes the session
		c, err := s.withdrawTx(ctx, tx, x, left, catalog.Session{ID: left.session}, reason)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (s *Service) withdrawTx(ctx context.Context, tx *pg.Tx, x subject, have entry, session catalog.Session, reason string) (change, error) {
	last := calendar.Withdraw(have.last, reason, tx.Now)
	return change{session: session, before: &have.last, invite: last}, storeEntryTx(ctx, tx, x, have.id, have.session, last)
}

const sqlStoreEntry = `
INSERT INTO calendar_invite (org_id, id, registration_id, session_id, method, sequence, version, created_at)
VALUES (@org_id, @id, @registration_id, @session_id, @method, @sequence, @version, @now)
ON CONFLICT ON CONSTRAINT calendar_invite_pk DO UPDATE
   SET method = excluded.method,
       sequence = excluded.sequence,
       version = excluded.version`

func storeEntryTx(ctx context.Context, tx *pg.Tx, x subject, id uid.Invite, session uid.Session, v calendar.Invite) error {
	version, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode calendar entry: %w", err)
	}
	_, err = tx.Exec(ctx, sqlStoreEntry, pgx.StrictNamedArgs{
		"org_id": x.registration.Org, "id": id, "registration_id": x.registration.ID, "session_id": session,
		"method": string(v.Method), "sequence": v.Sequence, "version": version, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("store calendar entry: %w", err)
	}
	return nil
}
