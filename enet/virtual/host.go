package virtual

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"crosspeer"
	"crosspeer/enet/internal/engine"
	"crosspeer/internal/simnet"
)

// Config describes a Host.
type Config struct {
	// Addr is where on the network the host is.
	Addr netip.AddrPort

	// Rand is the source of what the host draws. It must be set.
	Rand interface{ Uint64() uint64 }

	// Clock is what the host's clock shows at the network's time 0.
	Clock time.Duration

	// The rest is as in enetlink.Config; zero is the engine's default.
	MaxClients       int
	ChannelCount     int
	MTU              int
	MaxWaitingBytes  int
	MaxQueuedBytes   int
	MaxQueuedPackets int

	// Attached and Detached are told by a server's host which remote has come
	// into the session, and that it is about to be taken out.
	Attached func(remote netip.AddrPort, id crosspeer.PeerID)
	Detached func(remote netip.AddrPort, id crosspeer.PeerID)

	// Server and ID are for a client: where it connects to, and the id it asks
	// for. Wait runs the network for a while, as long as the client waits; it
	// returns false when the client is to give up.
	Server netip.AddrPort
	ID     crosspeer.PeerID
	Wait   func() bool
}

// Host is an ENet host in the service of a session: a node of the network, and
// a crosspeer.Listener or Dialer. It is used once.
type Host struct {
	cfg   Config
	net   *simnet.Net
	core  *engine.Host
	out   *engine.Outbox
	hub   *crosspeer.Hub
	clock time.Duration // what its clock is ahead of the network's
	awake bool          // the network will flush it
	gone  bool

	frame crosspeer.Frame
	links int

	// Of a client.
	dialing *engine.Peer
	link    *link
	told    bool
	err     error
}

// New puts a host on a network.
func New(n *simnet.Net, cfg Config) *Host {
	h := &Host{cfg: cfg, net: n, out: engine.NewOutbox(), clock: cfg.Clock}
	ec := engine.Config{
		MaxPeers: cfg.MaxClients, ChannelLimit: cfg.ChannelCount, MTU: cfg.MTU,
		MaxWaitingBytes: cfg.MaxWaitingBytes, MaxQueuedBytes: cfg.MaxQueuedBytes, MaxQueuedPackets: cfg.MaxQueuedPackets,
		ReportLocal: true, Rand: cfg.Rand, Admit: h.admit,
	}
	h.core = engine.New(ec)
	n.Attach(cfg.Addr, h)
	return h
}

// Listen implements crosspeer.Listener.
func (h *Host) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h.hub = hub
	return h, nil
}

// Dial implements crosspeer.Dialer.
func (h *Host) Dial(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h.hub = hub
	hub.SetUniqueID(h.cfg.ID)
	p, err := h.core.Connect(h.cfg.Server, h.cfg.ChannelCount, uint32(h.cfg.ID))
	if err != nil {
		return nil, err
	}
	h.dialing = p
	h.wake()
	for !h.told {
		if !h.cfg.Wait() {
			p.Reset()
			return nil, fmt.Errorf("no answer from %v: %w", h.cfg.Server, context.Canceled)
		}
	}
	if h.err != nil {
		return nil, h.err
	}
	return h, nil
}

// Told says whether it is known how a Dial ends.
func (h *Host) Told() bool { return h.told }

// Addr implements crosspeer.Transport.
func (h *Host) Addr() string { return "virtual://" + h.cfg.Addr.String() }

// Close implements crosspeer.Transport. A session calls it on a goroutine of
// its own, so it does nothing: Remove takes the host off the network.
func (h *Host) Close() error { return nil }

// Remove takes the host off the network, at once and without a goodbye.
func (h *Host) Remove() {
	h.gone = true
	h.net.Detach(h.cfg.Addr)
}

// Jump sets the host's clock ahead.
func (h *Host) Jump(d time.Duration) {
	h.clock += d
	h.wake()
}

// wake lets the network flush the host.
func (h *Host) wake() {
	if !h.awake && !h.gone {
		h.awake = true
		h.net.Wake(h.cfg.Addr)
	}
}

// Receive implements simnet.Node.
func (h *Host) Receive(now time.Duration, from netip.AddrPort, datagram []byte) {
	h.core.Receive(now+h.clock, from, datagram)
}

// Flush implements simnet.Node.
func (h *Host) Flush(now time.Duration, send func(netip.AddrPort, []byte)) {
	// What is woken from here on is seen to in the loop.
	h.awake = true
	for again := true; again; again = h.core.Pending() > 0 {
		for {
			ev, ok := h.core.Event()
			if !ok {
				break
			}
			h.handle(ev)
		}
		h.core.Tick(now + h.clock)
		for more := true; more; {
			h.out.Reset()
			more = h.core.Flush(now+h.clock, h.out)
			for _, d := range h.out.Datagrams {
				send(d.To, d.Data)
			}
		}
	}
	h.awake = false
}

// Deadline implements simnet.Node.
func (h *Host) Deadline() (time.Duration, bool) {
	at, ok := h.core.Deadline()
	return at - h.clock, ok
}

// admit decides about a request to connect, as enetlink does.
func (h *Host) admit(_ netip.AddrPort, data uint32) engine.Admission {
	if h.cfg.Wait != nil || h.hub == nil {
		return engine.Ignore // whoever connects to a client's port is not its server
	}
	err := h.hub.Admit(clientID(data))
	if err == nil && h.links >= h.cfg.MaxClients {
		err = crosspeer.ErrFull
	}
	if err == nil {
		return engine.Admit
	}
	h.hub.Refuse()
	if errors.Is(err, crosspeer.ErrFull) {
		return engine.Ignore
	}
	return engine.Reject
}

// clientID is the id in the data of a request to connect. Zero, which no
// client may have, would ask the hub to choose one.
func clientID(data uint32) crosspeer.PeerID {
	if data == 0 {
		return -1
	}
	return crosspeer.PeerID(int32(data))
}

// handle takes an event of the engine.
func (h *Host) handle(ev engine.Event) {
	if l, ok := ev.Peer.Tag.(*link); ok {
		l.receive(ev)
		return
	}
	switch {
	case h.cfg.Wait == nil:
		if ev.Kind == engine.EventConnect {
			h.join(ev)
		}
	case ev.Peer != h.dialing || h.told:
	case ev.Kind == engine.EventConnect:
		h.told, h.err = true, h.attach(ev.Peer)
	default:
		h.told, h.err = true, &crosspeer.DisconnectError{Reason: reason(ev)}
	}
}

// join brings a client into the session.
func (h *Host) join(ev engine.Event) {
	l := &link{host: h, peer: ev.Peer}
	port, err := h.hub.Attach(l, crosspeer.Hello{ID: clientID(ev.Data)})
	if err != nil {
		// Somebody was faster than this client's last handshake datagram.
		ev.Peer.DisconnectNow(0)
		return
	}
	l.port = port
	h.links++
	ev.Peer.Tag = l
	h.cfg.Attached(ev.Peer.Addr(), port.ID())
}

// attach brings the server into a client's session.
func (h *Host) attach(p *engine.Peer) error {
	l := &link{host: h, peer: p, client: true}
	port, err := h.hub.Attach(l, crosspeer.Hello{ID: crosspeer.TargetServer})
	if err != nil {
		return err
	}
	l.port, h.link = port, l
	h.links++
	p.Tag = l
	return nil
}

// Backlog is the most bytes that wait on one connection for a program that
// does not keep up: what was on its way out of the engine when the remote was
// choked.
func (h *Host) Backlog() (most int) {
	h.core.Peers(func(p *engine.Peer) {
		if l, ok := p.Tag.(*link); ok {
			n := 0
			for _, ev := range l.backlog {
				if ev.Packet != nil {
					n += len(ev.Packet.Bytes())
				}
			}
			most = max(most, n)
		}
	})
	return most
}
