package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// node runs a Host on a simulated network.
type node struct {
	t     testing.TB
	net   *simnet.Net
	addr  netip.AddrPort
	h     *Host
	out   *Outbox
	clock time.Duration // what the host's time is ahead of the network's
	on    func(Event)   // is given the packets' references
	peer  *Peer         // of the last Connect event, nil after its end

	flushes int
}

func (n *node) Receive(now time.Duration, from netip.AddrPort, datagram []byte) {
	n.h.Receive(now+n.clock, from, datagram)
}

func (n *node) Flush(now time.Duration, send func(to netip.AddrPort, datagram []byte)) {
	now += n.clock
	for again := true; again; again = n.h.Pending() > 0 {
		n.h.Tick(now)
		for {
			ev, ok := n.h.Event()
			if !ok {
				break
			}
			switch {
			case ev.Kind == EventConnect:
				n.peer = ev.Peer
			case ev.Kind == EventDisconnect && ev.Peer == n.peer:
				n.peer = nil
			}
			n.on(ev)
		}
		for more := true; more; {
			n.out.Reset()
			more = n.h.Flush(now, n.out)
			for _, d := range n.out.Datagrams {
				send(d.To, d.Data)
			}
		}
	}
	if n.flushes++; n.flushes%64 == 0 {
		if err := invariants(n.h); err != nil {
			n.t.Fatalf("%v at %v: %v", n.addr, now, err)
		}
	}
}

func (n *node) Deadline() (at time.Duration, ok bool) {
	at, ok = n.h.Deadline()
	return at - n.clock, ok
}

// newNode attaches a host to the network.
func newNode(t testing.TB, net *simnet.Net, addr netip.AddrPort, seed uint64, cfg Config) *node {
	cfg.Rand = rand.NewPCG(seed, uint64(addr.Port()))
	n := &node{t: t, net: net, addr: addr, h: New(cfg), out: NewOutbox(), clock: time.Second}
	n.on = func(ev Event) {
		if ev.Kind == EventReceive {
			ev.Packet.Release()
		}
	}
	net.Attach(addr, n)
	return n
}

// do calls f and lets the host send what f caused.
func (n *node) do(f func()) {
	f()
	n.net.Wake(n.addr)
}

// pair is a client and a server on a network of their own.
type pair struct {
	t              testing.TB
	net            *simnet.Net
	client, server *node
	data           uint32 // of the last CONNECT
}

func newPair(t testing.TB, seed uint64, client, server Config) *pair {
	p := &pair{t: t, net: simnet.New(seed, simnet.Conditions{Delay: 10 * time.Millisecond})}
	p.client = newNode(t, p.net, source(1), seed, client)
	p.server = newNode(t, p.net, source(0), seed, server)
	return p
}

// connect makes the connection. A stock client sends CONNECT only six times,
// so on a bad network several attempts may be needed.
func (p *pair) connect() {
	p.t.Helper()
	for range 20 {
		p.data++
		var mine *Peer
		p.client.do(func() {
			var err error
			if mine, err = p.client.h.Connect(p.server.addr, 8, p.data); err != nil {
				p.t.Fatal(err)
			}
		})
		p.net.RunWhile(time.Minute, func() bool {
			return mine.State() != Disconnected && !(p.client.peer == mine && p.met())
		})
		if p.client.peer == mine && p.met() {
			return
		}
		p.client.do(mine.Reset)
		p.net.RunFor(time.Second)
	}
	p.t.Fatal("20 attempts do not connect")
}

// met says whether the server has the client's last connection.
func (p *pair) met() bool {
	return p.server.peer != nil && p.server.peer.State() == Connected && p.server.peer.ConnectData() == p.data
}

// exchange sends count numbered packets each way, in every mode, and checks
// that all arrive; the network must not lose any.
func (p *pair) exchange(count int) {
	p.t.Helper()
	got := map[string]int{}
	for _, n := range []*node{p.client, p.server} {
		n.on = func(ev Event) {
			if ev.Kind == EventReceive {
				got[fmt.Sprint(n.addr.Port(), ev.Channel, ev.Flags, len(ev.Packet.Bytes()))]++
				ev.Packet.Release()
			}
		}
	}
	sizes := []int{0, 1, 100, 1300, 5000}
	for i := range count {
		for _, n := range []*node{p.client, p.server} {
			n.do(func() {
				for ch, f := range []Flags{Reliable, 0, Unsequenced, UnreliableFragment} {
					if err := n.peer.Send(uint8(ch), NewPacket(sizes[i%len(sizes)]), f); err != nil {
						p.t.Fatal(err)
					}
				}
			})
		}
		p.net.RunFor(20 * time.Millisecond)
	}
	p.net.RunFor(5 * time.Second)
	sum := 0
	for _, n := range got {
		sum += n
	}
	if sum != 2*4*count {
		p.t.Errorf("%d of %d packets arrived: %v", sum, 2*4*count, got)
	}
}
