package crosspeer

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
)

// Hub holds the rules of one session: who is in it, who may talk to whom, who
// is told what and when. Transports attach a link for each remote and deliver
// what comes from it; the hub sends through links and to the program. It does
// no I/O, never waits, and reads the table of peers without a lock.
//
// A Hub is made by Peer.Listen or Peer.Dial and given to Listener and Dialer.
type Hub struct {
	cfg      Config
	server   bool
	self     atomic.Int32
	refusing func() bool
	inbox    *inbox
	ended    func() // the client has lost its server

	mu      sync.Mutex // guards joins and leaves
	members atomic.Pointer[members]
	closed  bool // nothing is reported any more
	leaving bool // this Peer is saying goodbye
	emptied []chan struct{}
	stats   counters
}

func newHub(cfg Config, server bool, q *inbox) *Hub {
	h := &Hub{cfg: cfg, server: server, inbox: q}
	h.members.Store(nobody)
	if server {
		h.self.Store(int32(TargetServer))
	}
	return h
}

// UniqueID is the id of this Peer: 1 for a server, and for a client 0 until it
// has one.
func (h *Hub) UniqueID() PeerID { return PeerID(h.self.Load()) }

// ChooseID gives a client's Peer a random id, for transports where the client
// chooses it.
func (h *Hub) ChooseID() PeerID {
	id := randomID()
	h.self.Store(int32(id))
	return id
}

// SetUniqueID gives a client's Peer the id that the server assigned.
func (h *Hub) SetUniqueID(id PeerID) { h.self.Store(int32(id)) }

// randomID draws one of the ids that a client can have. Source: a
// cryptographic generator.
func randomID() PeerID {
	for {
		var b [4]byte
		rand.Read(b[:])
		if id := PeerID(binary.LittleEndian.Uint32(b[:]) >> 1); id.isClient() {
			return id
		}
	}
}

// Admit says whether a server's session would take a client with an id, 0 if
// the hub is to choose it: nil, or ErrRefused, ErrFull, ErrInvalidID,
// ErrDuplicateID or ErrClosed. It takes no lock that is held during I/O, so a
// transport can ask before it keeps anything of a stranger; Attach asks again.
func (h *Hub) Admit(id PeerID) error {
	m := h.members.Load()
	switch {
	case h.refusing() || h.inbox.crowded():
		return ErrRefused
	case id != 0 && !id.isClient():
		return fmt.Errorf("%w: %d", ErrInvalidID, id)
	case id != 0 && m.has(id):
		return fmt.Errorf("%w: %d", ErrDuplicateID, id)
	case len(m.ids) >= h.cfg.MaxPeers:
		return fmt.Errorf("%w: %d peers", ErrFull, len(m.ids))
	}
	return nil
}

// Attach brings a remote into the session. On a server it is announced to the
// clients and they to it; on a client it is the server. Errors are those of
// Admit.
func (h *Hub) Attach(l Link, hello Hello) (*Port, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	if !h.server {
		return h.attachServer(l)
	}
	if err := h.Admit(hello.ID); err != nil {
		h.stats.refused.Add(1)
		return nil, err
	}
	m := h.members.Load()
	id := hello.ID
	for id == 0 || m.has(id) {
		id = randomID()
	}
	port := &Port{hub: h, link: l, id: id}
	// The newcomer hears of the others before any of them can reach it, and
	// they hear of it when it can be reached.
	if h.cfg.Relay == RelayOn {
		for _, other := range m.ids {
			h.notify(port, FrameAdd, other)
		}
	}
	h.members.Store(m.with(id, port))
	if h.cfg.Relay == RelayOn {
		h.announce(m.ports, FrameAdd, id)
	}
	h.inbox.signal(PeerConnected{id})
	return port, nil
}

func (h *Hub) attachServer(l Link) (*Port, error) {
	m := h.members.Load()
	if m.has(TargetServer) {
		return nil, ErrAlreadyActive
	}
	port := &Port{hub: h, link: l, id: TargetServer}
	h.members.Store(m.with(TargetServer, port))
	h.inbox.signal(PeerConnected{TargetServer})
	h.inbox.signal(ConnectionSucceeded{})
	return port, nil
}

// notify tells one client of another.
func (h *Hub) notify(to *Port, kind FrameKind, id PeerID) {
	f := getFrame()
	defer putFrame(f)
	f.Kind, f.Peer = kind, id
	f.Mode = Reliable
	to.send(f)
}

// announce tells many clients of another.
func (h *Hub) announce(to []*Port, kind FrameKind, id PeerID) {
	f := getFrame()
	defer putFrame(f)
	f.Kind, f.Peer = kind, id
	f.Mode = Reliable
	for _, p := range to {
		p.send(f)
	}
}

// detach takes a remote out of the session.
func (h *Hub) detach(p *Port, r Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.detached {
		return
	}
	p.detached = true
	if own := p.closing.Load(); own != nil {
		r = *own
	}
	m := h.members.Load().without(p.id)
	if !h.server {
		m = nobody // the others were known through the server
	}
	h.members.Store(m)
	if len(m.ids) == 0 {
		for _, c := range h.emptied {
			close(c)
		}
		h.emptied = nil
	}
	if h.closed || h.leaving && !h.server {
		return
	}
	if !h.server {
		h.inbox.signal(ServerDisconnected{r})
		h.ended()
		return
	}
	if h.cfg.Relay == RelayOn {
		h.announce(m.ports, FrameRemove, p.id)
	}
	h.inbox.signal(PeerDisconnected{p.id, r})
}

// disconnect ends the connection of one client.
func (h *Hub) disconnect(id PeerID, r Reason, now bool) error {
	if !h.server {
		return ErrServerOnly
	}
	p := h.members.Load().port(id)
	if p == nil {
		return fmt.Errorf("%w: %d", ErrUnknownPeer, id)
	}
	p.close(r, now)
	return nil
}

// leave says goodbye to everybody. With now nothing more is reported;
// otherwise the returned channel is closed when all have gone.
func (h *Hub) leave(r Reason, now bool) <-chan struct{} {
	h.mu.Lock()
	h.closed, h.leaving = h.closed || now, true
	m := h.members.Load()
	done := make(chan struct{})
	if len(m.ids) == 0 {
		close(done)
	} else {
		h.emptied = append(h.emptied, done)
	}
	h.mu.Unlock()
	for _, p := range m.ports {
		if p != nil {
			p.close(r, now)
		}
	}
	return done
}

var framePool = sync.Pool{New: func() any { return new(Frame) }}

func getFrame() *Frame { return framePool.Get().(*Frame) }

func putFrame(f *Frame) {
	f.Reset()
	framePool.Put(f)
}
