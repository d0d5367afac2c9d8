package crosspeer

import "sync/atomic"

// Stats counts what happened in a session since it began. Packets are counted
// once, however many receivers they have, unless it says copies.
type Stats struct {
	Peers        int // in the session now, besides this one
	InboxPackets int // waiting for this program now
	InboxBytes   int
	Admitting    int   // clients that the program decides about now
	Memory       int64 // bytes that clients make this server keep; with Policy.MaxMemoryBytes only

	Sent     uint64 // packets of this program that Send took
	Received uint64 // packets for this program
	Relayed  uint64 // packets of clients that were passed on to at least one other

	// Dropped or turned away, by cause.
	Refused         uint64 // clients not let in, for whatever cause
	ConnectsRefused uint64 // of those, for coming too often: Policy.ConnectsPerAddress, ConnectsPerPrefix
	Limited         uint64 // clients disconnected because they broke a limit of Policy, or by Filter
	RateDropped     uint64 // unreliable packets beyond a client's rate
	RatePaused      uint64 // times that a client was pushed back because of its rate
	Filtered        uint64 // packets that Config.Filter did not let pass
	Slow            uint64 // connections closed because an end did not drain
	Spoofed         uint64 // packets with somebody else's id as source
	UnknownTarget   uint64 // packets for an id that nobody has
	NotRelayed      uint64 // packets for others while relaying is off
	Malformed       uint64 // frames that have no place in the protocol
	InboxDropped    uint64 // unreliable packets for this program when it did not keep up
	LinkDropped     uint64 // copies of unreliable packets that a link had no room for
	NoChannel       uint64 // copies for connections that lack the channel
	TooLarge        uint64 // copies for connections that cannot carry so much
}

// counters are the live form of Stats.
type counters struct {
	sent, received, relayed               atomic.Uint64
	refused, slow, spoofed, unknownTarget atomic.Uint64
	notRelayed, malformed                 atomic.Uint64
	inboxDropped, linkDropped             atomic.Uint64
	noChannel, tooLarge                   atomic.Uint64
	limited, filtered                     atomic.Uint64
	rateDropped, ratePaused               atomic.Uint64
}

func (h *Hub) snapshot() Stats {
	c := &h.stats
	s := Stats{
		Peers:           len(h.members.Load().ids),
		Sent:            c.sent.Load(),
		Received:        c.received.Load(),
		Relayed:         c.relayed.Load(),
		Refused:         c.refused.Load(),
		Slow:            c.slow.Load(),
		Spoofed:         c.spoofed.Load(),
		UnknownTarget:   c.unknownTarget.Load(),
		NotRelayed:      c.notRelayed.Load(),
		Malformed:       c.malformed.Load(),
		InboxDropped:    c.inboxDropped.Load(),
		LinkDropped:     c.linkDropped.Load(),
		NoChannel:       c.noChannel.Load(),
		TooLarge:        c.tooLarge.Load(),
		Limited:         c.limited.Load(),
		Filtered:        c.filtered.Load(),
		RateDropped:     c.rateDropped.Load(),
		RatePaused:      c.ratePaused.Load(),
		ConnectsRefused: h.guard.refused.Load(),
		Admitting:       int(h.admitting.Load()),
		Memory:          h.memory.Load(),
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
	ID       PeerID
	Metadata any // of the Grant that let it in
	LinkInfo
	LinkStats
}
