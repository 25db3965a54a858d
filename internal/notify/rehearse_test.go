package notify_test

import (
	"strings"
	"testing"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestRehearse_SendsTheInvitationToWhoAsksAndNobodyElse(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Draft(testworld.Online("https://meet.example.org/secret-room"))
	key := replay.Key{Scope: "test", RequestID: "request-id-000001", Hash: [32]byte{1}}

	for range 2 { // pressed twice
		if err := w.Events.Rehearse(t.Context(), w.Owner, key, e.Org, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.Work()

	mails := w.Mails()
	if len(mails) != 1 || mails[0].Kind != "test" || mails[0].To != w.Owner.Email {
		t.Fatalf("sent %+v, want one test to the owner", mails)
	}
	ics := mails[0].Calendar
	if got := testworld.Property(ics, "SUMMARY"); got != "Test: Launch webinar" {
		t.Errorf("the entry is called %q", got)
	}
	if mails[0].Method != "REQUEST" {
		t.Errorf("its method is %q", mails[0].Method)
	}
	if strings.Contains(ics, "secret-room") || strings.Contains(ics, "/j/") {
		t.Error("it leads to the meeting")
	}
}

func TestRehearse_NeedsAnEventAndAPerson(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	if err := w.Events.Rehearse(t.Context(), w.Owner, replay.Key{}, e.Org, uid.New[uid.Event]()); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("without an event: %v", err)
	}
	if err := w.Events.Rehearse(t.Context(), account.Actor{}, replay.Key{}, e.Org, e.ID); !fault.Is(err, fault.SignInRequired) {
		t.Errorf("without a person: %v", err)
	}
}
