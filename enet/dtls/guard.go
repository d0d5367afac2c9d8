package dtls

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"crosspeer/enet"
)

const (
	// freshLife is how long a stranger has to return its cookie.
	freshLife = 5 * time.Second

	// connectLife is how long an association stays before the first connection
	// of ENet: a client repeats its CONNECT for 31.5 s, with pauses of up to
	// 16.
	connectLife = 35 * time.Second

	// linger is how long it stays after the last, while a lost acknowledgement
	// of DISCONNECT may be asked for again.
	linger = 10 * time.Second
)

// guard is the associations of a host.
type guard struct {
	out     outlet
	role    role
	server  bool
	plain   bool // what is not encrypted passes
	timeout time.Duration
	failed  func(netip.AddrPort, error) // nil: nobody wants to know
	running sync.WaitGroup

	closing chan struct{} // closed by Close

	mu      sync.Mutex
	slots   map[netip.AddrPort]*slot
	waiting waiting
	closed  bool
}

// outlet is an enet.Outlet, or a test's.
type outlet interface {
	Transmit(netip.AddrPort, []byte)
	Deliver(netip.AddrPort, []byte)
	Cut(netip.AddrPort, error) <-chan struct{}
}

func newGuard(out outlet, r role, timeout time.Duration) *guard {
	return &guard{out: out, role: r, timeout: timeout, slots: make(map[netip.AddrPort]*slot), closing: make(chan struct{})}
}

// Receive implements enet.Guard.
func (g *guard) Receive(from netip.AddrPort, datagram []byte) (plain bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.slots[from]
	if !isRecord(datagram) {
		return g.passes(s)
	}
	if g.closed {
		return false
	}
	now := time.Now()
	hello, first := isHello(datagram)
	if g.server && first && (s == nil || s.next == nil || s.next.phase == fresh && s.next.random != random(datagram)) {
		// Of two that claim the address the later one is asked: a forged
		// hello must not keep the honest one waiting.
		if s != nil && s.next != nil {
			g.drop(s.next)
		}
		a := g.begin(from, now)
		if a == nil {
			return false
		}
		a.random = random(datagram)
		s = g.slots[from]
	}
	switch {
	case s == nil:
	case s.next == nil:
		if !hello {
			s.live.feed(datagram, now)
		}
	case s.live == nil || epoch(datagram) == 0:
		s.next.feed(datagram, now)
	default: // of the one or of the other: only one can read it
		s.live.feed(datagram, now)
		s.next.feed(datagram, now)
	}
	return false
}

// passes says whether what is not encrypted passes, from an address and to it.
// The lock is held.
func (g *guard) passes(s *slot) bool {
	return g.plain && (s == nil || s.live == nil && !s.claimed)
}

// Send implements enet.Guard.
func (g *guard) Send(to netip.AddrPort, datagram []byte) (plain bool) {
	g.mu.Lock()
	s := g.slots[to]
	var live *association
	switch {
	case s != nil && s.live != nil:
		live = s.live
	case g.server:
		plain = g.passes(s)
	case s == nil && !g.closed:
		if a := g.begin(to, time.Now()); a != nil {
			a.held = slices.Clone(datagram)
		}
	case s != nil:
		s.next.held = slices.Clone(datagram)
	}
	g.mu.Unlock()
	if live != nil {
		live.write(datagram)
	}
	return plain
}

// Sweep implements enet.Guard.
func (g *guard) Sweep(used func(netip.AddrPort) bool) (again bool) {
	var idle []*association
	g.mu.Lock()
	now := time.Now()
	for addr, s := range g.slots {
		if a := s.next; a != nil && a.phase == fresh && now.Sub(a.born) >= freshLife {
			g.drop(a)
		}
		a := s.live
		switch {
		case a == nil:
		case used(addr):
			a.idle, a.used = time.Time{}, true
			g.waiting.remove(a)
		case a.idle.IsZero():
			a.idle = now
			if g.server {
				g.waiting.add(a)
			}
		case now.Sub(a.idle) >= connectLife, a.used && now.Sub(a.idle) >= linger:
			idle = append(idle, a)
		}
	}
	again = len(g.slots) > 0
	g.mu.Unlock()
	for _, a := range idle {
		a.conn.Close() // which says so to the remote
	}
	return again
}

// State implements enet.Guard.
func (g *guard) State(addr netip.AddrPort) enet.SecurityState {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.slots[addr]; s != nil && s.live != nil {
		return s.live.state
	}
	return enet.SecurityState{}
}

// Close implements enet.Guard.
func (g *guard) Close() {
	var live []*association
	g.mu.Lock()
	g.closed = true
	close(g.closing)
	for _, s := range g.slots {
		if s.next != nil {
			g.drop(s.next)
		}
		if s.live != nil {
			live = append(live, s.live)
		}
	}
	g.mu.Unlock()
	for _, a := range live {
		a.conn.Close()
	}
	g.running.Wait()
}
