package crosspeer

import "fmt"

// EnterMesh gives a mesh member's Peer its id, before anybody is attached. With
// server compatibility member 1 plays the server: the Peer is connected when
// it is there, hears of others then, and leaves when it goes. Godot 3.2,
// WebRTCMultiplayer.initialize.
func (h *Hub) EnterMesh(id PeerID, serverCompatibility bool) {
	h.SetUniqueID(id)
	h.compat = serverCompatibility && id != TargetServer
}

// awaitsServer says whether the Peer is connected only when member 1 is there.
func (h *Hub) awaitsServer() bool { return h.role == roleClient || h.compat }

// attachMember is Attach in a mesh. The lock is held.
func (h *Hub) attachMember(p *Port, hello Hello) error {
	id := hello.ID
	err := h.Admit(hello.RemoteAddr, id)
	if id == 0 {
		err = fmt.Errorf("%w: 0", ErrInvalidID)
	}
	if err != nil {
		h.Refuse()
		return err
	}
	m := h.members.Load()
	p.id = id
	h.members.Store(m.with(id, p))
	switch {
	case !h.compat || m.has(TargetServer):
		h.inbox.signal(PeerConnected{id})
	case id == TargetServer:
		h.inbox.signal(PeerConnected{id})
		h.inbox.signal(ConnectionSucceeded{})
		for _, other := range m.ids {
			h.inbox.signal(PeerConnected{other})
		}
	}
	return nil
}

// detachMember is detach in a mesh. The lock is held.
func (h *Hub) detachMember(p *Port, r Reason) {
	m := h.members.Load()
	rest := m.without(p.id)
	h.members.Store(rest)
	if h.closed || h.compat && !m.has(TargetServer) {
		return // nobody was told that it was there
	}
	h.inbox.signal(PeerDisconnected{p.id, r})
	if h.compat && p.id == TargetServer && !h.leaving.Load() {
		h.ended.Store(true)
		for _, other := range rest.ports {
			other.close(Reason{ReasonClosed, ByLocal, "member 1, which plays the server, has left"}, true)
		}
		h.lost(r)
	}
}

// fromMember is what a member of a mesh does with what another one sends: all
// of it is for this program, since nothing is relayed.
func (h *Hub) fromMember(p *Port, f *Frame) Verdict {
	switch {
	case f.Kind != FramePacket:
		p.drop(malformed)
		return Taken
	case f.From != p.id:
		p.drop(spoofed)
		return Taken
	}
	return h.toSelf(p, f)
}
