package cenet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet"
)

func TestGoServesCWithConnectData(t *testing.T) {
	server := goHost(t, &enet.Config{Admit: func(_ netip.AddrPort, data uint32) enet.Admission {
		if data == 13 {
			return enet.Reject
		}
		return enet.Admit
	}, RejectData: 403})
	c := Start(t, Config{Peers: 4})
	for i, data := range []uint32{0, 1<<32 - 1, 7} {
		c.Connect(server.LocalAddr(), 2, data)
		c.Expect(Connected(i, 0))
		if ev := goNext(t, server, enet.EventConnect); ev.ConnectData != data || ev.Peer.ConnectData() != data || !ev.Peer.Incoming() {
			t.Errorf("data %d, want %d", ev.ConnectData, data)
		}
	}
	c.Connect(server.LocalAddr(), 2, 13)
	c.Expect(Disconnected(3, 403))
	goQuiet(t, server)
}

func TestGoServesCAFullHost(t *testing.T) {
	server := goHost(t, &enet.Config{MaxPeers: 1, RejectWhenFull: true, FullData: 503})
	c := Start(t, Config{Peers: 2})
	c.Connect(server.LocalAddr(), 2, 0)
	c.Expect(Connected(0, 0))
	c.Connect(server.LocalAddr(), 2, 0)
	c.Expect(Disconnected(1, 503))
}

func TestGoJoinsCAFullHost(t *testing.T) {
	c := Start(t, Config{Server: true, Peers: 1})
	h := goHost(t, nil)
	goConnect(t, h, c, 1)
	goNext(t, h, enet.EventConnect)
	c.Expect(Connected(0, 1))
	// C says nothing; the client gives up when it likes.
	p := goConnect(t, h, c, 2)
	p.SetTimeout(1, 100*time.Millisecond, 200*time.Millisecond)
	goEnd(t, h, enet.ReasonNoReply, 0)
	if got := c.Pending(); len(got) > 0 {
		t.Errorf("C saw %v", got)
	}
}

// Clients that compress and clients that do not are in one session.
func TestGoServesCOfBothKindsAtOnce(t *testing.T) {
	server := goHost(t, &enet.Config{Recognize: []*enet.Compression{enet.RangeCoder}})
	plain, coder := Start(t, Config{}), Start(t, Config{RangeCoder: true})
	var peers []*enet.Peer
	for i, c := range []*Peer{plain, coder} {
		c.Connect(server.LocalAddr(), 2, uint32(i))
		c.Expect(Connected(0, 0))
		peers = append(peers, goNext(t, server, enet.EventConnect).Peer)
	}
	for round := range uint64(20) {
		for i, c := range []*Peer{plain, coder} {
			size := 100 + 1000*int(round)
			c.Send(0, 0, Reliable, size, round)
			ev := goNext(t, server, enet.EventReceive)
			if err := goPacket(ev, 0, Reliable, size, round); err != nil || ev.Peer != peers[i] {
				t.Fatal(err)
			}
			if n := server.BroadcastPacket(1, ev.Packet, enet.Reliable); n != 2 {
				t.Fatalf("%d peers took it", n)
			}
			plain.Expect(Received(0, 1, Reliable, size, round))
			coder.Expect(Received(0, 1, Reliable, size, round))
		}
	}
	if a, b := peers[0].Compression(), peers[1].Compression(); a != "none" || b != "range-coder" {
		t.Errorf("compressions %s and %s", a, b)
	}
	zeros := make([]byte, 1000)
	before := [2]uint64{plain.Totals().BytesReceived, coder.Totals().BytesReceived}
	server.Broadcast(0, zeros, enet.Reliable)
	plain.Expect(ReceivedBytes(0, 0, Reliable, zeros))
	coder.Expect(ReceivedBytes(0, 0, Reliable, zeros))
	if n := plain.Totals().BytesReceived - before[0]; n < 1000 {
		t.Errorf("%d bytes to the one that does not compress", n)
	}
	if n := coder.Totals().BytesReceived - before[1]; n > 300 {
		t.Errorf("%d bytes to the one that does", n)
	}
	if s := server.Stats(); s.DropCompression+s.Malformed > 0 {
		t.Errorf("%+v", s)
	}
}

func TestGoServesCThatDoesNotMatch(t *testing.T) {
	for _, tt := range []struct {
		name string
		g    enet.Config
		c    Config
	}{
		{"checksum only in C", enet.Config{}, Config{Checksum: true}},
		{"checksum only in Go", enet.Config{Checksum: enet.CRC32}, Config{}},
		{"range coder only in C", enet.Config{}, Config{RangeCoder: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := goHost(t, &tt.g)
			c := Start(t, tt.c)
			c.Connect(server.LocalAddr(), 1, 0)
			c.Timeout(0, 1, 100*time.Millisecond, 200*time.Millisecond)
			c.Expect(Disconnected(0, 0))
			goQuiet(t, server)
			s := server.Stats()
			if s.DropChecksum+s.DropCompression+s.Malformed == 0 || s.HalfOpen != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestGoServesCBandwidths(t *testing.T) { bandwidths(t, goServes) }
func TestGoJoinsCBandwidths(t *testing.T)  { bandwidths(t, goJoins) }

// bandwidths of either end make the other's window smaller, from the start and
// when they change. ENet protocol, window size: bandwidth/65536*4096.
func bandwidths(t *testing.T, d direction) {
	t.Parallel()
	// libenet tells a remote that has no outgoing limit that there is no
	// incoming one either.
	const unit, wide = 65536, 100 * 65536
	m := d.meet(t, option{c: Config{Incoming: 4 * unit}, g: enet.Config{IncomingBandwidth: 8 * unit, OutgoingBandwidth: wide}})
	window := func(what string, goWants, cWants int) {
		t.Helper()
		eventually(t, fmt.Sprintf("%s: windows %d and %d", what, goWants, cWants), func() bool {
			return m.peer.Stats().Window == goWants && m.c.Stats(0).WindowSize == uint32(cWants)
		})
	}
	window("at first", 4*4096, 8*4096)
	m.c.Bandwidth(unit, 0)
	m.host.SetBandwidth(2*unit, wide)
	window("changed", 4096, 2*4096)
	m.c.Bandwidth(0, 0)
	m.host.SetBandwidth(0, wide)
	window("lifted", 65536, 65536)
	goSend(t, m.peer, 0, Reliable, 300000, 1)
	m.c.Expect(Received(0, 0, Reliable, 300000, 1))
	m.c.Send(0, 0, Reliable, 300000, 2)
	goExpect(t, m.host, 0, Reliable, 300000, 2)
	m.sound(t)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(goPatience); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after %v", what, goPatience)
		}
	}
}

func TestGoServesCThrottle(t *testing.T) { throttles(t, goServes) }
func TestGoJoinsCThrottle(t *testing.T)  { throttles(t, goJoins) }

// throttles are configured from either end for both.
func throttles(t *testing.T, d direction) {
	m := d.meet(t, option{})
	if err := m.peer.ConfigureThrottle(3*time.Second, 4, 1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "C has the values of Go", func() bool {
		s := m.c.Stats(0)
		return s.PacketThrottleInterval == 3000 && s.PacketThrottleAcceleration == 4 && s.PacketThrottleDeceleration == 1
	})
	m.c.Throttle(0, 2*time.Second, 3, 0)
	m.c.Send(0, 0, Reliable, 5, 1) // comes behind it
	goExpect(t, m.host, 0, Reliable, 5, 1)
	m.sound(t)
}

// A client in the same process and slot begins with the session numbers of its
// last connection. ENet protocol, session ID: they have two bits.
func TestGoServesCThatComesBack(t *testing.T) {
	const times = 40
	server := goHost(t, nil)
	c := Start(t, Config{Peers: 1})
	for i := range times {
		c.Connect(server.LocalAddr(), 2, uint32(i))
		c.Expect(Connected(i, 0))
		p := goNext(t, server, enet.EventConnect).Peer
		c.Send(i, 1, Reliable, 100, uint64(i))
		goExpect(t, server, 1, Reliable, 100, uint64(i))
		goSend(t, p, 1, Reliable, 100, uint64(i))
		c.Expect(Received(i, 1, Reliable, 100, uint64(i)))
		if i%2 == 0 {
			c.Disconnect(i, 5)
			c.Expect(Disconnected(i, 0))
			goEnd(t, server, enet.ReasonRemote, 5)
		} else {
			p.Disconnect(6)
			c.Expect(Disconnected(i, 6))
			goEnd(t, server, enet.ReasonLocal, 0)
		}
	}
	if s := server.Stats(); s.DropSession > 0 || s.Peers > 0 {
		t.Errorf("%d datagrams of another session, %d peers", s.DropSession, s.Peers)
	}
}

// The same against the slots of a C server, which remember theirs.
func TestGoJoinsCAndComesBack(t *testing.T) {
	const times = 40
	c := Start(t, Config{Server: true, Peers: 1})
	h := goHost(t, nil)
	for i := range times {
		p := goConnect(t, h, c, uint32(i))
		goNext(t, h, enet.EventConnect)
		c.Expect(Connected(i, uint32(i)))
		goSend(t, p, 1, Reliable, 100, uint64(i))
		c.Expect(Received(i, 1, Reliable, 100, uint64(i)))
		c.Send(i, 1, Reliable, 100, uint64(i))
		goExpect(t, h, 1, Reliable, 100, uint64(i))
		if i%2 == 0 {
			p.Disconnect(5)
			c.Expect(Disconnected(i, 5))
			goEnd(t, h, enet.ReasonLocal, 0)
		} else {
			c.Disconnect(i, 6)
			c.Expect(Disconnected(i, 0))
			goEnd(t, h, enet.ReasonRemote, 6)
		}
	}
}

// One host serves and joins at the same time, with one socket.
func TestGoServesCAndJoinsC(t *testing.T) {
	h := goHost(t, nil)
	server, client := Start(t, Config{Server: true}), Start(t, Config{})
	out := goConnect(t, h, server, 1)
	goNext(t, h, enet.EventConnect)
	server.Expect(Connected(0, 1))
	client.Connect(h.LocalAddr(), 2, 2)
	client.Expect(Connected(0, 0))
	in := goNext(t, h, enet.EventConnect).Peer
	client.Send(0, 0, Reliable, 5000, 3)
	ev := goNext(t, h, enet.EventReceive)
	if ev.Peer != in {
		t.Fatal("from another peer")
	}
	if err := out.SendPacket(0, ev.Packet, enet.Reliable); err != nil {
		t.Fatal(err)
	}
	server.Expect(Received(0, 0, Reliable, 5000, 3))
}
