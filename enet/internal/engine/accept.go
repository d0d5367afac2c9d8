package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// verifyConnect answers a half-open record with VERIFY_CONNECT. An answer to
// CONNECT is held back if it would bring the bytes sent to an address above
// those received from it, which only a CONNECT that compresses unusually well
// can cause.
func (h *Host) verifyConnect(now time.Duration, r *halfOpen, bounded bool) {
	if r.answers == halfOpenAnswers || h.crowded() {
		return
	}
	limit := noLimit
	if bounded {
		limit = int(r.bytesIn) - int(r.bytesOut)
	}
	sentTime := r.sentTime + uint16(r.answers)
	if h.pol.predictable {
		r.sentTime = millis(now)
		sentTime = r.sentTime
	}
	f := h.negotiate(r.connect)
	f.PeerID = r.slot
	f.IncomingSession, f.OutgoingSession = r.session, r.inSession
	hdr := protocol.Header{PeerID: r.connect.PeerID, Session: r.session, HasTime: true, SentTime: sentTime}
	command := h.command[:f.Put(h.command[:], protocol.OpVerifyConnect, r.seq)]
	n := h.reply(r.addr, hdr, r.connect.ConnectID, r.codec, limit, command)
	if n > 0 {
		r.bytesOut = saturate(r.bytesOut, n)
		r.answered = now
		r.answers++
	}
}

// negotiate gives the answer to a CONNECT's wishes.
func (h *Host) negotiate(f protocol.Connect) protocol.Connect {
	f.ChannelCount = min(f.ChannelCount, uint32(h.cfg.ChannelLimit))
	f.MTU = clamp(f.MTU, protocol.MinMTU, protocol.MaxMTU)
	if h.pol.ownMTU {
		f.MTU = min(f.MTU, uint32(h.cfg.MTU))
	}
	w := windowFor(h.cfg.IncomingBandwidth)
	f.WindowSize = clamp(min(w, f.WindowSize), protocol.MinWindow, protocol.MaxWindow)
	f.IncomingBandwidth = h.cfg.IncomingBandwidth
	f.OutgoingBandwidth = h.cfg.OutgoingBandwidth
	return f
}

// receiveUnknown takes a datagram for a slot that no peer has: one that was
// offered to a stranger, or one whose peer has just left.
func (h *Host) receiveUnknown(now time.Duration, from netip.AddrPort, hdr protocol.Header, datagram []byte) {
	r := h.halfOpen.bySlot(from, hdr.PeerID)
	if r == nil || r.expired(now) {
		h.receiveClosed(now, from, hdr, datagram)
		return
	}
	if hdr.Session != r.inSession {
		h.stats.DropSession++
		h.guessed(now, from)
		return
	}
	area, ok := h.open(hdr, datagram, hdr.Size(), r.connect.ConnectID, &r.codec, protocol.MaxDatagram)
	if !ok {
		return
	}
	c, rest, ok := protocol.Next(area)
	switch {
	case !ok:
		h.stats.Malformed++
	case c.Op == protocol.OpAcknowledge && r.proves(c.AcknowledgeFields()):
		h.accept(now, r, hdr, c.AcknowledgeFields(), rest, len(datagram))
	case c.Op == protocol.OpDisconnect:
		// He has come and gone, and what would have completed his handshake
		// was lost.
		h.closed.add(slotKey{from, r.slot},
			closedPeer{r.connect.PeerID, r.inSession, r.session, r.connect.ConnectID, r.codec, now})
		h.halfOpen.remove(r)
		h.receiveClosed(now, from, hdr, datagram)
	case c.Op == protocol.OpAcknowledge:
		h.stats.Malformed++
	case now-r.answered >= halfOpenPause:
		// He knows slot and session, so he has our VERIFY_CONNECT and thinks
		// himself connected: his acknowledgement was lost.
		r.since = now
		h.verifyConnect(now, r, false)
	}
}

// proves says whether an acknowledgement echoes what only a receiver of our
// VERIFY_CONNECT can know.
func (r *halfOpen) proves(a protocol.Acknowledge) bool {
	return a.Channel == protocol.ControlChannel && a.Seq == r.seq && r.answerOf(a) < max(r.answers, 1)
}

// answerOf counts the VERIFY_CONNECTs sent before the one that an
// acknowledgement answers.
func (r *halfOpen) answerOf(a protocol.Acknowledge) uint8 {
	return uint8(min(a.SentTime-r.sentTime, 0xFF))
}

// accept turns a record into a peer and handles the rest of the datagram that
// completed the handshake.
func (h *Host) accept(now time.Duration, r *halfOpen, hdr protocol.Header, ack protocol.Acknowledge, rest []byte, size int) {
	if !h.hasRoom() || h.perIP != nil && h.perIP[r.addr.Addr()] >= h.cfg.DuplicatePeers {
		// The place was taken meanwhile. The remote thinks itself connected.
		h.stats.Full++
		hdr := protocol.Header{PeerID: r.connect.PeerID, Session: r.session}
		h.goodbye(r.addr, hdr, r.connect.ConnectID, r.codec, noLimit, r.seq+1, h.cfg.FullData)
		h.halfOpen.remove(r)
		return
	}
	f := h.negotiate(r.connect)
	p := h.newPeer(r.addr, r.slot)
	p.accepted = true
	p.state = Connected
	p.remoteID = r.connect.PeerID
	p.inSession, p.outSession = r.inSession, r.session
	p.connectID = r.connect.ConnectID
	p.connectData = r.connect.Data
	p.codec = r.codec
	p.channelCount = int(f.ChannelCount)
	p.mtu = int(f.MTU)
	p.controlNo = r.seq
	p.setRemoteIn(r.connect.IncomingBandwidth)
	p.remoteOut = r.connect.OutgoingBandwidth
	p.window = h.sendWindow(p.remoteIn)
	p.setThrottle(f.Throttle)
	p.stats.DatagramsReceived++
	p.stats.BytesReceived += uint64(size)
	p.heardAt = now
	last := h.pol.predictable || r.answerOf(ack)+1 == r.answers
	answered := r.answered
	h.halfOpen.remove(r)

	h.add(p)
	if last {
		p.sample(now, uint32(max((now-answered)/h.pol.tick, 1)))
	}
	h.bandwidth.recalculate = true
	h.stats.Accepted++
	h.events.push(Event{Kind: EventConnect, Peer: p, Data: p.connectData})
	h.unseen++
	h.wake(p)
	p.receive(now, hdr, rest)
}

func saturate(v uint16, n int) uint16 { return uint16(min(int(v)+n, 0xFFFF)) }

func clamp(v, lo, hi uint32) uint32 { return min(max(v, lo), hi) }
