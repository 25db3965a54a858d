package rpc

import (
	"context"

	inventoryv1 "lanyard/gen/lanyard/inventory/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

type inventoryService struct {
	stock    *inventory.Service
	bookings *booking.Service
}

// ListInventory implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) ListInventory(ctx context.Context, req *inventoryv1.ListInventoryRequest) (*inventoryv1.ListInventoryResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	if err := d.err(); err != nil {
		return nil, err
	}
	products, pools, err := s.stock.Inventory(ctx, org, event)
	if err != nil {
		return nil, err
	}
	counts, err := s.bookings.ProductCounts(ctx, org, event)
	if err != nil {
		return nil, err
	}
	resp := &inventoryv1.ListInventoryResponse{}
	for _, p := range products {
		resp.Products = append(resp.Products, productMessage(p, counts[p.ID]))
	}
	for _, p := range pools {
		resp.Pools = append(resp.Pools, poolMessage(p))
	}
	return resp, nil
}

func productMessage(p inventory.Product, registered int) *inventoryv1.Product {
	d := &inventoryv1.ProductDetails{
		Title: p.Title, Description: p.Description, SessionIds: texts(p.Sessions), PoolIds: texts(p.Pools),
		MaxPerOrder: int32(p.MaxPerOrder), Online: p.Online,
	}
	sayTerms(d, p.Terms)
	return &inventoryv1.Product{
		Id: p.ID.String(), Details: d,
		Archived: p.Archived, Version: p.Version, Registered: int32(registered),
	}
}

func poolMessage(p inventory.Pool) *inventoryv1.Pool {
	d := &inventoryv1.PoolDetails{Title: p.Title, Unlimited: p.Size == nil, Closed: p.Closed, SessionId: optionalText(p.Session)}
	if p.Size != nil {
		d.Size = int32(*p.Size)
	}
	return &inventoryv1.Pool{
		Id: p.ID.String(), Details: d, Sold: int32(p.Sold), Held: int32(p.Held),
		Left: int32(max(0, p.Left())), Over: int32(p.Over()), Version: p.Version,
	}
}

func readProduct(d *reader, org, event string, details *inventoryv1.ProductDetails) inventory.ProductInput {
	in := inventory.ProductInput{
		Title: details.GetTitle(), Description: details.GetDescription(),
		MaxPerOrder: int(details.GetMaxPerOrder()), Online: details.GetOnline(), Terms: readTerms(d, details),
	}
	readID(d, "org_id", org, &in.Org)
	readID(d, "event_id", event, &in.Event)
	readIDs(d, "details.session_ids", details.GetSessionIds(), &in.Sessions)
	readIDs(d, "details.pool_ids", details.GetPoolIds(), &in.Pools)
	return in
}

func readPool(d *reader, org, event string, details *inventoryv1.PoolDetails) inventory.PoolInput {
	in := inventory.PoolInput{Title: details.GetTitle(), Closed: details.GetClosed()}
	if !details.GetUnlimited() {
		size := int(details.GetSize())
		in.Size = &size
	}
	readID(d, "org_id", org, &in.Org)
	readID(d, "event_id", event, &in.Event)
	readOptionalID(d, "details.session_id", details.GetSessionId(), &in.Session)
	return in
}

// CreateProduct implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) CreateProduct(ctx context.Context, req *inventoryv1.CreateProductRequest) (*inventoryv1.CreateProductResponse, error) {
	var d reader
	in := readProduct(&d, req.GetOrgId(), req.GetEventId(), req.GetDetails())
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.stock.CreateProduct(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.CreateProductResponse{Product: productMessage(p, 0)}, nil
}

// UpdateProduct implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) UpdateProduct(ctx context.Context, req *inventoryv1.UpdateProductRequest) (*inventoryv1.UpdateProductResponse, error) {
	var d reader
	var id uid.Product
	in := readProduct(&d, req.GetOrgId(), req.GetEventId(), req.GetDetails())
	readID(&d, "product_id", req.GetProductId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.stock.UpdateProduct(ctx, account.ActorFrom(ctx), Key(ctx, req), id, req.GetVersion(), in)
	if err != nil {
		return nil, err
	}
	counts, err := s.bookings.ProductCounts(ctx, in.Org, in.Event)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.UpdateProductResponse{Product: productMessage(p, counts[p.ID])}, nil
}

// ArchiveProduct implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) ArchiveProduct(ctx context.Context, req *inventoryv1.ArchiveProductRequest) (*inventoryv1.ArchiveProductResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	var id uid.Product
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	readID(&d, "product_id", req.GetProductId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.stock.ArchiveProduct(ctx, account.ActorFrom(ctx), Key(ctx, req), org, event, id, req.GetVersion())
	if err != nil {
		return nil, err
	}
	counts, err := s.bookings.ProductCounts(ctx, org, event)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.ArchiveProductResponse{Product: productMessage(p, counts[p.ID])}, nil
}

// CreatePool implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) CreatePool(ctx context.Context, req *inventoryv1.CreatePoolRequest) (*inventoryv1.CreatePoolResponse, error) {
	var d reader
	in := readPool(&d, req.GetOrgId(), req.GetEventId(), req.GetDetails())
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.stock.CreatePool(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.CreatePoolResponse{Pool: poolMessage(p)}, nil
}

// UpdatePool implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) UpdatePool(ctx context.Context, req *inventoryv1.UpdatePoolRequest) (*inventoryv1.UpdatePoolResponse, error) {
	var d reader
	var id uid.Pool
	in := readPool(&d, req.GetOrgId(), req.GetEventId(), req.GetDetails())
	readID(&d, "pool_id", req.GetPoolId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.stock.UpdatePool(ctx, account.ActorFrom(ctx), Key(ctx, req), id, req.GetVersion(), in)
	if err != nil {
		return nil, err
	}
	return &inventoryv1.UpdatePoolResponse{Pool: poolMessage(p)}, nil
}

// DeletePool implements lanyard.inventory.v1.InventoryService.
func (s *inventoryService) DeletePool(ctx context.Context, req *inventoryv1.DeletePoolRequest) (*inventoryv1.DeletePoolResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	var id uid.Pool
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	readID(&d, "pool_id", req.GetPoolId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	err := s.stock.DeletePool(ctx, account.ActorFrom(ctx), Key(ctx, req), org, event, id, req.GetVersion())
	return &inventoryv1.DeletePoolResponse{}, err
}
