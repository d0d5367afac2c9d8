package engine

import (
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
		p.state, p.leaveData = Disconnecting, data
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
// follows. After a Disconnect the remote is told that one's data.
func (p *Peer) DisconnectNow(data uint32) {
	switch p.state {
	case Disconnected:
		return
	case Disconnecting:
		if p.host.pol.tellAgain {
			p.farewell(p.leaveData)
		}
	default:
		p.farewell(data)
	}
	p.leave()
}

// DisconnectLater sends what is queued, waits until the remote has
// acknowledged it, and then does what Disconnect does.
func (p *Peer) DisconnectLater(data uint32) {
	if p.open() && !p.idle() {
		p.state, p.leaveData = DisconnectLater, data
		return
	}
	p.Disconnect(data)
}

// Reset forgets the connection without telling anybody. The remote finds out
// by its time-out.
func (p *Peer) Reset() { p.leave() }

// Cut ends the connection because what carried its datagrams is gone: there is
// no way to tell the remote.
func (p *Peer) Cut() {
	switch p.state {
	case Disconnected:
	case AcknowledgingDisconnect: // reported
		p.end()
	default:
		p.finish(ReasonCut, 0)
	}
}

// finish ends the connection and reports it.
func (p *Peer) finish(reason Reason, data uint32) {
	p.end()
	p.host.events.push(Event{Kind: EventDisconnect, Reason: reason, Peer: p, Data: data})
}

// handleDisconnect takes the remote's DISCONNECT. Packets that were received
// before it are still delivered.
func (p *Peer) handleDisconnect(now time.Duration, c *protocol.Command) {
	data := c.DisconnectData()
	switch p.state {
	case Connecting:
		p.finish(ReasonRefused, data)
	case Disconnecting:
		// Ours may have been lost: then the remote goes on asking.
		p.remember(now)
		p.finish(ReasonRemote, data)
	case Connected, DisconnectLater:
		if p.doubts(now, data) {
			return
		}
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
