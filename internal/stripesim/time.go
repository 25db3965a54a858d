package stripesim

import (
	"container/heap"
	"fmt"
	"time"
)

// A clockRow is what is kept about time.
type clockRow struct {
	Offset time.Duration `json:"offset"` // what Advance added to a clock that is not ours
	Moment int64         `json:"moment"` // where our own clock stood
}

// What can become due.
const (
	dueExpiry    = "expire session"
	duePayouts   = "pay out"
	dueArrival   = "payout arrives"
	dueReconcile = "payout reconciled"
	dueDispute   = "dispute"
	dueInquiry   = "inquiry"
	dueEvidence  = "evidence too late"
	dueWarning   = "early fraud warning"
	dueRefundOK  = "refund succeeds"
	dueRefundBad = "refund fails"
	dueAvailable = "money available"
	dueDebit     = "debit arrives"
)

// An appointment is something that will happen at a time.
type appointment struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	Of      string    `json:"of"` // the object's id
	Number  int64     `json:"number"`
}

// An agenda is a heap of appointments, the earliest on top.
type agenda []*appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if !a[i].At.Equal(a[j].At) {
		return a[i].At.Before(a[j].At)
	}
	if a[i].Account != a[j].Account {
		return a[i].Account < a[j].Account
	}
	return a[i].Number < a[j].Number
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is for container/heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(*appointment)) }

// Pop is for container/heap.
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (a *agenda) add(ap *appointment) { heap.Push(a, ap) }

// plan makes an appointment.
func (s *Sim) plan(a *account, at time.Time, what, of string) {
	a.Sequence++
	a.touch()
	ap := &appointment{ID: fmt.Sprintf("due_%d", a.Sequence), Account: a.ID, At: at.UTC(), What: what, Of: of, Number: a.Sequence}
	a.agenda.put(ap.ID, ap)
	s.due.add(ap)
}

// present is the time by the clock and what was added to it.
func (s *Sim) present() time.Time {
	if s.stepping != nil {
		return s.stepping.Now()
	}
	return s.options.Clock().Add(s.clockRow.Offset)
}

// catchUp lets everything happen that is due, each at its own time.
func (s *Sim) catchUp() {
	until := s.moment
	for len(s.due) > 0 && !s.due[0].At.After(until) {
		ap := heap.Pop(&s.due).(*appointment)
		a := s.accounts[ap.Account]
		a.agenda.drop(ap.ID)
		s.moment = ap.At
		s.keep(a, ap)
	}
	s.moment = until
}

// keep does what an appointment is for. What no longer applies is passed over.
func (s *Sim) keep(a *account, ap *appointment) {
	switch ap.What {
	case dueExpiry:
		if cs := a.sessions.get(ap.Of); cs.Status == "open" {
			s.expire(a, cs)
		}
	case duePayouts:
		s.payOut(a)
		s.plan(a, nextPayoutTime(s.moment), duePayouts, "")
	case dueArrival:
		s.arrive(a, a.payouts.get(ap.Of))
	case dueReconcile:
		s.reconciled(a, a.payouts.get(ap.Of))
	case dueDispute, dueInquiry:
		ch := a.charges.get(ap.Of)
		s.dispute(a, ch, ch.Amount-ch.Refunded, "fraudulent", ap.What == dueInquiry)
	case dueEvidence:
		if d := a.disputes.get(ap.Of); d.Status == "needs_response" {
			s.closeDispute(a, d, "lost")
		}
	case dueAvailable:
		t := a.txns.get(ap.Of)
		t.Status = "available"
		a.txns.put(t.ID, t)
	case dueDebit:
		if err := s.settle(a, a.sessions.get(ap.Of), true); err != nil {
			s.log.Debug("a debit was settled before its time", "session", ap.Of)
		}
	case dueWarning:
		s.warn(a, a.charges.get(ap.Of))
	case dueRefundOK, dueRefundBad:
		s.settleRefund(a, a.refunds.get(ap.Of), ap.What == dueRefundOK)
	}
}

// Now is the simulator's time.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present()
}

// Advance moves the simulator's time forward and lets happen what falls due:
// sessions expire, money becomes available and is paid out, disputes are lost.
//
// With Options.Start the whole simulator moves. On a clock that is not its own
// only the simulator does, and the caller's clock stays behind; expires_at of a
// new session is then still read by the caller's clock.
func (s *Sim) Advance(d time.Duration) {
	if d < 0 {
		return // time does not run backwards: what has happened has happened
	}
	s.mu.Lock()
	if s.stepping != nil {
		s.stepping.Advance(d)
		s.clockRow.Moment = unix(s.stepping.Now())
	} else {
		s.clockRow.Offset += d
	}
	s.clockMoved = true
	s.mu.Unlock()
	s.enter()()
}
