package enet_test

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// Loading a level takes longer than any time-out of the C library's defaults
// at a short round-trip time. ENet protocol, liveness.
func TestAProgramThatTakesNoEventsKeepsItsConnections(t *testing.T) {
	for _, busy := range []time.Duration{10 * time.Second, 10 * time.Minute} {
		t.Run(busy.String(), func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms, Loss: 0.05}, func(t *testing.T, w *simnet.Wire) {
				d := newDuo(t, w, nil, nil)
				const count = 100
				for i := range count {
					send(t, d.c, fmt.Sprint(i))
				}
				elapse(busy)
				if d.c.State() != enet.StateConnected || d.s.State() != enet.StateConnected {
					t.Fatalf("states %v and %v", d.c.State(), d.s.State())
				}
				if n := d.c.Stats().QueuedPackets; n != 0 {
					t.Errorf("%d packets are not acknowledged", n)
				}
				for i := range count {
					expectData(t, d.server, fmt.Sprint(i))
				}
				send(t, d.s, "awake")
				expectData(t, d.client, "awake")
			})
		})
	}
}

// An idle connection costs a ping of its initiator and its acknowledgement
// every half second and round trip, and now and then one of the other end.
func TestAnIdleConnectionIsProbed(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		elapse(2 * time.Second)
		before := w.Stats().Sent
		elapse(60 * time.Second)
		if n := w.Stats().Sent - before; n < 200 || n > 240 {
			t.Errorf("%d datagrams in a minute, want about 220", n)
		}
		d.c.SetPingInterval(10 * time.Second)
		d.s.SetPingInterval(10 * time.Second)
		elapse(time.Second)
		before = w.Stats().Sent
		elapse(60 * time.Second)
		if n := w.Stats().Sent - before; n < 12 || n > 28 {
			t.Errorf("%d datagrams in a minute at an interval of 10 s, want up to 24, fewer where they share", n)
		}
		d.c.SetPingInterval(0) // the default again
		elapse(20 * time.Second)
		before = w.Stats().Sent
		elapse(60 * time.Second)
		if n := w.Stats().Sent - before; n < 200 || n > 230 {
			t.Errorf("%d datagrams in a minute at 0.5 and 10 s, want 212", n)
		}
	})
}

func TestPingMeasuresNow(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 30 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		d.c.SetPingInterval(time.Hour)
		elapse(2 * time.Second)
		before := w.Stats().Sent
		if err := d.c.Ping(); err != nil {
			t.Fatal(err)
		}
		elapse(100 * ms)
		if n := w.Stats().Sent - before; n != 2 {
			t.Errorf("%d datagrams, want the ping and its acknowledgement", n)
		}
		if rtt := d.c.Stats().RTT; rtt < 60*ms || rtt > 63*ms {
			t.Errorf("round-trip time %v, want 60 ms", rtt)
		}
	})
}
