package engine

import "crosspeer/enet/internal/protocol"

const (
	groupBits   = 1024      // groups remembered
	groupsAhead = 32 * 1024 // groups beyond the base that are accepted
	groupRound  = 1 << 16   // groups in all
	groupMask   = groupBits - 1
)

// groupWindow knows which unsequenced packets have arrived, for one block of
// 1024 groups. An earlier block is over once a later one was seen.
type groupWindow struct {
	base uint16
	seen [groupBits / 64]uint64
}

// find says whether a group is new. mark must be called once its packet is
// stored.
func (w *groupWindow) find(g uint16) bool {
	i := g & groupMask
	x := int(g)
	if g < w.base {
		x += groupRound
	}
	if x >= int(w.base)+groupsAhead {
		return false
	}
	return g-i != w.base || w.seen[i/64]&(1<<(i%64)) == 0
}

func (w *groupWindow) mark(g uint16) {
	i := g & groupMask
	if g-i != w.base {
		*w = groupWindow{base: g - i}
	}
	w.seen[i/64] |= 1 << (i % 64)
}

// receiveUnsequenced takes a packet that is delivered at once, but only once.
func (p *Peer) receiveUnsequenced(ch *channel, c *protocol.Command) bool {
	if p.groups == nil {
		p.groups = new(groupWindow)
	}
	g := c.Number()
	if !p.groups.find(g) || p.drops() {
		return true
	}
	if !p.wait(len(c.Payload)) {
		return false
	}
	p.groups.mark(g)
	p.deliver(ch, CopyPacket(c.Payload), Unsequenced)
	return true
}
