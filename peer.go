package crosspeer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// Peer is a member of a session: its server or a client. The zero value is a
// Peer in no session, with default Config; Listen and Dial make it a server or
// a client, and after Close it can be used again. Safe for concurrent use.
//
// The work of the transports goes on between calls: a program that does not
// look for a while loses no connection.
type Peer struct {
	cfg     Config
	session atomic.Pointer[session]
	opening sync.Mutex // one Listen, Dial or Close at a time
	inbox   inbox
	compat  compat
	signals signals
}

// session is what Listen or Dial has opened.
type session struct {
	hub        *Hub
	since      time.Time
	connected  atomic.Bool
	mu         sync.Mutex
	transports []Transport
	ended      bool           // transports are to be closed
	closing    sync.WaitGroup // closes that the session began by itself
}

// New makes a Peer in no session. cfg may be nil.
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
// in one session. cfg may be nil. ctx bounds the opening only.
func Listen(ctx context.Context, cfg *Config, listeners ...Listener) (*Peer, error) {
	p, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return p, p.Listen(ctx, listeners...)
}

// Dial makes a client and returns when it is connected, or with the reason
// why not. cfg may be nil. ctx bounds the wait and nothing after it.
func Dial(ctx context.Context, cfg *Config, d Dialer) (*Peer, error) {
	p, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return p, p.Dial(ctx, d)
}

// Listen makes the Peer a server. Godot 3.2,
// NetworkedMultiplayerENet.create_server. If one listener fails, none is
// opened.
func (p *Peer) Listen(ctx context.Context, listeners ...Listener) error {
	s, err := p.open(true)
	if err != nil {
		return err
	}
	defer p.opening.Unlock()
	for _, l := range listeners {
		t, err := l.Listen(ctx, s.hub)
		if err != nil {
			p.close(s)
			return err
		}
		s.transports = append(s.transports, t)
	}
	s.connected.Store(true)
	return nil
}

// Dial makes the Peer a client of the server that d reaches. Godot 3.2,
// NetworkedMultiplayerENet.create_client, but it waits. Meanwhile the status
// is Connecting. After a failure the Peer is disconnected and can dial again;
// the engine would stay in the middle until it is closed.
func (p *Peer) Dial(ctx context.Context, d Dialer) error {
	s, err := p.open(false)
	if err != nil {
		return err
	}
	defer p.opening.Unlock()
	t, err := d.Dial(ctx, s.hub)
	if err != nil {
		p.session.CompareAndSwap(s, nil)
		p.inbox.signal(ConnectionFailed{err})
		p.inbox.close()
		return err
	}
	s.connected.Store(true)
	s.add(t)
	return nil
}

// open begins a session; the caller unlocks p.opening.
func (p *Peer) open(server bool) (*session, error) {
	p.opening.Lock()
	if p.session.Load() != nil {
		p.opening.Unlock()
		return nil, ErrAlreadyActive
	}
	cfg := p.cfg.populated()
	p.inbox.open(cfg)
	p.compat.open()
	s := &session{hub: newHub(cfg, server, &p.inbox), since: time.Now()}
	s.hub.refusing = p.IsRefusingNewConnections
	s.hub.ended = func() { p.lost(s) }
	p.session.Store(s)
	return s, nil
}

// lost ends the session of a client whose server has gone. It is called on
// the transport's goroutine, so the transport is closed on another.
func (p *Peer) lost(s *session) {
	p.session.CompareAndSwap(s, nil)
	p.inbox.close()
	s.end()
}

// add keeps an opened transport, or closes it if the session is already over.
func (s *session) add(t Transport) {
	s.mu.Lock()
	ended := s.ended
	s.transports = append(s.transports, t)
	s.mu.Unlock()
	if ended {
		s.end()
	}
}

// end closes the transports without waiting.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, t := range s.transports {
		s.closing.Go(func() { t.Close() })
	}
	s.transports = nil
}

// Close says goodbye to everyone and leaves the session; no signals follow.
// What was sent and is not yet delivered may be lost: Shutdown waits for it.
// Close returns when nothing of the session runs any more. Closing a Peer in
// no session does nothing. Godot 3.2, close_connection.
func (p *Peer) Close() error {
	p.opening.Lock()
	defer p.opening.Unlock()
	if s := p.session.Load(); s != nil {
		return p.close(s)
	}
	return nil
}

func (p *Peer) close(s *session) error {
	p.session.CompareAndSwap(s, nil)
	s.hub.leave(Reason{ReasonClosed, ByLocal, ""}, true)
	p.inbox.close()
	s.mu.Lock()
	transports := s.transports
	s.transports = nil
	s.mu.Unlock()
	var errs []error
	for _, t := range transports {
		errs = append(errs, t.Close())
	}
	s.closing.Wait()
	return errors.Join(errs...)
}

// Shutdown refuses newcomers, waits until what was sent reliably is delivered,
// says goodbye, and closes the Peer when all have gone or ctx is done. It
// returns ctx's error if somebody was left.
func (p *Peer) Shutdown(ctx context.Context) error {
	s := p.session.Load()
	if s == nil {
		return nil
	}
	if s.hub.server {
		p.SetRefuseNewConnections(true)
	}
	var err error
	select {
	case <-s.hub.leave(Reason{ReasonClosed, ByLocal, ""}, false):
	case <-ctx.Done():
		err = ctx.Err()
	}
	return errors.Join(err, p.Close())
}

// ConnectionStatus says where the Peer stands: a server is Connected, a client
// Connecting while it dials.
func (p *Peer) ConnectionStatus() ConnectionStatus {
	s := p.session.Load()
	switch {
	case s == nil:
		return Disconnected
	case s.hub.server && s.connected.Load(), s.hub.members.Load().has(TargetServer):
		return Connected
	}
	return Connecting
}

// UniqueID is this Peer's id: 1 for a server, 0 in no session and while a
// client has none yet.
func (p *Peer) UniqueID() PeerID {
	if s := p.session.Load(); s != nil {
		return s.hub.UniqueID()
	}
	return 0
}

// IsServer says whether the Peer is the server of a session.
func (p *Peer) IsServer() bool {
	s := p.session.Load()
	return s != nil && s.hub.server
}

// Addrs are the addresses under which the transports can be reached, with the
// real port where 0 was asked for.
func (p *Peer) Addrs() []string {
	s := p.session.Load()
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

// Send queues a packet and returns at once. Errors: ErrNotConnected,
// ErrUnknownPeer, ErrTooLarge, ErrChannel, and for a packet to one member
// ErrQueueFull. A packet to many that one of them has no room for is dropped
// for that one if it is unreliable; if it is reliable, that one is
// disconnected with ReasonSlow.
//
// A packet of an unreliable mode that does not fit one datagram travels
// reliably on ENet, as with the engine.
func (p *Peer) Send(pkt Packet) error {
	s := p.session.Load()
	if s == nil {
		return ErrNotConnected
	}
	return s.hub.send(pkt)
}

// Disconnect ends a client's connection once what was sent to it reliably has
// been delivered. PeerDisconnected follows. Server only. Godot 3.2,
// disconnect_peer.
func (p *Peer) Disconnect(id PeerID, text string) error { return p.disconnect(id, text, false) }

// DisconnectNow is Disconnect without waiting for anything to be delivered.
func (p *Peer) DisconnectNow(id PeerID, text string) error { return p.disconnect(id, text, true) }

func (p *Peer) disconnect(id PeerID, text string, now bool) error {
	s := p.session.Load()
	if s == nil {
		return ErrNotConnected
	}
	return s.hub.disconnect(id, Reason{ReasonKicked, ByLocal, text}, now)
}

// Peers are the ids of the other members in ascending order: on a server the
// clients, on a client the server and, if it relays, the other clients.
func (p *Peer) Peers() []PeerID {
	s := p.session.Load()
	if s == nil {
		return nil
	}
	return append([]PeerID(nil), s.hub.members.Load().ids...)
}

// PeerInfo describes a member that this Peer has a connection to: on a server
// any client, on a client the server. Godot 3.2, get_peer_address and
// get_peer_port.
func (p *Peer) PeerInfo(id PeerID) (PeerInfo, error) {
	s := p.session.Load()
	if s == nil {
		return PeerInfo{}, ErrNotConnected
	}
	port := s.hub.members.Load().port(id)
	if port == nil {
		return PeerInfo{}, fmt.Errorf("%w: %d", ErrUnknownPeer, id)
	}
	return PeerInfo{ID: id, LinkInfo: port.link.Info(), LinkStats: port.link.Stats()}, nil
}

// PeerInfo is a member and its connection.
type PeerInfo struct {
	ID PeerID
	LinkInfo
	LinkStats
}

// Stats counts what happened in the session; zero in no session.
func (p *Peer) Stats() Stats {
	s := p.session.Load()
	if s == nil {
		return Stats{}
	}
	return s.hub.snapshot()
}

// Next waits for an event. It fails with ctx's error, which loses nothing,
// with ErrNotConnected if the Peer was never in a session, and with ErrClosed
// when the session is over and all its events were given out.
func (p *Peer) Next(ctx context.Context) (Event, error) { return p.inbox.wait(ctx) }

// Events gives the events until ctx is done or the session is over.
func (p *Peer) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, err := p.Next(ctx)
			if err != nil || !yield(ev) {
				return
			}
		}
	}
}

// Receive waits for a packet. Handlers of signals that come before it are
// called on the way. Errors are those of Next.
func (p *Peer) Receive(ctx context.Context) (Packet, error) {
	for {
		ev, err := p.Next(ctx)
		if err != nil {
			return Packet{}, err
		}
		if r, ok := ev.(PacketReceived); ok {
			return r.Packet, nil
		}
		p.signals.emit(ev)
	}
}
