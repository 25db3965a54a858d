package booking_test

import (
	"strings"
	"testing"

	"lanyard/internal/stripesim"
)

func TestOrder_ExplainsPriceVATAndStateInWords(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 3)

	paid := w.Paid(w.Placed(e, 2), stripesim.CardUK).Explanations
	unpaid := w.MyOrder(w.Placed(e, 1)).Explanations

	if len(paid) != 3 || !strings.HasPrefix(paid[0], "2 × ") || !strings.Contains(paid[0], "VAT") ||
		paid[1] != "Confirmed: the places are given." || paid[2] != "What is due was paid." {
		t.Errorf("a paid order is explained by %q", paid)
	}
	if len(unpaid) != 3 || unpaid[2] != "Nothing was paid so far." {
		t.Errorf("an unpaid order is explained by %q", unpaid)
	}
}
