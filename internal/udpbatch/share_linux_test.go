package udpbatch

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func shared(t *testing.T, address string, n int) []*net.UDPConn {
	t.Helper()
	ua, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	socks, err := ListenShared(ua, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range socks {
		t.Cleanup(func() { s.Close() })
	}
	return socks
}

// What one remote sends comes in at one socket, whatever family it speaks, and
// every socket has its remotes.
func TestSocketsShareAPort(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", ":0"} {
		t.Run(address, func(t *testing.T) {
			socks := shared(t, address, 3)
			port := socks[0].LocalAddr().(*net.UDPAddr).AddrPort().Port()
			to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
			const remotes, each = 60, 3
			for range remotes {
				from := New(listen(t, "udp4", "127.0.0.1:0"))
				for range each {
					if lost, err := from.WriteBatch([]Message{{to, []byte("x")}}); lost > 0 {
						t.Fatal(err)
					}
				}
			}
			home := make(map[netip.AddrPort]int)
			total := 0
			for i, s := range socks {
				c := New(s)
				c.SetReadDeadline(time.Unix(1, 0)) // what is there comes all the same
				took := 0
				for {
					ms, err := c.ReadBatch()
					if err != nil {
						break
					}
					for _, m := range ms {
						if at, known := home[m.Addr]; known && at != i {
							t.Errorf("%v came in at sockets %d and %d", m.Addr, at, i)
						}
						home[m.Addr] = i
						took++
					}
				}
				if took == 0 {
					t.Errorf("socket %d got nothing of %d remotes", i, remotes)
				}
				total += took
			}
			if total != remotes*each {
				t.Errorf("%d datagrams came in, want %d", total, remotes*each)
			}
		})
	}
}

// A port that is taken is not shared with strangers, either way round.
func TestASharedPortIsTaken(t *testing.T) {
	socks := shared(t, "127.0.0.1:0", 2)
	at := socks[0].LocalAddr().(*net.UDPAddr)
	if other, err := ListenShared(at, 2); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("sharing a shared port: %d sockets, %v", len(other), err)
	}
	if other, err := net.ListenUDP("udp4", at); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a single socket on a shared port: %v, %v", other, err)
	}
	single := listen(t, "udp4", "127.0.0.1:0")
	if other, err := ListenShared(single.LocalAddr().(*net.UDPAddr), 2); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("sharing a single socket's port: %d sockets, %v", len(other), err)
	}
}
