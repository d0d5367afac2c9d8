package crosspeer

import (
	"slices"
	"testing"
)

func TestMembersStayInOrderAndAreNotChanged(t *testing.T) {
	m := nobody
	for _, id := range []PeerID{50, 3, 900, 3} {
		m = m.with(id, &Port{id: id})
	}
	before := slices.Clone(m.ids)
	for _, tt := range []struct {
		name string
		got  *members
		want []PeerID
	}{
		{"three", m, []PeerID{3, 50, 900}},
		{"one more", m.with(60, nil), []PeerID{3, 50, 60, 900}},
		{"one less", m.without(50), []PeerID{3, 900}},
		{"a stranger less", m.without(4), []PeerID{3, 50, 900}},
		{"a notice of another", m.noticed(&Frame{Kind: FrameAdd, Peer: 4}, 50), []PeerID{3, 4, 50, 900}},
		{"a notice of another's end", m.noticed(&Frame{Kind: FrameRemove, Peer: 3}, 50), []PeerID{50, 900}},
		{"a notice of oneself", m.noticed(&Frame{Kind: FrameRemove, Peer: 50}, 50), []PeerID{3, 50, 900}},
		{"a notice of the server", m.noticed(&Frame{Kind: FrameAdd, Peer: 1}, 50), []PeerID{3, 50, 900}},
		{"a notice of nobody", m.noticed(&Frame{Kind: FrameAdd, Peer: 0}, 50), []PeerID{3, 50, 900}},
		{"a notice of a negative id", m.noticed(&Frame{Kind: FrameAdd, Peer: -4}, 50), []PeerID{3, 50, 900}},
	} {
		if !slices.Equal(tt.got.ids, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.got.ids, tt.want)
		}
		for i, p := range tt.got.ports {
			if p != nil && p.id != tt.got.ids[i] {
				t.Errorf("%s: the port of %d stands at %d", tt.name, p.id, tt.got.ids[i])
			}
		}
	}
	if !slices.Equal(m.ids, before) {
		t.Errorf("they were changed to %v", m.ids)
	}
}

func TestAClientRemembersABoundedNumberOfOthers(t *testing.T) {
	m := &members{ids: make([]PeerID, maxKnown), ports: make([]*Port, maxKnown), joins: make([]uint64, maxKnown)}
	for i := range m.ids {
		m.ids[i] = PeerID(2 + 2*i)
	}
	add := func(id PeerID) { m = m.noticed(&Frame{Kind: FrameAdd, Peer: id}, 50) }
	add(3)
	if !m.has(3) {
		t.Error("the last that there is room for is forgotten")
	}
	add(5)
	if m.has(5) || len(m.ids) != maxKnown+1 {
		t.Errorf("it remembers %d", len(m.ids))
	}
	m = m.noticed(&Frame{Kind: FrameRemove, Peer: 3}, 50)
	add(5)
	if !m.has(5) {
		t.Error("the room of one that left is not used")
	}
}
