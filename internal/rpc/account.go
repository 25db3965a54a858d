package rpc

import (
	"context"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/internal/account"
	"lanyard/internal/uid"
)

// accountService is about the person who is signed in.
type accountService struct{ accounts *account.Service }

// GetMe returns who is signed in and what they may do where.
func (s *accountService) GetMe(ctx context.Context, _ *accountv1.GetMeRequest) (*accountv1.GetMeResponse, error) {
	actor := account.ActorFrom(ctx)
	teams, err := s.accounts.Teams(ctx, actor)
	if err != nil {
		return nil, err
	}
	me := &accountv1.GetMeResponse{PersonId: actor.ID(), Name: actor.Name, Email: actor.Email}
	for _, t := range teams {
		me.Memberships = append(me.Memberships, &accountv1.Membership{
			Organisation: organisationToProto(t.Organisation),
			Role:         roleToProto(t.Role),
			EventIds:     texts(t.Events),
		})
	}
	return me, nil
}

// UpdateMe changes the person's own name.
func (s *accountService) UpdateMe(ctx context.Context, req *accountv1.UpdateMeRequest) (*accountv1.UpdateMeResponse, error) {
	if err := s.accounts.Rename(ctx, account.ActorFrom(ctx), Key(ctx, req), req.GetName()); err != nil {
		return nil, err
	}
	return &accountv1.UpdateMeResponse{}, nil
}

// ListSignIns returns the browsers in which the person is signed in.
func (s *accountService) ListSignIns(ctx context.Context, _ *accountv1.ListSignInsRequest) (*accountv1.ListSignInsResponse, error) {
	actor := account.ActorFrom(ctx)
	found, err := s.accounts.SignIns(ctx, actor)
	if err != nil {
		return nil, err
	}
	res := &accountv1.ListSignInsResponse{}
	for _, v := range found {
		res.SignIns = append(res.SignIns, &accountv1.SignIn{
			Id:         v.ID.String(),
			CreatedAt:  timestamp(v.CreatedAt),
			LastUsedAt: timestamp(v.LastUsedAt),
			Browser:    v.Browser,
			Current:    v.ID == actor.SignIn,
		})
	}
	return res, nil
}

// RevokeSignIn signs one browser out.
func (s *accountService) RevokeSignIn(ctx context.Context, req *accountv1.RevokeSignInRequest) (*accountv1.RevokeSignInResponse, error) {
	var d reader
	var id uid.SignIn
	readID(&d, "sign_in_id", req.GetSignInId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := s.accounts.RevokeSignIn(ctx, account.ActorFrom(ctx), Key(ctx, req), id); err != nil {
		return nil, err
	}
	return &accountv1.RevokeSignInResponse{}, nil
}

// CreateOrganisation makes an organisation whose owner is the caller.
func (s *accountService) CreateOrganisation(ctx context.Context, req *accountv1.CreateOrganisationRequest) (*accountv1.CreateOrganisationResponse, error) {
	o, err := s.accounts.CreateOrganisation(ctx, account.ActorFrom(ctx), Key(ctx, req), organisationDetails(req.GetDetails()))
	if err != nil {
		return nil, err
	}
	return &accountv1.CreateOrganisationResponse{Organisation: organisationToProto(o)}, nil
}

// organisationService is about one organisation's settings.
type organisationService struct{ accounts *account.Service }

// GetOrganisation returns the settings.
func (s *organisationService) GetOrganisation(ctx context.Context, req *accountv1.GetOrganisationRequest) (*accountv1.GetOrganisationResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.accounts.Organisation(ctx, org)
	if err != nil {
		return nil, err
	}
	return &accountv1.GetOrganisationResponse{Organisation: organisationToProto(o)}, nil
}

// UpdateOrganisation replaces the settings.
func (s *organisationService) UpdateOrganisation(ctx context.Context, req *accountv1.UpdateOrganisationRequest) (*accountv1.UpdateOrganisationResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	o, err := s.accounts.UpdateOrganisation(ctx, account.ActorFrom(ctx), Key(ctx, req), org, req.GetVersion(), organisationDetails(req.GetDetails()))
	if err != nil {
		return nil, err
	}
	return &accountv1.UpdateOrganisationResponse{Organisation: organisationToProto(o)}, nil
}

func organisationDetails(d *accountv1.OrganisationDetails) account.OrganisationDetails {
	return account.OrganisationDetails{
		Slug: d.GetSlug(), Name: d.GetName(), Timezone: d.GetTimezone(),
		ContactEmail: d.GetContactEmail(), About: d.GetAbout(), Website: d.GetWebsite(),
	}
}

func organisationToProto(o account.Organisation) *accountv1.Organisation {
	return &accountv1.Organisation{
		Id: o.ID.String(), Slug: o.Slug, Name: o.Name, Timezone: o.Timezone,
		ContactEmail: o.ContactEmail, About: o.About, Website: o.Website, Version: o.Version,
	}
}

// auditService shows who did what.
type auditService struct{ accounts *account.Service }

// ListAuditEntries returns a page of the log.
func (s *auditService) ListAuditEntries(ctx context.Context, req *accountv1.ListAuditEntriesRequest) (*accountv1.ListAuditEntriesResponse, error) {
	var d reader
	q := account.AuditQuery{Subject: req.GetSubject(), Limit: pageSize(req.GetPageSize(), 50)}
	readID(&d, "org_id", req.GetOrgId(), &q.Org)
	readPageToken(&d, req.GetPageToken(), &q.After)
	if err := d.err(); err != nil {
		return nil, err
	}
	entries, next, err := s.accounts.Audit(ctx, q)
	if err != nil {
		return nil, err
	}
	res := &accountv1.ListAuditEntriesResponse{}
	if res.NextPageToken, err = pageToken(next); err != nil {
		return nil, err
	}
	for _, e := range entries {
		res.Entries = append(res.Entries, &accountv1.AuditEntry{
			Id: e.ID.String(), At: timestamp(e.At), Actor: e.ActorName, Action: e.Action, Subject: e.Subject,
			BeforeJson: string(e.Before), AfterJson: string(e.After),
		})
	}
	return res, nil
}
