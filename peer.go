package crosspeer

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
)

// Peer is a member of a session: its server, a client, or one of a mesh. The
// zero value is a Peer in no session, with default Config; Listen, Dial and
// Join bring it into one, and after Close it can be used again. Safe for concurrent use.
//
// The work of the transports goes on between calls: a program that does not
// look for a while loses no connection.
type Peer struct {
	cfg     Config
	session atomic.Pointer[session] // the last one
	compat  compat
	signals signals
	bans    bans
}

// New makes a Peer in no session. cfg may be nil; the error is that of its
// Validate.
func New(cfg *Config) (*Peer, error) {
	p := new(Peer)
	if cfg != nil {
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		p.cfg = *cfg
	}
	return p, nil
}

// Listen makes a server that is reachable over all the listeners' transports,
// in one session. cfg may be nil. ctx bounds the opening and nothing after it.
// Errors are those of New and Peer.Listen.
func Listen(ctx context.Context, cfg *Config, listeners ...Listener) (*Peer, error) {
	return opened(cfg, func(p *Peer) error { return p.Listen(ctx, listeners...) })
}

// Dial makes a client and returns when it is connected, or with the reason
// why not. cfg may be nil. ctx bounds the wait and nothing after it. Errors
// are those of New and Peer.Dial.
func Dial(ctx context.Context, cfg *Config, d Dialer) (*Peer, error) {
	return opened(cfg, func(p *Peer) error { return p.Dial(ctx, d) })
}

// Join makes a member of a mesh. cfg may be nil. ctx bounds the opening and
// nothing after it. Errors are those of New and Peer.Join.
func Join(ctx context.Context, cfg *Config, m Mesher) (*Peer, error) {
	return opened(cfg, func(p *Peer) error { return p.Join(ctx, m) })
}

func opened(cfg *Config, open func(*Peer) error) (*Peer, error) {
	p, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if err := open(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Listen makes the Peer a server. If one listener fails, none is opened;
// without any it is a session that nobody can join.
// Errors: ErrAlreadyActive, ErrClosed after Close, and those of the listeners.
// Godot 3.2, NetworkedMultiplayerENet.create_server.
func (p *Peer) Listen(ctx context.Context, listeners ...Listener) error {
	s, ctx, err := p.open(ctx, roleServer)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		var t Transport
		if t, err = l.Listen(ctx, s.hub); err != nil {
			break
		}
		s.add(t)
	}
	s.ready.Store(true)
	switch closed := s.opened(); {
	case closed:
		return ErrClosed
	case err != nil:
		s.close(true)
		return err
	}
	return nil
}

// Dial makes the Peer a client of the server that d reaches. Godot 3.2,
// NetworkedMultiplayerENet.create_client, but it waits. Meanwhile the status
// is Connecting. After a failure, which is also reported as ConnectionFailed,
// the Peer is disconnected and can dial again; the engine would stay in the
// middle until it is closed. Errors: ErrAlreadyActive, ErrClosed after Close,
// a *DisconnectError if the server refused or did not answer, and what else
// the dialer says.
func (p *Peer) Dial(ctx context.Context, d Dialer) error {
	s, ctx, err := p.open(ctx, roleClient)
	if err != nil {
		return err
	}
	t, err := d.Dial(ctx, s.hub)
	if err == nil {
		s.add(t)
	}
	switch closed := s.opened(); {
	case closed:
		return ErrClosed
	case err != nil:
		s.failed(err)
		s.close(false)
		return err
	}
	return nil
}

// Join makes the Peer a member of a mesh, in which each member has a connection
// to each other. It returns when others can connect; with server compatibility
// the status is Connecting until member 1 is there. Errors: ErrAlreadyActive,
// ErrClosed after Close, and those of m. Godot 3.2,
// WebRTCMultiplayer.initialize.
func (p *Peer) Join(ctx context.Context, m Mesher) error {
	s, ctx, err := p.open(ctx, roleMesh)
	if err != nil {
		return err
	}
	t, err := m.Mesh(ctx, s.hub)
	if err == nil {
		s.add(t)
		s.ready.Store(true)
	}
	switch closed := s.opened(); {
	case closed:
		return ErrClosed
	case err != nil:
		s.close(true)
		return err
	}
	return nil
}

// failed reports that a client was not connected. A dialer should not fail
// when it has attached the server; then the server is lost.
func (s *session) failed(err error) {
	s.over.Store(true)
	if s.hub.members.Load().has(TargetServer) {
		s.inbox.signal(ServerDisconnected{Reason{ReasonUnknown, ByLocal, err.Error()}})
	} else {
		s.inbox.signal(ConnectionFailed{err})
	}
}

// ConnectionStatus says where the Peer stands: a server is Connected, a client
// Connecting while it dials.
func (p *Peer) ConnectionStatus() ConnectionStatus {
	s := p.current()
	switch {
	case s == nil:
		return Disconnected
	case s.ready.Load() && !s.hub.awaitsServer(), s.hub.members.Load().has(TargetServer):
		return Connected
	}
	return Connecting
}

// UniqueID is this Peer's id: 1 for a server, 0 in no session and while a
// client has none yet.
func (p *Peer) UniqueID() PeerID {
	if s := p.current(); s != nil {
		return s.hub.UniqueID()
	}
	return 0
}

// IsServer says whether the Peer is the server of a session, or member 1 of a
// mesh.
func (p *Peer) IsServer() bool {
	s := p.current()
	return s != nil && s.hub.role != roleClient && s.hub.UniqueID() == TargetServer
}

// Addrs are the addresses under which the transports can be reached, with the
// real port where 0 was asked for.
func (p *Peer) Addrs() []string {
	s := p.current()
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var addrs []string
	for _, t := range s.transports {
		addrs = append(addrs, t.Addr())
	}
	return addrs
}

// Peers are the ids of the other members in ascending order: on a server the
// clients, on a client the server and, if it relays, the other clients, in a
// mesh those that it has a connection to.
func (p *Peer) Peers() []PeerID {
	s := p.current()
	if s == nil {
		return nil
	}
	return slices.Clone(s.hub.members.Load().ids)
}

// Members gives what Peers gives, without a copy, and for each the number of
// its joining: a member that left and came back with the same id has another
// one, perhaps before its PeerDisconnected was read.
func (p *Peer) Members() iter.Seq2[PeerID, uint64] {
	return func(yield func(PeerID, uint64) bool) {
		s := p.current()
		if s == nil {
			return
		}
		m := s.hub.members.Load()
		for i, id := range m.ids {
			if !yield(id, m.joins[i]) {
				return
			}
		}
	}
}

// Send queues a packet and returns at once; it takes target, mode and channel
// from the packet. Errors: ErrNotConnected, ErrUnknownPeer, also for AllExcept
// of an unknown one, ErrTooLarge, ErrChannel, and for a packet to one member
// ErrQueueFull.
//
// A packet to many that one of them has no room for is dropped for that one if
// it is unreliable; if it is reliable, that one is disconnected with
// ReasonSlow. Those whose connection cannot carry it are left out, and
// counted in Stats; if that is everybody, it is an error.
//
// A packet of an unreliable mode that does not fit one datagram travels
// reliably on ENet, as with the engine.
func (p *Peer) Send(pkt Packet) error {
	s := p.current()
	if s == nil {
		return ErrNotConnected
	}
	return s.hub.send(pkt)
}

// Disconnect ends the connection of a client, or of another member of a mesh,
// once what was sent to it reliably has been delivered; nothing more can be
// sent to it. PeerDisconnected follows. text reaches the client where the
// transport can carry it. Errors: ErrNotConnected, ErrServerOnly,
// ErrUnknownPeer. Godot 3.2, disconnect_peer.
func (p *Peer) Disconnect(id PeerID, text string) error { return p.disconnect(id, text, false) }

// DisconnectNow is Disconnect without waiting for anything to be delivered,
// also after a Disconnect that waits.
func (p *Peer) DisconnectNow(id PeerID, text string) error { return p.disconnect(id, text, true) }

func (p *Peer) disconnect(id PeerID, text string, now bool) error {
	s := p.current()
	if s == nil {
		return ErrNotConnected
	}
	return s.hub.disconnect(id, Reason{ReasonKicked, ByLocal, text}, now)
}

// PeerInfo describes a member that this Peer has a connection to: on a server
// any client, on a client the server, in a mesh any member. Errors:
// ErrNotConnected, ErrUnknownPeer. Godot 3.2, get_peer_address and
// get_peer_port.
func (p *Peer) PeerInfo(id PeerID) (PeerInfo, error) {
	s := p.current()
	if s == nil {
		return PeerInfo{}, ErrNotConnected
	}
	port := s.hub.members.Load().port(id)
	if port == nil {
		return PeerInfo{}, fmt.Errorf("%w: %d", ErrUnknownPeer, id)
	}
	return PeerInfo{ID: id, Metadata: port.grant.Metadata, LinkInfo: port.link.Info(), LinkStats: port.link.Stats(), Drops: port.drops.snapshot()}, nil
}
