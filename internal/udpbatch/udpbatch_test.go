package udpbatch

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

// conns gives each way of moving datagrams that this system has.
func conns(t *testing.T, f func(t *testing.T, wrap func(*net.UDPConn) Conn)) {
	ways := map[string]func(*net.UDPConn) Conn{
		"the system's best": func(c *net.UDPConn) Conn { return New(c) },
		"one UDP datagram per call": func(c *net.UDPConn) Conn {
			return &udpConn{UDPConn: c, buf: make([]byte, bufferSize), one: make([]Message, 1)}
		},
		"any PacketConn": func(c *net.UDPConn) Conn { return New(struct{ net.PacketConn }{c}) },
	}
	for name, wrap := range ways {
		t.Run(name, func(t *testing.T) { f(t, wrap) })
	}
}

func listen(t *testing.T, network, addr string) *net.UDPConn {
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
func collect(t *testing.T, c Conn, n int) (got []Message) {
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
				for i := range 3*Batch + 5 {
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
