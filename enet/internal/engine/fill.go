package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// fill puts commands into the draft: first what must be sent again, then new
// ones in the order they were queued. It stops at the first that does not fit
// (left). mayPing is true when no reliable command could be sent.
func (p *Peer) fill(now time.Duration, d *draft) (left, mayPing bool) {
	mayPing = true
	limit, bytesBlocked := p.byteLimit(), false
	for ; p.lost.len() > 0; p.lost.pop() {
		ref := p.lost.at(0)
		c := p.sentOn(ref.channel).find(ref.seq)
		if c == nil || c.state != lost {
			continue // acknowledged in the meantime
		}
		if c.length > 0 && p.inFlight+int(c.length) > limit {
			bytesBlocked = true // small new packets must not take the room for ever
			break
		}
		mayPing = false
		if !d.fits(c.op.Size() + int(c.length)) {
			return true, false
		}
		p.stats.Resent++
		p.transmit(c, now, d)
	}
	for _, ch := range p.ready {
		ch.blocked = false
	}
	for {
		ch := p.nextReady(bytesBlocked)
		if p.prompt.len() > 0 && (ch == nil || int32(p.prompt.at(0).order-ch.queue.at(0).order) < 0) {
			if p.prompt.at(0).channel == protocol.ControlChannel {
				mayPing = false
			}
			if !p.sendPrompt(now, d) {
				return true, mayPing
			}
			continue
		}
		if ch == nil {
			return false, mayPing
		}
		n := ch.queue.at(0).nextLength()
		if p.inFlight+n > limit {
			bytesBlocked = true
			continue
		}
		mayPing = false
		if !d.fits(ch.queue.at(0).op.Size() + n) {
			return true, false
		}
		p.sendReliable(now, d, ch, n)
	}
}

// byteLimit is how many reliable payload bytes may be in flight. A single
// datagram is always allowed.
func (p *Peer) byteLimit() int {
	w := int(p.window)
	if p.host.pol.scaleWindow {
		w = w * int(p.throttle.value) / throttleScale
	}
	return max(w, p.mtu)
}

// nextReady picks the channel whose first reliable command was queued first
// and may be sent. A channel that is blocked by its sequence window blocks no
// other.
func (p *Peer) nextReady(bytesBlocked bool) *channel {
	if bytesBlocked {
		return nil
	}
	var best *channel
	for _, ch := range p.ready {
		if ch.blocked {
			continue
		}
		c := ch.queue.at(0)
		if best != nil && int32(c.order-best.queue.at(0).order) > 0 {
			continue
		}
		if !ch.sent.admits(c.seq + uint16(c.fragment)) {
			ch.blocked = true
			continue
		}
		best = ch
	}
	return best
}

// admits says whether the receiver surely stores a command with this number:
// its last delivered number is at least the one before the oldest packet that
// is not acknowledged in full, and it stores six sequence windows beyond.
func (w *window) admits(seq uint16) bool {
	if w.n == 0 {
		return true
	}
	return protocol.Distance(seq, w.at(0).number-1) <= protocol.ReceiveWindows
}

// nextLength is the payload of the next command that a queued packet becomes.
func (c *command) nextLength() int {
	if c.fragments == 1 {
		return int(c.length)
	}
	return min(int(c.length), len(c.packet.data)-c.offset(int(c.length)))
}
