package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// receiveStranger takes a datagram from an address that has no peer ID yet.
// Only CONNECT can be in it.
func (h *Host) receiveStranger(now time.Duration, from netip.AddrPort, hdr protocol.Header, datagram []byte) {
	codec := h.pinned()
	area, ok := h.open(hdr, datagram, hdr.Size(), [4]byte{}, &codec, protocol.MaxStranger)
	if !ok {
		return
	}
	c, _, ok := protocol.Next(area)
	if !ok || c.Op != protocol.OpConnect {
		h.stats.Malformed++
		return
	}
	f := c.ConnectFields()
	if !acceptable(f) {
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

// acceptable says whether a CONNECT asks for what there can be.
func acceptable(f protocol.Connect) bool {
	return f.ChannelCount >= protocol.MinChannels && f.ChannelCount <= protocol.MaxChannels && f.PeerID <= protocol.MaxPeerID
}

// admit decides about a new CONNECT and gives its record, or nil.
func (h *Host) admit(now time.Duration, from netip.AddrPort, f protocol.Connect, size int, codec Codec) *halfOpen {
	if h.tooManyFrom(from.Addr()) {
		h.stats.Refused++
		return nil
	}
	// The application is asked first, so that it hears of everybody whom it
	// turns away, also when its own limit is the host's.
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
	if h.isFull() {
		h.stats.Full++
		if h.cfg.RejectWhenFull {
			h.reject(from, f, h.cfg.FullData, size, codec)
		}
		return nil
	}
	slot, ok := h.newSlot(from)
	if !ok {
		h.stats.Refused++
		return nil
	}
	r := h.halfOpen.add(now, from)
	if r == nil {
		h.stats.HalfOpenFull++
		return nil
	}
	r.connect, r.codec, r.slot = f, codec, slot
	r.seq, r.sentTime = uint16(h.cfg.Rand.Uint64()), uint16(h.cfg.Rand.Uint64())
	r.session, r.inSession = h.newSessions(slot, f)
	if h.pol.predictable {
		r.seq = 1
	}
	return r
}

// hasRoom says whether there is room for another peer. Peers that came and went
// before the application heard of them still count, or their events would pile
// up without bound.
func (h *Host) hasRoom() bool { return max(len(h.peers), h.unseen) < h.cfg.MaxPeers }

// isFull and tooManyFrom count handshakes only under the predictable policy:
// otherwise a flood of forged CONNECTs would keep others out.
func (h *Host) isFull() bool {
	if h.pol.predictable && len(h.peers)+h.halfOpen.n >= h.cfg.MaxPeers {
		return true
	}
	return !h.hasRoom()
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
