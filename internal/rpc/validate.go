package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"lanyard/internal/fault"
)

// newValidator builds the checks of every request at the start, so that a rule
// that does not compile stops the program and no call waits for one.
func newValidator(routes map[string]*route) (protovalidate.Validator, error) {
	inputs := map[protoreflect.FullName]protoreflect.MessageDescriptor{}
	for _, r := range routes {
		inputs[r.input.FullName()] = r.input
	}
	key := fmt.Sprint(slices.Sorted(maps.Keys(inputs)))
	validators.Lock()
	defer validators.Unlock()
	if v := validators.built[key]; v != nil {
		return v, nil
	}
	v, err := buildValidator(slices.Collect(maps.Values(inputs)))
	if err == nil {
		validators.built[key] = v
	}
	return v, err
}

// validators are kept by the names of the requests that they check: building one
// takes long, and the contract does not change while the program runs.
var validators = struct {
	sync.Mutex
	built map[string]protovalidate.Validator
}{built: map[string]protovalidate.Validator{}}

func buildValidator(inputs []protoreflect.MessageDescriptor) (protovalidate.Validator, error) {
	v, err := protovalidate.New(protovalidate.WithMessageDescriptors(inputs...), protovalidate.WithDisableLazy())
	if err != nil {
		return nil, fmt.Errorf("validation: %w", err)
	}
	for _, in := range inputs {
		err := v.Validate(dynamicpb.NewMessage(in))
		if e, ok := errors.AsType[*protovalidate.CompilationError](err); ok {
			return nil, fmt.Errorf("validation of %s: %w", in.FullName(), e)
		}
	}
	return v, nil
}

// validate checks a request against the rules in the contract.
func (s *Server) validate(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		msg, ok := req.Any().(proto.Message)
		if !ok {
			return nil, fmt.Errorf("request is %T, not a protobuf message", req.Any())
		}
		if err := s.check(msg); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (s *Server) check(msg proto.Message) error {
	if f := findNUL(nil, "", msg.ProtoReflect()); len(f) > 0 {
		return fault.Invalid(f...)
	}
	err := s.validator.Validate(msg)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return fmt.Errorf("validate request: %w", err)
	}
	fields := make([]fault.Field, len(broken.Violations))
	for i, v := range broken.Violations {
		fields[i] = fault.Field{
			Path:    protovalidate.FieldPathString(v.Proto.GetField()),
			Rule:    v.Proto.GetRuleId(),
			Message: sentence(v.Proto.GetRuleId(), v.Proto.GetMessage()),
		}
	}
	return fault.Invalid(fields...)
}

// findNUL looks for the one character that PostgreSQL cannot keep in a text, in
// every string of a message, so that no rule and no query has to think of it.
func findNUL(found []fault.Field, prefix string, m protoreflect.Message) []fault.Field {
	note := func(path string, v protoreflect.Value) {
		if strings.IndexByte(v.String(), 0) >= 0 {
			found = append(found, fault.Field{Path: path, Rule: "string.nul", Message: "has characters that cannot be used here"})
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		path := prefix + string(f.Name())
		text, nested := f.Kind() == protoreflect.StringKind, f.Message() != nil
		switch {
		case f.IsMap() || !text && !nested:
		case f.IsList():
			for i := range v.List().Len() {
				if text {
					note(index(path, i), v.List().Get(i))
				} else {
					found = findNUL(found, index(path, i)+".", v.List().Get(i).Message())
				}
			}
		case text:
			note(path, v)
		default:
			found = findNUL(found, path+".", v.Message())
		}
		return true
	})
	return found
}

// sentences say what the most frequent rules mean in words for people; other
// rules speak for themselves.
var sentences = map[string]string{
	"required":       "must be filled in",
	"string.email":   "is not an e-mail address",
	"string.uri":     "is not a web address",
	"enum.not_in":    "must be chosen",
	"string.pattern": "has characters or a form that cannot be used here",
}

func sentence(rule, message string) string {
	if s, ok := sentences[rule]; ok {
		return s
	}
	return message
}

// strictJSON is the JSON codec that refuses unknown fields: a misspelt or a
// smuggled one is a mistake that the caller should hear of.
type strictJSON struct{}

// Name is the codec's name in content types.
func (strictJSON) Name() string { return "json" }

// Marshal writes a message.
func (strictJSON) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is not a protobuf message", v)
	}
	return protojson.Marshal(m)
}

// Unmarshal reads a message.
func (strictJSON) Unmarshal(data []byte, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is not a protobuf message", v)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("the body is empty; an empty message is {}")
	}
	if err := protojson.Unmarshal(data, m); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "\u00a0", " ")) // the library varies its spaces
	}
	return nil
}
