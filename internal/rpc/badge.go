package rpc

import (
	"context"
	"fmt"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/internal/account"
	"lanyard/internal/checkin"
	"lanyard/internal/fault"
	"lanyard/internal/printing"
	"lanyard/internal/uid"
)

// badgesPerFile bounds one file, so that it is drawn in seconds and a printer's
// memory takes it.
const badgesPerFile = 1000

// PrintBadges implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) PrintBadges(ctx context.Context, req *checkinv1.PrintBadgesRequest) (*checkinv1.PrintBadgesResponse, error) {
	var d reader
	var list uid.CheckInList
	var after *checkin.BadgeCursor
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &list)
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	jobs, next, err := s.door.Badges(ctx, w.org, w.event, list, req.GetOnlyWithout(), after, badgesPerFile)
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		if req.GetOnlyWithout() {
			return nil, fault.Precondition(fault.WrongState, "Everybody on this list has a badge.")
		}
		return nil, fault.Precondition(fault.WrongState, "There is nobody to print a badge for on this list.")
	}
	token, err := pageToken(next)
	if err != nil {
		return nil, err
	}
	badges, tickets := make([]printing.Badge, len(jobs)), make([]string, len(jobs))
	for i, j := range jobs {
		badges[i], tickets[i] = printing.BadgeOf(j), j.Ticket.String()
	}
	size := printing.BadgeSize{Width: float64(req.GetWidthMm()), Height: float64(req.GetHeightMm())}
	pdf, err := printing.Badges(size, s.door.Now(), badges)
	if err != nil {
		return nil, err
	}
	return &checkinv1.PrintBadgesResponse{
		FileName: fmt.Sprintf("badges-%dx%dmm.pdf", req.GetWidthMm(), req.GetHeightMm()), Content: pdf, Badges: int32(len(jobs)), NextPageToken: token,
		TicketIds: tickets,
	}, nil
}

// MarkBadgesPrinted implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) MarkBadgesPrinted(ctx context.Context, req *checkinv1.MarkBadgesPrintedRequest) (*checkinv1.MarkBadgesPrintedResponse, error) {
	var d reader
	var list uid.CheckInList
	var tickets []uid.Registration
	w := readEventRef(&d, req)
	readID(&d, "list_id", req.GetListId(), &list)
	readIDs(&d, "ticket_ids", req.GetTicketIds(), &tickets)
	if err := d.err(); err != nil {
		return nil, err
	}
	n, err := s.door.BadgesPrinted(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, list, tickets)
	if err != nil {
		return nil, err
	}
	return &checkinv1.MarkBadgesPrintedResponse{Badges: int32(n)}, nil
}

// SaveBadgePaper implements lanyard.checkin.v1.CheckInService.
func (s *checkInService) SaveBadgePaper(ctx context.Context, req *checkinv1.SaveBadgePaperRequest) (*checkinv1.SaveBadgePaperResponse, error) {
	var d reader
	w := readEventRef(&d, req)
	if err := d.err(); err != nil {
		return nil, err
	}
	in := checkin.Paper{Width: int(req.GetBadgePaper().GetWidthMm()), Height: int(req.GetBadgePaper().GetHeightMm())}
	p, err := s.door.SavePaper(ctx, account.ActorFrom(ctx), Key(ctx, req), w.org, w.event, in)
	if err != nil {
		return nil, err
	}
	return &checkinv1.SaveBadgePaperResponse{BadgePaper: paperMessage(p)}, nil
}

func paperMessage(p checkin.Paper) *checkinv1.BadgePaper {
	return &checkinv1.BadgePaper{WidthMm: int32(p.Width), HeightMm: int32(p.Height)}
}

func namedPapers() []*checkinv1.NamedPaper {
	out := make([]*checkinv1.NamedPaper, len(printing.BadgeSizes))
	for i, s := range printing.BadgeSizes {
		out[i] = &checkinv1.NamedPaper{Name: s.Name, Paper: &checkinv1.BadgePaper{WidthMm: int32(s.Width), HeightMm: int32(s.Height)}}
	}
	return out
}
