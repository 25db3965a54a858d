package notify_test

import (
	"bytes"
	"strings"
	"testing"

	"lanyard/internal/notify"
	"lanyard/internal/pg"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestReport_GoesToEachReaderOnceWithItsFile(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	m := notify.ReportMail{
		Org: w.Org.ID, Export: uid.New[uid.Export](), To: []string{"books@example.org", "chair@example.org"}, Title: "Events",
		Period: "1 to 30 November 2026", Rows: "1 row", FileName: "lanyard-events-2026-11.csv", File: []byte("Event,Sold\r\nSummit,24.00\r\n"),
	}
	for range 2 {
		if err := w.DB.InTx(t.Context(), func(tx *pg.Tx) error { return w.Notices.ReportTx(t.Context(), tx, m) }); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := w.DB.Pool().Query(t.Context(), "SELECT recipient, raw FROM message WHERE kind = 'report_file' ORDER BY recipient")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var to []string
	for rows.Next() {
		var recipient string
		var raw []byte
		if err := rows.Scan(&recipient, &raw); err != nil {
			t.Fatal(err)
		}
		to = append(to, recipient)
		if !bytes.Contains(raw, []byte(`filename="lanyard-events-2026-11.csv"`)) {
			t.Errorf("the mail to %s has no file:\n%s", recipient, raw)
		}
	}
	if got := strings.Join(to, " "); got != "books@example.org chair@example.org" {
		t.Errorf("mailed to %s, want each reader once", got)
	}
}
