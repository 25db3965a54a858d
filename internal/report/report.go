package report

import (
	"context"

	"lanyard/internal/fault"
)

// Names lists the reports in the order in which people look for them.
func Names() []Name {
	return []Name{Events, Months, Days, Products, VAT, Codes, Methods, Payouts, OpenItems, Documents, Accounts, Postings}
}

// Title is a report's name for people.
func Title(name Name) string {
	switch name {
	case Events:
		return "Events"
	case Months:
		return "Months"
	case Days:
		return "Days"
	case Products:
		return "Products"
	case VAT:
		return "VAT rates"
	case Codes:
		return "Codes"
	case Methods:
		return "Ways to pay"
	case Payouts:
		return "Payouts"
	case OpenItems:
		return "Open items"
	case Documents:
		return "Invoices and credit notes"
	case Accounts:
		return "Trial balance"
	case Postings:
		return "Postings"
	}
	return ""
}

// Report reads the books for one report. It fails with INVALID_INPUT for a name
// that there is none of.
func (s *Service) Report(ctx context.Context, name Name, f Filter) (Table, error) {
	switch name {
	case Events:
		return s.events(ctx, f)
	case Months, Days:
		return s.spans(ctx, f, name)
	case Products:
		return s.products(ctx, f)
	case VAT:
		return s.rates(ctx, f)
	case Codes:
		return s.codes(ctx, f)
	case Methods:
		return s.methods(ctx, f)
	case Payouts:
		return s.payouts(ctx, f)
	case OpenItems:
		return s.openItems(ctx, f)
	case Documents:
		return s.documents(ctx, f)
	case Accounts:
		return s.accounts(ctx, f)
	case Postings:
		return s.postings(ctx, f)
	}
	return Table{}, fault.InvalidField("report", "report.unknown", "is no report")
}
