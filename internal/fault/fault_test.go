package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lanyard/internal/fault"
)

func TestError_IsFoundThroughWrappingAndHidesItsCause(t *testing.T) {
	t.Parallel()
	secret := errors.New("relation \"pool\" does not exist")
	f := fault.Precondition(fault.SoldOut, "Only %d left.", 2).Because(secret)
	err := fmt.Errorf("place order: %w", f)

	if !fault.Is(err, fault.SoldOut) || fault.Is(err, fault.SalesClosed) || fault.Is(secret, fault.SoldOut) {
		t.Error("the reason is not found where it is, or found where it is not")
	}
	if strings.Contains(f.Error(), "pool") || !errors.Is(err, secret) {
		t.Errorf("%q shows its cause, or the log has lost it", f.Error())
	}
	g, ok := fault.As(fault.InvalidField("details.title", "required", "is missing"))
	if !ok || g.Kind != fault.KindInvalid || g.Fields[0].Path != "details.title" {
		t.Errorf("got %+v", g)
	}
}
