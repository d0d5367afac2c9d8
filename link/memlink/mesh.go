package memlink

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"crosspeer"
)

// Mesh makes a Mesher for the member id, 1 to 2147483647, of the mesh that
// meets on the network; 0 chooses one. Each member is connected to each other
// one that lets it in; where one of the two refuses, neither hears of it. With
// serverCompatibility member 1 plays the server. Joining fails with
// crosspeer.ErrInvalidID, and with crosspeer.ErrDuplicateID while another
// member of the network has the id.
func (n *Network) Mesh(id crosspeer.PeerID, serverCompatibility bool) crosspeer.Mesher {
	return mesher{n, id, serverCompatibility}
}

type mesher struct {
	n      *Network
	id     crosspeer.PeerID
	compat bool
}

// Mesh implements crosspeer.Mesher.
func (m mesher) Mesh(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	n := m.n
	if err := n.cfg.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memlink: mesh: %w", err)
	}
	if m.id < 0 {
		return nil, fmt.Errorf("%w: %d, want 1 to 2147483647, or 0 for any", crosspeer.ErrInvalidID, m.id)
	}
	n.meeting.Lock()
	defer n.meeting.Unlock()
	n.mesh = slices.DeleteFunc(n.mesh, (*member).gone)
	for m.id == 0 {
		if id := hub.ChooseID(); n.member(id) == nil {
			m.id = id
		}
	}
	if n.member(m.id) != nil {
		return nil, fmt.Errorf("%w: %d", crosspeer.ErrDuplicateID, m.id)
	}
	hub.EnterMesh(m.id, m.compat)
	newcomer := &member{network: n, hub: hub, id: m.id, seats: make(map[crosspeer.PeerID]*seat)}
	for _, other := range n.mesh {
		newcomer.meet(other)
	}
	n.mesh = append(n.mesh, newcomer)
	return newcomer, nil
}

// member gives a member of the mesh, nil if there is none. Network.meeting is
// held.
func (n *Network) member(id crosspeer.PeerID) *member {
	for _, m := range n.mesh {
		if m.id == id {
			return m
		}
	}
	return nil
}

// member is the transport of a Peer in the mesh.
type member struct {
	network *Network
	hub     *crosspeer.Hub
	id      crosspeer.PeerID
	work    sync.WaitGroup // goroutines that serve its links

	mu    sync.Mutex
	seats map[crosspeer.PeerID]*seat
}

// seat is this member's end of its connection to another one.
type seat struct {
	link *link
	free chan struct{} // closed when the other one is out of the session
}

// meet connects two members if both want it. Network.meeting is held.
func (m *member) meet(other *member) {
	if m.hub.Admit(netip.AddrPort{}, other.id) != nil {
		m.hub.Refuse()
		return
	}
	other.await(m.id)
	here, there := newConn(m.network.cfg.populated())
	var err error
	if there.port, err = other.hub.Attach(there, crosspeer.Hello{ID: m.id}); err != nil {
		return
	}
	other.keep(m.id, there)
	if here.port, err = m.hub.Attach(here, crosspeer.Hello{ID: other.id}); err != nil {
		here.vanish() // the other one sees it go
		return
	}
	m.keep(other.id, here)
}

// await waits until somebody who had this id and has left the network is out of
// this member's session too.
func (m *member) await(id crosspeer.PeerID) {
	m.mu.Lock()
	s := m.seats[id]
	m.mu.Unlock()
	if s != nil {
		<-s.free
	}
}

// keep serves the connection to another member until it is over.
func (m *member) keep(id crosspeer.PeerID, l *link) {
	s := &seat{l, make(chan struct{})}
	m.mu.Lock()
	m.seats[id] = s
	m.mu.Unlock()
	m.work.Go(func() {
		defer close(s.free)
		l.run()
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.seats[id] == s {
			delete(m.seats, id)
		}
	})
}

// gone says whether the member has lost its session: it lets nobody in, and all
// its connections are over. The network has not been told yet.
func (m *member) gone() bool {
	if !errors.Is(m.hub.Admit(netip.AddrPort{}, 0), crosspeer.ErrClosed) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.seats {
		if !s.link.isOver() {
			return false
		}
	}
	return true
}

// Addr implements crosspeer.Transport.
func (m *member) Addr() string { return address }

// Limits implements crosspeer.Limiter.
func (m *member) Limits() crosspeer.Limits { return m.network.cfg.limits() }

// Close implements crosspeer.Transport.
func (m *member) Close() error {
	n := m.network
	n.meeting.Lock()
	n.mesh = slices.DeleteFunc(n.mesh, func(other *member) bool { return other == m })
	n.meeting.Unlock()
	m.mu.Lock()
	for _, s := range m.seats {
		s.link.vanish()
	}
	m.mu.Unlock()
	m.work.Wait()
	return nil
}
