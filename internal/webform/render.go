package webform

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/fault"
)

// Form is what a form is rendered with.
type Form struct {
	// Values are what the controls hold, by name: posted ones, or those of Values.
	Values url.Values
	// Violations are what is wrong, by the same names; others are left alone.
	Violations []fault.Field
	// Prefix is the path of the rendered message in the request; empty for a request.
	Prefix string
	// Whose completes "Enter … full name"; empty means "your".
	Whose string
	// Labels and Helps stand in for the contract's, by field name: for a form about
	// somebody else than the one who fills it in.
	Labels, Helps map[string]string
	// Leave names fields, without prefix, that somebody else renders.
	Leave []string
}

func (f Form) whose() string {
	if f.Whose == "" {
		return "your"
	}
	return f.Whose
}

// Render draws the fields of a message, in sections where the contract names
// them. The <form> element and its buttons are the caller's.
func Render(md protoreflect.MessageDescriptor, f Form) (template.HTML, error) {
	return draw(f.controls(md, f.Prefix), f.Prefix)
}

func (f Form) controls(md protoreflect.MessageDescriptor, prefix string) []control {
	var out []control
	fields := fieldsOf(md)
	for _, s := range fields {
		s = f.reworded(s)
		if s.kind == kindNone || slices.Contains(f.Leave, s.name) {
			continue
		}
		c := f.control(s, prefix)
		if s.kind == kindRepeated {
			out = append(out, f.repeated(s, c)...)
			continue
		}
		f.condition(&c, s, fields, prefix)
		out = append(out, c)
	}
	return out
}

// reworded puts the caller's words in place of the contract's. Browsers fill in
// the details of whoever sits before them, so for somebody else they are not asked to.
func (f Form) reworded(s schema) schema {
	label, help := f.Labels[s.name], f.Helps[s.name]
	others := f.whose() != "your" && s.ui.GetAutocomplete() != ""
	if label == "" && help == "" && !others {
		return s
	}
	ui, ok := proto.Clone(s.ui).(*policyv1.Field)
	if !ok {
		return s
	}
	if label != "" {
		ui.Label = label
	}
	if help != "" {
		ui.Help = help
	}
	if others {
		ui.Autocomplete = "off"
	}
	s.ui = ui
	return s
}

// repeated draws one group for each element that the values mention, and at
// least one where the contract asks for one.
func (f Form) repeated(s schema, c control) []control {
	p := parser{values: f.Values}
	var out []control
	for i := 0; i < maxElements && (p.mentions(index(c.Name, i)+".") || i == 0 && s.required); i++ {
		one := c
		one.Kind, one.ShowIf = kindGroup, ""
		one.Name = index(c.Name, i)
		one.ID = ID(one.Name)
		one.Fields = f.controls(s.desc.Message(), one.Name)
		out = append(out, one)
	}
	return out
}

func (f Form) control(s schema, prefix string) control {
	name := join(prefix, s.name)
	c := control{
		Kind: s.kind, Name: name, ID: ID(name), Label: s.label(), Help: s.ui.GetHelp(), Placeholder: s.ui.GetPlaceholder(),
		Autocomplete: s.ui.GetAutocomplete(), Section: s.ui.GetSection(), Required: s.required, Optional: !s.required,
		Value: f.Values.Get(name), Error: f.errorFor(name, s.terms(f.whose())),
	}
	c.says(s.terms(f.whose()), s.fitRule())
	for _, ch := range s.choices {
		c.Options = append(c.Options, option{Value: ch.Value, Label: ch.Label, Help: ch.Help, Checked: slices.Contains(f.Values[name], ch.Value)})
	}
	switch s.kind {
	case kindGroup:
		c.Fields = f.controls(s.desc.Message(), name)
	case kindRadio:
		c.Layout = "cards"
	case kindTick:
		c.Value, c.Options = "true", []option{{Checked: f.Values.Get(name) != "" && f.Values.Get(name) != "false"}}
		c.Optional = false
	case kindHidden:
		c.FillsZone = s.name == "timezone"
	default:
		c.input(s)
	}
	return c
}

// says gives the script the sentences that the server would use.
func (c *control) says(t terms, fit string) {
	if c.Required {
		need := fault.Field{Rule: "required", Message: "is missing"}
		c.Need = sentence(need, t)
	}
	if fit != "" {
		c.Fit = sentence(fault.Field{Rule: fit, Message: "cannot be used like this"}, t)
	}
}

// fitRule is the rule that a browser can find broken while somebody types.
func (s schema) fitRule() string {
	switch s.kind {
	case kindText, kindEmail, kindURL, kindDate, kindDateTime:
		if s.pattern != "" || s.kind != kindText {
			return "string.pattern"
		}
	case kindNumber:
		if s.min != "" && s.max != "" {
			return s.desc.Kind().String() + ".gte_lte"
		}
		return "number"
	}
	return ""
}

// input sets the attributes of a text box.
func (c *control) input(s schema) {
	c.Type = string(s.kind)
	c.Rows = 4
	switch s.kind {
	case kindArea:
		c.MaxLength = s.max
	case kindNumber:
		c.Min, c.Max, c.InputMode, c.Step = s.min, s.max, "numeric", "1"
		if k := s.desc.Kind(); k == protoreflect.DoubleKind || k == protoreflect.FloatKind {
			c.InputMode, c.Step = "decimal", "any"
		}
	case kindText, kindURL, kindEmail:
		c.MaxLength = s.max
		c.Pattern = htmlPattern(s.pattern)
		if s.kind == kindEmail && s.pattern != "" {
			// The contract's own pattern judges; browsers refuse letters before the
			// @ that are not ASCII.
			c.Type, c.InputMode = "text", "email"
		}
	case kindZone:
		c.Type, c.MaxLength, c.Zones = "text", s.max, zones
	}
}

// condition reads show_if, "mode=A|B", which names a field beside this one.
func (f Form) condition(c *control, s schema, fields []schema, prefix string) {
	name, values, ok := strings.Cut(s.ui.GetShowIf(), "=")
	if !ok || !slices.ContainsFunc(fields, func(o schema) bool { return o.name == name }) {
		return
	}
	equals := strings.Split(values, "|")
	path := join(prefix, name)
	c.ShowIf = showIf(path, equals)
	c.Hidden = !slices.Contains(equals, f.Values.Get(path))
}

// errorFor is the sentence for the first violation of a field.
func (f Form) errorFor(name string, t terms) string {
	for _, v := range f.Violations {
		if v.Path == name || elementOf(v.Path, name) {
			return sentence(v, t)
		}
	}
	return ""
}

// elementOf reports whether path is one element of the list named name.
func elementOf(path, name string) bool {
	rest, ok := strings.CutPrefix(path, name+"[")
	return ok && strings.HasSuffix(rest, "]") && !strings.Contains(rest, ".")
}

// terms are what sentences about the field may say.
func (s schema) terms(whose string) terms {
	t := terms{label: s.label(), whose: whose, sort: string(s.kind), choices: s.choices, min: s.min, max: s.max}
	switch s.kind {
	case kindRadio, kindSelect, kindChecks:
		t.sort = "choice"
	case kindDateTime:
		t.sort = "datetime"
	case kindText:
		if strings.HasPrefix(s.pattern, "^[^") {
			t.sort = "name"
		}
	}
	return t
}

// Problem is one line of the summary at the top of a form: a sentence, and the
// control that it leads to. ID is empty when no control on the page is meant.
type Problem struct{ ID, Text string }

// Summary puts the violations into sentences, in the order in which the fields
// stand on the page, each field once. Violations of no field of the message are
// left out; see Rest.
func Summary(md protoreflect.MessageDescriptor, f Form) []Problem {
	var out []Problem
	for _, c := range flatten(f.controls(md, f.Prefix)) {
		if c.Error != "" {
			out = append(out, Problem{ID: c.ID, Text: c.Error})
		}
	}
	return out
}

func flatten(controls []control) []control {
	var out []control
	for _, c := range controls {
		out = append(out, c)
		out = append(out, flatten(c.Fields)...)
	}
	return out
}

// Rest are the violations that no control of the page stands for, in sentences.
// shown are the problems that the page shows already.
func Rest(violations []fault.Field, shown []Problem) []Problem {
	var out []Problem
	for _, v := range violations {
		id := ID(strings.TrimRight(v.Path, "[]0123456789"))
		if v.Path == "" || !strings.HasSuffix(v.Path, "]") {
			id = ID(v.Path)
		}
		if slices.ContainsFunc(shown, func(p Problem) bool { return p.ID == id }) {
			continue
		}
		p := Problem{Text: sentence(v, terms{label: "The form"})}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
