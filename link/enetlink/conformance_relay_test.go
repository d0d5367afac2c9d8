package enetlink_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

// relayed are a Go server and three bare clients: what one of them sends and
// the others get is compared to the byte.
type relayed struct {
	server *member
	c      [3]*rawPeer
}

// ids are the clients' ids, in the order of relayed.c.
var ids = [3]int32{1000, 20, 2147483647}

func relaying(w *world, cfg crosspeer.Config, link enetlink.Config) *relayed {
	w.t.Helper()
	r := &relayed{server: w.serve(cfg, link)}
	for i, id := range ids {
		r.c[i] = w.rawIn(uint32(id))
	}
	r.drop()
	return r
}

// drop forgets what everybody has been told.
func (r *relayed) drop() {
	r.server.saw()
	for _, c := range r.c {
		c.saw()
	}
}

func TestDeliveryToTheByte(t *testing.T) {
	const a, b, c = 1000, 20, 2147483647
	for _, tt := range []struct {
		name   string
		target int32
		toS    bool
		toC    [3]bool
	}{
		{"38, 39, 46 to everybody", 0, true, [3]bool{false, true, true}},
		{"40 to the server", 1, true, [3]bool{}},
		{"41, 46 to everybody but the server", -1, false, [3]bool{false, true, true}},
		{"42, 46 to one client", b, false, [3]bool{false, true, false}},
		{"43, 46 to everybody but one client", -b, true, [3]bool{false, false, true}},
		{"57 to oneself, which the engine's own clients cannot", a, false, [3]bool{true, false, false}},
		{"58 to somebody unknown", 77, false, [3]bool{}},
		{"58 to everybody but somebody unknown", -77, true, [3]bool{false, true, true}},
		{"58 to the lowest number", math.MinInt32, true, [3]bool{false, true, true}},
		{"58 to everybody but oneself", -a, true, [3]bool{false, true, true}},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			r := relaying(w, crosspeer.Config{}, enetlink.Config{})
			for _, kind := range []struct {
				flags   enet.Flags
				channel uint8
				mode    string
			}{
				{enet.Reliable, 1, "reliable"},
				{0, 2, "ordered"},
				{enet.Unsequenced, 2, "unreliable"},
			} {
				data := framed(a, tt.target, "payload")
				r.c[0].put(kind.channel, kind.flags, data)
				w.settle()
				var want []string
				if tt.toS {
					want = append(want, fmt.Sprintf(`"payload" from %d to %d, %s, channel %d`, a, tt.target, kind.mode, kind.channel))
				}
				r.server.expect(want...)
				for i, to := range tt.toC {
					var want []string
					if to {
						want = append(want, received(kind.channel, kind.flags, data))
					}
					r.c[i].expect(want...)
				}
			}
		})
	}
	for _, tt := range []struct {
		name   string
		target crosspeer.PeerID
		toC    [3]bool
	}{
		{"44 from the server to all", 0, [3]bool{true, true, true}},
		{"44 from the server to one", b, [3]bool{false, true, false}},
		{"44 from the server to all but one", -c, [3]bool{true, true, false}},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			r := relaying(w, crosspeer.Config{}, enetlink.Config{})
			r.server.send(tt.target, crosspeer.Reliable, "payload")
			w.settle()
			r.server.expect()
			for i, to := range tt.toC {
				var want []string
				if to {
					want = append(want, received(1, enet.Reliable, framed(1, int32(tt.target), "payload")))
				}
				r.c[i].expect(want...)
			}
		})
	}
}

func TestTargetsThatNobodyHas(t *testing.T) {
	virtually(t, "45 a server cannot send to itself or to strangers", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		mustNotSend(t, r.server, 1, -1, 77, -77, math.MinInt32)
		w.settle()
		for _, c := range r.c {
			c.expect()
		}
	})
	virtually(t, "45 a client cannot send to itself or to strangers", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		raw.put(0, enet.Reliable, notice(0, 50))
		raw.put(0, enet.Reliable, notice(0, 60))
		raw.put(0, enet.Reliable, notice(1, 60))
		w.settle()
		mustNotSend(t, m, m.UniqueID(), -m.UniqueID(), 77, -77, 60, -60, math.MinInt32)
		for _, target := range []int32{0, 1, -1, 50, -50} {
			m.send(crosspeer.PeerID(target), crosspeer.Reliable, "x")
			w.settle()
			raw.expect(received(1, enet.Reliable, framed(int32(m.UniqueID()), target, "x")))
		}
	})
}

func mustNotSend(t *testing.T, m *member, targets ...crosspeer.PeerID) {
	t.Helper()
	for _, target := range targets {
		m.SetTargetPeer(target)
		if err := m.PutPacket([]byte("x")); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			t.Errorf("to %d: %v", target, err)
		}
	}
}

func TestPacketsThatBreakTheRules(t *testing.T) {
	virtually(t, "55 a packet with somebody else's id as source is dropped, and its sender stays", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		for _, source := range []int32{20, 1, 0, -1000, 77} {
			r.c[0].put(1, enet.Reliable, framed(source, 0, "forged"))
		}
		r.c[0].put(1, enet.Reliable, framed(1000, 0, "mine"))
		w.settle()
		r.server.expect(`"mine" from 1000 to 0, reliable, channel 1`)
		r.c[1].expect(received(1, enet.Reliable, framed(1000, 0, "mine")))
		if n := r.server.Stats().Spoofed; n != 5 {
			t.Errorf("%d were counted, want 5", n)
		}
	})
	virtually(t, "56 a packet without a whole header is dropped, one with nothing behind it is empty", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		r.c[0].put(1, enet.Reliable, nil)
		r.c[0].put(1, enet.Reliable, framed(1000, 0, "")[:7])
		r.c[0].put(1, enet.Reliable, framed(1000, 0, ""))
		w.settle()
		r.server.expect(`"" from 1000 to 0, reliable, channel 1`)
		r.c[1].expect(received(1, enet.Reliable, framed(1000, 0, "")))
		if n := r.server.Stats().Malformed; n != 2 {
			t.Errorf("%d were counted, want 2", n)
		}
	})
	virtually(t, "59 what a client sends on channel 0 is dropped", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		r.c[0].put(0, enet.Reliable, notice(0, 77))
		r.c[0].put(0, enet.Reliable, notice(1, 20))
		r.c[0].put(0, enet.Reliable, framed(1000, 0, "payload"))
		r.c[0].put(0, 0, framed(1000, 20, "payload"))
		w.settle()
		r.server.expect()
		r.c[1].expect()
		if n := r.server.Stats().Malformed; n != 4 {
			t.Errorf("%d were counted, want 4", n)
		}
		if got := r.server.Peers(); len(got) != 3 {
			t.Errorf("in the session are %v", got)
		}
	})
	virtually(t, "60 a foreign peer's mixture of kinds and channels is relayed as it is", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		for _, kind := range []struct {
			channel uint8
			flags   enet.Flags
			mode    string
		}{
			{2, enet.Reliable, "reliable"},
			{1, 0, "ordered"},
			{1, enet.Unsequenced, "unreliable"},
		} {
			data := framed(1000, 20, "payload")
			r.c[0].put(kind.channel, kind.flags, data)
			w.settle()
			r.c[1].expect(received(kind.channel, kind.flags, data))
			r.c[0].put(kind.channel, kind.flags, framed(1000, 1, "payload"))
			w.settle()
			r.server.expect(fmt.Sprintf(`"payload" from 1000 to 1, %s, channel %d`, kind.mode, kind.channel))
		}
	})
	virtually(t, "60 unreliable fragments of a foreign peer are relayed as such", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		data := framed(1000, 0, fmt.Sprintf("%3000d", 7))
		r.c[0].put(2, enet.UnreliableFragment, data)
		w.settle()
		r.c[1].expect(received(2, enet.UnreliableFragment, data))
		r.server.expect(fmt.Sprintf(`"%3000d" from 1000 to 0, ordered, channel 2`, 7))
	})
}

func TestWhatAServerMaySay(t *testing.T) {
	virtually(t, "61 a client believes every notice", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		own := int32(m.UniqueID())
		for _, id := range []int32{0, -5, own, 50, 50} {
			raw.put(0, enet.Reliable, notice(0, id))
		}
		raw.put(0, enet.Reliable, notice(1, 12345))
		raw.put(0, enet.Reliable, notice(2, 60))
		raw.put(0, enet.Reliable, notice(0xFFFFFFFF, 60))
		raw.put(0, enet.Reliable, notice(0, 61)[:7])
		raw.put(0, enet.Reliable, append(notice(0, 62), 1, 2, 3, 4, 5, 6, 7, 8))
		raw.put(0, 0, notice(0, 63))
		w.settle()
		m.expect("peer_connected 0", "peer_connected -5", fmt.Sprintf("peer_connected %d", own), "peer_connected 50",
			"peer_connected 50", "peer_disconnected 12345", "peer_connected 62", "peer_connected 63")
	})
	virtually(t, "62 a client believes every source and target", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		for _, source := range []int32{1, 0, -5, 777, int32(m.UniqueID())} {
			raw.put(1, enet.Reliable, framed(source, 5555, "x"))
			w.settle()
			m.expect(fmt.Sprintf(`"x" from %d to 5555, reliable, channel 1`, source))
		}
	})
}
