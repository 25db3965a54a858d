package rpc

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
)

// route is one method with its rule, read once at the start.
type route struct {
	procedure string
	handler   http.Handler
	input     protoreflect.MessageDescriptor
	readOnly  bool // idempotency_level = NO_SIDE_EFFECTS
	streams   bool // answers with a stream of messages

	access      policyv1.Access
	roles       []account.Role
	org         protoreflect.FieldDescriptor // with ACCESS_MEMBER; else the field org_id, if there is one
	event       protoreflect.FieldDescriptor // nil when the method concerns no one event
	openLimited bool
}

func (r *route) public() bool { return r.access == policyv1.Access_ACCESS_PUBLIC }

// needsSignIn reports whether nobody but a signed-in person may call.
func (r *route) needsSignIn() bool {
	return r.access == policyv1.Access_ACCESS_SIGNED_IN || r.access == policyv1.Access_ACCESS_MEMBER
}

// needsDevice reports whether only a paired tablet may call.
func (r *route) needsDevice() bool { return r.access == policyv1.Access_ACCESS_DEVICE }

// readService reads the methods of a service from its descriptor. Every fault of
// the contract is reported, not only the first.
func readService(name string, h http.Handler) ([]*route, error) {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	service, ok := d.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a service", name)
	}
	var routes []*route
	var faults []error
	for i := range service.Methods().Len() {
		m := service.Methods().Get(i)
		r, err := readMethod(m)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", m.FullName(), err))
			continue
		}
		r.handler = h
		routes = append(routes, r)
	}
	return routes, errors.Join(faults...)
}

// readMethod turns a method's rule into a route, or says what is wrong with it.
func readMethod(m protoreflect.MethodDescriptor) (*route, error) {
	if m.IsStreamingClient() {
		return nil, errors.New("takes a stream of requests, which no interceptor here covers")
	}
	options, _ := m.Options().(*descriptorpb.MethodOptions)
	if !proto.HasExtension(options, policyv1.E_Rule) {
		return nil, errors.New("has no (lanyard.policy.v1.rule): say who may call it")
	}
	rule, _ := proto.GetExtension(options, policyv1.E_Rule).(*policyv1.Rule)
	fields := m.Input().Fields()
	r := &route{
		procedure:   fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()),
		input:       m.Input(),
		streams:     m.IsStreamingServer(),
		readOnly:    options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS,
		access:      rule.GetAccess(),
		org:         fields.ByName("org_id"),
		openLimited: rule.GetOpenToLimited(),
	}
	switch r.access {
	case policyv1.Access_ACCESS_PUBLIC, policyv1.Access_ACCESS_ATTENDEE_LINK, policyv1.Access_ACCESS_SIGNED_IN, policyv1.Access_ACCESS_DEVICE:
		if len(rule.GetRoles()) > 0 || rule.GetEventField() != "" || rule.GetOrgField() != "" || r.openLimited {
			return nil, errors.New("its rule names roles or fields that only count with ACCESS_MEMBER")
		}
		return r, nil
	case policyv1.Access_ACCESS_MEMBER:
		return r, r.readMemberRule(rule, fields)
	}
	return nil, fmt.Errorf("its rule has access %s", r.access)
}

func (r *route) readMemberRule(rule *policyv1.Rule, fields protoreflect.FieldDescriptors) error {
	for _, p := range rule.GetRoles() {
		role, ok := roleFromProto(p)
		if !ok {
			return fmt.Errorf("its rule has role %s", p)
		}
		r.roles = append(r.roles, role)
	}
	if len(r.roles) == 0 {
		return errors.New("its rule has ACCESS_MEMBER and no roles")
	}
	name := protoreflect.Name(rule.GetOrgField())
	if name == "" {
		name = "org_id"
	}
	if r.org = fields.ByName(name); !isText(r.org) {
		return fmt.Errorf("its request has no string field %q for the organisation", name)
	}
	if name := protoreflect.Name(rule.GetEventField()); name != "" {
		if r.event = fields.ByName(name); !isText(r.event) {
			return fmt.Errorf("its request has no string field %q for the event", name)
		}
		if r.openLimited {
			return errors.New("its rule names an event and is open to limited members")
		}
	} else if isText(fields.ByName("event_id")) {
		return errors.New("its request has an event_id that its rule does not name")
	}
	return nil
}

func isText(f protoreflect.FieldDescriptor) bool {
	return f != nil && f.Kind() == protoreflect.StringKind && !f.IsList()
}

func (r *route) allows(role account.Role) bool { return slices.Contains(r.roles, role) }

var rolesByProto = map[policyv1.Role]account.Role{
	policyv1.Role_ROLE_OWNER:     account.RoleOwner,
	policyv1.Role_ROLE_ORGANISER: account.RoleOrganiser,
	policyv1.Role_ROLE_FINANCE:   account.RoleFinance,
	policyv1.Role_ROLE_REVIEWER:  account.RoleReviewer,
	policyv1.Role_ROLE_CHECK_IN:  account.RoleCheckIn,
}

func roleFromProto(p policyv1.Role) (account.Role, bool) {
	r, ok := rolesByProto[p]
	return r, ok
}

func roleToProto(r account.Role) policyv1.Role {
	for p, role := range rolesByProto {
		if role == r {
			return p
		}
	}
	return policyv1.Role_ROLE_UNSPECIFIED
}
