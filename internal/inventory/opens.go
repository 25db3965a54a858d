package inventory

import (
	"context"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// OpensTx says which hidden products a code opens, whatever else it does. It fails
// with CODE_INVALID or CODE_USED_UP, naming "code", when the code cannot be used
// now. Nothing is taken.
func (s *Service) OpensTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, code string) (map[uid.Product]bool, error) {
	products, err := readPricedTx(ctx, tx, org, event)
	if err != nil {
		return nil, err
	}
	r := reckoning{now: tx.Now, products: products}
	if r.code, err = codeTx(ctx, tx, org, event, code); err != nil {
		return nil, err
	}
	if err := r.checkCode(); err != nil {
		return nil, err
	}
	opened := map[uid.Product]bool{}
	for id, p := range products {
		if p.Terms.Hidden && r.code.opens(id) {
			opened[id] = true
		}
	}
	return opened, nil
}
