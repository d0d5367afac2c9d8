package enet_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// crossing is hosts of a group whose handlers send what comes in at one to the
// peers of all.
type crossing struct {
	mu     sync.Mutex
	peers  []*enet.Peer
	joined chan struct{}
}

func newCrossing() *crossing { return &crossing{joined: make(chan struct{}, 1000)} }

func (x *crossing) handle(ev enet.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch ev.Type {
	case enet.EventConnect:
		x.peers = append(x.peers, ev.Peer)
		x.joined <- struct{}{}
	case enet.EventReceive:
		for _, p := range x.peers {
			if p != ev.Peer {
				p.SendPacket(ev.Channel, ev.Packet, ev.Flags)
			}
		}
		ev.Packet.Release()
	}
}

// A message from one host's peer reaches another host's peer without waiting
// for anything but the network, and so does what the program sends by itself.
func TestHostsOfOnePortWakeEachOther(t *testing.T) {
	const lag = 10 * time.Millisecond
	for _, delay := range []time.Duration{0, 5 * time.Millisecond} {
		t.Run(fmt.Sprint("flush delay ", delay), func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: lag}, func(t *testing.T, w *simnet.Wire) {
				x := newCrossing()
				addrs := []netip.AddrPort{serverAddr, nobodyAddr}
				var conns []net.PacketConn
				for _, a := range addrs {
					c, err := w.Listen(a)
					if err != nil {
						t.Fatal(err)
					}
					conns = append(conns, c)
				}
				cfg := &enet.Config{Handler: x.handle, FlushDelay: delay}
				hosts, err := enet.Share(conns, cfg, cfg)
				if err != nil {
					t.Fatal(err)
				}
				var clients []*enet.Host
				var peers []*enet.Peer
				for i, a := range addrs {
					c := on(t, w, netip.AddrPortFrom(clientAddr.Addr(), uint16(8000+i)), nil)
					clients, peers = append(clients, c), append(peers, connect(t, c, a))
					expect(t, c, enet.EventConnect)
				}
				for i := range 20 {
					elapse(7 * time.Millisecond)
					from, to := i%2, 1-i%2
					message := fmt.Sprint("message ", i)
					begun := time.Now()
					send(t, peers[from], message)
					expectData(t, clients[to], message)
					if took := time.Since(begun); took > 2*lag+delay {
						t.Errorf("%s took %v, the network takes %v", message, took, 2*lag)
					}
				}
				elapse(50 * time.Millisecond)
				begun := time.Now()
				for _, p := range x.peers {
					send(t, p, "from the program")
				}
				for _, c := range clients {
					expectData(t, c, "from the program")
				}
				if took := time.Since(begun); took > lag+delay {
					t.Errorf("the program's message took %v", took)
				}
				for _, h := range hosts {
					h.Close()
				}
				for _, c := range clients {
					expectEnd(t, c, enet.ReasonRemote, 0)
				}
				synctest.Wait()
			})
		})
	}
}

// spread opens hosts on one port and connects clients until each has some.
func spread(tb testing.TB, sockets int, x *crossing) (hosts []*enet.Host, clients []*enet.Host) {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("needs Linux")
	}
	cfgs := make([]*enet.Config, sockets)
	for i := range cfgs {
		cfgs[i] = &enet.Config{Handler: x.handle}
	}
	hosts, err := enet.ListenShared("127.0.0.1:0", cfgs...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, h := range hosts {
			h.Close()
		}
	})
	for all := false; !all; {
		c := listen(tb, nil)
		connect(tb, c, hosts[0].LocalAddr())
		expect(tb, c, enet.EventConnect)
		await(tb, x.joined, "the server to hear of it")
		clients = append(clients, c)
		all = true
		for _, h := range hosts {
			all = all && h.Stats().Peers > 0
		}
		if len(clients) > 200 {
			tb.Fatal("200 clients, and one of the hosts has none")
		}
	}
	return hosts, clients
}

func TestSocketsOfOnePortAreOneServer(t *testing.T) {
	x := newCrossing()
	hosts, clients := spread(t, 3, x)
	for _, h := range hosts[1:] {
		if h.LocalAddr() != hosts[0].LocalAddr() {
			t.Errorf("addresses %v and %v", hosts[0].LocalAddr(), h.LocalAddr())
		}
	}
	for i, c := range clients {
		message := fmt.Sprint("from client ", i)
		send(t, c.Peers()[0], message)
		for k, other := range clients {
			if k != i {
				expectData(t, other, message)
			}
		}
	}
	for _, h := range hosts {
		h.Close()
	}
	for _, c := range clients {
		expectEnd(t, c, enet.ReasonRemote, 0)
	}
}

func TestHostsThatShareTheirPortDoNotConnect(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	hosts, err := enet.ListenShared("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		defer h.Close()
		if _, err := h.Connect(serverAddr, 1, 0); !errors.Is(err, enet.ErrShared) {
			t.Error(err)
		}
	}
}

func TestListenSharedOpensAllOrNothing(t *testing.T) {
	if hosts, err := enet.ListenShared("127.0.0.1:0"); err == nil {
		t.Errorf("without configurations: %d hosts", len(hosts))
	}
	bad := &enet.Config{MTU: 1}
	if hosts, err := enet.ListenShared("127.0.0.1:0", nil, bad); err == nil {
		t.Errorf("with a wrong configuration: %d hosts", len(hosts))
	}
	taken := listen(t, nil)
	if hosts, err := enet.ListenShared(taken.LocalAddr().String(), nil, nil); err == nil {
		t.Errorf("on a port that is taken: %d hosts", len(hosts))
	}
}
