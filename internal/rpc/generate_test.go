package rpc

import (
	"crypto/rand"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"lanyard/internal/uid"
)

// values are what a generated request says in the fields of these names; all
// others are filled in by their rules.
type values map[protoreflect.Name]string

// generate builds the smallest request of a type that its rules accept. It fails
// the test when it cannot, which means that a rule is new here: teach it.
func (s *Server) generate(t testing.TB, of protoreflect.MessageDescriptor, given values) proto.Message {
	t.Helper()
	m := dynamicpb.NewMessage(of)
	fill(t, m, given)
	if err := s.validator.Validate(m); err != nil {
		t.Fatalf("the generated %s breaks the contract's rules: %v\n%v", of.FullName(), err, m)
	}
	return m
}

func fill(t testing.TB, m protoreflect.Message, given values) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		rules, err := protovalidate.ResolveFieldRules(f)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case f.IsMap() || f.ContainingOneof() != nil:
			continue
		case f.IsList():
			for range rules.GetRepeated().GetMinItems() {
				list := m.Mutable(f).List()
				if f.Message() != nil {
					fill(t, list.AppendMutable().Message(), given)
					continue
				}
				list.Append(scalar(t, f, rules.GetRepeated().GetItems(), given))
			}
		case f.Message() != nil:
			if rules.GetRequired() {
				fill(t, m.Mutable(f).Message(), given)
			}
		default:
			if v := scalar(t, f, rules, given); v.IsValid() {
				m.Set(f, v)
			}
		}
	}
}

// scalar is a value that the rules accept; invalid when leaving it out is fine.
func scalar(t testing.TB, f protoreflect.FieldDescriptor, rules *validate.FieldRules, given values) protoreflect.Value {
	t.Helper()
	switch f.Kind() {
	case protoreflect.StringKind:
		if v, ok := given[f.Name()]; ok {
			return protoreflect.ValueOfString(v)
		}
		return text(t, f, rules)
	case protoreflect.EnumKind:
		if len(rules.GetEnum().GetNotIn()) > 0 || rules.GetRequired() {
			return protoreflect.ValueOfEnum(f.Enum().Values().Get(1).Number())
		}
	case protoreflect.Int32Kind:
		if n := rules.GetInt32().GetGte(); n > 0 {
			return protoreflect.ValueOfInt32(n)
		}
	case protoreflect.Int64Kind:
		if n := rules.GetInt64().GetGte(); n > 0 {
			return protoreflect.ValueOfInt64(n)
		}
	case protoreflect.BytesKind:
		if n := rules.GetBytes().GetMinLen(); n > 0 {
			return protoreflect.ValueOfBytes(make([]byte, n))
		}
	}
	return protoreflect.Value{}
}

var idPattern = regexp.MustCompile(`^\^([a-z]{3})_\[0-9a-z\]\{26\}\$$`)

// text finds a string that the rules accept: an identifier of the right kind, or
// the first of some everyday values.
func text(t testing.TB, f protoreflect.FieldDescriptor, rules *validate.FieldRules) protoreflect.Value {
	t.Helper()
	r := rules.GetString()
	if kind := idPattern.FindStringSubmatch(r.GetPattern()); kind != nil {
		return protoreflect.ValueOfString(kind[1] + uid.New[uid.Org]().String()[3:])
	}
	if !rules.GetRequired() && (rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE || fits(r, "")) {
		return protoreflect.Value{}
	}
	random := strings.ToLower(rand.Text())
	for _, v := range []string{
		random, "Europe/London", "2026-11-26T18:30", "2026-11-26", random + "@example.org", "https://example.org/", "GB", "ABCDEFGH2345",
		"1", strings.Repeat("A", 67), "x", "123456", "GBP", "fees",
	} {
		if fits(r, v) && (f.Name() != "timezone" || v == "Europe/London") {
			return protoreflect.ValueOfString(v)
		}
	}
	t.Fatalf("no value for %s, whose rules are %v", f.FullName(), r)
	return protoreflect.Value{}
}

func fits(r *validate.StringRules, v string) bool {
	n := uint64(utf8.RuneCountInString(v))
	switch {
	case n < r.GetMinLen(), r.HasMaxLen() && n > r.GetMaxLen(), r.HasLen() && n != r.GetLen():
		return false
	case r.GetEmail() && !strings.Contains(v, "@"), r.GetUri() && !strings.Contains(v, "://"):
		return false
	}
	return r.GetPattern() == "" || compiled(r.GetPattern()).MatchString(v)
}

// patterns are those of the contract, each compiled once.
var patterns sync.Map

func compiled(pattern string) *regexp.Regexp {
	known, ok := patterns.Load(pattern)
	if !ok {
		known, _ = patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return known.(*regexp.Regexp)
}
