package crosspeer

import (
	"errors"
	"fmt"
	"time"
)

// Policy bounds what remotes may do to a server. The zero value sets no bounds
// but those of queues and transports; docs/limits.md has a table of all.
type Policy struct {
	// Peer is what each client may send. Grant.Limits replaces it.
	Peer PeerLimits

	// ConnectsPerAddress is how many attempts to join within ten seconds one IP
	// address may make, and ConnectsPerPrefix those of an IPv4 /24 or IPv6 /48
	// together. An IPv6 address is its /64 here and below. Others are refused,
	// and counted in Stats.ConnectsRefused. Default 0, no limit.
	ConnectsPerAddress int
	ConnectsPerPrefix  int

	// PeersPerAddress and PeersPerPrefix are the most clients at once, those
	// included that wait to be let in. Others are refused. Default 0, no limit.
	PeersPerAddress int
	PeersPerPrefix  int

	// MaxMemoryBytes is the most that all clients together may make this server
	// keep: what is queued for them, what has come of their packets that are not
	// complete, and what waits for the program. It is looked at four times a
	// second; while it is exceeded the client with the largest share is
	// disconnected with ReasonLimit, unless what waits for the program is too
	// much already: choose more than Config.MaxInboxBytes. Default 0, no limit.
	MaxMemoryBytes int64

	// BanFor is how long an address stays out whose client was disconnected
	// with ReasonLimit. Default 0: it may come back at once.
	BanFor time.Duration
}

// PeerLimits are what one client may send. Bursts of one second's worth pass.
type PeerLimits struct {
	// Reliable is for packets of that mode. Beyond it the client is pushed back
	// by the transport's own means; it is disconnected with ReasonLimit if the
	// transport has none.
	Reliable Rate

	// Unreliable is for both other modes together. Beyond it packets are
	// dropped, and a client that goes on sending more than one and a half times
	// as much is disconnected with ReasonLimit, after ten seconds at twice the
	// rate and sooner above.
	Unreliable Rate

	// MaxPacketBytes is the largest packet; a client that sends a larger one is
	// disconnected with ReasonLimit. Default 0, the transport's own limit.
	MaxPacketBytes int
}

// Rate is a limit per second. 0 is no limit.
type Rate struct {
	Packets int
	Bytes   int // of the game
}

func (r Rate) limited() bool { return r.Packets > 0 || r.Bytes > 0 }

func (l PeerLimits) limited() bool {
	return l.Reliable.limited() || l.Unreliable.limited() || l.MaxPacketBytes > 0
}

// validate says what is wrong, field by field.
func (p *Policy) validate() error {
	var errs []error
	for _, f := range []struct {
		name string
		v    int64
	}{
		{"Peer.Reliable.Packets", int64(p.Peer.Reliable.Packets)}, {"Peer.Reliable.Bytes", int64(p.Peer.Reliable.Bytes)},
		{"Peer.Unreliable.Packets", int64(p.Peer.Unreliable.Packets)}, {"Peer.Unreliable.Bytes", int64(p.Peer.Unreliable.Bytes)},
		{"Peer.MaxPacketBytes", int64(p.Peer.MaxPacketBytes)},
		{"ConnectsPerAddress", int64(p.ConnectsPerAddress)}, {"ConnectsPerPrefix", int64(p.ConnectsPerPrefix)},
		{"PeersPerAddress", int64(p.PeersPerAddress)}, {"PeersPerPrefix", int64(p.PeersPerPrefix)},
		{"MaxMemoryBytes", p.MaxMemoryBytes},
	} {
		if f.v < 0 {
			errs = append(errs, fmt.Errorf("crosspeer: Config.Policy.%s is %d, want 0 for no limit or 1 and more", f.name, f.v))
		}
	}
	if p.BanFor < 0 {
		errs = append(errs, fmt.Errorf("crosspeer: Config.Policy.BanFor is %v, want 0 for none or more", p.BanFor))
	}
	return errors.Join(errs...)
}
