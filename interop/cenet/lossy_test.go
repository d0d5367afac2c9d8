package cenet

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/internal/lossyproxy"
	"crosspeer/internal/simnet"
)

// throughProxy is pair with a proxy between the two.
func throughProxy(t *testing.T, options Config, conditions simnet.Conditions) (*Peer, *Peer, *lossyproxy.Proxy) {
	t.Helper()
	options.Patience = 30 * time.Second
	client := options
	options.Server = true
	s, c := Start(t, options), Start(t, client)
	p, err := lossyproxy.Start(lossyproxy.Config{Target: s.Addr(), Seed: 3, Up: conditions, Down: conditions})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	c.Connect(p.Addr(), 2, 1)
	c.Expect(Connected(0, 0))
	s.Expect(Connected(0, 1))
	return s, c, p
}

func TestReliablePacketsSurviveALossyNetwork(t *testing.T) {
	t.Parallel()
	conditions := simnet.Conditions{
		Loss: 0.1, Delay: 5 * time.Millisecond, Jitter: 3 * time.Millisecond, Reorder: 0.05, Duplicate: 0.05,
	}
	for _, options := range []Config{{}, {Checksum: true, RangeCoder: true}} {
		t.Run(fmt.Sprintf("checksum=%v/coder=%v", options.Checksum, options.RangeCoder), func(t *testing.T) {
			t.Parallel()
			const count = 100
			s, c, p := throughProxy(t, options, conditions)
			c.SendMany(0, 0, Reliable, 300, 1, count)
			s.SendMany(0, 1, Reliable, 3000, 1000, count/10)
			for i := range uint64(count) {
				s.Expect(Received(0, 0, Reliable, 300, 1+i))
			}
			for i := range uint64(count / 10) {
				c.Expect(Received(0, 1, Reliable, 3000, 1000+i))
			}
			if got := p.Stats(); got.Up.Lost == 0 || got.Down.Lost == 0 || got.Up.Duplicated == 0 {
				t.Errorf("the network was not lossy: %+v", got)
			}
			if rtt := c.Stats(0).RoundTripTime; rtt < 5 {
				t.Errorf("round trip time %d ms through 5 ms each way", rtt)
			}
		})
	}
}

func TestUnreliablePacketsArriveInOrderOrNotAtAll(t *testing.T) {
	t.Parallel()
	const count = 300
	s, c, _ := throughProxy(t, Config{}, simnet.Conditions{Loss: 0.2, Reorder: 0.1, Duplicate: 0.1})
	for i := range uint64(count) {
		c.Send(0, 0, Unreliable, 50, 1+i)
	}
	c.Send(0, 1, Reliable, 1, 0)
	arrived, next := 0, uint64(1)
	for {
		e := s.Next()
		if e.is(Received(0, 1, Reliable, 1, 0)) {
			break
		}
		for next <= count && !e.is(Received(0, 0, Unreliable, 50, next)) {
			next++
		}
		if next > count {
			t.Fatalf("%v is out of order, twice or none that was sent", e)
		}
		arrived++
		next++
	}
	if arrived == 0 || arrived == count {
		t.Errorf("%d of %d packets arrived", arrived, count)
	}
}
