package stripesim

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What a form may have at most; Stripe's own limits are of this order.
const (
	mostPairs = 2000
	mostDepth = 8
)

// A node is one place in a form: a text, or a group of named places.
type node struct {
	text string
	kids map[string]*node
}

// A form is a decoded request: the bracketed keys of a[b][0]=c as a tree. What is
// asked of it in the wrong form is remembered as its problem, so that a caller
// reads everything first and looks once.
type form struct {
	at      *node
	path    string
	problem **apiError
}

// decodeForm reads a query string or a form body.
func decodeForm(text string) (form, error) {
	root := &node{kids: map[string]*node{}}
	pairs := strings.Split(text, "&")
	if len(pairs) > mostPairs {
		return form{}, fmt.Errorf("a form of %d fields is too long", len(pairs))
	}
	for _, pair := range pairs {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return form{}, fmt.Errorf("a field's name is badly escaped: %w", err)
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return form{}, fmt.Errorf("the value of %s is badly escaped: %w", key, err)
		}
		steps, err := splitKey(key)
		if err != nil {
			return form{}, err
		}
		if err := root.put(steps, value, key); err != nil {
			return form{}, err
		}
	}
	return form{at: root, problem: new(*apiError)}, nil
}

// splitKey takes a[b][0] apart.
func splitKey(key string) ([]string, error) {
	head, rest, _ := strings.Cut(key, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, fmt.Errorf("invalid field name %q", key)
	}
	steps := []string{head}
	if len(head) == len(key) {
		return steps, nil
	}
	inner, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return nil, fmt.Errorf("invalid field name %q", key)
	}
	for _, step := range strings.Split(inner, "][") {
		if strings.ContainsAny(step, "[]") {
			return nil, fmt.Errorf("invalid field name %q", key)
		}
		steps = append(steps, step)
	}
	if len(steps) > mostDepth {
		return nil, fmt.Errorf("field %q is nested too deeply", key)
	}
	return steps, nil
}

func (n *node) put(steps []string, value, key string) error {
	for _, step := range steps {
		if n.kids == nil {
			if n.text != "" {
				return fmt.Errorf("field %q is a value and a group at once", key)
			}
			n.kids = map[string]*node{}
		}
		if step == "" { // the next free place of a list
			step = strconv.Itoa(len(n.kids))
		}
		next := n.kids[step]
		if next == nil {
			next = &node{}
			n.kids[step] = next
		}
		n = next
	}
	if n.kids != nil {
		return fmt.Errorf("field %q is a value and a group at once", key)
	}
	n.text = value
	return nil
}

func (f form) child(name string) form {
	path := name
	if f.path != "" {
		path = f.path + "[" + name + "]"
	}
	c := form{path: path, problem: f.problem}
	if f.at != nil && f.at.kids != nil {
		c.at = f.at.kids[name]
	}
	return c
}

// has reports whether the field was sent, be it empty.
func (f form) has(name string) bool { return f.child(name).at != nil }

// names are the fields of this group, sorted.
func (f form) names() []string {
	var names []string
	if f.at != nil {
		for name := range f.at.kids {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (f form) complain(code, format string, args ...any) {
	if *f.problem == nil {
		*f.problem = invalid(code, f.path, fmt.Sprintf(format, args...))
	}
}

// text is a field's value, or "".
func (f form) text(name string) string {
	c := f.child(name)
	if c.at == nil {
		return ""
	}
	if c.at.kids != nil {
		c.complain("parameter_invalid_string", "Invalid string: %s is a group", c.path)
		return ""
	}
	return c.at.text
}

// integer is a field's value, or fallback when it was not sent.
func (f form) integer(name string, fallback int64) int64 {
	text := f.text(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.child(name).complain("parameter_invalid_integer", "Invalid integer: %s", text)
	}
	return n
}

// flag is a field's value, or false.
func (f form) flag(name string) bool {
	switch text := f.text(name); text {
	case "true":
		return true
	case "false", "":
	default:
		f.child(name).complain("", "Invalid boolean: %s", text)
	}
	return false
}

// oneOf is a field's value, which must be one of those allowed or absent.
func (f form) oneOf(name string, allowed ...string) string {
	text := f.text(name)
	if text != "" && !slices.Contains(allowed, text) {
		f.child(name).complain("", "Invalid %s: must be one of %s", f.child(name).path, strings.Join(allowed, ", "))
	}
	return text
}

// list is a field's members in the order of their numbers.
func (f form) list(name string) []form {
	c := f.child(name)
	if c.at == nil || c.at.kids == nil {
		if c.at != nil && c.at.text != "" {
			c.complain("", "Invalid array")
		}
		return nil
	}
	var numbers []int
	for key := range c.at.kids {
		n, err := strconv.Atoi(key)
		if err != nil || n < 0 || strconv.Itoa(n) != key {
			c.complain("", "Invalid array")
			return nil
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var members []form
	for _, n := range numbers {
		members = append(members, c.child(strconv.Itoa(n)))
	}
	return members
}

// texts is a list of plain values.
func (f form) texts(name string) []string {
	var texts []string
	for _, m := range f.list(name) {
		if m.at.kids != nil {
			m.complain("", "Invalid string")
		}
		texts = append(texts, m.at.text)
	}
	return texts
}

// pairs is a field of metadata. Never nil.
func (f form) pairs(name string) map[string]string {
	out := map[string]string{}
	c := f.child(name)
	for _, key := range c.names() {
		value := c.text(key)
		switch {
		case len(key) > 40:
			c.complain("", "Metadata keys can be at most 40 characters long")
		case len(value) > 500:
			c.child(key).complain("", "Metadata values can be at most 500 characters long")
		case value != "":
			out[key] = value
		}
	}
	if len(out) > 50 {
		c.complain("", "Metadata can have at most 50 keys")
	}
	return out
}
