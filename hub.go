package crosspeer

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
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

var framePool = sync.Pool{New: func() any { return new(Frame) }}

func getFrame() *Frame { return framePool.Get().(*Frame) }

func putFrame(f *Frame) {
	f.Reset()
	framePool.Put(f)
}
