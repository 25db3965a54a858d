// Package limit slows down whoever asks too often.
//
// A Limiter holds one token bucket per class of request and caller, in this
// process's memory: it protects the server from floods and people from being
// pestered, and it forgets everything at a restart. Where a cap must be exact
// (mails to one address, wrong codes) the domain counts in PostgreSQL instead.
//
// Callers are networks, because one address is cheap to change: an IPv4 /24 or
// an IPv6 /56. The memory is bounded; under a flood of new callers, buckets that
// are full again go first, since a full bucket says the same as none.
//
// The package knows nothing of procedures, pages or people. It has no tables.
package limit

import (
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lanyard/internal/clock"
)

// Class is a sort of request that shares a budget.
type Class string

// The classes.
const (
	// Read is looking at public things.
	Read Class = "read"
	// Attendee is acting through the secret link of a registration or hold.
	Attendee Class = "attendee"
	// Order is taking places, counted by network.
	Order Class = "order"
	// OrderAddress is taking places, counted by single address or session.
	OrderAddress Class = "order address"
	// Code is trying a discount or access code.
	Code Class = "code"
	// SignIn is asking for, opening or spending a sign-in.
	SignIn Class = "sign-in"
	// Team is anything a signed-in person does.
	Team Class = "team"
	// Door is anything a paired tablet does.
	Door Class = "door"
)

// Budget is how often something may happen: Burst at once, then PerSecond.
type Budget struct {
	PerSecond float64
	Burst     int
}

// DefaultBudgets suit one busy programme: a lecture hall behind one address can
// register at once, a script cannot hammer.
var DefaultBudgets = map[Class]Budget{
	Read:         {PerSecond: 50, Burst: 400},
	Attendee:     {PerSecond: 10, Burst: 100},
	Order:        {PerSecond: 20, Burst: 400},
	OrderAddress: {PerSecond: 10, Burst: 200},
	Code:         {PerSecond: 1, Burst: 100},
	SignIn:       {PerSecond: 0.2, Burst: 30},
	Team:         {PerSecond: 50, Burst: 400},
	Door:         {PerSecond: 50, Burst: 400},
}

// Options configure a Limiter.
type Options struct {
	// Off lets everything through; for load tests.
	Off bool
	// Budgets replace the defaults, class by class.
	Budgets map[Class]Budget
	// Proxies are the networks whose word about the client's address is taken.
	Proxies []netip.Prefix
	// MaxBuckets bounds the memory, about 200 bytes each; 0 means 65,536.
	MaxBuckets int
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
}

// Limiter decides who has to wait. It is safe for concurrent use.
type Limiter struct {
	off     bool
	budgets map[Class]Budget
	proxies []netip.Prefix
	now     clock.Clock
	seed    maphash.Seed
	shards  [shardCount]shard
	most    int // buckets per shard
}

const shardCount = 32

type shard struct {
	mu      sync.Mutex
	buckets map[key]*rate.Limiter
}

type key struct {
	class Class
	who   Who
}

// Who is a caller as the limiter sees one: a network, or a word such as an id.
type Who struct {
	net  netip.Prefix
	word string
}

// Named is a caller known by an id or by a hash of something.
func Named(word string) Who { return Who{word: word} }

// Address is a caller known by the one address.
func Address(a netip.Addr) Who {
	a = a.Unmap().WithZone("")
	return Who{net: netip.PrefixFrom(a, a.BitLen())}
}

// Network is a caller known by the network around an address: IPv4 /24, IPv6 /56.
func Network(a netip.Addr) Who {
	a = a.Unmap().WithZone("")
	bits := 56
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil { // no address at all: everybody without one shares a bucket
		return Who{}
	}
	return Who{net: p}
}

// New makes a Limiter.
func New(o Options) *Limiter {
	l := &Limiter{off: o.Off, budgets: map[Class]Budget{}, proxies: o.Proxies, now: o.Clock, seed: maphash.MakeSeed()}
	for class, b := range DefaultBudgets {
		l.budgets[class] = b
	}
	for class, b := range o.Budgets {
		l.budgets[class] = b
	}
	if l.now == nil {
		l.now = clock.System
	}
	most := o.MaxBuckets
	if most <= 0 {
		most = 1 << 16
	}
	l.most = max(1, most/shardCount)
	for i := range l.shards {
		l.shards[i].buckets = map[key]*rate.Limiter{}
	}
	return l
}

// Allow spends one token of who's bucket for the class. When there is none it
// returns false and how long to wait until there is. A class without a budget is
// not limited. A nil Limiter allows everything.
func (l *Limiter) Allow(class Class, who Who) (wait time.Duration, ok bool) {
	if l == nil || l.off {
		return 0, true
	}
	b, limited := l.budgets[class]
	if !limited {
		return 0, true
	}
	now := l.now()
	k := key{class, who}
	s := &l.shards[maphash.Comparable(l.seed, k)%shardCount]
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket := s.buckets[k]
	if bucket == nil {
		if len(s.buckets) >= l.most {
			s.makeRoom(now)
		}
		bucket = rate.NewLimiter(rate.Limit(b.PerSecond), b.Burst)
		s.buckets[k] = bucket
	}
	if bucket.AllowN(now, 1) {
		return 0, true
	}
	return untilNext(bucket.TokensAt(now), b.PerSecond), false
}

// untilNext is the time until a whole token is there, rounded up to a second.
func untilNext(tokens, perSecond float64) time.Duration {
	if perSecond <= 0 {
		return time.Hour
	}
	return time.Duration(math.Ceil((1-tokens)/perSecond)) * time.Second
}

// makeRoom drops buckets that are full again, or any one when none is.
func (s *shard) makeRoom(now time.Time) {
	var victim key
	freed := false
	for k, bucket := range s.buckets {
		if bucket.TokensAt(now) >= float64(bucket.Burst()) {
			delete(s.buckets, k)
			freed = true
			continue
		}
		victim = k // map order is random
	}
	if !freed {
		delete(s.buckets, victim)
	}
}

// Buckets returns how many callers are remembered, for the metrics.
func (l *Limiter) Buckets() int {
	n := 0
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += len(s.buckets)
		s.mu.Unlock()
	}
	return n
}
