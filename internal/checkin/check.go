package checkin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// run is one tablet's call while it is carried out.
type run struct {
	s       *Service
	d       *account.Device
	c       *config
	numbers ticketcode.Numbers
	// alarms are raised after the work, once each.
	alarms map[account.Alarm]any
	// changed are the lists whose numbers moved.
	changed bool
}

func (s *Service) run(ctx context.Context, d *account.Device) (*run, error) {
	c, err := s.config(ctx, d.Org, d.Event)
	if err != nil {
		return nil, err
	}
	return &run{s: s, d: d, c: c, numbers: s.mint.Numbers(d.Org), alarms: map[account.Alarm]any{}}, nil
}

// finish raises the alarms and tells those who watch the numbers.
func (r *run) finish(ctx context.Context) error {
	if r.changed {
		r.s.counts.moved(r.d.Org, r.d.Event)
	}
	for alarm, detail := range r.alarms {
		if slices.Contains(r.d.Alarms, alarm) && alarm == account.AlarmClockJumped {
			continue // one remark about a bad clock is enough
		}
		if err := r.s.accounts.Alarm(ctx, r.d.Org, r.d.ID, alarm, detail); err != nil {
			return err
		}
	}
	return nil
}

// Check judges one scan now and admits.
func (s *Service) Check(ctx context.Context, d *account.Device, in ScanInput) (Result, error) {
	if err := s.reach(ctx, d, in.List); err != nil {
		return Result{}, err
	}
	if in.Kind == Void {
		return Result{}, fault.InvalidField("scan.kind", "scan.kind", "must be an entry or an exit")
	}
	r, err := s.run(ctx, d)
	if err != nil {
		return Result{}, err
	}
	in.Told, in.Basis = "", BasisLive
	out, done, err := r.asOne(ctx, in)
	if err != nil || done {
		return out, err
	}
	err = r.inTx(ctx, func(tx *pg.Tx) error {
		out, err = r.scanTx(ctx, tx, in, tx.Now, in.Clock.Jumped)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return out, r.finish(ctx)
}

// errSameScan makes a call start over when the same scan came by another call at
// the same moment: what this one did is undone and the other's answer is given.
var errSameScan = errors.New("the same scan is being stored by another call")

// inTx runs fn in a transaction, and once more where errSameScan asks for it.
func (r *run) inTx(ctx context.Context, fn func(tx *pg.Tx) error) error {
	var err error
	for range 3 {
		err = r.s.db.InTx(ctx, func(tx *pg.Tx) error {
			r.changed = false
			return fn(tx)
		})
		if !errors.Is(err, errSameScan) {
			return err
		}
	}
	return fault.Conflict(fault.StaleVersion, "This scan is being stored by another call. Please send it again.").Because(err)
}

// shown is what a scan's code or choice turned out to be.
type shown struct {
	code       CodeKind
	sign       SignatureState
	otherEvent bool
	otherTitle string
	id         uid.Registration
}

const sqlEventOf = `
SELECT r.event_id, CASE WHEN e.state <> 'draft' THEN e.title ELSE '' END
  FROM registration r
  JOIN event e ON e.org_id = r.org_id AND e.id = r.event_id
 WHERE r.org_id = @org_id
   AND r.id = @id`

// read makes out what was shown, as far as the code itself tells. A number of
// another organisation deciphers to no ticket, so nothing of other tenants can be
// told.
func (r *run) read(in ScanInput) (shown, ticketcode.Code) {
	if in.Code == "" {
		return shown{code: PickedTicket, sign: NoSignature, id: in.Ticket}, ticketcode.Code{}
	}
	code, ok := ticketcode.Parse(in.Code)
	if !ok {
		return shown{code: NoCode, sign: NoSignature}, code
	}
	x := shown{code: ShortCode, sign: NoSignature, id: uid.Registration(r.numbers.Ticket(code.Number))}
	if code.Signed {
		x.code = SignedCode
	}
	if code.Signed && code.Mark == r.c.mark {
		x.sign = signature(code, r.c.keys)
	}
	return x, code
}

// look is read, and looks up which event the ticket is for.
func (r *run) look(ctx context.Context, q pg.Querier, in ScanInput) (shown, error) {
	x, code := r.read(in)
	if x.code == PickedTicket || x.code == NoCode {
		return x, nil
	}
	var event uid.Event
	var title string
	err := q.QueryRow(ctx, sqlEventOf, pgx.StrictNamedArgs{"org_id": r.d.Org, "id": x.id}).Scan(&event, &title)
	if err != nil && !pg.IsNoRows(err) {
		return x, fmt.Errorf("look for ticket: %w", err)
	}
	known := err == nil
	if known && event != r.d.Event {
		x.otherEvent, x.otherTitle = true, title
	}
	if !code.Signed {
		return x, nil
	}
	switch {
	case code.Mark == r.c.mark:
		x.otherEvent, x.otherTitle = false, ""
	case x.otherEvent && code.Mark == ticketcode.EventMark(event):
		keys, err := r.s.keys(ctx, q, r.d.Org, event)
		if err != nil {
			return x, err
		}
		x.sign = signature(code, keys)
	default: // some other organisation's, or made up: it cannot be told which
		x.sign, x.otherEvent, x.otherTitle = UncheckedSignature, true, ""
	}
	return x, nil
}

// errAgain makes a scan start over when the row it lost against has gone.
var errAgain = errors.New("the admission was taken back meanwhile")

// scanTx takes one entry or exit: it gives a known scan its answer again, judges
// a new one, lets the ticket through and stores the scan.
func (r *run) scanTx(ctx context.Context, tx *pg.Tx, in ScanInput, at time.Time, doubtful bool) (Result, error) {
	known, err := readScan(ctx, tx, r.d.Org, r.d.Event, in.ID)
	if err != nil {
		return Result{}, err
	}
	if known != nil {
		return r.repeat(ctx, tx, known)
	}
	list, ok := r.c.list(in.List)
	if !ok {
		return Result{}, fault.NotFound("check-in list")
	}
	x, err := r.look(ctx, tx, in)
	if err != nil {
		return Result{}, err
	}
	row := r.row(in, list, x, tx.Now, at, doubtful)
	var out Result
	for range 3 {
		if in.Told == "" {
			out, err = r.liveTx(ctx, tx, in, list, x, &row)
		} else {
			out, err = r.happenedTx(ctx, tx, in, list, x, &row)
		}
		if !errors.Is(err, errAgain) {
			return out, err
		}
	}
	return Result{}, fault.Conflict(fault.StaleVersion, "This ticket is being scanned and taken back at the same moment. Please scan it again.")
}

func (r *run) row(in ScanInput, list List, x shown, received, at time.Time, doubtful bool) scanRow {
	row := scanRow{
		id: in.ID, list: in.List, day: list.Mode.Period(at, r.c.zone), kind: in.Kind, told: in.Told, basis: in.Basis,
		device: r.d.ID, gate: r.d.Place(), staff: staffOf(r.d, r.c.settings.Pins, in.StaffKey).label, sequence: in.Sequence,
		wallAt: sane(in.Clock.WallAt), effectiveAt: at, receivedAt: received, doubtful: doubtful, listAge: in.ListAge,
		reason: in.Reason, answers: in.Answers, cashTaken: in.CashTaken, otherEvent: x.otherTitle,
	}
	if row.basis == "" {
		row.basis = BasisLocal
	}
	if x.code == NoCode {
		row.code = cut(in.Code, 40)
	}
	return row
}

// sane keeps absurd clocks within what the database can store.
func sane(t time.Time) time.Time {
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) > n {
		runes = runes[:n]
	}
	return string(runes)
}

// facts gathers what a judgement depends on.
func (r *run) facts(in ScanInput, list List, x shown, t *Ticket, at time.Time) Facts {
	f := Facts{
		Exit: in.Kind == Exit, Online: true, Code: x.code, Sign: x.sign, OtherEvent: x.otherEvent, Now: at,
		Opens: list.OpensAt, Closes: list.ClosesAt, Mode: list.Mode, Offline: list.Offline, CashTaken: in.CashTaken,
	}
	if t == nil || list.Archived {
		return f
	}
	f.Listed, f.Status, f.ListAdmits, f.Due = true, t.Status, list.admits(t.Product), t.DueMinor > 0
	f.OtherDay = r.c.otherDay(at, t.Product, list) != ""
	for _, q := range t.Unanswered {
		if in.Answers[q] == "" && slices.Contains(list.AskQuestions, q) {
			f.Unanswered = true
		}
	}
	return f
}

// withPresence adds what the ticket did before.
func (r *run) withPresence(f Facts, a admission, at time.Time) Facts {
	f.Entries, f.Inside = a.entries, a.inside
	if a.lastDevice == r.d.ID && a.lastExit == f.Exit && a.entries > 0 {
		ago := at.Sub(a.lastAt).Seconds()
		if ago < 0 {
			ago = -ago
		}
		f.OwnSeconds = &ago
	}
	return f
}

// liveTx judges a scan by what the database says now. The judgement proposes and
// the admission's key decides: when another gate was faster, it is judged again.
func (r *run) liveTx(ctx context.Context, tx *pg.Tx, in ScanInput, list List, x shown, row *scanRow) (Result, error) {
	t, err := r.c.ticket(ctx, tx, r.numbers, r.d.Lists, x.id)
	if err != nil {
		return Result{}, err
	}
	f := r.facts(in, list, x, t, row.effectiveAt)
	p := spot{r.d.Org, r.d.Event, list.ID, x.id, row.day}
	a, _, err := scanAdmission(tx.QueryRow(ctx, sqlAdmission, p.args()))
	if err != nil {
		return Result{}, err
	}
	v := Judge(r.withPresence(f, a, row.effectiveAt))
	by := passage{scan: in.ID, device: r.d.ID, gate: row.gate, at: row.effectiveAt}
	passed, first := true, false
	switch {
	case v.Outcome == Admitted:
		passed, first, err = enterTx(ctx, tx, p, list.Mode, by)
	case v.Outcome == Exited && a.inside:
		passed, err = leaveTx(ctx, tx, p, by)
	}
	if err != nil {
		return Result{}, err
	}
	if !passed {
		var still bool
		a, still, err = scanAdmission(tx.QueryRow(ctx, sqlAdmission, p.args()))
		if err != nil {
			return Result{}, err
		}
		if v = Judge(r.withPresence(f, a, row.effectiveAt)); !still || v.Outcome == Admitted || v.Outcome == Exited && a.inside {
			return Result{}, errAgain
		}
	}
	row.outcome, row.basis = v.Outcome, v.Basis
	if t != nil {
		row.registration = t.ID
	}
	return r.keepTx(ctx, tx, list, row, t, a, first)
}

// keepTx stores a judged scan, asks for a badge at a first admission, and makes
// the answer.
func (r *run) keepTx(ctx context.Context, tx *pg.Tx, list List, row *scanRow, t *Ticket, before admission, first bool) (Result, error) {
	stored, err := row.storeTx(ctx, tx, r.d.Org, r.d.Event)
	if err != nil {
		return Result{}, err
	}
	if !stored {
		return Result{}, errSameScan
	}
	if t != nil && row.cashTaken && row.kind == Entry && row.outcome.lets() && row.outcome != AdmittedAgain {
		if err := r.cashTx(ctx, tx, row); err != nil {
			return Result{}, err
		}
	}
	if first && list.PrintBadges {
		if err := r.printFirstTx(ctx, tx, list, row.registration); err != nil {
			return Result{}, err
		}
	}
	r.changed = true
	out := r.result(row, before)
	if t == nil {
		return out, nil
	}
	if out.Outcome == QuestionNeeded {
		for _, q := range t.Unanswered {
			if row.answers[q] == "" && slices.Contains(list.AskQuestions, q) {
				out.Ask = append(out.Ask, q)
			}
		}
	}
	if row.outcome.lets() {
		t, err = r.c.ticket(ctx, tx, r.numbers, r.d.Lists, t.ID)
	}
	out.Ticket = t
	return out, err
}

// cashTx tells the books that money was taken at the door. What happened without
// network stays as it was told, also where a bank payment is on its way.
func (r *run) cashTx(ctx context.Context, tx *pg.Tx, row *scanRow) error {
	err := r.s.bookings.CashTx(ctx, tx, account.Actor{Device: r.d}, r.d.Org, row.registration)
	if row.told != "" && fault.Is(err, fault.PaymentPending) {
		return nil
	}
	return err
}

func (r *run) result(row *scanRow, before admission) Result {
	out := Result{
		ScanID: row.id, Outcome: row.outcome, Basis: row.basis, OtherEvent: row.otherEvent, Conflict: row.conflict, EffectiveAt: row.effectiveAt,
	}
	switch row.outcome {
	case AlreadyIn, AdmittedAgain, OfflineConflict, NotInside:
		out.FirstAt, out.FirstGate, out.FirstHere = before.firstAt, before.firstGate, before.firstDevice == r.d.ID
	}
	return out
}

// repeat gives a scan that was sent before its answer again.
func (r *run) repeat(ctx context.Context, tx *pg.Tx, row *scanRow) (Result, error) {
	p := spot{r.d.Org, r.d.Event, row.list, row.registration, row.day}
	a, _, err := scanAdmission(tx.QueryRow(ctx, sqlAdmission, p.args()))
	if err != nil {
		return Result{}, err
	}
	out := r.result(row, a)
	if row.registration.IsZero() || !r.d.Reaches(row.list) {
		return out, nil
	}
	out.Ticket, err = r.c.ticket(ctx, tx, r.numbers, r.d.Lists, row.registration)
	return out, err
}
