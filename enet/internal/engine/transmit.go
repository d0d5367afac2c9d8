package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// sendReliable moves the next command of a channel's queue into the draft and
// the sent window.
func (p *Peer) sendReliable(now time.Duration, d *draft, ch *channel, n int) {
	q := ch.queue.at(0)
	c := *q
	c.seq += uint16(c.fragment)
	c.length = uint16(n)
	q.fragment++
	if q.fragment == q.fragments {
		ch.queue.pop()
		if ch.queue.len() == 0 {
			ch.queue.shrink(peerRing)
			p.unready(ch)
		}
	} else {
		c.packet.Retain()
	}
	ch.sent.live++
	p.live++
	p.transmit(ch.sent.push(c), now, d)
}

func (p *Peer) unready(ch *channel) {
	for i, c := range p.ready {
		if c == ch {
			p.ready = append(p.ready[:i], p.ready[i+1:]...)
			return
		}
	}
}

// sendPrompt moves the first prompt command into the draft, or drops it by
// the packet throttle. It returns false if the command does not fit.
func (p *Peer) sendPrompt(now time.Duration, d *draft) bool {
	c := p.prompt.at(0)
	if c.channel == protocol.ControlChannel {
		if !d.fits(c.op.Size()) {
			return false
		}
		p.control.live++
		p.live++
		p.transmit(p.control.push(*c), now, d)
		p.prompt.pop()
		return true
	}
	n := c.nextLength()
	if !d.fits(c.op.Size() + n) {
		return false
	}
	drop := c.fragment == 0 && p.throttle.drops()
	if !drop {
		p.write(d, c, n)
		c.fragment++
	}
	if drop || c.fragment == c.fragments {
		size := len(c.packet.data)
		if drop {
			p.stats.Throttled++
		} else {
			p.stats.PacketsSent++
		}
		p.queued -= size
		p.queuedNo--
		c.packet.Release()
		p.prompt.pop()
		p.prompt.shrink(peerRing)
	}
	return true
}

// rto is the retransmission time-out of a command that is sent now for the
// first time.
func (p *Peer) rto() time.Duration {
	return time.Duration(p.rtt.rtt)*p.host.pol.tick + p.slack()
}

// slack is how much later than usual an acknowledgement may come.
func (p *Peer) slack() time.Duration {
	if !p.rtt.sampled {
		return 0
	}
	return max(4*time.Duration(p.rtt.variance)*p.host.pol.tick, p.host.pol.minSlack)
}

// transmit puts a reliable command into the draft and starts its timer.
func (p *Peer) transmit(c *command, now time.Duration, d *draft) {
	if c.attempts == 0 {
		c.rto, c.firstAt = p.rto(), now
		if c.packet != nil && c.channel != protocol.ControlChannel && c.fragment+1 == c.fragments {
			p.stats.PacketsSent++
		}
	}
	c.attempts = min(c.attempts, 254) + 1
	p.sendTurn++
	c.turn, c.sentAt, c.state = p.sendTurn, now, inFlight
	if p.host.pol.onePeerTimer {
		if p.flying == 0 {
			p.timeoutAt = now + c.rto
		}
	} else {
		p.timeoutAt = min(p.timeoutAt, now+c.rto)
	}
	p.flying++
	p.inFlight += int(c.length)
	d.hasTime = true
	if c.channel != protocol.ControlChannel {
		p.write(d, c, int(c.length))
		return
	}
	p.loss.sent++
	b := d.extend(c.op.Size())
	if c.packet != nil {
		copy(b, c.packet.data)
	} else {
		protocol.PutPing(b, c.seq)
	}
}

// write puts a payload command into the draft.
func (p *Peer) write(d *draft, c *command, n int) {
	fixed := c.op.Size()
	b := d.extend(fixed + n)
	offset := 0
	switch c.op {
	case protocol.OpSendReliable:
		protocol.PutReliable(b, c.channel, c.seq, n)
	case protocol.OpSendUnreliable:
		protocol.PutUnreliable(b, c.channel, c.seq, c.number, n)
	case protocol.OpSendUnsequenced:
		protocol.PutUnsequenced(b, c.channel, c.number, n)
	default:
		size := p.pieceSize(c, n)
		offset = c.offset(size)
		f := protocol.Fragment{
			Start: c.number, Count: c.fragments, Number: c.fragment,
			Total: uint32(len(c.packet.data)), Offset: uint32(offset),
		}
		f.Put(b, c.op, c.channel, c.seq, n)
	}
	copy(b[fixed:], c.packet.data[offset:offset+n])
	p.loss.sent++
}

// pieceSize is the length of the packet's fragments but the last, which alone
// may be shorter: there it follows from the total.
func (p *Peer) pieceSize(c *command, n int) int {
	if c.fragment+1 < c.fragments {
		return n
	}
	return (len(c.packet.data) - n) / int(c.fragments-1)
}
