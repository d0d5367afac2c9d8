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
