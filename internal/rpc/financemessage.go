package rpc

import (
	financev1 "lanyard/gen/lanyard/finance/v1"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/reconcile"
	"lanyard/internal/report"
)

var joins = words[reconcile.JoinID, financev1.Join]{
	reconcile.JoinOrders: financev1.Join_JOIN_ORDERS,
	reconcile.JoinStripe: financev1.Join_JOIN_STRIPE,
	reconcile.JoinPayout: financev1.Join_JOIN_PAYOUT,
	reconcile.JoinBank:   financev1.Join_JOIN_BANK,
}

var bands = words[reconcile.Band, financev1.Band]{
	reconcile.Timing:    financev1.Band_BAND_TIMING,
	reconcile.Watch:     financev1.Band_BAND_WATCH,
	reconcile.Exception: financev1.Band_BAND_EXCEPTION,
}

var itemActions = words[reconcile.Action, financev1.ItemAction]{
	reconcile.ActWait:        financev1.ItemAction_ITEM_ACTION_WAIT,
	reconcile.ActRemind:      financev1.ItemAction_ITEM_ACTION_REMIND,
	reconcile.ActRefund:      financev1.ItemAction_ITEM_ACTION_REFUND,
	reconcile.ActCreateOrder: financev1.ItemAction_ITEM_ACTION_CREATE_ORDER,
	reconcile.ActSync:        financev1.ItemAction_ITEM_ACTION_SYNC,
	reconcile.ActAnswer:      financev1.ItemAction_ITEM_ACTION_ANSWER,
	reconcile.ActRule:        financev1.ItemAction_ITEM_ACTION_RULE,
	reconcile.ActMatch:       financev1.ItemAction_ITEM_ACTION_MATCH,
	reconcile.ActImport:      financev1.ItemAction_ITEM_ACTION_IMPORT,
	reconcile.ActCheckBank:   financev1.ItemAction_ITEM_ACTION_CHECK_BANK,
	reconcile.ActWriteOff:    financev1.ItemAction_ITEM_ACTION_WRITE_OFF,
	reconcile.ActExplain:     financev1.ItemAction_ITEM_ACTION_EXPLAIN,
	reconcile.ActAskStripe:   financev1.ItemAction_ITEM_ACTION_ASK_STRIPE,
}

// sumMessage is nil for an amount without a currency, which is none.
func sumMessage(a money.Amount) *financev1.Sum {
	if a.Currency == "" {
		return nil
	}
	return &financev1.Sum{Minor: a.Minor, Currency: string(a.Currency)}
}

func sumMessages(amounts []money.Amount) []*financev1.Sum {
	out := make([]*financev1.Sum, len(amounts))
	for i, a := range amounts {
		out[i] = sumMessage(a)
	}
	return out
}

func heapMessage(h reconcile.Heap) *financev1.Heap {
	return &financev1.Heap{Count: int32(h.Count), Amounts: sumMessages(h.Amounts)}
}

// accountTitle is an account's name for people, or its code where it has none.
func accountTitle(a ledger.Account) string {
	if title := report.AccountTitle(a); title != "" {
		return title
	}
	return string(a)
}

func itemMessages(items []reconcile.OpenItem, n names) []*financev1.Item {
	out := make([]*financev1.Item, len(items))
	for i, o := range items {
		m := &financev1.Item{
			Join: joins.message(o.Join), Account: string(o.Account), AccountTitle: accountTitle(o.Account), Ref: o.Ref, Label: o.Label, Amount: sumMessage(o.Amount),
			Since: dayText(o.Since), Last: dayText(o.Last), Days: int32(o.Days), Band: bands.message(o.Band), Guess: o.Guess,
			Action: itemActions.message(o.Action), Todo: o.Todo, OrderId: optionalText(o.Order), OrderCode: o.OrderCode, Payout: o.Payout,
		}
		if o.Note != nil {
			m.Note = &financev1.Note{Sentence: o.Note.Sentence, By: n.name(o.Note.By), At: timestamp(o.Note.At)}
		}
		if w := o.WriteOff; w != nil {
			m.WriteOff = &financev1.PendingWriteOff{Reason: w.Reason, AskedBy: n.name(w.AskedBy), AskedAt: timestamp(w.AskedAt), Mine: w.AskedBy == n.me}
		}
		out[i] = m
	}
	return out
}

func writtenOffMessages(list []reconcile.WriteOff, n names) []*financev1.WrittenOff {
	out := make([]*financev1.WrittenOff, len(list))
	for i, w := range list {
		out[i] = &financev1.WrittenOff{
			Amount: sumMessage(w.Amount), Reason: w.Reason, AskedBy: n.name(w.AskedBy), AgreedBy: n.name(w.DecidedBy), AgreedAt: timestamp(w.DecidedAt),
			UndoneAt: timestamp(w.UndoneAt), UndoneReason: w.UndoneReason,
		}
		if w.UndoneBy != "" {
			out[i].UndoneBy = n.name(w.UndoneBy)
		}
	}
	return out
}

func rowMessages(rows []reconcile.Row) []*financev1.BalanceRow {
	out := make([]*financev1.BalanceRow, len(rows))
	for i, r := range rows {
		out[i] = &financev1.BalanceRow{
			Id: r.ID, Category: r.Category, Source: r.Source, Description: r.Description, Amount: sumMessage(r.Amount), Fee: sumMessage(r.Fee),
			Net: sumMessage(r.Net), Charged: sumMessage(r.Charged), Created: timestamp(r.Created), AvailableOn: timestamp(r.AvailableOn), Payout: r.Payout,
			Account: string(r.Booked), OrderId: optionalText(r.Order), OrderCode: r.OrderCode,
		}
	}
	return out
}

func payoutMessage(p reconcile.Payout) *financev1.Payout {
	return &financev1.Payout{
		Id: p.ID, Account: p.Account, Amount: sumMessage(p.Amount), Status: p.Status, Automatic: p.Automatic, Created: timestamp(p.Created),
		ArrivesOn: dayText(p.ArrivesOn), Complete: p.Complete, Rows: int32(p.Rows), Gross: sumMessage(p.Gross), Fees: sumMessage(p.Fees),
		Net: sumMessage(p.Net), Sales: sumMessage(p.Sales), Refunds: sumMessage(p.Refunds), Disputes: sumMessage(p.Disputes), Others: sumMessage(p.Others),
		Banked: sumMessage(p.Banked), BankedOn: dayText(p.BankedOn), Failure: p.Failure,
	}
}

func monthMessage(m reconcile.Month, n names) *financev1.Month {
	out := &financev1.Month{
		FirstDay: dayText(m.Month), Closed: m.Closed, Next: m.Next, Ended: m.Ended, ClosedAt: timestamp(m.ClosedAt), Hash: m.Hash, Signature: m.Signature,
		Intact: m.Intact, ReopenMine: m.ReopenAskedBy == n.me, Reopenable: m.Reopenable, CheckedAt: timestamp(m.CheckedAt),
	}
	if m.ClosedBy != "" {
		out.ClosedBy = n.name(m.ClosedBy)
	}
	if m.ReopenAskedBy != "" {
		out.ReopenAskedBy = n.name(m.ReopenAskedBy)
	}
	return out
}

func proofMessages(proofs []reconcile.Proof) []*financev1.Proof {
	out := make([]*financev1.Proof, len(proofs))
	for i, p := range proofs {
		out[i] = &financev1.Proof{Id: string(p.ID), Claim: p.Claim, Green: p.Green, Checked: int32(p.Checked), More: int32(p.More), Notes: p.Notes}
		for _, c := range p.Contradictions {
			out[i].Contradictions = append(out[i].Contradictions, &financev1.Contradiction{
				What: c.What, Ref: c.Ref, Says: c.Says, Want: sumMessage(c.Want), Got: sumMessage(c.Got), Account: string(c.Account),
			})
		}
	}
	return out
}

func eventMoneyMessage(m reconcile.EventMoney) *financev1.EventMoney {
	out := &financev1.EventMoney{
		Currency: string(m.Currency), GrossMinor: m.Gross, DiscountsMinor: m.Discounts, CreditedMinor: m.Credited, VatMinor: m.VAT, NetMinor: m.Net,
		FeesMinor: m.Fees, RefundsMinor: m.Refunds, HeldMinor: m.Held, LostMinor: m.Lost, ReceivedMinor: m.Received, OwedMinor: m.Owed, DeferredMinor: m.Deferred,
		ReleasedMinor: m.Released, ResultMinor: m.Result,
	}
	for _, r := range m.Rates {
		out.Rates = append(out.Rates, &financev1.RateSum{Rate: int32(r.Rate), Category: r.Category, NetMinor: r.Net.Minor, VatMinor: r.VAT.Minor})
	}
	return out
}
