package rpc

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// doorAct is one call in a history: a scan of a ticket's code, or the undo of a scan.
type doorAct struct {
	ticket int
	scan   string
	undo   bool
}

// oneTicket is what a single ticket may do, call by call; the state is the scan
// that let it in, "" for nobody. A scan succeeds when nobody is in, an undo when
// that very scan is the one that counts.
var oneTicket = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byTicket := map[int][]porcupine.Operation{}
		for _, op := range history {
			t := op.Input.(doorAct).ticket
			byTicket[t] = append(byTicket[t], op)
		}
		var out [][]porcupine.Operation
		for _, ops := range byTicket {
			out = append(out, ops)
		}
		return out
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		in, act, out := state.(string), input.(doorAct), output.(checkinv1.Outcome)
		switch {
		case act.undo && out == checkinv1.Outcome_OUTCOME_VOIDED:
			return in == act.scan, ""
		case act.undo:
			return in != act.scan, in
		case out == checkinv1.Outcome_OUTCOME_ADMITTED:
			return in == "", act.scan
		}
		return in != "" && out == checkinv1.Outcome_OUTCOME_ALREADY_IN, in
	},
}

// history is what clients were told, and when.
type history struct {
	mu    sync.Mutex
	began time.Time
	ops   []porcupine.Operation
}

func (h *history) add(client int, act doorAct, call time.Duration, out checkinv1.Outcome) {
	back := time.Since(h.began)
	h.mu.Lock()
	defer h.mu.Unlock()
	if out != checkinv1.Outcome_OUTCOME_ADMITTED_AGAIN { // the same card shown again changes nothing
		h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: act, Call: int64(call), Output: out, Return: int64(back)})
	}
}

func (h *history) linearizable() bool {
	return porcupine.CheckOperationsTimeout(oneTicket, h.ops, time.Minute) == porcupine.Ok
}

// tablets pairs n tablets with the same list.
func (b *bench) tablets(org uid.Org, event uid.Event, n int) []caller {
	b.t.Helper()
	first := b.tablet(org, event)
	out := []caller{first}
	for i := 1; i < n; i++ {
		p, err := b.server.deps.CheckIn.CreateDevice(b.t.Context(), account.System, replay.Key{}, org, event, account.DeviceDetails{
			Name: fmt.Sprint("Tablet ", i), Lists: first.actor.Device.Lists, Mode: account.DeviceDoor, RoleWithoutPin: account.Steward,
		})
		if err != nil {
			b.t.Fatal(err)
		}
		token, d, err := b.accounts.Pair(b.t.Context(), p.Code, "1")
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, caller{name: d.Name, token: token, actor: account.Actor{Device: &d}})
	}
	return out
}

// codesOf registers n people and returns what their QRs say.
func (b *bench) codesOf(org uid.Org, event uid.Event, n int) []string {
	b.t.Helper()
	products, err := b.server.deps.Inventory.Products(b.t.Context(), b.db.Pool(), org, event)
	if err != nil {
		b.t.Fatal(err)
	}
	codes := make([]string, n)
	for i := range codes {
		placed, err := b.server.deps.Booking.PlaceOrder(b.t.Context(), replay.Key{RequestID: fmt.Sprintf("linear-%016d", i)}, booking.OrderInput{
			Org: org, Event: event, Product: products[0].ID,
			Attendees: []booking.Attendee{{Name: "Ada", Email: fmt.Sprintf("ada%d@example.org", i), Organisation: "Leeds", Segment: booking.SegmentAcademic}},
		})
		if err != nil {
			b.t.Fatal(err)
		}
		c, err := b.server.deps.CheckIn.Codes(b.t.Context(), org, event, placed.Registrations[0].ID)
		if err != nil {
			b.t.Fatal(err)
		}
		codes[i] = c.Signed
	}
	return codes
}

// ask sends a scan and returns the outcome.
func (b *bench) ask(tablet caller, undo bool, scan *checkinv1.Scan) (checkinv1.Outcome, error) {
	scan.ListId = tablet.actor.Device.Lists[0].String()
	scan.Clock = &checkinv1.ScanClock{WallMs: 1, OffsetKnown: true}
	if undo {
		a := b.call(tablet, checkinv1connect.DoorServiceUndoProcedure, &checkinv1.UndoRequest{Scan: scan})
		var resp checkinv1.UndoResponse
		err := protojson.Unmarshal([]byte(a.body), &resp)
		return resp.GetResult().GetOutcome(), err
	}
	a := b.call(tablet, checkinv1connect.DoorServiceCheckProcedure, &checkinv1.CheckRequest{Scan: scan})
	var resp checkinv1.CheckResponse
	err := protojson.Unmarshal([]byte(a.body), &resp)
	return resp.GetResult().GetOutcome(), err
}

func TestDoor_ChecksAndUndosOfManyTabletsAreLinearizable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, _ := b.organisation("a")
	event := b.event(org, "own")
	tablets, codes := b.tablets(org, event, 8), b.codesOf(org, event, 3)
	h := &history{began: time.Now()}
	errs := testworld.Race(len(tablets), func(client int) error {
		random := rand.New(rand.NewPCG(7, uint64(client)))
		var mine []doorAct // admissions to take back
		for n := range 30 {
			act := doorAct{ticket: random.IntN(len(codes)), scan: fmt.Sprintf("scan-%02d-%010d", client, n)}
			scan := &checkinv1.Scan{ScanId: act.scan, Kind: checkinv1.ScanKind_SCAN_KIND_ENTRY, Code: codes[act.ticket]}
			if len(mine) > 0 && random.IntN(3) == 0 {
				act, mine = mine[len(mine)-1], mine[:len(mine)-1]
				act.undo = true
				scan = &checkinv1.Scan{ScanId: scan.ScanId, Kind: checkinv1.ScanKind_SCAN_KIND_VOID, VoidsScanId: act.scan, Reason: "test"}
			}
			call := time.Since(h.began)
			out, err := b.ask(tablets[client], act.undo, scan)
			if err != nil {
				return err
			}
			h.add(client, act, call, out)
			if out == checkinv1.Outcome_OUTCOME_ADMITTED {
				mine = append(mine, act)
			}
		}
		return nil
	})
	admitted := 0
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, op := range h.ops {
		if op.Output == checkinv1.Outcome_OUTCOME_ADMITTED {
			admitted++
		}
	}
	if admitted < 10 {
		t.Fatalf("only %d admissions: the history proves little", admitted)
	}
	if !h.linearizable() {
		t.Error("what the tablets were told has no order in which each answer is right")
	}
}

// The control: a check-in that looks first and writes afterwards, on a table
// without the key, must be caught. The two first clients meet in between, as two
// gates do.
func TestDoor_ControlThatLooksBeforeItWritesIsNotLinearizable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.db.Pool().Exec(t.Context(), "CREATE TABLE unguarded (ticket int)"); err != nil {
		t.Fatal(err)
	}
	var met sync.WaitGroup
	met.Add(2)
	h := &history{began: time.Now()}
	unguarded := func(client, ticket int) (checkinv1.Outcome, error) {
		var in bool
		row := b.db.Pool().QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM unguarded WHERE ticket = @ticket)", pgx.StrictNamedArgs{"ticket": ticket})
		if err := row.Scan(&in); err != nil || in {
			return checkinv1.Outcome_OUTCOME_ALREADY_IN, err
		}
		met.Done()
		met.Wait()
		_, err := b.db.Pool().Exec(t.Context(), "INSERT INTO unguarded VALUES (@ticket)", pgx.StrictNamedArgs{"ticket": ticket})
		return checkinv1.Outcome_OUTCOME_ADMITTED, err
	}
	for _, err := range testworld.Race(2, func(client int) error {
		call := time.Since(h.began)
		out, err := unguarded(client, 0)
		h.add(client, doorAct{scan: fmt.Sprint("scan-", client)}, call, out)
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if h.linearizable() {
		t.Error("the checker finds an order for a ticket that came in twice: it checks nothing")
	}
}
