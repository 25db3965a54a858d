package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/fault"
)

// The reasons are read from the source, so that a new one cannot be forgotten.
func TestReasons_EachHasItsEnumValueAndBack(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{"REASON_UNSPECIFIED": true}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ident, is := specType(spec, ok); !is || ident != "Reason" {
			return true
		}
		for _, v := range spec.Values {
			word, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			have["REASON_"+word] = true
			if _, ok := policyv1.Reason_value["REASON_"+word]; !ok {
				t.Errorf("fault reason %s has no value in lanyard.policy.v1.Reason", word)
			}
		}
		return true
	})
	if len(have) < 20 {
		t.Fatalf("found only %d reasons in the source of fault", len(have))
	}
	for name := range policyv1.Reason_value {
		if !have[name] {
			t.Errorf("%s has no constant in package fault", name)
		}
	}
}

func specType(spec *ast.ValueSpec, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	ident, ok := spec.Type.(*ast.Ident)
	if !ok {
		return "", false
	}
	return ident.Name, true
}

func TestRefuse_MapsEveryKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		code connect.Code
		want *policyv1.Problem
	}{
		{fault.InvalidField("a.b[2]", "string.email", "is %s", "odd"), connect.CodeInvalidArgument, &policyv1.Problem{
			Reason:     policyv1.Reason_REASON_INVALID_INPUT,
			Violations: []*policyv1.FieldViolation{{Path: "a.b[2]", RuleId: "string.email", Message: "is odd"}},
		}},
		{fault.Unauthenticated("x"), connect.CodeUnauthenticated, &policyv1.Problem{Reason: policyv1.Reason_REASON_SIGN_IN_REQUIRED}},
		{fault.Denied("x"), connect.CodePermissionDenied, &policyv1.Problem{Reason: policyv1.Reason_REASON_NOT_ALLOWED}},
		{fault.NotFound("event"), connect.CodeNotFound, &policyv1.Problem{Reason: policyv1.Reason_REASON_NOT_FOUND}},
		{fault.Exists("x"), connect.CodeAlreadyExists, &policyv1.Problem{Reason: policyv1.Reason_REASON_ALREADY_EXISTS}},
		{fault.Precondition(fault.SoldOut, "x"), connect.CodeFailedPrecondition, &policyv1.Problem{Reason: policyv1.Reason_REASON_SOLD_OUT}},
		{fault.Conflict(fault.StaleVersion, "x"), connect.CodeAborted, &policyv1.Problem{Reason: policyv1.Reason_REASON_STALE_VERSION}},
		{fault.TooMany(fault.RateLimited, 2500*time.Millisecond, "x"), connect.CodeResourceExhausted, &policyv1.Problem{Reason: policyv1.Reason_REASON_RATE_LIMITED, RetryAfterMs: 2500}},
		{fault.Down(fault.OutcomeUnknown, "x"), connect.CodeUnavailable, &policyv1.Problem{Reason: policyv1.Reason_REASON_OUTCOME_UNKNOWN}},
		{fmt.Errorf("wrapped: %w", fault.NotFound("event")), connect.CodeNotFound, &policyv1.Problem{Reason: policyv1.Reason_REASON_NOT_FOUND}},
		{errors.New("pg: secret at 10.0.0.1"), connect.CodeInternal, &policyv1.Problem{}},
		{&fault.Error{Message: "no kind"}, connect.CodeInternal, &policyv1.Problem{}},
		{connect.NewError(connect.CodeUnimplemented, errors.New("pkg.X")), connect.CodeUnimplemented, &policyv1.Problem{}},
		{connect.NewError(connect.CodeNotFound, errors.New("uncoded by us")), connect.CodeInternal, &policyv1.Problem{}},
	}
	for _, tt := range tests {
		c := &call{id: "log-1"}
		got := new(Server).refuse(withCall(t.Context(), c), tt.err)
		if got.Code() != tt.code {
			t.Errorf("%v: code %s, want %s", tt.err, got.Code(), tt.code)
		}
		tt.want.RequestLogId = "log-1"
		if diff := cmp.Diff(tt.want, ProblemOf(got), protocmp.Transform()); diff != "" {
			t.Errorf("%v: problem (-want +got)\n%s", tt.err, diff)
		}
		if got.Code() == connect.CodeInternal && got.Message() != "internal error" {
			t.Errorf("%v: the client reads %q", tt.err, got.Message())
		}
		if strings.Contains(got.Message(), "pkg.X") {
			t.Errorf("%v: a name of ours leaks: %q", tt.err, got.Message())
		}
	}
}

func TestRefuse_RetryAfterIsAHeaderInWholeSeconds(t *testing.T) {
	t.Parallel()
	e := new(Server).refuse(t.Context(), fault.TooMany(fault.RateLimited, 1200*time.Millisecond, "x"))
	if got := e.Meta().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After is %q, want 2", got)
	}
}

func TestRefuse_AnEndedContextIsNoInternalError(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel2 := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel2()
	err := errors.New("conn closed")
	if got := new(Server).refuse(cancelled, err).Code(); got != connect.CodeCanceled {
		t.Errorf("cancelled: %s", got)
	}
	if got := new(Server).refuse(late, err).Code(); got != connect.CodeDeadlineExceeded {
		t.Errorf("late: %s", got)
	}
	if got := new(Server).refuse(t.Context(), context.Canceled).Code(); got != connect.CodeInternal {
		t.Errorf("a cancellation that was not the caller's: %s, want internal", got)
	}
	if got := new(Server).refuse(cancelled, fault.NotFound("event")).Code(); got != connect.CodeNotFound {
		t.Errorf("a fault that was found in time: %s, want not_found", got)
	}
}

func TestRecoverPanics_AreLoggedOnceAndHidden(t *testing.T) {
	t.Parallel()
	s := &Server{}
	next := s.mapErrors(s.recoverPanics(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
		panic([]string{"secret"})
	}))
	c := &call{}
	_, err := next(withCall(t.Context(), c), connect.NewRequest(&policyv1.Problem{}))
	if connect.CodeOf(err) != connect.CodeInternal || strings.Contains(err.Error(), "secret") {
		t.Errorf("the client gets %v", err)
	}
	if c.err == nil || !strings.Contains(c.err.Error(), "secret") || !strings.Contains(c.err.Error(), "errors_test.go") {
		t.Errorf("the log gets %v, want the value and the stack", c.err)
	}
}

func TestDenyCrossOrigin_AnswersInConnectsForm(t *testing.T) {
	t.Parallel()
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(DenyCrossOrigin))
	h := p.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request came through") }))
	r := httptest.NewRequest(http.MethodPost, "/rpc/x", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"permission_denied"`) {
		t.Errorf("answer is %d %s", w.Code, w.Body)
	}
}

func TestLogCall_OneLineWithoutThePersonalParts(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	s := &Server{log: slog.New(slog.NewTextHandler(&buf, nil))}
	c := &call{id: "log-1", procedure: "/x.Y/Z", code: connect.CodeNotFound, reason: "NOT_FOUND", start: time.Now()}
	s.logCall(c, &countingWriter{})
	line := buf.String()
	for _, want := range []string{"method=/x.Y/Z", "code=not_found", "reason=NOT_FOUND", "log_id=log-1", "level=INFO", "ms="} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is not in %q", want, line)
		}
	}
	if strings.Count(line, "\n") != 1 {
		t.Errorf("%d lines, want 1", strings.Count(line, "\n"))
	}
}
