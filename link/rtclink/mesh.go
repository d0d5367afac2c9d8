package rtclink

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
)

// Mesh is a member of a mesh in which each member has a connection to each
// other. It is a crosspeer.Mesher: give it to crosspeer.Join, and then add a
// connection for each other member. Safe for concurrent use. Godot 3.2,
// WebRTCMultiplayer.
type Mesh struct {
	id     crosspeer.PeerID
	compat bool
	cfg    Config
	err    error

	mu   sync.Mutex
	room *room // of the session that it is in, nil if in none
}

// New makes a Mesh for the member id, 1 to 2147483647. With
// serverCompatibility member 1 plays the server: the others are connected when
// it is there, and leave when it goes. At most one Config may be given; Join
// fails if it or the id is invalid. Godot 3.2, WebRTCMultiplayer.initialize.
func New(id crosspeer.PeerID, serverCompatibility bool, cfg ...Config) *Mesh {
	m := &Mesh{id: id, compat: serverCompatibility}
	if m.cfg, m.err = only(cfg); m.err == nil && id < 1 {
		m.err = fmt.Errorf("%w: %d, want 1 to 2147483647", crosspeer.ErrInvalidID, id)
	}
	return m
}

// Errors of AddPeer, for errors.Is.
var (
	// ErrNotJoined: the Mesh is in no session.
	ErrNotJoined = errors.New("rtclink: the mesh is in no session")

	// ErrNotNew: the connection has begun already, so that the channels would
	// come too late. Godot: ERR_INVALID_PARAMETER.
	ErrNotNew = errors.New("rtclink: the connection is not new")
)

// Mesh implements crosspeer.Mesher.
func (m *Mesh) Mesh(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if m.err != nil {
		return nil, m.err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.room != nil {
		return nil, crosspeer.ErrAlreadyActive
	}
	hub.EnterMesh(m.id, m.compat)
	m.room = &room{mesh: m, hub: hub, members: make(map[crosspeer.PeerID]*meshLink)}
	return m.room, nil
}

// AddPeer makes pc the connection to the member id: it opens the three
// channels on it. pc is the caller's own, made by any webrtc.API, and must not
// have begun; offer, answer and candidates are the caller's to exchange. It
// belongs to the Mesh from now on, which closes it, and uses its
// OnConnectionStateChange. The member is reported when it is connected; one
// that never is, is forgotten in silence. A member that is there already is
// replaced. Errors: ErrNotJoined, ErrNotNew, and crosspeer.ErrInvalidID and
// crosspeer.ErrRefused. Godot 3.2, WebRTCMultiplayer.add_peer.
func (m *Mesh) AddPeer(pc *webrtc.PeerConnection, id crosspeer.PeerID) error {
	return m.AddPeerLifetime(pc, id, lifetime)
}

// AddPeerLifetime is AddPeer with the time for which unreliable packets are
// sent again, 1 ms to 65 s; AddPeer's is 1 ms.
func (m *Mesh) AddPeerLifetime(pc *webrtc.PeerConnection, id crosspeer.PeerID, unreliable time.Duration) error {
	m.mu.Lock()
	r := m.room
	m.mu.Unlock()
	switch {
	case r == nil:
		return ErrNotJoined
	case id < 1 || id == m.id:
		return fmt.Errorf("%w: %d", crosspeer.ErrInvalidID, id)
	case unreliable < 0:
		return fmt.Errorf("rtclink: a lifetime of %v for unreliable packets, want 0 or more", unreliable)
	case pc == nil || pc.ConnectionState() != webrtc.PeerConnectionStateNew || pc.LocalDescription() != nil || pc.RemoteDescription() != nil:
		return ErrNotNew
	}
	if err := r.hub.Admit(netip.AddrPort{}, 0); errors.Is(err, crosspeer.ErrRefused) {
		return err
	}
	l := &meshLink{ending: newEnding(), room: r, id: id, in: make(chan struct{})}
	var err error
	if l.pipe, err = newPipe(pc, m.cfg.MaxQueuedBytes, unreliable, l.take); err != nil {
		return err
	}
	return r.enter(l)
}

// RemovePeer ends the connection to a member, without waiting for anything. It
// returns false if there is none. Godot 3.2, WebRTCMultiplayer.remove_peer.
func (m *Mesh) RemovePeer(id crosspeer.PeerID) bool {
	l := m.link(id)
	if l != nil {
		l.Close(crosspeer.Reason{Code: crosspeer.ReasonKicked, By: crosspeer.ByLocal, Text: "removed"}, true)
	}
	return l != nil
}

// MeshPeer is a member and the state of its connection. Godot 3.2,
// WebRTCMultiplayer.get_peer.
type MeshPeer struct {
	Connection *webrtc.PeerConnection
	Connected  bool                   // all channels are open
	Channels   [3]*webrtc.DataChannel // Reliable, UnreliableOrdered, Unreliable: ids 1, 2 and 3
}

// Peer gives a member that was added, connected or not.
func (m *Mesh) Peer(id crosspeer.PeerID) (p MeshPeer, ok bool) {
	l := m.link(id)
	if l == nil {
		return p, false
	}
	p.Connection = l.pipe.pc
	select {
	case <-l.pipe.opened:
		p.Connected = !l.pipe.isDown()
	default:
	}
	for mode, dc := range l.pipe.channels {
		p.Channels[channels[mode].id-1] = dc
	}
	return p, true
}

// HasPeer says whether a member was added.
func (m *Mesh) HasPeer(id crosspeer.PeerID) bool { return m.link(id) != nil }

// Peers are the ids of the members that were added, in ascending order,
// connected or not; crosspeer.Peer.Peers are those that are connected.
func (m *Mesh) Peers() (ids []crosspeer.PeerID) {
	m.mu.Lock()
	r := m.room
	m.mu.Unlock()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (m *Mesh) link(id crosspeer.PeerID) *meshLink {
	m.mu.Lock()
	r := m.room
	m.mu.Unlock()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members[id]
}

// room is a session's part of a Mesh.
type room struct {
	mesh *Mesh
	hub  *crosspeer.Hub
	work sync.WaitGroup // a goroutine for each member

	mu      sync.Mutex
	closed  bool
	members map[crosspeer.PeerID]*meshLink
}

// enter starts a member's goroutine, in the place of one that was there.
func (r *room) enter(l *meshLink) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrNotJoined
	}
	if last := r.members[l.id]; last != nil {
		l.last = last
		last.Close(crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByLocal, Text: "replaced by another connection"}, true)
	}
	l.over = make(chan struct{})
	r.members[l.id] = l
	r.work.Go(l.run)
	return nil
}

// forget takes a member out, if it was not replaced.
func (r *room) forget(l *meshLink) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members[l.id] == l {
		delete(r.members, l.id)
	}
}

// Addr implements crosspeer.Transport: a mesh has no address.
func (r *room) Addr() string { return "webrtc:" }

// Limits implements crosspeer.Limiter.
func (r *room) Limits() crosspeer.Limits { return r.mesh.cfg.limits(0) }

// Close implements crosspeer.Transport.
func (r *room) Close() error {
	r.mesh.mu.Lock()
	r.mesh.room = nil
	r.mesh.mu.Unlock()
	r.mu.Lock()
	r.closed = true
	for _, l := range r.members {
		l.Close(crosspeer.Reason{}, true)
	}
	r.mu.Unlock()
	r.work.Wait()
	return nil
}
