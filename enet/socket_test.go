package enet_test

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

func TestListenSaysWhyItCannot(t *testing.T) {
	h := listen(t, nil)
	addr := h.LocalAddr().String()
	_, err := enet.Listen(addr, nil)
	if !errors.Is(err, syscall.EADDRINUSE) && runtime.GOOS != "windows" {
		t.Errorf("port in use: %v", err)
	}
	if want := "enet: listen udp " + addr + ": bind: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("port in use: %v, want %s...", err, want)
	}
	for _, addr := range []string{"127.0.0.1", "127.0.0.1:x", "name.invalid:1"} {
		if _, err := enet.Listen(addr, nil); err == nil || !strings.HasPrefix(err.Error(), "enet: listen on \""+addr) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// exchange makes a connection over real sockets and sends a message each way.
func exchange(t *testing.T, server *enet.Host, client *enet.Host, to netip.AddrPort) (s, c *enet.Peer) {
	t.Helper()
	c = connect(t, client, to)
	expect(t, client, enet.EventConnect)
	s = expect(t, server, enet.EventConnect).Peer
	send(t, c, "question")
	expectData(t, server, "question")
	send(t, s, "answer")
	expectData(t, client, "answer")
	return s, c
}

func open(t *testing.T, address string) *enet.Host {
	t.Helper()
	h, err := enet.Listen(address, nil)
	if err != nil {
		t.Skipf("no such address here: %v", err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestIPv6AndDualStack(t *testing.T) {
	four, six := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	for _, tt := range []struct {
		name           string
		server, client string
		to             netip.Addr
	}{
		{"IPv6", "[::1]:0", "[::1]:0", six},
		{"IPv6 to a server on all addresses", ":0", "[::1]:0", six},
		{"IPv4 to a server on all addresses", ":0", "127.0.0.1:0", four},
		{"IPv4 from a client on all addresses", "127.0.0.1:0", ":0", four},
		{"IPv4 written as IPv6", "127.0.0.1:0", ":0", netip.AddrFrom16(four.As16())},
		{"all addresses at both ends", ":0", ":0", six},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, client := open(t, tt.server), open(t, tt.client)
			s, c := exchange(t, server, client, netip.AddrPortFrom(tt.to, server.LocalAddr().Port()))
			want := netip.AddrPortFrom(tt.to.Unmap(), server.LocalAddr().Port())
			if c.RemoteAddr() != want {
				t.Errorf("the server is at %v, want %v", c.RemoteAddr(), want)
			}
			want = netip.AddrPortFrom(tt.to.Unmap(), client.LocalAddr().Port())
			if s.RemoteAddr() != want {
				t.Errorf("the client is at %v, want %v", s.RemoteAddr(), want)
			}
		})
	}
}

// linkLocal finds an address that needs a zone.
func linkLocal(t *testing.T) (netip.Addr, *net.Interface) {
	t.Helper()
	ifs, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range ifs {
		addrs, _ := ifi.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr(), &ifi
			}
		}
	}
	t.Skip("no interface here has a link-local address")
	panic("unreachable")
}

// A zone has a name and a number; both lead to the same peer.
func TestLinkLocalAddresses(t *testing.T) {
	ip, ifi := linkLocal(t)
	for name, zone := range map[string]string{"by name": ifi.Name, "by number": strconv.Itoa(ifi.Index)} {
		t.Run(name, func(t *testing.T) {
			server := open(t, "["+ip.WithZone(ifi.Name).String()+"]:0")
			client := open(t, ":0")
			exchange(t, server, client, netip.AddrPortFrom(ip.WithZone(zone), server.LocalAddr().Port()))
		})
	}
}

func TestAnAddressOfTheOtherFamilyGoesNowhere(t *testing.T) {
	server := listen(t, nil)
	client := listen(t, nil)
	// An IPv4 socket has no way to ::1, least of all to its own port.
	connect(t, client, netip.AddrPortFrom(netip.IPv6Loopback(), server.LocalAddr().Port()))
	for client.Stats().SendErrors == 0 {
		runtime.Gosched()
	}
	exchange(t, server, client, server.LocalAddr())
	if n := server.Stats().Connects; n != 1 {
		t.Errorf("%d requests to connect, want that of the other connection", n)
	}
}

// Datagrams that no peer would send are counted, and nothing else happens.
func TestStrayDatagramsThroughARealSocket(t *testing.T) {
	server := listen(t, nil)
	stray, err := net.Dial("udp4", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stray.Close()
	for _, b := range [][]byte{nil, {0}, make([]byte, 4097), make([]byte, 60000), []byte("GET / HTTP/1.1\r\n\r\n"), {0x8f, 0xff, 0, 0}} {
		for range 3 {
			if _, err := stray.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	exchange(t, server, listen(t, nil), server.LocalAddr())
	s := server.Stats()
	if s.DropShort != 6 || s.DropOversize != 6 || s.DropUnknown != 3 || s.Malformed != 3 {
		t.Errorf("short %d, oversize %d, unknown %d, malformed %d; want 6, 6, 3, 3", s.DropShort, s.DropOversize, s.DropUnknown, s.Malformed)
	}
}

func TestDatagramsOfImpossibleSources(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		before := d.server.Stats()
		for _, from := range []string{"10.0.0.2:0", "224.0.0.1:7", "255.255.255.255:7", "0.0.0.0:7"} {
			w.Inject(netip.MustParseAddrPort(from), serverAddr, []byte{0x8f, 0xff, 0, 0, 0x82}, 0)
		}
		elapse(100 * ms)
		s := d.server.Stats()
		if got := s.DropSource - before.DropSource; got != 4 {
			t.Errorf("%d datagrams dropped for their source, want 4", got)
		}
		send(t, d.c, "hello")
		expectData(t, d.server, "hello")
	})
}

// failingConn is a PacketConn that cannot send to one address.
type failingConn struct {
	net.PacketConn
	mu  sync.Mutex
	bad netip.AddrPort
}

var errNoRoute = errors.New("no route to host")

func (c *failingConn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.(*net.UDPAddr).AddrPort() == c.bad {
		return 0, errNoRoute
	}
	return c.PacketConn.WriteTo(b, to)
}

func TestASendErrorConcernsOnePeer(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		inner, err := w.Listen(serverAddr)
		if err != nil {
			t.Fatal(err)
		}
		conn := &failingConn{PacketConn: inner}
		server, err := enet.NewHost(conn, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		var clients []*enet.Host
		var peers []*enet.Peer
		for i := range uint16(3) {
			c := on(t, w, netip.AddrPortFrom(clientAddr.Addr(), 1+i), nil)
			connect(t, c, serverAddr)
			expect(t, c, enet.EventConnect)
			clients = append(clients, c)
			peers = append(peers, expect(t, server, enet.EventConnect).Peer)
		}
		conn.mu.Lock()
		conn.bad = peers[1].RemoteAddr()
		conn.mu.Unlock()
		for i := range 20 {
			if n := server.Broadcast(0, []byte{byte(i)}, enet.Reliable); n != 3 {
				t.Fatalf("%d peers took it", n)
			}
			for _, c := range []*enet.Host{clients[0], clients[2]} {
				expectData(t, c, string([]byte{byte(i)}))
			}
		}
		if n := server.Stats().SendErrors; n == 0 {
			t.Error("no send error is counted")
		}
		if ev := expectEnd(t, server, enet.ReasonTimeout, 0); ev.Peer != peers[1] {
			t.Error("another peer than the one that cannot be reached is gone")
		}
		quiet(t, server, 10*time.Second)
	})
}
