package payment_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
)

func TestScenario01_WebhookBeforeTheReturnPage(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	p := w.card(a, stripesim.CardUK)

	w.deliver()
	w.wants("captured £24.00")
	if err := w.pay.SyncOrder(t.Context(), d.Org, d.Order); err != nil {
		t.Fatal(err)
	}

	w.wants()
	if got := w.balance(ledger.StripePending, p.Charge); got != 2400 {
		t.Errorf("%d is pending at Stripe, want 2400", got)
	}
	if got := w.balance(ledger.Receivable, d.Order.String()); got != -2400 {
		t.Errorf("the order's receivable is %d, want -2400", got)
	}
}

func TestScenario02_ReturnPageBeforeTheWebhook(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)

	if err := w.pay.SyncOrder(t.Context(), d.Org, d.Order); err != nil {
		t.Fatal(err)
	}
	w.wants("captured £24.00")
	w.deliver()

	w.wants()
	m := w.money(d.Order)
	if len(m.Payments) != 1 || !m.Payments[0].Fits || m.Payments[0].Detail != "Visa 0000" || m.Payments[0].Method != "card" {
		t.Errorf("the payments are %+v", m.Payments)
	}
}

func TestScenario07_LateFailureOfAttempt1LeavesAttempt2(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(slow)
	first := w.start(d)
	w.card(first, stripesim.BacsDebit)
	w.deliver()
	w.wants("processing")
	if _, err := w.sim.SettleAsync(first.Session, false); err != nil {
		t.Fatal(err)
	}
	if err := w.pay.SyncOrder(t.Context(), d.Org, d.Order); err != nil { // the webhook is late
		t.Fatal(err)
	}
	w.wants("failed after a refused card")
	second := w.start(d)
	w.card(second, stripesim.CardUK)
	if err := w.pay.SyncOrder(t.Context(), d.Org, d.Order); err != nil {
		t.Fatal(err)
	}
	w.wants("captured £24.00")

	w.deliver() // now the first one's failure comes, and the rest

	w.wants()
	if got := w.states(d.Order); got != "failed succeeded" {
		t.Errorf("the attempts are %q", got)
	}
}

func TestScenario18_CrashAfterTheSessionWasMade(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.sim.FaultAPI(stripesim.APIDropReply, "POST /v1/checkout/sessions", 1)
	if _, err := w.pay.Start(t.Context(), d); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("without an answer: %v", err)
	}
	if got := w.states(d.Order); got != "creating" {
		t.Fatalf("the attempt is %q", got)
	}

	w.pass(31 * time.Second)
	w.run(w.pay.Sweep)

	a := w.start(d)
	if n := len(w.sim.Sessions("")); n != 1 || a.Session != w.sim.Sessions("")[0] || a.State != payment.AttemptOpen {
		t.Errorf("%d sessions were made, the attempt has %s and is %s", n, a.Session, a.State)
	}
}

func TestScenario18_ThatStripeRefusesEndsTheAttempt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(func(d *payment.Due) { d.SuccessURL = "no address" })

	_, err := w.pay.Start(t.Context(), d)

	if f, ok := fault.As(err); !ok || f.Kind != fault.KindPrecondition {
		t.Errorf("got %v", err)
	}
	w.wants("abandoned")
	if got := w.states(d.Order); got != "abandoned" {
		t.Errorf("the attempt is %q", got)
	}
}

func TestScenario20_DoubleClickOnPay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	const clicks = 8
	var wait sync.WaitGroup
	urls := make([]string, clicks)
	for i := range clicks {
		wait.Go(func() {
			for { // a click that meets another in the act is told to try again
				a, err := w.pay.Start(t.Context(), d)
				if err == nil {
					urls[i] = a.URL
					return
				}
				if f, ok := fault.As(err); !ok || f.Kind != fault.KindUnavailable && f.Kind != fault.KindConflict {
					t.Errorf("click %d: %v", i, err)
					return
				}
			}
		})
	}
	wait.Wait()

	for _, u := range urls {
		if u != urls[0] || u == "" {
			t.Fatalf("the clicks led to %q", urls)
		}
	}
	if n := len(w.sim.Sessions("")); n != 1 {
		t.Errorf("%d sessions were made", n)
	}
}

func TestScenario21_TwoTabsNeverHaveTwoPayableSessions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	first := w.start(d)
	if again := w.start(d); again.URL != first.URL {
		t.Error("the same order opened another page")
	}
	dearer := d
	priced(gbp(3000))(&dearer)

	second := w.start(dearer)

	w.wants("superseded")
	if got := w.states(d.Order); got != "superseded open" {
		t.Errorf("the attempts are %q", got)
	}
	if one, two := w.sim.SessionStatus(first.Session), w.sim.SessionStatus(second.Session); one != "expired" || two != "open" {
		t.Errorf("the sessions are %s and %s", one, two)
	}
}

func TestScenario21_TheFirstTabPaidWhileTheSecondOpens(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	first := w.start(d)
	w.card(first, stripesim.CardUK) // and no webhook yet
	dearer := d
	priced(gbp(3000))(&dearer)

	_, err := w.pay.Start(t.Context(), dearer)

	if !fault.Is(err, fault.PaymentPending) {
		t.Errorf("the second tab was told %v", err)
	}
	w.wants("captured £24.00")
	if _, err := w.pay.Start(t.Context(), d); !fault.Is(err, fault.PaymentPending) {
		t.Errorf("a third tab was told %v", err)
	}
	d.Paid = gbp(2400)
	w.start(d) // who knows of the money may ask for more
}

func TestScenario24_TheHoldLapsesDuring3DSecure(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	w.card(a, stripesim.Card3DS)
	w.pass(21 * time.Minute)

	w.run(w.pay.Sweep)

	w.wants("expired")
	if _, err := w.sim.Challenge(a.Session, true); err == nil {
		t.Error("the challenge could still be passed after the session was ended")
	}
	closed, err := w.pay.CloseOff(t.Context(), d.Org, d.Order)
	if !closed || err != nil {
		t.Errorf("the seats are not free: %t, %v", closed, err)
	}
}

func TestScenario24_StripeDecidesWhoWasFirst(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.card(w.start(d), stripesim.CardUK)
	w.pass(21 * time.Minute)

	closed, err := w.pay.CloseOff(t.Context(), d.Org, d.Order)

	if closed || err != nil {
		t.Errorf("seats of a paid order were given away: %t, %v", closed, err)
	}
	w.wants("captured £24.00")
}

func TestScenario25_StripeIsUnreachableWhenTheHoldEnds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	w.pass(21 * time.Minute)
	w.sim.FaultAPI(stripesim.APIReset, "/expire", 2)

	for range 2 {
		if closed, err := w.pay.CloseOff(t.Context(), d.Org, d.Order); closed || err != nil {
			t.Fatalf("seats were released without Stripe's word: %t, %v", closed, err)
		}
		if got := w.taskKinds(); got != "" && w.count(`SELECT expire_tries FROM payment_attempt`) == 1 {
			t.Errorf("people were told at once: %q", got)
		}
		w.pass(11 * time.Minute)
	}
	if got := w.taskKinds(); got != "stripe_unreachable" {
		t.Errorf("after ten minutes the tasks are %q", got)
	}
	closed, err := w.pay.CloseOff(t.Context(), d.Org, d.Order)

	if !closed || err != nil || w.sim.SessionStatus(a.Session) != "expired" {
		t.Errorf("when Stripe answers again: %t, %v, session %s", closed, err, w.sim.SessionStatus(a.Session))
	}
	if got := w.taskKinds(); got != "" {
		t.Errorf("the tasks are still %q", got)
	}
}

func TestCloseOff_WithoutAnAttemptThereIsNothingToWaitFor(t *testing.T) {
	t.Parallel()
	w := setup(t)

	closed, err := w.pay.CloseOff(t.Context(), w.org, uid.New[uid.Order]())

	if !closed || err != nil {
		t.Errorf("got %t, %v", closed, err)
	}
}

func TestScenario30_ADelayedMethodIsProcessing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(slow)
	a := w.start(d)
	w.card(a, stripesim.BacsDebit)

	w.deliver()

	w.wants("processing")
	if _, err := w.pay.Start(t.Context(), d); !fault.Is(err, fault.PaymentPending) {
		t.Errorf("paying again: %v", err)
	}
	if closed, err := w.pay.CloseOff(t.Context(), d.Org, d.Order); closed || err != nil {
		t.Errorf("seats of a payment under way: %t, %v", closed, err)
	}
	w.pass(21 * time.Minute)
	w.run(w.pay.Sweep)
	if got := w.states(d.Order); got != "processing" {
		t.Errorf("after the hold the attempt is %q", got)
	}
	if _, err := w.sim.SettleAsync(a.Session, true); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.wants("captured £24.00")
}

func TestScenario31_ADelayedMethodFails(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(slow)
	a := w.start(d)
	w.card(a, stripesim.BacsDebit)
	w.deliver()
	w.wants("processing")
	w.pass(3 * 24 * time.Hour)

	if _, err := w.sim.SettleAsync(a.Session, false); err != nil {
		t.Fatal(err)
	}
	w.deliver()

	w.wants("failed after a refused card")
	if n := w.count(`SELECT count(*) FROM payment`); n != 0 {
		t.Errorf("%d payments were booked", n)
	}
}

func TestScenario32_DelayedMethodsAreOfferedOnlyWhenAllowed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.start(w.due())

	if _, err := w.sim.Pay(a.Session, stripesim.BacsDebit); err == nil {
		t.Error("a direct debit was offered")
	}
}

func TestScenario33_DeclinedThenAnotherCardInTheSameSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	a := w.start(d)
	if p := w.card(a, stripesim.CardInsufficient); p.Declined == "" {
		t.Fatal("the card was not refused")
	}
	w.deliver()
	w.wants()
	if got := w.money(d.Order).Attempts[0]; !got.Declined || got.State != payment.AttemptOpen {
		t.Errorf("after a refused card the attempt is %+v", got)
	}
	w.card(a, stripesim.CardUK)

	w.deliver()

	w.wants("captured £24.00")
	if n := w.count(`SELECT count(*) FROM payment`); n != 1 {
		t.Errorf("%d payments", n)
	}
}

func TestScenario34_Abandoned3DSecureExpires(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due(func(d *payment.Due) { d.HoldUntil = d.HoldUntil.Add(40 * time.Minute) })
	w.card(w.start(d), stripesim.Card3DS)
	w.pass(70 * time.Minute)

	w.deliver() // Stripe's own end of the session

	w.wants("expired")
}

func TestScenario38_TooLittleForACardIsRefusedBeforeStripe(t *testing.T) {
	t.Parallel()
	w := setup(t)

	_, err := w.pay.Start(t.Context(), w.due(priced(gbp(10))))

	if f, ok := fault.As(err); !ok || f.Reason != fault.BelowMinimum || !strings.Contains(f.Message, "£0.30") {
		t.Errorf("got %v", err)
	}
	if n := w.count(`SELECT count(*) FROM payment_attempt`); n != 0 {
		t.Errorf("%d attempts were made", n)
	}
}

func TestScenario39_OtherExponents(t *testing.T) {
	t.Parallel()
	for _, a := range []money.Amount{money.New(4800, "JPY"), money.New(12340, "KWD")} {
		t.Run(string(a.Currency), func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			d := w.due(priced(a))
			p := w.card(w.start(d), stripesim.CardUK)
			w.deliver()

			w.wants("captured " + a.Format())
			if got := w.balance(ledger.StripePending, p.Charge); got != a.Minor {
				t.Errorf("booked %d, want %d", got, a.Minor)
			}
		})
	}
}

func TestStart_RefusesWhatCannotBePaid(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, change := range map[string]func(*payment.Due){
		"no lines":             func(d *payment.Due) { d.Lines = nil },
		"lines that sum wrong": func(d *payment.Due) { d.Amount = gbp(2401) },
		"mixed currencies":     func(d *payment.Due) { d.Lines[0].Amount = money.New(1200, money.EUR) },
		"negative price": func(d *payment.Due) {
			d.Lines = []payment.DueLine{{Title: "a", Quantity: 1, Amount: gbp(3000)}, {Title: "b", Quantity: 1, Amount: gbp(-600)}}
		},
		"no quantity":         func(d *payment.Due) { d.Lines[0].Quantity = 0 },
		"overflow":            func(d *payment.Due) { d.Lines[0].Quantity, d.Lines[0].Amount = 1<<40, gbp(1<<40) },
		"hold over":           func(d *payment.Due) { d.HoldUntil = w.clock.Now() },
		"unknown currency":    priced(money.New(1000, "XXX")),
		"dinars in thousands": priced(money.New(1001, "KWD")),
	} {
		if _, err := w.pay.Start(t.Context(), w.due(change)); err == nil {
			t.Errorf("%s: a page was opened", name)
		} else if _, ok := fault.As(err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStart_AnUnknownOrderIsNotPaid(t *testing.T) {
	t.Parallel()
	w := setup(t)
	d := w.due()
	w.gone[d.Order] = true

	if _, err := w.pay.Start(t.Context(), d); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("got %v", err)
	}
}

func TestAttempt_TheDatabaseKeepsItsRules(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.paid(w.due())
	for name, tt := range map[string]struct{ sql, constraint string }{
		"back to open":      {`UPDATE payment_attempt SET state = 'open', ended_at = NULL`, "payment_attempt_moves"},
		"failed after all":  {`UPDATE payment_attempt SET state = 'failed'`, "payment_attempt_moves"},
		"another amount":    {`UPDATE payment_attempt SET amount_minor = 1`, "payment_attempt_fixed"},
		"another session":   {`UPDATE payment_attempt SET session_id = 'cs_other'`, "payment_attempt_fixed"},
		"another reference": {`UPDATE payment_attempt SET params = params || '{"reference": "att_other"}'`, "payment_attempt_fixed"},
		"captured changes":  {`UPDATE payment SET amount_minor = 1`, "payment_fixed"},
		"payment deleted":   {`DELETE FROM payment`, "payment_kept"},
		"attempt deleted":   {`DELETE FROM payment_attempt`, "payment_kept"},
		"the rest truncate": {`TRUNCATE payment_refund, payment_dispute, payment_task`, "payment_kept"},
	} {
		_, err := w.db.Pool().Exec(t.Context(), tt.sql)
		if got := constraint(err); got != tt.constraint {
			t.Errorf("%s: refused by %q, want %q (%v)", name, got, tt.constraint, err)
		}
	}
	w.start(w.due())
	_, err := w.db.Pool().Exec(t.Context(), `UPDATE payment_attempt SET params = params - 'email' WHERE state = 'open'`)
	if got := constraint(err); got != "payment_attempt_fixed" {
		t.Errorf("the address of an open page: refused by %q (%v)", got, err)
	}
}
