package rpc

import (
	"context"

	"connectrpc.com/connect"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/uid"
)

// doorService is the tablet's side. The policy has seen to it that the actor is a
// tablet.
type doorService struct {
	door     *checkin.Service
	accounts *account.Service
}

// Pair implements lanyard.checkin.v1.DoorService.
func (s *doorService) Pair(ctx context.Context, req *checkinv1.PairRequest) (*checkinv1.PairResponse, error) {
	token, d, err := s.accounts.Pair(ctx, req.GetCode(), req.GetAppVersion())
	if err != nil {
		return nil, err
	}
	set, err := s.door.DoorSettings(ctx, &d)
	if err != nil {
		return nil, err
	}
	return &checkinv1.PairResponse{DeviceToken: token, Settings: settingsMessage(set), ServerTimeMs: s.door.Now().UnixMilli()}, nil
}

// RotateToken implements lanyard.checkin.v1.DoorService.
func (s *doorService) RotateToken(ctx context.Context, _ *checkinv1.RotateTokenRequest) (*checkinv1.RotateTokenResponse, error) {
	token, issued, err := s.accounts.RotateToken(ctx, device(ctx))
	if err != nil {
		return nil, err
	}
	return &checkinv1.RotateTokenResponse{DeviceToken: token, RotateAtMs: issued.Add(account.DeviceTokenLife).UnixMilli()}, nil
}

// device is the tablet that calls.
func device(ctx context.Context) *account.Device { return account.ActorFrom(ctx).Device }

// Sync implements lanyard.checkin.v1.DoorService.
func (s *doorService) Sync(ctx context.Context, req *checkinv1.SyncRequest) (*checkinv1.SyncResponse, error) {
	d := device(ctx)
	if err := s.accounts.Report(ctx, d, int(req.GetQueued()), req.GetAppVersion()); err != nil {
		return nil, err
	}
	page, err := s.door.Sync(ctx, d, req.GetCursor(), req.GetSettingsMark())
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.SyncResponse{
		Cursor: page.Cursor, More: page.More, Reset_: page.Reset, SettingsMark: page.Mark, Counts: countMessages(page.Counts),
		ServerTimeMs: page.Now.UnixMilli(), Total: int32(page.Total),
	}
	if page.Settings != nil {
		resp.Settings = settingsMessage(*page.Settings)
	}
	resp.Tickets = make([]*checkinv1.Ticket, len(page.Tickets))
	for i := range page.Tickets {
		m := ticketMessage(&page.Tickets[i])
		if d.Mode == account.DeviceKiosk {
			if err := seal(&page.Tickets[i], m); err != nil {
				return nil, err
			}
		}
		resp.Tickets[i] = m
	}
	return resp, nil
}

// Check implements lanyard.checkin.v1.DoorService.
func (s *doorService) Check(ctx context.Context, req *checkinv1.CheckRequest) (*checkinv1.CheckResponse, error) {
	var d reader
	in := readScan(&d, "scan", req.GetScan())
	if err := d.err(); err != nil {
		return nil, err
	}
	r, err := s.door.Check(ctx, device(ctx), in)
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.CheckResponse{Result: resultMessage(r), ServerTimeMs: s.door.Now().UnixMilli()}
	counts, err := s.door.CountsFor(ctx, device(ctx))
	if err != nil {
		return nil, err
	}
	for _, c := range countMessages(counts) {
		if c.GetListId() == req.GetScan().GetListId() {
			resp.Counts = c
		}
	}
	return resp, nil
}

// Upload implements lanyard.checkin.v1.DoorService.
func (s *doorService) Upload(ctx context.Context, req *checkinv1.UploadRequest) (*checkinv1.UploadResponse, error) {
	var d reader
	var scans []checkin.ScanInput
	var walkIns []checkin.WalkInInput
	for i, m := range req.GetScans() {
		scans = append(scans, readScan(&d, index("scans", i), m))
	}
	for i, m := range req.GetWalkIns() {
		walkIns = append(walkIns, readWalkIn(&d, index("walk_ins", i), m))
	}
	ticks := readTicks(&d, req.GetTicks())
	if err := d.err(); err != nil {
		return nil, err
	}
	tablet := device(ctx)
	if err := s.accounts.Report(ctx, tablet, int(req.GetQueued()), req.GetAppVersion()); err != nil {
		return nil, err
	}
	resp := &checkinv1.UploadResponse{}
	registered, err := s.door.WalkIns(ctx, tablet, walkIns)
	if err != nil {
		return nil, err
	}
	for _, w := range registered {
		resp.WalkIns = append(resp.WalkIns, walkInMessage(w))
	}
	results, err := s.door.Upload(ctx, tablet, scans)
	if err != nil {
		return nil, err
	}
	if err := s.door.RollCall(ctx, tablet, ticks); err != nil {
		return nil, err
	}
	resp.Results, resp.ServerTimeMs = resultMessages(results), s.door.Now().UnixMilli()
	return resp, nil
}

// Undo implements lanyard.checkin.v1.DoorService.
func (s *doorService) Undo(ctx context.Context, req *checkinv1.UndoRequest) (*checkinv1.UndoResponse, error) {
	var d reader
	in := readScan(&d, "scan", req.GetScan())
	if in.Kind != checkin.Void || in.Voids == "" || in.Reason == "" {
		d.refuse("scan.reason", "scan.void", "must be an undo that names a scan and says why")
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	r, err := s.door.Undo(ctx, device(ctx), in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.UndoResponse{Result: resultMessage(r)}, nil
}

// CheckInOrder implements lanyard.checkin.v1.DoorService.
func (s *doorService) CheckInOrder(ctx context.Context, req *checkinv1.CheckInOrderRequest) (*checkinv1.CheckInOrderResponse, error) {
	var d reader
	var scans []checkin.ScanInput
	for i, m := range req.GetScans() {
		scans = append(scans, readScan(&d, index("scans", i), m))
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	results, err := s.door.CheckInOrder(ctx, device(ctx), req.GetOrderCode(), scans)
	if err != nil {
		return nil, err
	}
	return &checkinv1.CheckInOrderResponse{Results: resultMessages(results)}, nil
}

// WalkIn implements lanyard.checkin.v1.DoorService.
func (s *doorService) WalkIn(ctx context.Context, req *checkinv1.WalkInRequest) (*checkinv1.WalkInResponse, error) {
	var d reader
	in := readWalkIn(&d, "walk_in", req.GetWalkIn())
	if err := d.err(); err != nil {
		return nil, err
	}
	in.Scan.Told = ""
	r, err := s.door.WalkIn(ctx, device(ctx), in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.WalkInResponse{Result: walkInMessage(r)}, nil
}

// ReportRollCall implements lanyard.checkin.v1.DoorService.
func (s *doorService) ReportRollCall(ctx context.Context, req *checkinv1.ReportRollCallRequest) (*checkinv1.ReportRollCallResponse, error) {
	var d reader
	ticks := readTicks(&d, req.GetTicks())
	if err := d.err(); err != nil {
		return nil, err
	}
	return &checkinv1.ReportRollCallResponse{}, s.door.RollCall(ctx, device(ctx), ticks)
}

// GetMuster implements lanyard.checkin.v1.DoorService.
func (s *doorService) GetMuster(ctx context.Context, req *checkinv1.GetMusterRequest) (*checkinv1.GetMusterResponse, error) {
	var d reader
	var list uid.CheckInList
	readID(&d, "list_id", req.GetListId(), &list)
	if err := d.err(); err != nil {
		return nil, err
	}
	entries, err := s.door.DoorMuster(ctx, device(ctx), list)
	if err != nil {
		return nil, err
	}
	return &checkinv1.GetMusterResponse{Entries: musterMessages(entries)}, nil
}

// FindTicket implements lanyard.checkin.v1.DoorService.
func (s *doorService) FindTicket(ctx context.Context, req *checkinv1.FindTicketRequest) (*checkinv1.FindTicketResponse, error) {
	number, t, err := s.door.Find(ctx, device(ctx), req.GetOrderCode(), req.GetSurname())
	if err != nil {
		return nil, err
	}
	return &checkinv1.FindTicketResponse{Code: number.Short(), Ticket: ticketMessage(t)}, nil
}

// ClaimPrintJobs implements lanyard.checkin.v1.DoorService.
func (s *doorService) ClaimPrintJobs(ctx context.Context, req *checkinv1.ClaimPrintJobsRequest) (*checkinv1.ClaimPrintJobsResponse, error) {
	jobs, err := s.door.ClaimJobs(ctx, device(ctx), int(req.GetMax()), req.GetAllGates())
	if err != nil {
		return nil, err
	}
	resp := &checkinv1.ClaimPrintJobsResponse{}
	for _, j := range jobs {
		resp.Jobs = append(resp.Jobs, &checkinv1.PrintJob{
			Id: j.ID.String(), TicketId: j.Ticket.String(), Name: j.Name, Organisation: j.Organisation, Product: j.Product,
			Badges: j.Badges, Code: j.Code, Reprint: j.Reprint, Gate: j.Gate, Pdf: j.PDF,
		})
	}
	return resp, nil
}

// FinishPrintJob implements lanyard.checkin.v1.DoorService.
func (s *doorService) FinishPrintJob(ctx context.Context, req *checkinv1.FinishPrintJobRequest) (*checkinv1.FinishPrintJobResponse, error) {
	var d reader
	var id uid.PrintJob
	readID(&d, "job_id", req.GetJobId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	return &checkinv1.FinishPrintJobResponse{}, s.door.FinishJob(ctx, device(ctx), id, req.GetFailed())
}

// ReprintBadge implements lanyard.checkin.v1.DoorService.
func (s *doorService) ReprintBadge(ctx context.Context, req *checkinv1.ReprintBadgeRequest) (*checkinv1.ReprintBadgeResponse, error) {
	var d reader
	var list uid.CheckInList
	var ticket uid.Registration
	readID(&d, "list_id", req.GetListId(), &list)
	readID(&d, "ticket_id", req.GetTicketId(), &ticket)
	if err := d.err(); err != nil {
		return nil, err
	}
	id, err := s.door.Reprint(ctx, device(ctx), req.GetJobKey(), list, ticket, req.GetReason())
	if err != nil {
		return nil, err
	}
	return &checkinv1.ReprintBadgeResponse{JobId: id.String()}, nil
}

// WatchDoor implements lanyard.checkin.v1.DoorService.
func (s *doorService) WatchDoor(ctx context.Context, _ *checkinv1.WatchDoorRequest, out *connect.ServerStream[checkinv1.WatchDoorResponse]) error {
	d := device(ctx)
	return s.door.Watch(ctx, d.Org, d.Event, func([]checkin.ListCounts) error {
		counts, err := s.door.CountsFor(ctx, d)
		if err != nil {
			return err
		}
		return out.Send(&checkinv1.WatchDoorResponse{Counts: countMessages(counts), ServerTimeMs: s.door.Now().UnixMilli()})
	})
}
