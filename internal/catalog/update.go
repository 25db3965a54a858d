package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"lanyard/internal/account"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// UpdateInput changes what is said about an event.
type UpdateInput struct {
	Org     uid.Org
	Event   uid.Event
	Version int64
	Details Details
	// Fields are the fields of Details to take, in the spelling of their JSON
	// names, such as "title"; empty means all.
	Fields []string
	// Notify tells everybody who registered even when only texts changed.
	Notify bool
}

// placeFields are told to people as one thing: where to go.
var placeFields = []string{"mode", "venue", "address", "city", "country"}

// Update changes the named fields. An empty slug is made from the title anew;
// the address that the event had keeps redirecting.
func (s *Service) Update(ctx context.Context, actor account.Actor, key replay.Key, in UpdateInput) (Event, error) {
	in.Details = in.Details.tidy()
	if err := checkFields(in.Fields); err != nil {
		return Event{}, err
	}
	takesSlug := len(in.Fields) == 0 || slices.Contains(in.Fields, "slug")
	t := target{org: in.Org, event: in.Event, names: takesSlug, action: "event.update"}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		if err := c.expect(in.Version); err != nil {
			return err
		}
		if st := c.standing(); st == StateCancelled || st == StateArchived {
			return wrongState("event_id", "This event is cancelled or archived, so it cannot be changed.")
		}
		e := &c.after
		if err := e.Details.take(in.Details, in.Fields); err != nil {
			return err
		}
		var p problems
		e.Details.check(&p, "details.")
		closing(&p, "details.registration_closes_local", e.Details, e.Schedule)
		if err := p.err(); err != nil {
			return err
		}
		if takesSlug && e.Slug != c.before.Slug {
			if err := chooseSlugTx(ctx, c.tx, e, "details.slug"); err != nil {
				return err
			}
		}
		return c.changed(in.Notify)
	})
}

func checkFields(names []string) error {
	known, err := picture(Details{})
	if err != nil {
		return err
	}
	var p problems
	for _, name := range names {
		if _, ok := known[name]; !ok {
			p.add("update_mask", "field_mask.unknown", "names %q, which is no field of an event", name)
		}
	}
	return p.err()
}

// take copies the named fields of from; all when none is named.
func (d *Details) take(from Details, names []string) error {
	if len(names) == 0 {
		*d = from
		return nil
	}
	mine, err := picture(*d)
	if err != nil {
		return err
	}
	theirs, err := picture(from)
	if err != nil {
		return err
	}
	for _, name := range names {
		mine[name] = theirs[name]
	}
	raw, err := json.Marshal(mine)
	if err != nil {
		return fmt.Errorf("encode details: %w", err)
	}
	if err := json.Unmarshal(raw, d); err != nil {
		return fmt.Errorf("decode details: %w", err)
	}
	return nil
}

// changed notes which of the event's details differ from before.
func (c *edit) changed(notify bool) error {
	was, is, err := difference(c.before.Details, c.after.Details)
	if err != nil || len(is) == 0 {
		return err
	}
	d := Changed{Notify: notify, Before: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		word := name
		if slices.Contains(placeFields, name) {
			word = ChangedPlace
		}
		if word == ChangedPlace || word == ChangedJoinAddress {
			d.Notify = true
		}
		if word != ChangedJoinAddress {
			d.Before[name] = was[name]
		}
		if !slices.Contains(d.Changed, word) {
			d.Changed = append(d.Changed, word)
		}
	}
	c.fact(FactChanged, d)
	return nil
}
