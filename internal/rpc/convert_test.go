package rpc

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

func TestReader_CollectsEveryProblem(t *testing.T) {
	t.Parallel()
	good := uid.New[uid.Event]()
	var d reader
	var org uid.Org
	var person uid.Person
	var events []uid.Event
	readID(&d, "org_id", "evt_"+good.String()[4:], &org)
	readOptionalID(&d, "person_id", "", &person)
	// The contract's pattern lets letters through that the alphabet does not have.
	readIDs(&d, "event_ids", []string{good.String(), "evt_iiiiiiiiiiiiiiiiiiiiiiiiii"}, &events)
	f, ok := fault.As(d.err())
	if !ok {
		t.Fatalf("error is %v, want a fault", d.err())
	}
	want := []fault.Field{
		{Path: "org_id", Rule: "id", Message: "is not an identifier of the form org_…"},
		{Path: "event_ids[1]", Rule: "id", Message: "is not an identifier of the form evt_…"},
	}
	if diff := cmp.Diff(want, f.Fields); diff != "" {
		t.Errorf("fields (-want +got)\n%s", diff)
	}
	if events[0] != good || !person.IsZero() {
		t.Errorf("read %v and %v", events, person)
	}
}

func TestReader_NothingWrongIsNoError(t *testing.T) {
	t.Parallel()
	var d reader
	if err := d.err(); err != nil {
		t.Errorf("error is %v", err)
	}
}

type testCursor struct {
	At time.Time
	ID uid.Event
}

func TestPageToken_RoundTrip(t *testing.T) {
	t.Parallel()
	in := &testCursor{At: time.Date(2026, 11, 26, 18, 30, 0, 123000, time.UTC), ID: uid.New[uid.Event]()}
	token, err := pageToken(in)
	if err != nil || len(token) > 200 {
		t.Fatalf("token is %q (%d), %v", token, len(token), err)
	}
	var d reader
	var out *testCursor
	readPageToken(&d, token, &out)
	if diff := cmp.Diff(in, out); diff != "" || d.err() != nil {
		t.Errorf("%v (-want +got)\n%s", d.err(), diff)
	}
	if token, err := pageToken[testCursor](nil); token != "" || err != nil {
		t.Errorf("no next page: %q, %v", token, err)
	}
}

func FuzzReadPageToken(f *testing.F) {
	token, err := pageToken(&testCursor{ID: uid.New[uid.Event]()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("e30")
	f.Add("bm90IGpzb24")
	f.Fuzz(func(t *testing.T, token string) {
		var d reader
		var c *testCursor
		readPageToken(&d, token, &c)
		if (c == nil) != (token == "" || d.err() != nil) {
			t.Fatalf("%q: cursor %v, error %v", token, c, d.err())
		}
	})
}

// A6: a mask cannot reach beyond what the method lets people change.
func TestReadMask_A6_UnknownPathsAreRefused(t *testing.T) {
	t.Parallel()
	var d reader
	mask := &fieldmaskpb.FieldMask{Paths: []string{"name", "price_minor", "org_id", "role", "name.x", "", "slug"}}
	got := readMask(&d, "update_mask", mask, &accountv1.OrganisationDetails{})
	if diff := cmp.Diff([]string{"name", "slug"}, got); diff != "" {
		t.Errorf("fields (-want +got)\n%s", diff)
	}
	f, ok := fault.As(d.err())
	if !ok || len(f.Fields) != 5 || f.Fields[0].Path != "update_mask.paths[1]" {
		t.Errorf("fault is %v", d.err())
	}
	if got := readMask(&d, "update_mask", nil, &accountv1.OrganisationDetails{}); got != nil {
		t.Errorf("no mask names %v", got)
	}
}

func FuzzReadMask(f *testing.F) {
	f.Add("name,slug")
	f.Fuzz(func(t *testing.T, paths string) {
		var d reader
		mask := &fieldmaskpb.FieldMask{Paths: strings.Split(paths, ",")}
		got := readMask(&d, "m", mask, &accountv1.OrganisationDetails{})
		if len(got)+len(d.fields) != len(mask.Paths) {
			t.Fatalf("%q: %d taken, %d refused", paths, len(got), len(d.fields))
		}
	})
}

func TestTimestamp_ZeroIsAbsent(t *testing.T) {
	t.Parallel()
	if timestamp(time.Time{}) != nil || optionalTimestamp(nil) != nil {
		t.Error("a missing time became a timestamp")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := optionalTimestamp(&at).AsTime(); !got.Equal(at) {
		t.Errorf("got %s", got)
	}
}
