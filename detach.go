package crosspeer

import "fmt"

// detach takes a remote out of the session.
func (h *Hub) detach(p *Port, r Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.gone.Swap(true) {
		return
	}
	h.past.count(p.link.Stats())
	if own := p.closing.Load(); own != nil {
		r = *own
	}
	defer h.checkEmpty()
	switch h.role {
	case roleClient:
		if !h.leaving.Load() {
			h.lost(r) // first: who sees the event can dial again
		}
		h.members.Store(nobody) // the others were known through the server
		return
	case roleMesh:
		h.detachMember(p, r)
		return
	}
	h.guard.release(p.addr)
	if a := p.gate.Load(); a != nil {
		delete(h.pending, p)
		a.cancel(errLeft)
		return // nobody was told that it was there
	}
	m := h.members.Load().without(p.id)
	h.members.Store(m)
	if h.cfg.Filter != nil {
		h.cfg.Filter.Forget(p.id)
	}
	if h.closed {
		return
	}
	if h.cfg.Relay == RelayOn {
		announce(m.ports, FrameRemove, p.id)
	}
	h.inbox.signal(PeerDisconnected{p.id, r})
}

// checkEmpty tells those who wait for all members to go. The lock is held.
func (h *Hub) checkEmpty() {
	if h.closed || len(h.members.Load().ids) == 0 {
		for _, c := range h.emptied {
			close(c)
		}
		h.emptied = nil
	}
}

// disconnect ends the connection of one client, or of one member of a mesh.
func (h *Hub) disconnect(id PeerID, r Reason, now bool) error {
	if h.role == roleClient {
		return ErrServerOnly
	}
	p := h.members.Load().port(id)
	if p == nil {
		return fmt.Errorf("%w: %d", ErrUnknownPeer, id)
	}
	p.close(r, now)
	return nil
}

// leave says goodbye to everybody and lets nobody in. With now nothing more is
// reported; otherwise the returned channel is closed when all have gone.
func (h *Hub) leave(r Reason, now bool) <-chan struct{} {
	gone := make(chan struct{})
	h.mu.Lock()
	h.leaving.Store(true)
	h.closed = h.closed || now
	h.emptied = append(h.emptied, gone)
	h.checkEmpty()
	ports := h.ports()
	h.mu.Unlock()
	h.stop()
	for _, p := range ports {
		if p != nil {
			p.close(r, now)
		}
	}
	return gone
}
