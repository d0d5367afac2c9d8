package enet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/internal/udpbatch"
)

// Host is one socket and its connections. Safe for concurrent use.
type Host struct {
	conn        udpbatch.Conn
	handler     func(Event)
	compressors map[*Compression]engine.Codec
	origin      time.Time
	guard       Guard // nil without Config.Security
	flushDelay  time.Duration
	group       *group      // of ListenShared, nil for a host by itself
	owed        atomic.Bool // the group wakes it; see group

	mu         sync.Mutex // guards what follows and every engine.Peer
	core       *engine.Host
	leaving    bool // no new connections
	closed     bool
	parked     bool // the loop waits for a datagram or the armed deadline
	armed      time.Duration
	asked      bool           // something was sent since the loop last looked
	relayed    bool           // and it was what had just come in
	current    *engine.Packet // of the event that the handler has
	sentAt     time.Duration  // when the last flush began that sent something
	sendErrors uint64
	readErrors uint64
	guarded    []guarded       // what the guard has for the loop
	emptied    []chan struct{} // closed when there is no peer left
	drains     []*drainWait

	arrived chan struct{} // holds a token while events wait
	done    chan struct{} // closed when the loop has ended
}

// Listen opens a UDP socket on address, "host:port", for incoming and outgoing
// connections. An empty host means all addresses, IPv4 and IPv6; port 0 a free
// port. cfg may be nil.
func Listen(address string, cfg *Config) (*Host, error) {
	ua, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("enet: listen on %q: %w", address, err)
	}
	conn, err := net.ListenUDP("udp", ua)
	if err != nil {
		return nil, fmt.Errorf("enet: %w", err)
	}
	setBuffers(conn)
	h, err := NewHost(conn, cfg)
	if err != nil {
		conn.Close()
	}
	return h, err
}

// socketBuffer is in bytes. It must hold what arrives while the host is kept
// from running.
const socketBuffer = 1 << 20

// setBuffers asks for what libenet asks for; the system may give less.
func setBuffers(conn *net.UDPConn) {
	conn.SetReadBuffer(socketBuffer)
	conn.SetWriteBuffer(socketBuffer)
}

// NewHost runs a host on a socket of the caller's, which it owns from now on
// unless there is an error. The socket's addresses must be *net.UDPAddr. cfg
// may be nil. A socket that somebody else closes ends the host as Close does,
// but without the goodbyes.
func NewHost(conn net.PacketConn, cfg *Config) (*Host, error) {
	h, err := newHost(conn, cfg)
	if err != nil {
		return nil, err
	}
	h.start()
	return h, nil
}

// newHost makes a host that does not run yet.
func newHost(conn net.PacketConn, cfg *Config) (*Host, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Host{
		conn:        udpbatch.New(conn),
		flushDelay:  cfg.FlushDelay,
		handler:     cfg.Handler,
		compressors: make(map[*Compression]engine.Codec),
		origin:      time.Now().Add(-time.Second), // the core's time never starts at zero
		armed:       never,
		parked:      true, // the loop begins by waiting
		arrived:     make(chan struct{}, 1),
		done:        make(chan struct{}),
	}
	h.core = engine.New(cfg.engine(h))
	if cfg.Security != nil {
		guard, err := cfg.Security.Guard(&Outlet{h}, cfg.remoteName)
		if err != nil {
			return nil, fmt.Errorf("enet: %w", err)
		}
		h.guard = guard
	}
	return h, nil
}

// start sets the host's goroutine going.
func (h *Host) start() {
	l := &loop{
		Host:     h,
		out:      engine.NewOutbox(),
		messages: make([]udpbatch.Message, 0, engine.OutboxDatagrams),
		sweepAt:  never,
	}
	if h.guard == nil { // which answers from goroutines of its own
		l.pace.conn, _ = h.conn.(udpbatch.Quieter)
	}
	go l.run()
}

// LocalAddr is the address of the socket.
func (h *Host) LocalAddr() netip.AddrPort {
	if ua, ok := h.conn.LocalAddr().(*net.UDPAddr); ok {
		a := ua.AddrPort()
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return netip.AddrPort{}
}

// Connect begins a connection with up to channels channels, 1 to 255. data
// reaches the remote's EventConnect. EventConnect or EventDisconnect tells how
// it went. Errors: ErrAddress, ErrHostFull, ErrClosed, ErrShared.
func (h *Host) Connect(addr netip.AddrPort, channels int, data uint32) (*Peer, error) {
	addr = h.conn.Canonical(addr)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.usable(); err != nil {
		return nil, err
	}
	if h.group != nil {
		return nil, fmt.Errorf("%w: %v", ErrShared, addr)
	}
	p, err := h.core.Connect(addr, channels, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", translate(err), addr)
	}
	h.wake()
	return h.peer(p), nil
}

// Broadcast sends a message to every connected peer; data is copied once.
// Peers that cannot take it, because of their queue or channel count, are left
// out. It returns how many took it.
func (h *Host) Broadcast(channel uint8, data []byte, flags Flags) int {
	pkt := engine.CopyPacket(data)
	defer pkt.Release()
	return h.BroadcastPacket(channel, Packet{pkt}, flags)
}

// BroadcastPacket is Broadcast without the copy.
func (h *Host) BroadcastPacket(channel uint8, pkt Packet, flags Flags) (sent int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || pkt.IsZero() {
		return 0
	}
	h.core.Peers(func(p *engine.Peer) {
		if p.Send(channel, pkt.p, engine.Flags(flags)) == nil {
			sent++
		}
	})
	if sent > 0 {
		h.sent(pkt)
	}
	h.wake()
	return sent
}

// Peers gives the connections, in no particular order.
func (h *Host) Peers() []*Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	peers := make([]*Peer, 0, h.core.PeerCount())
	for _, p := range h.peers() {
		peers = append(peers, h.peer(p))
	}
	return peers
}

// SetBandwidth changes the limits of Config, in bytes per second, 0 for
// unlimited. Remotes are told within a second.
func (h *Host) SetBandwidth(incoming, outgoing uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.core.SetBandwidth(incoming, outgoing)
	h.wake()
}

// Close tells every remote goodbye, once, and closes the socket. Packets that
// were not yet acknowledged may be lost; Shutdown waits for them. Close
// returns when the host's goroutine has ended. Closing again does nothing.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	h.wake()
	h.mu.Unlock()
	<-h.done
	return nil
}

// Shutdown disconnects every peer once what was sent to it is acknowledged,
// waits until all are gone or ctx is done, and closes the host. Requests to
// connect are rejected meanwhile. It returns ctx's error if peers were left.
func (h *Host) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.leaving = true
	h.partAll()
	empty := make(chan struct{})
	h.emptied = append(h.emptied, empty)
	h.wake()
	h.mu.Unlock()

	var err error
	select {
	case <-empty:
	case <-h.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	h.Close()
	return err
}

// partAll begins the end of all connections for which nobody has done so yet.
// The lock is held.
func (h *Host) partAll() {
	for _, p := range h.peers() {
		if s := p.State(); s == engine.Connected || s == engine.Connecting {
			p.DisconnectLater(0)
		}
	}
}

// peers are the connections, in a slice that outlasts their ends. The lock is
// held.
func (h *Host) peers() []*engine.Peer {
	peers := make([]*engine.Peer, 0, h.core.PeerCount())
	h.core.Peers(func(p *engine.Peer) { peers = append(peers, p) })
	return peers
}

func (h *Host) usable() error {
	if h.closed {
		return ErrClosed
	}
	return nil
}
