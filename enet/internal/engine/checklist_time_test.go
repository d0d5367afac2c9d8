package engine

import (
	"fmt"
	"testing"
	"time"
)

var timePoints = []point{
	{82, "round-trip time and variance", func(t *testing.T) {
		TestEstimatorOfLibenet(t)
		// With ticks of a microsecond the estimate reaches the truth: libenet's
		// stops up to 7 ms short of it.
		e := newEstimator(modern.tick)
		for i, d := range []time.Duration{20 * time.Millisecond, 60 * time.Millisecond, 45 * time.Millisecond} {
			for range 100 {
				e.add(time.Duration(i)*time.Second, uint32(d/modern.tick), 5*time.Second)
			}
			if got := time.Duration(e.rtt) * modern.tick; (got - d).Abs() > 50*time.Microsecond {
				t.Errorf("after 100 samples of %v the estimate is %v", d, got)
			}
		}
	}},
	{83, "acknowledgements from the future, and of what is not in flight, are ignored", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.now += 200 * time.Millisecond
		d.send(0, "x", Reliable)
		d.service()
		before := d.peer.rtt
		now := uint16(d.now.Milliseconds())
		for _, tt := range []struct {
			name string
			ack  []byte
		}{
			{"one millisecond ahead", ack(0, 1, now+1)},
			{"never sent", ack(0, 2, now)},
			{"never sent, far off", ack(0, 0x8000, now)},
			{"long acknowledged", ack(255, 2, now-100)},
			{"a channel that was never used", ack(3, 1, now)},
			{"a channel that does not exist", ack(9, 1, now)},
		} {
			d.say(tt.ack)
			if d.peer.rtt != before || d.peer.live != 1 {
				t.Errorf("%s: has an effect", tt.name)
			}
		}
		// A command acknowledged twice gives one sample.
		d.now += 30 * time.Millisecond
		d.say(ack(0, 1, now))
		after := d.peer.rtt
		d.now += time.Second
		d.raw(d.plain(ack(0, 1, now)))
		if after == before || d.peer.rtt != after || d.peer.live != 0 {
			t.Errorf("samples: %+v, %+v, %+v", before, after, d.peer.rtt)
		}
	}},
	{84, "time-out is round-trip time + 4 variances, doubling", func(t *testing.T) {
		recorded(t, "retransmission")
		d := joined(t, Config{})
		d.settle()
		d.peer.pingAt = never
		d.peer.rtt.rtt, d.peer.rtt.variance = 20_000, 10_000 // microseconds
		d.send(0, "x", Reliable)
		d.service()
		var sent []string
		for _, l := range d.wait(1200 * time.Millisecond) {
			sent = append(sent, l[:len(l)-len(` SEND_RELIABLE 0:1 "x"`)])
		}
		// 60 ms doubling, up to 250 ms.
		equal(t, sent, "60", "180", "420", "670", "920", "1170")
		// A path without variance leaves 12 ms.
		d = joined(t, Config{})
		d.settle()
		d.peer.rtt.rtt, d.peer.rtt.variance = 1000, 3
		d.send(0, "x", Reliable)
		d.service()
		if got := d.wait(14 * time.Millisecond); len(got) != 1 || got[0][:3] != "13 " {
			t.Errorf("%q", got)
		}
	}},
	{85, "a silent peer is lost by limit, minimum and maximum, never later than the maximum", func(t *testing.T) {
		for _, tt := range []struct {
			rtt          time.Duration
			limit        uint32
			least, most  time.Duration
			earliest, at time.Duration // when it may, and must, be lost
		}{
			{time.Millisecond, 0, 0, 0, 5 * time.Second, 10 * time.Second},
			{20 * time.Millisecond, 0, 0, 0, 5 * time.Second, 10 * time.Second},
			{500 * time.Millisecond, 0, 0, 0, 30 * time.Second, 30 * time.Second},
			{2 * time.Second, 0, 0, 0, 30 * time.Second, 30 * time.Second},
			{20 * time.Millisecond, 8, time.Second, 3 * time.Second, time.Second, 2100 * time.Millisecond},
			{20 * time.Millisecond, 1, time.Millisecond, time.Second, time.Millisecond, 100 * time.Millisecond},
			{20 * time.Millisecond, 32, time.Second, 1500 * time.Millisecond, time.Second, 1500 * time.Millisecond},
			{100 * time.Millisecond, 1 << 31, time.Second, 7 * time.Second, 7 * time.Second, 7 * time.Second},
			{20 * time.Millisecond, 32, 10 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second},
		} {
			d := joined(t, Config{})
			d.settle()
			d.peer.SetTimeout(tt.limit, tt.least, tt.most)
			d.peer.rtt.rtt, d.peer.rtt.variance = uint32(tt.rtt/time.Microsecond), 0
			d.send(0, "x", Reliable)
			d.service()
			lost := time.Duration(0)
			for begin := d.now; lost == 0 && d.now-begin < time.Minute; {
				d.now += time.Millisecond
				for _, l := range d.service() {
					if l == "disconnect timeout 0" {
						lost = d.now - begin
					}
				}
			}
			if lost < tt.earliest || lost > tt.at+time.Millisecond {
				t.Errorf("rtt %v, limit %d, %v to %v: lost after %v, want %v to %v",
					tt.rtt, tt.limit, tt.least, tt.most, lost, tt.earliest, tt.at)
			}
			if d.h.PeerCount() != 0 {
				t.Error("the peer is still there")
			}
		}
		recordedSession(t, "timeout-plain")
	}},
	{86, "an idle connection is probed when the last acknowledgement is a ping interval old", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.now += 1100 * time.Millisecond // libenet talks about bandwidth after one second
			d.settle()
			begin := d.now
			rest := time.Duration(restSample) // a remote that is heard and connected by itself is asked less often
			if cfg.Libenet {
				rest = 1
			}
			for i := range 5 {
				var got []string
				for len(got) == 0 {
					d.now += time.Millisecond
					// For libenet other traffic is no sign of life.
					got = d.say(unreliable(0, 0, uint16(d.now/time.Millisecond), ""))[1:]
				}
				want := begin + time.Duration(i+1)*rest*500*time.Millisecond
				if d.now != want || len(got) != 1 || got[0][:5] != "PING " {
					t.Fatalf("at %v: %q, want a ping at %v", d.now, got, want)
				}
				for _, a := range d.acknowledgeAll() {
					d.raw(d.plain(a))
				}
			}
			// Nothing is probed while something reliable is in flight.
			d.send(0, "x", Reliable)
			d.service()
			for _, l := range d.wait(700 * time.Millisecond) {
				if l[len(l)-len(`SEND_RELIABLE 0:1 "x"`):] != `SEND_RELIABLE 0:1 "x"` {
					t.Errorf("%s", l)
				}
			}
			d.peer.SetPingInterval(100 * time.Millisecond)
			d.say(ack(0, 1, uint16(d.now.Milliseconds())))
			silence := min(rest, restSilence) * 100 // nothing more is heard
			if got := d.wait(silence * time.Millisecond); len(got) != 1 || got[0][:9] != fmt.Sprintf("%d PING ", silence) {
				t.Errorf("%q", got)
			}
		})
	}},
	{87, "deadlines are enough to keep a host going", func(t *testing.T) {
		// The host is only looked at when it asked for it.
		d := joined(t, Config{})
		d.settle()
		d.send(0, "x", Reliable)
		var got []string
		begin := d.now
		for d.h.PeerCount() > 0 {
			at, ok := d.h.Deadline()
			if !ok {
				t.Fatalf("no deadline at %v, with %d commands in flight", d.now, d.peer.live)
			}
			d.now = max(d.now, at)
			for _, l := range d.service() {
				got = append(got, fmt.Sprintf("%v %s", d.now-begin, l))
			}
			if d.now-begin > time.Minute {
				t.Fatalf("after a minute: %q", got)
			}
		}
		if n := len(got); n < 10 || d.now-begin > 10*time.Second {
			t.Errorf("%d transmissions, lost after %v", n, d.now-begin)
		}
		if _, ok := d.h.Deadline(); ok {
			t.Error("a host without peers has a deadline")
		}
	}},
	{88, "time is what the owner says, and does not wrap", func(t *testing.T) {
		for _, origin := range []time.Duration{0, 1<<16*time.Millisecond - 50*time.Millisecond, 1<<32*time.Millisecond - 50*time.Millisecond,
			1<<31*time.Millisecond - 50*time.Millisecond, 1<<15*time.Millisecond - 50*time.Millisecond} {
			d := newHand(t, Config{})
			d.now = origin
			d.join()
			for i := range 20 {
				d.now += 10 * time.Millisecond
				d.send(0, "x", Reliable)
				d.service()
				acks := d.acknowledgeAll()
				d.now += 5 * time.Millisecond
				for _, a := range acks {
					d.raw(d.plain(a))
				}
				if got := d.peer.Snapshot().RTT; i > 10 && (got < 3*time.Millisecond || got > 7*time.Millisecond) {
					t.Errorf("origin %v: round-trip time %v, want 5 ms", origin, got)
				}
				if d.peer.live != 0 {
					t.Fatalf("origin %v: %d commands in flight", origin, d.peer.live)
				}
			}
		}
		recordedSession(t, "timewrap-plain")
	}},
}
