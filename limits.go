package crosspeer

// Limiter is implemented by transports that cannot carry every packet as it
// is. The limits do not change.
type Limiter interface{ Limits() Limits }

// Limits are what a transport cannot do.
type Limits struct {
	// ReliableOnly: every packet travels reliably and arrives as Reliable.
	ReliableOnly bool

	// MaxPacketBytes is the largest packet, in bytes of the game. 0 means
	// Config.MaxPacketBytes.
	MaxPacketBytes int
}

// limit takes a transport's limits into the session's: all of its packets are
// reliable if those of all transports are, and the largest is what each of
// them can carry. Called by one goroutine at a time.
func (h *Hub) limit(t Transport) {
	var own Limits
	if l, ok := t.(Limiter); ok {
		own = l.Limits()
	}
	if most := h.cfg.MaxPacketBytes; own.MaxPacketBytes == 0 || own.MaxPacketBytes > most {
		own.MaxPacketBytes = most
	}
	if all := h.limits.Load(); all != nil {
		own.ReliableOnly = own.ReliableOnly && all.ReliableOnly
		own.MaxPacketBytes = min(own.MaxPacketBytes, all.MaxPacketBytes)
	}
	h.limits.Store(&own)
}

// MaxPacketBytes is the largest packet that every member of the session can be
// sent, in bytes of the game: the least that Config.MaxPacketBytes and the
// transports of this Peer allow. A packet to one member may be larger if that
// member's own connection can carry it. 0 in no session.
func (p *Peer) MaxPacketBytes() int {
	if s := p.current(); s != nil {
		return s.hub.broadcastLimit()
	}
	return 0
}

func (h *Hub) broadcastLimit() int {
	if l := h.limits.Load(); l != nil {
		return l.MaxPacketBytes
	}
	return h.cfg.MaxPacketBytes
}

// reliableOnly says whether the Peer is in a session that knows no other mode.
func (p *Peer) reliableOnly() bool {
	s := p.current()
	if s == nil {
		return false
	}
	l := s.hub.limits.Load()
	return l != nil && l.ReliableOnly
}
