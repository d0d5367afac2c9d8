package dtls_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

var (
	serverAddr = netip.MustParseAddrPort("10.0.0.1:7000")
	clientAddr = netip.MustParseAddrPort("10.0.0.2:7000")
	muleAddr   = netip.MustParseAddrPort("10.0.0.9:9")
)

// world is a virtual network in virtual time, with a server whose socket a
// test can forge datagrams at.
type world struct {
	t      *testing.T
	wire   *simnet.Wire
	tap    *tap
	server *enet.Host
	mule   net.PacketConn
	guard  enet.Guard // the server's, if it encrypts
}

// spied is a Security whose guard a test can look at.
type spied struct {
	enet.Security
	w *world
}

func (s *spied) Guard(out *enet.Outlet, name string) (g enet.Guard, err error) {
	g, err = s.Security.Guard(out, name)
	s.w.guard = g
	return g, err
}

// virtually runs f in a world.
func virtually(t *testing.T, cond simnet.Conditions, s enet.Security, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, wire: simnet.NewWire(1, cond)}
		t.Cleanup(func() { w.wire.Close() })
		w.tap = &tap{PacketConn: w.socket(serverAddr), got: map[netip.AddrPort]int{}, sent: map[netip.AddrPort]int{}, last: map[netip.AddrPort][]byte{}}
		w.mule = w.socket(muleAddr)
		w.wire.SetPath(muleAddr, serverAddr, simnet.Conditions{})
		if s != nil {
			s = &spied{s, w}
		}
		w.server = w.host(w.tap, s)
		f(t, w)
	})
}

func (w *world) socket(addr netip.AddrPort) net.PacketConn {
	w.t.Helper()
	conn, err := w.wire.Listen(addr)
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}

func (w *world) host(conn net.PacketConn, s enet.Security) *enet.Host {
	w.t.Helper()
	h, err := enet.NewHost(conn, &enet.Config{Security: s})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { h.Close() })
	return h
}

// connect makes a client at an address and connects it.
func (w *world) connect(addr netip.AddrPort, s enet.Security) (client *enet.Host, theirs, ours *enet.Peer) {
	w.t.Helper()
	client = w.host(w.socket(addr), s)
	theirs, err := client.Connect(serverAddr, 2, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	expect(w.t, client, enet.EventConnect)
	return client, theirs, expect(w.t, w.server, enet.EventConnect).Peer
}

// forge has the server receive a datagram from an address.
func (w *world) forge(from netip.AddrPort, datagram []byte) {
	w.t.Helper()
	ip := from.Addr().As4()
	b := binary.BigEndian.AppendUint16(ip[:], from.Port())
	if _, err := w.mule.WriteTo(append(b, datagram...), net.UDPAddrFromAddrPort(serverAddr)); err != nil {
		w.t.Fatal(err)
	}
}

// elapse lets virtual time pass, and everything happen that is due until then.
func elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// tap is a socket that takes what the mule brings for what others have sent,
// and counts.
type tap struct {
	net.PacketConn
	mu        sync.Mutex
	got, sent map[netip.AddrPort]int // bytes by address
	last      map[netip.AddrPort][]byte
	lose      func([]byte) bool // what the server sends
	drop      func([]byte) bool // and receives
}

func (p *tap) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.PacketConn.ReadFrom(b)
	if err != nil {
		return n, from, err
	}
	addr := from.(*net.UDPAddr).AddrPort()
	if addr == muleAddr && n >= 6 {
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), binary.BigEndian.Uint16(b[4:]))
		n = copy(b, b[6:n])
	}
	p.mu.Lock()
	p.got[addr] += n
	dropped := p.drop != nil && p.drop(b[:n])
	p.mu.Unlock()
	if dropped {
		n = 0
	}
	return n, net.UDPAddrFromAddrPort(addr), nil
}

func (p *tap) WriteTo(b []byte, to net.Addr) (int, error) {
	addr := to.(*net.UDPAddr).AddrPort()
	p.mu.Lock()
	p.sent[addr] += len(b)
	p.last[addr] = append([]byte(nil), b...)
	lost := p.lose != nil && p.lose(b)
	p.mu.Unlock()
	if lost {
		return len(b), nil
	}
	return p.PacketConn.WriteTo(b, to)
}

// setDrop changes what the server does not receive.
func (p *tap) setDrop(f func([]byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop = f
}

// with gives what the server has got from an address and sent to it.
func (p *tap) with(addr netip.AddrPort) (got, sent int, last []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got[addr], p.sent[addr], p.last[addr]
}
