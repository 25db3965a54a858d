package rpc

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/limit"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// tablet pairs a tablet with a list of its own.
func (b *bench) tablet(org uid.Org, event uid.Event) caller {
	b.t.Helper()
	door := b.server.deps.CheckIn
	l, err := door.CreateList(b.t.Context(), account.System, replay.Key{}, org, event, checkin.ListDetails{
		Title: "Door", Mode: checkin.ModeOnce, Offline: checkin.PolicySignedOrListed,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := door.CreateDevice(b.t.Context(), account.System, replay.Key{}, org, event, account.DeviceDetails{
		Name: "Tablet", Lists: []uid.CheckInList{l.ID}, Mode: account.DeviceDoor, RoleWithoutPin: account.Steward,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	token, d, err := b.accounts.Pair(b.t.Context(), p.Code, "1")
	if err != nil {
		b.t.Fatal(err)
	}
	return caller{name: "tablet", token: token, actor: account.Actor{Device: &d}}
}

func TestDoor_AnEndedTabletIsToldToWipe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, _ := b.organisation("a")
	event := b.event(org, "own")
	tablet := b.tablet(org, event)
	sync := checkinv1connect.DoorServiceSyncProcedure
	if a := b.call(tablet, sync, &checkinv1.SyncRequest{}); a.code != "ok" {
		t.Fatalf("a paired tablet gets %s %q", a.code, a.message)
	}
	if _, err := b.accounts.RevokeDevice(t.Context(), account.System, replay.Key{}, org, event, tablet.actor.Device.ID); err != nil {
		t.Fatal(err)
	}
	b.want(b.call(tablet, sync, &checkinv1.SyncRequest{}), "unauthenticated", policyv1.Reason_REASON_DEVICE_ENDED)
	b.want(b.call(caller{token: account.NewSecret()}, sync, &checkinv1.SyncRequest{}), "unauthenticated", policyv1.Reason_REASON_SIGN_IN_REQUIRED)
}

func TestDoor_AStewardMayNeitherRegisterWalkInsNorUndoForOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, _ := b.organisation("a")
	tablet := b.tablet(org, b.event(org, "own"))
	list := tablet.actor.Device.Lists[0].String()
	clock := &checkinv1.ScanClock{WallMs: 1, OffsetKnown: true}
	ticket := uid.New[uid.Registration]().String()
	a := b.call(tablet, checkinv1connect.DoorServiceWalkInProcedure, &checkinv1.WalkInRequest{WalkIn: &checkinv1.WalkInDetails{
		TicketId: ticket, ListId: list, ProductId: uid.New[uid.Product]().String(), Name: "Ada",
		Scan: &checkinv1.Scan{ScanId: "scan-0000000000000001", Kind: checkinv1.ScanKind_SCAN_KIND_ENTRY, ListId: list, Clock: clock},
	}})
	b.want(a, "permission_denied", policyv1.Reason_REASON_LEAD_NEEDED)
}

func TestDoor_ATabletsTokenOpensNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("a")
	event := b.event(org, "own")
	tablet := b.tablet(org, event)
	tablet.cookie = owner.cookie // a token counts, whatever cookies come with it
	for _, r := range b.server.routes {
		if !r.needsSignIn() {
			continue
		}
		req := b.server.generate(t, r.input, values{"org_id": org.String(), "event_id": event.String()})
		if a := b.call(tablet, r.procedure, req); a.code != "unauthenticated" {
			t.Errorf("%s answers a tablet %s", r.procedure, a.code)
		}
	}
}

func TestPair_IsLimitedLikeASignIn(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Limits = limit.New(limit.Options{}) })
	pair := &checkinv1.PairRequest{Code: account.NewSecret()}
	for range 200 {
		a := b.call(caller{}, checkinv1connect.DoorServicePairProcedure, pair)
		if a.code == "resource_exhausted" {
			return
		}
		b.want(a, "failed_precondition", policyv1.Reason_REASON_PAIRING_CODE_INVALID)
	}
	t.Error("two hundred tries are not too many")
}

func TestWatchCounts_SendsTheNumbersAfterEachChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("a")
	event := b.event(org, "own")
	b.tablet(org, event)
	a := b.call(owner, checkinv1connect.CheckInServiceWatchCountsProcedure, &checkinv1.WatchCountsRequest{OrgId: org.String(), EventId: event.String()})
	if a.code != "ok" || len(a.body) < 10 {
		t.Errorf("the stream begins with %s %s", a.code, a.body)
	}
}

func TestPrintBadges_DrawsEverybodyOnTheListAtThePapersSize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("a")
	event := b.event(org, "own")
	list := b.tablet(org, event).actor.Device.Lists[0].String()
	req := &checkinv1.PrintBadgesRequest{OrgId: org.String(), EventId: event.String(), ListId: list, WidthMm: 62, HeightMm: 100}
	b.want(b.call(owner, checkinv1connect.CheckInServicePrintBadgesProcedure, req), "failed_precondition", policyv1.Reason_REASON_WRONG_STATE)
	b.codesOf(org, event, 3)
	a := b.call(owner, checkinv1connect.CheckInServicePrintBadgesProcedure, req)
	var resp checkinv1.PrintBadgesResponse
	if err := protojson.Unmarshal([]byte(a.body), &resp); err != nil {
		t.Fatalf("the badges are answered %s %s: %v", a.code, a.message, err)
	}
	pages := strings.Count(string(resp.GetContent()), "/Type /Page\n")
	if pages != 3 || resp.GetBadges() != 3 || resp.GetNextPageToken() != "" || !strings.Contains(string(resp.GetContent()), "/MediaBox [0 0 175.75 283.46]") {
		t.Errorf("%d pages for %d badges, %q follows", pages, resp.GetBadges(), resp.GetNextPageToken())
	}
	b.want(b.call(owner, checkinv1connect.CheckInServiceMarkBadgesPrintedProcedure, &checkinv1.MarkBadgesPrintedRequest{
		OrgId: org.String(), EventId: event.String(), ListId: list, RequestId: "request-badges-0001", TicketIds: resp.GetTicketIds(),
	}), "ok", 0)
	req.OnlyWithout = true
	b.want(b.call(owner, checkinv1connect.CheckInServicePrintBadgesProcedure, req), "failed_precondition", policyv1.Reason_REASON_WRONG_STATE)
	req.HeightMm = 20
	b.want(b.call(owner, checkinv1connect.CheckInServicePrintBadgesProcedure, req), "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)
}
