package crosspeer

import "slices"

// members is who is in the session besides this Peer, in ascending order of
// ids. It is never changed: joins and leaves make a new one, so that packets
// can be routed without a lock.
type members struct {
	ids   []PeerID
	ports []*Port  // nil for peers that a client knows only by name
	joins []uint64 // the number of each one's joining
	last  uint64   // number that was given
}

var nobody = &members{}

// maxKnown bounds the peers that a client remembers because its server has
// named them. Each costs 20 bytes; more than a server of any transport takes.
const maxKnown = 1 << 16

func (m *members) find(id PeerID) (i int, ok bool) { return slices.BinarySearch(m.ids, id) }

// port gives the port of a member, nil if there is none.
func (m *members) port(id PeerID) *Port {
	if i, ok := m.find(id); ok {
		return m.ports[i]
	}
	return nil
}

func (m *members) has(id PeerID) bool {
	_, ok := m.find(id)
	return ok
}

// with is m and one more.
func (m *members) with(id PeerID, p *Port) *members {
	i, ok := m.find(id)
	if ok {
		return m
	}
	return &members{
		ids:   slices.Insert(slices.Clone(m.ids), i, id),
		ports: slices.Insert(slices.Clone(m.ports), i, p),
		joins: slices.Insert(slices.Clone(m.joins), i, m.last+1),
		last:  m.last + 1,
	}
}

// without is m less one.
func (m *members) without(id PeerID) *members {
	i, ok := m.find(id)
	if !ok {
		return m
	}
	return &members{
		ids:   slices.Delete(slices.Clone(m.ids), i, i+1),
		ports: slices.Delete(slices.Clone(m.ports), i, i+1),
		joins: slices.Delete(slices.Clone(m.joins), i, i+1),
		last:  m.last,
	}
}

// noticed is m after a notice of the server. Only ids of other clients are
// remembered or forgotten: the server is there as long as its link is.
func (m *members) noticed(f *Frame, self PeerID) *members {
	switch {
	case !f.Peer.isClient() || f.Peer == self:
		return m
	case f.Kind == FrameRemove:
		return m.without(f.Peer)
	case len(m.ids) > maxKnown:
		return m
	}
	return m.with(f.Peer, nil)
}
