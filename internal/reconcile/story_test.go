package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// bank is the organisation's bank account, as statements would show it: payouts
// arrive when Stripe says that they are paid, and go back when they failed after.
type bank struct {
	w       *town
	seen    map[string]bool
	closing int64
	on      time.Time
	days    []reconcile.Statement
}

const barclays = "GB33BUKB20201555555555"

func (b *bank) statements(_ context.Context, _ pg.Querier, _ uid.Org, until time.Time) ([]reconcile.Statement, error) {
	for i := range b.days {
		if last := b.days[len(b.days)-1-i]; !last.On.After(until) {
			return []reconcile.Statement{last}, nil
		}
	}
	return nil, nil
}

// day books what the bank shows of the day.
func (b *bank) day() {
	w := b.w
	w.t.Helper()
	b.on = ledger.Day(w.Clock.Now(), time.UTC)
	payouts, _, err := w.Finance.Payouts(w.t.Context(), w.Org.ID, reconcile.PayoutFilter{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range payouts {
		if p.Status == "paid" {
			b.line(p.ID, p.Amount.Minor, p.ID)
		}
		if p.Status == "failed" && b.seen[p.ID] {
			b.line(p.ID+"-back", -p.Amount.Minor, p.ID)
		}
	}
	b.days = append(b.days, reconcile.Statement{Bank: barclays, On: b.on, Closing: money.New(b.closing, money.GBP)})
}

func (b *bank) line(line string, minor int64, payout string) {
	if b.seen[line] {
		return
	}
	b.seen[line] = true
	b.closing += minor
	b.w.post(ledger.BankLine(ledger.Source{Org: b.w.Org.ID, Key: "bank:" + line, On: b.on, Actor: "system"}, barclays, "bl_"+line, payout, money.New(minor, money.GBP)))
}

func (w *town) post(js ...ledger.Journal) {
	w.t.Helper()
	err := w.DB.InTx(w.t.Context(), func(tx *pg.Tx) error {
		_, err := w.Books.PostTx(w.t.Context(), tx, js...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// finance makes somebody who closes months.
func (w *town) finance(name string) account.Actor { return w.Person(name + "@example.org") }

// reds are the proofs that something contradicts, with what does.
func reds(proofs []reconcile.Proof) string {
	said := ""
	for _, p := range proofs {
		for _, c := range p.Contradictions {
			said += fmt.Sprintf("\n%s %s %s: %s want %s got %s", p.ID, c.What, c.Ref, c.Says, c.Want.Format(), c.Got.Format())
		}
	}
	return said
}

// explainOld says of everything that is old why it is open, as an accountant does.
func (w *town) explainOld(by account.Actor) (explained int) {
	w.t.Helper()
	items, _, err := w.Finance.Items(w.t.Context(), w.Org.ID, reconcile.ItemFilter{Band: reconcile.Exception, Unexplained: true, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range items {
		if i.Guess == "" || i.Todo == "" {
			w.t.Errorf("nothing is said about %s %s", i.Account, i.Ref)
		}
		err := w.Finance.Explain(w.t.Context(), by, w.Org.ID, reconcile.Item{Account: i.Account, Ref: i.Ref, Currency: i.Amount.Currency}, "Looked at with the treasurer.")
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return len(items)
}

// story is three months of an organisation's life.
type story struct {
	*town
	bank    *bank
	random  *rand.Rand
	events  []testworld.Event
	charges []string
	orders  []booking.Order
}

// TestStory_ThreeMonths lives through sales, fees, partial refunds, disputes won
// and lost, payouts that fail, another currency, a second shop on the account and
// a row that nobody knows; each month is closed, and every proof holds.
func TestStory_ThreeMonths(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ada := w.finance("ada")
	s := &story{town: w, bank: &bank{w: w, seen: map[string]bool{}}, random: rand.New(rand.NewPCG(1, 2))}
	w.Finance.SetStatements(s.bank.statements)
	euro := w.Event(testworld.Titled("Partnering in Europe"), testworld.At("2027-01-20T09:00", "2027-01-20T17:00"))
	w.Price(euro, 15000, money.EUR)
	winter := w.Event(testworld.Titled("Winter school"), testworld.At("2027-02-18T09:00", "2027-02-18T17:00"))
	w.Price(winter, 24000, money.GBP)
	s.events = []testworld.Event{w.event, euro, winter}

	for day := range 96 { // 19 November to 23 February
		s.act(day)
		w.Clock.Advance(24 * time.Hour)
		w.ingest()
		s.bank.day()
		if now := w.Clock.Now(); now.Day() == 6 {
			w.explainOld(ada)
			month := ledger.Month(now).AddDate(0, -1, 0)
			closed, err := w.Finance.CloseMonth(t.Context(), ada, w.Org.ID, month)
			if err != nil {
				proofs, _ := w.Finance.Proofs(t.Context(), w.Org.ID, month)
				t.Fatalf("close %s: %v%s", month.Format("January"), err, reds(proofs))
			}
			if !closed.Closed || !closed.Intact || len(closed.Proofs) != 9 {
				t.Fatalf("%s is closed %t, intact %t, with %d proofs", month.Format("January"), closed.Closed, closed.Intact, len(closed.Proofs))
			}
		}
	}
	w.agrees()
	if rows, journals := len(w.Stripe.BalanceRows("")), w.count(`SELECT count(*) FROM journal WHERE source_key LIKE 'bt:%'`); rows != journals || rows < 150 {
		t.Errorf("%d journals for %d rows", journals, rows)
	}
	for _, e := range s.events[:2] {
		st, err := w.Finance.EventStatement(t.Context(), w.Org.ID, e.ID)
		if err != nil || !st.Over || len(st.Money) == 0 {
			t.Fatalf("statement of %s: %+v, %v", e.Title, st, err)
		}
		for _, m := range st.Money { // what is sold in euros costs fees in pounds
			if m.Deferred != 0 || m.Released != m.Net {
				t.Errorf("%s in %s: %+v", e.Title, m.Currency, m)
			}
		}
	}
	matched, err := w.Finance.Matching(t.Context(), w.Org.ID, time.Time{}, time.Time{})
	if err != nil || len(matched) < 5 {
		t.Fatalf("%+v, %v", matched, err)
	}
	for _, m := range matched {
		if m.Matched != m.Rows || m.Missing+m.Differing != 0 {
			t.Errorf("matched: %+v", m)
		}
	}
	for _, what := range []string{"charge", "refund", "dispute", "dispute_reversal", "payout", "payout_reversal", "fee", "quantum_adjustment"} {
		if w.count(`SELECT count(*) FROM stripe_row WHERE category = $1`, what) == 0 {
			t.Errorf("three months went by without a %s", what)
		}
	}
}

func (s *story) act(day int) {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	for range s.random.IntN(3) {
		s.sellOne()
	}
	switch {
	case day%11 == 4 && len(s.orders) > 0:
		o := s.orders[s.random.IntN(len(s.orders))]
		_, err := s.Bookings.RefundOrder(ctx, s.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 1000, Reason: "Came late"})
		if err != nil && !fault.Is(err, fault.WrongState) {
			t.Logf("refund: %v", err)
		}
		s.Told()
	case day%13 == 5:
		if _, err := s.Stripe.OtherSale("", 4200+int64(day)); err != nil {
			t.Fatal(err)
		}
	case day%17 == 6 && len(s.charges) > 0:
		id, err := s.Stripe.OpenDispute(s.charges[len(s.charges)-1], 0, "")
		if err != nil {
			t.Fatal(err)
		}
		s.charges = s.charges[:len(s.charges)-1]
		if day%2 == 0 { // the other is lost when its time is up
			s.Told()
			err = s.Stripe.WinDispute(id)
		}
		if err != nil {
			t.Fatal(err)
		}
	case day%29 == 12:
		payouts, _, err := s.Finance.Payouts(ctx, s.Org.ID, reconcile.PayoutFilter{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(payouts) == 1 && payouts[0].Status != "failed" {
			if err := s.Stripe.FailPayout(payouts[0].ID); err != nil {
				t.Fatal(err)
			}
		}
	case day == 20:
		if _, err := s.Stripe.UnknownBalanceRow("", -333); err != nil {
			t.Fatal(err)
		}
	case day%30 == 3:
		if _, err := s.Stripe.BalanceRow("", "stripe_fee", "fee", -499); err != nil {
			t.Fatal(err)
		}
	case day == 30:
		for _, r := range []reconcile.Rule{
			{Name: "shop", Account: ledger.StripeOther, Metadata: "shop=other"},
			{Name: "adjustments", Account: ledger.Fees, Category: "quantum_adjustment", Position: 2},
		} {
			if err := s.Finance.PutRule(ctx, s.Owner, s.Org.ID, r); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.balance(ledger.StripeSuspense, ""); n != 0 {
			t.Errorf("%d is in suspense after the rules", n)
		}
	}
}

func (s *story) sellOne() {
	var open []testworld.Event
	for _, e := range s.events {
		if s.Clock.Now().Add(time.Hour).Before(e.StartsAt) {
			open = append(open, e)
		}
	}
	if len(open) == 0 {
		return
	}
	e := open[s.random.IntN(len(open))]
	secret := s.Placed(e, 1+s.random.IntN(3))
	card := []stripesim.Card{stripesim.CardUK, stripesim.CardEEA, stripesim.CardVisa}[s.random.IntN(3)]
	p, err := s.Stripe.Pay(s.Paying(secret), card)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Told()
	s.charges = append(s.charges, p.Charge)
	s.orders = append(s.orders, s.MyOrder(secret))
}
