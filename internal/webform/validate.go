package webform

import (
	_ "embed" // for messages.json
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"lanyard/internal/fault"
)

// validator compiles each message's rules when it first meets it.
var validator = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// Validate returns what the contract's rules say against msg; paths begin with
// prefix. The error means that a rule of the contract is itself wrong.
func Validate(msg proto.Message, prefix string) ([]fault.Field, error) {
	v, err := validator()
	if err != nil {
		return nil, fmt.Errorf("webform: %w", err)
	}
	err = v.Validate(msg)
	if err == nil {
		return nil, nil
	}
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return nil, fmt.Errorf("webform: validate %s: %w", msg.ProtoReflect().Descriptor().FullName(), err)
	}
	fields := make([]fault.Field, len(broken.Violations))
	for i, b := range broken.Violations {
		fields[i] = fault.Field{
			Path:    join(prefix, protovalidate.FieldPathString(b.Proto.GetField())),
			Rule:    b.Proto.GetRuleId(),
			Message: b.Proto.GetMessage(),
		}
	}
	return fields, nil
}

//go:embed messages.json
var messagesFile []byte

// messages are the sentences by rule id, or by rule id and kind of field.
var messages = func() map[string]string {
	m := map[string]string{}
	if err := json.Unmarshal(messagesFile, &m); err != nil {
		panic(fmt.Sprintf("webform: messages.json: %v", err)) // found by every test
	}
	return m
}()

// terms are what a sentence may name of the field it is about.
type terms struct {
	label, whose string
	sort         string // "choice", "tick", "email" …; chooses the special form of a sentence
	choices      []choice
	min, max     string
}

// sentence says what is wrong with a field, as a person would. A rule without a
// sentence of its own speaks in the words that came with it.
func sentence(v fault.Field, t terms) string {
	form, ok := messages[v.Rule+":"+t.sort]
	if !ok {
		form, ok = messages[v.Rule]
	}
	if !ok || strings.Contains(form, "{max}") && t.max == "" || strings.Contains(form, "{min}") && t.min == "" {
		return spoken(t.label, v.Message)
	}
	return strings.NewReplacer(
		"{whose} {label}", owned(t.whose, t.label),
		"{Label}", t.label,
		"{choices}", alternatives(t),
		"{min}", t.min,
		"{max}", t.max,
	).Replace(form)
}

// spoken makes a sentence of "has more than 200 characters", and leaves whole
// sentences alone.
func spoken(label, message string) string {
	first, _ := utf8.DecodeRuneInString(message)
	if message == "" {
		return label + " cannot be used like this"
	}
	if unicode.IsLower(first) && label != "" {
		return label + " " + message
	}
	return message
}

// owned is "your full name", for a field labelled "Full name" as for "Your name".
func owned(whose, label string) string {
	low := lowerFirst(label)
	if strings.HasPrefix(low, "your ") || strings.HasPrefix(low, "the ") {
		return low
	}
	return whose + " " + low
}

// lowerFirst keeps abbreviations: "Full name" but "NHS number".
func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// alternatives is "academic, business or clinical", or a general phrase where
// that would be long.
func alternatives(t terms) string {
	n := len(t.choices)
	if n == 0 || n > fewChoices {
		return "one of the answers under “" + t.label + "”"
	}
	var b strings.Builder
	for i, c := range t.choices {
		switch {
		case i == 0:
		case i == n-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(lowerFirst(c.Label))
	}
	return b.String()
}
