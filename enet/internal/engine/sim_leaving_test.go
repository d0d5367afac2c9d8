package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// leaving are the ways in which a connection can end.
var leaving = []struct {
	name  string
	leave func(p *Peer)
	told  bool // the side that leaves gets an event too
}{
	{"Disconnect", func(p *Peer) { p.Disconnect(7) }, true},
	{"DisconnectLater", func(p *Peer) { p.DisconnectLater(7) }, true},
	{"DisconnectNow", func(p *Peer) { p.DisconnectNow(7) }, false},
	{"Reset", func(p *Peer) { p.Reset() }, false},
}

// Each side learns of the end exactly once, none waits longer than the
// time-out allows, and what was queued before DisconnectLater arrives.
func TestEachSideLearnsOfTheEndOnce(t *testing.T) {
	const longest = 32 * time.Second // the time-out of 30 s, and what it takes to notice silence
	for seed := range simnet.Seeds(t, 40) {
		how := leaving[seed%4]
		both := seed/4%3 == 0
		p := newPair(t, seed, Config{}, Config{})
		p.net.SetConditions(simnet.Conditions{Loss: []float64{0, 0.2, 0.5}[seed/4%3], Delay: 20 * time.Millisecond, Jitter: 20 * time.Millisecond})
		tr := newTraffic(p, seed)
		tr.join()
		tr.usual()
		tr.push(20, 10*time.Millisecond)
		if len(tr.ended) > 0 {
			continue // half loss: lost before it could be ended
		}
		sides := []*node{p.client, p.server}
		if seed/12%2 == 1 {
			sides[0], sides[1] = sides[1], sides[0]
		}
		sides[0].do(func() { how.leave(sides[0].peer) })
		if both {
			sides[1].do(func() { how.leave(sides[1].peer) })
		}
		p.net.RunFor(longest)
		if sides[0].h.PeerCount() != 0 || sides[1].h.PeerCount() != 0 {
			t.Fatalf("%s: %d and %d peers are left after %v", how.name, sides[0].h.PeerCount(), sides[1].h.PeerCount(), longest)
		}
		want := map[*Host]int{sides[0].h: 0, sides[1].h: 1}
		if how.told {
			want[sides[0].h] = 1
		}
		if both && !how.told {
			want[sides[1].h] = 0
		}
		for _, ev := range tr.ended {
			want[ev.Peer.host]--
		}
		for h, n := range want {
			if n != 0 {
				t.Errorf("%s: %d events are missing at the side that left first: %v", how.name, n, h == sides[0].h)
			}
		}
		if how.name == "DisconnectLater" && !both && tr.ended[0].Reason != ReasonTimeout && tr.ended[len(tr.ended)-1].Reason != ReasonTimeout {
			for _, f := range tr.flows {
				if f.from == sides[0] && !f.done() {
					t.Errorf("%v: %d of %d arrived before the end", f, f.got, len(f.sent))
				}
			}
		}
		p.net.RunFor(time.Minute) // nothing comes after it
		for _, n := range sides {
			if at, ok := n.h.Deadline(); ok {
				t.Errorf("a host without peers wants to be called at %v", at)
			}
		}
	}
}

// Both sides ask to end, and one of the two DISCONNECTs is lost: the other
// still ends within a retransmission, not by its time-out.
func TestALostGoodbyeIsMadeUpFor(t *testing.T) {
	for seed := range simnet.Seeds(t, 6) {
		p := newPair(t, seed, Config{}, Config{})
		tr := newTraffic(p, seed)
		tr.join()
		p.net.RunFor(time.Second)
		lossy := simnet.Conditions{Delay: 10 * time.Millisecond, Loss: 1}
		p.net.SetPath(p.server.addr, p.client.addr, lossy)
		p.client.do(func() { p.client.peer.Disconnect(1) })
		if seed%2 == 0 {
			p.server.do(func() { p.server.peer.Disconnect(2) })
		}
		p.net.RunFor(50 * time.Millisecond)
		p.net.ClearPath(p.server.addr, p.client.addr)
		p.net.RunFor(600 * time.Millisecond)
		if len(tr.ended) != 2 || p.client.h.PeerCount()+p.server.h.PeerCount() != 0 {
			t.Errorf("after 600 ms: %+v", tr.ended)
		}
		for _, ev := range tr.ended {
			if ev.Reason == ReasonTimeout {
				t.Errorf("%+v", ev)
			}
		}
	}
}

// Clients come and go at random, in all ways. Every Connect event has its
// Disconnect event, and in the end nothing is left.
func TestStormsOfComingAndGoing(t *testing.T) {
	for seed := range simnet.Seeds(t, 10) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		net := simnet.New(seed, simnet.Conditions{Loss: float64(seed%3) * 0.1, Delay: 10 * time.Millisecond, Jitter: 8 * time.Millisecond, Duplicate: 0.05})
		server := newNode(t, net, source(0), seed, Config{ReportLocal: true, MaxPeers: 12, DuplicatePeers: 10, RejectWhenFull: true})
		open := map[*Peer]int{}
		watch := func(n *node) {
			n.on = func(ev Event) {
				switch ev.Kind {
				case EventConnect:
					if open[ev.Peer]++; open[ev.Peer] != 1 {
						t.Fatalf("a peer connects twice")
					}
				case EventDisconnect:
					// A client's attempt can end without having connected.
					if open[ev.Peer]--; open[ev.Peer] < -1 || open[ev.Peer] < 0 && ev.Peer.accepted {
						t.Fatalf("a peer ends that is not connected: %+v", ev)
					}
				case EventReceive:
					ev.Packet.Release()
				}
			}
		}
		watch(server)
		var clients []*node
		for i := range 20 {
			c := newNode(t, net, source(1+i), seed, Config{ReportLocal: true})
			watch(c)
			clients = append(clients, c)
		}
		for range 400 {
			c := clients[rnd.IntN(len(clients))]
			c.do(func() {
				switch {
				case c.h.PeerCount() < 2 && rnd.IntN(2) == 0:
					if _, err := c.h.Connect(server.addr, 4, 0); err != nil {
						t.Fatal(err)
					}
				case c.peer != nil && rnd.IntN(3) > 0:
					c.peer.Send(uint8(rnd.IntN(4)), NewPacket(rnd.IntN(3000)), Flags(rnd.IntN(4)))
				case c.peer != nil:
					leaving[rnd.IntN(4)].leave(c.peer)
				}
			})
			if server.peer != nil && rnd.IntN(20) == 0 {
				server.do(func() { leaving[rnd.IntN(4)].leave(server.peer) })
			}
			net.RunFor(time.Duration(rnd.IntN(40)) * time.Millisecond)
		}
		for _, n := range append(clients, server) {
			n.do(func() {
				var all []*Peer
				n.h.Peers(func(p *Peer) { all = append(all, p) })
				for _, p := range all {
					p.Disconnect(0)
				}
			})
		}
		net.RunFor(time.Minute)
		for _, n := range append(clients, server) {
			if err := errors.Join(clean(n.h), invariants(n.h)); err != nil {
				t.Errorf("%v: %v", n.addr, err)
			}
		}
		connected := 0
		for p, n := range open {
			if n > 0 {
				t.Errorf("a peer that connected never ended: %v, accepted %v", p.State(), p.accepted)
			}
			if p.accepted {
				connected++
			}
		}
		if connected < 20 {
			t.Errorf("only %d connections were made", connected)
		}
	}
}

// clean says what a host without peers still holds.
func clean(h *Host) error {
	switch {
	case len(h.peers) != 0 || len(h.slots) != 0 || len(h.connects) != 0 || len(h.perIP)+len(h.origins) != 0:
		return fmt.Errorf("%d peers, %d slots, %d connects, %d addresses", len(h.peers), len(h.slots), len(h.connects), len(h.perIP)+len(h.origins))
	case len(h.deadlines) != 0 || h.dirty.len() != 0 || h.replies.len() != 0 || h.events.len() != 0 || h.unseen != 0:
		return fmt.Errorf("%d deadlines, %d dirty, %d replies, %d events, %d unseen",
			len(h.deadlines), h.dirty.len(), h.replies.len(), h.events.len(), h.unseen)
	case h.halfOpen.n != 0 || h.halfOpen.records != nil:
		return fmt.Errorf("%d half-open records, table of %d", h.halfOpen.n, len(h.halfOpen.records))
	case h.bandwidth.limited != 0:
		return fmt.Errorf("%d peers with a limit", h.bandwidth.limited)
	}
	if h.halfOpen.prefixes != nil {
		for i, n := range h.halfOpen.prefixes {
			if n != 0 {
				return fmt.Errorf("prefix %d counts %d", i, n)
			}
		}
	}
	return nil
}
