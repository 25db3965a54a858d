package honest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stripe/stripe-mock/embedded"
)

// kinds are the objects that the simulator shows, by what they call themselves,
// and the schema that describes them. Whatever these speak of is kept too; the rest
// of the specification is left out, because reading all of it takes seconds.
var kinds = map[string]string{
	"account": "account", "balance": "balance", "balance_transaction": "balance_transaction", "charge": "charge",
	"checkout.session": "checkout.session", "dispute": "dispute", "event": "event", "item": "item",
	"payment_intent": "payment_intent", "payout": "payout", "radar.early_fraud_warning": "radar.early_fraud_warning",
	"refund": "refund", "webhook_endpoint": "webhook_endpoint", "application": "application",
}

const (
	schemaPath     = "#/components/schemas/"
	deletedWebhook = "deleted_webhook_endpoint"
	errorSchema    = "error"
)

// A book is the specification, as far as it is needed.
type book struct {
	raw     map[string]any // by name
	checked openapi3.Schemas
}

// specification reads Stripe's schema once.
var specification = sync.OnceValues(func() (*book, error) {
	var whole struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(embedded.OpenAPISpec, &whole); err != nil {
		return nil, fmt.Errorf("read Stripe's specification: %w", err)
	}
	b := &book{raw: map[string]any{}}
	wanted := append(slices.Sorted(maps.Values(kinds)), deletedWebhook, errorSchema)
	for len(wanted) > 0 {
		name := wanted[0]
		wanted = wanted[1:]
		if _, seen := b.raw[name]; seen {
			continue
		}
		schema, known := whole.Components.Schemas[name]
		if !known {
			return nil, fmt.Errorf("no %s in Stripe's specification", name)
		}
		b.raw[name] = schema
		wanted = append(wanted, trim(schema)...)
	}
	text, err := json.Marshal(map[string]any{
		"openapi": "3.0.0", "info": map[string]any{"title": "part", "version": "1"}, "paths": map[string]any{},
		"components": map[string]any{"schemas": b.raw},
	})
	if err != nil {
		return nil, fmt.Errorf("write the part of Stripe's specification: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("read the part of Stripe's specification: %w", err)
	}
	b.checked = doc.Components.Schemas
	return b, nil
})

// trim takes out of a schema what describes nothing, and returns the names of the
// schemas that it speaks of.
func trim(at any) []string {
	var names []string
	switch v := at.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return []string{strings.TrimPrefix(ref, schemaPath)}
		}
		for key, value := range v {
			text, isText := value.(string)
			if strings.HasPrefix(key, "x-") || (key == "description" && isText && text != "") {
				delete(v, key)
				continue
			}
			names = append(names, trim(value)...)
		}
	case []any:
		for _, member := range v {
			names = append(names, trim(member)...)
		}
	}
	return names
}

// Check holds an answer of the API against Stripe's schema, with every member of a
// list and the object of an event, and reports the first thing that is wrong.
func Check(answer []byte) error {
	b, err := specification()
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return fmt.Errorf("the answer is no JSON object: %w", err)
	}
	return b.check(tree)
}

func (b *book) check(tree map[string]any) error {
	if wrong, is := tree["error"].(map[string]any); is {
		return b.match(errorSchema, map[string]any{"error": wrong})
	}
	kind, _ := tree["object"].(string)
	if kind == "list" {
		return b.checkList(tree)
	}
	name := kinds[kind]
	if tree["deleted"] == true {
		name = deletedWebhook
	}
	if name == "" {
		return fmt.Errorf("an answer of an unknown kind %q", kind)
	}
	if err := b.match(name, tree); err != nil {
		return fmt.Errorf("%s %v: %w", kind, tree["id"], err)
	}
	if kind != "event" {
		return nil
	}
	about, _ := tree["data"].(map[string]any)["object"].(map[string]any)
	if err := b.check(about); err != nil {
		return fmt.Errorf("in the event %v: %w", tree["type"], err)
	}
	return nil
}

func (b *book) checkList(tree map[string]any) error {
	data, isList := tree["data"].([]any)
	_, saysMore := tree["has_more"].(bool)
	_, saysURL := tree["url"].(string)
	if !isList || !saysMore || !saysURL {
		return fmt.Errorf("a list lacks data, has_more or url")
	}
	for _, member := range data {
		one, isObject := member.(map[string]any)
		if !isObject {
			return fmt.Errorf("a list of %T", member)
		}
		if err := b.check(one); err != nil {
			return err
		}
	}
	return nil
}

// match holds a value against a schema, and looks for fields that it does not have.
func (b *book) match(name string, value any) error {
	if err := b.checked[name].Value.VisitJSON(plain(value), openapi3.VisitAsResponse()); err != nil {
		return err
	}
	if stray := b.stray(b.raw[name], value, ""); len(stray) > 0 {
		return fmt.Errorf("fields that Stripe does not have: %s", strings.Join(stray, ", "))
	}
	return nil
}

// plain turns json.Number into what the validator knows.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, one := range v {
			out[k] = plain(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = plain(one)
		}
		return out
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	}
	return value
}

// stray is the fields of a value that its schema does not speak of.
func (b *book) stray(schema, value any, path string) []string {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return b.stray(b.raw[strings.TrimPrefix(ref, schemaPath)], value, path)
	}
	if options, ok := s["anyOf"].([]any); ok {
		return b.leastStray(options, value, path)
	}
	switch v := value.(type) {
	case []any:
		var found []string
		for _, member := range v {
			found = append(found, b.stray(s["items"], member, path+"[]")...)
		}
		return found
	case map[string]any:
		properties, closed := s["properties"].(map[string]any)
		if !closed {
			return nil
		}
		var found []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if properties[key] == nil {
				found = append(found, strings.TrimPrefix(path+"."+key, "."))
				continue
			}
			found = append(found, b.stray(properties[key], v[key], path+"."+key)...)
		}
		return found
	}
	return nil
}

// leastStray judges a value by the alternative that fits it best.
func (b *book) leastStray(options []any, value any, path string) []string {
	if _, isObject := value.(map[string]any); !isObject {
		return nil
	}
	var best []string
	judged := false
	for _, option := range options {
		if o, _ := option.(map[string]any); o["type"] == "string" {
			continue
		}
		found := b.stray(option, value, path)
		if !judged || len(found) < len(best) {
			best, judged = found, true
		}
	}
	return best
}
