package crosspeer

import (
	"slices"
	"sync"
)

// signals are the handlers of Godot's signals.
type signals struct {
	connectionFailed    handlers[error]
	connectionSucceeded handlers[struct{}]
	peerConnected       handlers[PeerID]
	peerDisconnected    handlers[PeerID]
	serverDisconnected  handlers[struct{}]
}

// handlers are the functions connected to one signal, in the order in which
// they were connected.
type handlers[T any] struct {
	mu   sync.Mutex
	list []*func(T)
}

func (h *handlers[T]) add(f func(T)) (remove func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(slices.Clone(h.list), &f)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.list = slices.DeleteFunc(slices.Clone(h.list), func(g *func(T)) bool { return g == &f })
	}
}

func (h *handlers[T]) emit(v T) {
	h.mu.Lock()
	list := h.list
	h.mu.Unlock()
	for _, f := range list {
		(*f)(v)
	}
}

// emit calls the handlers of an event that is a signal.
func (s *signals) emit(ev Event) {
	switch ev := ev.(type) {
	case ConnectionFailed:
		s.connectionFailed.emit(ev.Err)
	case ConnectionSucceeded:
		s.connectionSucceeded.emit(struct{}{})
	case PeerConnected:
		s.peerConnected.emit(ev.ID)
	case PeerDisconnected:
		s.peerDisconnected.emit(ev.ID)
	case ServerDisconnected:
		s.serverDisconnected.emit(struct{}{})
	}
}

// OnConnectionFailed connects f to the signal connection_failed: this client's
// attempt to connect failed. f is called by Poll or Receive, on their caller's
// goroutine, like all handlers. The returned function disconnects it.
func (p *Peer) OnConnectionFailed(f func(error)) (remove func()) {
	return p.signals.connectionFailed.add(f)
}

// OnConnectionSucceeded connects f to the signal connection_succeeded: this
// client is connected.
func (p *Peer) OnConnectionSucceeded(f func()) (remove func()) {
	return p.signals.connectionSucceeded.add(func(struct{}) { f() })
}

// OnPeerConnected connects f to the signal peer_connected: on a server a
// client joined; on a client the server, and then each other client, is there.
func (p *Peer) OnPeerConnected(f func(PeerID)) (remove func()) {
	return p.signals.peerConnected.add(f)
}

// OnPeerDisconnected connects f to the signal peer_disconnected: a client left.
func (p *Peer) OnPeerDisconnected(f func(PeerID)) (remove func()) {
	return p.signals.peerDisconnected.add(f)
}

// OnServerDisconnected connects f to the signal server_disconnected: this
// client has lost its server.
func (p *Peer) OnServerDisconnected(f func()) (remove func()) {
	return p.signals.serverDisconnected.add(func(struct{}) { f() })
}
