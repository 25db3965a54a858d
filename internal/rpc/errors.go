package rpc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"connectrpc.com/connect"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
)

// unary makes an interceptor of a function; nothing here streams.
func unary(wrap func(connect.UnaryFunc) connect.UnaryFunc) connect.Interceptor {
	return connect.UnaryInterceptorFunc(wrap)
}

// mapErrors is the outermost layer: whatever comes out of the others leaves as a
// Connect error with a Problem.
func (s *Server) mapErrors(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		res, err := next(ctx, req)
		if err != nil {
			return nil, s.refuse(ctx, err)
		}
		return res, nil
	}
}

// recoverPanics turns a panic into an error with the stack, for the log.
func (s *Server) recoverPanics(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (res connect.AnyResponse, err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler: // net/http's own way to end a response
				panic(v)
			default:
				res, err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
		}()
		return next(ctx, req)
	}
}

var codes = map[fault.Kind]connect.Code{
	fault.KindInvalid:         connect.CodeInvalidArgument,
	fault.KindUnauthenticated: connect.CodeUnauthenticated,
	fault.KindDenied:          connect.CodePermissionDenied,
	fault.KindNotFound:        connect.CodeNotFound,
	fault.KindExists:          connect.CodeAlreadyExists,
	fault.KindPrecondition:    connect.CodeFailedPrecondition,
	fault.KindConflict:        connect.CodeAborted,
	fault.KindTooMany:         connect.CodeResourceExhausted,
	fault.KindUnavailable:     connect.CodeUnavailable,
}

// refuse turns an error into what the client may see and notes the rest for the
// log. A fault keeps its words; a context that ended and a database that is gone
// say so; anything else is an internal error, named only by the log id.
func (s *Server) refuse(ctx context.Context, err error) *connect.Error {
	c := callFrom(ctx)
	if f, ok := fault.As(err); ok {
		c.err = errors.Unwrap(f)
		return c.refuse(codes[f.Kind], f)
	}
	if ended := ctx.Err(); ended != nil {
		if errors.Is(ended, context.DeadlineExceeded) {
			c.err = err
			return c.refuse(connect.CodeDeadlineExceeded, &fault.Error{Message: "This took too long."})
		}
		return c.refuse(connect.CodeCanceled, &fault.Error{Message: "The request was cancelled."})
	}
	if ce, ok := errors.AsType[*connect.Error](err); ok && ce.Code() == connect.CodeUnimplemented {
		return c.refuse(ce.Code(), &fault.Error{Message: "There is no such method."})
	}
	c.err = err
	if pg.Unreachable(err) {
		return c.refuse(connect.CodeUnavailable, fault.Down(fault.Unavailable, "The database does not answer. Please try again in a moment."))
	}
	return c.refuse(connect.CodeInternal, &fault.Error{Message: "internal error"})
}

func (c *call) refuse(code connect.Code, f *fault.Error) *connect.Error {
	if code == 0 { // a fault without a kind is a bug of whoever made it
		code, c.err = connect.CodeInternal, f
		f = &fault.Error{Message: "internal error"}
	}
	c.code, c.reason = code, string(f.Reason)
	problem := &policyv1.Problem{
		Reason:       policyv1.Reason(policyv1.Reason_value["REASON_"+string(f.Reason)]),
		RetryAfterMs: f.RetryAfter.Milliseconds(),
		RequestLogId: c.id,
	}
	for _, v := range f.Fields {
		problem.Violations = append(problem.Violations, &policyv1.FieldViolation{Path: v.Path, RuleId: v.Rule, Message: v.Message})
	}
	e := connect.NewError(code, errors.New(f.Message))
	if d, err := connect.NewErrorDetail(problem); err == nil { // fails for no message that can be encoded
		e.AddDetail(d)
	}
	if f.RetryAfter > 0 {
		e.Meta().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	return e
}

// ProblemOf reads the Problem that a refused call carries; nil when there is
// none. Callers are Go programs and tests that speak Connect.
func ProblemOf(err error) *policyv1.Problem {
	ce, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return nil
	}
	for _, d := range ce.Details() {
		if v, err := d.Value(); err == nil {
			if p, ok := v.(*policyv1.Problem); ok {
				return p
			}
		}
	}
	return nil
}

// DenyCrossOrigin answers a request that http.CrossOriginProtection refused, in
// the form that Connect clients read.
func DenyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	c := &call{start: time.Now()}
	e := c.refuse(connect.CodePermissionDenied, fault.Denied("Requests from other sites are refused."))
	// A failed write means that the client has gone.
	_ = connect.NewErrorWriter().Write(w, r, e)
}
