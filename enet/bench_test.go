package enet_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"crosspeer/enet"
)

// The benchmarks run both ends in one process on loopback sockets. Their
// figures contain the work of the clients too.

var modes = []struct {
	name  string
	flags enet.Flags
}{
	{"reliable", enet.Reliable},
	{"unreliable", 0},
	{"unsequenced", enet.Unsequenced},
}

// noThrottle keeps the packet throttle from dropping unreliable packets: on
// loopback it would react to the scheduler.
func noThrottle(p *enet.Peer) { p.ConfigureThrottle(time.Hour, 32, 0) }

// relay is a server that sends what one client says to all others, and its
// clients, which share a socket. All work is done by the goroutines of the two
// hosts.
type relay struct {
	server, clients *enet.Host
	sender          *enet.Peer
	receivers       int
	flags           enet.Flags
	payload         []byte
	left            atomic.Int64 // packets to send
	missing         atomic.Int64 // deliveries of those under way
	done            chan struct{}
}

func newRelay(tb testing.TB, receivers int, flags enet.Flags) *relay {
	r := &relay{receivers: receivers, flags: flags, payload: make([]byte, 64), done: make(chan struct{}, 1)}
	var peers []*enet.Peer
	joined := make(chan struct{}, 2)
	r.server = listen(tb, &enet.Config{Handler: func(ev enet.Event) {
		switch ev.Type {
		case enet.EventConnect:
			noThrottle(ev.Peer)
			peers = append(peers, ev.Peer)
			joined <- struct{}{}
		case enet.EventReceive:
			for _, p := range peers {
				if p != ev.Peer {
					p.SendPacket(ev.Channel, ev.Packet, ev.Flags)
				}
			}
			ev.Packet.Release()
		}
	}})
	r.clients = listen(tb, &enet.Config{Handler: func(ev enet.Event) {
		switch ev.Type {
		case enet.EventConnect:
			noThrottle(ev.Peer)
			joined <- struct{}{}
		case enet.EventReceive:
			ev.Packet.Release()
			if r.missing.Add(-1) == 0 {
				r.send()
			}
		}
	}})
	for range receivers + 1 {
		r.sender = connect(tb, r.clients, r.server.LocalAddr())
		for range 2 {
			await(tb, joined, "a client to join")
		}
	}
	return r
}

// burst is how many packets are under way at once.
const burst = 16

// send sends the next packets, or says that there are none.
func (r *relay) send() {
	n := min(r.left.Load(), burst)
	if n == 0 {
		r.done <- struct{}{}
		return
	}
	r.left.Add(-n)
	r.missing.Store(n * int64(r.receivers))
	for range n {
		r.sender.Send(0, r.payload, r.flags)
	}
}

// run relays n packets.
func (r *relay) run(tb testing.TB, n int) {
	r.left.Store(int64(n))
	r.send()
	for {
		left := r.left.Load()
		select {
		case <-r.done:
			return
		case <-time.After(time.Second):
		}
		switch {
		case r.left.Load() != left: // it goes on
		case r.flags == enet.Reliable:
			tb.Fatalf("%d deliveries are missing", r.missing.Load())
		default:
			r.send() // what is missing is lost
		}
	}
}

func BenchmarkRelay(b *testing.B) {
	for _, mode := range modes {
		for _, receivers := range []int{8, 32, 128} {
			b.Run(fmt.Sprintf("%s/1to%d", mode.name, receivers), func(b *testing.B) {
				r := newRelay(b, receivers, mode.flags)
				b.ReportAllocs()
				b.ResetTimer()
				r.run(b, b.N)
				b.ReportMetric(float64(b.N*receivers)/b.Elapsed().Seconds(), "deliveries/s")
			})
		}
	}
}

// atOnce is how many handshakes from one socket a host takes at a time.
const atOnce = 8

// crowd connects n peers to a server and leaves them idle for long.
func crowd(tb testing.TB, server *enet.Host, joined <-chan *enet.Peer, n int) *enet.Host {
	quiet := func(p *enet.Peer) { p.SetPingInterval(time.Hour) }
	up := make(chan *enet.Peer, atOnce)
	h := listen(tb, &enet.Config{Handler: func(ev enet.Event) {
		if ev.Type == enet.EventConnect {
			quiet(ev.Peer)
			up <- ev.Peer
		}
	}})
	for done := 0; done < n; {
		k := min(n-done, cap(up))
		for range k {
			connect(tb, h, server.LocalAddr())
		}
		for range k {
			await(tb, up, "an idle peer to join")
			quiet(await(tb, joined, "an idle peer to be seen"))
		}
		done += k
	}
	return h
}

func BenchmarkEcho(b *testing.B) {
	for _, idle := range []int{0, 4000} {
		b.Run(fmt.Sprintf("%d idle peers", idle), func(b *testing.B) {
			joined := make(chan *enet.Peer, 128)
			server := listen(b, &enet.Config{Handler: func(ev enet.Event) {
				switch ev.Type {
				case enet.EventConnect:
					joined <- ev.Peer
				case enet.EventReceive:
					ev.Peer.SendPacket(ev.Channel, ev.Packet, ev.Flags)
					ev.Packet.Release()
				}
			}})
			crowd(b, server, joined, idle)
			echoed := make(chan struct{}, 1)
			client := listen(b, &enet.Config{Handler: func(ev enet.Event) {
				if ev.Type == enet.EventReceive {
					ev.Packet.Release()
				}
				echoed <- struct{}{}
			}})
			peer := connect(b, client, server.LocalAddr())
			await(b, echoed, "the client to join")
			payload := make([]byte, 16)
			b.ReportAllocs()
			for b.Loop() {
				peer.Send(0, payload, enet.Reliable)
				<-echoed
			}
		})
	}
}

func BenchmarkHandshake(b *testing.B) {
	server := listen(b, &enet.Config{Handler: func(ev enet.Event) {
		if ev.Type == enet.EventConnect {
			ev.Peer.Disconnect(0)
		}
	}})
	free := make(chan struct{}, atOnce)
	client := listen(b, &enet.Config{Handler: func(ev enet.Event) {
		if ev.Type == enet.EventDisconnect {
			free <- struct{}{}
		}
	}})
	for range atOnce {
		free <- struct{}{}
	}
	b.ReportAllocs()
	for b.Loop() {
		await(b, free, "a connection to be made and ended")
		connect(b, client, server.LocalAddr())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "handshakes/s")
}

// BenchmarkIdlePeerMemory reports the heap of one end of a connection that has
// carried one reliable packet each way.
func BenchmarkIdlePeerMemory(b *testing.B) {
	const peers = 4000
	joined := make(chan *enet.Peer, 128)
	var echoed atomic.Int64
	server := listen(b, &enet.Config{Handler: func(ev enet.Event) {
		switch ev.Type {
		case enet.EventConnect:
			ev.Peer.Send(0, []byte("hello"), enet.Reliable)
			joined <- ev.Peer
		case enet.EventReceive:
			echoed.Add(1)
		}
	}})
	before := heap()
	crowd(b, server, joined, peers)
	used := heap() - before
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(used)/(2*peers), "B/peer")
}
