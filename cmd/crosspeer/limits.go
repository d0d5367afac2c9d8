package main

import (
	"fmt"
	"net/netip"
	"time"

	"crosspeer"
)

// limitFlags are what clients may do to a server. 0 is no limit.
type limitFlags struct {
	MaxPerAddress      int           `help:"Most clients at once from one IP address; of IPv6, from one /64. 0: no limit." default:"256" placeholder:"N"`
	ConnectsPerAddress int           `help:"Most attempts to join in ten seconds from one IP address. 0: no limit." default:"256" placeholder:"N"`
	PeerPackets        int           `help:"Packets a second that a client may send, reliable and other ones each. 0: no limit." default:"10000" placeholder:"N"`
	PeerBytes          int           `help:"Bytes a second that a client may send, reliable and other ones each. 0: no limit." default:"2097152" placeholder:"BYTES"`
	MaxMessage         int           `help:"Largest packet of a client. 0: what its transport carries." default:"0" placeholder:"BYTES"`
	MaxMemory          int64         `help:"Bytes that all clients may make the server keep. 0: no limit." default:"1073741824" placeholder:"BYTES"`
	BanFor             time.Duration `help:"How long an address stays out whose client broke a limit." default:"10s" placeholder:"TIME"`
	Ban                []string      `help:"Address or network that may not join, as 203.0.113.0/24." placeholder:"CIDR"`
}

// policy reads the flags.
func (f *limitFlags) policy() (p crosspeer.Policy, bans []netip.Prefix, err error) {
	for _, n := range []struct {
		flag string
		v    int64
	}{
		{"--max-per-address", int64(f.MaxPerAddress)}, {"--connects-per-address", int64(f.ConnectsPerAddress)},
		{"--peer-packets", int64(f.PeerPackets)}, {"--peer-bytes", int64(f.PeerBytes)},
		{"--max-message", int64(f.MaxMessage)}, {"--max-memory", f.MaxMemory}, {"--ban-for", int64(f.BanFor)},
	} {
		if n.v < 0 {
			return p, nil, &usageError{fmt.Sprintf("%s must be 0 or more", n.flag)}
		}
	}
	for _, text := range f.Ban {
		prefix, err := netip.ParsePrefix(text)
		if addr, e := netip.ParseAddr(text); e == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return p, nil, &usageError{fmt.Sprintf("--ban %q: want an address or a network, as 203.0.113.0/24", text)}
		}
		bans = append(bans, prefix)
	}
	rate := crosspeer.Rate{Packets: f.PeerPackets, Bytes: f.PeerBytes}
	return crosspeer.Policy{
		Peer:               crosspeer.PeerLimits{Reliable: rate, Unreliable: rate, MaxPacketBytes: f.MaxMessage},
		PeersPerAddress:    f.MaxPerAddress,
		ConnectsPerAddress: f.ConnectsPerAddress,
		MaxMemoryBytes:     f.MaxMemory,
		BanFor:             f.BanFor,
	}, bans, nil
}
