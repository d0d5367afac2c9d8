package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// maxStranger bounds the decompressed size of a datagram from somebody
// without a peer ID: it holds one CONNECT.
const maxStranger = 256

// receiveStranger takes a datagram from an address that has no peer ID yet.
// Only CONNECT can be in it.
func (h *Host) receiveStranger(now time.Duration, from netip.AddrPort, hdr protocol.Header, datagram []byte) {
	codec := h.pinned()
	area, ok := h.open(hdr, datagram, hdr.Size(), [4]byte{}, &codec, maxStranger)
	if !ok {
		return
	}
	c, _, ok := protocol.Next(area)
	if !ok || c.Op != protocol.OpConnect {
		h.stats.Malformed++
		return
	}
	f := c.ConnectFields()
	if f.ChannelCount < protocol.MinChannels || f.ChannelCount > protocol.MaxChannels ||
		f.PeerID > protocol.MaxPeerID {
		h.stats.Malformed++
		return
	}
	h.stats.Connects++
	if h.connects[connectKey{from, f.ConnectID}] != nil {
		return // a late copy: the connection stands
	}
	h.halfOpen.expire(now)
	r := h.halfOpen.byConnect(from, f.ConnectID)
	if r == nil {
		if r = h.admit(now, from, f, len(datagram), codec); r == nil {
			return
		}
	}
	r.since = now
	r.bytesIn = saturate(r.bytesIn, len(datagram))
	h.verifyConnect(now, r, true)
}

// admit decides about a new CONNECT and gives its record, or nil.
func (h *Host) admit(now time.Duration, from netip.AddrPort, f protocol.Connect, size int, codec Codec) *halfOpen {
	if h.tooManyFrom(from.Addr()) {
		h.stats.Refused++
		return nil
	}
	if h.isFull() {
		h.stats.Full++
		if h.cfg.RejectWhenFull {
			h.reject(from, f, h.cfg.FullData, size, codec)
		}
		return nil
	}
	if h.cfg.Admit != nil {
		switch h.cfg.Admit(from, f.Data) {
		case Reject:
			h.reject(from, f, h.cfg.RejectData, size, codec)
			fallthrough
		case Ignore:
			h.stats.Refused++
			return nil
		}
	}
	slot, ok := h.newSlot(from)
	if !ok {
		h.stats.Refused++
		return nil
	}
	r := h.halfOpen.add(from, h.cfg.Rand.Uint64())
	if r == nil {
		h.stats.HalfOpenFull++
		return nil
	}
	r.connect, r.codec, r.slot, r.begun = f, codec, slot, now
	r.seq, r.sentTime = uint16(h.cfg.Rand.Uint64()), uint16(h.cfg.Rand.Uint64())
	r.session, r.inSession = h.newSessions(slot, f)
	if h.pol.predictable {
		r.seq = 1
	}
	return r
}

// isFull and tooManyFrom count handshakes only under the predictable policy:
// otherwise a flood of forged CONNECTs would keep others out.
func (h *Host) isFull() bool {
	n := len(h.peers)
	if h.pol.predictable {
		n += h.halfOpen.n
	}
	return n >= h.cfg.MaxPeers
}

func (h *Host) tooManyFrom(ip netip.Addr) bool {
	if h.perIP == nil {
		return false
	}
	n := h.perIP[ip]
	if h.pol.predictable {
		n += h.halfOpen.count(ip)
	}
	return n >= h.cfg.DuplicatePeers
}

// newSessions gives the session ID that we put into headers to the remote,
// and the one that it must put into its own.
func (h *Host) newSessions(slot uint16, f protocol.Connect) (out, in uint8) {
	if !h.pol.predictable {
		r := h.cfg.Rand.Uint64()
		return uint8(r) & protocol.SessionMask, uint8(r>>8) & protocol.SessionMask
	}
	own, ok := h.sessions[slot]
	if !ok {
		own = [2]uint8{protocol.NoSession, protocol.NoSession}
	}
	next := func(asked, own uint8) uint8 {
		if asked == protocol.NoSession {
			asked = own
		}
		s := (asked + 1) & protocol.SessionMask
		if s == own {
			s = (s + 1) & protocol.SessionMask
		}
		return s
	}
	out, in = next(f.IncomingSession, own[1]), next(f.OutgoingSession, own[0])
	h.sessions[slot] = [2]uint8{in, out}
	return out, in
}

// verifyConnect answers a half-open record with VERIFY_CONNECT. An answer to
// CONNECT is held back if it would bring the bytes sent to an address above
// those received from it, which only a CONNECT that compresses unusually well
// can cause.
func (h *Host) verifyConnect(now time.Duration, r *halfOpen, bounded bool) {
	if r.answers == halfOpenAnswers {
		return
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
	n := h.reply(r.addr, hdr, r.connect.ConnectID, r.codec, func(b []byte) int {
		return f.Put(b, protocol.OpVerifyConnect, r.seq)
	}, func(n int) bool { return !bounded || int(r.bytesOut)+n <= int(r.bytesIn) })
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
		h.halfOpen.remove(r)
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
	full := h.isFull()
	if h.pol.predictable {
		full = len(h.peers) >= h.cfg.MaxPeers
	}
	if full || h.perIP != nil && h.perIP[r.addr.Addr()] >= h.cfg.DuplicatePeers {
		h.stats.Full++
		h.reject(r.addr, r.connect, h.cfg.FullData, size, r.codec)
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
	h.wake(p)
	p.receive(now, hdr, rest)
}

func saturate(v uint16, n int) uint16 { return uint16(min(int(v)+n, 0xFFFF)) }

func clamp(v, lo, hi uint32) uint32 { return min(max(v, lo), hi) }
