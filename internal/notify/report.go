package notify

import (
	"context"
	"path"

	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// ReportMail is a report on its way to one or more readers.
type ReportMail struct {
	Org uid.Org
	// Export is the kept file; a reader gets each only once.
	Export uid.Export
	To     []string
	// Title, Period and Rows are as in mail.ReportFile.
	Title, Period, Rows string
	FileName            string
	File                []byte
}

var reportTypes = map[string]string{
	".csv": "text/csv; charset=utf-8", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// ReportTx mails a report, in the transaction that makes it.
func (s *Service) ReportTx(ctx context.Context, tx *pg.Tx, m ReportMail) error {
	org, err := s.accounts.Organisation(ctx, m.Org)
	if err != nil {
		return err
	}
	for _, to := range m.To {
		_, err := s.postTx(ctx, tx, outgoing{
			org: m.Org, key: "report:" + m.Export.String() + ":" + to, kind: mail.KindReportFile, urgency: bulk,
			to: mail.Address{Email: to}, from: mail.Address{Name: org.Name, Email: s.From}, replyTo: mail.Address{Email: org.ContactEmail},
			data: mail.ReportFile{
				Frame: mail.Frame{Organisation: org.Name, HomeURL: s.url("o", org.Slug)}, Title: m.Title, Period: m.Period, Rows: m.Rows,
				FileName: m.FileName, ExportsURL: s.url("console", "o", m.Org.String(), "finance", "exports"),
			},
			attachments: []mail.Attachment{{Name: m.FileName, ContentType: reportTypes[path.Ext(m.FileName)], Bytes: m.File}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
