package sim

import (
	"context"
	"net/netip"
	"time"

	"crosspeer"
	"crosspeer/enet/virtual"
	"crosspeer/internal/simnet"
)

// world is a run.
type world struct {
	opt  Options
	now  time.Duration
	net  *simnet.Net
	laws laws
	hash uint64

	act, talk, chance *rng // of what happens, of what is said, of the rest

	server *crosspeer.Peer
	hub    *crosspeer.Hub // of its pipes
	host   *virtual.Host  // its ENet
	drowsy time.Duration  // until when the server does not look
	coming netip.AddrPort // the address that was given out last
	guests map[netip.AddrPort]*visit
	people []*person
	pipes  []*pipe
	forms  forms
	frame  crosspeer.Frame
	buffer [maxMessage]byte
	hosts  queue[leaving]

	nextAct, nextLook, nextQuiet, nextState time.Duration
	refusing                                time.Duration // until when nobody is let in
	stats                                   ServerStats
	actions                                 []uint64
}

// leaving is a host that is to be taken off the network soon: it has a goodbye
// to send.
type leaving struct {
	host *virtual.Host
	at   time.Duration
}

var serverAddr = netip.MustParseAddrPort("10.0.0.1:4242")

// Bounds of the programs' inboxes: small enough to be met.
const (
	serverInbox = 2048
	clientInbox = 512
	inboxBytes  = 1 << 20
	maxMessage  = 16 << 10

	// What ENet takes in before it is handed out, out of order above all. The
	// program may have no room just when all of it is in order, and then it
	// waits behind the inbox.
	enetWaitingBytes = 96 << 10
	backlog          = enetWaitingBytes + 2*maxMessage
	enetQueueBytes   = 256 << 10
	enetQueuePackets = 2048
)

func newWorld(seed uint64, opt Options) *world {
	w := &world{
		opt: opt, net: simnet.New(seed, simnet.Conditions{Delay: 10 * time.Millisecond}),
		act: newRNG(seed, 1), talk: newRNG(seed, 2), chance: newRNG(seed, 3),
		coming: netip.MustParseAddrPort("10.1.0.0:5000"),
		guests: map[netip.AddrPort]*visit{},
	}
	w.laws.seats = opt.Members + 1
	w.actions = make([]uint64, len(actions))
	w.server, _ = crosspeer.New(&crosspeer.Config{MaxPeers: opt.Members, MaxInboxPackets: serverInbox, MaxInboxBytes: inboxBytes})
	w.listen()
	for i := range opt.Members {
		w.people = append(w.people, newPerson(w, i+1))
	}
	w.nextQuiet = firstQuiet
	w.nextAct = time.Second
	return w
}

// listen opens the server's session.
func (w *world) listen() {
	w.host = virtual.New(w.net, virtual.Config{
		Addr: serverAddr, Rand: newRNG(w.chance.Uint64(), 4), Clock: edge(w.chance), MaxClients: 4095, ChannelCount: channels,
		MaxQueuedBytes: enetQueueBytes, MaxQueuedPackets: enetQueuePackets, MaxWaitingBytes: enetWaitingBytes,
		Attached: func(remote netip.AddrPort, id crosspeer.PeerID) {
			w.laws.joined(w.guests[remote], id)
		},
		Detached: func(remote netip.AddrPort, _ crosspeer.PeerID) { w.laws.gone(w.guests[remote]) },
	})
	w.laws.opened()
	if err := w.server.Listen(context.Background(), w.host, pipes{w}); err != nil {
		w.laws.fail("the server does not open: %v", err)
	}
}

// edge is a clock shortly before one of those points where a counter of
// milliseconds, in 15, 16, 31 or 32 bits, goes round, or at any other time.
func edge(r *rng) time.Duration {
	edges := [...]time.Duration{1 << 15, 1 << 16, 1 << 31, 1 << 32}
	if k := r.below(6); k < len(edges) {
		return edges[k]*time.Millisecond - r.between(0, time.Minute)
	}
	return r.between(time.Second, 1000*time.Hour)
}

// pipes is the listener of all transports that are pipes.
type pipes struct{ w *world }

// Listen implements crosspeer.Listener.
func (p pipes) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	p.w.hub = hub
	return p, nil
}

// Addr implements crosspeer.Transport.
func (pipes) Addr() string { return "pipe://" }

// Close implements crosspeer.Transport. A session calls it on a goroutine of
// its own; the pipes have seen Link.Close before.
func (pipes) Close() error { return nil }

// step is one tick.
func (w *world) step() {
	w.move()
	for _, p := range w.people {
		p.step()
	}
	if w.now >= w.nextState && w.drowsy <= w.now {
		w.nextState = w.now + time.Second/stateRate
		w.state()
	}
	if w.now >= w.nextAct {
		w.nextAct = w.now + w.act.between(0, 2*actEvery)
		w.do()
	}
	if w.now >= w.nextQuiet {
		w.quiet()
	}
}

// move lets a tick pass, and the server's program look.
func (w *world) move() {
	w.now += tick
	w.net.RunUntil(w.now)
	live := w.pipes[:0]
	for _, p := range w.pipes {
		if p.run() {
			live = append(live, p)
		}
	}
	clear(w.pipes[len(live):])
	w.pipes = live
	for w.hosts.len() > 0 && w.hosts.first().at <= w.now {
		w.hosts.pop().host.Remove()
	}
	if w.refusing > 0 && w.now >= w.refusing {
		w.refusing = 0
		w.server.SetRefuseNewConnections(false)
		w.laws.shut = false
	}
	w.look()
	if w.now >= w.nextLook {
		w.nextLook = w.now + time.Second
		w.bounds()
	}
}

// look is the server's program.
func (w *world) look() {
	if w.now < w.drowsy {
		return
	}
	v := w.laws.house.server
	for n := w.server.Pending(); n > 0; n-- {
		ev, err := w.server.Next(context.Background())
		if err != nil {
			w.laws.fail("the server's events end: %v", err)
			return
		}
		switch ev := ev.(type) {
		case crosspeer.PeerConnected:
			w.trace(v, 1, uint64(ev.ID))
			w.laws.next(v, ev.ID, true)
		case crosspeer.PeerDisconnected:
			w.trace(v, 2, uint64(ev.ID)<<16|uint64(ev.Reason.Code)<<8|uint64(ev.Reason.By))
			w.laws.next(v, ev.ID, false)
		case crosspeer.PacketReceived:
			w.packet(v, ev.Packet)
		default:
			w.laws.fail("the server is told %#v", ev)
		}
	}
}

// packet takes a packet that a program was given.
func (w *world) packet(v *visit, p crosspeer.Packet) {
	m := w.laws.received(v, p)
	w.trace(v, 3, uint64(m.visit)<<32|uint64(m.number))
	w.hash = fold(w.hash, uint64(uint32(p.From))<<32|uint64(m.stream)<<24|uint64(p.Mode)<<16|uint64(len(p.Data)))
}

// trace takes an event of a program into the hash.
func (w *world) trace(v *visit, kind, what uint64) {
	w.hash = fold(w.hash, uint64(w.now))
	w.hash = fold(w.hash, uint64(v.number)<<8|kind)
	w.hash = fold(w.hash, what)
}

// pipeID is the id of a client that comes over a pipe: the one that it asks
// for, or one that is free. Few ids are drawn from, so that they come back.
func (w *world) pipeID(ask crosspeer.PeerID) crosspeer.PeerID {
	for ask == 0 {
		if id := w.anyID(); w.laws.house.member(id) == nil {
			ask = id
		}
	}
	return ask
}

func (w *world) anyID() crosspeer.PeerID {
	return crosspeer.PeerID(2 + w.chance.below(4*w.opt.Members))
}

// address gives an address where nobody was yet.
func (w *world) address() netip.AddrPort {
	w.coming = netip.AddrPortFrom(w.coming.Addr().Next(), w.coming.Port())
	return w.coming
}

// close lets go of everything.
func (w *world) close() {
	for _, p := range w.people {
		if p.call != nil {
			p.call.end()
		}
		p.peer.Close()
	}
	w.server.Close()
}
