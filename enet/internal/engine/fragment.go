package engine

import "crosspeer/enet/internal/protocol"

// assembly puts a packet together from its fragments. Memory grows with the
// bytes that have arrived, not with what the first fragment announces.
//
// All fragments but the last have the same length, and each stands where its
// number says. A packet whose fragments overlap or leave holes is complete
// but unusable: it is acknowledged and never delivered.
type assembly struct {
	total, count uint32
	piece        uint32             // length of every fragment but the last, 0 if not known
	data         []byte             // fragments 0 to next-1
	next         uint32             // first fragment that is missing
	ahead        map[uint32]*Packet // fragments beyond it
	early        *int               // their number, over all assemblies of the peer
	done         bool
}

// maxEarly bounds the fragments of a peer that wait for others. A fragment can
// be a single byte and costs some hundred bytes of memory.
const maxEarly = 16384

// maxNumbers is the most fragments of a reliable packet: each has a number of
// its own.
const maxNumbers = 0xFFFF

// fragmentOK checks what does not depend on other fragments.
func fragmentOK(f protocol.Fragment, n, maxPacket int) bool {
	return n > 0 && f.Count > 0 && f.Count <= protocol.MaxFragments && f.Number < f.Count &&
		uint64(f.Total) <= uint64(maxPacket) && f.Total >= f.Count &&
		f.Offset < f.Total && uint32(n) <= f.Total-f.Offset
}

// fits says whether a fragment stands where the packet's geometry wants it.
func (a *assembly) fits(f protocol.Fragment, n uint32) bool {
	piece := n
	if f.Number == f.Count-1 {
		if f.Offset+n != f.Total {
			return false
		}
		if f.Count == 1 {
			return f.Offset == 0
		}
		piece = f.Offset / (f.Count - 1)
		if n > piece {
			return false
		}
	}
	if uint64(piece)*uint64(f.Number) != uint64(f.Offset) {
		return false
	}
	if a.piece == 0 {
		a.piece = piece
	}
	return a.piece == piece && uint64(piece)*uint64(f.Count-1) < uint64(f.Total)
}

// add takes a fragment. Afterwards done tells whether the packet is complete.
// It returns false when there is no room for the fragment yet; there always is
// for the first that is missing.
func (a *assembly) add(f protocol.Fragment, payload []byte) bool {
	if a.done || f.Number < a.next || a.ahead[f.Number] != nil {
		return true // again
	}
	if !a.fits(f, uint32(len(payload))) {
		a.release()
		a.data, a.done = nil, true
		return true
	}
	if f.Number != a.next {
		if *a.early >= maxEarly {
			return false
		}
		if a.ahead == nil {
			a.ahead = make(map[uint32]*Packet)
		}
		a.ahead[f.Number] = CopyPacket(payload)
		*a.early++
		return true
	}
	if a.data == nil {
		// A power of two of pieces first; append doubles from there.
		a.data = make([]byte, 0, min(int(a.total), 8*len(payload)))
	}
	a.append(payload)
	for len(a.ahead) > 0 {
		pkt := a.ahead[a.next]
		if pkt == nil {
			break
		}
		delete(a.ahead, a.next)
		*a.early--
		a.append(pkt.data)
		pkt.Release()
	}
	a.done = a.next == a.count
	return true
}

func (a *assembly) append(b []byte) {
	if need := len(a.data) + len(b); need > cap(a.data) {
		grown := make([]byte, len(a.data), min(int(a.total), max(need, 2*cap(a.data))))
		copy(grown, a.data)
		a.data = grown
	}
	a.data = append(a.data, b...)
	a.next++
}

// release lets go of fragments that wait for others.
func (a *assembly) release() {
	for _, pkt := range a.ahead {
		pkt.Release()
	}
	*a.early -= len(a.ahead)
	a.ahead = nil
}

// take gives the complete packet, nil if it is unusable.
func (a *assembly) take() *Packet {
	if a.data == nil {
		return nil
	}
	pkt := wrapPacket(a.data)
	a.data = nil
	return pkt
}

// receiveFragment takes a fragment of a reliable packet. late is true when it
// belongs to a packet that is already being put together: it is acknowledged
// whatever its own number, so that packets of more than six sequence windows
// arrive.
func (p *Peer) receiveFragment(ch *channel, c *protocol.Command) (late, ok bool) {
	f := c.FragmentFields()
	if protocol.Distance(f.Start, ch.inReliable) > protocol.ReceiveWindows {
		return false, true
	}
	if !fragmentOK(f, len(c.Payload), p.host.cfg.MaxPacketBytes) || f.Count > maxNumbers {
		return false, false
	}
	if f.Start == ch.inReliable || p.drops() {
		return false, true
	}
	a := ch.early[f.Start]
	if a == nil {
		if !p.wait(int(f.Total)) {
			return false, false
		}
		a = &arrival{rel: f.Start, flags: Reliable, waiting: int(f.Total)}
		a.parts = &assembly{total: f.Total, count: f.Count, early: &p.early}
		ch.store(a)
	} else if a.parts == nil || a.parts.total != f.Total || a.parts.count != f.Count {
		return false, false
	}
	if !a.parts.add(f, c.Payload) {
		return false, false
	}
	if a.parts.done {
		if a.packet == nil {
			a.packet = a.parts.take()
		}
		if f.Start == ch.inReliable+1 {
			p.advance(ch)
		}
	}
	return true, true
}

// receiveUnreliableFragment takes a fragment of an unreliable packet.
func (p *Peer) receiveUnreliableFragment(ch *channel, c *protocol.Command) bool {
	f := c.FragmentFields()
	if !ch.wants(c.Seq, f.Start) {
		return true
	}
	if !fragmentOK(f, len(c.Payload), p.host.cfg.MaxPacketBytes) {
		return false
	}
	if p.drops() {
		return true
	}
	at, found := ch.place(c.Seq, f.Start)
	var a *arrival
	if found {
		a = ch.held[at]
		if a.parts == nil || a.parts.total != f.Total || a.parts.count != f.Count {
			return false
		}
	} else {
		if !p.wait(int(f.Total)) {
			return false
		}
		a = &arrival{rel: c.Seq, number: f.Start, flags: UnreliableFragment, waiting: int(f.Total)}
		a.parts = &assembly{total: f.Total, count: f.Count, early: &p.early}
		if !p.hold(ch, at, a) {
			return true
		}
	}
	if a.parts.done {
		return true
	}
	a.parts.add(f, c.Payload)
	if a.parts.done {
		ch.incomplete--
		a.packet = a.parts.take()
		p.examine(ch)
	}
	return true
}
