package engine

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"

	"crosspeer/enet/internal/protocol"
)

// Errors of calls. They say what the caller can do nothing about by trying
// the same call again.
var (
	ErrNotConnected = errors.New("peer is not connected")
	ErrChannel      = errors.New("channel is beyond the connection's channel count")
	ErrTooLarge     = errors.New("packet is larger than the connection can carry")
	ErrQueueFull    = errors.New("send queue of the peer is full")
	ErrFull         = errors.New("host has no room for another peer")
	ErrAddress      = errors.New("address cannot be connected to")
)

// Host is one end of any number of connections. It is not safe for concurrent
// use; see the package comment for the order of calls.
type Host struct {
	cfg Config
	pol policy

	slots     map[slotKey]*Peer    // by the ID that the remote addresses us with
	connects  map[connectKey]*Peer // accepted peers, to know a repeated CONNECT
	perIP     map[netip.Addr]int   // only with DuplicatePeers
	origins   map[netip.AddrPort]*origin
	peers     []*Peer // in no order; Peer.listIndex is the place
	halfOpen  halfOpenTable
	closed    closedPeers
	sessions  map[uint16][2]uint8 // per slot, only if predictable
	deadlines deadlines
	dirty     ring[*Peer] // peers with something to send
	replies   ring[reply] // datagrams that belong to no peer
	events    ring[Event]
	unseen    int // Connect events of accepted peers in it

	bandwidth bandwidthPass
	stats     Stats
	hold      bool                       // see Hold
	scratch   [protocol.MaxDatagram]byte // decompression
	squeezed  [protocol.MaxMTU]byte      // compression
	answer    reply                      // in the making
	command   [48]byte                   // of it
}

// slotKey finds a peer: a peer ID means something only together with the
// address that uses it.
type slotKey struct {
	addr netip.AddrPort
	id   uint16
}

type connectKey struct {
	addr netip.AddrPort
	id   [4]byte
}

// New makes a host.
func New(cfg Config) *Host {
	cfg.populate()
	h := &Host{
		cfg:      cfg,
		pol:      modern,
		slots:    make(map[slotKey]*Peer),
		connects: make(map[connectKey]*Peer),
		origins:  make(map[netip.AddrPort]*origin),
	}
	if cfg.Libenet {
		h.pol = libenet
		h.sessions = make(map[uint16][2]uint8)
	}
	if cfg.DuplicatePeers > 0 {
		h.perIP = make(map[netip.Addr]int)
	}
	h.halfOpen.init(cfg.MaxHalfOpen, cfg.Rand.Uint64(), cfg.Rand.Uint64())
	return h
}

// PeerCount is the number of connections, connecting ones included.
func (h *Host) PeerCount() int { return len(h.peers) }

// Peers calls f for each peer, in no particular order. f must not connect,
// disconnect or reset peers.
func (h *Host) Peers(f func(*Peer)) {
	for _, p := range h.peers {
		f(p)
	}
}

// Tick marks the peers whose time has come; Flush then does their work.
func (h *Host) Tick(now time.Duration) {
	for h.deadlines.next() <= now {
		p := h.deadlines[0]
		h.deadlines.remove(p)
		h.wake(p)
	}
	h.halfOpen.expire(now)
	h.passBandwidth(now)
}

// Deadline is when Tick and Flush must be called at the latest; ok is false
// when nothing is due before the next datagram or call.
func (h *Host) Deadline() (at time.Duration, ok bool) {
	if h.dirty.len() > 0 || h.replies.len() > 0 {
		return 0, true
	}
	at = min(h.deadlines.next(), h.bandwidth.deadline(h), h.halfOpen.deadline())
	return at, at != never
}

// Hold keeps retransmission time-outs from running, while datagrams are known
// to wait that may hold the acknowledgements.
func (h *Host) Hold(on bool) { h.hold = on }

// wake puts p on the list of peers with something to do.
func (h *Host) wake(p *Peer) {
	if !p.dirty {
		p.dirty = true
		h.dirty.push(p)
	}
}

// add makes the peer known under its address and slot.
func (h *Host) add(p *Peer) {
	h.slots[slotKey{p.addr, p.id}] = p
	p.listIndex = len(h.peers)
	h.peers = append(h.peers, p)
	h.arrive(p)
	if p.accepted {
		h.connects[connectKey{p.addr, p.connectID}] = p
		if h.perIP != nil {
			h.perIP[p.addr.Addr()]++
		}
	}
	if h.pol.predictable {
		// Slot order is the order in which libenet serves its peers.
		slices.SortFunc(h.peers, func(a, b *Peer) int { return cmp.Compare(a.id, b.id) })
		for i, q := range h.peers {
			q.listIndex = i
		}
	}
}

// forget is the inverse of add.
func (h *Host) forget(p *Peer) {
	delete(h.slots, slotKey{p.addr, p.id})
	h.deadlines.remove(p)
	h.depart(p)
	last := len(h.peers) - 1
	moved := h.peers[last]
	h.peers[p.listIndex], moved.listIndex = moved, p.listIndex
	h.peers[last] = nil
	h.peers = h.peers[:last]
	if p.accepted {
		delete(h.connects, connectKey{p.addr, p.connectID})
		if h.perIP != nil {
			if ip := p.addr.Addr(); h.perIP[ip] > 1 {
				h.perIP[ip]--
			} else {
				delete(h.perIP, ip)
			}
		}
	}
	if h.sessions != nil && p.state != Connecting {
		h.sessions[p.id] = [2]uint8{p.inSession, p.outSession}
	}
}

// newSlot picks the ID by which addr will address a new peer.
func (h *Host) newSlot(addr netip.AddrPort) (uint16, bool) {
	free := func(id uint16) bool {
		if h.pol.predictable {
			return !slices.ContainsFunc(h.peers, func(p *Peer) bool { return p.id == id }) &&
				!h.halfOpen.usesSlot(id)
		}
		_, used := h.slots[slotKey{addr, id}]
		return !used && h.halfOpen.bySlot(addr, id) == nil
	}
	first := uint16(0)
	if !h.pol.predictable {
		first = uint16(h.cfg.Rand.Uint64() % protocol.NoPeer)
	}
	for i := range uint16(protocol.NoPeer) {
		if id := (first + i) % protocol.NoPeer; free(id) {
			return id, true
		}
	}
	return 0, false
}

// unicast says whether addr can be one end of a connection.
func unicast(addr netip.AddrPort) bool {
	ip := addr.Addr()
	return ip.IsValid() && addr.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func millis(now time.Duration) uint16 { return uint16(now / time.Millisecond) }
