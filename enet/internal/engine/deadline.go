package engine

import "time"

// never is later than any deadline.
const never = time.Duration(1<<63 - 1)

// deadlines is a binary heap of peers by the time they want to be looked at.
//
// A peer's place may be earlier than what it really wants: deadlines move
// later with every acknowledgement, and moving the peer in the heap each time
// would cost more than waking it once for nothing.
type deadlines []*Peer

// schedule makes sure that p is looked at no later than at.
func (d *deadlines) schedule(p *Peer, at time.Duration) {
	switch {
	case p.heapIndex < 0:
		p.wakeAt, p.heapIndex = at, len(*d)
		*d = append(*d, p)
		d.up(p.heapIndex)
	case at < p.wakeAt:
		p.wakeAt = at
		d.up(p.heapIndex)
	}
}

// next is the earliest time at which some peer wants to be looked at.
func (d deadlines) next() time.Duration {
	if len(d) == 0 {
		return never
	}
	return d[0].wakeAt
}

func (d *deadlines) remove(p *Peer) {
	i := p.heapIndex
	if i < 0 {
		return
	}
	h := *d
	last := len(h) - 1
	p.heapIndex = -1
	moved := h[last]
	h[last] = nil
	*d = h[:last]
	if moved == p {
		return
	}
	h[i], moved.heapIndex = moved, i
	d.up(i)
	d.down(moved.heapIndex)
}

func (d deadlines) up(i int) {
	p := d[i]
	for i > 0 {
		parent := (i - 1) / 2
		if d[parent].wakeAt <= p.wakeAt {
			break
		}
		d[i], d[parent].heapIndex = d[parent], i
		i = parent
	}
	d[i], p.heapIndex = p, i
}

func (d deadlines) down(i int) {
	p := d[i]
	for {
		child := 2*i + 1
		if child >= len(d) {
			break
		}
		if r := child + 1; r < len(d) && d[r].wakeAt < d[child].wakeAt {
			child = r
		}
		if p.wakeAt <= d[child].wakeAt {
			break
		}
		d[i], d[child].heapIndex = d[child], i
		i = child
	}
	d[i], p.heapIndex = p, i
}
