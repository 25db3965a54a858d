package stripesim

import (
	"fmt"
	"slices"
	"time"
)

// evidenceTime is how long there is to answer a dispute.
const evidenceTime = 7 * 24 * time.Hour

// evidenceFields are what a dispute can be answered with.
var evidenceFields = []string{
	"access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure", "cancellation_rebuttal",
	"customer_communication", "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
	"duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
	"refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
	"shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
	"uncategorized_file", "uncategorized_text",
}

// dispute opens one about a charge. An inquiry takes no money.
func (s *Sim) dispute(a *account, ch *charge, amount int64, reason string, inquiry bool) *dispute {
	d := &dispute{disputeObject{
		ID: s.newID(a, "dp"), Object: "dispute", Amount: amount, Txns: []txnObject{}, Charge: ch.ID, Created: unix(s.moment), Currency: ch.Currency,
		Evidence: map[string]maybe{}, EvidenceDetails: evidenceDetails{DueBy: instant(unix(s.moment.Add(evidenceTime)))},
		Refundable: inquiry, Metadata: map[string]string{}, Intent: ch.Intent, Reason: reason, Status: "needs_response",
	}}
	for _, name := range evidenceFields {
		d.Evidence[name] = ""
	}
	if brand := cards[ch.Card].brand; brand != "" {
		d.MethodDetails = map[string]any{"type": "card", "card": map[string]any{"brand": brand, "network_reason_code": "10.4"}}
	}
	ch.Disputed = true
	a.charges.put(ch.ID, ch)
	if inquiry {
		d.Status = "warning_needs_response"
		a.disputes.put(d.ID, d)
		s.emit(a, "charge.dispute.created", d, nil)
		return d
	}
	a.disputes.put(d.ID, d)
	s.withdraw(a, ch, d)
	s.emit(a, "charge.dispute.created", d, nil)
	s.emit(a, "charge.dispute.funds_withdrawn", d, nil)
	return d
}

// withdraw takes the disputed money and the fee.
func (s *Sim) withdraw(a *account, ch *charge, d *dispute) {
	id := s.book(a, row{kind: "adjustment", category: "dispute", source: d.ID, description: "Chargeback withdrawal for " + ch.ID,
		amount: -s.inOwn(a, d.Amount, d.Currency), fees: []feeDetail{s.stripeFee(a, a.disputeFee(), "Dispute fee")}, rate: s.changed(a, d.Currency), available: s.moment})
	d.Txns = append(d.Txns, a.txns.get(id).txnObject)
	d.Refundable = false
	a.disputes.put(d.ID, d)
	s.plan(a, time.Unix(int64(d.EvidenceDetails.DueBy), 0), dueEvidence, d.ID)
}

// escalate makes a dispute of an inquiry.
func (s *Sim) escalate(a *account, d *dispute) error {
	if d.Status != "warning_needs_response" && d.Status != "warning_under_review" {
		return fmt.Errorf("dispute %s is %s", d.ID, d.Status)
	}
	before := d.Status
	d.Status = "needs_response"
	d.EvidenceDetails.DueBy = instant(unix(s.moment.Add(evidenceTime)))
	s.withdraw(a, a.charges.get(d.Charge), d)
	s.emit(a, "charge.dispute.updated", d, map[string]any{"status": before})
	s.emit(a, "charge.dispute.funds_withdrawn", d, nil)
	return nil
}

// closeDispute ends a dispute: won, lost, or warning_closed for an inquiry.
func (s *Sim) closeDispute(a *account, d *dispute, status string) {
	d.Status = status
	d.EvidenceDetails.PastDue = unix(s.moment) >= int64(d.EvidenceDetails.DueBy)
	ch := a.charges.get(d.Charge)
	if status == "won" {
		taken := d.Txns[len(d.Txns)-1]
		var fees []feeDetail
		if s.options.ReturnDisputeFees {
			fees = []feeDetail{s.stripeFee(a, -taken.Fee, "Dispute fee refund")}
		}
		id := s.book(a, row{kind: "adjustment", category: "dispute_reversal", source: d.ID, description: "Chargeback reversal for " + ch.ID,
			amount: -taken.Amount, fees: fees, rate: s.changed(a, d.Currency), available: s.moment})
		d.Txns = append(d.Txns, a.txns.get(id).txnObject)
		d.Refundable = true
	}
	a.disputes.put(d.ID, d)
	if status == "won" {
		s.emit(a, "charge.dispute.funds_reinstated", d, nil)
	}
	s.emit(a, "charge.dispute.closed", d, nil)
	s.settlePendingRefunds(a)
}

// endInquiries closes the inquiries about a charge that was refunded in full.
func (s *Sim) endInquiries(a *account, ch *charge) {
	if !ch.IsRefunded {
		return
	}
	for _, id := range a.disputes.newest() {
		if d := a.disputes.get(id); d.Charge == ch.ID && (d.Status == "warning_needs_response" || d.Status == "warning_under_review") {
			s.closeDispute(a, d, "warning_closed")
		}
	}
}

// open reports whether a dispute can still be answered or decided.
func (d *dispute) open() bool { return d.Status == "needs_response" || d.Status == "under_review" }

func updateDispute(c *call) (any, *apiError) {
	d := c.a.disputes.get(c.id("id"))
	if d == nil {
		return nil, missing("dispute", c.id("id"))
	}
	given, submit := c.form.child("evidence"), !c.form.has("submit") || c.form.flag("submit")
	metadata := c.form.pairs("metadata")
	for _, name := range given.names() {
		if !slices.Contains(evidenceFields, name) {
			given.child(name).complain("parameter_unknown", "Received unknown parameter: %s", given.child(name).path)
		}
	}
	if *c.form.problem != nil {
		return nil, *c.form.problem
	}
	warned := d.Status == "warning_needs_response"
	if c.form.has("evidence") && d.Status != "needs_response" && !warned {
		return nil, refused("", "evidence", "This dispute is "+d.Status+": evidence can no longer be given.")
	}
	for _, name := range given.names() {
		d.Evidence[name] = maybe(given.text(name))
		d.EvidenceDetails.HasEvidence = true
	}
	for k, v := range metadata {
		d.Metadata[k] = v
	}
	before := d.Status
	if submit && d.EvidenceDetails.HasEvidence && (warned || d.Status == "needs_response") {
		d.Status = "under_review"
		if warned {
			d.Status = "warning_under_review"
		}
		d.EvidenceDetails.Submissions++
	}
	c.a.disputes.put(d.ID, d)
	c.s.emit(c.a, "charge.dispute.updated", d, map[string]any{"status": before})
	if d.Status == "under_review" { // the words that decide a dispute in Stripe's test mode too
		switch d.Evidence["uncategorized_text"] {
		case "winning_evidence":
			c.s.closeDispute(c.a, d, "won")
		case "losing_evidence":
			c.s.closeDispute(c.a, d, "lost")
		}
	}
	return d, nil
}

func concedeDispute(c *call) (any, *apiError) {
	d := c.a.disputes.get(c.id("id"))
	switch {
	case d == nil:
		return nil, missing("dispute", c.id("id"))
	case d.Status != "needs_response":
		return nil, refused("", "", "This dispute is "+d.Status+" and cannot be closed.")
	}
	c.s.closeDispute(c.a, d, "lost")
	return d, nil
}

func listDisputes(c *call) (any, *apiError) {
	charge, intent := c.form.text("charge"), c.form.text("payment_intent")
	return listed(c, c.a.disputes, "/v1/disputes", "dispute", func(r *dispute) int64 { return r.Created }, func(r *dispute) bool {
		return (charge == "" || r.Charge == charge) && (intent == "" || string(r.Intent) == intent)
	})
}

func getDispute(c *call) (any, *apiError) {
	if d := c.a.disputes.get(c.id("id")); d != nil {
		return d, nil
	}
	return nil, missing("dispute", c.id("id"))
}

// warn says early that a charge is probably fraud. It takes no money.
func (s *Sim) warn(a *account, ch *charge) *warning {
	w := &warning{warningObject{
		ID: s.newID(a, "issfr"), Object: "radar.early_fraud_warning", Actionable: !ch.IsRefunded && !ch.Disputed, Charge: ch.ID,
		Created: unix(s.moment), FraudType: "made_with_stolen_card", Intent: string(ch.Intent),
	}}
	a.warnings.put(w.ID, w)
	s.emit(a, "radar.early_fraud_warning.created", w, nil)
	return w
}

func listWarnings(c *call) (any, *apiError) {
	charge, intent := c.form.text("charge"), c.form.text("payment_intent")
	return listed(c, c.a.warnings, "/v1/radar/early_fraud_warnings", "early_fraud_warning", func(r *warning) int64 { return r.Created },
		func(r *warning) bool {
			return (charge == "" || r.Charge == charge) && (intent == "" || r.Intent == intent)
		})
}

func getWarning(c *call) (any, *apiError) {
	if w := c.a.warnings.get(c.id("id")); w != nil {
		return w, nil
	}
	return nil, missing("early_fraud_warning", c.id("id"))
}
