package export

import (
	"context"
	"strconv"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Attendance lists who came by a check-in list and who did not, by name. That it
// was taken, and by whom, goes into the audit log.
func (s *Service) Attendance(ctx context.Context, actor account.Actor, door *checkin.Service, org uid.Org, event uid.Event, list uid.CheckInList) (File, error) {
	e, err := s.events.Get(ctx, org, event)
	if err != nil {
		return File{}, err
	}
	zone, err := time.LoadLocation(e.Timezone)
	if err != nil {
		return File{}, err
	}
	lines, err := door.Attendance(ctx, org, event, list)
	if err != nil {
		return File{}, err
	}
	out := newSheet()
	out.row("Name", "E-mail address", "Organisation", "Product", "Order", "Came", "First came in ("+e.Timezone+")", "Gate", "Entries")
	for _, l := range lines {
		came, at := "no", ""
		if l.FirstAt != nil {
			came, at = "yes", l.FirstAt.In(zone).Format(time.DateTime)
		}
		out.row(l.Name, l.Email, l.Organisation, l.Product, l.OrderCode, came, at, l.Gate, strconv.Itoa(l.Entries))
	}
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "attendance.export", Subject: event.String(), After: map[string]any{"list": list},
		})
	})
	return File{Name: e.Slug + "-attendance.csv", Bytes: out.b.Bytes()}, err
}
