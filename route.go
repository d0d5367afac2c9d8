package crosspeer

import "fmt"

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
		p.drop(malformed)
		return Taken
	case f.From != p.id:
		p.drop(spoofed)
		return Taken
	case f.To == TargetServer:
		return h.toSelf(p, f)
	case h.cfg.Relay == RelayOff:
		p.drop(notRelayed)
		return Taken
	case f.To > 0:
		to := h.members.Load().port(f.To)
		if to == nil {
			p.drop(unknownTarget)
		} else if to.send(f) == SendAccepted {
			h.stats.relayed.Add(1)
		}
		return Taken
	}
	if f.To != AllExcept(TargetServer) && h.toSelf(p, f) == Wait {
		return Wait
	}
	if sent, _ := h.broadcast(f, p); sent > 0 {
		h.stats.relayed.Add(1)
	}
	return Taken
}

// broadcast sends a frame to every client but one port and the member that
// its negative target leaves out. It gives the number of links that took it,
// and what the last of the others did.
func (h *Hub) broadcast(f *Frame, but *Port) (sent int, other SendResult) {
	for _, to := range h.members.Load().ports {
		if to == but || to.id == -f.To {
			continue
		}
		if r := to.send(f); r == SendAccepted {
			sent++
		} else {
			other = r
		}
	}
	return sent, other
}

// toSelf hands a packet to this program.
func (h *Hub) toSelf(p *Port, f *Frame) Verdict {
	switch {
	case h.inbox.packet(f.Packet, p):
		h.stats.received.Add(1)
	case f.Mode == Reliable:
		return p.overflow()
	default:
		p.drop(inboxDropped)
	}
	return Taken
}

// fromServer is what a client does with what its server sends: it believes
// it.
func (h *Hub) fromServer(p *Port, f *Frame) Verdict {
	if f.Kind == FramePacket {
		return h.toSelf(p, f)
	}
	if h.inbox.crowdedFor(p) {
		return p.overflow()
	}
	h.mu.Lock()
	if m := h.members.Load(); !p.gone.Load() {
		h.members.Store(m.noticed(f, h.UniqueID()))
	}
	h.mu.Unlock()
	if f.Kind == FrameAdd {
		h.inbox.signal(PeerConnected{f.Peer})
	} else {
		h.inbox.signal(PeerDisconnected{f.Peer, Reason{ReasonUnknown, ByRemote, "left, says the server"}})
	}
	return Taken
}

// send is what this program sends.
func (h *Hub) send(p Packet) error {
	switch {
	case len(p.Data) > h.cfg.MaxPacketBytes:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(p.Data), h.cfg.MaxPacketBytes)
	case p.Mode > Reliable:
		return fmt.Errorf("crosspeer: %v: want Unreliable, UnreliableOrdered or Reliable", p.Mode)
	case p.Channel < 0 || p.Channel > maxChannel:
		return fmt.Errorf("%w: %d, want 1 to %d, or 0 for the mode's own", ErrChannel, p.Channel, maxChannel)
	case p.Channel == 0:
		p.Channel = p.Mode.channel()
	}
	if most := h.broadcastLimit(); p.To <= 0 && len(p.Data) > most {
		return fmt.Errorf("%w: %d bytes to many, and not every member can be sent more than %d", ErrTooLarge, len(p.Data), most)
	}
	m := h.members.Load()
	if target := max(p.To, -p.To); p.To != TargetBroadcast && !m.has(target) {
		return fmt.Errorf("%w: %d", ErrUnknownPeer, p.To)
	}
	f := getFrame()
	defer putFrame(f)
	f.Packet = p
	f.From = h.UniqueID()
	r := h.dispatch(m, f)
	switch r {
	case SendFull:
		return fmt.Errorf("%w: to %d", ErrQueueFull, p.To)
	case SendTooLarge:
		return fmt.Errorf("%w: %d bytes to %d", ErrTooLarge, len(p.Data), p.To)
	case SendNoChannel:
		return fmt.Errorf("%w: %d, to %d", ErrChannel, p.Channel, p.To)
	case SendClosed:
		if h.role != roleClient {
			return fmt.Errorf("%w: %d is leaving", ErrUnknownPeer, p.To)
		}
		return ErrNotConnected
	}
	h.stats.sent.Add(1)
	return nil
}

// dispatch gives this program's frame to the links: a client's to its server,
// others' to those that it is for. What went to many failed
// only if nobody could carry it.
func (h *Hub) dispatch(m *members, f *Frame) SendResult {
	switch {
	case h.role == roleClient:
		if server := m.port(TargetServer); server != nil {
			return server.offer(f)
		}
		return SendClosed
	case f.To > 0:
		return m.port(f.To).offer(f)
	}
	sent, other := h.broadcast(f, nil)
	if sent == 0 && (other == SendTooLarge || other == SendNoChannel) {
		return other
	}
	return SendAccepted
}
