package report_test

import (
	"testing"

	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/report"
)

// TestSave_ALinkThatBreaksBeforeCommitIsNobodyElsesChange: the transaction runs
// again, from what was asked for and not from what its first run made of it.
func TestSave_ALinkThatBreaksBeforeCommitIsNobodyElsesChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	proxy := pgtest.NewProxy(t, b.DB.Pool().Config().ConnString())
	db, err := pg.Open(t.Context(), proxy.URL(), pg.Options{MaxConns: 2, Clock: b.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	reports := report.New(db, b.Books)

	proxy.OnCommit(pgtest.CutBeforeCommit, 1, nil)
	c, err := reports.SaveSchedule(t.Context(), b.Owner, replay.Key{}, b.Org.ID, monthly())
	if err != nil || c.Version != 1 {
		t.Errorf("a schedule: version %d, %v", c.Version, err)
	}

	m, err := reports.Mapping(t.Context(), b.Org.ID, report.Xero)
	if err != nil {
		t.Fatal(err)
	}
	proxy.OnCommit(pgtest.CutBeforeCommit, 1, nil)
	if saved, err := reports.SaveMapping(t.Context(), b.Owner, replay.Key{}, b.Org.ID, m); err != nil || saved.Version != m.Version+1 {
		t.Errorf("a mapping: version %d, %v", saved.Version, err)
	}
}
