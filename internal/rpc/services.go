package rpc

import (
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	"lanyard/gen/lanyard/booking/v1/bookingv1connect"
	"lanyard/gen/lanyard/catalog/v1/catalogv1connect"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	"lanyard/gen/lanyard/finance/v1/financev1connect"
	"lanyard/gen/lanyard/inventory/v1/inventoryv1connect"
	"lanyard/gen/lanyard/payment/v1/paymentv1connect"
)

// mountServices is the list of everything that is served. Each area adds its
// lines here and its structs in a file of its own.
func (s *Server) mountServices() {
	if a := s.deps.Account; a != nil {
		s.mount(accountv1connect.NewAccountServiceHandler(&accountService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewOrganisationServiceHandler(&organisationService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewTeamServiceHandler(&teamService{accounts: a}, s.options...))
		s.mount(accountv1connect.NewAuditServiceHandler(&auditService{accounts: a}, s.options...))
	}
	if c := s.deps.Catalog; c != nil {
		s.mount(catalogv1connect.NewProgrammeServiceHandler(&programmeService{events: c, base: s.deps.BaseURL}, s.options...))
		s.mount(catalogv1connect.NewEventServiceHandler(&eventService{events: c, bookings: s.deps.Booking, base: s.deps.BaseURL}, s.options...))
	}
	if b := s.deps.Booking; b != nil && s.deps.Inventory != nil {
		s.mount(inventoryv1connect.NewCodeServiceHandler(&codeService{stock: s.deps.Inventory}, s.options...))
		s.mount(inventoryv1connect.NewCompanyServiceHandler(&companyService{stock: s.deps.Inventory}, s.options...))
		s.mount(inventoryv1connect.NewInventoryServiceHandler(&inventoryService{stock: s.deps.Inventory, bookings: b}, s.options...))
		s.mount(bookingv1connect.NewBookingServiceHandler(&bookingService{bookings: b, events: s.deps.Catalog, base: s.deps.BaseURL}, s.options...))
		s.mount(bookingv1connect.NewCheckoutServiceHandler(&checkoutService{bookings: b, base: s.deps.BaseURL}, s.options...))
		s.mount(bookingv1connect.NewOrderServiceHandler(&orderService{bookings: b}, s.options...))
		s.mount(bookingv1connect.NewRegistrationServiceHandler(&registrationService{bookings: b, exports: s.deps.Export}, s.options...))
	}
	if p := s.deps.Payment; p != nil {
		pay := &paymentService{payments: p, bookings: s.deps.Booking, accounts: s.deps.Account, base: s.deps.BaseURL, simulator: s.deps.Simulator}
		s.mount(paymentv1connect.NewPaymentServiceHandler(pay, s.options...))
	}
	if f := s.deps.Finance; f != nil {
		s.mount(financev1connect.NewFinanceServiceHandler(&financeService{books: f, accounts: s.deps.Account}, s.options...))
	}
	if b := s.deps.Bank; b != nil {
		s.mount(financev1connect.NewBankServiceHandler(&bankService{statements: b, accounts: s.deps.Account}, s.options...))
	}
	if r := s.deps.Report; r != nil {
		s.mount(financev1connect.NewReportServiceHandler(&reportService{reports: r}, s.options...))
	}
	if c := s.deps.CheckIn; c != nil {
		s.mount(checkinv1connect.NewCheckInServiceHandler(&checkInService{door: c, accounts: s.deps.Account, exports: s.deps.Export, base: s.deps.BaseURL}, s.options...))
		s.mount(checkinv1connect.NewDoorServiceHandler(&doorService{door: c, accounts: s.deps.Account}, s.options...))
	}
}
