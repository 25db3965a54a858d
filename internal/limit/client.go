package limit

import (
	"net/http"
	"net/netip"
	"strings"
)

// Client returns the address of whoever sent r. The Forwarded-For header counts
// only as far as it was written by proxies that Options names: it is read from
// the right, and the first address that is no such proxy is the client.
func (l *Limiter) Client(r *http.Request) netip.Addr {
	peer := peerAddress(r.RemoteAddr)
	if l == nil || !l.trusts(peer) {
		return peer
	}
	hops := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for hops != "" {
		i := strings.LastIndexByte(hops, ',')
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i+1:]))
		if err != nil {
			return peer // what is left of here was not written by a proxy we know
		}
		peer = a.Unmap()
		if !l.trusts(peer) {
			return peer
		}
		hops = hops[:max(i, 0)]
	}
	return peer
}

// peerAddress reads "address:port"; a Unix socket has none.
func peerAddress(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func (l *Limiter) trusts(a netip.Addr) bool {
	for _, p := range l.proxies {
		if p.Contains(a.WithZone("")) {
			return true
		}
	}
	return false
}
