package rpc

import (
	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
)

// sayTerms puts terms of sale into a message.
func sayTerms(d *inventoryv1.ProductDetails, t inventory.Terms) {
	d.Kind, d.Pricing, d.VatCategory = productKinds.message(t.Kind), pricings.message(t.Pricing), vatCategories.message(t.VATCategory)
	d.Currency, d.PriceMinor, d.MinimumMinor, d.MemberPriceMinor = string(t.Currency), t.Price, t.Minimum, t.Member
	d.VatRate, d.MinPerOrder, d.Hidden = int32(t.VATRate), int32(t.MinPerOrder), t.Hidden
	d.SellsFromLocal, d.SellsUntilLocal = t.SellsFrom, t.SellsUntil
	d.GroupFrom, d.GroupPercent = int32(t.GroupFrom), int32(t.GroupPercent)
	d.NeedsProductIds = texts(t.Needs)
	for _, ph := range t.Phases {
		d.Phases = append(d.Phases, &inventoryv1.PricePhase{
			Id: optionalText(ph.ID), Title: ph.Title, PriceMinor: ph.Price, EndsLocal: ph.Ends, Places: optionalInt32(ph.Places), Taken: int32(ph.Taken),
		})
	}
}

// readTerms reads terms of sale from a message.
func readTerms(r *reader, d *inventoryv1.ProductDetails) inventory.Terms {
	t := inventory.Terms{
		Kind: productKinds.domain(d.GetKind()), Pricing: pricings.domain(d.GetPricing()), VATCategory: vatCategories.domain(d.GetVatCategory()),
		Currency: money.Currency(d.GetCurrency()), Price: d.GetPriceMinor(), Minimum: d.GetMinimumMinor(),
		VATRate: money.Rate(d.GetVatRate()), MinPerOrder: int(d.GetMinPerOrder()), Hidden: d.GetHidden(),
		SellsFrom: d.GetSellsFromLocal(), SellsUntil: d.GetSellsUntilLocal(),
		GroupFrom: int(d.GetGroupFrom()), GroupPercent: money.Rate(d.GetGroupPercent()),
	}
	if d.MemberPriceMinor != nil {
		member := d.GetMemberPriceMinor()
		t.Member = &member
	}
	readIDs(r, "details.needs_product_ids", d.GetNeedsProductIds(), &t.Needs)
	for i, m := range d.GetPhases() {
		ph := inventory.Phase{Title: m.GetTitle(), Price: m.GetPriceMinor(), Ends: m.GetEndsLocal(), Places: optionalInt(m.Places)}
		readOptionalID(r, index("details.phases", i)+".id", m.GetId(), &ph.ID)
		t.Phases = append(t.Phases, ph)
	}
	return t
}

// optionalInt32 is nil for nil.
func optionalInt32(n *int) *int32 {
	if n == nil {
		return nil
	}
	m := int32(*n)
	return &m
}

// optionalInt is nil for nil.
func optionalInt(n *int32) *int {
	if n == nil {
		return nil
	}
	m := int(*n)
	return &m
}

var productKinds = words[inventory.Kind, inventoryv1.ProductKind]{
	inventory.Ticket:   inventoryv1.ProductKind_PRODUCT_KIND_TICKET,
	inventory.AddOn:    inventoryv1.ProductKind_PRODUCT_KIND_ADD_ON,
	inventory.Donation: inventoryv1.ProductKind_PRODUCT_KIND_DONATION,
}

var pricings = words[inventory.Pricing, inventoryv1.Pricing]{
	inventory.Free:  inventoryv1.Pricing_PRICING_FREE,
	inventory.Fixed: inventoryv1.Pricing_PRICING_FIXED,
	inventory.Open:  inventoryv1.Pricing_PRICING_OPEN,
}

var vatCategories = words[string, inventoryv1.VatCategory]{
	inventory.VATStandard: inventoryv1.VatCategory_VAT_CATEGORY_STANDARD,
	inventory.VATReduced:  inventoryv1.VatCategory_VAT_CATEGORY_REDUCED,
	inventory.VATZero:     inventoryv1.VatCategory_VAT_CATEGORY_ZERO,
	inventory.VATExempt:   inventoryv1.VatCategory_VAT_CATEGORY_EXEMPT,
	inventory.VATOutside:  inventoryv1.VatCategory_VAT_CATEGORY_OUTSIDE,
}
