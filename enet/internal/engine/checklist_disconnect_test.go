package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

const (
	asking  = protocol.FlagAcknowledge
	telling = protocol.FlagUnsequenced
)

var disconnectPoints = []point{
	{89, "DISCONNECT with flag is acknowledged, then reported, then the peer is free", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.send(0, "never", Reliable)
			equal(t, d.say(disconnect(asking, 2, 88)), "disconnect remote 88", "ACK 255:2@1234")
			if d.h.PeerCount() != 0 || d.peer.State() != Disconnected {
				t.Errorf("%d peers, state %v", d.h.PeerCount(), d.peer.State())
			}
			if err := d.peer.Send(0, wrapPacket(nil), 0); err != ErrNotConnected {
				t.Errorf("Send gives %v", err)
			}
		})
		recorded(t, "disconnect by")
	}},
	{90, "DISCONNECT without flag is reported at once", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.raw(d.timed(disconnect(telling, 2, 88), reliable(0, 1, "x")))
			if d.h.PeerCount() != 0 {
				t.Errorf("%d peers", d.h.PeerCount())
			}
			equal(t, d.service(), "disconnect remote 88")
		})
	}},
	{91, "data 0 is reported at the side that asked", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.peer.Disconnect(99)
			if got := d.service(); len(got) != 1 || !strings.HasSuffix(got[0], " data=99 ack=true") {
				t.Fatalf("%q", got)
			}
			acks := d.acknowledgeAll()
			equal(t, d.say(acks...), "disconnect local 0")
			if d.h.PeerCount() != 0 {
				t.Errorf("%d peers", d.h.PeerCount())
			}
		})
	}},
	{92, "simultaneous disconnects end both sides without acknowledgements", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.peer.Disconnect(99)
			d.service()
			equal(t, d.say(disconnect(asking, 2, 7)), "disconnect remote 7")
		})
		recordedSession(t, "both-plain")
	}},
	{93, "nothing is delivered or acknowledged while disconnecting", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.send(0, "dropped", Reliable)
			d.service()
			inFlight := d.acknowledgeAll()
			d.raw(d.timed(reliable(0, 1, "not fetched")))
			d.peer.Disconnect(99)
			if got := d.service(); len(got) != 1 || !strings.HasPrefix(got[0], "DISCONNECT ") {
				t.Fatalf("%q", got)
			}
			bye := d.acknowledgeAll()
			for _, c := range [][]byte{reliable(0, 1, "x"), reliable(0, 2, "y"), unreliable(0, 1, 1, "z"), unsequenced(0, 1, "u"), ping(2),
				bandwidth(2, 1, 1), inFlight[0]} {
				equal(t, d.say(c))
			}
			equal(t, d.say(bye...), "disconnect local 0")
		})
	}},
	{94, "disconnect_now, and disconnecting while connecting, tell once and free silently", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.raw(d.timed(reliable(0, 1, "not fetched")))
			d.peer.DisconnectNow(88)
			if got := d.service(); len(got) != 1 || !strings.HasSuffix(got[0], " data=88 ack=false") || len(d.datagrams[0]) != 2+8 {
				t.Errorf("%q", got)
			}
			d = newHand(t, cfg)
			d.dial()
			d.peer.Disconnect(5)
			equal(t, d.service(), "DISCONNECT 255:2 data=5 ack=false")
			if d.h.PeerCount() != 0 {
				t.Errorf("%d peers", d.h.PeerCount())
			}
			equal(t, d.wait(time.Minute))
			d = joined(t, cfg)
			d.settle()
			d.peer.Reset()
			equal(t, d.service())
		})
		loud := joined(t, Config{ReportLocal: true})
		loud.settle()
		loud.peer.DisconnectNow(88)
		if got := loud.service(); len(got) != 2 || got[0] != "disconnect local 0" {
			t.Errorf("%q", got)
		}
	}},
	{95, "disconnect_later delivers all that was queued first", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			// More than a window, so that acknowledgements must move it on.
			const packets = 300
			for range packets {
				d.send(0, strings.Repeat("x", 1000), Reliable)
			}
			d.send(0, "last", 0)
			d.peer.DisconnectLater(42)
			if err := d.peer.Send(0, wrapPacket(nil), 0); err != ErrNotConnected {
				t.Errorf("Send gives %v", err)
			}
			var got []string
			begin := d.now
			for range packets {
				got = append(got, d.service()...)
				for _, a := range d.acknowledgeAll() {
					d.raw(d.plain(a))
				}
				d.now += time.Millisecond
			}
			n := 0
			for _, l := range got {
				n += strings.Count(l, "1000 bytes")
			}
			if n != packets {
				t.Errorf("%d of %d packets were sent in %v", n, packets, d.now-begin)
			}
			if !strings.Contains(strings.Join(got, ""), `"last"`) {
				t.Error("the unreliable packet was not sent")
			}
			tail := got[len(got)-2:]
			if !strings.HasSuffix(tail[0], "data=42 ack=true") || tail[1] != "disconnect local 0" {
				t.Errorf("it ends with %q", tail)
			}
		})
		recordedSession(t, "later-plain")
		recorded(t, "disconnect_later")
	}},
	{96, "packets are acknowledged and discarded in DISCONNECT_LATER, fragments too", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.send(0, "queued", Reliable)
		d.service()
		d.peer.DisconnectLater(0)
		data := []string{"ab", "cd"}
		equal(t, d.say(reliable(0, 1, "x"), fragment(0, 2, piece(2, 0, data...), "ab"), unreliable(0, 0, 1, "u"), unsequenced(0, 1, "s"),
			unreliableFragment(0, 0, piece(3, 0, data...), "ab"), ping(2)),
			"ACK 0:1@1234, ACK 0:2@1234, ACK 255:2@1234")
		if d.peer.waiting != 0 || d.peer.waitingNo != 0 {
			t.Errorf("%d bytes wait", d.peer.waiting)
		}
	}},
	{97, "a repeated DISCONNECT is acknowledged after the peer is gone", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.say(disconnect(asking, 2, 7))
		for _, after := range []time.Duration{100 * time.Millisecond, 5 * time.Second} {
			d.now += after
			d.stamp++
			equal(t, d.say(disconnect(asking, 2, 7)), fmt.Sprintf("ACK 255:2@%04x", d.stamp))
		}
		equal(t, d.say(ping(3)))
		equal(t, d.say(disconnect(telling, 2, 7)))
		d.session ^= 1
		equal(t, d.say(disconnect(asking, 2, 7)))
		d.session ^= 1
		d.now += closedLife
		equal(t, d.say(disconnect(asking, 2, 7)))

		// Both sides asked, and ours was lost.
		d = joined(t, Config{})
		d.settle()
		d.peer.Disconnect(1)
		d.service()
		equal(t, d.say(disconnect(asking, 2, 7)), "disconnect remote 7")
		equal(t, d.say(disconnect(asking, 2, 7)), "ACK 255:2@1234")

		// What is remembered is bounded.
		var table closedPeers
		for i := range 10 * closedLimit {
			table.add(slotKey{source(i % 20000), uint16(i / 20000)}, closedPeer{at: time.Duration(i) * time.Microsecond})
		}
		if len(table.peers) > closedLimit || table.order.len() > closedLimit {
			t.Errorf("%d are remembered", len(table.peers))
		}
	}},
	{98, "what was received before DISCONNECT is delivered before it is reported", func(t *testing.T) {
		for _, flag := range []uint8{asking, telling} {
			d := joined(t, Config{})
			d.settle()
			d.raw(d.timed(reliable(0, 1, "a"), unreliable(0, 1, 1, "b"), reliable(0, 3, "too early")))
			d.raw(d.timed(disconnect(flag, 2, 7)))
			got := d.service()
			equal(t, got[:3], `receive 0 reliable "a"`, `receive 0 unreliable "b"`, "disconnect remote 7")
			if d.peer.waiting != 0 || d.peer.waitingNo != 0 {
				t.Errorf("%d bytes wait", d.peer.waiting)
			}
		}
	}},
}
