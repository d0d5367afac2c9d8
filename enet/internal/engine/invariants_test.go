package engine

import (
	"fmt"
	"slices"

	"crosspeer/enet/internal/protocol"
)

// invariants recounts what a host keeps count of, and what bounds it, and says
// what is wrong.
func invariants(h *Host) error {
	pending := map[*Peer][2]int{} // packets, bytes
	unseen := 0
	for i := range h.events.len() {
		ev := h.events.at(i)
		switch {
		case ev.Kind == EventReceive:
			n := pending[ev.Peer]
			pending[ev.Peer] = [2]int{n[0] + 1, n[1] + len(ev.Packet.Bytes())}
		case ev.Kind == EventConnect && ev.Peer.accepted:
			unseen++
		}
	}
	if unseen != h.unseen {
		return fmt.Errorf("%d connections are not seen, counted %d", unseen, h.unseen)
	}
	if h.replies.len() > maxReplies+len(h.peers)+16 {
		return fmt.Errorf("%d replies wait", h.replies.len())
	}
	limited := 0
	for i, p := range h.peers {
		if p.listIndex != i || h.slots[slotKey{p.addr, p.id}] != p {
			return fmt.Errorf("peer %v is not where it should be", p.addr)
		}
		if p.remoteIn != 0 {
			limited++
		}
		if err := p.invariants(pending[p]); err != nil {
			return fmt.Errorf("peer %v: %w", p.addr, err)
		}
	}
	if limited != h.bandwidth.limited {
		return fmt.Errorf("%d remotes have a limit, counted %d", limited, h.bandwidth.limited)
	}
	for i, p := range h.deadlines {
		if p.heapIndex != i || i > 0 && h.deadlines[(i-1)/2].wakeAt > p.wakeAt {
			return fmt.Errorf("the heap of deadlines is out of order at %d", i)
		}
	}
	return h.halfOpen.invariants()
}

func (p *Peer) invariants(pending [2]int) error {
	var queued, queuedNo, unacknowledged, live, flying int
	sent := func(w *window) {
		for i := range w.n {
			c := w.at(i)
			if c.state != done {
				live++
			}
			if c.state == inFlight {
				flying++
				unacknowledged += int(c.length)
			}
			if c.channel == protocol.ControlChannel {
				continue
			}
			if c.state != done {
				queued += int(c.length)
			}
			if c.fragments == 1 && c.state != done || c.fragments > 1 && c.fragment+1 == c.fragments {
				queuedNo++
			}
		}
	}
	waiting, waitingNo, early := pending[1], pending[0], 0
	arrived := func(a *arrival) {
		waiting += a.waiting
		waitingNo++
		if a.parts != nil {
			early += len(a.parts.ahead)
		}
	}
	sent(&p.control)
	for _, ch := range p.channels {
		if ch == nil {
			continue
		}
		sent(&ch.sent)
		for i := range ch.queue.len() {
			c := ch.queue.at(i)
			queuedNo++
			queued += len(c.packet.Bytes()) - int(c.fragment)*int(c.length)
		}
		if (ch.queue.len() > 0) != slices.Contains(p.ready, ch) {
			return fmt.Errorf("channel %d has %d commands queued, ready %v", ch.number, ch.queue.len(), ch.queue.len() == 0)
		}
		for _, a := range ch.early {
			arrived(a)
		}
		incomplete := 0
		for _, a := range ch.held {
			arrived(a)
			if !a.complete() {
				incomplete++
			}
		}
		if incomplete != ch.incomplete || incomplete > maxIncomplete || len(ch.held) > maxHeld {
			return fmt.Errorf("channel %d holds %d packets, %d incomplete, counted %d", ch.number, len(ch.held), incomplete, ch.incomplete)
		}
	}
	for i := range p.prompt.len() {
		if c := p.prompt.at(i); c.channel != protocol.ControlChannel {
			queuedNo++
			queued += len(c.packet.Bytes())
		}
	}
	got := fmt.Sprint(p.queued, p.queuedNo, p.inFlight, p.live, p.flying, p.waiting, p.waitingNo, p.early)
	want := fmt.Sprint(queued, queuedNo, unacknowledged, live, flying, waiting, waitingNo, early)
	if got != want {
		return fmt.Errorf("queued bytes and packets, bytes in flight, commands live and flying, waiting bytes and packets, early fragments:\ncounted %s\nthere   %s", got, want)
	}
	cfg := p.host.cfg
	if p.waiting >= cfg.MaxWaitingBytes+cfg.MaxPacketBytes || p.waitingNo > cfg.MaxWaitingPackets || p.early > maxEarly {
		return fmt.Errorf("%d bytes in %d packets wait, %d fragments are early", p.waiting, p.waitingNo, p.early)
	}
	if p.live > 0 && p.timeoutAt == never && !p.dirty {
		return fmt.Errorf("%d commands are not acknowledged, and no timer runs", p.live)
	}
	return nil
}

func (t *halfOpenTable) invariants() error {
	var prefixes [prefixSlots]uint32
	n := 0
	for i := range t.records {
		r := &t.records[i]
		if !r.used {
			continue
		}
		n++
		prefixes[t.place(r.addr)]++
		if t.bySlot(r.addr, r.slot) == nil {
			return fmt.Errorf("the record of %v is not found", r.addr)
		}
	}
	if n != t.n || n > t.limit {
		return fmt.Errorf("%d handshakes, counted %d, of at most %d", n, t.n, t.limit)
	}
	if t.prefixes != nil && *t.prefixes != prefixes {
		return fmt.Errorf("handshakes per prefix are miscounted")
	}
	return nil
}
