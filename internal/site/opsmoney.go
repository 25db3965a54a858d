package site

import (
	"errors"
	"net/http"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// moneyView is what about money is no organisation's: it came to an account that
// none of them has, so that there are no books to enter it into.
type moneyView struct {
	Open, Settled []moneyTask
	// Problem is why the last one could not be settled.
	Problem string
	Jobs    bool
}

// moneyTask is one of them, as the page shows it.
type moneyTask struct {
	Key, Sentence, Amount string
	Since, SinceISO       string
	// Note and Settled say how it ended.
	Note, Settled string
	// Problem is what is wrong with what was said about it, and Said what that was.
	Problem, Said string
}

// moneyPage shows it to operators.
func (s *Site) moneyPage(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if _, err := s.operator(r); err != nil {
		return err
	}
	return s.showMoney(w, r, http.StatusOK, moneyTask{})
}

// moneyPost notes what an operator did about one.
func (s *Site) moneyPost(w http.ResponseWriter, r *http.Request) error {
	private(w)
	actor, err := s.operator(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	key, note := r.PostForm.Get("key"), r.PostForm.Get("note")
	_, err = s.Payment.ResolveTask(r.Context(), actor, replay.Key{}, uid.Platform, key, payment.ResolvedDone, note)
	if f, shown := fault.As(err); shown && (f.Kind == fault.KindInvalid || f.Kind == fault.KindPrecondition) {
		problem := f.Message
		if len(f.Fields) > 0 {
			problem = "Please say in a few words what you did."
		}
		return s.showMoney(w, r, http.StatusUnprocessableEntity, moneyTask{Key: key, Problem: problem, Said: note})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/ops/money", http.StatusSeeOther)
	return nil
}

func (s *Site) showMoney(w http.ResponseWriter, r *http.Request, status int, refused moneyTask) error {
	open, err := s.Payment.Tasks(r.Context(), uid.Platform, payment.TaskFilter{})
	settled, failure := s.Payment.Tasks(r.Context(), uid.Platform, payment.TaskFilter{Settled: true, Limit: 20})
	if err := errors.Join(err, failure); err != nil {
		return err
	}
	v := moneyView{Jobs: s.Jobs != nil, Problem: refused.Problem}
	for _, t := range open {
		shown := moneyOf(t)
		if t.Key == refused.Key {
			shown.Problem, shown.Said, v.Problem = refused.Problem, refused.Said, ""
		}
		v.Open = append(v.Open, shown)
	}
	for _, t := range settled {
		v.Settled = append(v.Settled, moneyOf(t))
	}
	return s.render(w, r, status, "opsmoney.html", page{Title: "Money without an organisation", Hidden: true, Body: v})
}

func moneyOf(t payment.Task) moneyTask {
	shown := moneyTask{
		Key: t.Key, Sentence: t.Sentence, Note: t.Note,
		Since: t.OpenedAt.UTC().Format("2 January 2006, 15:04 UTC"), SinceISO: t.OpenedAt.UTC().Format(time.RFC3339),
	}
	if t.Amount.Currency != "" {
		shown.Amount = t.Amount.Format()
	}
	if !t.ResolvedAt.IsZero() {
		shown.Settled = t.ResolvedAt.UTC().Format("2 January 2006, 15:04 UTC")
	}
	return shown
}
