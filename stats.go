package crosspeer

import "sync/atomic"

// Stats counts what happened in a session since it began. Packets are counted
// once, however many receivers they have, unless it says copies.
type Stats struct {
	Peers        int // in the session now, besides this one
	InboxPackets int // waiting for this program now
	InboxBytes   int

	Sent     uint64 // packets of this program that Send took
	Received uint64 // packets for this program
	Relayed  uint64 // packets of clients that were passed on to at least one other

	// Dropped or turned away, by cause.
	Refused       uint64 // clients not let in
	Slow          uint64 // connections closed because an end did not drain
	Spoofed       uint64 // packets with somebody else's id as source
	UnknownTarget uint64 // packets for an id that nobody has
	NotRelayed    uint64 // packets for others while relaying is off
	Malformed     uint64 // frames that have no place in the protocol
	InboxDropped  uint64 // unreliable packets for this program when it did not keep up
	LinkDropped   uint64 // copies of unreliable packets that a link had no room for
	NoChannel     uint64 // copies for connections that lack the channel
	TooLarge      uint64 // copies for connections that cannot carry so much
}

// counters are the live form of Stats.
type counters struct {
	sent, received, relayed               atomic.Uint64
	refused, slow, spoofed, unknownTarget atomic.Uint64
	notRelayed, malformed                 atomic.Uint64
	inboxDropped, linkDropped             atomic.Uint64
	noChannel, tooLarge                   atomic.Uint64
}

func (h *Hub) snapshot() Stats {
	c := &h.stats
	s := Stats{
		Peers:         len(h.members.Load().ids),
		Sent:          c.sent.Load(),
		Received:      c.received.Load(),
		Relayed:       c.relayed.Load(),
		Refused:       c.refused.Load(),
		Slow:          c.slow.Load(),
		Spoofed:       c.spoofed.Load(),
		UnknownTarget: c.unknownTarget.Load(),
		NotRelayed:    c.notRelayed.Load(),
		Malformed:     c.malformed.Load(),
		InboxDropped:  c.inboxDropped.Load(),
		LinkDropped:   c.linkDropped.Load(),
		NoChannel:     c.noChannel.Load(),
		TooLarge:      c.tooLarge.Load(),
	}
	s.InboxPackets, s.InboxBytes = h.inbox.size()
	return s
}

// Stats counts what happened in the session that the Peer is in, or was in
// last; zero before the first.
func (p *Peer) Stats() Stats {
	if s := p.session.Load(); s != nil {
		return s.hub.snapshot()
	}
	return Stats{}
}

// PeerInfo is a member and its connection.
type PeerInfo struct {
	ID PeerID
	LinkInfo
	LinkStats
}
