package notify

import (
	"context"
	"encoding/json"
	"fmt"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/link"
	"lanyard/internal/mail"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Hear is the subscriber of the outbox.
func (s *Service) Hear(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	switch f.Kind {
	case booking.FactConfirmed:
		return s.welcomeTx(ctx, tx, f, "confirmation:"+uid.Registration(f.Subject).String(), mail.KindConfirmation)
	case booking.FactApproved:
		return s.welcomeTx(ctx, tx, f, "approved:"+uid.Registration(f.Subject).String(), mail.KindApplicationApproved)
	case booking.FactHandedOver:
		return s.handedOverTx(ctx, tx, f)
	case booking.FactCorrected:
		return s.correctedTx(ctx, tx, f)
	case booking.FactCancelled:
		return s.cancelledTx(ctx, tx, f)
	case booking.FactApplied, booking.FactDeclined:
		return s.answeredTx(ctx, tx, f)
	case booking.FactResend:
		return s.resendTx(ctx, tx, f)
	case catalog.FactRehearsal:
		return s.rehearseTx(ctx, tx, f)
	case booking.FactOrderPlaced:
		return s.orderPlacedTx(ctx, tx, f)
	case booking.FactOrderConfirmed, booking.FactOrderExpired, booking.FactOrderUnplaced, booking.FactOrderUnderpaid,
		booking.FactOrderProcessing, booking.FactOrderPaymentFailed, booking.FactOrderRefunded:
		return s.orderNewsTx(ctx, tx, f)
	case booking.FactOrderErased:
		return eraseTx(ctx, tx, f.Org, uid.Order(f.Subject))
	case booking.FactCompanyCode:
		return s.companyCodeTx(ctx, tx, f)
	case catalog.FactChanged, catalog.FactMoved, catalog.FactPostponed, catalog.FactCancelled,
		catalog.FactSessionChanged, catalog.FactSessionMoved, catalog.FactSessionCancelled:
		return s.hearEventTx(ctx, tx, f)
	}
	return nil
}

// welcomeTx tells somebody who has a place now, with the calendar entries.
func (s *Service) welcomeTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded, key string, kind mail.Kind) error {
	x, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	if x.registration.State != booking.StateConfirmed {
		return nil // given up again before we got here; that has a mail of its own
	}
	changes, err := s.reconcileTx(ctx, tx, x, "")
	if err != nil {
		return err
	}
	return s.postWelcomeTx(ctx, tx, x, key, kind, changes)
}

// postWelcomeTx sends the welcome. With one session the invitation is in it; with
// several, each invitation comes in a mail of its own behind it.
func (s *Service) postWelcomeTx(ctx context.Context, tx *pg.Tx, x subject, key string, kind mail.Kind, changes []change) error {
	first := changes
	if len(x.live()) > 1 {
		first = nil
	}
	o, err := s.welcomeMailTx(ctx, tx, x, kind, key, len(changes) > 0, "")
	if err != nil {
		return err
	}
	if err := s.postAllTx(ctx, tx, o, first, nil); err != nil {
		return err
	}
	for _, c := range changes[len(first):] {
		one := s.about(x, mail.KindConfirmation, c.key(), s.sessionWelcome(x, c))
		if err := s.postAllTx(ctx, tx, one, []change{c}, nil); err != nil {
			return err
		}
	}
	return nil
}

// welcome is the data of the mail that says that somebody has a place.
func (s *Service) welcome(x subject, kind mail.Kind, invited bool, from string) any {
	r, at := x.registration, s.occasion(x, x.live())
	switch kind {
	case mail.KindApplicationApproved:
		return mail.ApplicationApproved{Frame: s.frame(x), Occasion: at, Name: r.Attendee.Name, ManageURL: s.manageURL(r), Invited: invited}
	case mail.KindHandedOverTo:
		return mail.HandedOverTo{
			Frame: s.frame(x), Occasion: at, Name: r.Attendee.Name, From: from, ManageURL: s.manageURL(r), Bring: bring(x.event), Invited: invited,
		}
	}
	c := mail.Confirmation{
		Frame: s.frame(x), Occasion: at, Name: r.Attendee.Name, Product: r.ProductTitle, Order: r.OrderCode,
		ManageURL: s.manageURL(r), Bring: bring(x.event), Invited: invited,
		FeedURL: s.url("f", s.keys.Make(link.Feed, r.Org, r.ID, r.LinkVersion)+".ics"),
	}
	if len(at.Sessions) > 1 {
		c.AllSessionsURL = s.manageURL(r) + "/calendar.ics"
	}
	return c
}

// sessionWelcome is the short mail that carries one session's invitation.
func (s *Service) sessionWelcome(x subject, c change) mail.Confirmation {
	at := s.occasion(x, []catalog.Session{c.session})
	at.Event = x.title(c.session)
	return mail.Confirmation{
		Frame: s.frame(x), Occasion: at, Name: x.registration.Attendee.Name,
		Product: x.registration.ProductTitle, Order: x.registration.OrderCode, ManageURL: s.manageURL(x.registration), Invited: true,
	}
}

// handedOverTx takes the entries out of the old person's calendar, says goodbye,
// and welcomes the new one.
func (s *Service) handedOverTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	var d booking.HandedOverDetail
	if err := json.Unmarshal(f.Detail, &d); err != nil {
		return fmt.Errorf("read detail: %w", err)
	}
	to, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	from, err := s.readTx(ctx, tx, f.Org, d.Predecessor)
	if err != nil {
		return err
	}
	gone, err := s.reconcileTx(ctx, tx, from, "The place was handed over.")
	if err != nil {
		return err
	}
	data := mail.HandedOverFrom{
		Frame: s.frame(from), Occasion: s.occasion(from, from.live()), Name: from.registration.Attendee.Name, To: to.registration.Attendee.Name,
	}
	goodbye := func(key string) outgoing { return s.about(from, mail.KindHandedOverFrom, key, data) }
	err = s.postAllTx(ctx, tx, goodbye("handed_over_from:"+to.registration.ID.String()), gone, func(c change) outgoing { return goodbye(c.key()) })
	if err != nil || to.registration.State != booking.StateConfirmed {
		return err
	}
	changes, err := s.reconcileTx(ctx, tx, to, "")
	if err != nil {
		return err
	}
	welcome, err := s.welcomeMailTx(ctx, tx, to, mail.KindHandedOverTo, "handed_over_to:"+to.registration.ID.String(),
		len(changes) > 0, from.registration.Attendee.Name)
	if err != nil {
		return err
	}
	return s.postAllTx(ctx, tx, welcome, changes, func(c change) outgoing {
		return s.about(to, mail.KindConfirmation, c.key(), s.sessionWelcome(to, c))
	})
}

// correctedTx sends the confirmation to a new address, and takes the entries out
// of the old one's calendar. Other corrections need no mail.
func (s *Service) correctedTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	var d booking.CorrectedDetail
	if err := json.Unmarshal(f.Detail, &d); err != nil {
		return fmt.Errorf("read detail: %w", err)
	}
	if !d.EmailChanged {
		return nil
	}
	x, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	changes, err := s.reconcileTx(ctx, tx, x, "The invitation goes to another address now.")
	if err != nil {
		return err
	}
	var fresh []change
	for _, c := range changes {
		if c.before == nil {
			fresh = append(fresh, c)
			continue
		}
		data := mail.AddressChanged{
			Frame: s.frame(x), Occasion: s.occasion(x, []catalog.Session{c.session}), Name: c.invite.Attendee.Name, Contact: x.org.ContactEmail,
		}
		if err := s.postAllTx(ctx, tx, s.about(x, mail.KindAddressChanged, c.key(), data), []change{c}, nil); err != nil {
			return err
		}
	}
	key := fmt.Sprintf("confirmation:%s:%s", x.registration.ID, f.ID)
	return s.postWelcomeTx(ctx, tx, x, key, mail.KindConfirmation, fresh)
}

// cancelledTx says goodbye and takes the entries out of the calendar.
func (s *Service) cancelledTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	var d booking.CancelledDetail
	if err := json.Unmarshal(f.Detail, &d); err != nil {
		return fmt.Errorf("read detail: %w", err)
	}
	x, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	gone, err := s.reconcileTx(ctx, tx, x, "The place was cancelled.")
	if err != nil {
		return err
	}
	r := x.registration
	kind, data := mail.KindCancelledByAttendee, any(mail.CancelledByAttendee{
		Frame: s.frame(x), Occasion: s.occasion(x, x.live()), Name: r.Attendee.Name,
	})
	if d.By == "staff" {
		kind, data = mail.KindCancelledByOrganiser, mail.CancelledByOrganiser{
			Frame: s.frame(x), Occasion: s.occasion(x, x.live()), Name: r.Attendee.Name, Reason: r.Note, Contact: x.org.ContactEmail,
		}
	}
	goodbye := func(key string) outgoing { return s.about(x, kind, key, data) }
	return s.postAllTx(ctx, tx, goodbye("cancelled:"+r.ID.String()), gone, func(c change) outgoing { return goodbye(c.key()) })
}

// answeredTx answers an application that has no place: it came in, or it was
// declined.
func (s *Service) answeredTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	x, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	r, at := x.registration, s.occasion(x, x.live())
	if f.Kind == booking.FactApplied {
		_, err = s.postTx(ctx, tx, s.about(x, mail.KindApplicationReceived, "application_received:"+r.ID.String(),
			mail.ApplicationReceived{Frame: s.frame(x), Occasion: at, Name: r.Attendee.Name, ManageURL: s.manageURL(r)}))
		return err
	}
	_, err = s.postTx(ctx, tx, s.about(x, mail.KindApplicationDeclined, "application_declined:"+r.ID.String(),
		mail.ApplicationDeclined{Frame: s.frame(x), Occasion: at, Name: r.Attendee.Name, Reason: r.Note, EventsURL: s.url("o", x.org.Slug)}))
	return err
}

// resendTx sends the confirmation once more, with the very versions that the
// person's calendar has: a calendar that knows them stays as it is. It is tried
// even when mail came back from the address before.
func (s *Service) resendTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	x, err := s.readTx(ctx, tx, f.Org, uid.Registration(f.Subject))
	if err != nil {
		return err
	}
	if err := tryAgainTx(ctx, tx, f.Org, x.registration.Attendee.Email); err != nil {
		return err
	}
	key := "resend:" + f.ID.String()
	if x.registration.State == booking.StateAwaitingApproval {
		_, err := s.postTx(ctx, tx, s.about(x, mail.KindApplicationReceived, key, mail.ApplicationReceived{
			Frame: s.frame(x), Occasion: s.occasion(x, x.live()), Name: x.registration.Attendee.Name, ManageURL: s.manageURL(x.registration),
		}))
		return err
	}
	if x.registration.State != booking.StateConfirmed {
		return nil
	}
	entries, err := entriesTx(ctx, tx, f.Org, x.registration.ID)
	if err != nil {
		return err
	}
	var changes []change
	for _, session := range x.live() {
		if e, ok := entries[session.ID]; ok {
			changes = append(changes, change{session: session, before: &e.last, invite: e.last})
		}
	}
	o, err := s.welcomeMailTx(ctx, tx, x, mail.KindConfirmation, key, len(changes) > 0, "")
	if err != nil {
		return err
	}
	n := 0
	return s.postAllTx(ctx, tx, o, changes, func(c change) outgoing {
		n++
		return s.about(x, mail.KindConfirmation, fmt.Sprintf("%s:%d", key, n), s.sessionWelcome(x, c))
	})
}
