package app

import (
	"context"
	"fmt"

	"lanyard/internal/notify"
	"lanyard/internal/pg"
	"lanyard/internal/report"
)

// mailReport sends a scheduled report to those who wanted it.
func (s *Services) mailReport(ctx context.Context, tx *pg.Tx, m report.Mailing) error {
	rows := fmt.Sprintf("%d rows", m.Rows)
	if m.Rows == 1 {
		rows = "1 row"
	}
	const day = "2 January 2006"
	return s.Notices.ReportTx(ctx, tx, notify.ReportMail{
		Org: m.Org, Export: m.Export, To: m.To, Title: m.Title, Period: m.From.Format(day) + " to " + m.Last.Format(day), Rows: rows,
		FileName: m.FileName, File: m.File,
	})
}
