package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// bandwidthInterval is the time between two bandwidth passes.
const bandwidthInterval = time.Second

// bandwidthPass shares out bandwidth once a second: what each peer may send
// of unreliable data, and what each remote is told it may send.
type bandwidthPass struct {
	last        time.Duration
	ran         bool
	recalculate bool // a join, a leave or a new limit: tell the remotes
	lifted      bool // a limit has gone: what it caused must be undone
	asleep      bool // the last pass was left out, so what peers sent is not counted
	limited     int  // peers whose remote has an incoming limit
}

// idle says whether a pass could change anything.
func (b *bandwidthPass) idle(h *Host) bool {
	if h.pol.announceAll {
		return false
	}
	return h.cfg.OutgoingBandwidth == 0 && b.limited == 0 && !b.lifted &&
		!(b.recalculate && h.cfg.IncomingBandwidth != 0)
}

// deadline is when the next pass is due.
func (b *bandwidthPass) deadline(h *Host) time.Duration {
	if len(h.peers) == 0 || b.idle(h) {
		return never
	}
	return b.last + bandwidthInterval
}

// passBandwidth runs a pass if one is due.
func (h *Host) passBandwidth(now time.Duration) {
	b := &h.bandwidth
	elapsed := now - b.last
	if b.ran && elapsed < bandwidthInterval {
		return
	}
	b.last, b.ran = now, true
	if b.idle(h) {
		b.asleep = true
		return
	}
	open := make([]*Peer, 0, len(h.peers))
	for _, p := range h.peers {
		if p.open() {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return
	}
	if b.asleep {
		for _, p := range open {
			p.outData = 0
		}
	}
	b.asleep, b.lifted = false, false
	h.throttleOutgoing(open, uint64(elapsed/time.Millisecond))
	if b.recalculate {
		b.recalculate = false
		h.announceIncoming(open)
	}
}

// throttleOutgoing lowers the packet throttle of peers that were sent more
// than their remote, or the host, has bandwidth for. The arithmetic is
// libenet's in 64 bits, so that limits above 4 MB/s hold.
func (h *Host) throttleOutgoing(peers []*Peer, elapsed uint64) {
	const unlimited = 1<<32 - 1
	total, budget := uint64(unlimited), uint64(unlimited)
	if out := h.cfg.OutgoingBandwidth; out != 0 {
		total, budget = 0, uint64(out)*elapsed/1000
		for _, p := range peers {
			total += uint64(p.outData)
		}
	}
	share := func() uint64 {
		if total <= budget {
			return throttleScale
		}
		return budget * throttleScale / total
	}
	rest := append([]*Peer(nil), peers...)
	for again := true; again && len(rest) > 0; {
		again = false
		s := share()
		kept := rest[:0]
		for _, p := range rest {
			own := uint64(p.remoteIn) * elapsed / 1000
			out := uint64(p.outData)
			if p.remoteIn == 0 || s*out/throttleScale <= own {
				kept = append(kept, p)
				continue
			}
			p.limitThrottle(uint32(max(1, own*throttleScale/out)))
			budget -= min(budget, own)
			total -= min(total, own)
			again = true
			s = share()
		}
		rest = kept
	}
	s := uint32(share())
	for _, p := range rest {
		p.limitThrottle(s)
	}
}

func (p *Peer) limitThrottle(limit uint32) {
	p.throttle.limit = limit
	p.throttle.value = min(p.throttle.value, limit)
	p.outData = 0
}

// announceIncoming shares the host's incoming bandwidth among the remotes and
// tells each its part.
func (h *Host) announceIncoming(peers []*Peer) {
	settled := make(map[*Peer]bool)
	rest, left := uint64(h.cfg.IncomingBandwidth), len(peers)
	limit := uint32(0)
	for again := h.cfg.IncomingBandwidth != 0; again && left > 0; {
		again = false
		limit = uint32(rest / uint64(left))
		for _, p := range peers {
			// A remote without a limit of its own takes all it is given;
			// libenet counts its zero as little and lets it send at will.
			if settled[p] || p.remoteOut >= limit || p.remoteOut == 0 && !h.pol.announceAll {
				continue
			}
			settled[p] = true
			rest -= uint64(p.remoteOut)
			left--
			again = true
		}
	}
	for _, p := range peers {
		in := limit
		if settled[p] {
			in = p.remoteOut
		}
		out := h.cfg.OutgoingBandwidth
		if !h.pol.announceAll && in == p.toldIn && out == p.toldOut {
			continue
		}
		p.toldIn, p.toldOut = in, out
		p.queueControl(protocol.OpBandwidthLimit, func(b []byte, seq uint16) {
			protocol.PutBandwidthLimit(b, seq, in, out)
		})
	}
}

// SetBandwidth changes the host's limits, in bytes per second, 0 = unlimited.
// Connected remotes are told within a second.
func (h *Host) SetBandwidth(incoming, outgoing uint32) {
	h.cfg.IncomingBandwidth, h.cfg.OutgoingBandwidth = incoming, outgoing
	h.bandwidth.recalculate, h.bandwidth.lifted = true, true
}

// handleBandwidth takes the remote's limits.
func (p *Peer) handleBandwidth(c *protocol.Command) {
	in, out := c.BandwidthFields()
	p.setRemoteIn(in)
	p.remoteOut = out
	p.window = p.host.sendWindow(in)
}

// setRemoteIn notes the remote's incoming bandwidth.
func (p *Peer) setRemoteIn(in uint32) {
	switch {
	case p.remoteIn == 0 && in != 0:
		p.host.bandwidth.limited++
	case p.remoteIn != 0 && in == 0:
		p.host.bandwidth.limited--
		p.host.bandwidth.lifted = true
	}
	p.remoteIn = in
}

// windowFor is the window that a bandwidth allows, before clamping.
func windowFor(bandwidth uint32) uint32 {
	if bandwidth == 0 {
		return protocol.MaxWindow
	}
	return bandwidth / protocol.MaxWindow * protocol.MinWindow
}

// sendWindow is how many reliable bytes may be in flight to a remote with the
// given incoming bandwidth.
func (h *Host) sendWindow(remoteIn uint32) uint32 {
	bandwidth := max(h.cfg.OutgoingBandwidth, remoteIn)
	if h.cfg.OutgoingBandwidth != 0 && remoteIn != 0 {
		bandwidth = min(h.cfg.OutgoingBandwidth, remoteIn)
	}
	return clamp(windowFor(bandwidth), protocol.MinWindow, protocol.MaxWindow)
}
