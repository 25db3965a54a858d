package inventory_test

import (
	"testing"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

// Between the quote that a buyer sees and the order, others are at work: what takes
// the code decides, and not what was seen.
func TestUseCode_AStaleQuoteIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code     inventory.Code
		meantime func(s shop, q inventory.Quote) error
	}{
		"the last use is gone": {inventory.Code{MaxUses: ptr(1)}, func(s shop, q inventory.Quote) error { return s.useUp(q) }},
		"the budget is gone":   {inventory.Code{Currency: money.GBP, Budget: ptr(int64(600))}, func(s shop, q inventory.Quote) error { return s.useUp(q) }},
		"it is disabled": {inventory.Code{}, func(s shop, _ inventory.Quote) error {
			c := s.theCode()
			c.Disabled = true
			_, err := s.Stock.UpdateCode(s.T.Context(), s.Owner, replay.Key{}, c.Version, c)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			p := s.sells("Ticket", pounds(1_000))
			tt.code.Text, tt.code.Effect, tt.code.Percent = "HALF", inventory.PercentOff, 5000
			s.code(tt.code)
			stale, err := s.ask(inventory.QuoteInput{Units: units(1, p), Code: "half"})
			if err == nil {
				err = tt.meantime(s, stale)
			}
			if err != nil {
				t.Fatal(err)
			}

			err = s.useUp(stale)

			if f, ok := fault.As(err); !ok || f.Reason != fault.CodeUsedUp || f.Fields[0].Path != "code" {
				t.Errorf("got %v, want CODE_USED_UP at the code", err)
			}
		})
	}
}

// useUp takes a use of a quote's code.
func (s shop) useUp(q inventory.Quote) error {
	return s.DB.InTx(s.T.Context(), func(tx *pg.Tx) error {
		return s.Stock.UseCodeTx(s.T.Context(), tx, s.Org.ID, q)
	})
}

func TestQuote_ACodeWorksAtItsEventAndTheOrganisationsAtAll(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.sells("Ticket", pounds(1_000))
	elsewhere := s.World.Event(testworld.At("2026-12-11T10:00", "2026-12-11T17:00"))
	add := func(c inventory.Code) {
		t.Helper()
		c.Org, c.Effect = s.Org.ID, inventory.PercentOff
		if _, err := s.Stock.CreateCode(t.Context(), s.Owner, replay.Key{}, c); err != nil {
			t.Fatal(err)
		}
	}
	add(inventory.Code{Event: elsewhere.ID, Text: "THEIRS", Percent: 5000})
	add(inventory.Code{Text: "ALL", Percent: 1000})
	add(inventory.Code{Text: "BOTH", Percent: 1000})
	add(inventory.Code{Event: s.ID, Text: "BOTH", Percent: 2000})

	for code, want := range map[string]string{
		"all":  "£9.00 -1.00 code = £9.00 with £1.50",
		"both": "£8.00 -2.00 code = £8.00 with £1.33", // the event's own comes first
	} {
		if q, err := s.ask(inventory.QuoteInput{Units: units(1, p), Code: code}); err != nil || bill(q) != want {
			t.Errorf("%s: got %s, %v; want %s", code, bill(q), err, want)
		}
	}
	if _, err := s.ask(inventory.QuoteInput{Units: units(1, p), Code: "theirs"}); !fault.Is(err, fault.CodeInvalid) {
		t.Errorf("another event's code: got %v, want CODE_INVALID", err)
	}
}
