package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// Ping probes the remote now instead of at the next ping interval. It does
// nothing while a command of the connection waits for its acknowledgement:
// that is a probe as good.
func (p *Peer) Ping() error {
	if p.state != Connected {
		return ErrNotConnected
	}
	if n := p.prompt.len(); p.control.live > 0 || n > 0 && p.prompt.at(n-1).op == protocol.OpPing {
		return nil
	}
	p.queueControl(protocol.OpPing, nil)
	return nil
}

// An accepted connection is probed by its initiator, who has the same interval
// unless he has changed it. As long as he is heard there is no need to ask him
// whether he is there; now and then it is done for the round-trip time.
const (
	restSilence = 2  // intervals without a datagram after which he is asked
	restSample  = 10 // intervals without a round-trip time after which he is asked
)

// rests says that the remote need not be probed now, though the interval is
// over, and puts it off.
func (p *Peer) rests(now time.Duration) bool {
	if !p.host.pol.restful || !p.accepted || p.doubt != nil {
		return false
	}
	next := min(p.heardAt+restSilence*p.pingInterval, p.sampledAt+restSample*p.pingInterval)
	if now >= next {
		return false
	}
	p.pingAt = next
	return true
}

// SetPingInterval sets how long after the last acknowledgement an idle
// connection is probed. Zero means the default of 500 ms. It is not
// negotiated.
func (p *Peer) SetPingInterval(d time.Duration) {
	if d == 0 {
		d = defaultPingInterval
	}
	p.pingAt += d - p.pingInterval
	p.pingInterval = d
	p.host.wake(p)
}
