package rpc

import (
	"context"
	"net/url"

	"connectrpc.com/connect"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/export"
	"lanyard/internal/fault"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// checkInService is the organiser's side of the door.
type checkInService struct {
	door     *checkin.Service
	accounts *account.Service
	exports  *export.Service
	base     *url.URL
}

// eventRef are the organisation and event of a request.
type eventRef struct {
	org   uid.Org
	event uid.Event
}

type ofEvent interface {
	GetOrgId() string
	GetEventId() string
}

func readEventRef(d *reader, req ofEvent) eventRef {
	var w eventRef
	readID(d, "org_id", req.GetOrgId(), &w.org)
	readID(d, "event_id", req.GetEventId(), &w.event)
	return w
}

// ListCheckInLists implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListCheckInLists(ctx context.Context, req *checkinv1.ListCheckInListsRequest) (*checkinv1.ListCheckInListsResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	lists, err := s.door.Lists(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &checkinv1.ListCheckInListsResponse{Lists: listMessages(lists)}, nil
}

// CreateCheckInList implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) CreateCheckInList(ctx context.Context, req *checkinv1.CreateCheckInListRequest) (*checkinv1.CreateCheckInListResponse, error) {
	var d reader
	w, in := readEventRef(&d, req), readListDetails(&d, req.GetDetails())
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.door.CreateList(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.CreateCheckInListResponse{List: listMessage(l)}, nil
}

// UpdateCheckInList implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) UpdateCheckInList(ctx context.Context, req *checkinv1.UpdateCheckInListRequest) (*checkinv1.UpdateCheckInListResponse, error) {
	var d reader
	var id uid.CheckInList
	w, in := readEventRef(&d, req), readListDetails(&d, req.GetDetails())
	readID(&d, "list_id", req.GetListId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.door.UpdateList(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, id, req.GetVersion(), in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.UpdateCheckInListResponse{List: listMessage(l)}, nil
}

// ArchiveCheckInList implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ArchiveCheckInList(ctx context.Context, req *checkinv1.ArchiveCheckInListRequest) (*checkinv1.ArchiveCheckInListResponse, error) {
	var d reader
	var id uid.CheckInList
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	l, err := s.door.ArchiveList(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, id, req.GetVersion())
	if err != nil {
		return nil, err
	}
	return &checkinv1.ArchiveCheckInListResponse{List: listMessage(l)}, nil
}

// CreateDevice implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) CreateDevice(ctx context.Context, req *checkinv1.CreateDeviceRequest) (*checkinv1.CreateDeviceResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	in := account.DeviceDetails{
		Name: req.GetDetails().GetName(), Gate: req.GetDetails().GetGate(), Mode: deviceModes.domain(req.GetDetails().GetMode()),
		RoleWithoutPin: staffRoles.domain(req.GetDetails().GetRoleWithoutPin()),
	}
	readIDs(&d, "details.list_ids", req.GetDetails().GetListIds(), &in.Lists)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.door.CreateDevice(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, in)
	if err != nil {
		return nil, err
	}
	link, svg, err := s.pairing(p)
	if err != nil {
		return nil, err
	}
	return &checkinv1.CreateDeviceResponse{
		Device: s.deviceMessage(p.Device), PairingUrl: link, PairingSvg: svg, PairingExpiresAt: timestamp(p.ExpiresAt),
	}, nil
}

// RenewPairing implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) RenewPairing(ctx context.Context, req *checkinv1.RenewPairingRequest) (*checkinv1.RenewPairingResponse, error) {
	var d reader
	var id uid.Device
	w := readEventRef(&d, req)
	readID(&d, "device_id", req.GetDeviceId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.accounts.RenewPairing(ctx, account.ActorFrom(ctx), w.org, w.event, id)
	if err != nil {
		return nil, err
	}
	link, svg, err := s.pairing(p)
	if err != nil {
		return nil, err
	}
	return &checkinv1.RenewPairingResponse{
		Device: s.deviceMessage(p.Device), PairingUrl: link, PairingSvg: svg, PairingExpiresAt: timestamp(p.ExpiresAt),
	}, nil
}

// pairing is what the QR says, and the QR. The code stands behind "#", so it
// reaches no server by the address.
func (s *checkInService) pairing(p account.Pairing) (link, svg string, err error) {
	u := s.base.JoinPath("door/")
	u.Fragment = p.Code
	m, err := ticketcode.QR(u.String())
	if err != nil {
		return "", "", err
	}
	return u.String(), m.SVG("Pairing code for " + p.Device.Name), nil
}

// ListDevices implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListDevices(ctx context.Context, req *checkinv1.ListDevicesRequest) (*checkinv1.ListDevicesResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	devices, err := s.accounts.Devices(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.ListDevicesResponse{}
	for _, x := range devices {
		resp.Devices = append(resp.Devices, s.deviceMessage(x))
	}
	return resp, nil
}

// RevokeDevice implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) RevokeDevice(ctx context.Context, req *checkinv1.RevokeDeviceRequest) (*checkinv1.RevokeDeviceResponse, error) {
	var d reader
	var id uid.Device
	w := readEventRef(&d, req)
	readID(&d, "device_id", req.GetDeviceId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	x, err := s.accounts.RevokeDevice(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, id)
	if err != nil {
		return nil, err
	}
	return &checkinv1.RevokeDeviceResponse{Device: s.deviceMessage(x)}, nil
}

// GetDoorSettings implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) GetDoorSettings(ctx context.Context, req *checkinv1.GetDoorSettingsRequest) (*checkinv1.GetDoorSettingsResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	set, err := s.door.Settings(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	keys, err := s.door.Keys(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &checkinv1.GetDoorSettingsResponse{
		Pins: pinMessages(set.Pins), Kiosk: kioskMessage(set.Kiosk), Keys: withoutBytes(keyMessages(keys)), BadgePaper: paperMessage(set.Paper),
		Papers: namedPapers(),
	}, nil
}

// SaveDoorSettings implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) SaveDoorSettings(ctx context.Context, req *checkinv1.SaveDoorSettingsRequest) (*checkinv1.SaveDoorSettingsResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	in := checkin.Settings{Kiosk: checkin.Kiosk{
		Welcome: req.GetKiosk().GetWelcome(), AllowLookup: req.GetKiosk().GetAllowLookup(), IdleSeconds: int(req.GetKiosk().GetIdleSeconds()),
	}}
	for _, p := range req.GetPins() {
		in.Pins = append(in.Pins, checkin.Pin{Label: p.GetLabel(), Role: staffRoles.domain(p.GetRole()), Digits: p.GetPin()})
	}
	set, err := s.door.SaveSettings(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.SaveDoorSettingsResponse{Pins: pinMessages(set.Pins), Kiosk: kioskMessage(set.Kiosk)}, nil
}

// RotateTicketKey implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) RotateTicketKey(ctx context.Context, req *checkinv1.RotateTicketKeyRequest) (*checkinv1.RotateTicketKeyResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	keys, err := s.door.RotateKey(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, req.GetRetireOld())
	if err != nil {
		return nil, err
	}
	return &checkinv1.RotateTicketKeyResponse{Keys: keyMessages(keys)}, nil
}

// withoutBytes leaves out what no person reads, so that the settings of an event
// without a row look alike wherever they are asked for.
func withoutBytes(keys []*checkinv1.TicketKey) []*checkinv1.TicketKey {
	for _, k := range keys {
		k.PublicKey = nil
	}
	return keys
}

// GetLiveCounts implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) GetLiveCounts(ctx context.Context, req *checkinv1.GetLiveCountsRequest) (*checkinv1.GetLiveCountsResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	counts, err := s.door.Counts(ctx, w.org, w.event)
	if err != nil {
		return nil, err
	}
	return &checkinv1.GetLiveCountsResponse{Counts: countMessages(counts)}, nil
}

// WatchCounts implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) WatchCounts(ctx context.Context, req *checkinv1.WatchCountsRequest, out *connect.ServerStream[checkinv1.WatchCountsResponse]) error {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return err
	}
	return s.door.Watch(ctx, w.org, w.event, func(counts []checkin.ListCounts) error {
		return out.Send(&checkinv1.WatchCountsResponse{Counts: countMessages(counts)})
	})
}

// ListConflicts implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListConflicts(ctx context.Context, req *checkinv1.ListConflictsRequest) (*checkinv1.ListConflictsResponse, error) {
	var d reader
	var list uid.CheckInList
	w := readEventRef(&d, req)
	readOptionalID(&d, "list_id", req.GetListId(), &list)
	if err := d.err(); err != nil {
		return nil, err
	}
	conflicts, err := s.door.Conflicts(ctx, w.org, w.event, list)
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.ListConflictsResponse{}
	for _, c := range conflicts {
		resp.Conflicts = append(resp.Conflicts, &checkinv1.Conflict{
			Kind: conflictKinds.message(c.Kind), ListId: c.List.String(), TicketId: optionalText(c.Ticket), Name: c.Name, Scans: scanMessages(c.Scans),
		})
	}
	return resp, nil
}

// ListScans implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListScans(ctx context.Context, req *checkinv1.ListScansRequest) (*checkinv1.ListScansResponse, error) {
	var d reader
	var after *checkin.ScanCursor
	w := readEventRef(&d, req)
	f := checkin.ScanFilter{Org: w.org, Event: w.event, Refused: req.GetRefusedOnly()}
	readOptionalID(&d, "list_id", req.GetListId(), &f.List)
	readOptionalID(&d, "device_id", req.GetDeviceId(), &f.Device)
	readOptionalID(&d, "ticket_id", req.GetTicketId(), &f.Ticket)
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	log, next, err := s.door.Scans(ctx, f, after, pageSize(req.GetPageSize(), 50))
	if err != nil {
		return nil, err
	}
	token, err := pageToken(next)
	if err != nil {
		return nil, err
	}
	return &checkinv1.ListScansResponse{Scans: scanMessages(log), NextPageToken: token}, nil
}

// ListMuster implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListMuster(ctx context.Context, req *checkinv1.ListMusterRequest) (*checkinv1.ListMusterResponse, error) {
	var d reader
	var list uid.CheckInList
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &list)
	if err := d.err(); err != nil {
		return nil, err
	}
	entries, err := s.door.Muster(ctx, w.org, w.event, list)
	if err != nil {
		return nil, err
	}
	return &checkinv1.ListMusterResponse{Entries: musterMessages(entries)}, nil
}

// ListNoShows implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ListNoShows(ctx context.Context, req *checkinv1.ListNoShowsRequest) (*checkinv1.ListNoShowsResponse, error) {
	var d reader
	var list uid.CheckInList
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &list)
	if err := d.err(); err != nil {
		return nil, err
	}
	lines, err := s.door.NoShows(ctx, w.org, w.event, list)
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.ListNoShowsResponse{}
	for _, l := range lines {
		resp.NoShows = append(resp.NoShows, &checkinv1.NoShow{
			TicketId: l.Ticket.String(), Name: l.Name, Organisation: l.Organisation, Product: l.Product, OrderCode: l.OrderCode,
		})
	}
	return resp, nil
}

// ExportAttendance implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) ExportAttendance(ctx context.Context, req *checkinv1.ExportAttendanceRequest) (*checkinv1.ExportAttendanceResponse, error) {
	var d reader
	var list uid.CheckInList
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &list)
	if err := d.err(); err != nil {
		return nil, err
	}
	if s.exports == nil {
		return nil, fault.Down(fault.Unavailable, "Lists cannot be made here.")
	}
	f, err := s.exports.Attendance(ctx, account.ActorFrom(ctx), s.door, w.org, w.event, list)
	if err != nil {
		return nil, err
	}
	return &checkinv1.ExportAttendanceResponse{FileName: f.Name, Content: f.Bytes}, nil
}
