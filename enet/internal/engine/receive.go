package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// Receive takes one datagram. The bytes are only used during the call. Any
// bytes from anywhere are safe; what is dropped is counted in Stats.
func (h *Host) Receive(now time.Duration, from netip.AddrPort, datagram []byte) {
	h.stats.DatagramsReceived++
	h.stats.BytesReceived += uint64(len(datagram))
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if len(datagram) > protocol.MaxDatagram {
		h.stats.DropOversize++
		return
	}
	if !unicast(from) {
		h.stats.DropSource++
		return
	}
	hdr, n, ok := protocol.ParseHeader(datagram)
	if !ok || len(datagram) < n+h.checksumSize() {
		h.stats.DropShort++
		return
	}
	if hdr.PeerID == protocol.NoPeer {
		h.receiveStranger(now, from, hdr, datagram)
		return
	}
	p := h.slots[slotKey{from, hdr.PeerID}]
	if p == nil {
		h.receiveUnknown(now, from, hdr, datagram)
		return
	}
	if p.remoteID != protocol.NoPeer && hdr.Session != p.inSession {
		h.stats.DropSession++
		h.guessed(now, from)
		return
	}
	area, ok := h.open(hdr, datagram, n, p.connectID, &p.codec, protocol.MaxDatagram)
	if !ok {
		return
	}
	p.stats.DatagramsReceived++
	p.stats.BytesReceived += uint64(len(datagram))
	p.heardAt = now
	p.receive(now, hdr, area)
}

// receive handles the commands of a datagram in their order. The first one
// that does not belong ends it; what came before keeps its effect.
func (p *Peer) receive(now time.Duration, hdr protocol.Header, area []byte) {
	for len(area) > 0 {
		c, rest, ok := protocol.Next(area)
		if !ok {
			if c.Op != protocol.OpNone { // trailing zeros are padding
				p.malformed()
			}
			break
		}
		p.doubt.hear(now, c.Op)
		late, ok := p.handle(now, &c)
		if !ok {
			p.malformed()
			break
		}
		if p.state == Disconnected {
			return
		}
		if c.Acknowledge && p.acknowledges(c.Op) {
			if !hdr.HasTime {
				p.malformed()
				break
			}
			p.queueAck(&c, hdr.SentTime, late)
		}
		area = rest
	}
	if p.state != Disconnected && p.acks.len() > 0 {
		p.host.wake(p)
	}
}

func (p *Peer) malformed() {
	p.stats.Malformed++
	p.host.stats.Malformed++
}

// acknowledges says whether the state still answers commands.
func (p *Peer) acknowledges(op protocol.Op) bool {
	switch p.state {
	case Connected, DisconnectLater:
		return true
	case AcknowledgingDisconnect:
		return op == protocol.OpDisconnect
	}
	return false
}

// handle runs one command. ok is false for a command that does not belong;
// late allows an acknowledgement in the windows where receivers keep silent.
func (p *Peer) handle(now time.Duration, c *protocol.Command) (late, ok bool) {
	switch c.Op {
	case protocol.OpAcknowledge:
		return false, p.handleAck(now, c.AcknowledgeFields())
	case protocol.OpVerifyConnect:
		return false, p.handleVerify(now, c)
	case protocol.OpDisconnect:
		p.handleDisconnect(now, c)
		return false, true
	case protocol.OpConnect:
		return false, false
	}
	if !p.open() {
		return false, false
	}
	switch c.Op {
	case protocol.OpPing:
		return false, true
	case protocol.OpBandwidthLimit:
		p.handleBandwidth(c)
		return false, true
	case protocol.OpThrottleConfigure:
		p.handleThrottle(c.ThrottleFields())
		return false, true
	}
	if int(c.Channel) >= p.channelCount || len(c.Payload) > p.host.cfg.MaxPacketBytes {
		return false, false
	}
	ch := p.channel(c.Channel)
	switch c.Op {
	case protocol.OpSendReliable:
		return false, p.receiveReliable(ch, c)
	case protocol.OpSendUnreliable:
		return false, p.receiveUnreliable(ch, c)
	case protocol.OpSendUnsequenced:
		return false, p.receiveUnsequenced(ch, c)
	case protocol.OpSendFragment:
		return p.receiveFragment(ch, c)
	default: // protocol.OpSendUnreliableFragment
		return false, p.receiveUnreliableFragment(ch, c)
	}
}

// deliver hands a packet to the application. Its bytes are already counted
// as waiting.
func (p *Peer) deliver(ch *channel, pkt *Packet, flags Flags) {
	p.stats.PacketsReceived++
	p.host.events.push(Event{Kind: EventReceive, Channel: ch.number, Flags: flags, Peer: p, Packet: pkt})
}

// drops says whether received packets are thrown away: the application asked
// to end the connection.
func (p *Peer) drops() bool { return p.state == DisconnectLater }
