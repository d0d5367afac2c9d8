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

	// Clients turned away, by cause.
	Refused         uint64 // not let in, for whatever cause
	ConnectsRefused uint64 // of those, for coming too often: Policy.ConnectsPerAddress, ConnectsPerPrefix
	Limited         uint64 // disconnected because they broke a limit of Policy, or by Filter
	Slow            uint64 // connections closed because an end did not drain

	Drops
}

// counters are the live form of Stats.
type counters struct {
	sent, received, relayed atomic.Uint64
	refused, limited, slow  atomic.Uint64
	drops                   tally
}

func (h *Hub) snapshot() Stats {
	c := &h.stats
	s := Stats{
		Peers:           len(h.members.Load().ids),
		Admitting:       int(h.admitting.Load()),
		Memory:          h.memory.Load(),
		Sent:            c.sent.Load(),
		Received:        c.received.Load(),
		Relayed:         c.relayed.Load(),
		Refused:         c.refused.Load(),
		ConnectsRefused: h.guard.refused.Load(),
		Limited:         c.limited.Load(),
		Slow:            c.slow.Load(),
		Drops:           c.drops.snapshot(),
	}
	s.InboxPackets, s.InboxBytes = h.inbox.size()
	return s
}

// LinkStats adds up the connections of the session, those included that are
// over; zero in none. What waits is that of now, RTT and RTTVariance are the
// largest, Loss and Throttle the mean of those that have a figure. It looks at
// each connection.
func (p *Peer) LinkStats() LinkStats {
	if s := p.current(); s != nil {
		return s.hub.linkStats()
	}
	return LinkStats{}
}

func (h *Hub) linkStats() LinkStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum, measured := h.past, 0
	for _, p := range h.ports() {
		if p == nil {
			continue
		}
		s := p.link.Stats()
		sum.count(s)
		sum.RTT, sum.RTTVariance = max(sum.RTT, s.RTT), max(sum.RTTVariance, s.RTTVariance)
		sum.QueuedBytes += s.QueuedBytes
		sum.QueuedPackets += s.QueuedPackets
		sum.WaitingBytes += s.WaitingBytes
		if s.Throttle > 0 {
			measured++
			sum.Loss += s.Loss
			sum.Throttle += s.Throttle
		}
	}
	if measured > 0 {
		sum.Loss /= float64(measured)
		sum.Throttle /= float64(measured)
	}
	return sum
}

// count adds what only grows.
func (s *LinkStats) count(of LinkStats) {
	s.BytesSent += of.BytesSent
	s.BytesReceived += of.BytesReceived
	s.DatagramsSent += of.DatagramsSent
	s.DatagramsReceived += of.DatagramsReceived
	s.PacketsSent += of.PacketsSent
	s.PacketsReceived += of.PacketsReceived
	s.Resent += of.Resent
	s.Dropped += of.Dropped
	s.NotTaken += of.NotTaken
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
	Drops Drops
}
