// Package site is everything that Lanyard serves over plain HTTP: the public
// programme and event pages with their feeds, the attendee's own pages, sign-in,
// the shell of the organisers' console, and the health of the process. RPC is
// mounted below /rpc/ and lives in package rpc.
//
// Every page is complete in the first response and works without a script: a
// GET never changes anything, a form POST answers 303 on success and 422 with
// the form filled in otherwise. Scripts from package web only make that nicer.
//
// The way of a request, outermost first (edge.go): request id, access log and
// metrics; recovery; security headers; body limit; cross-origin protection;
// compression; the route. A handler returns an error instead of writing one, and
// fail (page.go) turns it into the page that the fault deserves.
//
// The package has no tables and decides nothing about events or places. It
// refuses to redirect anywhere that a request names, to run scripts that are not
// its own, and to log addresses, names, query strings or secret links.
package site

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/clock"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/link"
	"lanyard/internal/notify"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/webinar"
)

// Deps are what the site is made of.
type Deps struct {
	// BaseURL is where people reach the site. Every absolute link begins with it,
	// whatever a request says about its host.
	BaseURL *url.URL
	// Name is what the installation is called; empty means Lanyard.
	Name string
	// Account knows organisations and who is signed in.
	Account *account.Service
	// Catalog knows what is on.
	Catalog *catalog.Service
	// Stock knows what tickets cost.
	Stock *inventory.Service
	// Booking knows what can be had and who registered.
	Booking *booking.Service
	// Payment takes Stripe's webhooks; nil takes none.
	Payment *payment.Service
	// PayOrigin is the origin of the simulated payment page, which forms may lead to
	// besides Stripe's own; empty when there is none.
	PayOrigin string
	// Door makes the codes on tickets; nil leaves them out.
	Door *checkin.Service
	// Webinar opens the join pages.
	Webinar *webinar.Service
	// Notify keeps reminders from those who do not want them.
	Notify *notify.Service
	// RPC answers below /rpc/; nil leaves it out.
	RPC http.Handler
	// Jobs is the job queue's own pages, below /ops/jobs/; nil leaves them out.
	Jobs http.Handler
	// Operators are the addresses, in lower case, of the people who look after the
	// installation; they see the job queue, and money that is no organisation's.
	Operators []string
	// DB is asked whether it takes writes.
	DB *pg.DB
	// Degraded says what does not work at present, in a sentence for the readiness
	// page; empty when all is well. Nil means always.
	Degraded func() string
	// Keys make and read secret links.
	Keys *link.Keys
	// Limiter slows down whoever asks too often; nil limits nobody.
	Limiter *limit.Limiter
	// Clock says what is past and what is to come on a page; nil is the machine's.
	Clock clock.Clock
	// Log hears of each request and of every failure.
	Log *slog.Logger
	// Metrics collects the numbers; nil collects none.
	Metrics prometheus.Registerer
	// Mailbox serves the built-in mailbox, when mail goes nowhere else.
	Mailbox bool
	// PageLife is how old a public page may be that is served again without asking
	// the database; 0 asks every time.
	PageLife time.Duration
}

// Site serves plain HTTP. It is safe for concurrent use.
type Site struct {
	Deps
	handler  http.Handler
	routes   *router
	assets   *assetStore
	pages    *documentCache
	shares   *documentCache
	draining atomic.Bool
}

// New builds the site with all its routes.
func New(d Deps) *Site {
	d.Name = cmp.Or(d.Name, "Lanyard")
	if d.Clock == nil {
		d.Clock = clock.System
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{
		Deps:   d,
		routes: newRouter(),
		assets: loadAssets(d.Log),
		pages:  newDocumentCache(d.PageLife, 512, d.Clock),
		shares: newDocumentCache(10*time.Minute, 128, d.Clock),
	}
	s.routes.fail, s.routes.authenticate = s.fail, s.Account.Authenticate
	for _, add := range []func(*router){
		s.healthRoutes,
		s.assetRoutes,
		s.programmeRoutes,
		s.eventRoutes,
		s.feedRoutes,
		s.sitemapRoutes,
		s.consoleRoutes,
		s.doorRoutes,
		s.opsRoutes,
		s.registerRoutes,
		s.chooseRoutes,
		s.basketRoutes,
		s.orderRoutes,
		s.manageRoutes,
		s.ticketRoutes,
		s.joinRoutes,
		s.signInRoutes,
		s.unsubscribeRoutes,
		s.privacyRoutes,
		s.mailboxRoutes,
		s.stripeRoutes,
	} {
		add(s.routes)
	}
	s.routes.mux.HandleFunc("/", s.unmatched)
	s.handler = s.edge(s.routes.mux)
	return s
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Drain makes readyz say no, so that whoever spreads the load stops sending
// requests here. Those that come all the same are still served.
func (s *Site) Drain() { s.draining.Store(true) }

// NewServer returns an HTTP server with the time and size limits that an open
// port needs. The caller sets Addr or serves a listener of its own.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
	}
}

// handlerFunc answers a request, or returns why it cannot. It returns an error
// only while nothing has been written yet.
type handlerFunc func(w http.ResponseWriter, r *http.Request) error

// router is the route table: a mux that remembers what was put into it.
type router struct {
	mux          *http.ServeMux
	patterns     []string // for the test that walks every route
	fail         func(http.ResponseWriter, *http.Request, error)
	authenticate func(http.Handler) http.Handler
}

func newRouter() *router { return &router{mux: http.NewServeMux()} }

// page adds a route whose errors become pages. It knows no cookies: everybody
// sees the same.
func (m *router) page(pattern string, h handlerFunc) { m.handle(pattern, m.answering(h)) }

// member adds a route that knows who is signed in, in account.ActorFrom.
func (m *router) member(pattern string, h handlerFunc) {
	m.handle(pattern, m.authenticate(m.answering(h)))
}

// answering turns what h returns into a page.
func (m *router) answering(h handlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			m.fail(w, r, err)
		}
	})
}

// handle adds a route that answers for itself.
func (m *router) handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.mux.Handle(pattern, h)
}

// unmatched answers what no route takes: 405 when another method would do, else 404.
func (s *Site) unmatched(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.routes.mux.Handler(probe); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.problem(w, r, http.StatusMethodNotAllowed, "That is not how this page works", "Please go back and use the buttons on the page.")
		return
	}
	s.problem(w, r, http.StatusNotFound, "We cannot find that page", "The address may be mistyped, or what was here has gone.")
}

// absolute is the address of one of our own paths.
func (s *Site) absolute(path string) string {
	return strings.TrimSuffix(s.BaseURL.String(), "/") + path
}

// secure reports whether people reach the site over HTTPS.
func (s *Site) secure() bool { return s.BaseURL.Scheme == "https" }
