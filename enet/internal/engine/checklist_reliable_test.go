package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

var reliablePoints = []point{
	{51, "reliable packets arrive in order and once", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			equal(t, d.say(reliable(0, 3, "c"), reliable(0, 2, "b"), reliable(0, 2, "b"), reliable(1, 1, "other")),
				`receive 1 reliable "other"`, "ACK 0:3@1234, ACK 0:2@1234, ACK 0:2@1234, ACK 1:1@1234")
			equal(t, d.say(reliable(0, 1, "a"), reliable(0, 1, "a"), reliable(0, 3, "c")),
				`receive 0 reliable "a"`, `receive 0 reliable "b"`, `receive 0 reliable "c"`,
				"ACK 0:1@1234, ACK 0:1@1234, ACK 0:3@1234")
		})
		recorded(t, "reliable: order")
	}},
	{52, "duplicates are acknowledged, early, current and old ones", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.say(reliable(0, 1, "a"), reliable(0, 2, "b"), reliable(0, 4, "d"))
		for _, seq := range []uint16{1, 2, 4} {
			d.stamp++
			equal(t, d.say(reliable(0, seq, "again")), fmt.Sprintf("ACK 0:%d@%04x", seq, d.stamp))
		}
	}},
	{53, "windows 0 to 6 are accepted, all but 7 and 8 acknowledged", func(t *testing.T) {
		for _, current := range []uint16{0, 1, 4095, 4096, 20000, 60000, 65535} {
			for w := range uint16(16) {
				for _, in := range []uint16{0, 1, 2047, 4094, 4095} {
					seq := (current>>12+w)<<12 + in
					d := joined(t, Config{})
					d.settle()
					d.peer.channel(0).inReliable = current
					got := d.say(reliable(0, seq, "x"))
					stored := d.peer.channel(0).early[seq] != nil || d.peer.stats.PacketsReceived > 0
					acked := len(got) > 0 && strings.HasPrefix(got[len(got)-1], "ACK")
					dist := int(w)
					if w == 0 && seq < current {
						dist = 16
					}
					if want := dist <= 6 && seq != current; stored != want {
						t.Errorf("%d after %d, window %d: stored %v, want %v", seq, current, dist, stored, want)
					}
					if want := dist != 7 && dist != 8; acked != want {
						t.Errorf("%d after %d, window %d: acknowledged %v, want %v", seq, current, dist, acked, want)
					}
				}
			}
		}
		recorded(t, "reliable: windows")
	}},
	{54, "65535 is followed by 0", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.peer.channel(0).inReliable = 65533
			equal(t, d.say(reliable(0, 1, "1"), reliable(0, 0, "0"), reliable(0, 65535, "b"), reliable(0, 65534, "a")),
				`receive 0 reliable "a"`, `receive 0 reliable "b"`, `receive 0 reliable "0"`, `receive 0 reliable "1"`,
				"ACK 0:1@1234, ACK 0:0@1234, ACK 0:65535@1234, ACK 0:65534@1234")
			d.peer.channel(1).outReliable = 65534
			for _, s := range []string{"a", "b", "c"} {
				d.send(1, s, Reliable)
			}
			equal(t, d.service(), `SEND_RELIABLE 1:65535 "a", SEND_RELIABLE 1:0 "b", SEND_RELIABLE 1:1 "c"`)
			d.settle()
			if n := d.peer.channel(1).sent.n; n != 0 {
				t.Errorf("%d commands are not acknowledged", n)
			}
		})
		recorded(t, "reliable: wrap")
	}},
	{55, "numbers start at 1 in each channel, and for the connection", func(t *testing.T) {
		d := joined(t, Config{Libenet: true}) // VERIFY_CONNECT was number 1
		d.settle()
		d.send(0, "a", Reliable)
		d.send(1, "b", Reliable)
		d.send(0, "c", Reliable)
		d.peer.Ping()
		equal(t, d.service(), `SEND_RELIABLE 0:1 "a", SEND_RELIABLE 1:1 "b", SEND_RELIABLE 0:2 "c", PING 255:2`)
		recorded(t, "send: sequence")
	}},
	{56, "numbers that are not acknowledged span at most 7 windows", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		for range 40_000 {
			d.send(0, "x", Reliable)
		}
		ch := d.peer.channel(0)
		// Everything but number 100 is acknowledged as it comes.
		var highest uint16
		for again := true; again; {
			again = false
			d.service()
			for _, b := range d.datagrams {
				hdr, area := d.area(b)
				for len(area) > 0 {
					c, rest, _ := protocol.Next(area)
					area = rest
					if c.Op == protocol.OpSendReliable {
						again = true
						highest = max(highest, c.Seq)
						if c.Seq != 100 {
							d.raw(d.plain(ack(0, c.Seq, hdr.SentTime)))
						}
					}
				}
			}
		}
		// A receiver at 99 stores up to the end of the sixth window after it.
		if highest != 7*4096-1 || ch.sent.at(0).seq != 100 {
			t.Errorf("sent up to %d, want %d; the oldest is %d", highest, 7*4096-1, ch.sent.at(0).seq)
		}
		d.raw(d.plain(ack(0, 100, uint16(d.now.Milliseconds()))))
		d.settle()
		if n := d.peer.QueuedPackets(); n != 0 {
			t.Errorf("%d packets are left", n)
		}
	}},
	{57, "what must be sent again goes before what is new", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.send(0, "a", Reliable)
			d.service()
			d.now += 600 * time.Millisecond
			d.send(0, "b", Reliable)
			d.send(1, "c", Reliable)
			equal(t, d.service(), `SEND_RELIABLE 0:1 "a", SEND_RELIABLE 0:2 "b", SEND_RELIABLE 1:1 "c"`)
		})
	}},
	{58, "a channel whose sequence window is full blocks no other", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		ch := d.peer.channel(0)
		ch.outReliable = 6*4096 - 2 // as if 24574 numbers had gone
		d.send(0, "old", Reliable)  // the last of window 5
		d.service()
		d.peer.channel(0).sent.at(0).number = 1 // of a packet that began long ago
		ch.outReliable = 7*4096 - 1
		d.send(0, "too far", Reliable) // window 7
		d.send(1, "free", Reliable)
		d.send(0, "too far", Reliable)
		equal(t, d.service(), `SEND_RELIABLE 1:1 "free"`)
		if !ch.blocked {
			t.Error("channel 0 is not blocked")
		}
	}},
	{59, "packets above the maximum are refused on both sides", func(t *testing.T) {
		d := joined(t, Config{MaxPacketBytes: 10})
		d.settle()
		for _, f := range []Flags{Reliable, 0, Unsequenced, UnreliableFragment} {
			if err := d.peer.Send(0, wrapPacket(make([]byte, 11)), f); err != ErrTooLarge {
				t.Errorf("flags %d: %v", f, err)
			}
		}
		ten, eleven := strings.Repeat("x", 10), strings.Repeat("x", 11)
		f := protocol.Fragment{Start: 1, Count: 2, Total: 11}
		for i, c := range [][]byte{reliable(0, 1, eleven), unreliable(0, 0, 1, eleven), unsequenced(0, 1, eleven),
			fragment(0, 1, f, "aaaaaa"), unreliableFragment(0, 0, f, "aaaaaa")} {
			if got := d.say(c); got != nil {
				t.Errorf("command %d: %q", i, got)
			}
		}
		equal(t, d.say(reliable(0, 1, ten)), `receive 0 reliable "xxxxxxxxxx"`, "ACK 0:1@1234")
		recorded(t, "parse: maximumPacketSize")
	}},
	{60, "at the waiting limit nothing is taken or acknowledged, until packets are fetched", func(t *testing.T) {
		d := joined(t, Config{MaxWaitingBytes: 10})
		d.settle()
		d.raw(d.timed(reliable(0, 1, "123456"), reliable(0, 2, "789abc")))
		d.raw(d.timed(reliable(0, 3, "x")))
		d.raw(d.timed(unreliable(0, 2, 1, "y"), reliable(0, 3, "x")))
		d.raw(d.timed(reliable(0, 3, "")))
		equal(t, d.service(), `receive 0 reliable "123456"`, `receive 0 reliable "789abc"`, "ACK 0:1@1234, ACK 0:2@1234")
		if s := d.peer.Snapshot(); s.WaitingBytes != 0 || s.WaitingPackets != 0 || s.WaitingFull != 3 {
			t.Errorf("%+v", s)
		}
		equal(t, d.say(reliable(0, 3, "x")), `receive 0 reliable "x"`, "ACK 0:3@1234")

		count := joined(t, Config{MaxWaitingPackets: 2})
		count.settle()
		count.raw(count.timed(reliable(0, 1, ""), reliable(0, 2, ""), reliable(0, 3, "")))
		equal(t, count.service(), `receive 0 reliable ""`, `receive 0 reliable ""`, "ACK 0:1@1234, ACK 0:2@1234")
		count.peer.Choke(true)
		equal(t, count.say(reliable(0, 3, "")))
		count.peer.Choke(false)
		equal(t, count.say(reliable(0, 3, "")), `receive 0 reliable ""`, "ACK 0:3@1234")
		recorded(t, "fragments: wait")
	}},
}
