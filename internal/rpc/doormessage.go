package rpc

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/internal/checkin"
	"lanyard/internal/uid"
)

func readScan(d *reader, path string, m *checkinv1.Scan) checkin.ScanInput {
	in := checkin.ScanInput{
		ID: m.GetScanId(), Kind: scanKinds.domain(m.GetKind()), Code: m.GetCode(), Sequence: m.GetSequence(), Clock: readClock(m.GetClock()),
		Told: outcomeDomain(m.GetOutcome()), Basis: basisDomain(m.GetBasis()), ListAge: time.Duration(m.GetListAgeSeconds()) * time.Second,
		Voids: m.GetVoidsScanId(), Reason: m.GetReason(), CashTaken: m.GetCashTaken(), StaffKey: m.GetStaffKey(),
	}
	readID(d, path+".list_id", m.GetListId(), &in.List)
	readOptionalID(d, path+".ticket_id", m.GetTicketId(), &in.Ticket)
	for i, a := range m.GetAnswers() {
		var q uid.Question
		readID(d, index(path+".answers", i)+".question_id", a.GetQuestionId(), &q)
		if in.Answers == nil {
			in.Answers = map[uid.Question]string{}
		}
		in.Answers[q] = a.GetValue()
	}
	return in
}

func readClock(m *checkinv1.ScanClock) checkin.Clock {
	return checkin.Clock{
		WallAt: time.UnixMilli(m.GetWallMs()).UTC(), Offset: time.Duration(m.GetOffsetMs()) * time.Millisecond, OffsetKnown: m.GetOffsetKnown(),
		Monotonic: time.Duration(min(m.GetMonotonicMs(), maxMonotonicMs)) * time.Millisecond, Boot: m.GetBootId(), Jumped: m.GetJumped(),
	}
}

// maxMonotonicMs is a hundred years, so that no sum runs over.
const maxMonotonicMs = 100 * 366 * 24 * 3600 * 1000

func readWalkIn(d *reader, path string, m *checkinv1.WalkInDetails) checkin.WalkInInput {
	in := checkin.WalkInInput{
		Name: m.GetName(), Organisation: m.GetOrganisation(), Email: m.GetEmail(), Scan: readScan(d, path+".scan", m.GetScan()), StaffKey: m.GetStaffKey(),
	}
	readID(d, path+".ticket_id", m.GetTicketId(), &in.Ticket)
	readID(d, path+".list_id", m.GetListId(), &in.List)
	readID(d, path+".product_id", m.GetProductId(), &in.Product)
	return in
}

func readTicks(d *reader, ms []*checkinv1.RollCallTick) []checkin.Tick {
	var out []checkin.Tick
	for i, m := range ms {
		t := checkin.Tick{ID: m.GetTickId(), Safe: m.GetSafe(), Clock: readClock(m.GetClock())}
		readID(d, index("ticks", i)+".list_id", m.GetListId(), &t.List)
		readID(d, index("ticks", i)+".ticket_id", m.GetTicketId(), &t.Ticket)
		out = append(out, t)
	}
	return out
}

func resultMessage(r checkin.Result) *checkinv1.ScanResult {
	return &checkinv1.ScanResult{
		ScanId: r.ScanID, Outcome: outcomeMessage(r.Outcome), Basis: basisMessage(r.Basis), Ticket: ticketMessage(r.Ticket), FirstAtMs: millis(r.FirstAt),
		FirstGate: r.FirstGate, FirstHere: r.FirstHere, OtherEvent: r.OtherEvent, Conflict: conflictKinds.message(r.Conflict),
		EffectiveMs: millis(r.EffectiveAt), AskQuestionIds: texts(r.Ask), Message: r.Message,
	}
}

func resultMessages(rs []checkin.Result) []*checkinv1.ScanResult {
	out := make([]*checkinv1.ScanResult, len(rs))
	for i, r := range rs {
		out[i] = resultMessage(r)
	}
	return out
}

func walkInMessage(r checkin.WalkInResult) *checkinv1.WalkInResult {
	return &checkinv1.WalkInResult{
		TicketId: r.Ticket.String(), Registered: r.Registered, OverCapacity: r.OverCapacity, Message: r.Message, Result: resultMessage(r.Scan),
	}
}

// millis is 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func ticketMessage(t *checkin.Ticket) *checkinv1.Ticket {
	if t == nil {
		return nil
	}
	hash := t.Number.Hash()
	out := &checkinv1.Ticket{
		Id: t.ID.String(), NumberHash: hash[:], Status: ticketStatuses.message(t.Status), ProductId: t.Product.String(), Name: t.Name,
		Organisation: t.Organisation, OrderCode: t.OrderCode, Badges: t.Badges, UnansweredIds: texts(t.Unanswered), Note: t.Note,
		DueMinor: t.DueMinor, DueCurrency: t.DueCurrency, WithdrawnAtMs: millis(t.WithdrawnAt),
	}
	for _, a := range t.Answers {
		out.Answers = append(out.Answers, &checkinv1.DoorAnswer{QuestionId: a.Question.String(), Value: a.Value})
	}
	for _, a := range t.Admissions {
		out.Admissions = append(out.Admissions, &checkinv1.Admission{
			ListId: a.List.String(), Day: a.Day, Inside: a.Inside, Entries: int32(a.Entries), FirstAtMs: millis(a.FirstAt),
			FirstGate: a.FirstGate, FirstDeviceId: a.FirstDevice.String(),
		})
	}
	return out
}

// seal hides from a kiosk everything that could be read without the ticket.
func seal(t *checkin.Ticket, m *checkinv1.Ticket) error {
	if t.Name != "" {
		plain, err := proto.Marshal(&checkinv1.SealedTicket{Name: m.Name, Organisation: m.Organisation, Badges: m.Badges})
		if err != nil {
			return fmt.Errorf("encode sealed ticket: %w", err)
		}
		if m.Sealed, err = checkin.Seal(t.Number, plain); err != nil {
			return err
		}
	}
	m.Name, m.Organisation, m.OrderCode, m.Note, m.Badges, m.Answers = "", "", "", "", nil, nil
	return nil
}

func settingsMessage(s checkin.DoorSettings) *checkinv1.DoorSettings {
	out := &checkinv1.DoorSettings{
		EventTitle: s.EventTitle, Timezone: s.Timezone, EventMark: s.Mark[:], Keys: keyMessages(s.Keys), Lists: listMessages(s.Lists),
		Kiosk: kioskMessage(s.Kiosk), Device: deviceDetailsMessage(s.Device), DeviceId: s.DeviceID.String(), WipeAtMs: s.WipeAt.UnixMilli(),
		RotateAtMs: s.RotateAt.UnixMilli(), BadgePaper: paperMessage(s.Paper),
	}
	for _, p := range s.Products {
		out.Products = append(out.Products, &checkinv1.DoorProduct{Id: p.ID.String(), Title: p.Title, SessionIds: texts(p.Sessions)})
	}
	for _, x := range s.Sessions {
		out.Sessions = append(out.Sessions, &checkinv1.DoorSession{Id: x.Session.String(), StartsMs: x.StartsAt.UnixMilli(), EndsMs: x.EndsAt.UnixMilli()})
	}
	for _, q := range s.Questions {
		m := &checkinv1.DoorQuestion{Id: q.ID.String(), Label: q.Label}
		for _, c := range q.Choices {
			m.Choices = append(m.Choices, &checkinv1.DoorChoice{Id: c[0], Label: c[1]})
		}
		out.Questions = append(out.Questions, m)
	}
	for _, o := range s.Others {
		out.OtherEvents = append(out.OtherEvents, &checkinv1.OtherEvent{Mark: o.Mark[:], Title: o.Title})
	}
	for _, p := range s.Pins {
		out.Pins = append(out.Pins, &checkinv1.PinVerifier{
			Label: p.Label, Role: staffRoles.message(p.Role), Salt: p.Salt, Iterations: int32(p.Iterations), Verifier: p.Verifier,
		})
	}
	for _, t := range s.Spare {
		out.SpareTickets = append(out.SpareTickets, &checkinv1.SpareTicket{TicketId: t.ID.String(), Code: t.Code})
	}
	return out
}
