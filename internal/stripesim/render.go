package stripesim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// mostExpansion is how deep a path of expand may go.
const mostExpansion = 4

// A page is a list as the API shows it.
type page struct {
	Object  string `json:"object"`
	Data    []any  `json:"data"`
	HasMore bool   `json:"has_more"`
	URL     string `json:"url"`
}

// shown is the part of a row that the API shows.
func shown(row any) any {
	switch r := row.(type) {
	case *session:
		return r.sessionObject
	case *intent:
		return r.intentObject
	case *charge:
		return r.chargeObject
	case *refund:
		return r.refundObject
	case *dispute:
		return r.disputeObject
	case *warning:
		return r.warningObject
	case *txn:
		return r.txnObject
	case *payout:
		return r.payoutObject
	case *event:
		return r.eventObject
	case *endpoint:
		return r.endpointObject
	}
	return row
}

// render writes an answer, with what the caller wants expanded.
func (s *Sim) render(a *account, got any, expand []string) (json.RawMessage, *apiError) {
	text, err := json.MarshalIndent(shown(got), "", "  ")
	if err != nil {
		return nil, &apiError{Status: 500, Type: typeAPI, Message: err.Error()}
	}
	if len(expand) == 0 {
		return text, nil
	}
	tree, err := decodeTree(text)
	if err != nil {
		return nil, &apiError{Status: 500, Type: typeAPI, Message: err.Error()}
	}
	for _, path := range expand {
		steps := strings.Split(path, ".")
		depth := len(steps)
		if steps[0] == "data" {
			depth--
		}
		if depth > mostExpansion {
			return nil, invalid("", "expand", fmt.Sprintf("You cannot expand more than %d levels of a property: %s", mostExpansion, path))
		}
		if !s.expand(a, tree, steps) {
			return nil, invalid("", "expand", "This property cannot be expanded ("+path+").")
		}
	}
	if text, err = json.MarshalIndent(tree, "", "  "); err != nil {
		return nil, &apiError{Status: 500, Type: typeAPI, Message: err.Error()}
	}
	return text, nil
}

func decodeTree(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	err := d.Decode(&tree)
	return tree, err
}

// expand replaces ids by what they name, along a path. It reports whether the
// path can be expanded at all.
func (s *Sim) expand(a *account, at any, steps []string) bool {
	if len(steps) == 0 {
		return true
	}
	switch v := at.(type) {
	case []any:
		for _, member := range v {
			if !s.expand(a, member, steps) {
				return false
			}
		}
		return true
	case map[string]any:
		value, known := v[steps[0]]
		if !known || value == nil {
			value = s.included(a, v, steps[0])
			if value == nil {
				return known
			}
			v[steps[0]] = value
		}
		if id, isText := value.(string); isText {
			if value = s.named(a, id); value == nil {
				return false
			}
			v[steps[0]] = value
		}
		switch value.(type) {
		case map[string]any, []any:
			return s.expand(a, value, steps[1:])
		}
	}
	return false
}

// named is the tree of the object with this id, or nil.
func (s *Sim) named(a *account, id string) any {
	row := a.object(id)
	if row == nil {
		return nil
	}
	return asTree(shown(row))
}

func asTree(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	tree, err := decodeTree(text)
	if err != nil {
		return nil
	}
	return tree
}

// object finds any object of the account by its id.
func (a *account) object(id string) any {
	prefix, _, _ := strings.Cut(id, "_")
	var found shelf
	switch prefix {
	case "cs":
		found = a.sessions
	case "pi":
		found = a.intents
	case "ch", "py":
		found = a.charges
	case "re", "pyr":
		found = a.refunds
	case "dp":
		found = a.disputes
	case "txn":
		found = a.txns
	case "po":
		found = a.payouts
	case "issfr":
		found = a.warnings
	default:
		return nil
	}
	return found.row(id)
}

// included are the lists that are part of an object only when asked for.
func (s *Sim) included(a *account, of map[string]any, name string) any {
	id, _ := of["id"].(string)
	list := page{Object: "list", Data: []any{}}
	switch {
	case name == "line_items" && of["object"] == "checkout.session":
		list.URL = "/v1/checkout/sessions/" + id + "/line_items"
		for _, l := range a.sessions.get(id).Lines {
			list.Data = append(list.Data, l)
		}
	case name == "refunds" && of["object"] == "charge":
		list.URL = "/v1/charges/" + id + "/refunds"
		for _, one := range a.refunds.newest() {
			if r := a.refunds.get(one); r.Charge == id {
				list.Data = append(list.Data, r.refundObject)
			}
		}
	default:
		return nil
	}
	if len(list.Data) > 10 {
		list.Data, list.HasMore = list.Data[:10], true
	}
	return asTree(list)
}

// listed answers a call for a list: newest first, filtered, a page at a time.
func listed[T any](c *call, t *table[T], url, kind string, created func(*T) int64, want func(*T) bool) (any, *apiError) {
	limit := c.form.integer("limit", 10)
	after, before := c.form.text("starting_after"), c.form.text("ending_before")
	inRange := c.during("created")
	if *c.form.problem != nil {
		return nil, *c.form.problem
	}
	if limit < 1 || limit > 100 {
		return nil, invalid("parameter_invalid_integer", "limit", "Invalid integer: limit must be between 1 and 100")
	}
	if after != "" && before != "" {
		return nil, invalid("", "starting_after", "You can only pass one of starting_after and ending_before.")
	}
	for param, id := range map[string]string{"starting_after": after, "ending_before": before} {
		if id != "" && t.get(id) == nil {
			refused := missing(kind, id)
			refused.Param, refused.Status = param, 400
			return nil, refused
		}
	}
	var data []any
	more, begun := false, after == ""
	for _, id := range t.newest() {
		if id == before || (before == "" && int64(len(data)) > limit) {
			break
		}
		if begun && inRange(created(t.get(id))) && (want == nil || want(t.get(id))) {
			data = append(data, shown(any(t.get(id))))
		}
		begun = begun || id == after
	}
	if int64(len(data)) > limit {
		more = true
		if before != "" {
			data = data[int64(len(data))-limit:]
		} else {
			data = data[:limit]
		}
	}
	if data == nil {
		data = []any{}
	}
	return page{Object: "list", Data: data, HasMore: more, URL: url}, nil
}

// during reads a filter by time: a number, or bounds.
func (c *call) during(name string) func(int64) bool {
	f := c.form.child(name)
	if f.at == nil {
		return func(int64) bool { return true }
	}
	if f.at.kids == nil {
		exact := c.form.integer(name, 0)
		return func(t int64) bool { return t == exact }
	}
	const most = int64(1) << 62
	gt, gte := f.integer("gt", -1), f.integer("gte", 0)
	lt, lte := f.integer("lt", most), f.integer("lte", most)
	return func(t int64) bool { return t > gt && t >= gte && t < lt && t <= lte }
}
