package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"

	"lanyard/gen/lanyard/catalog/v1/catalogv1connect"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/export"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/payment"
	"lanyard/internal/reconcile"
	"lanyard/internal/report"
)

// Prefix is where the services are mounted.
const Prefix = "/rpc/"

const (
	// maxBody is what a request may weigh, decompressed.
	maxBody = 256 << 10
	// maxUploadBody fits what a tablet did during a day without network, in pieces.
	maxUploadBody = 2 << 20
	// maxImportBody fits a file of 10 MiB in base64 with room for the rest.
	maxImportBody = 15 << 20
)

// Deps are what the services stand on. A service whose domain is nil is not
// mounted, so that a test may serve a part.
type Deps struct {
	// Logger gets one line per call; nil is silent.
	Logger *slog.Logger
	// Limits slows callers down; nil never does.
	Limits *limit.Limiter
	// LogID names a request in the log; nil means that each call gets a random id.
	LogID func(*http.Request) string

	// Account serves organisations, teams, sign-ins and the audit log, and
	// records calls that were denied.
	Account *account.Service
	// Catalog serves events and the public programme; it needs Booking, which
	// says how many come, and BaseURL.
	Catalog *catalog.Service
	// Booking takes registrations; it needs Catalog, Inventory and Export.
	Booking *booking.Service
	// Inventory keeps products and pools.
	Inventory *inventory.Service
	// CheckIn works the door; it needs Account, Catalog and Export.
	CheckIn *checkin.Service
	// Payment knows Stripe; it needs Account and Booking.
	Payment *payment.Service
	// Simulator is where a simulated Stripe can be driven; "" when there is none.
	Simulator string
	// Export writes lists as files.
	Export *export.Service
	// Finance explains where money is and closes months; it needs Account.
	Finance *reconcile.Service
	// Bank keeps bank statements; it needs Account.
	Bank *bank.Service
	// Report tells what the books say.
	Report *report.Service
	// BaseURL is where people reach the site.
	BaseURL *url.URL
}

// Server is the handler for everything below Prefix.
type Server struct {
	deps      Deps
	log       *slog.Logger
	routes    map[string]*route // by procedure, "/lanyard.account.v1.AccountService/GetMe"
	validator protovalidate.Validator
	writer    *connect.ErrorWriter
	options   []connect.HandlerOption
	faults    []error // found while mounting
}

// New mounts every service whose domain is there. It fails when the contract of
// a mounted service is incomplete.
func New(d Deps) (*Server, error) {
	s := &Server{deps: d, log: d.Logger, routes: map[string]*route{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.writer = connect.NewErrorWriter(connect.WithRequireConnectProtocolHeader())
	s.options = []connect.HandlerOption{
		connect.WithRequireConnectProtocolHeader(),
		connect.WithCodec(strictJSON{}),
		connect.WithRequestGate(s.gate),
		connect.WithCompressMinBytes(1024),
		connect.WithInterceptors(
			unary(s.mapErrors), unary(s.recoverPanics), unary(s.enforcePolicy), unary(s.validate), streaming{s},
		),
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			if spec.Procedure == catalogv1connect.EventServiceImportEventsProcedure {
				return []connect.HandlerOption{connect.WithReadMaxBytes(maxImportBody)}
			}
			if spec.Procedure == checkinv1connect.DoorServiceUploadProcedure {
				return []connect.HandlerOption{connect.WithReadMaxBytes(maxUploadBody)}
			}
			if slices.Contains(statementProcedures, spec.Procedure) {
				return []connect.HandlerOption{connect.WithReadMaxBytes(maxStatementBody)}
			}
			return []connect.HandlerOption{connect.WithReadMaxBytes(maxBody)}
		}),
	}
	s.mountServices()
	if err := errors.Join(s.faults...); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	var err error
	if s.validator, err = newValidator(s.routes); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return s, nil
}

// mount takes what a generated New…Handler function returns.
func (s *Server) mount(path string, h http.Handler) {
	service := strings.Trim(path, "/")
	routes, err := readService(service, h)
	if err != nil {
		s.faults = append(s.faults, err)
		return
	}
	for _, r := range routes {
		s.routes[r.procedure] = r
	}
}

// ServeHTTP answers one call and writes its log line.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.startCall(r)
	cw := &countingWriter{ResponseWriter: w}
	defer func() { s.logCall(c, cw) }()

	to, ok := s.routes["/"+strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		c.procedure = "unknown"
		s.write(cw, r, connect.NewError(connect.CodeUnimplemented, errors.New("no such method")))
		return
	}
	c.procedure = to.procedure
	if r.Method == http.MethodGet && !to.public() {
		// A link or an image on another site would carry the cookie.
		w.Header().Set("Allow", http.MethodPost)
		cw.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if to.streams {
		// Everything else is answered within the server's own deadline.
		_ = http.NewResponseController(cw).SetWriteDeadline(time.Now().Add(streamLife + streamGrace)) // not every writer has one
		ctx, cancel := context.WithTimeout(r.Context(), streamLife)
		defer cancel()
		r = r.WithContext(ctx)
	}
	inner := r.WithContext(withCall(r.Context(), c))
	u := *r.URL
	u.Path, u.RawPath = to.procedure, ""
	inner.URL = &u
	to.handler.ServeHTTP(cw, inner)
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, err *connect.Error) {
	// A failed write means that the client has gone.
	_ = s.writer.Write(w, r, err)
}
