package rpc

import (
	"context"
	"errors"
	"slices"
	"sync"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/rpc/internal/godot3"
	"crosspeer/variant"
)

// API makes and answers remote calls on a Peer, whose packets are then all
// remote calls. A Peer has one API. Safe for concurrent use. Godot 3.2,
// MultiplayerAPI.
type API struct {
	peer *crosspeer.Peer
	cfg  Config
	root root
	log  limitedLog

	counters   counters
	rawPackets rawHandlers

	mu      sync.Mutex
	nodes   map[string]*Node // by their paths from the root node
	session uint64           // of the Peer, that what follows belongs to
	self    crosspeer.PeerID // also after its end
	dialect dialect.Dialect
	joins   map[crosspeer.PeerID]uint64 // of members, as they were told of paths
	sent    int                         // packets of the call that is being sent
	put     dialect.Put
	targets []crosspeer.PeerID
	out     dialect.Outgoing
	raw     []byte
}

// New makes the API of a Peer, before or after the Peer is in a session, and
// for all its sessions. cfg may be nil; the error is that of its Validate.
func New(peer *crosspeer.Peer, cfg *Config) (*API, error) {
	a := &API{peer: peer, nodes: make(map[string]*Node)}
	if cfg != nil {
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		a.cfg = *cfg
	}
	a.cfg = a.cfg.populated()
	a.root, _ = rootOf(a.cfg.Root)
	a.log.to = a.cfg.Log
	a.put = func(p crosspeer.Packet) error {
		err := a.peer.Send(p)
		if err == nil {
			a.sent++
		}
		return err
	}
	return a, nil
}

// Peer is the Peer that the API is of.
func (a *API) Peer() *crosspeer.Peer { return a.peer }

// renew begins anew when the Peer is in another session: nobody there knows a
// number. The lock is held.
func (a *API) renew() {
	if now := a.peer.Sessions(); a.dialect == nil || now != a.session {
		a.session, a.self, a.dialect = now, 0, godot3.New(a.cfg.MaxPaths)
		a.joins = make(map[crosspeer.PeerID]uint64)
	}
	if id := a.peer.UniqueID(); id != 0 {
		a.self = id
	}
}

// values is how arguments are written and read now.
func (a *API) values() variant.Config { return a.cfg.values(a.peer.AllowObjectDecoding()) }

// Poll handles everything that has come, without waiting: it calls the
// functions of nodes and the handlers of the Peer's signals. What comes
// meanwhile is for the next call. A game calls it once a tick. Errors:
// crosspeer.ErrNotConnected if the Peer was never in a session, and
// crosspeer.ErrClosed when its session is over and everything was handled.
// Godot 3.2, MultiplayerAPI.poll.
func (a *API) Poll() error {
	for n := max(a.peer.Pending(), 1); n > 0; n-- {
		ev, err := a.peer.Next(past)
		switch {
		case errors.Is(err, context.Canceled):
			return nil
		case err != nil:
			return err
		}
		a.Handle(ev)
	}
	return nil
}

// past is a context that is over.
var past = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Run handles what comes until ctx is done or the session is over. Its error
// is then ctx's or crosspeer.ErrClosed, or crosspeer.ErrNotConnected if the
// Peer was never in a session.
func (a *API) Run(ctx context.Context) error {
	for {
		ev, err := a.peer.Next(ctx)
		if err != nil {
			return err
		}
		a.Handle(ev)
	}
}

// Handle handles an event that the program has fetched itself, with Next or
// Events, as Poll would. Every event has to pass through one of Poll, Run and
// Handle, and in its order.
func (a *API) Handle(ev crosspeer.Event) {
	switch ev := ev.(type) {
	case crosspeer.PacketReceived:
		a.receive(ev.Packet)
		return
	case crosspeer.PeerDisconnected:
		a.mu.Lock()
		a.renew()
		a.dialect.Forget(ev.ID)
		delete(a.joins, ev.ID)
		a.mu.Unlock()
	}
	a.peer.Emit(ev)
}

// SendBytes sends bytes of the game that are no call; games receive them by the
// signal network_peer_packet. to is a target as of Peer.Send. Errors: ErrEmpty
// and those of Peer.Send. Godot 3.2, MultiplayerAPI.send_bytes.
func (a *API) SendBytes(to crosspeer.PeerID, mode crosspeer.TransferMode, data []byte) error {
	if len(data) == 0 {
		return ErrEmpty
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew()
	a.raw = a.dialect.AppendRaw(a.raw[:0], data)
	err := a.put(crosspeer.Packet{To: to, Mode: mode, Data: a.raw})
	if cap(a.raw) > maxKept {
		a.raw = nil
	}
	return err
}

// maxKept is the largest packet whose memory is kept for the next.
const maxKept = 64 << 10

// OnPeerPacket connects f to the signal network_peer_packet: bytes that a peer
// sent with SendBytes or send_bytes, which belong to f. The returned function
// disconnects it.
func (a *API) OnPeerPacket(f func(from crosspeer.PeerID, data []byte)) (remove func()) {
	return a.rawPackets.add(f)
}

// rawHandlers are the functions connected to network_peer_packet.
type rawHandlers struct {
	mu   sync.Mutex
	list []*func(crosspeer.PeerID, []byte)
}

func (h *rawHandlers) add(f func(crosspeer.PeerID, []byte)) (remove func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(slices.Clone(h.list), &f)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.list = slices.DeleteFunc(slices.Clone(h.list), func(g *func(crosspeer.PeerID, []byte)) bool { return g == &f })
	}
}

func (h *rawHandlers) emit(from crosspeer.PeerID, data []byte) {
	h.mu.Lock()
	list := h.list
	h.mu.Unlock()
	for _, f := range list {
		(*f)(from, data)
	}
}
