// Package udpbatch reads and writes datagrams many at a time: many per system
// call where the system can (Linux), one per call elsewhere, behind the same
// interface.
//
// A Conn has one reader and one writer at a time; the two may be different
// goroutines.
package udpbatch

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Message is a datagram and its remote address. IPv4 addresses are plain, not
// mapped into IPv6, whatever the socket.
type Message struct {
	Addr netip.AddrPort
	Data []byte
}

// MaxSize is the largest datagram that is read in full. A longer one arrives
// cut to more than this, so that it can be told apart.
const MaxSize = 4096

// bufferSize leaves room to see that a datagram was too long.
const bufferSize = MaxSize + 4

// Conn moves datagrams through a socket.
type Conn interface {
	// ReadBatch waits for a datagram and gives what is there, at most Batch()
	// messages. They are valid until the next call. It fails with
	// os.ErrDeadlineExceeded at the read deadline and with net.ErrClosed once
	// the socket is closed; other errors concern single datagrams. With many
	// datagrams per system call, what is there comes even after the deadline.
	ReadBatch() ([]Message, error)

	// Batch is the most messages that ReadBatch gives. Fewer mean that it has
	// read the socket empty.
	Batch() int

	// WriteBatch sends the messages. What the system does not take is lost, as
	// datagrams may be. With many datagrams per system call it never waits for
	// room; otherwise it does as the socket does. It returns how many were
	// lost to an error and the first such error.
	WriteBatch([]Message) (lost int, err error)

	// SetReadDeadline ends a waiting ReadBatch at t; the zero time means
	// never. It may be called from any goroutine.
	SetReadDeadline(t time.Time) error

	// Canonical gives an address the form in which ReadBatch reports it: plain
	// IPv4, and one name for each zone of link-local addresses.
	Canonical(netip.AddrPort) netip.AddrPort

	LocalAddr() net.Addr
	Close() error
}

// Quieter is a Conn that can wait for datagrams without being woken by each
// one.
type Quieter interface {
	// Quiet makes the socket quiet, or ends that, and says whether it is quiet
	// now. A quiet socket takes a thread while it waits. It is called by the
	// reader while nobody writes, and may end the next ReadBatch as a deadline
	// does.
	Quiet(on bool) bool

	// Pause lets a quiet socket's reader sleep for d, until the read deadline
	// if that is sooner or becomes sooner, whatever comes in. On another socket
	// it does nothing.
	Pause(d time.Duration)
}

// New wraps a socket with the best way of moving datagrams that the system
// has for it. The Conn owns the socket.
func New(pc net.PacketConn) Conn {
	if uc, ok := pc.(*net.UDPConn); ok {
		if c := newSystem(uc); c != nil {
			return c
		}
		return &udpConn{UDPConn: uc, buf: make([]byte, bufferSize), one: make([]Message, 1)}
	}
	return &packetConn{PacketConn: pc, buf: make([]byte, bufferSize), one: make([]Message, 1)}
}

// udpConn moves one datagram per call.
type udpConn struct {
	*net.UDPConn
	buf []byte
	one []Message
}

func (c *udpConn) ReadBatch() ([]Message, error) {
	n, from, err := c.ReadFromUDPAddrPort(c.buf)
	if err != nil {
		return nil, err
	}
	c.one[0] = Message{unmap(from), c.buf[:n]}
	return c.one, nil
}

// Batch implements Conn.
func (c *udpConn) Batch() int { return 1 }

// Canonical implements Conn.
func (c *udpConn) Canonical(a netip.AddrPort) netip.AddrPort { return named(a) }

func (c *udpConn) WriteBatch(ms []Message) (lost int, err error) {
	return writeEach(ms, func(m Message) error {
		_, err := c.WriteToUDPAddrPort(m.Data, m.Addr)
		return err
	})
}

// packetConn moves one datagram per call through any PacketConn whose
// addresses are those of UDP.
type packetConn struct {
	net.PacketConn
	buf []byte
	one []Message
}

func (c *packetConn) ReadBatch() ([]Message, error) {
	n, from, err := c.ReadFrom(c.buf)
	if err != nil {
		return nil, err
	}
	ua, ok := from.(*net.UDPAddr)
	if !ok {
		return nil, errors.New("address of a datagram is not a UDP address: " + from.Network())
	}
	c.one[0] = Message{unmap(ua.AddrPort()), c.buf[:n]}
	return c.one, nil
}

// Batch implements Conn.
func (c *packetConn) Batch() int { return 1 }

// Canonical implements Conn.
func (c *packetConn) Canonical(a netip.AddrPort) netip.AddrPort { return named(a) }

func (c *packetConn) WriteBatch(ms []Message) (lost int, err error) {
	return writeEach(ms, func(m Message) error {
		_, err := c.WriteTo(m.Data, net.UDPAddrFromAddrPort(m.Addr))
		return err
	})
}

func writeEach(ms []Message, write func(Message) error) (lost int, first error) {
	for _, m := range ms {
		if err := write(m); err != nil {
			lost++
			if first == nil {
				first = err
			}
		}
	}
	return lost, first
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// named is unmap with the zone as package net reports it: the interface's
// name, if there is one.
func named(a netip.AddrPort) netip.AddrPort {
	ip := a.Addr().Unmap()
	if id, err := strconv.Atoi(ip.Zone()); err == nil {
		if ifi, err := net.InterfaceByIndex(id); err == nil {
			ip = ip.WithZone(ifi.Name)
		}
	}
	return netip.AddrPortFrom(ip, a.Port())
}
