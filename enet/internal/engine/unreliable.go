package engine

import (
	"cmp"
	"slices"

	"crosspeer/enet/internal/protocol"
)

const (
	// maxHeld bounds the unreliable packets of a channel that wait for a
	// reliable one or for fragments.
	maxHeld = 1024

	// maxIncomplete bounds those among them that wait for fragments.
	maxIncomplete = 16
)

// receiveUnreliable takes an unreliable packet that fits one command.
func (p *Peer) receiveUnreliable(ch *channel, c *protocol.Command) bool {
	number := c.Number()
	if !ch.wants(c.Seq, number) || p.drops() {
		return true
	}
	at, dup := ch.place(c.Seq, number)
	if dup {
		return true
	}
	if !p.wait(len(c.Payload)) {
		return false
	}
	pkt := CopyPacket(c.Payload)
	if len(ch.held) == 0 && c.Seq == ch.inReliable {
		ch.inUnreliable = number
		p.deliver(ch, pkt, 0)
		return true
	}
	if p.hold(ch, at, &arrival{rel: c.Seq, number: number, packet: pkt, waiting: len(c.Payload)}) {
		p.examine(ch)
	}
	return true
}

// wants says whether an unreliable packet is neither too old nor too far
// ahead.
func (c *channel) wants(rel, number uint16) bool {
	if protocol.Distance(rel, c.inReliable) > protocol.ReceiveWindows {
		return false
	}
	return rel != c.inReliable || number > c.inUnreliable
}

// place finds where a packet belongs among the held ones.
func (c *channel) place(rel, number uint16) (at int, found bool) {
	return slices.BinarySearchFunc(c.held, rel, func(a *arrival, rel uint16) int {
		return cmp.Or(
			cmp.Compare(a.rel-c.inReliable, rel-c.inReliable),
			cmp.Compare(a.number, number))
	})
}

// hold keeps a packet for later. When the channel holds too many, the one
// farthest ahead is given up: the packets are unreliable. It returns false
// when that is the packet itself.
func (p *Peer) hold(ch *channel, at int, a *arrival) bool {
	if len(ch.held) >= maxHeld {
		p.stats.HeldFull++
		if at == len(ch.held) {
			p.discard(a)
			return false
		}
		p.drop(ch, len(ch.held)-1)
	}
	ch.held = slices.Insert(ch.held, at, a)
	if a.parts == nil {
		return true
	}
	if ch.incomplete++; ch.incomplete > maxIncomplete {
		i := slices.IndexFunc(ch.held, func(b *arrival) bool { return b != a && !b.complete() })
		p.drop(ch, i)
	}
	return true
}

// drop gives up the held packet at index i.
func (p *Peer) drop(ch *channel, i int) {
	a := ch.held[i]
	ch.held = slices.Delete(ch.held, i, i+1)
	if !a.complete() {
		ch.incomplete--
	}
	p.discard(a)
}

// examine delivers the held packets whose turn has come, in increasing order,
// and drops those that it has passed.
func (p *Peer) examine(ch *channel) {
	kept := 0 // incomplete packets that newer ones have not yet passed
	for kept < len(ch.held) {
		a := ch.held[kept]
		switch {
		case a.rel != ch.inReliable && protocol.Distance(a.rel, ch.inReliable) <= protocol.ReceiveWindows:
			return // waits for a reliable packet
		case a.rel != ch.inReliable || a.number <= ch.inUnreliable:
			p.drop(ch, kept)
		case !a.complete():
			kept++
		case a.packet == nil: // complete but unusable
			p.drop(ch, kept)
		default:
			ch.held = slices.Delete(ch.held, kept, kept+1)
			ch.inUnreliable = a.number
			p.deliver(ch, a.packet, a.flags)
			for ; kept > 0; kept-- {
				p.drop(ch, 0)
			}
		}
	}
	if len(ch.held) == 0 {
		ch.held = nil
	}
}
