package simnet

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Wire is a virtual network with sockets, for code that owns goroutines. It
// tells time with the time package: inside a testing/synctest bubble that time
// is virtual, and there a Wire must be made, used and closed within one bubble.
// Outside it runs in real time.
//
// What happens to the datagrams of one direction depends only on the seed and
// on their order and times. Goroutines that write at the same instant on
// different paths may be told apart differently by a tap from run to run, and
// for that reason a Wire has no hash.
//
// A Wire has no goroutine of its own. A timer delivers what is under way.
type Wire struct {
	mu     sync.Mutex
	m      medium
	start  time.Time
	conns  map[netip.AddrPort]*Conn
	port   uint16 // the last one picked
	closed bool

	timer   *time.Timer
	armed   bool
	armedAt time.Duration
}

// Free ports are picked from this range on.
const firstPort, lastPort = 49152, 65535

// NewWire returns a network in which every path has the given conditions. Its
// time starts now.
func NewWire(seed uint64, cond Conditions) *Wire {
	w := &Wire{start: time.Now(), conns: map[netip.AddrPort]*Conn{}, port: lastPort}
	w.m.init(seed, cond)
	return w
}

// Listen opens an endpoint. The address needs an IP that is not unspecified.
// Port 0 picks a free one, from 49152 upwards. An address in use is an error.
func (w *Wire) Listen(addr netip.AddrPort) (*Conn, error) {
	addr = canonical(addr)
	w.mu.Lock()
	defer w.mu.Unlock()
	fail := func(err error) (*Conn, error) {
		return nil, &net.OpError{Op: "listen", Net: "udp", Addr: net.UDPAddrFromAddrPort(addr), Err: err}
	}
	switch {
	case w.closed:
		return fail(net.ErrClosed)
	case !addr.IsValid() || addr.Addr().IsUnspecified():
		return fail(errors.New("simnet: a wire has no default address"))
	case addr.Port() != 0 && w.conns[addr] != nil:
		return fail(errInUse)
	case addr.Port() == 0:
		free := w.freePort(addr.Addr())
		if free == 0 {
			return fail(errInUse)
		}
		addr = netip.AddrPortFrom(addr.Addr(), free)
	}
	c := newConn(w, addr)
	w.conns[addr] = c
	return c, nil
}

var errInUse = errors.New("simnet: address already in use")

// freePort goes on from the last one, as systems do, so that a port is not
// used again while datagrams for its former owner are under way.
func (w *Wire) freePort(ip netip.Addr) uint16 {
	for range lastPort - firstPort + 1 {
		if w.port == lastPort {
			w.port = firstPort
		} else {
			w.port++
		}
		if w.conns[netip.AddrPortFrom(ip, w.port)] == nil {
			return w.port
		}
	}
	return 0
}

// Close closes all endpoints and drops what is under way. Closing again is
// harmless.
func (w *Wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, c := range w.conns {
		c.shut()
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	return nil
}

// SetConditions changes the conditions of all paths without their own, from
// now on. What is under way or queued keeps its time.
func (w *Wire) SetConditions(cond Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.cond = cond.checked()
}

// SetPath gives the direction between two addresses conditions of its own,
// from now on.
func (w *Wire) SetPath(from, to netip.AddrPort, cond Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.setPath(from, to, cond)
}

// ClearPath takes back SetPath.
func (w *Wire) ClearPath(from, to netip.AddrPort) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.clearPath(from, to)
}

// Inject lets a datagram arrive after a time, as if from another address. The
// conditions do not touch it.
func (w *Wire) Inject(from, to netip.AddrPort, datagram []byte, after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	now := time.Since(w.start)
	w.m.inject(now, from, to, datagram, after)
	w.pump(now)
}

// Tap adds an observer of all events. It is called under a lock and must not
// use the wire or its endpoints.
func (w *Wire) Tap(tap func(Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.taps = append(w.m.taps, tap)
}

// Now returns the time since NewWire.
func (w *Wire) Now() time.Duration { return time.Since(w.start) }

// Stats returns the totals since NewWire. A datagram is delivered when it is
// in the receive buffer of its endpoint.
func (w *Wire) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.m.stats
}

// pump delivers what is due and sets the timer for the rest.
func (w *Wire) pump(now time.Duration) {
	for {
		at, ok := w.m.tasks.next()
		if !ok {
			return
		}
		if at > now {
			w.arm(at, at-now)
			return
		}
		_, t := w.m.tasks.pop()
		w.deliver(now, t)
	}
}

func (w *Wire) deliver(now time.Duration, t *task) {
	c := w.conns[t.to]
	switch {
	case c == nil:
		w.m.arrive(now, Lost, CauseNoReceiver, t)
	case c.held+len(t.data) > c.limit:
		w.m.arrive(now, Lost, CauseBuffer, t)
	default:
		w.m.arrive(now, Delivered, CauseNone, t)
		c.accept(t)
		return
	}
	w.m.recycle(t)
}

// arm sets the timer, unless it is set for that time.
func (w *Wire) arm(at, wait time.Duration) {
	if w.armed && w.armedAt == at {
		return
	}
	w.armed, w.armedAt = true, at
	if w.timer == nil {
		w.timer = time.AfterFunc(wait, w.ring)
	} else {
		w.timer.Reset(wait)
	}
}

func (w *Wire) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.armed = false
	w.pump(time.Since(w.start))
}
