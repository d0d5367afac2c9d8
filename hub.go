package crosspeer

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// Hub holds the rules of one session: who is in it, who may talk to whom, who
// is told what and when. Transports attach a link for each remote and deliver
// what comes from it; the hub sends through links and to the program. It does
// no I/O, never waits, and reads the table of peers without a lock.
//
// A Hub is made by Peer.Listen, Peer.Dial or Peer.Join and given to Listener,
// Dialer or Mesher. Its methods may be called from any goroutine, but not from
// inside a method of a Link.
type Hub struct {
	cfg      Config
	role     role
	compat   bool // a mesh whose member 1 plays the server; written before anybody is attached
	self     atomic.Int32
	inbox    *inbox
	refusing func() bool
	lost     func(Reason) // the client has lost its server; called with mu held
	stats    counters
	limits   atomic.Pointer[Limits] // of all transports; nil before the first
	guard    *guard

	ctx        context.Context // of the program's decisions
	stop       context.CancelFunc
	admissions sync.WaitGroup // goroutines of the program's decisions
	admitting  atomic.Int64   // how many there are
	memory     atomic.Int64   // that clients used when it was looked at

	// mu is held while somebody joins or leaves, so that all see that in one
	// order. Locks of links, of the inbox and of the Peer are taken inside it,
	// and it is taken inside none of them.
	mu      sync.Mutex
	members atomic.Pointer[members]
	leaving atomic.Bool // this Peer is saying goodbye: nobody comes in
	ended   atomic.Bool // a mesh has lost the member that plays the server: the same
	past    LinkStats   // of connections that are over
	closed  bool        // nothing is reported any more
	emptied []chan struct{}
	pending map[*Port]struct{} // attached, and not in the session yet
}

// role is what a Peer is in its session.
type role uint8

const (
	roleServer role = iota // member 1, who relays
	roleClient             // has a link to member 1 only
	roleMesh               // has a link to each other member
)

func newHub(cfg Config, r role, q *inbox, b *bans) *Hub {
	h := &Hub{cfg: cfg, role: r, inbox: q}
	h.guard = newGuard(&h.cfg.Policy, b)
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.members.Store(nobody)
	if r == roleServer {
		h.self.Store(int32(TargetServer))
	}
	return h
}

// UniqueID is the id of this Peer: 1 for a server, and for a client 0 until it
// has one.
func (h *Hub) UniqueID() PeerID { return PeerID(h.self.Load()) }

// ChooseID gives a client's Peer a random id and returns it, for transports
// where the client chooses.
func (h *Hub) ChooseID() PeerID {
	id := randomID()
	h.SetUniqueID(id)
	return id
}

// DrawID gives a random id that a client can have and nobody in the session
// has, for transports whose server must name an id before it calls Attach.
func (h *Hub) DrawID() PeerID {
	m := h.members.Load()
	for {
		if id := randomID(); !m.has(id) {
			return id
		}
	}
}

// SetUniqueID gives a client's Peer the id that the server assigned or the
// program asked for. It comes before Attach.
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

// Admit says whether a server's session would take a client, or a mesh a
// member, from an address with an id, 0 if the hub is to choose it or the
// transport does not know it yet: nil, or ErrRefused, ErrFull, ErrBanned,
// ErrInvalidID, ErrDuplicateID or ErrClosed. It does not ask the program. It
// takes no lock that is held while a link is used, so a transport can ask
// before it keeps anything of a stranger, also with a lock of its own held;
// Attach asks again.
func (h *Hub) Admit(from netip.AddrPort, id PeerID) error {
	if err := h.takes(id); err != nil || h.role != roleServer {
		return err
	}
	return h.guard.check(from.Addr())
}

// takes is Admit without regard to where the remote comes from.
func (h *Hub) takes(id PeerID) error {
	m := h.members.Load()
	switch {
	case h.leaving.Load() || h.ended.Load():
		return ErrClosed
	case h.refusing() || h.inbox.crowded():
		return ErrRefused
	case id != 0 && !h.canJoin(id):
		return fmt.Errorf("%w: %d", ErrInvalidID, id)
	case id != 0 && m.has(id):
		return fmt.Errorf("%w: %d", ErrDuplicateID, id)
	case len(m.ids) >= h.cfg.MaxPeers:
		return fmt.Errorf("%w: %d peers", ErrFull, len(m.ids))
	}
	return nil
}

// Announced is how many members a newcomer to a server's session would hear of
// besides this one, for transports where that costs something. 0 without
// relaying.
func (h *Hub) Announced() int {
	if h.cfg.Relay != RelayOn {
		return 0
	}
	return len(h.members.Load().ids)
}

// canJoin says whether somebody else in the session can have the id.
func (h *Hub) canJoin(id PeerID) bool {
	if h.role == roleMesh {
		return id > 0 && id != h.UniqueID()
	}
	return id.isClient()
}

// Refuse counts a client that a transport turned away because of Admit.
// Attach counts those that it turns away itself.
func (h *Hub) Refuse() { h.stats.refused.Add(1) }

// Attach brings a remote into the session: on a server a client, on a client
// the server, in a mesh another member. On a server it is announced to the
// clients and they to it, so the link is used before Attach returns; a link
// that is a Welcomer is first told its remote's id. Errors are those of Knock,
// and ErrAlreadyActive on a client that has its server.
//
// hello is what Knock returned if the transport has called it. If the program
// has to decide, and Knock was not called or the program waits for the first
// packet, the remote is not in the session yet when Attach returns; the link is
// told its remote's id, and nothing else is sent to it. If the program refuses,
// it is closed with ReasonRefused.
//
// The transport calls Port.Detach once for each port, whatever ended the
// connection.
func (h *Hub) Attach(l Link, hello Hello) (*Port, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	port := &Port{hub: h, link: l}
	port.resumer, _ = l.(Resumer)
	attach := h.attachClient
	switch h.role {
	case roleClient:
		attach = h.attachServer
	case roleMesh:
		attach = h.attachMember
	}
	if err := attach(port, hello); err != nil {
		return nil, err
	}
	return port, nil
}

// attachClient is Attach on a server. The lock is held.
func (h *Hub) attachClient(port *Port, hello Hello) error {
	if info := port.link.Info(); hello.Transport == "" {
		hello.Transport = info.Transport
		if !hello.RemoteAddr.IsValid() {
			hello.RemoteAddr = info.RemoteAddr
		}
	}
	a, err := h.examine(hello)
	if err == nil {
		port.addr = hello.RemoteAddr.Addr()
		err = h.guard.hold(port.addr)
	}
	if err == nil {
		if port.id = hello.ID; port.id == 0 {
			port.id = h.DrawID()
		}
		if err = h.place(port, a); err == nil {
			return nil
		}
		h.guard.release(port.addr)
	}
	if a == nil {
		a = hello.admission
	}
	if a != nil {
		a.cancel(err)
	}
	h.Refuse()
	return err
}

// place gives a port that has its id its place: in the session, or among those
// that wait for the program. It fails if the program has refused the remote
// meanwhile. The lock is held.
func (h *Hub) place(port *Port, a *admission) error {
	waits, g := false, Grant{}
	if a != nil {
		if waits = !a.attach(port); !waits {
			if a.err != nil {
				return a.err
			}
			g = a.grant
		}
	}
	if err := g.fits(port.id); err != nil {
		return err
	}
	if w, ok := port.link.(Welcomer); ok {
		w.Welcome(port.id)
	}
	if waits {
		h.wait(port, a)
		return nil
	}
	port.granted(g)
	h.enter(port)
	return nil
}

// examine says whether a client may come in, and what the program thinks of
// it, nil if it is not asked. The lock is held.
func (h *Hub) examine(hello Hello) (*admission, error) {
	if err := h.Admit(hello.RemoteAddr, hello.ID); err != nil {
		return nil, err
	}
	if hello.knocked {
		return hello.admission, nil
	}
	if err := h.guard.connect(hello.RemoteAddr.Addr()); err != nil || !h.asks() {
		return nil, err
	}
	return h.begin(hello)
}

// enter makes a port a member and tells everybody. The lock is held.
func (h *Hub) enter(port *Port) {
	m := h.members.Load()
	// The newcomer hears of the others before any of them can reach it, and
	// they hear of it when it can be reached.
	if h.cfg.Relay == RelayOn {
		for _, other := range m.ids {
			announce([]*Port{port}, FrameAdd, other)
		}
	}
	h.members.Store(m.with(port.id, port))
	if h.cfg.Relay == RelayOn {
		announce(m.ports, FrameAdd, port.id)
	}
	h.inbox.signal(PeerConnected{port.id})
}

// ports are all clients, those included that wait to be let in. The lock is
// held.
func (h *Hub) ports() []*Port {
	all := slices.Clone(h.members.Load().ports)
	for p := range h.pending {
		all = append(all, p)
	}
	return all
}

// attachServer is Attach on a client. The lock is held.
func (h *Hub) attachServer(p *Port, _ Hello) error {
	m := h.members.Load()
	switch {
	case h.leaving.Load():
		return ErrClosed
	case m.has(TargetServer):
		return ErrAlreadyActive
	}
	p.id = TargetServer
	h.members.Store(m.with(TargetServer, p))
	h.inbox.signal(PeerConnected{TargetServer})
	h.inbox.signal(ConnectionSucceeded{})
	return nil
}

// announce tells clients that another one is there or has gone.
func announce(to []*Port, kind FrameKind, id PeerID) {
	f := getFrame()
	defer putFrame(f)
	f.Kind, f.Peer, f.Mode = kind, id, Reliable
	for _, p := range to {
		p.send(f)
	}
}

// detach takes a remote out of the session.
func (h *Hub) detach(p *Port, r Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.gone.Swap(true) {
		return
	}
	h.past.count(p.link.Stats())
	if own := p.closing.Load(); own != nil {
		r = *own
	}
	defer h.checkEmpty()
	switch h.role {
	case roleClient:
		if !h.leaving.Load() {
			h.lost(r) // first: who sees the event can dial again
		}
		h.members.Store(nobody) // the others were known through the server
		return
	case roleMesh:
		h.detachMember(p, r)
		return
	}
	h.guard.release(p.addr)
	if a := p.gate.Load(); a != nil {
		delete(h.pending, p)
		a.cancel(errLeft)
		return // nobody was told that it was there
	}
	m := h.members.Load().without(p.id)
	h.members.Store(m)
	if h.cfg.Filter != nil {
		h.cfg.Filter.Forget(p.id)
	}
	if h.closed {
		return
	}
	if h.cfg.Relay == RelayOn {
		announce(m.ports, FrameRemove, p.id)
	}
	h.inbox.signal(PeerDisconnected{p.id, r})
}

// checkEmpty tells those who wait for all members to go. The lock is held.
func (h *Hub) checkEmpty() {
	if h.closed || len(h.members.Load().ids) == 0 {
		for _, c := range h.emptied {
			close(c)
		}
		h.emptied = nil
	}
}

// disconnect ends the connection of one client, or of one member of a mesh.
func (h *Hub) disconnect(id PeerID, r Reason, now bool) error {
	if h.role == roleClient {
		return ErrServerOnly
	}
	p := h.members.Load().port(id)
	if p == nil {
		return fmt.Errorf("%w: %d", ErrUnknownPeer, id)
	}
	p.close(r, now)
	return nil
}

// leave says goodbye to everybody and lets nobody in. With now nothing more is
// reported; otherwise the returned channel is closed when all have gone.
func (h *Hub) leave(r Reason, now bool) <-chan struct{} {
	gone := make(chan struct{})
	h.mu.Lock()
	h.leaving.Store(true)
	h.closed = h.closed || now
	h.emptied = append(h.emptied, gone)
	h.checkEmpty()
	ports := h.ports()
	h.mu.Unlock()
	h.stop()
	for _, p := range ports {
		if p != nil {
			p.close(r, now)
		}
	}
	return gone
}

var framePool = sync.Pool{New: func() any { return new(Frame) }}

func getFrame() *Frame { return framePool.Get().(*Frame) }

func putFrame(f *Frame) {
	f.Reset()
	framePool.Put(f)
}
