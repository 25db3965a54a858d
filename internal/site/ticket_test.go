package site

import (
	"strings"
	"testing"

	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// wantTickets fails unless the browser was given a PDF with so many pages.
func (b *browser) wantTickets(pages int) {
	b.t.Helper()
	if b.status != 200 || b.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(b.body, "%PDF-") {
		b.t.Fatalf("got %d %s instead of a file:\n%s", b.status, b.header.Get("Content-Type"), b.text)
	}
	if n := strings.Count(b.body, "/Type /Page\n"); n != pages {
		b.t.Errorf("the file has %d pages, want %d", n, pages)
	}
	if b.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment; filename=\"ticket") {
		b.t.Errorf("a private file comes with %v", b.header)
	}
}

func TestTicket_IsDownloadedFromTheHoldersPageWhileThereIsAPlace(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	file := "/r/" + p.LinkSecret + "/ticket.pdf"
	if !strings.Contains(b.body, `href="`+file+`"`) {
		t.Error("the page does not lead to the file")
	}
	b.open(file).wantTickets(1)
	if _, err := w.Bookings.Cancel(t.Context(), w.Owner, replay.Key{}, w.Org.ID, e.ID, p.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.open(file).want(409, "There is no ticket to print")
	b.open("/r/" + p.LinkSecret[:60] + "/ticket.pdf").want(404)
}

func TestTicket_IsNotMadeForAPlaceOnline(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	b, p := place(t, w, w.Event(testworld.Online("https://meet.example.org/1")))
	if strings.Contains(b.body, "ticket.pdf") {
		t.Error("an online place offers a ticket")
	}
	b.open("/r/"+p.LinkSecret+"/ticket.pdf").want(409, "There is no ticket to print")
}

func TestTickets_AreAPageForEachPaidSeatOfAnOrder(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(10))
	w.Price(e, 2400, money.GBP)
	secret := w.Placed(e, 3)
	b := serve(t, w)
	file := "/order/" + secret + "/tickets.pdf"
	b.open(file).want(409, "There is no ticket to print") // not paid yet
	o := w.Paid(secret, stripesim.CardVisa)
	b.open(file).wantTickets(3)
	if _, err := w.Bookings.CancelMyLines(t.Context(), replay.Key{}, secret, testworld.Lines(o)[:1], 1200); err != nil {
		t.Fatal(err)
	}
	b.open(file).wantTickets(2)
	b.open("/order/" + strings.Repeat("x", len(secret)) + "/tickets.pdf").want(404)
}
