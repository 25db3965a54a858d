package rpc

import (
	"context"
	"crypto/sha256"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"lanyard/internal/account"
	"lanyard/internal/replay"
)

// Key identifies a mutating request so that a repeat gets the first answer. Its
// scope is the caller and the procedure, so nobody meets another's answers;
// callers without an account share the scope of the procedure and organisation,
// where only the very same request meets the answer. The hash covers everything
// but the request id. Call it inside a handler.
func Key(ctx context.Context, req proto.Message) replay.Key {
	m := req.ProtoReflect()
	id := m.Descriptor().Fields().ByName("request_id")
	if !isText(id) {
		return replay.Key{}
	}
	rest := m.New()
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f != id {
			rest.Set(f, v) // shares v with req; both are only read
		}
		return true
	})
	rest.SetUnknown(m.GetUnknown())
	canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(rest.Interface())
	if err != nil { // text that is not UTF-8, which decoding has refused
		panic(fmt.Sprintf("rpc: encode %s: %v", m.Descriptor().FullName(), err))
	}
	return replay.Key{
		Scope:     scope(ctx, m),
		RequestID: m.Get(id).String(),
		Hash:      sha256.Sum256(canonical),
	}
}

func scope(ctx context.Context, m protoreflect.Message) string {
	procedure := "?"
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
		procedure = info.Spec().Procedure
	}
	if who := account.ActorFrom(ctx).ID(); who != "" {
		return who + " " + procedure
	}
	org := ""
	if f := m.Descriptor().Fields().ByName("org_id"); isText(f) {
		org = m.Get(f).String()
	}
	return "public " + procedure + " " + org
}
