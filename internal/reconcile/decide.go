package reconcile

import (
	"strings"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/uid"
)

// system is the actor of journals that nobody asked for.
const system = "system"

// booking is where a row's gross goes.
type booking struct {
	account ledger.Account
	ref     string
}

// sort is what a reporting category means for the books.
type sort int

const (
	unknown sort = iota
	chargeRow
	refundRow
	disputeRow
	payoutRow
	feeRow
	fxRow
	otherRow
)

// sorts are Stripe's reporting categories. What is not among them is unknown and
// goes to suspense, where people see it.
var sorts = map[string]sort{
	"charge": chargeRow, "charge_failure": chargeRow, "partial_capture_reversal": chargeRow,
	"refund": refundRow, "refund_failure": refundRow,
	"dispute": disputeRow, "dispute_reversal": disputeRow,
	"payout": payoutRow, "payout_reversal": payoutRow, "topup": payoutRow, "topup_reversal": payoutRow,
	"fee": feeRow, "network_cost": feeRow, "tax": feeRow, "contribution": feeRow, "climate_order_purchase": feeRow, "climate_order_refund": feeRow,
	"currency_conversion": fxRow,
	"risk_reserved_funds": otherRow, "connect_reserved_funds": otherRow, "reserve_transaction": otherRow, "other_adjustment": otherRow,
	"advance": otherRow, "advance_funding": otherRow, "anticipation_repayment": otherRow, "financing_paydown": otherRow,
	"financing_paydown_reversal": otherRow, "financing_payout": otherRow, "financing_payout_reversal": otherRow,
	"connect_collection_transfer": otherRow, "transfer": otherRow, "transfer_reversal": otherRow,
	"platform_earning": otherRow, "platform_earning_refund": otherRow, "obligation": otherRow, "unreconciled_customer_funds": otherRow,
	"issuing_authorization_hold": otherRow, "issuing_authorization_release": otherRow, "issuing_dispute": otherRow, "issuing_transaction": otherRow,
}

// chargeOf is the charge behind a row, by what Stripe told or what is known here.
func (k known) chargeOf(r stripegw.BalanceRow) string {
	if r.Charge != "" {
		return r.Charge
	}
	if ch := k.refunds[r.Source]; ch != "" {
		return ch
	}
	return k.disputes[r.Source]
}

// ours reports whether a row is about a sale of Lanyard's: a payment is known, or
// will be, because the charge bears our marks.
func (k known) ours(r stripegw.BalanceRow) bool {
	if _, paid := k.payments[k.chargeOf(r)]; paid {
		return true
	}
	return r.Marks[stripegw.MarkOrder] != "" || k.refunds[r.Source] != "" || k.disputes[r.Source] != ""
}

// decide says where a row's gross belongs.
func (k known) decide(r stripegw.BalanceRow) booking {
	what := sorts[r.Category]
	switch what {
	case payoutRow:
		return booking{ledger.PayoutTransit, cmpOrText(r.Source, r.ID)}
	case chargeRow, refundRow, disputeRow:
		if r.Source != "" && k.ours(r) {
			return booking{map[sort]ledger.Account{
				chargeRow: ledger.StripePending, refundRow: ledger.RefundPending, disputeRow: ledger.DisputeHeld,
			}[what], r.Source}
		}
	}
	for _, rule := range k.rules {
		if rule.fits(r) {
			return booking{rule.Account, rule.Name}
		}
	}
	if shop, found := k.shops[k.chargeOf(r)]; found && k.chargeOf(r) != "" {
		account, ref, _ := strings.Cut(shop, " ")
		return booking{ledger.Account(account), ref}
	}
	switch what {
	case feeRow:
		return booking{ledger.Fees, r.Category}
	case fxRow:
		return booking{ledger.FX, cmpOrText(r.Source, r.ID)}
	case otherRow:
		return booking{ledger.StripeOther, r.Category}
	}
	return booking{ledger.StripeSuspense, r.ID}
}

func cmpOrText(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// journal is the entry that a row makes: J3 to J8, J11 or J12. It has no postings
// when the row moves nothing.
func (k known) journal(org uid.Org, r stripegw.BalanceRow, day time.Time) (ledger.Journal, booking) {
	on := k.decide(r)
	row := ledger.Row{
		Source:   ledger.Source{Org: org, Key: "bt:" + r.ID, On: day, Actor: system, Memo: strings.TrimSpace(r.Category + " " + r.Source)},
		Currency: r.Currency, Gross: r.Gross,
	}
	sum := int64(0)
	for _, f := range r.Fees {
		row.Fees = append(row.Fees, ledger.Fee{Kind: f.Kind, Minor: f.Minor})
		sum += f.Minor
	}
	if sum != r.Fee { // Stripe's total is what moves the balance
		row.Fees = append(row.Fees, ledger.Fee{Kind: "stripe_fee", Minor: r.Fee - sum})
	}
	if r.Gross == 0 && r.Fee == 0 {
		return ledger.Journal{}, booking{}
	}
	if !r.Currency.Valid() { // no books can be kept in it; the proofs name the row
		return ledger.Journal{}, booking{ledger.StripeSuspense, r.ID}
	}
	charged, abroad := k.charged(r)
	switch {
	case abroad && on.account == ledger.StripePending:
		return ledger.SettledAbroad(row, on.ref, charged), on
	case abroad && on.account == ledger.RefundPending:
		return ledger.RefundSettledAbroad(row, on.ref, cmpOrText(k.chargeOf(r), on.ref), charged), on
	case on.account == ledger.StripePending:
		return ledger.ChargeSettled(row, on.ref), on
	case on.account == ledger.RefundPending:
		return ledger.RefundSettled(row, on.ref), on
	case on.account == ledger.DisputeHeld:
		return ledger.DisputeMoved(row, on.ref), on
	case on.account == ledger.PayoutTransit:
		return ledger.PayoutMoved(row, on.ref), on
	}
	return ledger.OtherRow(row, on.account, on.ref), on
}

// charged is what the buyer paid or got, when that is in another currency than
// the row.
func (k known) charged(r stripegw.BalanceRow) (charged money.Amount, abroad bool) {
	charged = r.Charged
	if charged.IsZero() && sorts[r.Category] == chargeRow {
		charged = k.payments[r.Charge]
		if r.Gross < 0 {
			charged = charged.Neg()
		}
	}
	return charged, !charged.IsZero() && charged.Currency != r.Currency
}

// fits reports whether a row is the rule's.
func (r Rule) fits(row stripegw.BalanceRow) bool {
	if r.Category != "" && r.Category != row.Category || r.Type != "" && r.Type != row.Type {
		return false
	}
	if r.Description != "" && !strings.Contains(strings.ToLower(row.Description), strings.ToLower(r.Description)) {
		return false
	}
	if r.Metadata == "" {
		return true
	}
	key, value, exact := strings.Cut(r.Metadata, "=")
	got, there := row.Marks[key]
	return there && (!exact || got == value)
}
