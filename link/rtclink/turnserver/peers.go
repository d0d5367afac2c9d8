package turnserver

import (
	"net"
	"net/netip"
	"slices"
)

// closed are networks that are not the internet, beyond those that netip knows
// by name. Some contain all of IPv4 in another form.
var closed = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network
	netip.MustParsePrefix("100.64.0.0/10"),  // behind a provider's NAT
	netip.MustParsePrefix("192.0.0.0/24"),   // protocol assignments
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved, and broadcast
	netip.MustParsePrefix("::/96"),          // IPv4-compatible
	netip.MustParsePrefix("64:ff9b::/96"),   // NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"), // NAT64, local
	netip.MustParsePrefix("2001::/32"),      // Teredo
	netip.MustParsePrefix("2002::/16"),      // 6to4
	netip.MustParsePrefix("fec0::/10"),      // site-local
}

// mayRelayTo says whether clients may have packets relayed to an address.
func (c *Config) mayRelayTo(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case !ip.IsValid() || slices.ContainsFunc(c.DenyPeers, within):
		return false
	case slices.ContainsFunc(c.AllowPeers, within):
		return true
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(closed, within)
}

// permit is asked by pion before a client may send to a peer.
func (s *Server) permit(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	if ok && s.cfg.mayRelayTo(ip) {
		return true
	}
	s.denied.Add(1)
	return false
}
