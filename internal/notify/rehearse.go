package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/mail"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// rehearseTx mails an event's invitation to the team member who asked for it. It
// is an entry of its own that belongs to no registration: nothing updates it, and
// whoever made it deletes it.
func (s *Service) rehearseTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	var d catalog.Rehearsal
	if err := json.Unmarshal(f.Detail, &d); err != nil {
		return fmt.Errorf("read detail: %w", err)
	}
	e, err := s.events.GetTx(ctx, tx, f.Org, uid.Event(f.Subject))
	if err != nil {
		return err
	}
	org, err := s.accounts.Organisation(ctx, f.Org)
	if err != nil {
		return err
	}
	who, err := s.accounts.ActorOf(ctx, d.Person)
	if err != nil {
		return err
	}
	x := subject{event: e, org: org}
	o := outgoing{
		org: f.Org, key: "rehearsal:" + f.ID.String(), kind: mail.KindTest, urgency: urgent,
		to: mail.Address{Name: who.Name, Email: who.Email}, from: mail.Address{Name: org.Name, Email: s.From},
		replyTo: mail.Address{Email: org.ContactEmail}, invite: s.rehearsal(x, tx, who.Name, who.Email),
	}
	o.data = mail.Test{Frame: s.frame(x), SentBy: who.Name, Invited: o.invite != nil}
	_, err = s.postTx(ctx, tx, o)
	return err
}

// rehearsal is the invitation to the first session, marked as a test; nil when
// none takes place.
func (s *Service) rehearsal(x subject, tx *pg.Tx, name, email string) *calendar.Invite {
	for _, session := range x.event.Sessions {
		if !session.Live() {
			continue
		}
		v := s.content(x, session)
		v.UID, v.Stamp, v.Created = calendar.NewUID(s.host()), tx.Now, tx.Now
		v.Summary = "Test: " + v.Summary
		v.Location = cmp.Or(v.Location, "Online; each guest’s own join page stands here")
		v.Attendee = calendar.Person{Name: name, Email: email}
		return &v
	}
	return nil
}
