package rpc

import "lanyard/gen/lanyard/account/v1/accountv1connect"

// mountServices is the list of everything that is served. Each area adds its
// lines here and its structs in a file of its own.
func (s *Server) mountServices() {
	if a := s.deps.Account; a != nil {
		s.mount(accountv1connect.NewAccountServiceHandler(&accountService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewOrganisationServiceHandler(&organisationService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewTeamServiceHandler(&teamService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewAuditServiceHandler(&auditService{accounts: a}, s.options...))
	}
}
