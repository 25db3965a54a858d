package account_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

func (w *world) record(a account.Audit) {
	w.t.Helper()
	err := w.db.InTx(w.t.Context(), func(tx *pg.Tx) error { return account.AuditTx(w.t.Context(), tx, a) })
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestAudit_PagesThroughTheWholeLogOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	org, other := uid.New[uid.Org](), uid.New[uid.Org]()
	for n := range 23 {
		w.record(account.Audit{Org: org, Actor: "system", Action: fmt.Sprintf("test.%02d", n), Subject: fmt.Sprintf("s%d", n%2)})
		w.record(account.Audit{Org: other, Actor: "system", Action: "elsewhere", Subject: "s0"})
	}
	read := func(subject string) (actions []string, pages int) {
		q := account.AuditQuery{Org: org, Subject: subject, Limit: 5}
		for {
			entries, next, err := w.accounts.Audit(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			pages++
			for _, e := range entries {
				actions = append(actions, e.Action)
			}
			if q.After = next; next == nil {
				return actions, pages
			}
		}
	}
	var all, odd []string
	for n := 22; n >= 0; n-- {
		all = append(all, fmt.Sprintf("test.%02d", n))
		if n%2 == 1 {
			odd = append(odd, fmt.Sprintf("test.%02d", n))
		}
	}
	got, pages := read("")
	if diff := cmp.Diff(all, got); diff != "" || pages != 5 {
		t.Errorf("%d pages (-want +got)\n%s", pages, diff)
	}
	if got, _ := read("s1"); !cmp.Equal(odd, got) {
		t.Errorf("on one subject:\n%s", cmp.Diff(odd, got))
	}
	if got, pages := read("nothing"); len(got) != 0 || pages != 1 {
		t.Errorf("on no subject: %v", got)
	}
}

func TestAudit_NamesWhoActed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	org := uid.New[uid.Org]()
	named, nameless := w.person("ada@example.org"), w.whoIs(w.signIn("bob@example.org"))
	gone := account.PersonActor(uid.New[uid.Person]())
	actors := []account.Actor{named, nameless, account.AttendeeActor(uid.New[uid.Registration]()), account.System, account.CommandLine, gone}
	for _, a := range actors {
		w.record(account.Audit{Org: org, Actor: a.ID(), Action: "test", Subject: "s"})
	}
	entries, _, err := w.accounts.Audit(t.Context(), account.AuditQuery{Org: org, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := len(entries) - 1; i >= 0; i-- {
		got = append(got, entries[i].ActorName)
	}
	want := []string{named.Name, "bob@example.org", "attendee link", "system", "command line", gone.ID()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actors (-want +got)\n%s", diff)
	}
}

func TestAuditTx_KeepsValuesAndAbsenceApart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	org := uid.New[uid.Org]()
	w.record(account.Audit{Org: org, Actor: "system", Action: "a", Subject: "s"})
	w.record(account.Audit{Org: org, Actor: "system", Action: "b", Subject: "s", Before: map[string]int{"n": 1}, After: []string{"x"}})
	entries, _, err := w.accounts.Audit(t.Context(), account.AuditQuery{Org: org, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if entries[1].Before != nil || entries[1].After != nil {
		t.Errorf("nothing became %s, %s", entries[1].Before, entries[1].After)
	}
	if diff := cmp.Diff([]json.RawMessage{json.RawMessage(`{"n": 1}`), json.RawMessage(`["x"]`)}, []json.RawMessage{entries[0].Before, entries[0].After}); diff != "" {
		t.Errorf("values (-want +got)\n%s", diff)
	}
}

func TestAudit_EntriesCannotBeChangedOrRemoved(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.record(account.Audit{Org: uid.New[uid.Org](), Actor: "system", Action: "a", Subject: "s"})
	for _, sql := range []string{"UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"} {
		_, err := w.db.Pool().Exec(t.Context(), sql)
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: error is %v", sql, err)
		}
	}
}

func TestAuditTx_IsGoneWithTheTransaction(t *testing.T) {
	t.Parallel()
	w := setup(t)
	org := uid.New[uid.Org]()
	err := w.db.InTx(t.Context(), func(tx *pg.Tx) error {
		if err := account.AuditTx(t.Context(), tx, account.Audit{Org: org, Actor: "system", Action: "a", Subject: "s"}); err != nil {
			return err
		}
		return errOnPurpose
	})
	if err != errOnPurpose { //nolint:errorlint // InTx promises fn's error unchanged
		t.Fatalf("error is %v", err)
	}
	if got := w.actions(org); len(got) != 0 {
		t.Errorf("the log says %v", got)
	}
}
