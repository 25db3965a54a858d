package rpc

import (
	"context"
	"net/url"

	paymentv1 "lanyard/gen/lanyard/payment/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/payment"
	"lanyard/internal/uid"
)

type paymentService struct {
	payments  *payment.Service
	bookings  *booking.Service
	accounts  *account.Service
	base      *url.URL
	simulator string
}

var taskKinds = words[payment.TaskKind, paymentv1.TaskKind]{
	payment.TaskLateMoney:         paymentv1.TaskKind_TASK_KIND_LATE_MONEY,
	payment.TaskOverpaid:          paymentv1.TaskKind_TASK_KIND_OVERPAID,
	payment.TaskUnderpaid:         paymentv1.TaskKind_TASK_KIND_UNDERPAID,
	payment.TaskWrongCurrency:     paymentv1.TaskKind_TASK_KIND_WRONG_CURRENCY,
	payment.TaskWrongAccount:      paymentv1.TaskKind_TASK_KIND_WRONG_ACCOUNT,
	payment.TaskUnknownObject:     paymentv1.TaskKind_TASK_KIND_UNKNOWN_OBJECT,
	payment.TaskDispute:           paymentv1.TaskKind_TASK_KIND_DISPUTE,
	payment.TaskEarlyFraudWarning: paymentv1.TaskKind_TASK_KIND_EARLY_FRAUD_WARNING,
	payment.TaskRefundFailed:      paymentv1.TaskKind_TASK_KIND_REFUND_FAILED,
	payment.TaskRefundOver:        paymentv1.TaskKind_TASK_KIND_REFUND_OVER,
	payment.TaskRefundUncredited:  paymentv1.TaskKind_TASK_KIND_REFUND_UNCREDITED,
	payment.TaskInvoiceOverdue:    paymentv1.TaskKind_TASK_KIND_INVOICE_OVERDUE,
	payment.TaskStripeUnreachable: paymentv1.TaskKind_TASK_KIND_STRIPE_UNREACHABLE,
}

var resolutions = words[payment.Resolution, paymentv1.Resolution]{
	payment.ResolvedRefund: paymentv1.Resolution_RESOLUTION_REFUND,
	payment.ResolvedPlace:  paymentv1.Resolution_RESOLUTION_PLACE,
	payment.ResolvedCredit: paymentv1.Resolution_RESOLUTION_CREDIT,
	payment.ResolvedDone:   paymentv1.Resolution_RESOLUTION_DONE,
	payment.ResolvedItself: paymentv1.Resolution_RESOLUTION_ITSELF,
}

// ListTasks implements lanyard.payment.v1.PaymentService.
func (s *paymentService) ListTasks(ctx context.Context, req *paymentv1.ListTasksRequest) (*paymentv1.ListTasksResponse, error) {
	var d reader
	var org uid.Org
	f := payment.TaskFilter{Settled: req.GetSettled(), Kind: taskKinds.domain(req.GetKind())}
	readID(&d, "org_id", req.GetOrgId(), &org)
	readOptionalID(&d, "only_order_id", req.GetOnlyOrderId(), &f.Order)
	if err := d.err(); err != nil {
		return nil, err
	}
	tasks, err := s.payments.Tasks(ctx, org, f)
	if err != nil {
		return nil, err
	}
	messages, err := s.taskMessages(ctx, org, tasks)
	return &paymentv1.ListTasksResponse{Tasks: messages}, err
}

// taskMessages adds to tasks what other rooms know: the order's code, and who settled it.
func (s *paymentService) taskMessages(ctx context.Context, org uid.Org, tasks []payment.Task) ([]*paymentv1.Task, error) {
	var orders []uid.Order
	var actors []string
	for _, t := range tasks {
		orders, actors = append(orders, t.Order), append(actors, t.ResolvedBy)
	}
	briefs, err := s.bookings.Briefs(ctx, org, orders)
	if err != nil {
		return nil, err
	}
	names, err := s.accounts.ActorNames(ctx, actors)
	if err != nil {
		return nil, err
	}
	messages := make([]*paymentv1.Task, len(tasks))
	for i, t := range tasks {
		m := &paymentv1.Task{
			Key: t.Key, Kind: taskKinds.message(t.Kind), Sentence: t.Sentence, AmountMinor: t.Amount.Minor, Currency: string(t.Amount.Currency),
			DisputeId: optionalText(t.Dispute), DueAt: timestamp(t.DueAt), ActAt: timestamp(t.ActAt), OpenedAt: timestamp(t.OpenedAt),
			ResolvedAt: timestamp(t.ResolvedAt), Resolution: resolutions.message(t.Resolution), ResolvedBy: names[t.ResolvedBy], Note: t.Note,
		}
		if t.ResolvedBy == account.System.ID() {
			m.ResolvedBy = "Lanyard"
		}
		if b, known := briefs[t.Order]; known {
			m.OrderId, m.OrderCode, m.EventTitle = t.Order.String(), b.Code, b.EventTitle
		}
		for _, how := range t.Can {
			m.Can = append(m.Can, resolutions.message(how))
		}
		messages[i] = m
	}
	return messages, nil
}

// ResolveTask implements lanyard.payment.v1.PaymentService.
func (s *paymentService) ResolveTask(ctx context.Context, req *paymentv1.ResolveTaskRequest) (*paymentv1.ResolveTaskResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	t, err := s.payments.ResolveTask(ctx, account.ActorFrom(ctx), Key(ctx, req), org, req.GetKey(), resolutions.domain(req.GetResolution()), req.GetNote())
	if err != nil {
		return nil, err
	}
	messages, err := s.taskMessages(ctx, org, []payment.Task{t})
	if err != nil {
		return nil, err
	}
	return &paymentv1.ResolveTaskResponse{Task: messages[0]}, nil
}

// GetDisputeEvidence implements lanyard.payment.v1.PaymentService.
func (s *paymentService) GetDisputeEvidence(ctx context.Context, req *paymentv1.GetDisputeEvidenceRequest) (*paymentv1.GetDisputeEvidenceResponse, error) {
	var d reader
	var org uid.Org
	var id uid.Dispute
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "dispute_id", req.GetDisputeId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	text, err := s.payments.Evidence(ctx, org, id)
	return &paymentv1.GetDisputeEvidenceResponse{Text: text}, err
}

// GetStripeStatus implements lanyard.payment.v1.PaymentService.
func (s *paymentService) GetStripeStatus(ctx context.Context, req *paymentv1.GetStripeStatusRequest) (*paymentv1.GetStripeStatusResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	st, err := s.payments.Status(ctx, org)
	if err != nil {
		return nil, err
	}
	m := &paymentv1.StripeStatus{
		Mode: stripeMode(st), Connected: st.Connected, AccountId: st.ID, AccountName: st.Name, WebhookUrl: s.base.JoinPath("stripe", "webhook").String(),
		LastWebhookAt: timestamp(st.LastWebhookAt), LastWebhookType: st.LastWebhookType, LastPollAt: timestamp(st.LastPollAt),
		MissedWebhooks: int32(st.Missed), WaitingWebhooks: int32(st.Waiting), Faults: st.Faults, OpenTasks: int32(st.OpenTasks),
	}
	if st.Simulated && s.simulator != "" {
		m.SimulatorUrl = s.simulator + "/_sim/"
	}
	return &paymentv1.GetStripeStatusResponse{Status: m}, nil
}

func stripeMode(st payment.Status) paymentv1.StripeMode {
	switch {
	case st.Off:
		return paymentv1.StripeMode_STRIPE_MODE_NONE
	case st.Simulated:
		return paymentv1.StripeMode_STRIPE_MODE_SIMULATED
	case st.Livemode:
		return paymentv1.StripeMode_STRIPE_MODE_LIVE
	}
	return paymentv1.StripeMode_STRIPE_MODE_TEST
}
