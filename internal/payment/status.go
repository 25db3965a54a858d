package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Status is how an organisation is paid by card, and whether that works.
type Status struct {
	Account
	// Off is true when the installation has no key at all.
	Off bool
	// LastWebhookAt is when the last webhook came in, and LastWebhookType what it
	// was; zero when none has.
	LastWebhookAt   time.Time
	LastWebhookType string
	// LastPollAt is when Stripe was last asked for what no webhook had told.
	LastPollAt time.Time
	// Missed is how many webhooks of the last week were found only by asking.
	Missed int
	// Waiting is how many are kept and not applied yet; Stuck how many of them
	// failed at least once.
	Waiting, Stuck int
	// OpenTasks is how many tasks need a person.
	OpenTasks int
	// Faults are what is wrong, each in a sentence that says what to do.
	Faults []string
}

const sqlLastWebhook = `
SELECT heard_at, type
  FROM stripe_event
 WHERE heard_by = 'webhook'
   AND account = @account
   AND livemode = @livemode
 ORDER BY heard_at DESC
 LIMIT 1`

const sqlInboxState = `
SELECT count(*) FILTER (WHERE heard_by = 'poll' AND state <> 'ignored') AS missed,
       count(*) FILTER (WHERE state = 'waiting') AS waiting,
       count(*) FILTER (WHERE state = 'waiting' AND tries > 0) AS stuck
  FROM stripe_event
 WHERE heard_at > @since
   AND account = @account
   AND livemode = @livemode`

// River keeps finished jobs for a day.
const sqlLastPoll = `
SELECT finalized_at
  FROM river_job
 WHERE state = 'completed'
   AND finalized_at IS NOT NULL
   AND kind = @kind
 ORDER BY finalized_at DESC
 LIMIT 1`

const sqlOpenTasks = `
SELECT count(*) AS open,
       count(*) FILTER (WHERE kind = 'stripe_unreachable') AS unreachable
  FROM payment_task
 WHERE org_id = @org_id
   AND resolved_at IS NULL`

// pollLate is how long after its last round the poller is overdue.
const pollLate = 15 * time.Minute

// Status says how an organisation is paid by card, and whether that works. It asks
// Stripe about the account.
func (s *Service) Status(ctx context.Context, org uid.Org) (Status, error) {
	a, err := s.StripeAccount(ctx, org)
	if err != nil {
		return Status{}, err
	}
	st := Status{Account: a, Off: !s.gw.Configured()}
	now, err := s.now(ctx)
	if err != nil {
		return Status{}, err
	}
	unreachable, err := s.statusOfInbox(ctx, org, now, &st)
	if err != nil {
		return Status{}, err
	}
	st.Faults = s.faults(st, now, unreachable)
	return st, nil
}

func (s *Service) statusOfInbox(ctx context.Context, org uid.Org, now time.Time, st *Status) (unreachable int, err error) {
	q := s.db.Pool()
	args := pgx.StrictNamedArgs{"account": st.ID, "livemode": st.Livemode}
	if st.Connected {
		if err := orNone(q.QueryRow(ctx, sqlLastWebhook, args).Scan(&st.LastWebhookAt, &st.LastWebhookType)); err != nil {
			return 0, fmt.Errorf("read the last webhook: %w", err)
		}
		args["since"] = now.Add(-7 * 24 * time.Hour)
		if err := q.QueryRow(ctx, sqlInboxState, args).Scan(&st.Missed, &st.Waiting, &st.Stuck); err != nil {
			return 0, fmt.Errorf("read the state of webhooks: %w", err)
		}
	}
	if err := orNone(q.QueryRow(ctx, sqlLastPoll, pgx.StrictNamedArgs{"kind": PollArgs{}.Kind()}).Scan(&st.LastPollAt)); err != nil {
		return 0, fmt.Errorf("read when Stripe was last asked: %w", err)
	}
	if err := q.QueryRow(ctx, sqlOpenTasks, pgx.StrictNamedArgs{"org_id": org}).Scan(&st.OpenTasks, &unreachable); err != nil {
		return 0, fmt.Errorf("count open tasks: %w", err)
	}
	return unreachable, nil
}

// orNone takes away the error that says that there was no row.
func orNone(err error) error {
	if pg.IsNoRows(err) {
		return nil
	}
	return err
}

// faults says what is wrong and what to do about it.
func (s *Service) faults(st Status, now time.Time, unreachable int) []string {
	var out []string
	if st.Missing != "" {
		out = append(out, st.Missing)
	}
	if st.Off || !st.Connected {
		return out
	}
	if !s.gw.Hears() {
		out = append(out, "No webhook secret is set, so that Stripe's webhooks are refused and payments show up only minutes later. "+
			"The operator makes the endpoint with `lanyard stripe webhook create` and sets LANYARD_STRIPE_WEBHOOK_SECRET.")
	}
	if st.Missed > 0 {
		out = append(out, fmt.Sprintf("Stripe could not deliver %s in the last seven days. They were found by asking, so nothing is lost, "+
			"but later than need be. Look at the endpoint's deliveries at Stripe.", several(st.Missed, "webhook")))
	}
	if st.Stuck > 0 {
		out = append(out, fmt.Sprintf("%s cannot be applied so far; it is tried again for three days. The server's log says why.", several(st.Stuck, "webhook")))
	}
	if unreachable > 0 {
		out = append(out, "Stripe did not answer when places were to be released. They are kept until it does.")
	}
	if !st.LastPollAt.IsZero() && now.Sub(st.LastPollAt) > pollLate {
		out = append(out, "Stripe has not been asked for missed payments for a while. Look at the job queue at /ops/jobs.")
	}
	return out
}

func several(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
