package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func (w *world) invite(owner account.Actor, org uid.Org, email string, p account.Place) account.Invitation {
	w.t.Helper()
	return must[account.Invitation](w.t)(w.accounts.Invite(w.t.Context(), owner, replay.Key{}, org, email, p))
}

func TestInvite_IsAcceptedByThePersonWithTheAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	event := uid.New[uid.Event]()
	i := w.invite(owner, o.ID, " Bea@Example.ORG", account.Place{Role: account.RoleReviewer, Events: []uid.Event{event}})
	want := account.InvitationMail{
		Invitation: account.Invitation{
			Org: o.ID, ID: i.ID, Email: "bea@example.org", Role: account.RoleReviewer, Events: []uid.Event{event},
			CreatedAt: w.clk.Now(), ExpiresAt: w.clk.Now().Add(account.InvitationLife),
		},
		Organisation: o.Name, InvitedBy: owner.Name,
	}
	if diff := cmp.Diff(want, <-w.invited); diff != "" {
		t.Errorf("mail (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]account.Invitation{i}, must[[]account.Invitation](t)(w.accounts.Invitations(t.Context(), o.ID))); diff != "" {
		t.Errorf("open invitations (-want +got)\n%s", diff)
	}

	bea := w.whoIs(w.signIn("bea@example.org"))
	mine := must[[]account.MyInvitation](t)(w.accounts.MyInvitations(t.Context(), bea))
	if diff := cmp.Diff([]account.MyInvitation{{Invitation: i, Organisation: o.Name}}, mine); diff != "" {
		t.Errorf("own invitations (-want +got)\n%s", diff)
	}
	if err := w.accounts.AcceptInvitation(t.Context(), bea, o.ID, i.ID); err != nil {
		t.Fatal(err)
	}
	wantMember := account.Membership{Org: o.ID, Role: account.RoleReviewer, Events: []uid.Event{event}}
	if m, _ := w.actor(bea.Person).Member(o.ID); !cmp.Equal(wantMember, m) {
		t.Errorf("membership is %+v", m)
	}
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), bea, o.ID, i.ID), fault.NoSuchThing)
	if diff := cmp.Diff([]string{"member.add", "invitation.accept", "invitation.create"}, w.actions(o.ID)[:3]); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
}

// A50: being signed in is not enough, it takes the very address.
func TestAcceptInvitation_A50_AnotherAddressFindsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	i := w.invite(owner, o.ID, "bea@example.org", account.Place{Role: account.RoleOwner})
	mallory := w.whoIs(w.signIn("mallory@example.org"))
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), mallory, o.ID, i.ID), fault.NoSuchThing)
	mallory.Email = "bea@example.org" // what the actor says of itself does not count
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), mallory, o.ID, i.ID), fault.NoSuchThing)
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), account.Actor{}, o.ID, i.ID), fault.SignInRequired)
	if n := len(must[[]account.MyInvitation](t)(w.accounts.MyInvitations(t.Context(), mallory))); n != 0 {
		t.Errorf("a stranger sees %d invitations", n)
	}
	if _, ok := w.actor(mallory.Person).Member(o.ID); ok {
		t.Error("a stranger joined the team")
	}
}

// A49, second half: an invitation to oneself raises nobody.
func TestInvite_A49_AMemberIsNotInvitedAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	bea := w.member(o.ID, "bea@example.org", account.RoleOrganiser)
	_, err := w.accounts.Invite(t.Context(), owner, replay.Key{}, o.ID, bea.Email, account.Place{Role: account.RoleOwner})
	wantReason(t, err, fault.AlreadyExists)

	// Invited first, put on the team by other means after: the invitation changes nothing.
	i := w.invite(owner, o.ID, "carl@example.org", account.Place{Role: account.RoleOwner})
	carl := w.member(o.ID, "carl@example.org", account.RoleCheckIn)
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), carl, o.ID, i.ID), fault.AlreadyExists)
	if m, _ := w.actor(carl.Person).Member(o.ID); m.Role != account.RoleCheckIn {
		t.Errorf("role is %s", m.Role)
	}
}

func TestInvite_OneOpenInvitationForAnAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	place := account.Place{Role: account.RoleOrganiser}
	first := w.invite(owner, o.ID, "bea@example.org", place)
	_, err := w.accounts.Invite(t.Context(), owner, replay.Key{}, o.ID, "bea@example.org", place)
	wantReason(t, err, fault.AlreadyExists)

	if err := w.accounts.RevokeInvitation(t.Context(), owner, replay.Key{}, o.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	wantReason(t, w.accounts.RevokeInvitation(t.Context(), owner, replay.Key{}, o.ID, first.ID), fault.NoSuchThing)
	bea := w.person("bea@example.org")
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), bea, o.ID, first.ID), fault.NoSuchThing)

	second := w.invite(owner, o.ID, "bea@example.org", place)
	w.clk.Advance(account.InvitationLife)
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), bea, o.ID, second.ID), fault.NoSuchThing)
	if n := len(must[[]account.Invitation](t)(w.accounts.Invitations(t.Context(), o.ID))); n != 0 {
		t.Errorf("%d invitations are open after they lapsed", n)
	}
	w.invite(owner, o.ID, "bea@example.org", place) // a lapsed one does not stand in the way
}

func TestInvite_OthersCannotWithdraw(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	other, stranger := w.organisation("other")
	i := w.invite(owner, o.ID, "bea@example.org", account.Place{Role: account.RoleOrganiser})
	wantReason(t, w.accounts.RevokeInvitation(t.Context(), stranger, replay.Key{}, other.ID, i.ID), fault.NoSuchThing)
}

func TestInvite_AFormerOwnersInvitationsEnd(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	second := w.member(o.ID, "second@example.org", account.RoleOwner)
	i := w.invite(second, o.ID, "friend@example.org", account.Place{Role: account.RoleOwner})
	if err := w.accounts.RemoveMember(t.Context(), owner, replay.Key{}, o.ID, second.Person); err != nil {
		t.Fatal(err)
	}
	friend := w.person("friend@example.org")
	wantReason(t, w.accounts.AcceptInvitation(t.Context(), friend, o.ID, i.ID), fault.NoSuchThing)
}

func TestInvite_ADaysMailsAreBounded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	place := account.Place{Role: account.RoleCheckIn}
	for n := range 100 {
		w.invite(owner, o.ID, fmt.Sprintf("p%d@example.org", n), place)
	}
	_, err := w.accounts.Invite(t.Context(), owner, replay.Key{}, o.ID, "late@example.org", place)
	wantReason(t, err, fault.RateLimited)
	w.clk.Advance(25 * time.Hour)
	w.invite(owner, o.ID, "late@example.org", place)
}

func TestInvite_AFailedMailLeavesNoInvitation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	w.accounts.MailInvitation = failInvitation
	_, err := w.accounts.Invite(t.Context(), owner, replay.Key{}, o.ID, "bea@example.org", account.Place{Role: account.RoleOrganiser})
	if err == nil {
		t.Fatal("the failure went unnoticed")
	}
	if n := len(must[[]account.Invitation](t)(w.accounts.Invitations(t.Context(), o.ID))); n != 0 {
		t.Errorf("%d invitations are open", n)
	}
}
