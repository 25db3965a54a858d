package rpc

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "lanyard/gen/lanyard/booking/v1"
	_ "lanyard/gen/lanyard/catalog/v1"
	_ "lanyard/gen/lanyard/inventory/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
)

// method builds the descriptor of a method with the given rule and request fields.
func method(t *testing.T, rule *policyv1.Rule, readOnly bool, fields ...string) protoreflect.MethodDescriptor {
	t.Helper()
	options := &descriptorpb.MethodOptions{}
	if rule != nil {
		proto.SetExtension(options, policyv1.E_Rule, rule)
	}
	if readOnly {
		options.IdempotencyLevel = descriptorpb.MethodOptions_NO_SIDE_EFFECTS.Enum()
	}
	in := &descriptorpb.DescriptorProto{Name: proto.String("In")}
	for i, name := range fields {
		kind := descriptorpb.FieldDescriptorProto_TYPE_STRING
		if cut, ok := strings.CutPrefix(name, "#"); ok {
			name, kind = cut, descriptorpb.FieldDescriptorProto_TYPE_INT64
		}
		in.Field = append(in.Field, &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(int32(i + 1)), Type: kind.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		})
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{in, {Name: proto.String("Out")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("S"),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name: proto.String("M"), InputType: proto.String(".t.In"), OutputType: proto.String(".t.Out"), Options: options,
			}},
		}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0).Methods().Get(0)
}

func TestReadMethod_RefusesAnIncompleteContract(t *testing.T) {
	t.Parallel()
	owner := []policyv1.Role{policyv1.Role_ROLE_OWNER}
	member := func(change func(*policyv1.Rule)) *policyv1.Rule {
		r := &policyv1.Rule{Access: policyv1.Access_ACCESS_MEMBER, Roles: owner}
		change(r)
		return r
	}
	tests := []struct {
		name   string
		rule   *policyv1.Rule
		fields string
		want   string // part of the error; "" when there is none
	}{
		{"no rule", nil, "request_id", "has no (lanyard.policy.v1.rule)"},
		{"empty rule", &policyv1.Rule{}, "request_id", "access ACCESS_UNSPECIFIED"},
		{"unknown access", &policyv1.Rule{Access: 99}, "request_id", "access 99"},
		{"roles without membership", &policyv1.Rule{Access: policyv1.Access_ACCESS_PUBLIC, Roles: owner}, "request_id", "only count with ACCESS_MEMBER"},
		{"member without roles", member(func(r *policyv1.Rule) { r.Roles = nil }), "org_id request_id", "no roles"},
		{"unspecified role", member(func(r *policyv1.Rule) { r.Roles = []policyv1.Role{0} }), "org_id request_id", "role ROLE_UNSPECIFIED"},
		{"no organisation", member(func(*policyv1.Rule) {}), "request_id", `no string field "org_id"`},
		{"named organisation is missing", member(func(r *policyv1.Rule) { r.OrgField = "tenant" }), "org_id request_id", `no string field "tenant"`},
		{"organisation is a number", member(func(*policyv1.Rule) {}), "#org_id request_id", `no string field "org_id"`},
		{"named event is missing", member(func(r *policyv1.Rule) { r.EventField = "event_id" }), "org_id request_id", `no string field "event_id"`},
		{"event is not named", member(func(*policyv1.Rule) {}), "org_id event_id request_id", "does not name"},
		{"event and open to limited", member(func(r *policyv1.Rule) { r.EventField = "event_id"; r.OpenToLimited = true }), "org_id event_id request_id", "open to limited"},
		{"complete", member(func(r *policyv1.Rule) { r.EventField = "event_id" }), "org_id event_id request_id", ""},
		{"other field names", member(func(r *policyv1.Rule) { r.OrgField = "tenant"; r.EventField = "what" }), "tenant what request_id", ""},
		{"public", &policyv1.Rule{Access: policyv1.Access_ACCESS_PUBLIC}, "request_id", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := readMethod(method(t, tt.rule, false, strings.Fields(tt.fields)...))
			switch {
			case tt.want == "" && (err != nil || r.procedure != "/t.S/M"):
				t.Errorf("route %+v, error %v", r, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error is %v, want one about %q", err, tt.want)
			}
		})
	}
}

// repeatable are methods that only leave a trace in the audit log, where each
// repeat is an act of its own, and one that spends a code, which works once.
var repeatable = map[string]bool{
	"/lanyard.booking.v1.RegistrationService/ExportRegistrations": true,
	"/lanyard.checkin.v1.DoorService/Pair":                        true,
}

// Every service of the contract can be mounted, also those that no struct
// serves yet.
func TestReadService_TheWholeContractIsComplete(t *testing.T) {
	t.Parallel()
	n := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(f.Path(), "lanyard/") {
			return true
		}
		for i := range f.Services().Len() {
			routes, err := readService(string(f.Services().Get(i).FullName()), nil)
			if err != nil {
				t.Error(err)
			}
			for _, r := range routes {
				if r.needsDevice() {
					continue // each scan, walk-in, tick and badge has an id of its own
				}
				if !r.readOnly && !repeatable[r.procedure] && r.input.Fields().ByName("request_id") == nil {
					t.Errorf("%s changes something and its request has no request_id", r.procedure)
				}
			}
			n += len(routes)
		}
		return true
	})
	if n < 50 {
		t.Errorf("%d methods were read, want at least 50", n)
	}
}

func TestRoles_EveryRoleHasItsEnumValue(t *testing.T) {
	t.Parallel()
	for value, name := range policyv1.Role_name {
		if value == 0 {
			continue
		}
		role, ok := roleFromProto(policyv1.Role(value))
		if !ok || !role.Known() || roleToProto(role) != policyv1.Role(value) {
			t.Errorf("%s is %q here, which is %s", name, role, roleToProto(role))
		}
	}
}
