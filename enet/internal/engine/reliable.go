package engine

import "crosspeer/enet/internal/protocol"

// receiveReliable takes a reliable packet that fits one command. It returns
// false when there is no room for it, so that it is not acknowledged.
func (p *Peer) receiveReliable(ch *channel, c *protocol.Command) bool {
	if protocol.Distance(c.Seq, ch.inReliable) > protocol.ReceiveWindows ||
		c.Seq == ch.inReliable || ch.early[c.Seq] != nil || p.drops() {
		return true
	}
	if !p.wait(len(c.Payload)) {
		return false
	}
	pkt := CopyPacket(c.Payload)
	if c.Seq == ch.inReliable+1 {
		ch.inReliable = c.Seq
		p.deliver(ch, pkt, Reliable)
		p.advance(ch)
		return true
	}
	ch.store(&arrival{rel: c.Seq, flags: Reliable, packet: pkt, waiting: len(c.Payload)})
	return true
}

func (c *channel) store(a *arrival) {
	if c.early == nil {
		c.early = make(map[uint16]*arrival)
	}
	c.early[a.rel] = a
}

// advance delivers what was waiting for its turn, after a reliable packet was
// delivered or completed.
func (p *Peer) advance(ch *channel) {
	for len(ch.early) > 0 {
		a := ch.early[ch.inReliable+1]
		if a == nil || !a.complete() {
			break
		}
		delete(ch.early, a.rel)
		first, span := a.rel, a.span()
		ch.inReliable += span
		if a.packet != nil {
			p.deliver(ch, a.packet, a.flags)
		} else {
			p.discard(a)
		}
		if span > 1 {
			p.dropOverlapped(ch, first, span)
		}
	}
	if len(ch.early) == 0 {
		ch.early = nil
	}
	ch.inUnreliable = 0
	p.examine(ch)
}

// dropOverlapped removes packets whose numbers lie inside a delivered
// fragmented packet. Only a broken remote sends them, and they would wait for
// ever.
func (p *Peer) dropOverlapped(ch *channel, first, span uint16) {
	for seq, a := range ch.early {
		if seq-first < span {
			delete(ch.early, seq)
			p.discard(a)
		}
	}
}
