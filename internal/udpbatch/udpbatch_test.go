package udpbatch

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// conns gives each way of moving datagrams that this system has.
func conns(t *testing.T, f func(t *testing.T, wrap func(*net.UDPConn) Conn)) {
	t.Helper()
	ways := map[string]func(*net.UDPConn) Conn{
		"the system's best": func(c *net.UDPConn) Conn { return New(c) },
		"one UDP datagram per call": func(c *net.UDPConn) Conn {
			return &udpConn{UDPConn: c, buf: make([]byte, bufferSize), one: make([]Message, 1)}
		},
		"quiet, where the system can": func(c *net.UDPConn) Conn {
			conn := New(c)
			if q, ok := conn.(Quieter); ok && q.Quiet(true) {
				t.Cleanup(func() { conn.Close() }) // c is closed already
			}
			return conn
		},
		"any PacketConn": func(c *net.UDPConn) Conn { return New(struct{ net.PacketConn }{c}) },
	}
	for name, wrap := range ways {
		t.Run(name, func(t *testing.T) { f(t, wrap) })
	}
}

func listen(t testing.TB, network, addr string) *net.UDPConn {
	t.Helper()
	a, err := net.ResolveUDPAddr(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP(network, a)
	if err != nil {
		t.Skipf("no %s here: %v", network, err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// collect reads n datagrams.
func collect(t testing.TB, c Conn, n int) (got []Message) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	for len(got) < n {
		ms, err := c.ReadBatch()
		if err != nil {
			t.Fatalf("after %d of %d datagrams: %v", len(got), n, err)
		}
		for _, m := range ms {
			got = append(got, Message{m.Addr, bytes.Clone(m.Data)})
		}
	}
	return got
}

func TestDatagramsArriveWholeAndFromTheRightAddress(t *testing.T) {
	for _, tt := range []struct{ name, network, listen, to string }{
		{"IPv4", "udp4", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "udp6", "[::1]:0", "::1"},
		{"IPv4 through a dual-stack socket", "udp", "[::]:0", "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
				a := wrap(listen(t, tt.network, tt.listen))
				b := wrap(listen(t, tt.network, tt.listen))
				port := func(c Conn) uint16 { return c.LocalAddr().(*net.UDPAddr).AddrPort().Port() }
				to := netip.AddrPortFrom(netip.MustParseAddr(tt.to), port(b))
				var send []Message
				for i := range 101 {
					send = append(send, Message{to, bytes.Repeat([]byte{byte(i)}, i%7*200)})
				}
				if lost, err := a.WriteBatch(send); lost > 0 {
					t.Fatalf("%d lost: %v", lost, err)
				}
				for i, m := range collect(t, b, len(send)) {
					if !bytes.Equal(m.Data, send[i].Data) {
						t.Fatalf("datagram %d has %d bytes, want %d", i, len(m.Data), len(send[i].Data))
					}
					if want := netip.AddrPortFrom(netip.MustParseAddr(tt.to), port(a)); m.Addr != want {
						t.Fatalf("datagram %d is from %v, want %v", i, m.Addr, want)
					}
				}
			})
		})
	}
}

func TestALongDatagramIsSeenToBeTooLong(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		a, b := wrap(listen(t, "udp4", "127.0.0.1:0")), wrap(listen(t, "udp4", "127.0.0.1:0"))
		to := b.LocalAddr().(*net.UDPAddr).AddrPort()
		a.WriteBatch([]Message{{to, make([]byte, 60000)}, {to, make([]byte, MaxSize)}, {to, nil}})
		got := collect(t, b, 3)
		if len(got[0].Data) <= MaxSize || len(got[1].Data) != MaxSize || len(got[2].Data) != 0 {
			t.Errorf("lengths %d, %d, %d", len(got[0].Data), len(got[1].Data), len(got[2].Data))
		}
	})
}

func TestAnErrorConcernsOneDatagram(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		a, b := wrap(listen(t, "udp4", "127.0.0.1:0")), wrap(listen(t, "udp4", "127.0.0.1:0"))
		to := b.LocalAddr().(*net.UDPAddr).AddrPort()
		lost, err := a.WriteBatch([]Message{
			{to, []byte("1")},
			{netip.AddrPortFrom(to.Addr(), 0), []byte("to port 0")},
			{to, []byte("2")},
		})
		if lost != 1 || err == nil {
			t.Errorf("%d lost, error %v; want 1 and an error", lost, err)
		}
		if got := collect(t, b, 2); string(got[0].Data)+string(got[1].Data) != "12" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDeadlineAndCloseEndAWaitingRead(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		c := wrap(listen(t, "udp4", "127.0.0.1:0"))
		errs := make(chan error)
		read := func() { _, err := c.ReadBatch(); errs <- err }
		go read()
		c.SetReadDeadline(time.Unix(1, 0))
		if err := <-errs; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after the deadline: %v", err)
		}
		c.SetReadDeadline(time.Time{})
		go read()
		c.Close()
		if err := <-errs; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestAnAddressOfTheOtherFamilyIsLost(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		a, b := wrap(listen(t, "udp4", "127.0.0.1:0")), wrap(listen(t, "udp4", "127.0.0.1:0"))
		to := b.LocalAddr().(*net.UDPAddr).AddrPort()
		lost, err := a.WriteBatch([]Message{
			{netip.AddrPortFrom(netip.IPv6Loopback(), to.Port()), []byte("astray")},
			{to, []byte("1")},
		})
		if lost != 1 || err == nil {
			t.Errorf("%d lost, error %v", lost, err)
		}
		if got := collect(t, b, 1); string(got[0].Data) != "1" {
			t.Errorf("got %q", got)
		}
	})
}

// foreignConn is a PacketConn with addresses of its own.
type foreignConn struct{ net.PacketConn }

func (foreignConn) ReadFrom([]byte) (int, net.Addr, error) {
	return 1, &net.UnixAddr{Name: "x", Net: "unixgram"}, nil
}

func TestAddressesThatAreNotUDPAreAnError(t *testing.T) {
	if _, err := New(foreignConn{}).ReadBatch(); err == nil {
		t.Error("no error")
	}
}

func TestCanonicalAddressesArePlain(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		c := wrap(listen(t, "udp4", "127.0.0.1:0"))
		for in, want := range map[string]string{
			"[::ffff:10.0.0.1]:7":  "10.0.0.1:7",
			"10.0.0.1:7":           "10.0.0.1:7",
			"[2001:db8::1]:7":      "[2001:db8::1]:7",
			"[fe80::1%nowhere]:7":  "[fe80::1%nowhere]:7",
			"[fe80::1%99999999]:7": "[fe80::1%99999999]:7",
		} {
			if got := c.Canonical(netip.MustParseAddrPort(in)); got.String() != want {
				t.Errorf("%s: %v, want %s", in, got, want)
			}
		}
	})
}

// The name and the number of an interface are the same zone, and what arrives
// from there has that form too.
func TestZonesHaveOneForm(t *testing.T) {
	ip, ifi := linkLocal(t)
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		at := netip.AddrPortFrom(ip.WithZone(ifi.Name), 0).String()
		a, b := wrap(listen(t, "udp6", at)), wrap(listen(t, "udp6", at))
		port := func(c Conn) uint16 { return c.LocalAddr().(*net.UDPAddr).AddrPort().Port() }
		for _, zone := range []string{ifi.Name, strconv.Itoa(ifi.Index)} {
			to := a.Canonical(netip.AddrPortFrom(ip.WithZone(zone), port(b)))
			if lost, err := a.WriteBatch([]Message{{to, []byte("x")}}); lost > 0 {
				t.Fatalf("to %v: %v", to, err)
			}
			from := collect(t, b, 1)[0].Addr
			if want := b.Canonical(netip.AddrPortFrom(ip.WithZone(zone), port(a))); from != want {
				t.Errorf("from %v, want %v", from, want)
			}
		}
	})
}

// linkLocal finds an address that needs a zone.
func linkLocal(t *testing.T) (netip.Addr, net.Interface) {
	t.Helper()
	ifs, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range ifs {
		addrs, _ := ifi.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr(), ifi
			}
		}
	}
	t.Skip("no interface here has a link-local address")
	panic("unreachable")
}

// One goroutine reads, one writes and others move the deadline, while garbage
// is collected: nothing that the kernel is to read or write may go.
func TestReadingWritingAndDeadlinesTogether(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		c := wrap(listen(t, "udp4", "127.0.0.1:0"))
		to := c.LocalAddr().(*net.UDPAddr).AddrPort()
		const rounds = 300
		stop := make(chan struct{})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						c.SetReadDeadline(time.Now().Add(time.Duration(i%3-1) * time.Millisecond))
						if i%50 == 0 {
							runtime.GC()
						}
					}
				}
			})
		}
		all.Go(func() {
			defer close(stop)
			for i := range rounds {
				var ms []Message
				for k := range i % 40 {
					ms = append(ms, Message{to, bytes.Repeat([]byte{byte(k)}, 1+k*10)})
				}
				if lost, err := c.WriteBatch(ms); lost > 0 {
					t.Errorf("%d lost: %v", lost, err)
				}
			}
		})
		for done := false; !done; {
			ms, err := c.ReadBatch()
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			for _, m := range ms {
				if want := bytes.Repeat(m.Data[:1], 1+int(m.Data[0])*10); m.Addr != to || !bytes.Equal(m.Data, want) {
					t.Fatalf("%d bytes from %v: % x...", len(m.Data), m.Addr, m.Data[:1])
				}
			}
			select {
			case <-stop:
				done = true
			default:
			}
		}
		all.Wait()
	})
}

func TestCloseEndsWriting(t *testing.T) {
	conns(t, func(t *testing.T, wrap func(*net.UDPConn) Conn) {
		c := wrap(listen(t, "udp4", "127.0.0.1:0"))
		to := c.LocalAddr().(*net.UDPAddr).AddrPort()
		ms := make([]Message, 100)
		for i := range ms {
			ms[i] = Message{to, []byte("x")}
		}
		begun := make(chan struct{})
		ended := make(chan error)
		go func() {
			for i := 0; ; i++ {
				if lost, err := c.WriteBatch(ms); errors.Is(err, net.ErrClosed) {
					if lost == 0 {
						err = errors.New("nothing was lost")
					}
					ended <- err
					return
				}
				if i == 0 {
					close(begun)
				}
			}
		}()
		<-begun
		c.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if lost, err := c.WriteBatch(ms); lost != len(ms) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("%d lost, %v", lost, err)
		}
	})
}

func TestNothingIsAllocatedPerBatch(t *testing.T) {
	a, b := New(listen(t, "udp4", "127.0.0.1:0")), New(listen(t, "udp4", "127.0.0.1:0"))
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	ms := []Message{{to, make([]byte, 100)}, {to, make([]byte, 100)}}
	b.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n := testing.AllocsPerRun(200, func() {
		a.WriteBatch(ms)
		for n := 0; n < len(ms); {
			got, err := b.ReadBatch()
			if err != nil {
				t.Fatal(err)
			}
			n += len(got)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkBatch moves full batches of 100 bytes over loopback.
func BenchmarkBatch(b *testing.B) {
	for _, way := range []struct {
		name string
		wrap func(*net.UDPConn) Conn
	}{
		{"the system's best", func(c *net.UDPConn) Conn { return New(c) }},
		{"one datagram per call", func(c *net.UDPConn) Conn {
			return &udpConn{UDPConn: c, buf: make([]byte, bufferSize), one: make([]Message, 1)}
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			from, to := way.wrap(listen(b, "udp4", "127.0.0.1:0")), way.wrap(listen(b, "udp4", "127.0.0.1:0"))
			ms := make([]Message, 32)
			for i := range ms {
				ms[i] = Message{to.LocalAddr().(*net.UDPAddr).AddrPort(), make([]byte, 100)}
			}
			b.ReportAllocs()
			for b.Loop() {
				if lost, err := from.WriteBatch(ms); lost > 0 {
					b.Fatal(err)
				}
				for n := 0; n < len(ms); {
					got, err := to.ReadBatch()
					if err != nil {
						b.Fatal(err)
					}
					n += len(got)
				}
			}
			b.ReportMetric(float64(b.N*len(ms))/b.Elapsed().Seconds(), "datagrams/s")
		})
	}
}
