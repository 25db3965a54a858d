package rpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

// A stream ends after a while and the client opens another: so roles that were
// taken away end it too, and no line stays open that nobody listens to.
const (
	streamLife  = 5 * time.Minute
	streamGrace = 10 * time.Second
)

// streaming does for methods that answer with a stream what the unary layers do
// for the others: it maps errors, recovers from panics, and applies policy and
// rules to the one request.
type streaming struct{ s *Server }

// WrapUnary leaves unary methods to the unary layers.
func (streaming) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc { return next }

// WrapStreamingClient does nothing; no client is made here.
func (streaming) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler implements connect.Interceptor.
func (w streaming) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler: // net/http's own way to end a response
				panic(v)
			default:
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
			if ce, ok := errors.AsType[*connect.Error](err); ok { // what came was no request
				callFrom(ctx).code = ce.Code()
			} else if err != nil {
				err = w.s.refuse(ctx, err)
			}
		}()
		return next(ctx, &guardedConn{StreamingHandlerConn: conn, ctx: ctx, s: w.s})
	}
}

// guardedConn checks the request as it is received.
type guardedConn struct {
	connect.StreamingHandlerConn
	ctx context.Context
	s   *Server
}

// Receive reads the request and refuses it where policy or rules do.
func (c *guardedConn) Receive(into any) error {
	if err := c.StreamingHandlerConn.Receive(into); err != nil {
		return err
	}
	if err := c.s.checkPolicy(c.ctx, c.s.routes[c.Spec().Procedure], into); err != nil {
		return err
	}
	msg, ok := into.(proto.Message)
	if !ok {
		return fmt.Errorf("request is %T, not a protobuf message", into)
	}
	return c.s.check(msg)
}
