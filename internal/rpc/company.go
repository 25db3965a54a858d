package rpc

import (
	"context"

	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/account"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

type companyService struct{ stock *inventory.Service }

// ListCompanies implements lanyard.inventory.v1.CompanyService.
func (s *companyService) ListCompanies(ctx context.Context, req *inventoryv1.ListCompaniesRequest) (*inventoryv1.ListCompaniesResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	companies, err := s.stock.Companies(ctx, org)
	if err != nil {
		return nil, err
	}
	resp := &inventoryv1.ListCompaniesResponse{}
	for _, c := range companies {
		resp.Companies = append(resp.Companies, companyMessage(c))
	}
	return resp, nil
}

// SaveCompany implements lanyard.inventory.v1.CompanyService.
func (s *companyService) SaveCompany(ctx context.Context, req *inventoryv1.SaveCompanyRequest) (*inventoryv1.SaveCompanyResponse, error) {
	var d reader
	c := inventory.Company{
		Name: req.GetDetails().GetName(), Tier: req.GetDetails().GetTier(), Domains: req.GetDetails().GetDomains(),
		Archived: req.GetArchived(), Version: req.GetVersion(),
	}
	readID(&d, "org_id", req.GetOrgId(), &c.Org)
	readOptionalID(&d, "company_id", req.GetCompanyId(), &c.ID)
	if err := d.err(); err != nil {
		return nil, err
	}
	now, err := s.stock.SaveCompany(ctx, account.ActorFrom(ctx), Key(ctx, req), c)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.SaveCompanyResponse{Company: companyMessage(now)}, nil
}

// ImportCompanies implements lanyard.inventory.v1.CompanyService.
func (s *companyService) ImportCompanies(ctx context.Context, req *inventoryv1.ImportCompaniesRequest) (*inventoryv1.ImportCompaniesResponse, error) {
	var d reader
	var org uid.Org
	readID(&d, "org_id", req.GetOrgId(), &org)
	if err := d.err(); err != nil {
		return nil, err
	}
	n, err := s.stock.ImportCompanies(ctx, account.ActorFrom(ctx), Key(ctx, req), org, req.GetText())
	if err != nil {
		return nil, err
	}
	return &inventoryv1.ImportCompaniesResponse{Added: int32(n.Added), Changed: int32(n.Changed), Same: int32(n.Same)}, nil
}

func companyMessage(c inventory.Company) *inventoryv1.Company {
	return &inventoryv1.Company{
		Id: c.ID.String(), Details: &inventoryv1.CompanyDetails{Name: c.Name, Tier: c.Tier, Domains: c.Domains},
		Archived: c.Archived, Version: c.Version,
	}
}
