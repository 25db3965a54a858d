package notify

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/link"
	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Deps are what messages are made from.
type Deps struct {
	Bookings *booking.Service
	Events   *catalog.Service
	Accounts *account.Service
	Keys     *link.Keys
	// Base is where people reach the installation.
	Base *url.URL
	// From is the address that mail and invitations come from.
	From string
	Log  *slog.Logger
	// Gather is how long changes of an event are gathered before people are told.
	Gather time.Duration
	// Sender delivers; set it before the workers start.
	Sender mail.Sender
	// Bounces makes the envelope sender of each message; nil leaves From there, and
	// then nobody hears of mail that comes back.
	Bounces *mail.VERP
	// Door makes the codes on tickets; nil leaves them out of mail.
	Door *checkin.Service
	// Signer signs messages; nil leaves them unsigned.
	Signer *mail.Signer
}

// Service decides about messages, makes and sends them. It is safe for
// concurrent use.
type Service struct {
	Deps
	db       *pg.DB
	jobs     *river.Client[pgx.Tx]
	bookings *booking.Service
	events   *catalog.Service
	accounts *account.Service
	keys     *link.Keys
}

// New makes the service.
func New(db *pg.DB, d Deps) (*Service, error) {
	jobs, err := river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Deps: d, db: db, jobs: jobs, bookings: d.Bookings, events: d.Events, accounts: d.Accounts, keys: d.Keys,
	}, nil
}

// AddWorkers registers the jobs of this package.
func (s *Service) AddWorkers(w *river.Workers) {
	river.AddWorker(w, &SendWorker{Service: s})
	river.AddWorker(w, &TellWorker{Service: s})
	river.AddWorker(w, &RemindWorker{Service: s})
	river.AddWorker(w, &InvoiceWorker{Service: s})
	river.AddWorker(w, &AskWorker{Service: s})
}

// host is the domain of message and calendar ids: the sending address's.
func (s *Service) host() string { return s.From[strings.LastIndexByte(s.From, '@')+1:] }

func (s *Service) url(parts ...string) string { return s.Base.JoinPath(parts...).String() }

func (s *Service) eventURL(x subject) string { return s.url("o", x.org.Slug, x.event.Slug) }

func (s *Service) manageURL(r booking.Registration) string {
	return s.url("r", s.keys.Make(link.Registration, r.Org, r.ID, r.LinkVersion))
}

// frame is what every mail of an organisation has around its content.
func (s *Service) frame(x subject) mail.Frame {
	return mail.Frame{Organisation: x.org.Name, HomeURL: s.url("o", x.org.Slug)}
}

// occasion is the event with the sessions that a mail tells about.
func (s *Service) occasion(x subject, sessions []catalog.Session) mail.Occasion {
	o := mail.Occasion{Event: x.event.Title, EventURL: s.eventURL(x), ViewerZone: x.registration.Attendee.Timezone}
	for _, session := range sessions {
		m := mail.Session{
			Start: session.StartsAt, End: session.EndsAt, Zone: session.Timezone, AllDay: session.AllDay,
			Place: x.where(session), JoinURL: s.joinURL(x, session),
		}
		if len(x.event.Sessions) > 1 {
			m.Title = session.Title
		}
		if x.place.Online {
			m.Place = "Online"
		}
		if x.registration.State == booking.StateConfirmed {
			links := calendar.Links(s.content(x, session).Entry)
			m.Add = &links
			m.CalendarURL = s.manageURL(x.registration) + "/calendar.ics"
		}
		o.Sessions = append(o.Sessions, m)
	}
	return o
}

// about starts a message to the holder of a registration.
func (s *Service) about(x subject, kind mail.Kind, key string, data any) outgoing {
	r := x.registration
	return outgoing{
		org: r.Org, key: key, kind: kind, registration: r.ID, urgency: urgent, data: data,
		to:      mail.Address{Name: r.Attendee.Name, Email: r.Attendee.Email},
		from:    mail.Address{Name: x.org.Name, Email: s.From},
		replyTo: mail.Address{Email: x.org.ContactEmail},
	}
}

// bring is the organiser's good-to-know, one line each.
func bring(e catalog.Event) []string {
	var lines []string
	for line := range strings.Lines(e.GoodToKnow) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// postAllTx posts the message and, for every version of a calendar entry beyond
// the first, a message of its own: programs read one entry from a mail.
func (s *Service) postAllTx(ctx context.Context, tx *pg.Tx, o outgoing, changes []change, more func(change) outgoing) error {
	if len(changes) > 0 {
		o.invite = &changes[0].invite
		o.to = recipient(changes[0])
	}
	if _, err := s.postTx(ctx, tx, o); err != nil {
		return err
	}
	for _, c := range changes[min(1, len(changes)):] {
		next := more(c)
		next.invite, next.to = &c.invite, recipient(c)
		if _, err := s.postTx(ctx, tx, next); err != nil {
			return err
		}
	}
	return nil
}

// recipient is who a version goes to: exactly the person whom it names.
func recipient(c change) mail.Address {
	return mail.Address{Name: c.invite.Attendee.Name, Email: c.invite.Attendee.Email}
}

// platform is the organisation under which messages stand that belong to none.
var platform = uid.Platform

// SignInTx mails a sign-in link, in the transaction that keeps its hash.
func (s *Service) SignInTx(ctx context.Context, tx *pg.Tx, m account.SignInMail) error {
	_, err := s.postTx(ctx, tx, outgoing{
		org: platform, key: "sign_in:" + uid.New[uid.Message]().String(), kind: mail.KindSignIn, urgency: urgent, notAfter: m.Expires,
		to: mail.Address{Email: m.Email}, from: mail.Address{Name: "Lanyard", Email: s.From},
		data: mail.SignIn{
			Frame: mail.Frame{Organisation: "Lanyard", HomeURL: s.Base.String()}, LinkURL: s.url("sign-in", m.Token),
			Minutes: int(m.Expires.Sub(m.At).Minutes()),
		},
	})
	return err
}

// InvitationTx mails an invitation to a team, in the transaction that makes it.
func (s *Service) InvitationTx(ctx context.Context, tx *pg.Tx, m account.InvitationMail) error {
	_, err := s.postTx(ctx, tx, outgoing{
		org: m.Org, key: "team_invite:" + m.ID.String(), kind: mail.KindTeamInvite, urgency: urgent, notAfter: m.ExpiresAt,
		to: mail.Address{Email: m.Email}, from: mail.Address{Name: m.Organisation, Email: s.From},
		data: mail.TeamInvite{
			Frame: mail.Frame{Organisation: m.Organisation, HomeURL: s.Base.String()}, Inviter: m.InvitedBy,
			Role: strings.ReplaceAll(string(m.Role), "_", "-"), LinkURL: s.url("sign-in"),
			Expires: m.ExpiresAt.Format("Monday 2 January 2006"),
		},
	})
	return err
}
