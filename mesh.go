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
func (h *Hub) attachMember(p *Port, id PeerID) error {
	m := h.members.Load()
	switch {
	case h.leaving.Load():
		return ErrClosed
	case h.refusing():
		h.Refuse()
		return ErrRefused
	case id <= 0 || id == h.UniqueID():
		return fmt.Errorf("%w: %d", ErrInvalidID, id)
	case m.has(id):
		return fmt.Errorf("%w: %d", ErrDuplicateID, id)
	case len(m.ids) >= h.cfg.MaxPeers:
		h.Refuse()
		return fmt.Errorf("%w: %d peers", ErrFull, len(m.ids))
	}
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
	h.members.Store(m.without(p.id))
	if h.closed || h.compat && !m.has(TargetServer) {
		return // nobody was told that it was there
	}
	h.inbox.signal(PeerDisconnected{p.id, r})
	if h.compat && p.id == TargetServer && !h.leaving.Load() {
		h.lost(r)
	}
}

// fromMember is what a member of a mesh does with what another one sends: all
// of it is for this program, since nothing is relayed.
func (h *Hub) fromMember(p *Port, f *Frame) Verdict {
	switch {
	case f.Kind != FramePacket:
		h.stats.malformed.Add(1)
		return Taken
	case f.From != p.id:
		h.stats.spoofed.Add(1)
		return Taken
	}
	return h.toSelf(p, f)
}
