package checkin_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// act is one call in a history: a check of a ticket, or the undo of a check.
type act struct {
	ticket int
	scan   string
	undo   bool
}

// ledger is the model: which scan let each ticket in, "" for nobody.
type ledger struct{ in string }

// oneTicket is what a single ticket may do, call by call: an entry succeeds when
// nobody is in, an undo when that very entry is the one that counts.
var oneTicket = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byTicket := map[int][]porcupine.Operation{}
		for _, op := range history {
			t := op.Input.(act).ticket
			byTicket[t] = append(byTicket[t], op)
		}
		var out [][]porcupine.Operation
		for _, ops := range byTicket {
			out = append(out, ops)
		}
		return out
	},
	Init: func() any { return ledger{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(ledger), input.(act), output.(checkin.Outcome)
		switch {
		case in.undo && out == checkin.Voided:
			return s.in == in.scan, ledger{}
		case in.undo:
			return s.in != in.scan, s
		case out == checkin.Admitted:
			return s.in == "", ledger{in.scan}
		}
		return s.in != "" && out == checkin.AlreadyIn, s
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %v", input, output) },
}

// history lets tablets check and undo at random and records what they were told
// and when.
func (d *door) history(tablets []*account.Device, tickets []uid.Registration, rounds int) []porcupine.Operation {
	d.T.Helper()
	var mu sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	run := func(client int) error {
		random := rand.New(rand.NewPCG(7, uint64(client)))
		var mine []act
		for range rounds {
			a := act{ticket: random.IntN(len(tickets))}
			in := d.scan(tickets[a.ticket])
			call := time.Since(began)
			var r checkin.Result
			var err error
			if len(mine) > 0 && random.IntN(3) == 0 {
				a = mine[len(mine)-1]
				mine, a.undo = mine[:len(mine)-1], true
				in.Kind, in.Voids, in.Reason, in.Ticket = checkin.Void, a.scan, "test", uid.Registration{}
				r, err = d.s.Undo(d.T.Context(), tablets[client], in)
			} else {
				a.scan = in.ID
				r, err = d.s.Check(d.T.Context(), tablets[client], in)
				if r.Outcome == checkin.Admitted {
					mine = append(mine, a)
				}
			}
			if err != nil {
				return err
			}
			mu.Lock()
			history = append(history, porcupine.Operation{ClientId: client, Input: a, Call: int64(call), Output: r.Outcome, Return: int64(time.Since(began))})
			mu.Unlock()
		}
		return nil
	}
	for _, err := range testworld.Race(len(tablets), run) {
		d.T.Error(err)
	}
	return history
}

func (d *door) tablets(n int) []*account.Device {
	out := make([]*account.Device, n)
	for i := range out {
		out[i] = d.tablet(fmt.Sprint(i))
	}
	return out
}

func linear(history []porcupine.Operation) bool {
	return porcupine.CheckOperationsTimeout(oneTicket, history, time.Minute) == porcupine.Ok
}

func TestCheck_AndUndoAreLinearizable(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	history := d.history(d.tablets(8), d.guests(3), 40)
	history = withoutEchoes(history)
	admitted := 0
	for _, op := range history {
		if op.Output == checkin.Admitted {
			admitted++
		}
	}
	if admitted < 10 {
		t.Fatalf("only %d admissions: the history proves little", admitted)
	}
	if !linear(history) {
		t.Error("the history of checks and undos has no order in which each answer is right")
	}
}

// withoutEchoes leaves out the same card shown again: it says nothing new and
// changes nothing.
func withoutEchoes(history []porcupine.Operation) []porcupine.Operation {
	var out []porcupine.Operation
	for _, op := range history {
		if op.Output != checkin.AdmittedAgain {
			out = append(out, op)
		}
	}
	return out
}

// The control: on a list that has no guard the same history must have no order.
func TestCheck_ControlWithoutTheGuardIsNotLinearizable(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(l *checkin.ListDetails) { l.Mode = checkin.ModeFree })
	if linear(withoutEchoes(d.history(d.tablets(8), d.guests(3), 20))) {
		t.Error("the checker finds an order for tickets that came in twice: it checks nothing")
	}
}
