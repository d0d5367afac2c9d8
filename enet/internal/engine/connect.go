package engine

import (
	"encoding/binary"
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// Connect begins a connection. A Connect or Disconnect event tells how it
// went. channels is clamped to 1 to 255; data reaches the other application.
func (h *Host) Connect(addr netip.AddrPort, channels int, data uint32) (*Peer, error) {
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if !unicast(addr) {
		return nil, ErrAddress
	}
	if h.isFull() {
		return nil, ErrFull
	}
	slot, ok := h.newSlot(addr)
	if !ok {
		return nil, ErrFull
	}
	p := h.newPeer(addr, slot)
	p.state = Connecting
	p.channelCount = min(max(channels, protocol.MinChannels), protocol.MaxChannels)
	p.connectData = data
	p.codec = h.cfg.Codec
	p.window = clamp(windowFor(h.cfg.OutgoingBandwidth), protocol.MinWindow, protocol.MaxWindow)
	binary.LittleEndian.PutUint32(p.connectID[:], uint32(h.cfg.Rand.Uint64()))
	if s, ok := h.sessions[slot]; ok {
		p.inSession, p.outSession = s[0], s[1]
	}
	h.add(p)

	f := protocol.Connect{
		PeerID:            slot,
		IncomingSession:   p.inSession,
		OutgoingSession:   p.outSession,
		MTU:               uint32(p.mtu),
		WindowSize:        p.window,
		ChannelCount:      uint32(p.channelCount),
		IncomingBandwidth: h.cfg.IncomingBandwidth,
		OutgoingBandwidth: h.cfg.OutgoingBandwidth,
		Throttle:          p.throttle.parameters(),
		ConnectID:         p.connectID,
		Data:              data,
	}
	p.queueControl(protocol.OpConnect, func(b []byte, seq uint16) {
		f.Put(b, protocol.OpConnect, seq)
	})
	return p, nil
}

// handleVerify takes VERIFY_CONNECT. Once connected it is only acknowledged
// again; the remote repeats it when our first acknowledgement was lost.
func (p *Peer) handleVerify(_ time.Duration, c *protocol.Command) bool {
	if p.state != Connecting {
		return true
	}
	f := c.ConnectFields()
	if f.ChannelCount < protocol.MinChannels || f.ChannelCount > protocol.MaxChannels ||
		f.Throttle != p.throttle.parameters() || f.ConnectID != p.connectID ||
		f.PeerID > protocol.MaxPeerID ||
		f.IncomingSession > protocol.SessionMask || f.OutgoingSession > protocol.SessionMask {
		p.finish(ReasonHandshake, 0)
		return false
	}
	if c := p.control.find(1); c != nil && c.state != done {
		p.acknowledged(&p.control, c) // VERIFY_CONNECT stands for its acknowledgement
	}
	p.timeoutAt, p.silent = never, false
	p.channelCount = min(p.channelCount, int(f.ChannelCount))
	p.remoteID = f.PeerID
	p.inSession, p.outSession = f.IncomingSession, f.OutgoingSession
	p.mtu = min(p.mtu, int(clamp(f.MTU, protocol.MinMTU, protocol.MaxMTU)))
	p.window = min(p.window, clamp(f.WindowSize, protocol.MinWindow, protocol.MaxWindow))
	p.setRemoteIn(f.IncomingBandwidth)
	p.remoteOut = f.OutgoingBandwidth
	p.state = Connected
	p.host.bandwidth.recalculate = true
	p.host.events.push(Event{Kind: EventConnect, Peer: p})
	p.host.wake(p)
	return true
}
