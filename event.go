package crosspeer

import (
	"context"
	"iter"
)

// Event is something that happened in the session: PeerConnected,
// PeerDisconnected, ConnectionSucceeded, ConnectionFailed, ServerDisconnected
// or PacketReceived. The order is that of Godot 3.2.3, with packets among the
// signals where they arrived.
type Event interface{ event() }

// PeerConnected: a peer is there. A server reports each client; a client
// reports the server first, then the clients that were there before it in
// ascending order of ids, and others as they come.
type PeerConnected struct{ ID PeerID }

// PeerDisconnected: a peer has gone. On a client the reason for another
// client's leaving is not known.
type PeerDisconnected struct {
	ID     PeerID
	Reason Reason
}

// ConnectionSucceeded: this client is connected. It comes after PeerConnected
// for the server.
type ConnectionSucceeded struct{}

// ConnectionFailed: this client's attempt to connect failed. The Peer is
// disconnected.
type ConnectionFailed struct{ Err error }

// ServerDisconnected: this client has lost the server. The Peer is
// disconnected; no PeerDisconnected follows for the others.
type ServerDisconnected struct{ Reason Reason }

// PacketReceived: a packet for this Peer, whose bytes belong to the program.
type PacketReceived struct{ Packet }

func (PeerConnected) event()       {}
func (PeerDisconnected) event()    {}
func (ConnectionSucceeded) event() {}
func (ConnectionFailed) event()    {}
func (ServerDisconnected) event()  {}
func (PacketReceived) event()      {}

// Next waits for an event of the session. It fails with ctx's error, which
// loses nothing, with ErrNotConnected if the Peer was never in a session, and
// with ErrClosed when the session is over and its events were given out. Of
// several callers each gets other events.
func (p *Peer) Next(ctx context.Context) (Event, error) {
	s := p.session.Load()
	if s == nil {
		return nil, ErrNotConnected
	}
	return s.next(ctx)
}

func (s *session) next(ctx context.Context) (Event, error) {
	for {
		if ev, ok := s.inbox.take(false); ok {
			return ev, nil
		}
		if err := s.inbox.await(ctx); err != nil {
			return nil, err
		}
	}
}

// Events gives the events of the session that the Peer is in, or was in last,
// until ctx is done or the session is over.
func (p *Peer) Events(ctx context.Context) iter.Seq[Event] {
	s := p.session.Load()
	return func(yield func(Event) bool) {
		for s != nil {
			ev, err := s.next(ctx)
			if err != nil || !yield(ev) {
				return
			}
		}
	}
}

// Receive waits for a packet. Handlers of signals that come before it are
// called on the way, on the caller's goroutine. Errors are those of Next.
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

// Pending is how many events Next gives without waiting. It is for programs
// that look at all that has come, and then go on, as a game does once a tick.
func (p *Peer) Pending() int {
	if s := p.session.Load(); s != nil {
		return s.inbox.len()
	}
	return 0
}

// Emit calls the handlers of an event that is a signal, on the caller's
// goroutine. Poll and Receive do so; it is for programs that use Next or
// Events and have handlers too.
func (p *Peer) Emit(ev Event) { p.signals.emit(ev) }
