package bank_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

func TestAutoMatch_FindsAPayoutByAmountDayAndWords(t *testing.T) {
	t.Parallel()
	for claim, c := range map[string]struct {
		e    entry
		want bool
	}{
		"the day before":               {entry{4, 9540, "STRIPE PAYMENTS", ""}, true},
		"on the day":                   {entry{5, 9540, "BACS /STRIPE/ 123", ""}, true},
		"four working days later":      {entry{11, 9540, "STRIPE", ""}, true},
		"two days before":              {entry{3, 9540, "STRIPE", ""}, false},
		"five working days later":      {entry{12, 9540, "STRIPE", ""}, false},
		"another amount":               {entry{5, 9541, "STRIPE", ""}, false},
		"the amount, without the word": {entry{5, 9540, "BACS 123", ""}, false},
		"the other direction":          {entry{5, -9540, "STRIPE", ""}, false},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.payout("po_1", 5, 9540) // a Thursday

			done := w.imported(mt940(100000, 1, c.e))

			l := w.only()
			if got := l.State == bank.LineExplained; got != c.want || (done.Matched == 1) != c.want {
				t.Fatalf("matched: %t, want %t: %+v", got, c.want, l)
			}
			if got := w.balance(ledger.PayoutTransit, "po_1"); (got == 0) != c.want {
				t.Errorf("%d is in transit", got)
			}
			if c.want && (len(l.Matches) != 1 || !l.Matches[0].Automatic || l.Matches[0].Ref != "po_1" || l.Matches[0].By != "system") {
				t.Errorf("%+v", l.Matches)
			}
		})
	}
}

func TestScenario54_TwoEqualPayoutsOnADayAreLeftToPeople(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.payout("po_1", 5, 9540)
	w.payout("po_2", 5, 9540)
	w.payout("po_3", 5, 120)

	done := w.imported(mt940(0, 5, entry{5, 9540, "STRIPE", "A"}, entry{5, 9540, "STRIPE", "B"}, entry{6, 120, "STRIPE", "C"}))

	if done.Matched != 1 || w.balance(ledger.PayoutTransit, "po_3") != 0 || w.balance(ledger.PayoutTransit, "") != 2*9540 {
		t.Fatalf("%d were matched, %d is in transit", done.Matched, w.balance(ledger.PayoutTransit, ""))
	}
	open := w.lines(bank.LineFilter{Open: true})
	if len(open) != 2 {
		t.Fatalf("%d lines are open", len(open))
	}
	found, err := w.Bank.Candidates(t.Context(), w.Org.ID, open[0].ID, "")
	if err != nil || len(found) != 2 || found[0].Sure || found[1].Sure || !found[0].Exact || found[0].Kind != bank.ToPayout {
		t.Errorf("candidates: %+v, %v", found, err)
	}
	w.matched(open[0], bank.Part{Kind: bank.ToPayout, Ref: "po_2", Minor: 9540})
	// One of each is left now, and that is unique.
	if n, err := w.Bank.AutoMatch(t.Context(), w.Org.ID); err != nil || n != 1 || w.balance(ledger.PayoutTransit, "") != 0 {
		t.Errorf("%d were matched then, %v", n, err)
	}
}

func TestAutoMatch_TwoLinesForOnePayoutAreLeftToPeople(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.payout("po_1", 5, 9540)
	if done := w.imported(mt940(0, 5, entry{5, 9540, "STRIPE", "A"}, entry{6, 9540, "STRIPE", "B"})); done.Matched != 0 {
		t.Errorf("%d were matched", done.Matched)
	}
}

func TestScenario55_LinesAndPayoutsWithoutEachOtherAreBothOpen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.payout("po_1", 5, 9540)
	w.imported(mt940(0, 5, entry{5, 77, "STRIPE", "A"}))

	items, err := w.Books.OpenItems(t.Context(), w.DB.Pool(), w.Org.ID, ledger.OpenFilter{Accounts: []ledger.Account{ledger.PayoutTransit, ledger.BankSuspense}})
	if err != nil || len(items) != 2 {
		t.Fatalf("%+v, %v", items, err)
	}
	want := map[string]int64{"po_1": 9540, w.only().ID.String(): -77}
	for _, it := range items {
		if want[it.Ref] != it.Amount.Minor {
			t.Errorf("%+v", it)
		}
	}
}

func TestAutoMatch_KnowsAPayoutOfTheSimulatorByItsDescriptorAndArrival(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.Paid(w.Placed(w.event, 1), stripesim.CardUK)
	w.Clock.Advance(7 * 24 * time.Hour)
	w.Told()
	if err := w.Finance.Ingest(t.Context()); err != nil {
		t.Fatal(err)
	}
	items, err := w.Books.OpenItems(t.Context(), w.DB.Pool(), w.Org.ID, ledger.OpenFilter{Accounts: []ledger.Account{ledger.PayoutTransit}})
	if err != nil || len(items) != 1 {
		t.Fatalf("payouts in transit: %+v, %v", items, err)
	}
	arrives := items[0].Since.AddDate(0, 0, 2) // the simulator's payouts take two days

	done := w.imported(mt940(0, arrives.Day(), entry{arrives.Day(), items[0].Amount.Minor, "STRIPE " + items[0].Ref, ""}))
	if done.Matched != 1 || w.balance(ledger.PayoutTransit, "") != 0 {
		t.Errorf("%d were matched, %d is in transit", done.Matched, w.balance(ledger.PayoutTransit, ""))
	}
}

// invoiced places an order of one place on invoice.
func (w *town) invoiced() booking.Order {
	w.t.Helper()
	w.Sales(w.event, func(s *booking.Sales) { s.OnInvoice, s.InvoiceDays = true, 30 })
	done, err := w.CheckOut(w.Basket(w.event, 1), 1, testworld.OnInvoice)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.MyOrder(done.Secret)
}

func TestAutoMatch_AnInvoiceIsPaidByItsNumberAndExactAmount(t *testing.T) {
	t.Parallel()
	for claim, c := range map[string]struct {
		text  func(o booking.Order) string
		minor int64
		want  bool
	}{
		"its number":             {func(o booking.Order) string { return "LEEDS LABS " + o.Documents[0].Number }, 12000, true},
		"its number, broken up":  {func(o booking.Order) string { return "INV 2026 00001 PO-4711" }, 12000, true},
		"the order's code":       {func(o booking.Order) string { return "ref " + o.Code }, 12000, true},
		"another amount":         {func(o booking.Order) string { return o.Documents[0].Number }, 11999, false},
		"the amount alone":       {func(o booking.Order) string { return "LEEDS LABS LTD" }, 12000, false},
		"a number that is close": {func(o booking.Order) string { return "INV-2026-000010" }, 12000, false},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			o := w.invoiced()

			done := w.imported(mt940(0, 19, entry{19, c.minor, c.text(o), ""}))

			got := w.MyOrder(o.Secret)
			if (done.Matched == 1) != c.want || (got.Money == booking.MoneyPaid) != c.want || (w.balance(ledger.Receivable, o.ID.String()) == 0) != c.want {
				t.Fatalf("matched %d, order %s and %s, owed %d", done.Matched, got.State, got.Money, w.balance(ledger.Receivable, o.ID.String()))
			}
			if c.want && (len(got.Payments) != 1 || got.Payments[0].Method != "Bank transfer" || got.Payments[0].Amount != gbp(12000)) {
				t.Errorf("payments: %+v", got.Payments)
			}
		})
	}
}

func TestTransfer_PaysAnOrderThatWaitsForACard(t *testing.T) {
	t.Parallel()
	w := setup(t)
	secret := w.Placed(w.event, 2)
	o := w.MyOrder(secret)

	w.imported(mt940(0, 19, entry{19, 24000, "places " + o.Code, ""}))
	w.Work()

	o = w.MyOrder(secret)
	if o.State != booking.OrderConfirmed || o.Money != booking.MoneyPaid || len(o.Documents) != 1 {
		t.Fatalf("the order is %s and %s with %d documents", o.State, o.Money, len(o.Documents))
	}
	w.CheckSeats()
	l := w.only()
	w.unmatched(l.Matches[0].ID)
	if o = w.MyOrder(secret); o.State != booking.OrderConfirmed || o.Balance != gbp(24000) || o.Money != booking.MoneyDue {
		t.Errorf("taken back: %s, %s, %s is owed", o.State, o.Money, o.Balance.Format())
	}
	if l = w.only(); l.State != bank.LineOpen || l.Matches[0].Live() || l.Matches[0].UnmatchReason == "" {
		t.Errorf("the line: %+v", l)
	}
}

func TestTransfer_TooLittleTooMuchAndTooLateBecomeTasks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	secret := w.Placed(w.event, 1)
	o := w.MyOrder(secret)
	w.imported(mt940(0, 19, entry{19, 10000, "first " + o.Code, ""}, entry{19, 5000, "second " + o.Code, ""}))
	lines := w.lines(bank.LineFilter{})
	slices.Reverse(lines)

	w.matched(lines[0], bank.Part{Kind: bank.ToOrder, Ref: o.ID.String(), Minor: 10000})
	w.wantTask(payment.TaskUnderpaid, gbp(2000))
	if o = w.MyOrder(secret); o.State != booking.OrderPlaced {
		t.Fatalf("too little: %s", o.State)
	}
	w.matched(lines[1], bank.Part{Kind: bank.ToOrder, Ref: o.ID.String(), Minor: 5000})
	if o = w.MyOrder(secret); o.State != booking.OrderConfirmed || o.Balance != gbp(-3000) || o.Money != booking.MoneyOverPaid {
		t.Fatalf("too much: %s, %s", o.State, o.Balance.Format())
	}
	w.wantTask(payment.TaskOverpaid, gbp(3000))

	// The rest goes back from the bank, and its line names the order.
	w.imported(mt940(15000, 20, entry{20, -3000, "returned " + o.Code, ""}))
	if o = w.MyOrder(secret); o.Balance.Minor != 0 || o.Refunded != gbp(3000) || w.balance(ledger.Receivable, "") != 0 {
		t.Errorf("sent back: %s is owed, %s refunded", o.Balance.Format(), o.Refunded.Format())
	}
	w.noTask(payment.TaskOverpaid)
}

func TestTransfer_ALapsedOrderGetsItsPlacesBackWhileThereAreSome(t *testing.T) {
	t.Parallel()
	for claim, left := range map[string]int{"places are left": 20, "none is left": 1} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.event = w.Event(testworld.Capacity(left))
			w.Price(w.event, 12000, money.GBP)
			secret := w.Placed(w.event, 1)
			w.Clock.Advance(2 * time.Hour)
			if _, err := w.Bookings.LapseUnpaid(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Paid(w.Placed(w.event, 1), stripesim.CardUK)
			o := w.MyOrder(secret)

			w.imported(mt940(0, 19, entry{19, 12000, "late " + o.Code, ""}))

			o = w.MyOrder(secret)
			if left == 1 {
				w.wantTask(payment.TaskLateMoney, gbp(12000))
				if o.State != booking.OrderExpired || o.Paid != gbp(12000) {
					t.Errorf("the order is %s with %s paid", o.State, o.Paid.Format())
				}
			} else if o.State != booking.OrderConfirmed || !o.Late || o.Money != booking.MoneyPaid {
				t.Errorf("the order is %s and %s", o.State, o.Money)
			}
			w.CheckSeats()
		})
	}
}

func TestTransfer_AnOrderPaidByBankIsCancelledAndTheMoneySentBackByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o := w.invoiced()
	w.imported(mt940(0, 19, entry{19, 12000, o.Documents[0].Number, ""}))

	_, err := w.Bookings.RefundOrder(t.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: w.Org.ID, Order: o.ID, Amount: 2000, Reason: "a speaker did not come"})
	if err != nil {
		t.Fatal(err)
	}
	w.wantTask(payment.TaskOverpaid, gbp(2000))
	if o = w.MyOrder(o.Secret); o.Balance != gbp(-2000) || w.balance(ledger.Receivable, o.ID.String()) != -2000 {
		t.Errorf("%s is owed, the books say %d", o.Balance.Format(), w.balance(ledger.Receivable, o.ID.String()))
	}
}

func (w *town) tasks(kind payment.TaskKind) []payment.Task {
	w.t.Helper()
	tasks, err := w.Payments.Tasks(w.t.Context(), w.Org.ID, payment.TaskFilter{Kind: kind})
	if err != nil {
		w.t.Fatal(err)
	}
	return tasks
}

func (w *town) wantTask(kind payment.TaskKind, amount money.Amount) {
	w.t.Helper()
	if tasks := w.tasks(kind); len(tasks) != 1 || tasks[0].Amount != amount {
		w.t.Errorf("tasks: %+v, want one of %s about %s", tasks, kind, amount.Format())
	}
}

func (w *town) noTask(kind payment.TaskKind) {
	w.t.Helper()
	if tasks := w.tasks(kind); len(tasks) != 0 {
		w.t.Errorf("tasks: %+v, want none", tasks)
	}
}

func TestMatch_SplitsALineAndTakesEachPartBackByItself(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.payout("po_1", 5, 9540)
	w.imported(mt940(0, 5, entry{5, 10000, "A LOT", ""}))
	l := w.only()

	l = w.matched(l, bank.Part{Kind: bank.ToPayout, Ref: "po_1", Minor: 9540}, bank.Part{Kind: bank.ToOther, Ref: "interest", Minor: 500}, bank.Part{Kind: bank.ToOther, Ref: "bank charge", Minor: -60})
	if l.State != bank.LinePartly || l.Open != gbp(20) || len(l.Matches) != 3 {
		t.Fatalf("%+v", l)
	}
	if w.balance(ledger.PayoutTransit, "po_1") != 0 || w.balance(ledger.BankOther, "interest") != -500 || w.balance(ledger.BankOther, "bank charge") != 60 {
		t.Error("the parts are not booked where they belong")
	}
	l = w.unmatched(l.Matches[0].ID)
	if l.Open != gbp(9560) || w.balance(ledger.PayoutTransit, "po_1") != 9540 || w.balance(ledger.BankOther, "interest") != -500 {
		t.Errorf("%+v", l)
	}
	if _, err := w.Bank.Unmatch(t.Context(), w.Owner, replay.Key{}, w.Org.ID, l.Matches[0].ID, "again"); !fault.Is(err, fault.WrongState) {
		t.Errorf("taken back twice: %v", err)
	}
	journals, err := w.Books.JournalsByRef(t.Context(), w.DB.Pool(), w.Org.ID, l.ID.String())
	if err != nil || len(journals) != 5 || journals[1].Actor != w.Owner.ID() || journals[4].Actor != w.second.ID() || journals[4].Reverses.IsZero() {
		t.Errorf("journals: %+v, %v", journals, err)
	}
}

func TestMatch_RefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.payout("po_1", 5, 500)
	o := w.invoiced()
	w.imported(mt940(0, 5, entry{5, 1000, "A", ""}))
	l := w.only()
	other := func(minor int64) bank.Part { return bank.Part{Kind: bank.ToOther, Ref: "x", Minor: minor} }
	for claim, c := range map[string]struct {
		parts       []bank.Part
		field, want string
	}{
		"nothing":                     {nil, "parts", "are between 1 and 50"},
		"more than the line":          {[]bank.Part{other(600), other(401)}, "parts", "come to £10.01, but £10.00 is open"},
		"the other direction":         {[]bank.Part{other(-1)}, "parts", "come to −£0.01, but £10.00 is open"},
		"an amount of nothing":        {[]bank.Part{other(5), other(0)}, "parts[1].amount_minor", "says how much"},
		"more than the payout":        {[]bank.Part{{Kind: bank.ToPayout, Ref: "po_1", Minor: 501}}, "parts[0].amount_minor", "is more than the £5.00 that is open of the payout"},
		"no payout":                   {[]bank.Part{{Kind: bank.ToPayout, Ref: "po_9", Minor: 1}}, "parts[0].ref", "is no payout"},
		"no order":                    {[]bank.Part{{Kind: bank.ToOrder, Ref: "ord_x", Minor: 1}}, "parts[0].ref", "is no order"},
		"another organisation's":      {[]bank.Part{{Kind: bank.ToOrder, Ref: "ord_01k9zzzzzzzzzzzzzzzzzzzzzz", Minor: 1}}, "parts[0].ref", "is no order"},
		"sent back without being due": {[]bank.Part{{Kind: bank.ToOrder, Ref: o.ID.String(), Minor: -1}, other(5)}, "parts[0].amount_minor", "is more than the £0.00 that is due back"},
		"other, but not for what":     {[]bank.Part{{Kind: bank.ToOther, Ref: " ", Minor: 1}}, "parts[0].ref", "says in 1 to 60"},
		"a write-off by the back way": {[]bank.Part{{Kind: "write_off", Ref: "x", Minor: 1}}, "parts[0].kind", "is a payout"},
	} {
		_, err := w.match(l, c.parts...)
		t.Run(claim, func(t *testing.T) { wantInvalid(t, err, c.field, c.want) })
	}
	w.matched(l, other(1000))
	if _, err := w.match(l, other(1)); !fault.Is(err, fault.WrongState) {
		t.Errorf("a line that is explained: %v", err)
	}
}

func TestMatch_TwoPeopleAtOnceExplainALineOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 5, entry{5, 1000, "A", ""}))
	l := w.only()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = w.Bank.Match(t.Context(), w.Owner, replay.Key{}, bank.MatchInput{Org: w.Org.ID, Line: l.ID, Parts: []bank.Part{{Kind: bank.ToOther, Ref: "x", Minor: 1000}}})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.WrongState) {
			t.Errorf("refused with %v", err)
		}
	}
	if won != 1 || w.balance(ledger.BankOther, "x") != -1000 {
		t.Errorf("%d matched, %d is booked", won, w.balance(ledger.BankOther, "x"))
	}
}

func TestMatch_AReplayMatchesOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(mt940(0, 5, entry{5, 1000, "A", ""}))
	l := w.only()
	for range 2 {
		got, err := w.Bank.Match(t.Context(), w.Owner, replay.Key{Scope: "s", RequestID: "r"}, bank.MatchInput{Org: w.Org.ID, Line: l.ID, Parts: []bank.Part{{Kind: bank.ToOther, Ref: "x", Minor: 400}}})
		if err != nil || got.Open != gbp(600) || len(got.Matches) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}
