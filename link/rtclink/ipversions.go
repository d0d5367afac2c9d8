package rtclink

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// IPVersions are the versions of IP over which connections may run.
type IPVersions uint8

// Values of Config.IP.
const (
	BothIP   IPVersions = 0
	IPv4Only IPVersions = 1
	IPv6Only IPVersions = 2
)

var ipNames = []string{"both", "ipv4", "ipv6"}

// String is "both", "ipv4" or "ipv6".
func (v IPVersions) String() string {
	if int(v) < len(ipNames) {
		return ipNames[v]
	}
	return fmt.Sprintf("IP versions %d", uint8(v))
}

// ParseIPVersions is the inverse of String; case does not matter.
func ParseIPVersions(s string) (IPVersions, error) {
	for v, name := range ipNames {
		if strings.EqualFold(s, name) {
			return IPVersions(v), nil
		}
	}
	return 0, fmt.Errorf("rtclink: IP versions %q: want both, ipv4 or ipv6", s)
}

// allow says whether an address may be used.
func (v IPVersions) allow(a netip.Addr) bool {
	switch a = a.Unmap(); v {
	case IPv4Only:
		return a.Is4()
	case IPv6Only:
		return a.Is6()
	}
	return true
}

// network is the name under which package net knows a protocol, "udp" or
// "tcp", over these versions.
func (v IPVersions) network(protocol string) string {
	switch v {
	case IPv4Only:
		return protocol + "4"
	case IPv6Only:
		return protocol + "6"
	}
	return protocol
}

// types are the kinds of candidates, UDP's or TCP's.
func (v IPVersions) types(four, six webrtc.NetworkType) []webrtc.NetworkType {
	switch v {
	case IPv4Only:
		return []webrtc.NetworkType{four}
	case IPv6Only:
		return []webrtc.NetworkType{six}
	}
	return []webrtc.NetworkType{four, six}
}

// restrict keeps addresses of other versions out of the connections, this
// end's and the remotes'.
func (v IPVersions) restrict(s *webrtc.SettingEngine) {
	if v == BothIP {
		return
	}
	keep := func(ip net.IP) bool {
		a, ok := netip.AddrFromSlice(ip)
		return ok && v.allow(a)
	}
	s.SetIPFilter(keep)
	s.SetRemoteIPFilter(keep)
}

// versionedMux is a mux whose socket, bound to all addresses of one version,
// does not take itself to be reachable at those of the other.
type versionedMux struct {
	*ice.UDPMuxDefault
	versions IPVersions
}

// GetListenAddresses implements ice.UDPMux.
func (m versionedMux) GetListenAddresses() (addrs []net.Addr) {
	for _, a := range m.UDPMuxDefault.GetListenAddresses() {
		if u, ok := a.(*net.UDPAddr); ok && m.versions.allow(u.AddrPort().Addr()) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
