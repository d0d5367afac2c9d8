package crosspeer

import (
	"fmt"
	"math"
)

// fromClient is what a server does with what a client sends.
//
//	target   this program   clients
//	1        yes            -
//	0        yes            all but the sender
//	-1       -              all but the sender
//	-id      yes            all but the sender and id
//	id       -              id
//
// The source must be the sender's own id. Source: Godot 3.2.3,
// NetworkedMultiplayerENet; a target that is the sender's own id comes back to
// it, an unknown negative one is everybody.
func (h *Hub) fromClient(p *Port, f *Frame) Verdict {
	switch {
	case f.Kind != FramePacket:
		h.stats.malformed.Add(1)
		return Taken
	case f.From != p.id:
		h.stats.spoofed.Add(1)
		return Taken
	case f.To == TargetServer:
		return h.toSelf(p, f)
	case h.cfg.Relay == RelayOff:
		h.stats.notRelayed.Add(1)
		return Taken
	case f.To > 0:
		to := h.members.Load().port(f.To)
		if to == nil {
			h.stats.unknownTarget.Add(1)
			return Taken
		}
		h.stats.relayed.Add(1)
		to.send(f)
		return Taken
	}
	if f.To != AllExcept(TargetServer) {
		if h.toSelf(p, f) == Wait {
			return Wait
		}
	}
	h.stats.relayed.Add(1)
	h.broadcast(f, p, f.To)
	return Taken
}

// broadcast sends a frame to every client but one port and the member that
// the negative target leaves out.
func (h *Hub) broadcast(f *Frame, but *Port, target PeerID) (full, sent int) {
	for _, to := range h.members.Load().ports {
		if to == but || to.id == -target {
			continue
		}
		if to.send(f) == SendAccepted {
			sent++
		} else {
			full++
		}
	}
	return full, sent
}

// toSelf hands a packet to this program.
func (h *Hub) toSelf(p *Port, f *Frame) Verdict {
	if h.inbox.packet(f.Packet, p.resumer()) {
		h.stats.received.Add(1)
		return Taken
	}
	if f.Mode == Reliable && p.resumer() != nil {
		return Wait
	}
	h.stats.inboxDropped.Add(1)
	return Taken
}

// fromServer is what a client does with what its server sends: it believes
// it. Notices of ids that are strange or known already are reported again, as
// the engine does.
func (h *Hub) fromServer(p *Port, f *Frame) Verdict {
	switch f.Kind {
	case FramePacket:
		return h.toSelf(p, f)
	case FrameAdd:
		h.mu.Lock()
		h.members.Store(h.members.Load().with(f.Peer, nil))
		h.mu.Unlock()
		h.inbox.signal(PeerConnected{f.Peer})
	case FrameRemove:
		h.mu.Lock()
		h.members.Store(h.members.Load().without(f.Peer))
		h.mu.Unlock()
		h.inbox.signal(PeerDisconnected{f.Peer, Reason{ReasonUnknown, ByRemote, "left, says the server"}})
	}
	return Taken
}

// send is what this program sends.
func (h *Hub) send(p Packet) error {
	if len(p.Data) > h.cfg.MaxPacketBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(p.Data), h.cfg.MaxPacketBytes)
	}
	if p.Mode > Reliable {
		return fmt.Errorf("crosspeer: %v: want Unreliable, UnreliableOrdered or Reliable", p.Mode)
	}
	if p.Channel < 0 || p.Channel > math.MaxUint8 {
		return fmt.Errorf("%w: %d", ErrChannel, p.Channel)
	}
	m := h.members.Load()
	if target := max(p.To, -p.To); p.To != TargetBroadcast && !m.has(target) {
		return fmt.Errorf("%w: %d", ErrUnknownPeer, p.To)
	}
	if p.Channel == 0 {
		p.Channel = p.Mode.channel()
	}
	f := getFrame()
	defer putFrame(f)
	f.Packet = p
	f.From = h.UniqueID()
	h.stats.sent.Add(1)
	var r SendResult
	switch {
	case !h.server:
		server := m.port(TargetServer)
		if server == nil {
			return ErrNotConnected
		}
		r = server.link.Send(f)
	case p.To > 0:
		r = m.port(p.To).link.Send(f)
	default:
		h.broadcast(f, nil, p.To)
		return nil
	}
	switch r {
	case SendFull:
		return fmt.Errorf("%w: to %d", ErrQueueFull, p.To)
	case SendTooLarge:
		return fmt.Errorf("%w: %d bytes to %d", ErrTooLarge, len(p.Data), p.To)
	case SendNoChannel:
		return fmt.Errorf("%w: %d, to %d", ErrChannel, p.Channel, p.To)
	case SendClosed:
		return ErrNotConnected
	case SendDropped:
		h.stats.linkDropped.Add(1)
	}
	return nil
}
