package reconcile_test

import (
	"testing"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
)

func TestWriteOff_TakesTwoPeopleAndStaysSmall(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx, ada, ben := t.Context(), w.finance("ada"), w.finance("ben")
	if _, err := w.Stripe.UnknownBalanceRow("", -77); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stripe.UnknownBalanceRow("", -reconcile.WriteOffLimit-1); err != nil {
		t.Fatal(err)
	}
	w.sell(1, stripesim.CardUK)
	w.ingest()
	items := w.items(reconcile.ItemFilter{Account: ledger.StripeSuspense})
	small, big := items[0], items[1]
	if small.Amount.Minor > big.Amount.Minor {
		small, big = big, small
	}
	at := func(i reconcile.OpenItem) reconcile.Item {
		return reconcile.Item{Account: i.Account, Ref: i.Ref, Currency: i.Amount.Currency}
	}
	if _, err := w.Finance.WriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(big), "Too much"); !fault.Is(err, fault.WrongState) {
		t.Errorf("beyond the limit: %v", err)
	}
	if done, err := w.Finance.WriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(small), "Not worth a letter"); done || err != nil {
		t.Fatalf("one person: done %t, %v", done, err)
	}
	if _, err := w.Finance.WriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(small), "Really"); !fault.Is(err, fault.WrongState) {
		t.Errorf("the same person twice: %v", err)
	}
	if i := w.items(reconcile.ItemFilter{Ref: small.Ref})[0]; i.WriteOff == nil || i.WriteOff.AskedBy != ada.ID() {
		t.Errorf("what waits for a second person: %+v", i)
	}
	if done, err := w.Finance.WriteOff(ctx, ben, replay.Key{}, w.Org.ID, at(small), ""); !done || err != nil {
		t.Fatalf("another person: done %t, %v", done, err)
	}
	if left := w.items(reconcile.ItemFilter{Ref: small.Ref}); len(left) != 0 || w.balance(ledger.WriteOff, small.Ref) != 77 {
		t.Errorf("after writing off: %+v", left)
	}
	if err := w.Finance.UndoWriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(small), " "); !fault.Is(err, fault.InvalidInput) {
		t.Errorf("taken back without a reason: %v", err)
	}
	if err := w.Finance.UndoWriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(small), "It was a fee after all"); err != nil {
		t.Fatal(err)
	}
	if left := w.items(reconcile.ItemFilter{Ref: small.Ref}); len(left) != 1 || left[0].Amount != small.Amount || w.balance(ledger.WriteOff, small.Ref) != 0 {
		t.Errorf("after taking it back: %+v", left)
	}
	if err := w.Finance.UndoWriteOff(ctx, ada, replay.Key{}, w.Org.ID, at(small), "Again"); !fault.Is(err, fault.WrongState) {
		t.Errorf("taken back twice: %v", err)
	}
	d, err := w.Finance.Detail(ctx, w.Org.ID, small.Account, small.Ref)
	if err != nil || len(d.WrittenOff) != 1 || d.WrittenOff[0].DecidedBy != ben.ID() || d.WrittenOff[0].UndoneBy != ada.ID() {
		t.Errorf("what is told of it: %+v, %v", d.WrittenOff, err)
	}
}
