package rpc

import (
	"context"
	"fmt"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
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
	jobs, next, err := s.door.Badges(ctx, w.org, w.event, list, after, badgesPerFile)
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		return nil, fault.Precondition(fault.WrongState, "There is nobody to print a badge for on this list.")
	}
	token, err := pageToken(next)
	if err != nil {
		return nil, err
	}
	badges := make([]printing.Badge, len(jobs))
	for i, j := range jobs {
		badges[i] = printing.BadgeOf(j)
	}
	size := printing.BadgeSize{Width: float64(req.GetWidthMm()), Height: float64(req.GetHeightMm())}
	pdf, err := printing.Badges(size, s.door.Now(), badges)
	if err != nil {
		return nil, err
	}
	return &checkinv1.PrintBadgesResponse{
		FileName: fmt.Sprintf("badges-%dx%dmm.pdf", req.GetWidthMm(), req.GetHeightMm()), Content: pdf, Badges: int32(len(jobs)), NextPageToken: token,
	}, nil
}
