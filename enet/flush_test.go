package enet_test

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// What is sent within the delay shares a datagram; what comes after a pause
// leaves at once.
func TestFlushDelay(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{FlushDelay: 5 * ms})
		after := func(want time.Duration, text string, begun time.Time) {
			t.Helper()
			expectData(t, d.server, text).Packet.Release()
			if took := time.Since(begun); took != want {
				t.Errorf("%s arrives after %v, want %v", text, took, want)
			}
		}
		<-time.After(20 * ms)
		before := d.c.Stats().DatagramsSent
		begun := time.Now()
		send(t, d.c, "at once")
		after(0, "at once", begun)
		for i := range 4 {
			<-time.After(ms)
			send(t, d.c, fmt.Sprint("together ", i))
		}
		for i := range 4 {
			after(5*ms, fmt.Sprint("together ", i), begun)
		}
		if n := d.c.Stats().DatagramsSent - before; n != 2 {
			t.Errorf("%d datagrams, want 2", n)
		}
		<-time.After(20 * ms)
		begun = time.Now()
		send(t, d.c, "at once again")
		after(0, "at once again", begun)
	})
}

func TestFlushDelayEndsWithTheHost(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{FlushDelay: 100 * ms})
		<-time.After(time.Second)
		send(t, d.c, "one")
		expectData(t, d.server, "one").Packet.Release()
		send(t, d.c, "two")
		begun := time.Now()
		d.client.Close()
		if took := time.Since(begun); took != 0 {
			t.Errorf("Close takes %v", took)
		}
		expectData(t, d.server, "two").Packet.Release()
		expectEnd(t, d.server, enet.ReasonRemote, 0)
	})
}

func TestAFlushDelayThatIsNone(t *testing.T) {
	for _, d := range []time.Duration{-1, 101 * ms} {
		if (&enet.Config{FlushDelay: d}).Validate() == nil {
			t.Errorf("%v is taken", d)
		}
	}
}
