package booking

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// maxProofTries is how many wrong codes a basket may be given.
const maxProofTries = 5

const sqlAskProof = `
UPDATE order_terms
   SET prove_email = @email
 WHERE org_id = @org_id
   AND order_id = @id`

// ProveCompany sends a six-digit code to a work address, to prove that the buyer
// reads it. Whether a member company has the address is not said: the answer is
// the same, and the mail tells.
func (s *Service) ProveCompany(ctx context.Context, key replay.Key, secret, email string) error {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return fault.NotFound("basket")
	}
	a := Attendee{Name: "-", Email: email, Segment: SegmentBusiness}.clean()
	if bad := a.check(""); len(bad) > 0 {
		return fault.InvalidField("email", bad[0].Rule, "%s", bad[0].Message)
	}
	id := uid.Order(ref.ID)
	key.Scope += " " + id.String()
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			o, err := lockSaleTx(ctx, tx, ref.Org, id)
			if err != nil {
				return struct{}{}, notFoundAs(err, "basket")
			}
			if o.PlacedAt != nil {
				return struct{}{}, fault.Precondition(fault.WrongState, "This basket was used already.")
			}
			_, err = tx.Exec(ctx, sqlAskProof, pgx.StrictNamedArgs{"org_id": ref.Org, "id": id, "email": a.Email})
			if err != nil {
				return struct{}{}, fmt.Errorf("keep the address to prove: %w", err)
			}
			return struct{}{}, s.box.AppendTx(ctx, tx, outbox.Fact{Org: ref.Org, Kind: FactCompanyCode, Subject: id})
		})
		return err
	})
}

// CompanyCodeTx is the address that a basket's buyer wants to prove, and the code
// that proves it. It follows from the basket and the address, so nothing secret
// is stored.
func (s *Service) CompanyCodeTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) (email, code string, err error) {
	o, err := readSale(ctx, tx, org, id)
	return o.ProveEmail, s.proof(o), err
}

func (s *Service) proof(o sale) string {
	return s.keys.Digits(link.Hold, o.Org, o.ID, strings.ToLower(o.ProveEmail))
}

const sqlCountTry = `
UPDATE order_terms
   SET prove_tries = prove_tries + 1
 WHERE org_id = @org_id
   AND order_id = @id
   AND prove_tries < @most`

// ConfirmCompany takes the code and quotes the basket anew with the member price
// of the address's company; the new basket has a secret of its own. Five wrong
// codes are too many.
func (s *Service) ConfirmCompany(ctx context.Context, key replay.Key, secret, digits string) (Basket, error) {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return Basket{}, fault.NotFound("basket")
	}
	if err := s.countTry(ctx, ref, digits); err != nil {
		return Basket{}, err
	}
	return s.refill(ctx, key, secret, func(tx *pg.Tx, old sale, f *filling) error {
		company, ok, err := s.stock.CompanyOfDomainTx(ctx, tx, old.Org, old.ProveEmail)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Precondition(fault.NotAllowed, "Your address is proved, but it belongs to no member company.")
		}
		f.company, f.companyAs, f.proved = company.ID, company.Name, old.ProveEmail
		return nil
	})
}

// countTry compares a code, and counts it first so that guessing ends.
func (s *Service) countTry(ctx context.Context, ref link.Ref, digits string) error {
	var o sale
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		if o, err = readSale(ctx, tx, ref.Org, uid.Order(ref.ID)); err != nil {
			return notFoundAs(err, "basket")
		}
		tag, err := tx.Exec(ctx, sqlCountTry, pgx.StrictNamedArgs{"org_id": ref.Org, "id": o.ID, "most": maxProofTries})
		if err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.TooMany(fault.RateLimited, time.Hour, "Too many wrong codes. Please go on without the member price, or start again.")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if o.ProveEmail == "" || subtle.ConstantTimeCompare([]byte(s.proof(o)), []byte(digits)) != 1 {
		return fault.InvalidField("code", "code", "is not the code from the mail")
	}
	return nil
}
