package rpc

import (
	"time"

	checkinv1 "lanyard/gen/lanyard/checkin/v1"
	"lanyard/internal/account"
	"lanyard/internal/checkin"
)

var listModes = words[checkin.Mode, checkinv1.ListMode]{
	checkin.ModeOnce:       checkinv1.ListMode_LIST_MODE_ONCE,
	checkin.ModeOncePerDay: checkinv1.ListMode_LIST_MODE_ONCE_PER_DAY,
	checkin.ModeReEntry:    checkinv1.ListMode_LIST_MODE_RE_ENTRY,
	checkin.ModeFree:       checkinv1.ListMode_LIST_MODE_FREE,
}

var offlinePolicies = words[checkin.Policy, checkinv1.OfflinePolicy]{
	checkin.PolicyAdmit:          checkinv1.OfflinePolicy_OFFLINE_POLICY_ADMIT,
	checkin.PolicySignedOrListed: checkinv1.OfflinePolicy_OFFLINE_POLICY_SIGNED_OR_LISTED,
	checkin.PolicyListedOnly:     checkinv1.OfflinePolicy_OFFLINE_POLICY_LISTED_ONLY,
	checkin.PolicyStop:           checkinv1.OfflinePolicy_OFFLINE_POLICY_STOP,
}

var deviceModes = words[account.DeviceMode, checkinv1.DeviceMode]{
	account.DeviceDoor:         checkinv1.DeviceMode_DEVICE_MODE_DOOR,
	account.DeviceKiosk:        checkinv1.DeviceMode_DEVICE_MODE_KIOSK,
	account.DevicePrintStation: checkinv1.DeviceMode_DEVICE_MODE_PRINT_STATION,
}

var staffRoles = words[account.StaffRole, checkinv1.StaffRole]{
	account.Steward: checkinv1.StaffRole_STAFF_ROLE_STEWARD,
	account.Lead:    checkinv1.StaffRole_STAFF_ROLE_LEAD,
}

var deviceAlarms = words[account.Alarm, checkinv1.DeviceAlarm]{
	account.AlarmCodeReused:     checkinv1.DeviceAlarm_DEVICE_ALARM_CODE_REUSED,
	account.AlarmTokenReused:    checkinv1.DeviceAlarm_DEVICE_ALARM_TOKEN_REUSED,
	account.AlarmUsedAfterEnd:   checkinv1.DeviceAlarm_DEVICE_ALARM_USED_AFTER_END,
	account.AlarmUnknownTickets: checkinv1.DeviceAlarm_DEVICE_ALARM_UNKNOWN_TICKETS,
	account.AlarmClockJumped:    checkinv1.DeviceAlarm_DEVICE_ALARM_CLOCK_JUMPED,
	account.AlarmOtherList:      checkinv1.DeviceAlarm_DEVICE_ALARM_OTHER_LIST,
}

var ticketStatuses = words[checkin.Status, checkinv1.TicketStatus]{
	checkin.StatusValid:      checkinv1.TicketStatus_TICKET_STATUS_VALID,
	checkin.StatusReplaced:   checkinv1.TicketStatus_TICKET_STATUS_REPLACED,
	checkin.StatusCancelled:  checkinv1.TicketStatus_TICKET_STATUS_CANCELLED,
	checkin.StatusRefunded:   checkinv1.TicketStatus_TICKET_STATUS_REFUNDED,
	checkin.StatusBlocked:    checkinv1.TicketStatus_TICKET_STATUS_BLOCKED,
	checkin.StatusUnpaid:     checkinv1.TicketStatus_TICKET_STATUS_UNPAID,
	checkin.StatusUnapproved: checkinv1.TicketStatus_TICKET_STATUS_UNAPPROVED,
}

var conflictKinds = words[checkin.Conflict, checkinv1.ConflictKind]{
	checkin.Echo:          checkinv1.ConflictKind_CONFLICT_KIND_ECHO,
	checkin.Race:          checkinv1.ConflictKind_CONFLICT_KIND_RACE,
	checkin.Shared:        checkinv1.ConflictKind_CONFLICT_KIND_SHARED,
	checkin.RevokedBefore: checkinv1.ConflictKind_CONFLICT_KIND_REVOKED_BEFORE,
	checkin.RevokedAfter:  checkinv1.ConflictKind_CONFLICT_KIND_REVOKED_AFTER,
	checkin.UnknownTicket: checkinv1.ConflictKind_CONFLICT_KIND_UNKNOWN_TICKET,
}

var scanKinds = words[checkin.Kind, checkinv1.ScanKind]{
	checkin.Entry: checkinv1.ScanKind_SCAN_KIND_ENTRY,
	checkin.Exit:  checkinv1.ScanKind_SCAN_KIND_EXIT,
	checkin.Void:  checkinv1.ScanKind_SCAN_KIND_VOID,
}

// Outcomes and bases are spelled alike on both sides.

func outcomeMessage(o checkin.Outcome) checkinv1.Outcome {
	return checkinv1.Outcome(checkinv1.Outcome_value["OUTCOME_"+string(o)])
}

func outcomeDomain(o checkinv1.Outcome) checkin.Outcome {
	if o == checkinv1.Outcome_OUTCOME_UNSPECIFIED {
		return ""
	}
	return checkin.Outcome(o.String()[len("OUTCOME_"):])
}

func basisMessage(b checkin.Basis) checkinv1.Basis {
	return checkinv1.Basis(checkinv1.Basis_value["BASIS_"+string(b)])
}

func basisDomain(b checkinv1.Basis) checkin.Basis {
	if b == checkinv1.Basis_BASIS_UNSPECIFIED {
		return ""
	}
	return checkin.Basis(b.String()[len("BASIS_"):])
}

func readListDetails(d *reader, m *checkinv1.CheckInListDetails) checkin.ListDetails {
	in := checkin.ListDetails{
		Title: m.GetTitle(), OpensLocal: m.GetOpensLocal(), ClosesLocal: m.GetClosesLocal(), Mode: listModes.domain(m.GetMode()),
		Exits: m.GetExits(), Offline: offlinePolicies.domain(m.GetOffline()), PrintBadges: m.GetPrintBadges(),
	}
	readIDs(d, "details.product_ids", m.GetProductIds(), &in.Products)
	readIDs(d, "details.session_ids", m.GetSessionIds(), &in.Sessions)
	readIDs(d, "details.show_question_ids", m.GetShowQuestionIds(), &in.ShowQuestions)
	readIDs(d, "details.ask_question_ids", m.GetAskQuestionIds(), &in.AskQuestions)
	readIDs(d, "details.badge_product_ids", m.GetBadgeProductIds(), &in.BadgeProducts)
	return in
}

func listMessage(l checkin.List) *checkinv1.CheckInList {
	return &checkinv1.CheckInList{
		Id: l.ID.String(), OpensAt: optionalTimestamp(l.OpensAt), ClosesAt: optionalTimestamp(l.ClosesAt), Archived: l.Archived,
		Version: l.Version, AdmitsProductIds: texts(l.Admits),
		Details: &checkinv1.CheckInListDetails{
			Title: l.Title, ProductIds: texts(l.Products), SessionIds: texts(l.Sessions), OpensLocal: l.OpensLocal, ClosesLocal: l.ClosesLocal,
			Mode: listModes.message(l.Mode), Exits: l.Exits, Offline: offlinePolicies.message(l.Offline), ShowQuestionIds: texts(l.ShowQuestions),
			AskQuestionIds: texts(l.AskQuestions), BadgeProductIds: texts(l.BadgeProducts), PrintBadges: l.PrintBadges,
		},
	}
}

func listMessages(lists []checkin.List) []*checkinv1.CheckInList {
	var out []*checkinv1.CheckInList
	for _, l := range lists {
		out = append(out, listMessage(l))
	}
	return out
}

func deviceDetailsMessage(x account.DeviceDetails) *checkinv1.DeviceDetails {
	return &checkinv1.DeviceDetails{
		Name: x.Name, Gate: x.Gate, ListIds: texts(x.Lists), Mode: deviceModes.message(x.Mode), RoleWithoutPin: staffRoles.message(x.RoleWithoutPin),
	}
}

func (s *checkInService) deviceMessage(x account.Device) *checkinv1.Device {
	out := &checkinv1.Device{
		Id: x.ID.String(), Details: deviceDetailsMessage(x.DeviceDetails), State: deviceState(x, s.door.Now()),
		LastSeenAt: optionalTimestamp(x.LastSeenAt), PairedAt: optionalTimestamp(x.PairedAt), ExpiresAt: timestamp(x.ExpiresAt),
		Queued: int32(x.Queued), AppVersion: x.AppVersion,
	}
	for _, a := range x.Alarms {
		out.Alarms = append(out.Alarms, deviceAlarms.message(a))
	}
	return out
}

func deviceState(x account.Device, now time.Time) checkinv1.DeviceState {
	switch {
	case x.RevokedAt != nil:
		return checkinv1.DeviceState_DEVICE_STATE_REVOKED
	case !now.Before(x.ExpiresAt):
		return checkinv1.DeviceState_DEVICE_STATE_EXPIRED
	case x.PairedAt != nil:
		return checkinv1.DeviceState_DEVICE_STATE_PAIRED
	case x.PairingUntil != nil && now.Before(*x.PairingUntil):
		return checkinv1.DeviceState_DEVICE_STATE_WAITING
	}
	return checkinv1.DeviceState_DEVICE_STATE_CODE_EXPIRED
}

func pinMessages(pins []checkin.Pin) []*checkinv1.StaffPin {
	var out []*checkinv1.StaffPin
	for _, p := range pins {
		out = append(out, &checkinv1.StaffPin{Label: p.Label, Role: staffRoles.message(p.Role)})
	}
	return out
}

func kioskMessage(k checkin.Kiosk) *checkinv1.KioskSettings {
	return &checkinv1.KioskSettings{Welcome: k.Welcome, AllowLookup: k.AllowLookup, IdleSeconds: int32(k.IdleSeconds)}
}

func keyMessages(keys []checkin.Key) []*checkinv1.TicketKey {
	var out []*checkinv1.TicketKey
	for _, k := range keys {
		out = append(out, &checkinv1.TicketKey{Id: int32(k.ID), PublicKey: k.Public, Retired: k.Retired})
	}
	return out
}

func countMessages(counts []checkin.ListCounts) []*checkinv1.ListCounts {
	var out []*checkinv1.ListCounts
	for _, c := range counts {
		m := &checkinv1.ListCounts{
			ListId: c.List.String(), Expected: int32(c.Expected), Admitted: int32(c.Admitted), Inside: int32(c.Inside), Refused: int32(c.Refused),
		}
		for _, g := range c.Gates {
			m.Gates = append(m.Gates, &checkinv1.GateCount{Gate: g.Gate, Admitted: int32(g.Admitted)})
		}
		for _, p := range c.Products {
			m.Products = append(m.Products, &checkinv1.ProductCount{ProductId: p.Product.String(), Expected: int32(p.Expected), Admitted: int32(p.Admitted)})
		}
		for _, a := range c.Arrivals {
			m.Arrivals = append(m.Arrivals, &checkinv1.ArrivalCount{FromMs: a.From.UnixMilli(), Admitted: int32(a.Admitted)})
		}
		out = append(out, m)
	}
	return out
}

func scanMessages(log []checkin.LoggedScan) []*checkinv1.LoggedScan {
	var out []*checkinv1.LoggedScan
	for _, l := range log {
		out = append(out, &checkinv1.LoggedScan{
			ScanId: l.ID, Kind: scanKinds.message(l.Kind), ListId: l.List.String(), TicketId: optionalText(l.Ticket), Name: l.Name,
			DeviceId: l.Device.String(), DeviceName: l.DeviceName, Gate: l.Gate, Staff: l.Staff, EffectiveAt: timestamp(l.EffectiveAt),
			ReceivedAt: timestamp(l.ReceivedAt), Told: outcomeMessage(l.Told), Outcome: outcomeMessage(l.Outcome), Basis: basisMessage(l.Basis),
			VoidsScanId: l.Voids, Reason: l.Reason, Voided: l.Voided, ClockDoubtful: l.Doubtful, CashTaken: l.CashTaken,
		})
	}
	return out
}

func musterMessages(entries []checkin.MusterEntry) []*checkinv1.MusterEntry {
	var out []*checkinv1.MusterEntry
	for _, e := range entries {
		m := &checkinv1.MusterEntry{
			TicketId: e.Ticket.String(), Name: e.Name, Organisation: e.Organisation, SinceMs: e.Since.UnixMilli(), Gate: e.Gate, Safe: e.Safe,
		}
		if e.SafeAt != nil {
			m.SafeAtMs = e.SafeAt.UnixMilli()
		}
		out = append(out, m)
	}
	return out
}
