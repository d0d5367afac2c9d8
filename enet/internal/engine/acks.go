package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// queueAck queues the acknowledgement of a command that was handled. late
// allows it in the windows where receivers keep silent.
func (p *Peer) queueAck(c *protocol.Command, sentTime uint16, late bool) {
	if c.Channel != protocol.ControlChannel && !late && int(c.Channel) < len(p.channels) {
		if ch := p.channels[c.Channel]; ch != nil {
			// A number this far ahead may be an old one come round; the
			// remote sends it again when its turn is nearer.
			if d := protocol.Distance(c.Seq, ch.inReliable); d == 7 || d == 8 {
				return
			}
		}
	}
	p.acks.push(acknowledge{c.Seq, sentTime, c.Channel})
}

// handleAck takes an acknowledgement. It returns false for one that does not
// belong where the connection stands.
func (p *Peer) handleAck(now time.Duration, a protocol.Acknowledge) bool {
	if p.state == Connecting && p.host.pol.verifyOnly {
		return true
	}
	w := p.sentOn(a.Channel)
	if w == nil {
		return true
	}
	c := w.find(a.Seq)
	if c == nil || c.state == done || c.attempts == 0 {
		return true
	}
	m, ok := p.measure(now, c, a.SentTime)
	if !ok {
		return true // from the future: not an answer to this transmission
	}
	if p.state == Disconnecting && c.op != protocol.OpDisconnect {
		return false
	}
	p.sample(now, m)
	p.notice(c, a.SentTime)
	op := c.op
	p.acknowledged(w, c)
	p.hurry(w)

	switch {
	case p.live == 0:
		p.timeoutAt = never
	case p.host.pol.onePeerTimer && p.flying > 0:
		p.timeoutAt = p.oldestTimeout()
	}
	switch {
	case p.state == Disconnecting && op == protocol.OpDisconnect:
		p.finish(ReasonLocal, 0)
	case p.state == DisconnectLater && p.idle():
		p.Disconnect(p.leaveData)
	case p.lost.len() > 0 || len(p.ready) > 0:
		p.host.wake(p) // the window has moved
	}
	return true
}

// trim drops acknowledged commands from the front of a window. With its last
// fragment a packet is done.
func (p *Peer) trim(w *window) {
	for w.n > 0 && w.at(0).state == done {
		if c := w.at(0); c.fragments > 1 && c.fragment+1 == c.fragments {
			p.queuedNo--
		}
		w.pop()
	}
	w.shrink(peerRing)
}

// acknowledged takes a command out of flight.
func (p *Peer) acknowledged(w *window, c *command) {
	if c.state == inFlight {
		p.flying--
		p.inFlight -= int(c.length)
	}
	c.state = done
	w.live--
	p.live--
	if c.packet != nil {
		if c.channel != protocol.ControlChannel {
			p.queued -= int(c.length)
			if c.fragments == 1 {
				p.queuedNo--
			}
		}
		c.packet.Release()
		c.packet = nil
	}
	p.trim(w)
}

// measure gives the round-trip time in ticks that an acknowledgement shows.
// The sent time tells which transmission it answers, so retransmitted
// commands count too. ok is false for a time that is still to come.
func (p *Peer) measure(now time.Duration, c *command, echo uint16) (ticks uint32, ok bool) {
	n := millis(now)
	if echo > n && echo&0x8000 == n&0x8000 {
		return 0, false
	}
	d := time.Duration(n-echo) * time.Millisecond
	if !p.host.pol.onePeerTimer {
		if echo == millis(c.sentAt) {
			d = now - c.sentAt
		}
		// No answer can be older than its question.
		d = min(d, now-c.firstAt)
	}
	return uint32(max(d/p.host.pol.tick, 1)), true
}

// sample feeds a round-trip time to estimator and throttle, and notes that
// the remote is alive.
func (p *Peer) sample(now time.Duration, ticks uint32) {
	if p.rtt.sampled {
		noise := uint32(p.host.pol.noise / p.host.pol.tick)
		p.throttle.update(&p.rtt, ticks, noise, p.host.pol.throttleFloor)
	}
	p.rtt.add(now, ticks, p.throttle.interval)
	p.sampledAt, p.pingAt = now, now+p.pingInterval
	p.silent = false
}

// oldestTimeout is when the command whose transmission lies farthest back
// runs out.
func (p *Peer) oldestTimeout() time.Duration {
	var oldest *command
	p.eachFlying(func(c *command) {
		if oldest == nil || int32(c.turn-oldest.turn) < 0 {
			oldest = c
		}
	})
	return oldest.sentAt + oldest.rto
}
