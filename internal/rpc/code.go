package rpc

import (
	"context"

	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/account"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

type codeService struct{ stock *inventory.Service }

// ListCodes implements lanyard.inventory.v1.CodeService.
func (s *codeService) ListCodes(ctx context.Context, req *inventoryv1.ListCodesRequest) (*inventoryv1.ListCodesResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	if err := d.err(); err != nil {
		return nil, err
	}
	codes, err := s.stock.Codes(ctx, org, event)
	if err != nil {
		return nil, err
	}
	resp := &inventoryv1.ListCodesResponse{}
	for _, c := range codes {
		resp.Codes = append(resp.Codes, codeMessage(c))
	}
	return resp, nil
}

// CreateCode implements lanyard.inventory.v1.CodeService.
func (s *codeService) CreateCode(ctx context.Context, req *inventoryv1.CreateCodeRequest) (*inventoryv1.CreateCodeResponse, error) {
	var d reader
	c := readCode(&d, req.GetOrgId(), req.GetDetails())
	readID(&d, "event_id", req.GetEventId(), &c.Event)
	if req.GetWholeOrganisation() {
		c.Event = uid.Event{}
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	made, err := s.stock.CreateCode(ctx, account.ActorFrom(ctx), Key(ctx, req), c)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.CreateCodeResponse{Code: codeMessage(made)}, nil
}

// UpdateCode implements lanyard.inventory.v1.CodeService.
func (s *codeService) UpdateCode(ctx context.Context, req *inventoryv1.UpdateCodeRequest) (*inventoryv1.UpdateCodeResponse, error) {
	var d reader
	c := readCode(&d, req.GetOrgId(), req.GetDetails())
	readID(&d, "event_id", req.GetEventId(), &c.Event)
	readID(&d, "code_id", req.GetCodeId(), &c.ID)
	c.Disabled = req.GetDisabled()
	if err := d.err(); err != nil {
		return nil, err
	}
	now, err := s.stock.UpdateCode(ctx, account.ActorFrom(ctx), Key(ctx, req), req.GetVersion(), c)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.UpdateCodeResponse{Code: codeMessage(now)}, nil
}

func readCode(d *reader, org string, m *inventoryv1.CodeDetails) inventory.Code {
	c := inventory.Code{
		Title: m.GetTitle(), Text: m.GetText(), Effect: codeEffects.domain(m.GetEffect()), Percent: money.Rate(m.GetPercent()),
		Amount: m.GetAmountMinor(), Currency: money.Currency(m.GetCurrency()), Unlocks: m.GetUnlocks(), Stacks: m.GetStacks(),
		MaxUses: optionalInt(m.MaxUses), Budget: m.BudgetMinor, ValidFrom: m.GetValidFromLocal(), ValidUntil: m.GetValidUntilLocal(),
	}
	readID(d, "org_id", org, &c.Org)
	readIDs(d, "details.product_ids", m.GetProductIds(), &c.Products)
	return c
}

func codeMessage(c inventory.Code) *inventoryv1.Code {
	return &inventoryv1.Code{
		Id: c.ID.String(), EventId: optionalText(c.Event),
		Details: &inventoryv1.CodeDetails{
			Text: c.Text, Title: c.Title, Effect: codeEffects.message(c.Effect), Percent: int32(c.Percent), Currency: string(c.Currency),
			AmountMinor: c.Amount, ProductIds: texts(c.Products), Unlocks: c.Unlocks, Stacks: c.Stacks,
			MaxUses: optionalInt32(c.MaxUses), BudgetMinor: c.Budget, ValidFromLocal: c.ValidFrom, ValidUntilLocal: c.ValidUntil,
		},
		Uses: int32(c.Uses), BudgetUsedMinor: c.BudgetUsed, Disabled: c.Disabled, Version: c.Version,
	}
}

var codeEffects = words[inventory.Effect, inventoryv1.CodeEffect]{
	inventory.PercentOff: inventoryv1.CodeEffect_CODE_EFFECT_PERCENT,
	inventory.MoneyOff:   inventoryv1.CodeEffect_CODE_EFFECT_FIXED,
	inventory.SetPrice:   inventoryv1.CodeEffect_CODE_EFFECT_SET_PRICE,
	inventory.AccessOnly: inventoryv1.CodeEffect_CODE_EFFECT_NONE,
}
