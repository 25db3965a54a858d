package printing_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/printing"
	"lanyard/internal/ticketcode"
)

func ticket(name string) printing.Ticket {
	m := ticketcode.NewMint([32]byte{1})
	return printing.Ticket{
		Event: "Northern Life Sciences Conference 2026", Organiser: "Northern Life Sciences",
		When:  []string{"Tuesday 28 to Thursday 30 July 2026", "From 09:30, UK time"},
		Where: []string{"Manchester Central", "Petersfield, Manchester M2 3GX"},
		Name:  name, Organisation: "University of Łódź", Product: "Delegate, three days", OrderCode: "K7QM-2XR9-04TD",
		Code:       m.Signer([16]byte{1}, [16]byte{2}, 1).Sign(m.Numbers([16]byte{1}).Of([16]byte{3})),
		GoodToKnow: "Doors open at 08:45.\n\nBring a bottle: there is water on every floor.", At: date(time.March, 10),
	}
}

func TestTickets_AreAPageForEachSeat(t *testing.T) {
	t.Parallel()
	many := ticket("李小龍")
	many.GoodToKnow = strings.Repeat("Please read all of this. ", 400)
	for range 60 {
		many.Sessions = append(many.Sessions, printing.TicketSession{Title: "Workshop", When: "Tuesday 28 July 2026, 10:00 to 11:30", Place: "Room 4"})
	}
	long := ticket(strings.Repeat("Maria Theresia ", 14))
	long.Event, long.Organisation = strings.Repeat("Conference on very long titles ", 9), strings.Repeat("Institute ", 30)
	all := []printing.Ticket{ticket("Łukasz Żółć"), ticket(""), many, long}
	pdf, err := printing.Tickets(all)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "tickets", pdf)
	if n := pages(pdf); n != len(all) {
		t.Errorf("%d pages for %d tickets", n, len(all))
	}
	for _, size := range sizes(t, pdf) {
		if d := cmp.Diff("210.0 x 297.0", size); d != "" {
			t.Errorf("paper (-want +got):\n%s", d)
		}
	}
}

func TestTickets_SayWhoWhatWhenAndWhere(t *testing.T) {
	t.Parallel()
	pdf, err := printing.Tickets([]printing.Ticket{ticket("Łukasz Żółć"), ticket("")})
	if err != nil {
		t.Fatal(err)
	}
	says := strings.ReplaceAll(text(t, pdf), "\n", " ")
	for _, want := range []string{
		"Northern Life Sciences Conference 2026", "Łukasz Żółć", "Delegate, three days", "K7QM-2XR9-04TD", "28 to Thursday 30 July 2026",
		"From 09:30, UK time", "Manchester Central", "Good to know", "Doors open at 08:45.", "Ticket 2 of 2.", "Not named yet",
	} {
		if !strings.Contains(says, want) {
			t.Errorf("the tickets do not say %q:\n%s", want, says)
		}
	}
	if _, err := printing.Tickets(nil); err == nil {
		t.Error("no ticket is drawn")
	}
}

func TestTickets_AreTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	draw := func() []byte {
		pdf, err := printing.Tickets([]printing.Ticket{ticket("李 Łukasz محمد")})
		if err != nil {
			t.Fatal(err)
		}
		return pdf
	}
	if !bytes.Equal(draw(), draw()) {
		t.Error("the same ticket gives other bytes")
	}
}
