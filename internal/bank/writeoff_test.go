package bank_test

import (
	"testing"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
)

func TestWriteOff_OfABankLineGoesWithItsMatches(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx, ada, ben := t.Context(), w.Owner, w.second
	w.imported(mt940(0, 5, entry{5, 60, "A", ""}))
	l := w.only()
	item := reconcile.Item{Account: ledger.BankSuspense, Ref: l.ID.String(), Currency: money.GBP}
	ask := func(who account.Actor) bool {
		done, err := w.Finance.WriteOff(ctx, who, replay.Key{}, w.Org.ID, item, "Nobody knows")
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	ask(ada)
	for _, who := range []account.Actor{ben, ada} { // another declines it, then the one who asked takes it back
		if err := w.Finance.DropWriteOff(ctx, who, replay.Key{}, w.Org.ID, item); err != nil {
			t.Fatal(err)
		}
		if err := w.Finance.DropWriteOff(ctx, who, replay.Key{}, w.Org.ID, item); !fault.Is(err, fault.AlreadyDecided) {
			t.Errorf("dropped twice: %v", err)
		}
		ask(ada)
	}
	w.matched(l, bank.Part{Kind: bank.ToOther, Ref: "interest", Minor: 10})
	if ask(ben) || w.balance(ledger.WriteOff, "") != 0 {
		t.Error("another amount was agreed to than was asked for")
	}
	if !ask(ada) || w.balance(ledger.WriteOff, item.Ref) != -50 {
		t.Errorf("%d is written off", w.balance(ledger.WriteOff, item.Ref))
	}
	if l, err := w.Bank.Line(ctx, w.Org.ID, l.ID); err != nil || l.State != bank.LineExplained {
		t.Errorf("the line is %+v, %v", l, err)
	}
}
