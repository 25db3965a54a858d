package account_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestMembers_AreListedByName(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	event := uid.New[uid.Event]()
	bea := w.member(o.ID, "bea@example.org", account.RoleReviewer, event)
	got := must[[]account.Member](t)(w.accounts.Members(t.Context(), o.ID))
	now := w.clk.Now()
	want := []account.Member{
		{Person: bea.Person, Name: bea.Name, Email: bea.Email, Role: account.RoleReviewer, Events: []uid.Event{event}, JoinedAt: now, Version: 1},
		{Person: owner.Person, Name: owner.Name, Email: owner.Email, Role: account.RoleOwner, Events: []uid.Event{}, JoinedAt: now, Version: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got)\n%s", diff)
	}
	if only, limited := bea.LimitedTo(o.ID); !limited || !slices.Equal(only, []uid.Event{event}) {
		t.Errorf("limits are %v, %v", only, limited)
	}
}

func TestUpdateMember_ChangesRoleAndLimits(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bea := w.member(o.ID, "bea@example.org", account.RoleReviewer)
	a, b := uid.New[uid.Event](), uid.New[uid.Event]()
	m := must[account.Member](t)(w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, bea.Person, 1,
		account.Place{Role: account.RoleCheckIn, Events: []uid.Event{b, a, b}}))
	if m.Role != account.RoleCheckIn || !slices.Equal(m.Events, []uid.Event{a, b}) {
		t.Errorf("member is %+v", m)
	}
	bea = w.actor(bea.Person)
	if !bea.Reaches(o.ID, a) || bea.Reaches(o.ID, uid.New[uid.Event]()) {
		t.Errorf("reach is wrong: %+v", bea.Memberships)
	}
	if got := w.actions(o.ID)[0]; got != "member.update" {
		t.Errorf("last entry is %s", got)
	}
}

func TestUpdateMember_RefusesAStaleVersion(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bea := w.member(o.ID, "bea@example.org", account.RoleReviewer)
	change := func(version int64, role account.Role) (account.Member, error) {
		return w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, bea.Person, version, account.Place{Role: role})
	}
	m := must[account.Member](t)(change(1, account.RoleOrganiser))
	if m.Version != 2 {
		t.Fatalf("the version is %d after a change, want 2", m.Version)
	}
	_, err := change(1, account.RoleFinance)
	wantReason(t, err, fault.StaleVersion)
	if m = must[account.Member](t)(change(2, account.RoleOrganiser)); m.Version != 2 {
		t.Errorf("the version is %d though nothing changed", m.Version)
	}
	if err := w.actor(bea.Person).Require(o.ID, account.RoleOrganiser); err != nil {
		t.Errorf("the stale change was made: %v", err)
	}
}

func TestUpdateMember_RefusesAPlaceThatMakesNoSense(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bea := w.member(o.ID, "bea@example.org", account.RoleReviewer)
	for _, p := range []account.Place{{}, {Role: "admin"}, {Role: account.RoleOwner, Events: []uid.Event{uid.New[uid.Event]()}}} {
		_, err := w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, bea.Person, 1, p)
		wantReason(t, err, fault.InvalidInput)
	}
	_, err := w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, uid.New[uid.Person](), 1, account.Place{Role: account.RoleOrganiser})
	wantReason(t, err, fault.NoSuchThing)
	other, _ := w.organisation("other")
	_, err = w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, other.ID, bea.Person, 1, account.Place{Role: account.RoleOwner})
	wantReason(t, err, fault.NoSuchThing)
}

// A49, first half: whatever way the last owner would go, it is refused.
func TestLastOwner_A49_Stays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	w.member(o.ID, "bea@example.org", account.RoleOrganiser)
	wantReason(t, w.accounts.RemoveMember(t.Context(), owner, replay.Key{}, o.ID, owner.Person), fault.LastOwner)
	_, err := w.accounts.UpdateMember(t.Context(), owner, replay.Key{}, o.ID, owner.Person, 1, account.Place{Role: account.RoleOrganiser})
	wantReason(t, err, fault.LastOwner)

	second := w.member(o.ID, "second@example.org", account.RoleOwner)
	if err := w.accounts.RemoveMember(t.Context(), owner, replay.Key{}, o.ID, owner.Person); err != nil {
		t.Errorf("one of two owners could not go: %v", err)
	}
	wantReason(t, w.accounts.RemoveMember(t.Context(), second, replay.Key{}, o.ID, second.Person), fault.LastOwner)
}

// A49 under contention: owners who throw each other out at the same moment.
func TestLastOwner_A49_StaysWhenOwnersRemoveEachOther(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	owners := []account.Actor{owner}
	for _, name := range []string{"b", "c", "d", "e"} {
		owners = append(owners, w.member(o.ID, name+"@example.org", account.RoleOwner))
	}
	var wg sync.WaitGroup
	for i := range owners {
		wg.Go(func() {
			target := owners[(i+1)%len(owners)].Person
			var err error
			if i%2 == 0 {
				err = w.accounts.RemoveMember(t.Context(), owners[i], replay.Key{}, o.ID, target)
			} else {
				_, err = w.accounts.UpdateMember(t.Context(), owners[i], replay.Key{}, o.ID, target, 1, account.Place{Role: account.RoleFinance})
			}
			if err != nil {
				wantReason(t, err, fault.LastOwner)
			}
		})
	}
	wg.Wait()
	left := 0
	for _, m := range must[[]account.Member](t)(w.accounts.Members(t.Context(), o.ID)) {
		if m.Role == account.RoleOwner {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d owners are left, want 1", left)
	}
}

func TestAddMember_IsForTheCommandLineAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bob := w.person("bob@example.org")
	place := account.Place{Role: account.RoleOrganiser}
	for _, a := range []account.Actor{{}, owner, bob} {
		wantReason(t, w.accounts.AddMember(t.Context(), a, o.ID, bob.Person, place), fault.NotAllowed)
	}
	if err := w.accounts.AddMember(t.Context(), account.CommandLine, o.ID, bob.Person, place); err != nil {
		t.Fatal(err)
	}
	wantReason(t, w.accounts.AddMember(t.Context(), account.CommandLine, o.ID, bob.Person, place), fault.AlreadyExists)
	wantReason(t, w.accounts.AddMember(t.Context(), account.CommandLine, uid.New[uid.Org](), bob.Person, place), fault.NoSuchThing)
	wantReason(t, w.accounts.AddMember(t.Context(), account.CommandLine, o.ID, uid.New[uid.Person](), place), fault.NoSuchThing)
}

func TestTeams_AreListedByTheNameOfTheOrganisation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	b, _ := w.organisation("b")
	a, _ := w.organisation("a")
	event := uid.New[uid.Event]()
	ada := w.member(b.ID, "ada@example.org", account.RoleFinance)
	w.member(a.ID, "ada@example.org", account.RoleReviewer, event)
	got := must[[]account.Team](t)(w.accounts.Teams(t.Context(), ada))
	want := []account.Team{
		{Organisation: a, Role: account.RoleReviewer, Events: []uid.Event{event}},
		{Organisation: b, Role: account.RoleFinance, Events: []uid.Event{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("teams (-want +got)\n%s", diff)
	}
}

func TestRename_ReachesTheTeamsLogs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	if err := w.accounts.Rename(t.Context(), owner, replay.Key{}, " Dr Łukasz O'Brien 🩺 "); err != nil {
		t.Fatal(err)
	}
	if got := w.actor(owner.Person).Name; got != "Dr Łukasz O'Brien 🩺" {
		t.Errorf("name is %q", got)
	}
	if got := w.actions(o.ID)[0]; got != "person.rename" {
		t.Errorf("last entry is %s", got)
	}
	for _, bad := range []string{"", "  ", "a\nb", string(make([]rune, 121)), "a\x7fb"} {
		wantReason(t, w.accounts.Rename(t.Context(), owner, replay.Key{}, bad), fault.InvalidInput)
	}
	wantReason(t, w.accounts.Rename(t.Context(), account.Actor{}, replay.Key{}, "x"), fault.SignInRequired)
}

func TestRequire_TellsStrangersNothing(t *testing.T) {
	t.Parallel()
	org := uid.New[uid.Org]()
	member := account.PersonActor(uid.New[uid.Person](), account.Membership{Org: org, Role: account.RoleFinance})
	if err := member.Require(org, account.RoleOwner, account.RoleFinance); err != nil {
		t.Errorf("a member with the role: %v", err)
	}
	wantReason(t, member.Require(org, account.RoleOwner), fault.NotAllowed)
	wantReason(t, member.Require(uid.New[uid.Org](), account.RoleFinance), fault.NoSuchThing)
	wantReason(t, account.Actor{}.Require(org, account.RoleFinance), fault.SignInRequired)
	wantReason(t, account.System.Require(org, account.RoleFinance), fault.SignInRequired)
}
