package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

func (t *packetThrottle) parameters() protocol.Throttle {
	return protocol.Throttle{
		Interval:     uint32(t.interval / time.Millisecond),
		Acceleration: t.acceleration,
		Deceleration: t.deceleration,
	}
}

func (p *Peer) setThrottle(t protocol.Throttle) {
	p.throttle.interval = time.Duration(t.Interval) * time.Millisecond
	p.throttle.acceleration = t.Acceleration
	p.throttle.deceleration = t.Deceleration
}

// handleThrottle takes the remote's wish for our packet throttle.
func (p *Peer) handleThrottle(t protocol.Throttle) { p.setThrottle(t) }

// ConfigureThrottle sets the packet throttle's parameters at both ends:
// interval is how often the reference round-trip time is renewed, the others
// are the steps by which the throttle moves per acknowledgement. With
// deceleration 0 unreliable packets are never held back.
func (p *Peer) ConfigureThrottle(interval time.Duration, acceleration, deceleration uint32) error {
	if !p.open() {
		return ErrNotConnected
	}
	t := protocol.Throttle{
		Interval:     uint32(interval / time.Millisecond),
		Acceleration: acceleration,
		Deceleration: deceleration,
	}
	p.setThrottle(t)
	p.queueControl(protocol.OpThrottleConfigure, func(b []byte, seq uint16) {
		protocol.PutThrottleConfigure(b, seq, t)
	})
	return nil
}
