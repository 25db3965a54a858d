package ledger_test

import (
	"testing"

	"lanyard/internal/ledger"
)

func TestCheck_NamesTheJournalThatLostALine(t *testing.T) {
	t.Parallel()
	b, _ := primed(t)
	if found, err := ledger.Check(t.Context(), b.db.Pool()); err != nil || len(found) > 0 {
		t.Fatalf("sound books: %v, %v", found, err)
	}
	lost := b.bySource("pay:1").ID
	for _, sql := range []string{
		`ALTER TABLE posting DISABLE TRIGGER USER`,
		`DELETE FROM posting WHERE line = 1 AND journal_id = '` + lost.UUID().String() + `'`,
	} {
		if _, err := b.db.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	found, err := ledger.Check(t.Context(), b.db.Pool())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Journal != lost || found[0].Lines != 1 || found[0].Sum == 0 {
		t.Errorf("found %+v, want journal %s", found, lost)
	}
}
