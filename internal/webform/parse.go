package webform

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"lanyard/internal/fault"
)

// maxElements bounds a list of messages, whatever a form claims.
const maxElements = 200

// Parse fills msg from a posted form whose names begin with prefix, which is
// empty for a whole request. It returns what does not fit the fields' types, by
// path; such fields stay unset. Values that belong to no field are ignored.
func Parse(values url.Values, prefix string, msg proto.Message) []fault.Field {
	p := parser{values: values}
	p.message(prefix, msg.ProtoReflect())
	return p.bad
}

type parser struct {
	values url.Values
	bad    []fault.Field
}

func (p *parser) message(prefix string, m protoreflect.Message) {
	for _, s := range fieldsOf(m.Descriptor()) {
		path := join(prefix, s.name)
		switch s.kind {
		case kindNone:
		case kindGroup:
			if p.mentions(path + ".") {
				p.message(path, m.Mutable(s.desc).Message())
			}
		case kindRepeated:
			list := m.Mutable(s.desc).List()
			for i := 0; i < maxElements && p.mentions(index(path, i)+"."); i++ {
				p.message(index(path, i), list.AppendMutable().Message())
			}
		default:
			p.scalar(path, s, m)
		}
	}
}

// mentions reports whether any value's name begins with prefix.
func (p *parser) mentions(prefix string) bool {
	for name := range p.values {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (p *parser) scalar(path string, s schema, m protoreflect.Message) {
	texts := slices.DeleteFunc(slices.Clone(p.values[path]), func(v string) bool { return strings.TrimSpace(v) == "" })
	if len(texts) == 0 {
		return
	}
	if s.desc.IsList() {
		if s.desc.Kind() == protoreflect.MessageKind {
			return
		}
		list := m.Mutable(s.desc).List()
		for _, text := range texts[:min(len(texts), maxElements)] {
			if v, rule := convert(s, text); rule != "" {
				p.report(path, rule)
			} else {
				list.Append(v)
			}
		}
		return
	}
	v, rule := convert(s, texts[0])
	if rule != "" {
		p.report(path, rule)
		return
	}
	m.Set(s.desc, v)
}

func (p *parser) report(path, rule string) {
	p.bad = append(p.bad, fault.Field{Path: path, Rule: rule, Message: "does not fit the field"})
}

// convert reads one text as the field's type; rule says why it cannot.
func convert(s schema, text string) (v protoreflect.Value, rule string) {
	if !utf8.ValidString(text) {
		return v, "string.utf8"
	}
	number := strings.TrimSpace(text)
	switch s.desc.Kind() {
	case protoreflect.StringKind:
		if s.kind == kindArea {
			text = strings.ReplaceAll(text, "\r\n", "\n") // browsers send line ends in this form
		}
		return protoreflect.ValueOfString(strings.TrimSpace(text)), ""
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(number != "false" && number != "0" && number != "no"), ""
	case protoreflect.EnumKind:
		if ev := s.desc.Enum().Values().ByName(protoreflect.Name(number)); ev != nil {
			return protoreflect.ValueOfEnum(ev.Number()), ""
		}
		return v, "enum.defined_only"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := strconv.ParseInt(number, 10, 32)
		return protoreflect.ValueOfInt32(int32(n)), wrongNumber(err)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		n, err := strconv.ParseInt(number, 10, 64)
		return protoreflect.ValueOfInt64(n), wrongNumber(err)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := strconv.ParseUint(number, 10, 32)
		return protoreflect.ValueOfUint32(uint32(n)), wrongNumber(err)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := strconv.ParseUint(number, 10, 64)
		return protoreflect.ValueOfUint64(n), wrongNumber(err)
	case protoreflect.FloatKind:
		f, err := finite(number, 32)
		return protoreflect.ValueOfFloat32(float32(f)), wrongNumber(err)
	case protoreflect.DoubleKind:
		f, err := finite(number, 64)
		return protoreflect.ValueOfFloat64(f), wrongNumber(err)
	case protoreflect.BytesKind, protoreflect.MessageKind, protoreflect.GroupKind:
	}
	return v, "number"
}

func wrongNumber(err error) string {
	if err != nil {
		return "number"
	}
	return ""
}

// finite reads a decimal number that is one: no infinities, no NaN.
func finite(text string, bits int) (float64, error) {
	f, err := strconv.ParseFloat(text, bits)
	if err == nil && (math.IsInf(f, 0) || math.IsNaN(f)) {
		err = strconv.ErrRange
	}
	return f, err
}

// Values is the content of a message as form values; fields that are not set
// are left out.
func Values(prefix string, msg proto.Message) url.Values {
	out := url.Values{}
	addValues(out, prefix, msg.ProtoReflect())
	return out
}

func addValues(out url.Values, prefix string, m protoreflect.Message) {
	for _, s := range fieldsOf(m.Descriptor()) {
		path := join(prefix, s.name)
		if s.kind == kindNone || !m.Has(s.desc) {
			continue
		}
		v := m.Get(s.desc)
		switch {
		case s.kind == kindGroup:
			addValues(out, path, v.Message())
		case s.kind == kindRepeated:
			for i := range v.List().Len() {
				addValues(out, index(path, i), v.List().Get(i).Message())
			}
		case s.desc.IsList():
			for i := range v.List().Len() {
				out.Add(path, text(s.desc, v.List().Get(i)))
			}
		default:
			out.Set(path, text(s.desc, v))
		}
	}
}

func text(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if fd.Kind() == protoreflect.EnumKind {
		if ev := fd.Enum().Values().ByNumber(v.Enum()); ev != nil {
			return string(ev.Name())
		}
		return ""
	}
	return v.String()
}
