package simnet

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// DefaultReadBuffer is how many bytes of datagrams a Conn holds for its reader
// unless [Conn.SetReadBuffer] says otherwise. What arrives beyond is lost.
const DefaultReadBuffer = 1 << 20

// Conn is an endpoint of a [Wire]. It behaves like a *net.UDPConn that is not
// connected, and may be used by several goroutines at once. Errors are
// *net.OpError values that wrap net.ErrClosed or os.ErrDeadlineExceeded.
type Conn struct {
	wire *Wire
	addr netip.AddrPort

	// All below is under the lock of the wire.

	arrived *sync.Cond
	inbox   fifo[*task]
	held    int // bytes in inbox
	limit   int
	last    *path // of the last datagram, likely that of the next
	closed  bool

	readTimer     *time.Timer
	readPassed    bool // the read deadline has passed
	readEpoch     int  // tells the timer of a deadline from its followers
	writeDeadline time.Time
}

var _ net.PacketConn = (*Conn)(nil)

func newConn(w *Wire, addr netip.AddrPort) *Conn {
	return &Conn{wire: w, addr: addr, arrived: sync.NewCond(&w.mu), limit: DefaultReadBuffer}
}

// ReadFromUDPAddrPort waits for a datagram and copies it to b. What does not
// fit is cut off without an error.
func (c *Conn) ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error) {
	w := c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, netip.AddrPort{}, c.fail("read", nil, net.ErrClosed)
		case c.readPassed:
			return 0, netip.AddrPort{}, c.fail("read", nil, os.ErrDeadlineExceeded)
		case c.inbox.len() > 0:
			t := c.inbox.pop()
			c.held -= len(t.data)
			n, from = copy(b, t.data), t.from
			w.m.recycle(t)
			return n, from, nil
		}
		c.arrived.Wait()
	}
}

// ReadFrom is ReadFromUDPAddrPort for net.PacketConn. The address is a
// *net.UDPAddr.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteToUDPAddrPort sends a datagram. It never blocks, and like UDP it has no
// error for a datagram that is lost. Only one above MaxDatagram is refused.
func (c *Conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	to = canonical(to)
	w := c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.closed:
		return 0, c.fail("write", net.UDPAddrFromAddrPort(to), net.ErrClosed)
	case !c.writeDeadline.IsZero() && !time.Now().Before(c.writeDeadline):
		return 0, c.fail("write", net.UDPAddrFromAddrPort(to), os.ErrDeadlineExceeded)
	case !to.IsValid() || to.Port() == 0:
		return 0, c.fail("write", net.UDPAddrFromAddrPort(to), errNoAddress)
	case len(b) > MaxDatagram:
		return 0, c.fail("write", net.UDPAddrFromAddrPort(to), errTooLong)
	}
	if c.last == nil || c.last.to != to {
		c.last = w.m.path(c.addr, to)
	}
	now := time.Since(w.start)
	w.m.send(now, c.last, b)
	w.pump(now)
	return len(b), nil
}

// WriteTo is WriteToUDPAddrPort for net.PacketConn. The address must be a
// *net.UDPAddr.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok || udp == nil {
		return 0, c.fail("write", to, errNoAddress)
	}
	return c.WriteToUDPAddrPort(b, udp.AddrPort())
}

var (
	errNoAddress = errors.New("simnet: not the address of a UDP endpoint")
	errTooLong   = errors.New("simnet: message too long")
)

// Close closes the endpoint and wakes its readers. Closing again is an error,
// net.ErrClosed. The address is free at once, and what the endpoint sent is
// still delivered.
func (c *Conn) Close() error {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	if c.closed {
		return c.fail("close", nil, net.ErrClosed)
	}
	c.shut()
	return nil
}

// LocalAddr returns the address of the endpoint, a *net.UDPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

// SetReadBuffer bounds the bytes of datagrams held for the reader.
func (c *Conn) SetReadBuffer(bytes int) error {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	if c.closed {
		return c.fail("set", nil, net.ErrClosed)
	}
	c.limit = bytes
	return nil
}

// accept puts a datagram into the receive buffer.
func (c *Conn) accept(t *task) {
	c.inbox.push(t)
	c.held += len(t.data)
	c.arrived.Signal()
}

// shut is Close under the lock.
func (c *Conn) shut() {
	c.closed = true
	c.stopReadTimer()
	for c.inbox.len() > 0 {
		c.wire.m.recycle(c.inbox.pop())
	}
	delete(c.wire.conns, c.addr)
	c.arrived.Broadcast()
}

func (c *Conn) fail(op string, to net.Addr, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.LocalAddr(), Addr: to, Err: err}
}
