package cenet

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
)

func TestGoServesAThousandCPeers(t *testing.T) {
	const count = 1000
	for _, sockets := range []int{1, 20, count} {
		t.Run(fmt.Sprintf("%d sockets", sockets), func(t *testing.T) {
			server := goHost(t, nil)
			c := Start(t, Config{Peers: count / sockets, Sockets: sockets, Patience: time.Minute})
			crowd(t, server, c, 0, count)
		})
	}
}

// More peers than the wire has numbers: several share one, and the address
// tells them apart. ENet protocol, peer ID.
func TestGoServesMoreCPeersThanThereAreIDs(t *testing.T) {
	const processes, each = 5, 1000
	server := goHost(t, &enet.Config{MaxPeers: processes * each})
	var all []*Peer
	for i := range processes {
		c := Start(t, Config{Peers: each / 10, Sockets: 10, Patience: time.Minute})
		crowd(t, server, c, uint32(i*each), each)
		all = append(all, c)
	}
	if n := server.Stats().Peers; n != processes*each {
		t.Fatalf("%d peers", n)
	}
	if n := server.Broadcast(0, Payload(20, 99), enet.Reliable); n != processes*each {
		t.Fatalf("%d peers took the broadcast", n)
	}
	for _, c := range all {
		var want []Event
		for i := range each {
			want = append(want, Received(i, 0, Reliable, 20, 99))
		}
		c.ExpectAnyOrder(want...)
	}
}

const patient = time.Minute

// together is how many handshakes of one socket a host keeps at a time.
const together = 8

// crowd connects count peers. Each gets a packet of its own and sends one that
// says who it is.
func crowd(t *testing.T, server *enet.Host, c *Peer, first uint32, count int) {
	t.Helper()
	peers := map[*enet.Peer]uint64{}
	for done := 0; done < count; done += together {
		c.ConnectMany(server.LocalAddr(), 1, first+uint32(done), together)
		var want []Event
		for i := range together {
			want = append(want, Connected(done+i, 0))
		}
		c.ExpectAnyOrder(want...)
		for range together {
			ev := goNext(t, server, enet.EventConnect)
			peers[ev.Peer] = uint64(ev.ConnectData)
			// Thousands of pings a second would be another test.
			ev.Peer.SetPingInterval(patient)
			ev.Peer.SetTimeout(1000, patient, patient)
		}
		for i := range together {
			c.PingInterval(done+i, patient)
			c.Timeout(done+i, 1000, patient, patient)
		}
	}
	for p, number := range peers {
		goSend(t, p, 0, Reliable, 10, number)
	}
	var want []Event
	for i := range count {
		want = append(want, Received(i, 0, Reliable, 10, uint64(first)+uint64(i)))
		c.Send(i, 0, Reliable, 10, uint64(first)+uint64(i))
	}
	c.ExpectAnyOrder(want...)
	for range count {
		ev := goNext(t, server, enet.EventReceive)
		if err := goPacket(ev, 0, Reliable, 10, peers[ev.Peer]); err != nil {
			t.Fatal(err)
		}
	}
}
