package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// Disconnect ends the connection in order: what is queued is dropped, the
// remote is told and asked to acknowledge, and a Disconnect event follows. A
// connection that is still being made ends at once and without an event.
func (p *Peer) Disconnect(data uint32) {
	switch p.state {
	case Connected, DisconnectLater:
		p.deaf = true
		p.dropOutgoing()
		p.dropIncoming()
		p.state = Disconnecting
		p.queueControl(protocol.OpDisconnect, func(b []byte, seq uint16) {
			protocol.PutDisconnect(b, protocol.FlagAcknowledge, seq, data)
		})
		p.host.bandwidth.recalculate = true
	case Connecting:
		p.farewell(data)
		p.leave()
	}
}

// leave ends the connection by the owner's wish, at once.
func (p *Peer) leave() {
	if p.state == Disconnected {
		return
	}
	reported := p.state == AcknowledgingDisconnect
	p.deaf = true
	p.end()
	if p.host.cfg.ReportLocal && !reported {
		p.host.events.push(Event{Kind: EventDisconnect, Reason: ReasonLocal, Peer: p})
	}
}

// DisconnectNow tells the remote once and forgets the connection. No event
// follows.
func (p *Peer) DisconnectNow(data uint32) {
	switch p.state {
	case Disconnected:
		return
	case Disconnecting:
	default:
		p.farewell(data)
	}
	p.leave()
}

// DisconnectLater sends what is queued, waits until the remote has
// acknowledged it, and then does what Disconnect does.
func (p *Peer) DisconnectLater(data uint32) {
	if p.state == Connected && !p.idle() {
		p.state, p.leaveData = DisconnectLater, data
		return
	}
	p.Disconnect(data)
}

// Reset forgets the connection without telling anybody. The remote finds out
// by its time-out.
func (p *Peer) Reset() { p.leave() }

// finish ends the connection and reports it.
func (p *Peer) finish(reason Reason, data uint32) {
	p.end()
	p.host.events.push(Event{Kind: EventDisconnect, Reason: reason, Peer: p, Data: data})
}

// handleDisconnect takes the remote's DISCONNECT. Packets that were received
// before it are still delivered.
func (p *Peer) handleDisconnect(c *protocol.Command) {
	data := c.DisconnectData()
	switch p.state {
	case Connecting:
		p.finish(ReasonRefused, data)
	case Disconnecting:
		p.finish(ReasonRemote, data)
	case Connected, DisconnectLater:
		if !c.Acknowledge {
			p.finish(ReasonRemote, data)
			return
		}
		p.dropOutgoing()
		// Acknowledgements of earlier commands go too: the remote has dropped
		// those commands, and libenet stops reading a datagram at an
		// acknowledgement that it does not expect.
		p.dropIncoming()
		p.state = AcknowledgingDisconnect
		p.host.bandwidth.recalculate = true
		p.host.events.push(Event{Kind: EventDisconnect, Reason: ReasonRemote, Peer: p, Data: data})
		p.host.wake(p)
	}
}

// closedPeers remembers connections that the remote has just ended. If our
// acknowledgement was lost the remote asks again, and would wait for its
// time-out without an answer.
type closedPeers struct {
	peers map[slotKey]closedPeer
	order ring[slotKey]
}

type closedPeer struct {
	remoteID              uint16
	inSession, outSession uint8
	connectID             [4]byte
	codec                 Codec
	at                    time.Duration
}

const (
	closedLife  = 10 * time.Second
	closedLimit = 1024
)

func (t *closedPeers) add(now time.Duration, p *Peer) {
	if t.peers == nil {
		t.peers = make(map[slotKey]closedPeer)
	}
	for t.order.len() > 0 {
		k := *t.order.at(0)
		if t.order.len() < closedLimit && now-t.peers[k].at < closedLife {
			break
		}
		delete(t.peers, k)
		t.order.pop()
	}
	k := slotKey{p.addr, p.id}
	if _, ok := t.peers[k]; !ok {
		t.order.push(k)
	}
	t.peers[k] = closedPeer{p.remoteID, p.inSession, p.outSession, p.connectID, p.codec, now}
}

// receiveClosed answers a repeated DISCONNECT of a connection that is over.
func (h *Host) receiveClosed(now time.Duration, from netip.AddrPort, hdr protocol.Header, datagram []byte) {
	c, ok := h.closed.peers[slotKey{from, hdr.PeerID}]
	if !ok || now-c.at >= closedLife || hdr.Session != c.inSession || !hdr.HasTime {
		h.stats.DropUnknown++
		return
	}
	area, ok := h.open(hdr, datagram, hdr.Size(), c.connectID, &c.codec, protocol.MaxDatagram)
	if !ok {
		return
	}
	for len(area) > 0 {
		cmd, rest, ok := protocol.Next(area)
		if !ok {
			return
		}
		if cmd.Op == protocol.OpDisconnect && cmd.Acknowledge {
			ack := protocol.Acknowledge{Channel: cmd.Channel, Seq: cmd.Seq, SentTime: hdr.SentTime}
			h.reply(from, protocol.Header{PeerID: c.remoteID, Session: c.outSession}, c.connectID, c.codec,
				func(b []byte) int { ack.Put(b); return protocol.AcknowledgeSize },
				func(n int) bool { return n <= len(datagram) })
			return
		}
		area = rest
	}
}
