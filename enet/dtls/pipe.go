package dtls

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// pipeDatagrams is how many datagrams wait for the library; more are lost.
const pipeDatagrams = 64

// pipe is the socket that the library sees: what the guard lets through goes
// in, what the library sends goes to send.
type pipe struct {
	addr net.Addr
	in   chan []byte
	send func([]byte)

	mu     sync.Mutex
	passed chan struct{} // closed while the read deadline has passed
	past   bool

	shut   sync.Once
	closed chan struct{}
}

func newPipe(addr netip.AddrPort, send func([]byte)) *pipe {
	return &pipe{
		addr: net.UDPAddrFromAddrPort(addr), in: make(chan []byte, pipeDatagrams), send: send,
		passed: make(chan struct{}), closed: make(chan struct{}),
	}
}

// put takes a datagram, which must not change any more.
func (p *pipe) put(datagram []byte) {
	select {
	case p.in <- datagram:
	default:
	}
}

// ReadFrom implements net.PacketConn.
func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	p.mu.Lock()
	passed := p.passed
	p.mu.Unlock()
	select {
	case <-p.closed:
		return 0, nil, net.ErrClosed
	case <-passed:
		return 0, nil, os.ErrDeadlineExceeded
	case datagram := <-p.in:
		return copy(b, datagram), p.addr, nil
	}
}

// WriteTo implements net.PacketConn.
func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.send(b)
	return len(b), nil
}

// SetReadDeadline implements net.PacketConn. The library sets it to the past,
// to end a read, and to never.
func (p *pipe) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch past := !t.IsZero() && !t.After(time.Now()); {
	case past && !p.past:
		close(p.passed)
		p.past = true
	case !past && p.past:
		p.passed = make(chan struct{})
		p.past = false
	}
	return nil
}

// SetWriteDeadline implements net.PacketConn; a write never waits.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.PacketConn.
func (p *pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// LocalAddr implements net.PacketConn; nobody asks for it.
func (p *pipe) LocalAddr() net.Addr { return p.addr }

// Close implements net.PacketConn.
func (p *pipe) Close() error {
	p.shut.Do(func() { close(p.closed) })
	return nil
}
