package catalog

import (
	"fmt"

	"lanyard/internal/fault"
)

// problems collects what is wrong with an input, so that people hear of all of
// it at once.
type problems struct{ fields []fault.Field }

func (p *problems) add(path, rule, format string, args ...any) {
	p.fields = append(p.fields, fault.Field{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// err is the fault with everything collected, or nil.
func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	return fault.Invalid(p.fields...)
}

// named adds to a fault the field that it is about.
func named(e *fault.Error, path, rule, message string) *fault.Error {
	e.Fields = []fault.Field{{Path: path, Rule: rule, Message: message}}
	return e
}

func stale() error {
	return named(fault.Conflict(fault.StaleVersion, "Somebody else changed this in the meantime. Please look at it again."),
		"version", "version.stale", "is not the present one")
}

func alreadyCancelled(path, message string) error {
	return named(fault.Precondition(fault.AlreadyCancelled, "%s", message), path, "state.cancelled", "is cancelled already")
}

func wrongState(path, message string) error {
	return named(fault.Precondition(fault.WrongState, "%s", message), path, "state.wrong", message)
}
