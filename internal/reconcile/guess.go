package reconcile

import (
	"fmt"

	"lanyard/internal/ledger"
)

// Cause is why an item is probably open.
type Cause string

// The causes.
const (
	CauseUnpaid          Cause = "unpaid"            // the buyer has not paid yet
	CauseOverdue         Cause = "overdue"           // the invoice's due day has passed
	CauseRefundDue       Cause = "refund_due"        // the buyer is owed money
	CauseNoOrder         Cause = "no_order"          // money that names no order
	CauseNotSettled      Cause = "not_settled"       // captured; Stripe's row is not here yet
	CauseNotCaptured     Cause = "not_captured"      // Stripe's row is here; the payment is not
	CauseRefundUnderway  Cause = "refund_underway"   // sent; Stripe's row is not here yet
	CauseRefundUnknown   Cause = "refund_unknown"    // Stripe's row is here; the refund is not
	CauseDisputeOpen     Cause = "dispute_open"      // the bank has not decided
	CauseDisputeLeft     Cause = "dispute_left"      // decided, and something is left
	CauseUnknownRow      Cause = "unknown_row"       // a category that nobody knows
	CauseOtherShop       Cause = "other_shop"        // not ours, and no rule says whose
	CauseRowsMissing     Cause = "rows_missing"      // a payout whose rows do not add up
	CauseRowsAwaited     Cause = "rows_awaited"      // Stripe has not said yet what a payout is made of
	CausePayoutUnderway  Cause = "payout_underway"   // not due at the bank yet
	CausePayoutMissing   Cause = "payout_missing"    // due at the bank, and not on a statement
	CausePayoutFailed    Cause = "payout_failed"     // the bank sent it back
	CauseBankUnexplained Cause = "bank_unexplained"  // a line of a statement without a counterpart
	CauseCurrencies      Cause = "currencies_differ" // settled in another currency than charged
	CauseOther           Cause = "other"
)

// Action is the one thing to do about an open item.
type Action string

// The actions.
const (
	ActWait        Action = "wait"         // nothing; it settles by itself
	ActRemind      Action = "remind"       // remind the buyer
	ActRefund      Action = "refund"       // give the money back
	ActCreateOrder Action = "create_order" // find or make the order it was for
	ActSync        Action = "sync"         // ask Stripe again
	ActAnswer      Action = "answer"       // answer the dispute
	ActRule        Action = "rule"         // say by a rule whose rows these are
	ActMatch       Action = "match"        // match a bank line
	ActImport      Action = "import"       // import the bank's statement
	ActCheckBank   Action = "check_bank"   // check the bank details at Stripe
	ActWriteOff    Action = "write_off"    // write it off, with a second person
	ActExplain     Action = "explain"      // say why it is open
	ActAskStripe   Action = "ask_stripe"   // ask Stripe what it is
)

func (o *OpenItem) say(cause Cause, action Action, guess, todo string) {
	o.Cause, o.Action, o.Guess, o.Todo = cause, action, guess, todo
}

// guess says why an item is probably open and what to do.
func (r itemRow) guess(o *OpenItem) {
	switch r.Account {
	case ledger.Receivable:
		r.guessReceivable(o)
	case ledger.StripePending:
		switch {
		case r.Amount < 0:
			o.say(CauseNotCaptured, ActSync, "Stripe's balance has this charge, and no payment is booked for it.", "Ask Stripe about the payment again.")
		case r.Band == Timing:
			o.say(CauseNotSettled, ActWait, "The payment was taken; Stripe's balance shows it soon.", "Nothing: it settles by itself.")
		default:
			o.say(CauseNotSettled, ActSync, "The payment was taken days ago and is not on Stripe's balance, or another amount is.", "Look at the charge at Stripe.")
		}
	case ledger.RefundPending:
		r.guessRefund(o)
	case ledger.DisputeHeld:
		if r.DisputeStatus != "" && r.DisputeOpen {
			o.say(CauseDisputeOpen, ActAnswer, "The buyer's bank holds the money until it has decided.", "Send evidence before it is due, or wait for the decision.")
		} else {
			o.say(CauseDisputeLeft, ActWriteOff, "The dispute is decided, and what came back is not what was taken.", "Compare with Stripe; write off what stays.")
		}
	case ledger.StripeSuspense:
		if sorts[r.Category] == unknown {
			o.say(CauseUnknownRow, ActAskStripe, fmt.Sprintf("Stripe moved the balance for %q, which is not known here: %s.", r.Category, r.Description), "Find out what it is, and say so by a rule.")
		} else {
			o.say(CauseOtherShop, ActRule, fmt.Sprintf("This is no sale of ours (%s). The Stripe account may serve a shop as well.", cmpOrText(r.Description, r.Category)), "Say by a rule whose rows these are.")
		}
	case ledger.StripeBalance:
		if r.PayoutComplete {
			o.say(CauseRowsMissing, ActSync, "The rows that Stripe lists for the payout do not add up to it.", "Recount the month; then ask Stripe.")
		} else {
			o.say(CauseRowsAwaited, ActWait, "Stripe has not said yet what this payout is made of.", "Nothing: Stripe tells within a day or two.")
		}
	case ledger.PayoutTransit:
		r.guessPayout(o)
	case ledger.BankSuspense:
		o.say(CauseBankUnexplained, ActMatch, "A line of the bank's statement that nothing explains.", "Match it with a payout, an order or a refund.")
	default:
		o.say(CauseOther, ActExplain, "Nobody knows why this is open.", "Look at its postings and say why.")
	}
}

func (r itemRow) guessReceivable(o *OpenItem) {
	switch {
	case r.Amount < 0 && o.Order.IsZero():
		o.say(CauseNoOrder, ActCreateOrder, "Money came in that names no order.", "Find the order it was for, or give it back.")
	case r.Amount < 0:
		o.say(CauseRefundDue, ActRefund, "The buyer has paid more than the order comes to.", "Refund it.")
	case r.DueOn != nil && r.Days > 0:
		o.say(CauseOverdue, ActRemind, "The invoice was due on "+r.DueOn.Format("2 January 2006")+".", "Remind the buyer, or match a line of the bank's statement.")
	default:
		o.say(CauseUnpaid, ActWait, "The buyer has not paid yet.", "Wait for the money, or match a line of the bank's statement.")
	}
}

func (r itemRow) guessRefund(o *OpenItem) {
	switch {
	case r.RefundState == "":
		o.say(CauseRefundUnknown, ActSync, "Stripe's balance has this refund, and none is booked here.", "Ask Stripe about the payment again.")
	case r.RefundState == "failed" || r.RefundState == "canceled":
		o.say(CauseRefundUnderway, ActWait, "The refund came back; Stripe's balance shows that soon.", "Nothing: it settles by itself.")
	case r.Band == Timing:
		o.say(CauseRefundUnderway, ActWait, "The refund was sent; Stripe's balance shows it soon.", "Nothing: it settles by itself.")
	default:
		o.say(CauseRefundUnderway, ActAskStripe, "The refund was sent days ago and has not left Stripe's balance. The balance may be too low for it.", "Look at the refund at Stripe; top the balance up if it waits for that.")
	}
}

func (r itemRow) guessPayout(o *OpenItem) {
	switch {
	case r.Amount < 0 && r.PayoutStatus == "failed":
		o.say(CausePayoutFailed, ActMatch, "The payout came back to Stripe after the bank had shown it.", "Match the line with which the bank sent it back.")
	case r.Amount < 0:
		o.say(CausePayoutUnderway, ActMatch, "Money went from the bank to Stripe, or more arrived than was sent.", "Match the bank's line.")
	case r.PayoutStatus == "failed" || r.PayoutStatus == "canceled":
		o.say(CausePayoutFailed, ActCheckBank, "The bank refused the payout, and Stripe has not put it back on its balance yet.", "Check the bank details at Stripe.")
	case r.Days >= 5:
		o.say(CausePayoutMissing, ActImport, "The payout has been due at the bank for "+fmt.Sprint(r.Days)+" days and is on no statement.", "Import the bank's statement; if the payout is not on it, ask the bank.")
	default:
		o.say(CausePayoutUnderway, ActWait, "The payout is on its way to the bank.", "Import the bank's statement when it has arrived.")
	}
}
