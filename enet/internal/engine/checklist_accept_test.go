package engine

import (
	"fmt"
	"hash/crc32"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

// What a host does that is connected to.
var acceptPoints = []point{
	{18, "CONNECT is answered with VERIFY_CONNECT only", func(t *testing.T) {
		d := newHand(t, Config{Libenet: true})
		d.ask(d.request())
		equal(t, d.service(), "VERIFY_CONNECT 255:1")
		d = newHand(t, Config{})
		v := d.knock()
		if len(d.datagrams) != 1 || d.read(d.datagrams[0]) != fmt.Sprintf("VERIFY_CONNECT 255:%d", v.seq) {
			t.Errorf("%d datagrams, the first %s", len(d.datagrams), d.read(d.datagrams[0]))
		}
	}},
	{19, "the connection identifier is copied unchanged", func(t *testing.T) {
		for _, id := range [][4]byte{{0xFF, 0, 1, 0x80}, {0, 0, 0, 0}, {1, 2, 3, 4}} {
			d := newHand(t, Config{Checksum: crc32.ChecksumIEEE}) // seeded with it
			d.id = id
			if v := d.knock(); v.f.ConnectID != id {
				t.Errorf("identifier %x came back as %x", id, v.f.ConnectID)
			}
		}
	}},
	{20, "channel count is the lower one; 0 and more than 255 are ignored", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			for _, tt := range []struct {
				asked, limit, want uint32
			}{
				{1, 255, 1}, {4, 255, 4}, {255, 255, 255}, {4, 3, 3}, {255, 1, 1},
				{0, 255, 0}, {256, 255, 0}, {1 << 16, 255, 0}, {0xFFFFFFFF, 255, 0}, {256, 3, 0},
			} {
				cfg.ChannelLimit = int(tt.limit)
				d := newHand(t, cfg)
				f := d.request()
				f.ChannelCount = tt.asked
				d.ask(f)
				v, ok := d.verified()
				if ok != (tt.want != 0) || v.f.ChannelCount != tt.want {
					t.Errorf("%d asked, limit %d: answered %v with %d, want %d", tt.asked, tt.limit, ok, v.f.ChannelCount, tt.want)
				}
			}
		})
		recorded(t, "connect field: channels", "connect: channel")
	}},
	{21, "MTU is the lower one, from 576 to 4096", func(t *testing.T) {
		for _, tt := range []struct{ asked, own, want uint32 }{
			{0, 1392, 576}, {575, 1392, 576}, {576, 1392, 576}, {1000, 1392, 1000}, {1400, 1392, 1392},
			{0xFFFFFFFF, 1392, 1392}, {4096, 4096, 4096}, {4097, 4096, 4096}, {1400, 576, 576},
		} {
			d := newHand(t, Config{MTU: int(tt.own)})
			f := d.request()
			f.MTU = tt.asked
			d.ask(f)
			v, _ := d.verified()
			d.say(d.answer(v))
			if v.f.MTU != tt.want || d.peer.MTU() != int(tt.want) {
				t.Errorf("%d asked, own %d: %d answered, %d kept, want %d", tt.asked, tt.own, v.f.MTU, d.peer.MTU(), tt.want)
			}
		}
		for _, tt := range []struct{ answered, own, want uint32 }{
			{0, 1392, 576}, {1000, 1392, 1000}, {4096, 1392, 1392}, {9999, 4096, 4096}, {1400, 576, 576},
		} {
			d := newHand(t, Config{MTU: int(tt.own)})
			f := d.agreement(d.dial())
			f.MTU = tt.answered
			d.say(verify(1, f))
			if d.peer.MTU() != int(tt.want) {
				t.Errorf("%d answered, own %d: %d kept, want %d", tt.answered, tt.own, d.peer.MTU(), tt.want)
			}
		}
	}},
	{22, "both windows follow the bandwidths", func(t *testing.T) {
		for _, tt := range []struct {
			name                 string
			in, out              uint32 // the acceptor's
			theirIn, theirWindow uint32
			offered, own         uint32
		}{
			{"no limits", 0, 0, 0, 65536, 65536, 65536},
			{"their window", 0, 0, 0, 20_000, 20_000, 65536},
			{"their window is too small", 0, 0, 0, 0, 4096, 65536},
			{"their window is too large", 0, 0, 0, 0xFFFFFFFF, 65536, 65536},
			{"own incoming limit", 200_000, 0, 0, 65536, 3 * 4096, 65536},
			{"own incoming limit is tiny", 1, 0, 0, 65536, 4096, 65536},
			{"own outgoing limit", 0, 150_000, 0, 65536, 65536, 2 * 4096},
			{"their incoming limit", 0, 0, 400_000, 65536, 65536, 6 * 4096},
			{"both, the lower counts", 0, 150_000, 400_000, 65536, 65536, 2 * 4096},
			{"a limit beyond the widest window", 4_000_000, 4_000_000, 0, 65536, 65536, 65536},
		} {
			policies(t, func(t *testing.T, cfg Config) {
				cfg.IncomingBandwidth, cfg.OutgoingBandwidth = tt.in, tt.out
				d := newHand(t, cfg)
				f := d.request()
				f.IncomingBandwidth, f.WindowSize = tt.theirIn, tt.theirWindow
				d.ask(f)
				v, _ := d.verified()
				d.say(d.answer(v))
				if v.f.WindowSize != tt.offered || d.peer.window != tt.own {
					t.Errorf("%s: offered %d, own %d; want %d, %d", tt.name, v.f.WindowSize, d.peer.window, tt.offered, tt.own)
				}
			})
		}
		recorded(t, "connect: bandwidths")
	}},
	{23, "session IDs count on in a slot as libenet's do; else they are drawn", func(t *testing.T) {
		recorded(t, "connect field: session")
		recordedSession(t, "reconnect-plain")
		seen := map[uint8]int{}
		d := newHand(t, Config{})
		for i := range 100 {
			d.id[0] = byte(i)
			v := d.knock()
			if v.f.IncomingSession > 3 || v.f.OutgoingSession > 3 || v.hdr.Session != v.f.IncomingSession {
				t.Fatalf("sessions %d and %d, in the header %d", v.f.IncomingSession, v.f.OutgoingSession, v.hdr.Session)
			}
			seen[v.f.OutgoingSession<<2|v.f.IncomingSession]++
		}
		if len(seen) != 16 {
			t.Errorf("%d of 16 pairs of sessions in 100 draws", len(seen))
		}
	}},
	{24, "a repeated CONNECT makes no second peer", func(t *testing.T) {
		d := newHand(t, Config{})
		first := d.knock()
		d.now += 500 * time.Millisecond
		again := d.knock()
		if again.f.PeerID != first.f.PeerID || d.h.HalfOpen() != 1 {
			t.Errorf("slots %d and %d, %d handshakes", first.f.PeerID, again.f.PeerID, d.h.HalfOpen())
		}
		if got := d.say(d.answer(first)); got[0] != "connect 0" {
			t.Errorf("%q", got)
		}
		d.ask(d.request())
		equal(t, d.service())
		if d.h.PeerCount() != 1 || d.h.HalfOpen() != 0 {
			t.Errorf("%d peers, %d handshakes", d.h.PeerCount(), d.h.HalfOpen())
		}
	}},
	{25, "another identifier from the same address is another connection", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			first := *d
			d.id, d.remote = [4]byte{5, 6, 7, 8}, 0x124
			d.join()
			if d.h.PeerCount() != 2 || d.peer == first.peer {
				t.Fatalf("%d peers", d.h.PeerCount())
			}
			if got := first.say(reliable(0, 1, "first")); got[0] != `receive 0 reliable "first"` {
				t.Errorf("%q", got)
			}
			if got := d.say(reliable(0, 1, "second")); got[0] != `receive 0 reliable "second"` {
				t.Errorf("%q", got)
			}
		})
	}},
	{26, "connections from one IP address are limited", func(t *testing.T) {
		d := newHand(t, Config{DuplicatePeers: 2})
		for i := range 2 {
			o := d.other(i)
			o.join()
		}
		third := d.other(3)
		third.ask(third.request())
		equal(t, third.service())
		elsewhere := d.other(0)
		elsewhere.addr = address("192.0.2.1:1000")
		elsewhere.join()
		elsewhere.peer.Reset()
		if n := len(d.h.perIP); n != 1 {
			t.Errorf("%d addresses are counted, want 1", n)
		}
		recorded(t, "connect: duplicatePeers")
	}},
	{27, "CONNECT needs neither sent time nor flag", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := newHand(t, cfg)
			c := connect(d.request())
			c[0] &^= protocol.FlagAcknowledge
			d.raw(d.plain(c))
			v, ok := d.verified()
			if !ok {
				t.Fatal("no answer")
			}
			if got := d.say(d.answer(v)); got[0] != "connect 0" {
				t.Errorf("%q", got)
			}
		})
	}},
	{28, "throttle values are echoed and kept", func(t *testing.T) {
		for _, want := range []protocol.Throttle{{Interval: 5000, Acceleration: 2, Deceleration: 2}, {}, {Interval: 1, Acceleration: 32, Deceleration: 0},
			{Interval: 0xFFFFFFFF, Acceleration: 0xFFFFFFFF, Deceleration: 0xFFFFFFFF}} {
			d := newHand(t, Config{})
			f := d.request()
			f.Throttle = want
			d.ask(f)
			v, _ := d.verified()
			d.say(d.answer(v))
			if got := d.peer.throttle.parameters(); v.f.Throttle != want || got != want {
				t.Errorf("asked %v, answered %v, kept %v", want, v.f.Throttle, got)
			}
		}
	}},
	{29, "CONNECT with a peer ID above 0xFFE is refused", func(t *testing.T) {
		for _, id := range []uint16{0xFFF, 0x1000, 0x1005, 0xFFFF} {
			d := newHand(t, Config{})
			d.remote = id
			d.ask(d.request())
			equal(t, d.service())
			if d.h.HalfOpen() != 0 {
				t.Errorf("peer ID %x is remembered", id)
			}
		}
		d := newHand(t, Config{})
		d.remote = protocol.MaxPeerID
		d.join()
	}},
	{34, "data behind the completing acknowledgement is delivered", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := newHand(t, cfg)
			v := d.knock()
			equal(t, d.say(d.answer(v), reliable(0, 1, "hello"), unreliable(1, 0, 1, "you")),
				"connect 0", `receive 0 reliable "hello"`, `receive 1 unreliable "you"`, "ACK 0:1@1234")
		})
		recorded(t, "connect: data before")
	}},
	{35, "data before the completing acknowledgement is neither taken nor acknowledged", func(t *testing.T) {
		d := newHand(t, Config{})
		v := d.knock()
		equal(t, d.say(reliable(0, 1, "early"), d.answer(v)))
		equal(t, d.say(d.answer(v), reliable(0, 1, "hello")), "connect 0", `receive 0 reliable "hello"`, "ACK 0:1@1234")
	}},
	{37, "one VERIFY_CONNECT per datagram that asks for it, none by a timer", func(t *testing.T) {
		d := newHand(t, Config{})
		d.knock()
		equal(t, d.wait(60*time.Second))
		// A client whose completing acknowledgement was lost goes on talking.
		v := d.knock()
		again := fmt.Sprintf("VERIFY_CONNECT 255:%d", v.seq)
		d.now += halfOpenPause
		equal(t, d.say(ping(2), ping(3), reliable(0, 1, "x")), again)
		equal(t, d.say(ping(2))) // not yet again
		d.now += halfOpenPause
		equal(t, d.say(bandwidth(2, 0, 0)), again)
		hdr, _ := d.area(d.datagrams[0])
		v.hdr = hdr
		equal(t, d.say(d.answer(v)), "connect 0")
		recorded(t, "connect: half-open")
	}},
	{38, "no peer before slot, session, number and sent time have come back", func(t *testing.T) {
		d := newHand(t, Config{})
		v := d.knock()
		good := *d
		for _, tt := range []struct {
			name string
			edit func(d *hand, v *verification)
		}{
			{"slot", func(d *hand, v *verification) { d.slot ^= 1 }},
			{"session", func(d *hand, v *verification) { d.session ^= 1 }},
			{"number", func(d *hand, v *verification) { v.seq++ }},
			{"number below", func(d *hand, v *verification) { v.seq-- }},
			{"sent time", func(d *hand, v *verification) { v.hdr.SentTime++ }},
			{"sent time below", func(d *hand, v *verification) { v.hdr.SentTime-- }},
			{"address", func(d *hand, v *verification) { d.addr = source(2) }},
		} {
			bad, w := good, v
			tt.edit(&bad, &w)
			if got := bad.say(bad.answer(w)); got != nil || d.h.PeerCount() != 0 {
				t.Errorf("wrong %s: %q, %d peers", tt.name, got, d.h.PeerCount())
			}
			wrong := ack(0, v.seq, v.hdr.SentTime) // on channel 0
			if got := good.say(wrong); got != nil {
				t.Errorf("wrong channel: %q", got)
			}
		}
		equal(t, d.say(d.answer(v)), "connect 0")
	}},
	{40, "half-open records end without an event", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := newHand(t, cfg)
			v := d.knock()
			equal(t, d.wait(halfOpenLife+halfOpenSweep+time.Second))
			if d.h.HalfOpen() != 0 {
				t.Errorf("%d records are left", d.h.HalfOpen())
			}
			equal(t, d.say(d.answer(v)))

			// Also while they wait to be swept.
			d = newHand(t, cfg)
			v = d.knock()
			d.now += halfOpenLife
			d.raw(d.timed(d.answer(v)))
			if d.h.PeerCount() != 0 || d.h.HalfOpen() != 1 {
				t.Errorf("%d peers, %d records", d.h.PeerCount(), d.h.HalfOpen())
			}
			d = newHand(t, cfg)
			v = d.knock()
			d.now += halfOpenLife - time.Millisecond
			d.raw(d.timed(d.answer(v)))
			if d.h.PeerCount() != 1 {
				t.Error("a record ends before its time")
			}
		})
		d := newHand(t, Config{})
		d.knock()
		equal(t, d.say(disconnect(protocol.FlagUnsequenced, 2, 5)))
		if d.h.HalfOpen() != 0 {
			t.Error("the record outlives DISCONNECT")
		}
		recorded(t, "connect: DISCONNECT while half-open")
	}},
}
