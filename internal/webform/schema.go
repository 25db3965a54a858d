package webform

import (
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "lanyard/gen/lanyard/policy/v1"
)

// kind is how a field is asked for.
type kind string

const (
	kindText     kind = "text"
	kindEmail    kind = "email"
	kindURL      kind = "url"
	kindNumber   kind = "number"
	kindDate     kind = "date"
	kindDateTime kind = "datetime-local"
	kindPhone    kind = "tel"
	kindZone     kind = "timezone"
	kindArea     kind = "textarea"
	kindSelect   kind = "select"
	kindRadio    kind = "radio"
	kindChecks   kind = "checks"
	kindTick     kind = "tick"
	kindHidden   kind = "hidden"
	kindGroup    kind = "group"  // a nested message
	kindRepeated kind = "groups" // a list of messages
	kindNone     kind = ""       // left to others
)

// fewChoices is up to how many choices stand on the page as buttons.
const fewChoices = 5

// schema is what a descriptor says about one field.
type schema struct {
	desc     protoreflect.FieldDescriptor
	name     string
	kind     kind
	ui       *policyv1.Field
	required bool
	choices  []choice
	min, max string // of a number; max also of a text's length
	pattern  string
}

// choice is one possible value.
type choice struct{ Value, Label, Help string }

// fieldsOf reads a message's fields in the order of the contract.
func fieldsOf(md protoreflect.MessageDescriptor) []schema {
	fields := make([]schema, 0, md.Fields().Len())
	for i := range md.Fields().Len() {
		fields = append(fields, schemaOf(md.Fields().Get(i)))
	}
	return fields
}

func schemaOf(fd protoreflect.FieldDescriptor) schema {
	s := schema{desc: fd, name: string(fd.Name()), ui: &policyv1.Field{}}
	if v, ok := proto.GetExtension(fd.Options(), policyv1.E_Field).(*policyv1.Field); ok && v != nil {
		s.ui = v
	}
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	s.read(rules)
	s.kind = s.chooseKind()
	return s
}

// read takes from the rules what a browser and a sentence can use.
func (s *schema) read(rules *validate.FieldRules) {
	if s.desc.Kind() == protoreflect.EnumKind {
		s.choices = choicesOf(s.desc.Enum(), rules.GetEnum().GetNotIn())
	}
	str := rules.GetString()
	if items := rules.GetRepeated().GetItems(); s.desc.IsList() && items != nil {
		str = items.GetString()
	}
	s.required = rules.GetRequired() || str.GetMinLen() > 0 && rules.GetIgnore() != validate.Ignore_IGNORE_IF_ZERO_VALUE ||
		slices.Contains(rules.GetEnum().GetNotIn(), 0) || rules.GetRepeated().GetMinItems() > 0 || rules.GetBool().GetConst()
	if n := str.GetMaxLen(); n > 0 {
		s.max = strconv.FormatUint(n, 10)
	}
	s.pattern = str.GetPattern()
	s.min, s.max = numberBounds(rules, s.min, s.max)
}

// numberBounds reads gte and lte of whichever number type the rules are for.
func numberBounds(rules *validate.FieldRules, low, high string) (string, string) {
	if rules == nil {
		return low, high
	}
	m := rules.ProtoReflect()
	which := m.WhichOneof(m.Descriptor().Oneofs().ByName("type"))
	if which == nil || which.Message() == nil {
		return low, high
	}
	inner := m.Get(which).Message()
	bound := func(name protoreflect.Name, otherwise string) string {
		fd := inner.Descriptor().Fields().ByName(name)
		if fd == nil || fd.Message() != nil || !inner.Has(fd) {
			return otherwise
		}
		return inner.Get(fd).String()
	}
	return bound("gte", low), bound("lte", high)
}

// choicesOf lists an enum's values that may be chosen and have a label.
func choicesOf(ed protoreflect.EnumDescriptor, not []int32) []choice {
	var out []choice
	for i := range ed.Values().Len() {
		v := ed.Values().Get(i)
		c, _ := proto.GetExtension(v.Options(), policyv1.E_Choice).(*policyv1.Choice)
		if v.Number() == 0 || slices.Contains(not, int32(v.Number())) || c.GetLabel() == "" {
			continue
		}
		out = append(out, choice{Value: string(v.Name()), Label: c.GetLabel(), Help: c.GetHelp()})
	}
	return out
}

// widgets are the kinds that a contract asks for by name.
var widgets = map[policyv1.Widget]kind{
	policyv1.Widget_WIDGET_HIDDEN:         kindHidden,
	policyv1.Widget_WIDGET_TEXTAREA:       kindArea,
	policyv1.Widget_WIDGET_MARKDOWN:       kindArea,
	policyv1.Widget_WIDGET_DATETIME_LOCAL: kindDateTime,
	policyv1.Widget_WIDGET_DATE:           kindDate,
	policyv1.Widget_WIDGET_TIMEZONE:       kindZone,
	policyv1.Widget_WIDGET_EMAIL:          kindEmail,
	policyv1.Widget_WIDGET_URL:            kindURL,
	policyv1.Widget_WIDGET_CHECKBOX:       kindTick,
	policyv1.Widget_WIDGET_CUSTOM:         kindNone,
}

func (s *schema) chooseKind() kind {
	fd := s.desc
	hidden := s.ui.GetWidget() == policyv1.Widget_WIDGET_HIDDEN
	switch {
	case s.ui.GetWidget() == policyv1.Widget_WIDGET_CUSTOM, fd.IsMap(), fd.Kind() == protoreflect.BytesKind:
		return kindNone
	case fd.Message() != nil:
		if hidden || strings.HasPrefix(string(fd.Message().FullName()), "google.protobuf.") {
			return kindNone
		}
		if fd.IsList() {
			return kindRepeated
		}
		return kindGroup
	case hidden:
		return kindHidden
	case fd.IsList():
		if len(s.choices) == 0 {
			return kindNone // a list of free texts has no common control
		}
		return kindChecks
	case fd.Kind() == protoreflect.EnumKind:
		if s.ui.GetWidget() == policyv1.Widget_WIDGET_RADIO || len(s.choices) <= fewChoices {
			return kindRadio
		}
		return kindSelect
	case fd.Kind() == protoreflect.BoolKind:
		return kindTick
	case fd.Kind() != protoreflect.StringKind:
		return kindNumber
	}
	if k, ok := widgets[s.ui.GetWidget()]; ok {
		return k
	}
	return kindText
}

// label is the field's own, or else its name in words.
func (s *schema) label() string {
	if l := s.ui.GetLabel(); l != "" {
		return l
	}
	words := strings.ReplaceAll(s.name, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// join puts a field's name behind the path of its message.
func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// index is the path of one element of a list.
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// ID is the id of the control with the given name.
func ID(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		case r == ']':
			return -1
		}
		return '-'
	}, name)
}
