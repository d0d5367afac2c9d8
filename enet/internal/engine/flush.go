package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// Flush fills out with datagrams. It returns true when out is full and there
// is more to come: send, Reset, and call it again.
//
// Each peer gets one datagram in turn until nobody has anything left.
func (h *Host) Flush(now time.Duration, out *Outbox) (more bool) {
	if h.flushReplies(now, out) {
		return true
	}
	for h.dirty.len() > 0 {
		if out.full() {
			return true
		}
		p := *h.dirty.at(0)
		h.dirty.pop()
		if p.state != Disconnected && p.build(now, out) {
			h.dirty.push(p)
			continue
		}
		p.dirty = false
		if p.state != Disconnected {
			h.schedule(p)
		}
	}
	h.dirty.shrink()
	return false
}

// schedule puts the peer's next deadline into the heap.
func (h *Host) schedule(p *Peer) {
	at := never
	if p.live > 0 {
		at = p.timeoutAt
	} else if p.state == Connected {
		at = p.pingAt
	}
	if at != never {
		h.deadlines.schedule(p, at)
	}
}

// build makes the peer's next datagram, if it has anything to say, and tells
// whether there is more.
func (p *Peer) build(now time.Duration, out *Outbox) (more bool) {
	h := p.host
	used := protocol.MaxHeader
	if h.cfg.Checksum != nil && h.pol.countChecksum {
		used += protocol.ChecksumSize
	}
	d := out.draft(p.mtu, used)

	more = p.putAcks(&d)
	if p.state == AcknowledgingDisconnect {
		p.commit(now, out, &d)
		if !more {
			h.closed.add(now, p)
			p.end()
		}
		return more
	}
	if now >= p.timeoutAt && !h.hold && p.expire(now) {
		p.giveUp(now)
		return false
	}
	left, mayPing := p.fill(now, &d)
	if mayPing && p.flying == 0 && now >= p.pingAt && p.state == Connected && d.fits(protocol.OpPing.Size()) {
		p.queueControl(protocol.OpPing, nil)
		left, _ = p.fill(now, &d)
	}
	p.commit(now, out, &d)
	if p.state == DisconnectLater && p.idle() {
		p.Disconnect(p.leaveData)
		return true
	}
	return more || left
}

// putAcks writes the acknowledgements that are due, oldest first.
func (p *Peer) putAcks(d *draft) (more bool) {
	for ; p.acks.len() > 0; p.acks.pop() {
		if !d.fits(protocol.AcknowledgeSize) {
			return true
		}
		a := p.acks.at(0)
		protocol.Acknowledge{Channel: a.channel, Seq: a.seq, SentTime: a.sentTime}.
			Put(d.extend(protocol.AcknowledgeSize))
		p.outData += protocol.AcknowledgeSize
	}
	p.acks.shrink()
	return false
}

// commit sends the draft unless it is empty.
func (p *Peer) commit(now time.Duration, out *Outbox, d *draft) {
	if d.commands == 0 {
		return
	}
	p.updateLoss(now)
	hdr := protocol.Header{PeerID: p.remoteID, HasTime: d.hasTime, SentTime: millis(now)}
	var seed [4]byte
	if p.remoteID < protocol.NoPeer {
		hdr.Session = p.outSession
		seed = p.connectID
	}
	n := out.commit(p.host, d, hdr, p.codec, seed, p.addr)
	p.stats.DatagramsSent++
	p.stats.BytesSent += uint64(n)
}

// idle says whether nothing is queued and nothing is unacknowledged.
func (p *Peer) idle() bool {
	return p.live == 0 && p.prompt.len() == 0 && len(p.ready) == 0
}

// fill puts commands into the draft: first what must be sent again, then new
// ones in the order they were queued. It stops at the first that does not fit
// (left). mayPing is true when no reliable command could be sent.
func (p *Peer) fill(now time.Duration, d *draft) (left, mayPing bool) {
	mayPing = true
	limit := p.byteLimit()
	for ; p.lost.len() > 0; p.lost.pop() {
		ref := p.lost.at(0)
		c := p.sentOn(ref.channel).find(ref.seq)
		if c == nil || c.state != lost {
			continue // acknowledged in the meantime
		}
		if c.length > 0 && p.inFlight+int(c.length) > limit {
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
	bytesBlocked := false
	for {
		ch := p.nextReady(bytesBlocked)
		if p.prompt.len() > 0 && (ch == nil || int32(p.prompt.at(0).order-ch.queue.at(0).order) < 0) {
			reliable := p.prompt.at(0).op.Size() > 0 && p.prompt.at(0).channel == protocol.ControlChannel
			if reliable {
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
			ch.queue.shrink()
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
		p.settle(size, true)
		c.packet.Release()
		p.prompt.pop()
		p.prompt.shrink()
	}
	return true
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
