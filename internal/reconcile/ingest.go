package reconcile

import (
	"context"

	"lanyard/internal/uid"
)

// Ingest brings the mirror of every connected account up to date: rows, payouts,
// what payouts are made of; then it releases the income of events that are over
// and settles what has become clear. It goes on where the round before stopped.
func (s *Service) Ingest(ctx context.Context) error { return errLater }

// IngestOrg is Ingest for one organisation.
func (s *Service) IngestOrg(ctx context.Context, org uid.Org) error { return errLater }

// PayoutMoved looks at a payout that Stripe says has changed. It is payment's hook.
func (s *Service) PayoutMoved(ctx context.Context, org uid.Org, account, payout string) error {
	return errLater
}
