package cenet

import (
	"fmt"
	"testing"
	"time"
)

// pair is a server and a client with one connection between them: both call
// it 0.
func pair(t *testing.T, server, client Config) (*Peer, *Peer) {
	t.Helper()
	server.Server = true
	s, c := Start(t, server), Start(t, client)
	if id := c.Connect(s.Addr(), 3, 7); id != 0 {
		t.Fatalf("the first connection has number %d", id)
	}
	c.Expect(Connected(0, 0))
	s.Expect(Connected(0, 7))
	return s, c
}

func TestConnect(t *testing.T) {
	s, c := pair(t, Config{Channels: 2}, Config{})
	if got := c.Stats(0); got.State != StateConnected || got.Channels != 2 || got.MTU != 1400 {
		t.Errorf("state %d, %d channels, MTU %d; want %d, 2, 1400", got.State, got.Channels, got.MTU, StateConnected)
	}
	if got := s.Totals(); got.Connected != 1 || got.DatagramsReceived == 0 || got.BytesSent == 0 {
		t.Errorf("totals of the server: %+v", got)
	}
	if got := s.Version(); got[:2] != "1." {
		t.Errorf("version %q of libenet", got)
	}
}

// TestEveryKindOfPacket sends each kind both ways: in one datagram, in two and
// in many.
func TestEveryKindOfPacket(t *testing.T) {
	for _, kind := range []struct {
		name  string
		flags Flags
		small Flags // as received in one datagram
		big   Flags // as received in fragments
	}{
		{"unreliable", Unreliable, Unreliable, Reliable},
		{"reliable", Reliable, Reliable, Reliable},
		{"unsequenced", Unsequenced, Unsequenced, Reliable},
		{"unreliable fragment", UnreliableFragment, Unreliable, UnreliableFragment},
	} {
		for _, options := range []Config{{}, {Checksum: true}, {RangeCoder: true}, {Checksum: true, RangeCoder: true}} {
			t.Run(fmt.Sprintf("%s/checksum=%v/coder=%v", kind.name, options.Checksum, options.RangeCoder), func(t *testing.T) {
				s, c := pair(t, options, options)
				for i, length := range []int{5, 2000, 70000} {
					flags := kind.small
					if length > 1400 {
						flags = kind.big
					}
					seed := uint64(i + 1)
					c.Send(0, 1, kind.flags, length, seed)
					s.Expect(Received(0, 1, flags, length, seed))
					s.Send(0, 2, kind.flags, length, seed+10)
					c.Expect(Received(0, 2, flags, length, seed+10))
				}
			})
		}
	}
}

func TestTheRangeCoderSavesBytes(t *testing.T) {
	sent := func(options Config) uint64 {
		s, c := pair(t, options, options)
		zeros := make([]byte, 1000)
		c.SendBytes(0, 0, Reliable, zeros)
		s.Expect(ReceivedBytes(0, 0, Reliable, zeros))
		return c.Totals().BytesSent
	}
	plain, coded := sent(Config{}), sent(Config{RangeCoder: true})
	if plain < 1000 || coded > 500 {
		t.Errorf("%d bytes without and %d with the range coder", plain, coded)
	}
}

func TestDifferentChecksumsDoNotConnect(t *testing.T) {
	s := Start(t, Config{Server: true, Checksum: true})
	c := Start(t, Config{})
	c.Connect(s.Addr(), 1, 0)
	c.Timeout(0, 1, 100*time.Millisecond, 200*time.Millisecond)
	c.Expect(Disconnected(0, 0))
	if got := s.Pending(); len(got) > 0 {
		t.Errorf("the server saw %v", got)
	}
}

func TestDisconnect(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	c.Disconnect(0, 11)
	c.Expect(Disconnected(0, 0))
	s.Expect(Disconnected(0, 11))
}

func TestDisconnectNow(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	c.DisconnectNow(0, 12)
	s.Expect(Disconnected(0, 12))
	if got := c.Pending(); len(got) > 0 {
		t.Errorf("the client saw %v", got)
	}
}

func TestDisconnectLater(t *testing.T) {
	const count, length = 20, 20000
	s, c := pair(t, Config{}, Config{})
	c.SendMany(0, 0, Reliable, length, 100, count)
	c.DisconnectLater(0, 13)
	for i := range uint64(count) {
		s.Expect(Received(0, 0, Reliable, length, 100+i))
	}
	s.Expect(Disconnected(0, 13))
	c.Expect(Disconnected(0, 0))
}

func TestAServerDisconnectsAndAnotherClientGetsItsPlace(t *testing.T) {
	s, c := pair(t, Config{Peers: 1}, Config{})
	s.Disconnect(0, 14)
	c.Expect(Disconnected(0, 14))
	s.Expect(Disconnected(0, 0))
	next := Start(t, Config{})
	next.Connect(s.Addr(), 1, 8)
	next.Expect(Connected(0, 0))
	s.Expect(Connected(1, 8))
}

func TestResetIsFoundOutByTheOtherSide(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	s.Timeout(0, 1, 100*time.Millisecond, 300*time.Millisecond)
	s.PingInterval(0, 50*time.Millisecond)
	c.Reset(0)
	s.Expect(Disconnected(0, 0))
}

func TestAKilledPeerFallsSilent(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	s.Timeout(0, 1, 100*time.Millisecond, 300*time.Millisecond)
	s.PingInterval(0, 50*time.Millisecond)
	c.Kill()
	s.Expect(Disconnected(0, 0))
}

func TestAPausedPeerCatchesUp(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	s.Pause()
	c.SendMany(0, 0, Reliable, 100, 1, 3)
	if got := s.Pending(); len(got) > 0 {
		t.Fatalf("a paused peer saw %v", got)
	}
	s.Resume()
	for seed := range uint64(3) {
		s.Expect(Received(0, 0, Reliable, 100, seed+1))
	}
}

func TestBroadcast(t *testing.T) {
	const peers = 5
	s := Start(t, Config{Server: true, Peers: peers})
	c := Start(t, Config{Peers: peers})
	connectAll(t, s, c, peers)
	s.Broadcast(0, Reliable, 300, 9)
	var want []Event
	for i := range peers {
		want = append(want, Received(i, 0, Reliable, 300, 9))
	}
	c.ExpectAnyOrder(want...)
}

func TestSettingsReachTheConnection(t *testing.T) {
	s, c := pair(t, Config{Incoming: 50000, Outgoing: 60000}, Config{MTU: 900})
	c.Throttle(0, 2*time.Second, 3, 1)
	got := c.Stats(0)
	if got.MTU != 900 || got.PacketThrottleInterval != 2000 || got.PacketThrottleAcceleration != 3 || got.PacketThrottleDeceleration != 1 {
		t.Errorf("client: %+v", got)
	}
	if got.IncomingBandwidth != 50000 || got.OutgoingBandwidth != 60000 {
		t.Errorf("the client knows bandwidths %d and %d of the server", got.IncomingBandwidth, got.OutgoingBandwidth)
	}
	c.Send(0, 0, Reliable, 1, 1) // the settings were sent before it
	s.Expect(Received(0, 0, Reliable, 1, 1))
	if got := s.Stats(0); got.MTU != 900 || got.PacketThrottleInterval != 2000 || got.PacketThrottleAcceleration != 3 || got.PacketThrottleDeceleration != 1 {
		t.Errorf("server: %+v", got)
	}
}

func TestLimitsHold(t *testing.T) {
	s := Start(t, Config{Server: true, Peers: 8})
	s.Limits(1, 1000, 0)
	c := Start(t, Config{Peers: 2})
	c.ConnectMany(s.Addr(), 1, 0, 2)
	c.Timeout(0, 1, 100*time.Millisecond, 300*time.Millisecond)
	c.Timeout(1, 1, 100*time.Millisecond, 300*time.Millisecond)
	c.ExpectAnyOrder(Connected(0, 0), Disconnected(1, 0))
	if err := s.refusal("send 0 0 1 1001 0 1"); err == nil {
		t.Error("a packet above the limit was taken")
	}
}

// connectAll connects a client with a server that has seen nobody yet.
func connectAll(t *testing.T, s, c *Peer, count int) {
	t.Helper()
	first := c.ConnectMany(s.Addr(), 1, 1000, count)
	var ours, theirs []Event
	for i := range count {
		ours = append(ours, Connected(first+i, 0))
		theirs = append(theirs, Connected(AnyPeer, uint32(1000+i)))
	}
	c.ExpectAnyOrder(ours...)
	s.ExpectAnyOrder(theirs...)
}

func TestAThousandPeersInOneProcess(t *testing.T) {
	const count = 1000
	for _, sockets := range []int{1, count} {
		t.Run(fmt.Sprintf("%d sockets", sockets), func(t *testing.T) {
			s := Start(t, Config{Server: true, Peers: count, Patience: time.Minute})
			c := Start(t, Config{Peers: count / sockets, Sockets: sockets, Patience: time.Minute})
			connectAll(t, s, c, count)
			if got := s.Totals().Connected; got != count {
				t.Fatalf("%d connections at the server", got)
			}
			var want []Event
			for i := range count {
				c.Send(i, 0, Reliable, 10, uint64(i))
				want = append(want, Received(AnyPeer, 0, Reliable, 10, uint64(i)))
			}
			s.ExpectAnyOrder(want...)
		})
	}
}

func TestQuit(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	c.Quit()
	if got := s.Totals().Connected; got != 1 {
		t.Errorf("a peer that quits should not say so, %d are connected", got)
	}
}
