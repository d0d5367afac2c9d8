package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// Flush fills out with datagrams. It returns true when out is full and there
// is more to come: send, Reset, and call it again.
//
// Each peer gets a train of datagrams in turn until nobody has anything left.
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
		if p.train(now, out) {
			h.dirty.push(p)
			continue
		}
		p.dirty = false
		if p.state != Disconnected {
			h.schedule(p)
		}
	}
	h.dirty.shrink(hostRing)
	return false
}

// train makes the peer's next datagrams, and tells whether there are more. The
// system takes datagrams to one address, one after the other, for much less
// than the same ones in turn with others.
func (p *Peer) train(now time.Duration, out *Outbox) (more bool) {
	for n := 0; n < p.host.pol.train && p.state != Disconnected; n++ {
		if n > 0 && out.full() {
			return true
		}
		if !p.build(now, out) {
			return false
		}
	}
	return p.state != Disconnected
}

// schedule puts the peer's next deadline into the heap.
func (h *Host) schedule(p *Peer) {
	at := never
	if p.live > 0 {
		at = p.timeoutAt
	} else if p.state == Connected {
		at = p.pingAt
	}
	if p.doubt != nil {
		at = min(at, p.doubt.at+doubtTime)
	}
	if at != never {
		h.deadlines.schedule(p, at)
	}
}

// build makes the peer's next datagram, if it has anything to say, and tells
// whether there is more.
func (p *Peer) build(now time.Duration, out *Outbox) (more bool) {
	if p.settle(now) {
		return false
	}
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
			p.remember(now)
			p.end()
		}
		return more
	}
	if now >= p.timeoutAt && !h.hold && p.expire(now) {
		p.giveUp(now)
		return false
	}
	left, mayPing := p.fill(now, &d)
	if mayPing && p.flying == 0 && now >= p.pingAt && p.state == Connected && d.fits(protocol.OpPing.Size()) && !p.rests(now) {
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
	p.acks.shrink(peerRing)
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
