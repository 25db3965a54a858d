package limit_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"lanyard/internal/clock"
	"lanyard/internal/limit"
)

func TestAllow_SpendsTheBurstThenOneTokenAtATime(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepping(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	l := limit.New(limit.Options{
		Clock:   clk.Now,
		Budgets: map[limit.Class]limit.Budget{limit.SignIn: {PerSecond: 0.1, Burst: 3}},
	})
	who := limit.Network(netip.MustParseAddr("192.0.2.7"))
	for i := range 3 {
		if _, ok := l.Allow(limit.SignIn, who); !ok {
			t.Fatalf("request %d of the burst was refused", i+1)
		}
	}
	wait, ok := l.Allow(limit.SignIn, who)
	if ok || wait != 10*time.Second {
		t.Fatalf("after the burst: allowed=%v wait=%s, want a wait of 10s", ok, wait)
	}
	clk.Advance(wait)
	if _, ok := l.Allow(limit.SignIn, who); !ok {
		t.Fatal("refused after the wait it named")
	}
	if _, ok := l.Allow(limit.SignIn, who); ok {
		t.Fatal("the wait gave more than one token")
	}
}

func TestAllow_CountsNetworksNotAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.254", true},
		{"192.0.2.1", "192.0.3.1", false},
		{"::ffff:192.0.2.1", "192.0.2.9", true},
		{"2001:db8:0:1::1", "2001:db8:0:ff::1", true},
		{"2001:db8:0:1::1", "2001:db8:0:100::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	}
	for _, tt := range tests {
		a, b := limit.Network(netip.MustParseAddr(tt.a)), limit.Network(netip.MustParseAddr(tt.b))
		if (a == b) != tt.same {
			t.Errorf("%s and %s: same network %v, want %v", tt.a, tt.b, a == b, tt.same)
		}
	}
	unknown := netip.Addr{}
	if first := limit.Network(unknown); first != limit.Network(unknown) {
		t.Error("callers without an address do not share a bucket")
	}
}

func TestAllow_OffNilAndUnknownClassesLimitNothing(t *testing.T) {
	t.Parallel()
	tight := map[limit.Class]limit.Budget{limit.Order: {PerSecond: 0, Burst: 0}}
	var none *limit.Limiter
	for name, l := range map[string]*limit.Limiter{
		"off": limit.New(limit.Options{Off: true, Budgets: tight}), "nil": none,
	} {
		if _, ok := l.Allow(limit.Order, limit.Named("x")); !ok {
			t.Errorf("%s limiter refused", name)
		}
	}
	l := limit.New(limit.Options{Budgets: tight})
	if _, ok := l.Allow(limit.Order, limit.Named("x")); ok {
		t.Error("an empty budget let something through") // the control for the two above
	}
	if _, ok := l.Allow("some other class", limit.Named("x")); !ok {
		t.Error("a class without budget was refused")
	}
}

// A flood of callers evicts others' buckets only when none is full again, so a
// caller that is being held back stays held back while idle ones come and go.
func TestAllow_MemoryIsBoundedAndFullBucketsGoFirst(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepping(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	l := limit.New(limit.Options{
		Clock: clk.Now, MaxBuckets: 64,
		Budgets: map[limit.Class]limit.Budget{
			limit.SignIn: {PerSecond: 0.001, Burst: 1},
			limit.Read:   {PerSecond: 1000, Burst: 1},
		},
	})
	if _, ok := l.Allow(limit.SignIn, limit.Named("held back")); !ok {
		t.Fatal("first request refused")
	}
	for i := range 5000 {
		l.Allow(limit.Read, limit.Named(fmt.Sprint(i)))
		clk.Advance(time.Millisecond) // long enough for the read bucket to be full again
	}
	if n := l.Buckets(); n > 64 {
		t.Fatalf("%d buckets are kept, want at most 64", n)
	}
	if _, ok := l.Allow(limit.SignIn, limit.Named("held back")); ok {
		t.Fatal("a flood of others gave the caller a new bucket")
	}
}

// A33: the header counts only when a proxy that we know wrote it.
func TestClient_A33_ForwardedForCountsOnlyFromKnownProxies(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}})
	tests := []struct {
		name, remote string
		headers      []string
		want         string
	}{
		{"no proxy", "198.51.100.4:1", []string{"203.0.113.9"}, "198.51.100.4"},
		{"one proxy", "10.1.2.3:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.1.2.3:1", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		{"client forged the left part", "10.1.2.3:1", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"two header lines", "10.1.2.3:1", []string{"1.2.3.4", "203.0.113.9"}, "203.0.113.9"},
		{"no header", "10.1.2.3:1", nil, "10.1.2.3"},
		{"nonsense", "10.1.2.3:1", []string{"unknown"}, "10.1.2.3"},
		{"nonsense left of a proxy", "10.1.2.3:1", []string{"x, 10.4.4.4"}, "10.4.4.4"},
		{"all proxies", "10.1.2.3:1", []string{"10.5.5.5"}, "10.5.5.5"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::5"}, "2001:db8::5"},
		{"mapped", "[::ffff:10.1.2.3]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"socket", "@", nil, "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.headers}}
			if got := l.Client(r).String(); got != tt.want {
				t.Errorf("client is %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzClient(f *testing.F) {
	l := limit.New(limit.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	f.Add("10.0.0.1:80", "203.0.113.9, 10.0.0.2")
	f.Add("@", ",,,")
	f.Fuzz(func(t *testing.T, remote, header string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {header}}}
		l.Allow(limit.Read, limit.Network(l.Client(r)))
	})
}

func BenchmarkAllow(b *testing.B) {
	l := limit.New(limit.Options{Budgets: map[limit.Class]limit.Budget{limit.Order: {PerSecond: 1e9, Burst: 1e9}}})
	who := limit.Network(netip.MustParseAddr("192.0.2.7"))
	for b.Loop() {
		l.Allow(limit.Order, who)
	}
}
