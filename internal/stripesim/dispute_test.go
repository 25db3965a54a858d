package stripesim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

func (b *bench) rows() []string {
	var rows []string
	for _, r := range b.sim.BalanceRows("") {
		rows = append(rows, fmt.Sprintf("%s %d-%d", r.Category, r.Amount, r.Fee))
	}
	return rows
}

func (b *bench) dispute(id string) *stripe.Dispute {
	b.t.Helper()
	d, err := b.api.Disputes.Get(id, nil)
	return must(b.t, d, err)
}

func TestDispute_TakesMoneyAndMayGiveItBack(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	won, lost := b.sold(1000, stripesim.CardUK), b.sold(2000, stripesim.CardUK)
	first, err := b.sim.OpenDispute(won.Charge, 0, "product_not_received")
	must(t, first, err)
	second, err := b.sim.OpenDispute(lost.Charge, 1900, "")
	must(t, second, err)
	if d := b.dispute(first); d.Status != "needs_response" || d.IsChargeRefundable || d.Amount != 1000 || d.Reason != "product_not_received" ||
		len(d.BalanceTransactions) != 1 || d.EvidenceDetails.DueBy != start.Add(7*24*time.Hour).Unix() {
		t.Errorf("opened: %+v", d)
	}
	_, err = b.refund(won, 0)
	if e := refusal(t, err); e.Code != "charge_disputed" {
		t.Errorf("a refund while disputed: %v", e)
	}
	if err := b.sim.WinDispute(first); err != nil {
		t.Error(err)
	}
	if err := b.sim.LoseDispute(second); err != nil {
		t.Error(err)
	}
	if err := b.sim.LoseDispute(first); err == nil {
		t.Error("a dispute ended twice")
	}
	if d := b.dispute(first); d.Status != "won" || len(d.BalanceTransactions) != 2 || !d.IsChargeRefundable {
		t.Errorf("won: %+v", d)
	}
	if d := b.dispute(second); d.Status != "lost" || len(d.BalanceTransactions) != 1 || d.Amount != 1900 {
		t.Errorf("lost: %+v", d)
	}
	want := []string{"charge 1000-35", "charge 2000-50", "dispute -1000-2000", "dispute -1900-2000", "dispute_reversal 1000-0"}
	if diff := cmp.Diff(want, b.rows()); diff != "" {
		t.Error(diff)
	}
	r, err := b.refund(won, 0)
	must(t, r, err)
	b.deliver()
}

func TestDispute_FeeComesBackWhereItDoes(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *stripesim.Options) { o.ReturnDisputeFees = true })
	id, err := b.sim.OpenDispute(b.sold(1000, stripesim.CardUK).Charge, 0, "")
	must(t, id, err)
	if err := b.sim.WinDispute(id); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"charge 1000-35", "dispute -1000-2000", "dispute_reversal 1000--2000"}, b.rows()); diff != "" {
		t.Error(diff)
	}
}

func TestDispute_EvidenceDecides(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	give := func(id, text string, submit bool) (*stripe.Dispute, error) {
		return b.api.Disputes.Update(id, &stripe.DisputeParams{
			Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(text)}, Submit: stripe.Bool(submit),
		})
	}
	for _, tc := range []struct {
		text   string
		submit bool
		want   stripe.DisputeStatus
	}{
		{"winning_evidence", true, "won"}, {"losing_evidence", true, "lost"}, {"the scan at the door", true, "under_review"},
		{"winning_evidence", false, "needs_response"},
	} {
		id, err := b.sim.OpenDispute(b.sold(1000, stripesim.CardUK).Charge, 0, "")
		must(t, id, err)
		d, err := give(id, tc.text, tc.submit)
		must(t, d, err)
		if got := b.dispute(id); got.Status != tc.want || !got.EvidenceDetails.HasEvidence || got.Evidence.UncategorizedText != tc.text {
			t.Errorf("%s, sent %v: %+v", tc.text, tc.submit, got)
		}
		if tc.want == "under_review" {
			if _, err := give(id, "more", true); err == nil {
				t.Error("evidence was taken twice")
			}
		}
	}
}

func TestDispute_UnansweredOrConcededIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	late, err := b.sim.OpenDispute(b.sold(1000, stripesim.CardUK).Charge, 0, "")
	must(t, late, err)
	conceded, err := b.sim.OpenDispute(b.sold(1000, stripesim.CardUK).Charge, 0, "")
	must(t, conceded, err)
	d, err := b.api.Disputes.Close(conceded, nil)
	if must(t, d, err).Status != "lost" {
		t.Errorf("conceded: %s", d.Status)
	}
	if _, err := b.api.Disputes.Close(conceded, nil); err == nil {
		t.Error("conceded twice")
	}
	b.sim.Advance(7*24*time.Hour - time.Second)
	if got := b.dispute(late).Status; got != "needs_response" {
		t.Errorf("a second early it is %s", got)
	}
	b.sim.Advance(time.Second)
	if got := b.dispute(late); got.Status != "lost" || !got.EvidenceDetails.PastDue {
		t.Errorf("too late: %+v", got)
	}
}

func TestDispute_InquiryTakesNothingAndEndsWithARefund(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	asked, worse := b.sold(1000, stripesim.CardInquiry), b.sold(1000, stripesim.CardUK)
	escalated, err := b.sim.OpenInquiry(worse.Charge, "")
	must(t, escalated, err)
	b.sim.Advance(time.Hour)
	var inquiry string
	for list := b.api.Disputes.List(&stripe.DisputeListParams{Charge: stripe.String(asked.Charge)}); list.Next(); {
		inquiry = list.Dispute().ID
	}
	if d := b.dispute(inquiry); d.Status != "warning_needs_response" || !d.IsChargeRefundable {
		t.Errorf("asked: %+v", d)
	}
	r, err := b.refund(asked, 0)
	must(t, r, err)
	if d := b.dispute(inquiry); d.Status != "warning_closed" {
		t.Errorf("refunded: %s", d.Status)
	}
	if err := b.sim.EscalateInquiry(escalated); err != nil {
		t.Fatal(err)
	}
	if d := b.dispute(escalated); d.Status != "needs_response" || d.IsChargeRefundable {
		t.Errorf("escalated: %+v", d)
	}
	want := []string{"charge 1000-53", "charge 1000-35", "refund -1000-0", "dispute -1000-2000"}
	if diff := cmp.Diff(want, b.rows()); diff != "" {
		t.Error(diff)
	}
	b.deliver()
}

func TestWarning_IsTold(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	warned := b.sold(1000, stripesim.CardWarned)
	b.sold(1000, stripesim.CardDisputed)
	b.sim.Advance(time.Hour)
	var charges []string
	for list := b.api.RadarEarlyFraudWarnings.List(&stripe.RadarEarlyFraudWarningListParams{}); list.Next(); {
		charges = append(charges, list.RadarEarlyFraudWarning().Charge.ID)
	}
	if diff := cmp.Diff([]string{warned.Charge}, charges); diff != "" {
		t.Error(diff)
	}
	id, err := b.sim.EarlyFraudWarning(warned.Charge)
	w, err2 := b.api.RadarEarlyFraudWarnings.Get(must(t, id, err), nil)
	if must(t, w, err2).PaymentIntent.ID != warned.Intent {
		t.Errorf("the warning is %+v", w)
	}
	if got := b.sim.Events(""); got[len(got)-1] != "radar.early_fraud_warning.created" {
		t.Errorf("the last event is %s", got[len(got)-1])
	}
	b.deliver()
}
