package stripesim_test

import (
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"lanyard/internal/stripesim"
)

// A walk does things to a simulator at random, and what it remembers is enough to
// say what the balance must be.
type walk struct {
	t   *testing.T
	r   *rand.Rand
	b   *bench
	dps []string
}

func (w *walk) step() {
	charges := w.b.sim.Charges("")
	pick := func() string {
		if len(charges) == 0 {
			return "ch_none"
		}
		return charges[w.r.IntN(len(charges))].ID
	}
	// What is impossible is refused, and must change nothing: the books are compared
	// at the end, whichever way a step went.
	switch w.r.IntN(16) {
	case 0, 1, 2, 3:
		w.buy()
	case 4, 5:
		for _, id := range w.b.sim.Sessions("") {
			_, _ = w.b.sim.Challenge(id, w.r.IntN(2) == 0)
			_, _ = w.b.sim.SettleAsync(id, w.r.IntN(2) == 0)
		}
	case 6, 7:
		_, _ = w.b.sim.DashboardRefund(pick(), w.r.Int64N(4000))
	case 8:
		if refunds := w.b.sim.Refunds(""); len(refunds) > 0 {
			_ = w.b.sim.FailRefund(refunds[w.r.IntN(len(refunds))].ID)
		}
	case 9:
		if id, err := w.b.sim.OpenDispute(pick(), 0, ""); err == nil {
			w.dps = append(w.dps, id)
		}
	case 10:
		if len(w.dps) > 0 {
			id := w.dps[w.r.IntN(len(w.dps))]
			if w.r.IntN(2) == 0 {
				_ = w.b.sim.WinDispute(id)
			} else {
				_ = w.b.sim.LoseDispute(id)
			}
		}
	case 11, 12:
		w.b.sim.Advance(time.Duration(w.r.Int64N(int64(40 * time.Hour))))
	case 13:
		w.b.sim.FaultWebhooks(stripesim.WebhookReorder, 1)
		w.b.sim.DuplicateWebhooks(2, 2)
		w.b.deliver()
	case 14:
		var latest string
		for list := w.b.api.Payouts.List(&stripe.PayoutListParams{}); list.Next() && latest == ""; {
			latest = list.Payout().ID
		}
		_ = w.b.sim.FailPayout(latest)
	case 15:
		if err := w.b.sim.NeedBalance("", w.r.IntN(2) == 0); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *walk) buy() {
	p := ticket(100+w.r.Int64N(50_000), []string{"gbp", "gbp", "eur", "jpy"}[w.r.IntN(4)])
	if w.r.IntN(4) == 0 {
		p = ticket(5000, "gbp")
		p.PaymentMethodTypes = stripe.StringSlice([]string{"bacs_debit"})
	}
	cs := w.b.session(p)
	cards := []stripesim.Card{stripesim.CardUK, stripesim.CardVisa, stripesim.CardDeclined, stripesim.Card3DS, stripesim.CardDisputed,
		stripesim.CardRefundFails, stripesim.CardRefundPending, stripesim.CardInquiry, stripesim.BacsDebit}
	for range 2 {
		_, _ = w.b.sim.Pay(cs.ID, cards[w.r.IntN(len(cards))])
	}
}

// TestWalk_BooksHold does a few hundred things at random and then adds up.
func TestWalk_BooksHold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		path := filepath.Join(t.TempDir(), "stripe.jsonl")
		b := setup(t, func(o *stripesim.Options) { o.Seed, o.StatePath, o.AnyAccount = seed, path, true })
		w := &walk{t: t, r: rand.New(rand.NewPCG(seed, 1)), b: b}
		for range 160 {
			w.step()
		}
		b.sim.ClearFaults()
		b.deliver()
		if n := b.sim.Queued(); n != 0 || len(b.box.refused) != 0 {
			t.Errorf("seed %d: %d webhooks wait, refused were %v", seed, n, b.box.refused)
		}
		w.addUp(seed)

		before := everything(t, b.sim)
		if err := b.sim.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := stripesim.New(stripesim.Options{Seed: seed, Start: start, StatePath: path, AnyAccount: true,
			Webhooks: []stripesim.Endpoint{{URL: b.box.at, Secret: b.box.secret}}})
		if diff := cmp.Diff(before, everything(t, must(t, again, err))); diff != "" {
			t.Errorf("seed %d: after a restart %s", seed, diff)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (w *walk) addUp(seed uint64) {
	w.t.Helper()
	var total int64
	bySource, byPayout, own := map[string]int{}, map[string]int64{}, map[string]int64{}
	for _, row := range w.b.sim.BalanceRows("") {
		total += row.Net
		bySource[row.Category+row.Source]++
		if row.Category == "payout" {
			own[row.Payout] = row.Net
		} else if row.Payout != "" {
			byPayout[row.Payout] += row.Net
		}
		if row.Net != row.Amount-row.Fee {
			w.t.Errorf("seed %d: %+v does not add up", seed, row)
		}
	}
	if got := w.b.sim.Balance(""); got.Available+got.Pending != total {
		w.t.Errorf("seed %d: the rows come to %d, the balance is %+v", seed, total, got)
	}
	if len(own) == 0 {
		w.t.Errorf("seed %d: the walk saw no payout", seed)
	}
	for po, net := range own {
		if byPayout[po] != -net || net >= 0 {
			w.t.Errorf("seed %d: payout %s is of %d, its rows come to %d", seed, po, -net, byPayout[po])
		}
	}
	refunded := map[string]int64{}
	for _, r := range w.b.sim.Refunds("") {
		if r.Status != "failed" {
			refunded[r.Charge] += r.Amount
		}
		if n := bySource["refund"+r.ID]; n > 1 || (r.Status == "succeeded" && n != 1) {
			w.t.Errorf("seed %d: refund %+v has %d rows", seed, r, n)
		}
	}
	for _, ch := range w.b.sim.Charges("") {
		if ch.Refunded != refunded[ch.ID] || ch.Refunded > ch.Amount {
			w.t.Errorf("seed %d: charge %+v, and its refunds come to %d", seed, ch, refunded[ch.ID])
		}
		if n := bySource["charge"+ch.ID]; (n == 1) != (ch.Status == "succeeded") {
			w.t.Errorf("seed %d: charge %+v has %d rows", seed, ch, n)
		}
	}
}

func BenchmarkSale(b *testing.B) {
	sim, err := stripesim.New(stripesim.Options{Start: start})
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	web := httptest.NewServer(sim)
	defer web.Close()
	api := apiAt(web.URL, sim.Key())
	for b.Loop() {
		cs, err := api.CheckoutSessions.New(ticket(1000, "gbp"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sim.Pay(cs.ID, stripesim.CardUK); err != nil {
			b.Fatal(err)
		}
	}
}
