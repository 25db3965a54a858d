package stripesim

import (
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

//go:embed page/*.html
var pageFiles embed.FS

var pageTemplates = template.Must(template.New("").ParseFS(pageFiles, "page/*.html"))

// policy lets the pages show themselves and nothing else. Where a form may lead is
// left open: a buyer who has paid goes back to the shop.
const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

func (s *Sim) show(w http.ResponseWriter, status int, name string, data any) {
	var text strings.Builder
	if err := pageTemplates.ExecuteTemplate(&text, name, data); err != nil {
		s.log.Error("a page of the simulator", "page", name, "err", err)
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write([]byte(text.String())); err != nil {
		s.log.Debug("the reader has gone", "page", name, "err", err)
	}
}

// A checkoutPage is what the hosted page shows.
type checkoutPage struct {
	Title, Path             string
	Lines                   []checkoutLine
	Total, Expires          string
	Email, Name, Number     string
	EmailGiven, Card        bool
	Problem, Back, Note     string
	Cards                   []cardButton
	Bacs, SEPA, Challenging bool
	Button                  string
}

type checkoutLine struct {
	Name, Each, Total string
	Quantity          int64
}

type cardButton struct {
	Number       Card
	Shown, Label string
}

func (s *Sim) pages(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/pay/{id}", s.showCheckout)
	mux.HandleFunc("POST /c/pay/{id}", s.takeCheckout)
	mux.HandleFunc("GET /c/pay/{id}/3ds", s.showChallenge)
	mux.HandleFunc("POST /c/pay/{id}/3ds", s.takeChallenge)
}

// page describes a session for its page.
func (s *Sim) page(cs *session) checkoutPage {
	p := checkoutPage{
		Title: "Pay " + display(cs.AmountTotal, cs.Currency), Path: "/c/pay/" + cs.ID, Total: display(cs.AmountTotal, cs.Currency), Expires: day(cs.ExpiresAt),
		Email: string(cs.CustomerEmail), EmailGiven: cs.CustomerEmail != "", Card: slices.Contains(cs.MethodTypes, "card"),
		Bacs: slices.Contains(cs.MethodTypes, string(BacsDebit)), SEPA: slices.Contains(cs.MethodTypes, string(SEPADebit)), Back: returnTo(cs, cs.CancelURL),
		Button: map[string]string{"book": "Book", "donate": "Donate"}[string(cs.SubmitType)],
	}
	if p.Button == "" {
		p.Button = "Pay"
	}
	for _, l := range cs.Lines {
		p.Lines = append(p.Lines, checkoutLine{l.Description, display(l.Price.UnitAmount, l.Currency), display(l.Total, l.Currency), l.Quantity})
	}
	if p.Card {
		for _, c := range shelfOrder {
			p.Cards = append(p.Cards, cardButton{c, c.grouped(), cards[c].label})
		}
	}
	if l := cs.CustomText.Submit; l != nil {
		p.Note = l.Message
	}
	return p
}

// returnTo fills the session's id into an address of the shop.
func returnTo(cs *session, address maybe) string {
	return strings.ReplaceAll(string(address), "{CHECKOUT_SESSION_ID}", cs.ID)
}

// sessionOf finds the session that a page is about, or says that there is none.
// The caller holds the state.
func (s *Sim) sessionOf(w http.ResponseWriter, r *http.Request) (*account, *session) {
	a, cs, err := search(s, r.PathValue("id"), sessionsOf)
	if err != nil {
		s.show(w, http.StatusNotFound, "over.html", overPage{"No such payment", "This address belongs to no payment. Please go back to the shop and start again.", ""})
		return nil, nil
	}
	return a, cs
}

type overPage struct{ Title, Text, Back string }

// over answers for a session that can no longer be paid. It reports whether it did.
func (s *Sim) over(w http.ResponseWriter, cs *session) bool {
	switch cs.Status {
	case "complete":
		s.show(w, http.StatusOK, "over.html", overPage{"This has been paid", "There is nothing left to pay here. You have not been charged twice.", returnTo(cs, cs.SuccessURL)})
	case "expired":
		s.show(w, http.StatusGone, "over.html", overPage{"This payment page has expired", "Nothing was taken. Please go back to the shop and start again.", returnTo(cs, cs.CancelURL)})
	default:
		return false
	}
	return true
}

func (s *Sim) showCheckout(w http.ResponseWriter, r *http.Request) {
	defer s.enter()()
	if _, cs := s.sessionOf(w, r); cs != nil && !s.over(w, cs) {
		s.show(w, http.StatusOK, "pay.html", s.page(cs))
	}
}

func (s *Sim) takeCheckout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	card := readCard(r.PostForm.Get("number"))
	if pressed := r.PostForm.Get("pay_with"); pressed != "" {
		card = readCard(pressed)
	}
	who := person{Email: maybe(strings.TrimSpace(r.PostForm.Get("email"))), Name: maybe(strings.TrimSpace(r.PostForm.Get("name"))), Address: address{Country: "GB"}}

	defer s.enter()()
	a, cs := s.sessionOf(w, r)
	if cs == nil || s.over(w, cs) {
		return
	}
	p := s.page(cs)
	p.Number, p.Name = card.grouped(), string(who.Name)
	if !p.EmailGiven {
		p.Email = string(who.Email)
	}
	_, known := cards[card]
	switch {
	case !strings.Contains(p.Email, "@") || len(p.Email) > 200 || len(p.Name) > 200:
		p.Problem = "Please give an email address, such as name@example.com."
	case card == "":
		p.Problem = "Please give a card number, or press one of the test cards."
	case !known:
		p.Problem = "This page takes test cards only. Never type a real card number here."
	}
	if p.Problem != "" {
		if !known {
			p.Number = "" // a real number is not shown again
		}
		s.show(w, http.StatusUnprocessableEntity, "pay.html", p)
		return
	}
	if err := s.pay(a, cs, card, who); err != nil {
		p.Problem = "This payment cannot be taken: " + err.Error() + "."
		s.show(w, http.StatusUnprocessableEntity, "pay.html", p)
		return
	}
	s.proceed(w, r, a, cs, p)
}

// proceed leads the buyer on after an attempt.
func (s *Sim) proceed(w http.ResponseWriter, r *http.Request, a *account, cs *session, p checkoutPage) {
	switch {
	case cs.Status == "complete":
		http.Redirect(w, r, returnTo(cs, cs.SuccessURL), http.StatusSeeOther)
	case cs.Pending != "":
		http.Redirect(w, r, "/c/pay/"+cs.ID+"/3ds", http.StatusSeeOther)
	default:
		p.Problem = s.paymentOf(a, cs).Declined
		s.show(w, http.StatusPaymentRequired, "pay.html", p)
	}
}

func (s *Sim) showChallenge(w http.ResponseWriter, r *http.Request) {
	defer s.enter()()
	_, cs := s.sessionOf(w, r)
	switch {
	case cs == nil || s.over(w, cs):
	case cs.Pending == "":
		http.Redirect(w, r, "/c/pay/"+cs.ID, http.StatusSeeOther)
	default:
		s.show(w, http.StatusOK, "challenge.html", s.page(cs))
	}
}

func (s *Sim) takeChallenge(w http.ResponseWriter, r *http.Request) {
	result := r.PostFormValue("result")
	defer s.enter()()
	a, cs := s.sessionOf(w, r)
	if cs == nil || s.over(w, cs) {
		return
	}
	if back := returnTo(cs, cs.CancelURL); result == "abandon" && back != "" { // the session stays open until it expires
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	if result != "pass" && result != "fail" {
		http.Redirect(w, r, "/c/pay/"+cs.ID+"/3ds", http.StatusSeeOther)
		return
	}
	if err := s.challenge(a, cs, result == "pass"); err != nil {
		http.Redirect(w, r, "/c/pay/"+cs.ID, http.StatusSeeOther)
		return
	}
	s.proceed(w, r, a, cs, s.page(cs))
}
