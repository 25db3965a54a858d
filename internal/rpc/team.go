package rpc

import (
	"context"

	accountv1 "lanyard/gen/lanyard/account/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/uid"
)

// teamService is about the members of an organisation's team.
type teamService struct{ accounts *account.Service }

// ListMembers returns the team and the open invitations.
func (s *teamService) ListMembers(ctx context.Context, req *accountv1.ListMembersRequest) (*accountv1.ListMembersResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	members, err := s.accounts.Members(ctx, org)
	if err != nil {
		return nil, err
	}
	open, err := s.accounts.Invitations(ctx, org)
	if err != nil {
		return nil, err
	}
	res := &accountv1.ListMembersResponse{}
	for _, m := range members {
		res.Members = append(res.Members, memberToProto(m))
	}
	for _, i := range open {
		res.Invitations = append(res.Invitations, invitationToProto(i))
	}
	return res, nil
}

// InviteMember mails an invitation.
func (s *teamService) InviteMember(ctx context.Context, req *accountv1.InviteMemberRequest) (*accountv1.InviteMemberResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	place := readPlace(&d, req.GetRole(), req.GetEventIds())
	if err := d.err(); err != nil {
		return nil, err
	}
	i, err := s.accounts.Invite(ctx, account.ActorFrom(ctx), Key(ctx, req), org, req.GetEmail(), place)
	if err != nil {
		return nil, err
	}
	return &accountv1.InviteMemberResponse{Invitation: invitationToProto(i)}, nil
}

// RevokeInvitation withdraws an open invitation.
func (s *teamService) RevokeInvitation(ctx context.Context, req *accountv1.RevokeInvitationRequest) (*accountv1.RevokeInvitationResponse, error) {
	var d reader
	var org uid.Org
	var id uid.Invitation
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "invitation_id", req.GetInvitationId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.accounts.RevokeInvitation(ctx, account.ActorFrom(ctx), Key(ctx, req), org, id); err != nil {
		return nil, err
	}
	return &accountv1.RevokeInvitationResponse{}, nil
}

// UpdateMember changes a member's role or the events it is limited to.
func (s *teamService) UpdateMember(ctx context.Context, req *accountv1.UpdateMemberRequest) (*accountv1.UpdateMemberResponse, error) {
	var d reader
	var org uid.Org
	var person uid.Person
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "person_id", req.GetPersonId(), &person)
	place := readPlace(&d, req.GetRole(), req.GetEventIds())
	if err := d.err(); err != nil {
		return nil, err
	}
	m, err := s.accounts.UpdateMember(ctx, account.ActorFrom(ctx), Key(ctx, req), org, person, req.GetVersion(), place)
	if err != nil {
		return nil, err
	}
	return &accountv1.UpdateMemberResponse{Member: memberToProto(m)}, nil
}

// RemoveMember takes a person off the team.
func (s *teamService) RemoveMember(ctx context.Context, req *accountv1.RemoveMemberRequest) (*accountv1.RemoveMemberResponse, error) {
	var d reader
	var org uid.Org
	var person uid.Person
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "person_id", req.GetPersonId(), &person)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.accounts.RemoveMember(ctx, account.ActorFrom(ctx), Key(ctx, req), org, person); err != nil {
		return nil, err
	}
	return &accountv1.RemoveMemberResponse{}, nil
}

// readPlace reads a role with the events it is limited to.
func readPlace(d *reader, role policyv1.Role, events []string) account.Place {
	var p account.Place
	var ok bool
	if p.Role, ok = roleFromProto(role); !ok {
		d.refuse("role", "role.unknown", "is not a role")
	}
	readIDs(d, "event_ids", events, &p.Events)
	return p
}

func memberToProto(m account.Member) *accountv1.Member {
	return &accountv1.Member{
		PersonId: m.Person.String(), Name: m.Name, Email: m.Email, Role: roleToProto(m.Role), EventIds: texts(m.Events),
		JoinedAt: timestamp(m.JoinedAt), LastSeenAt: optionalTimestamp(m.LastSeenAt), Version: m.Version,
	}
}

func invitationToProto(i account.Invitation) *accountv1.Invitation {
	return &accountv1.Invitation{Id: i.ID.String(), Email: i.Email, Role: roleToProto(i.Role), ExpiresAt: timestamp(i.ExpiresAt)}
}
