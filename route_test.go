package crosspeer_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"crosspeer"
)

func TestWhatAServerDoesWithAClientsPacket(t *testing.T) {
	type stats = crosspeer.Stats
	type drops = crosspeer.Drops
	for _, tt := range []struct {
		name     string
		relay    crosspeer.RelayMode
		frame    crosspeer.Frame
		to       string // who gets it: s, b and c
		counters stats
	}{
		{"to all", crosspeer.RelayOn, frame(50, 0), "sbc", stats{Received: 1, Relayed: 1}},
		{"to the server", crosspeer.RelayOn, frame(50, 1), "s", stats{Received: 1}},
		{"to all but the server", crosspeer.RelayOn, frame(50, -1), "bc", stats{Relayed: 1}},
		{"to one", crosspeer.RelayOn, frame(50, 70), "b", stats{Relayed: 1}},
		{"to all but one", crosspeer.RelayOn, frame(50, -70), "sc", stats{Received: 1, Relayed: 1}},
		{"to all but itself", crosspeer.RelayOn, frame(50, -50), "sbc", stats{Received: 1, Relayed: 1}},
		{"to all but a stranger", crosspeer.RelayOn, frame(50, -5), "sbc", stats{Received: 1, Relayed: 1}},
		{"to the lowest number", crosspeer.RelayOn, frame(50, math.MinInt32), "sbc", stats{Received: 1, Relayed: 1}},
		{"to a stranger", crosspeer.RelayOn, frame(50, 5), "", stats{Drops: drops{UnknownTarget: 1}}},
		{"to the highest number", crosspeer.RelayOn, frame(50, math.MaxInt32), "", stats{Drops: drops{UnknownTarget: 1}}},
		{"from somebody else", crosspeer.RelayOn, frame(70, 0), "", stats{Drops: drops{Spoofed: 1}}},
		{"from the server", crosspeer.RelayOn, frame(1, 0), "", stats{Drops: drops{Spoofed: 1}}},
		{"a notice", crosspeer.RelayOn, crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 9}, "", stats{Drops: drops{Malformed: 1}}},
		{"to all, without relay", crosspeer.RelayOff, frame(50, 0), "", stats{Drops: drops{NotRelayed: 1}}},
		{"to one, without relay", crosspeer.RelayOff, frame(50, 70), "", stats{Drops: drops{NotRelayed: 1}}},
		{"to the server, without relay", crosspeer.RelayOff, frame(50, 1), "s", stats{Received: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, s := server(t, crosspeer.Config{Relay: tt.relay})
			a, b, c := s.enter(50), s.enter(70), s.enter(90)
			a.said()
			b.said()
			c.said()
			if v := a.Deliver(&tt.frame); v != crosspeer.Taken {
				t.Errorf("the verdict is %v", v)
			}
			got := ""
			st := srv.Stats()
			if st.InboxPackets == 1 {
				got = "s"
			}
			for i, r := range []*remote{b, c} {
				if said := r.said(); said != nil {
					got += "bc"[i : i+1]
					equal(t, "a receiver", said, []string{fmt.Sprintf("50 to %d: x", tt.frame.To)})
				}
			}
			if got != tt.to {
				t.Errorf("it reaches %q, want %q", got, tt.to)
			}
			equal(t, "the sender", a.said(), nil)
			st.Peers, st.InboxPackets, st.InboxBytes = 0, 0, 0
			if st != tt.counters {
				t.Errorf("counted %+v, want %+v", st, tt.counters)
			}
			if info, err := srv.PeerInfo(50); err != nil || info.Drops != tt.counters.Drops {
				t.Errorf("counted for the sender: %+v, %v, want %+v", info.Drops, err, tt.counters.Drops)
			}
		})
	}
}

func frame(from, to crosspeer.PeerID) crosspeer.Frame {
	return crosspeer.Frame{Packet: crosspeer.Packet{From: from, To: to, Mode: crosspeer.Reliable, Channel: 1, Data: []byte("x")}}
}

func TestWhatSendRefuses(t *testing.T) {
	srv, s := server(t, crosspeer.Config{MaxPacketBytes: 10})
	r := s.enter(50)
	for _, tt := range []struct {
		name   string
		packet crosspeer.Packet
		want   error // nil for one without a name
		says   string
	}{
		{"too many bytes", crosspeer.Packet{Data: make([]byte, 11)}, crosspeer.ErrTooLarge, "11 bytes, at most 10"},
		{"a mode that does not exist", crosspeer.Packet{Mode: 3}, nil, "mode 3: want Unreliable, UnreliableOrdered or Reliable"},
		{"a channel below", crosspeer.Packet{Channel: -1}, crosspeer.ErrChannel, "-1, want 1 to 254"},
		{"a channel above", crosspeer.Packet{Channel: 255}, crosspeer.ErrChannel, "255, want 1 to 254"},
		{"itself", crosspeer.Packet{To: 1}, crosspeer.ErrUnknownPeer, ": 1"},
		{"all but itself", crosspeer.Packet{To: -1}, crosspeer.ErrUnknownPeer, ": -1"},
		{"a stranger", crosspeer.Packet{To: 70}, crosspeer.ErrUnknownPeer, ": 70"},
		{"all but a stranger", crosspeer.Packet{To: crosspeer.AllExcept(70)}, crosspeer.ErrUnknownPeer, ": -70"},
		{"the lowest number", crosspeer.Packet{To: math.MinInt32}, crosspeer.ErrUnknownPeer, ": -2147483648"},
		{"the highest number", crosspeer.Packet{To: math.MaxInt32}, crosspeer.ErrUnknownPeer, ": 2147483647"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := srv.Send(tt.packet)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %v that says %q", err, tt.want, tt.says)
			}
		})
	}
	equal(t, "the client", r.said(), nil)
	if n := srv.Stats().Sent; n != 0 {
		t.Errorf("Sent is %d", n)
	}
}

// TestWhatALinkSaysBecomesAnErrorOrACounter sends to one of two clients and to
// both, of whom one cannot take it.
func TestWhatALinkSaysBecomesAnErrorOrACounter(t *testing.T) {
	for _, tt := range []struct {
		result   crosspeer.SendResult
		toOne    error // of a packet to that client
		toAll    error // of one that nobody else can take either
		counters func(crosspeer.Stats) uint64
		closed   bool // by a packet to many
	}{
		{crosspeer.SendAccepted, nil, nil, func(s crosspeer.Stats) uint64 { return s.Sent }, false},
		{crosspeer.SendDropped, nil, nil, func(s crosspeer.Stats) uint64 { return s.LinkDropped }, false},
		{crosspeer.SendFull, crosspeer.ErrQueueFull, nil, func(s crosspeer.Stats) uint64 { return 3 * s.Slow }, true},
		{crosspeer.SendTooLarge, crosspeer.ErrTooLarge, crosspeer.ErrTooLarge, func(s crosspeer.Stats) uint64 { return s.TooLarge }, false},
		{crosspeer.SendNoChannel, crosspeer.ErrChannel, crosspeer.ErrChannel, func(s crosspeer.Stats) uint64 { return s.NoChannel }, false},
		{crosspeer.SendClosed, crosspeer.ErrUnknownPeer, nil, func(crosspeer.Stats) uint64 { return 3 }, false},
	} {
		t.Run(tt.result.String(), func(t *testing.T) {
			srv, s := server(t, crosspeer.Config{})
			a := s.enter(50)
			a.refuses(tt.result)
			send := func(to crosspeer.PeerID, want error) {
				t.Helper()
				if err := srv.Send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: []byte("x")}); !errors.Is(err, want) {
					t.Errorf("to %d: %v, want %v", to, err, want)
				}
			}
			send(50, tt.toOne)
			equal(t, "the link after a packet to it", a.said(), []string{"1 to 50: x"})
			send(crosspeer.TargetBroadcast, tt.toAll)
			b := s.enter(70)
			a.said()
			b.said()
			send(crosspeer.TargetBroadcast, nil)
			equal(t, "the other client", b.said(), []string{"1 to 0: x"})
			if got := tt.counters(srv.Stats()); got < 3 {
				t.Errorf("counted %d, of three", got)
			}
			// One that was closed as too slow is not closed again.
			if tt.closed {
				if n := srv.Stats().Slow; n != 1 {
					t.Errorf("Slow is %d", n)
				}
				a.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
				expect(t, srv, "connected 50", "connected 70", "disconnected 50: too slow: 7 bytes wait to be delivered")
			}
		})
	}
}

func TestAClientSendsToItsServerWhateverTheTarget(t *testing.T) {
	cli, _, r := client(t, nil)
	r.Deliver(&crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 70})
	for _, to := range []crosspeer.PeerID{0, 1, -1, 70, -70} {
		if err := cli.Send(crosspeer.Packet{To: to, Data: []byte("x")}); err != nil {
			t.Errorf("to %d: %v", to, err)
		}
	}
	equal(t, "the server", r.said(), []string{"50 to 0: x", "50 to 1: x", "50 to -1: x", "50 to 70: x", "50 to -70: x"})
	r.refuses(crosspeer.SendClosed)
	if err := cli.Send(crosspeer.Packet{To: 70}); !errors.Is(err, crosspeer.ErrNotConnected) {
		t.Errorf("on a connection that ends: %v", err)
	}
	r.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
	expect(t, cli, "connected 70", "server disconnected: timeout")
}
