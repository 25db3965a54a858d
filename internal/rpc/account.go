package rpc

import (
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	"lanyard/internal/account"
)

type accountService struct {
	accounts *account.Service
	accountv1connect.UnimplementedAccountServiceHandler
}

type organisationService struct {
	accounts *account.Service
	accountv1connect.UnimplementedOrganisationServiceHandler
}

type teamService struct {
	accounts *account.Service
	accountv1connect.UnimplementedTeamServiceHandler
}

type auditService struct {
	accounts *account.Service
	accountv1connect.UnimplementedAuditServiceHandler
}
