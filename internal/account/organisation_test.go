package account_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestCreateOrganisation_MakesTheCallerItsOwner(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ada := w.person("ada@example.org")
	d := details("medilink")
	d.About, d.Website, d.Name = " Medical technology. ", "https://medilink.example", "  MediLink "
	o := must[account.Organisation](t)(w.accounts.CreateOrganisation(t.Context(), ada, replay.Key{}, d))

	d.About, d.Name = "Medical technology.", "MediLink"
	want := account.Organisation{ID: o.ID, OrganisationDetails: d, Version: 1}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("answer (-want +got)\n%s", diff)
	}
	for name, find := range map[string]func() (account.Organisation, error){
		"id":   func() (account.Organisation, error) { return w.accounts.Organisation(t.Context(), o.ID) },
		"slug": func() (account.Organisation, error) { return w.accounts.OrganisationBySlug(t.Context(), "medilink") },
	} {
		if diff := cmp.Diff(want, must[account.Organisation](t)(find())); diff != "" {
			t.Errorf("by %s (-want +got)\n%s", name, diff)
		}
	}
	if m, ok := w.actor(ada.Person).Member(o.ID); !ok || m.Role != account.RoleOwner {
		t.Errorf("membership is %v, %v", m, ok)
	}
	if diff := cmp.Diff([]string{"member.add", "organisation.create"}, w.actions(o.ID)); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
}

func TestCreateOrganisation_NamesEveryBadField(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ada := w.person("ada@example.org")
	tests := []struct {
		name   string
		change func(*account.OrganisationDetails)
		want   string
	}{
		{"line break in the name", func(d *account.OrganisationDetails) { d.Name = "A\r\nBcc: x@example.org" }, "details.name"},
		{"no name", func(d *account.OrganisationDetails) { d.Name = " " }, "details.name"},
		{"long name", func(d *account.OrganisationDetails) { d.Name = strings.Repeat("ä", 121) }, "details.name"},
		{"broken text", func(d *account.OrganisationDetails) { d.Name = "a\xff" }, "details.name"},
		{"abbreviated zone", func(d *account.OrganisationDetails) { d.Timezone = "EST" }, "details.timezone"},
		{"zone as a path", func(d *account.OrganisationDetails) { d.Timezone = "../../etc/passwd" }, "details.timezone"},
		{"two addresses", func(d *account.OrganisationDetails) { d.ContactEmail = "a@example.org,b@example.org" }, "details.contact_email"},
		{"header in the address", func(d *account.OrganisationDetails) { d.ContactEmail = "a@example.org\r\nBcc: b@example.org" }, "details.contact_email"},
		{"upper-case slug", func(d *account.OrganisationDetails) { d.Slug = "MediLink" }, "details.slug"},
		{"slug with a slash", func(d *account.OrganisationDetails) { d.Slug = "a/b" }, "details.slug"},
		{"script as a website", func(d *account.OrganisationDetails) { d.Website = "javascript:alert(1)" }, "details.website"},
		{"website with a password", func(d *account.OrganisationDetails) { d.Website = "https://u:p@example.org" }, "details.website"},
		{"long text", func(d *account.OrganisationDetails) { d.About = strings.Repeat("x", 2001) }, "details.about"},
		{"all at once", func(d *account.OrganisationDetails) { *d = account.OrganisationDetails{} }, "details.name details.contact_email details.slug details.timezone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := details("medilink")
			tt.change(&d)
			_, err := w.accounts.CreateOrganisation(t.Context(), ada, replay.Key{}, d)
			f, ok := fault.As(err)
			if !ok || f.Kind != fault.KindInvalid {
				t.Fatalf("error is %v, want an invalid field", err)
			}
			var paths []string
			for _, v := range f.Fields {
				paths = append(paths, v.Path)
			}
			if got := strings.Join(paths, " "); got != tt.want {
				t.Errorf("fields are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCreateOrganisation_ARepeatGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ada := w.person("ada@example.org")
	k := key(ada, 1)
	first := must[account.Organisation](t)(w.accounts.CreateOrganisation(t.Context(), ada, k, details("medilink")))
	again := must[account.Organisation](t)(w.accounts.CreateOrganisation(t.Context(), ada, k, details("medilink")))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("answers differ (-first +again)\n%s", diff)
	}
	k.Hash[0] = 2
	_, err := w.accounts.CreateOrganisation(t.Context(), ada, k, details("other"))
	wantReason(t, err, fault.IdempotencyMismatch)
}

func TestCreateOrganisation_AnAddressIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.organisation("medilink")
	_, err := w.accounts.CreateOrganisation(t.Context(), w.person("bob@example.org"), replay.Key{}, details("medilink"))
	wantReason(t, err, fault.AlreadyExists)
	if f, _ := fault.As(err); len(f.Fields) != 1 || f.Fields[0].Path != "details.slug" {
		t.Errorf("fields are %v, want details.slug", f.Fields)
	}
}

func TestCreateOrganisation_OnlyPeopleOwn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, a := range []account.Actor{{}, account.System, account.AttendeeActor(uid.New[uid.Registration]())} {
		_, err := w.accounts.CreateOrganisation(t.Context(), a, replay.Key{}, details("medilink"))
		wantReason(t, err, fault.SignInRequired)
	}
}

func TestUpdateOrganisation_AStaleEditChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	d := o.OrganisationDetails
	d.Timezone = "Europe/Berlin"
	updated := must[account.Organisation](t)(w.accounts.UpdateOrganisation(t.Context(), owner, replay.Key{}, o.ID, 1, d))
	if updated.Version != 2 || updated.Timezone != "Europe/Berlin" {
		t.Errorf("answer is %+v", updated)
	}
	d.Name = "Overwritten"
	_, err := w.accounts.UpdateOrganisation(t.Context(), owner, replay.Key{}, o.ID, 1, d)
	wantReason(t, err, fault.StaleVersion)
	if diff := cmp.Diff(updated, must[account.Organisation](t)(w.accounts.Organisation(t.Context(), o.ID))); diff != "" {
		t.Errorf("stored (-want +got)\n%s", diff)
	}
	_, err = w.accounts.UpdateOrganisation(t.Context(), owner, replay.Key{}, uid.New[uid.Org](), 1, d)
	wantReason(t, err, fault.NoSuchThing)
}

func TestUpdateOrganisation_TheLogHoldsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	d := o.OrganisationDetails
	d.Timezone = "Europe/Berlin"
	must[account.Organisation](t)(w.accounts.UpdateOrganisation(t.Context(), owner, replay.Key{}, o.ID, 1, d))
	entries, _, err := w.accounts.Audit(t.Context(), account.AuditQuery{Org: o.ID, Subject: o.ID.String(), Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []account.AuditEntry{{
		ID: entries[0].ID, At: w.clk.Now(), Actor: owner.ID(), ActorName: owner.Name,
		Action: "organisation.update", Subject: o.ID.String(),
		Before: json.RawMessage(`{"Timezone": "Europe/London"}`), After: json.RawMessage(`{"Timezone": "Europe/Berlin"}`),
	}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("entries (-want +got)\n%s", diff)
	}
}

func TestUpdateOrganisation_OfParallelEditsOneWins(t *testing.T) {
	t.Parallel()
	w := setup(t)
	o, owner := w.organisation("medilink")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			d := o.OrganisationDetails
			d.Name = strings.Repeat("x", i+1)
			_, errs[i] = w.accounts.UpdateOrganisation(t.Context(), owner, replay.Key{}, o.ID, 1, d)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantReason(t, err, fault.StaleVersion)
		}
	}
	if won != 1 {
		t.Errorf("%d edits won, want 1", won)
	}
}
